// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_REASONS_H_
#define LOOPDOCK_SERVICES_COMMON_REASONS_H_

// Every reason that an error of ours may carry: X(name, code, meaning and what to do).
// docs/reference/errors.md is made from this table by `common_reasons_test` (run it with
// LOOPDOCK_UPDATE=1), which also fails for a reason that is used and not listed.
// Append a reason to the part of its area, one line each.
// Thread safety: constant.

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

// clang-format off
#define LOOPDOCK_REASONS_COMMON(X) \
  X(INTERNAL, kInternal, "A bug of ours. Report it with the log line of the same trace.") \
  X(INVALID_FIELDS, kInvalidArgument, "One or more fields are wrong. Correct every field that BadRequest names.") \
  X(INVALID_NAME, kInvalidArgument, "A resource name is not of the expected form. Use the form that the message gives.") \
  X(OVERLOADED, kResourceExhausted, "A bounded queue is full. Wait as RetryInfo says and send the same request again.") \
  X(TOO_LARGE, kInvalidArgument, "The input is larger than its limit. Send less.") \
  X(UNAUTHENTICATED, kUnauthenticated, "The call carries no valid token. Send `authorization: Bearer <token>`.") \
  X(PERMISSION_DENIED, kPermissionDenied, "The principal has none of the roles of this method. Ask an admin.") \
  X(SITE_DENIED, kPermissionDenied, "The principal may not work on this site. Ask an admin.") \
  X(REQUEST_ID_INVALID, kInvalidArgument, "A change needs a request_id that is a UUIDv7. Make one and keep it over retries.") \
  X(DEADLINE_TOO_LONG, kInvalidArgument, "The deadline is beyond the limit of the server. Set a shorter one.") \
  X(DEADLINE_EXCEEDED, kDeadlineExceeded, "The work was not done in time. Send the same request again.") \
  X(CANCELLED, kCancelled, "The caller gave up.") \
  X(SHUTTING_DOWN, kUnavailable, "The server is stopping. Send the same request again.") \
  X(UNAVAILABLE, kUnavailable, "A part that is needed does not answer. Send the same request again later.") \
  X(METHOD_UNGUARDED, kFailedPrecondition, "A method has no access rule. Add the option (loopdock.common.v1.access).") \
  X(CONFIG_INVALID, kInvalidArgument, "The configuration is wrong. Correct the key that the message names.") \
  X(PRINCIPALS_INVALID, kInvalidArgument, "The principals file is wrong. Correct the entry that the message names.") \
  X(TLS_REQUIRED, kFailedPrecondition, "Listening beyond loopback needs TLS. Set tls.certificate and tls.key, or listen on 127.0.0.1.") \
  X(LISTEN_FAILED, kUnavailable, "The address cannot be listened on. Choose another or stop what uses it.") \
  X(FILE_NOT_FOUND, kNotFound, "The file does not exist.") \
  X(FILE_UNREADABLE, kPermissionDenied, "The file cannot be opened or read. Check its rights.") \
  X(FILE_UNWRITABLE, kUnavailable, "The file cannot be written. Check rights and free space.") \
  X(JSON_INVALID, kInvalidArgument, "The text is not valid JSON of the expected form.") \
  X(ENCODING_INVALID, kInvalidArgument, "The text is not valid hexadecimal or base64.")

#define LOOPDOCK_REASONS_STORAGE(X) \
  X(STORE_LOCKED, kFailedPrecondition, "Another process has the store open. Stop it, or choose another data directory.") \
  X(STORE_WRONG_NAME, kFailedPrecondition, "The directory holds the store of another service. Correct the path.") \
  X(STORE_TOO_NEW, kFailedPrecondition, "A newer Loopdock wrote the store. Run that version, or restore an older backup.") \
  X(STORE_UNKNOWN_TABLE, kFailedPrecondition, "The store has a table that this version does not know. Run the version that wrote it.") \
  X(STORE_CORRUPT, kDataLoss, "Stored bytes fail their checksum or cannot be read. Run fsck and restore a verified backup.") \
  X(STORE_IO, kUnavailable, "The disk answered with an error. Check the disk and the system log, then start again.") \
  X(STORE_FAILED, kUnavailable, "A write failed and the server stops; whether this change happened is known after the next start. Send the same request again.") \
  X(DISK_FULL, kResourceExhausted, "The disk has no space left. Free space, then start again.") \
  X(ROW_TOO_LARGE, kInvalidArgument, "A key or a value is beyond the limit of a row. Send less.") \
  X(COMMAND_TOO_LARGE, kInvalidArgument, "One change would touch more rows than a command may. Split it.") \
  X(UNKNOWN_TABLE, kInternal, "A bug of ours: a table that the store does not have.") \
  X(BACKUP_FAILED, kUnavailable, "The backup could not be made or read. Check the directory and the free space.") \
  X(BACKUP_CORRUPT, kDataLoss, "The backup does not read back as it was written. Use another one.") \
  X(BACKUP_NOT_FOUND, kNotFound, "There is no such backup. List the backups of the directory.") \
  X(RESTORE_TARGET_EXISTS, kFailedPrecondition, "Something is at the path to restore to. Choose a path where nothing is.") \
  X(HISTORY_SHORTER, kDataLoss, "The store ends before its high-water mark: acknowledged work is missing. Restore a backup, or remove HIGH_WATER to accept the loss.") \
  X(HISTORY_DIFFERS, kDataLoss, "The store holds another history than its high-water mark. Restore a backup, or remove HIGH_WATER to accept it.") \
  X(HIGH_WATER_DAMAGED, kDataLoss, "The high-water file is damaged. Run fsck, then remove HIGH_WATER.")

#define LOOPDOCK_REASONS_VISION(X) \
  X(EMPTY_PICTURE, kInvalidArgument, "The picture has no bytes. Send the whole file.") \
  X(NOT_A_PICTURE, kInvalidArgument, "The bytes are no picture of a known format. Send a JPEG, PNG or WebP file.") \
  X(IMAGE_FORMAT_UNSUPPORTED, kInvalidArgument, "The picture is of a format or kind that is not read. Save it as JPEG, PNG or WebP.") \
  X(IMAGE_TOO_LARGE, kInvalidArgument, "The picture has too many pixels or bytes, or needs too much memory. Send a smaller one.") \
  X(IMAGE_TRUNCATED, kInvalidArgument, "The picture ends before its end. Send the whole file.") \
  X(IMAGE_CORRUPT, kInvalidArgument, "The picture's header is right but its content cannot be decoded. Take it again.") \
  X(PICTURE_TIMEOUT, kDeadlineExceeded, "The picture was not worked through in its time. Allow more time or send a smaller one.") \
  X(DECODER_CRASHED, kInvalidArgument, "The picture ended the worker twice. Take it again, or type in what it shows.") \
  X(WORKER_UNAVAILABLE, kUnavailable, "The picture worker cannot be started. Check that loopdock-vision lies beside the program.") \
  X(WORKER_REQUEST_INVALID, kInternal, "The worker was asked for something that it does not know. Install worker and server of one version.") \
  X(WORKER_FAILED, kInternal, "The worker could not do its work. Report it with the picture.")

#define LOOPDOCK_REASONS_INTAKE(X)

#define LOOPDOCK_REASONS_INVENTORY(X)

#define LOOPDOCK_REASONS_GRADING(X)

#define LOOPDOCK_REASONS_ROUTING(X)

#define LOOPDOCK_REASONS_TRACEABILITY(X)

#define LOOPDOCK_REASONS_CLIENTS(X)

#define LOOPDOCK_REASONS(X)        \
  LOOPDOCK_REASONS_COMMON(X)       \
  LOOPDOCK_REASONS_STORAGE(X)      \
  LOOPDOCK_REASONS_VISION(X)       \
  LOOPDOCK_REASONS_INTAKE(X)       \
  LOOPDOCK_REASONS_INVENTORY(X)    \
  LOOPDOCK_REASONS_GRADING(X)      \
  LOOPDOCK_REASONS_ROUTING(X)      \
  LOOPDOCK_REASONS_TRACEABILITY(X) \
  LOOPDOCK_REASONS_CLIENTS(X)
// clang-format on

namespace loopdock::common {

struct Reason {
  std::string_view name;
  absl::StatusCode code;
  std::string_view meaning;
};

const std::vector<Reason>& Reasons();

// Null when no such reason is listed.
const Reason* FindReason(std::string_view name);

// The text of docs/reference/errors.md.
std::string ReasonsMarkdown();

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_REASONS_H_
