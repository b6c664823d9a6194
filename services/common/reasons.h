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
  X(PAGE_SIZE_INVALID, kInvalidArgument, "page_size is negative. Ask for 1 to 1,000, or 0 for 50.") \
  X(PAGE_TOKEN_INVALID, kInvalidArgument, "The page token is not one that this list gave out. Begin again without one.") \
  X(RECORD_CORRUPT, kDataLoss, "A stored record cannot be read. Run fsck and restore from a backup.") \
  X(REQUEST_ID_REUSED, kAlreadyExists, "The request_id was used for other content. Make a new one.") \
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
  X(WORKER_FAILED, kInternal, "The worker could not do its work. Report it with the picture.") \
  X(MEASURE_FAILED, kInternal, "The defects of a picture could not be measured. Report it with the picture.") \
  X(UM_PER_PX_INVALID, kInvalidArgument, "The scale of a picture is no positive number. Give micrometres a pixel.")

#define LOOPDOCK_REASONS_INTAKE(X) \
  X(TEXT_TOO_LONG, kInvalidArgument, "The scanned text is longer than any symbol holds. It is kept raw; check the scanner.") \
  X(SCAN_EMPTY, kInvalidArgument, "The scan holds no text. Scan again.") \
  X(ESCAPE_INVALID, kInvalidArgument, "An escape lacks its digits. Write \\u001d or \\x1d.") \
  X(SYMBOLOGY_IDENTIFIER_INVALID, kInvalidArgument, "The text begins with ] but no known symbology identifier follows. Check the settings of the scanner.") \
  X(GS1_SYNTAX, kInvalidArgument, "GS1 data is empty or its brackets are wrong. Scan again.") \
  X(GS1_UNKNOWN_AI, kInvalidArgument, "No application identifier of GS1 stands where one is expected. Scan again.") \
  X(GS1_LENGTH, kInvalidArgument, "A value of a GS1 identifier is too short or too long. Scan again.") \
  X(GS1_CHARACTER, kInvalidArgument, "A value of a GS1 identifier holds a character that is not allowed there.") \
  X(GS1_CHECK_DIGIT, kInvalidArgument, "A check digit does not hold. Scan again; if it stays, the label is wrong.") \
  X(GS1_DATE, kInvalidArgument, "A date or time on the label does not exist.") \
  X(GS1_COUPON, kInvalidArgument, "A coupon code is not of its form.") \
  X(GS1_VALUE, kInvalidArgument, "A value breaks the rule that the metadata `rule` names.") \
  X(GS1_REPEATED, kInvalidArgument, "An identifier stands twice with different values. The label is wrong.") \
  X(GS1_EXCLUSIVE, kInvalidArgument, "Two identifiers may not stand on one thing. The label is wrong.") \
  X(DIGITAL_LINK_INVALID, kInvalidArgument, "The web address is no right GS1 Digital Link. The label is wrong.") \
  X(ISO15434_INVALID, kInvalidArgument, "The ISO/IEC 15434 message is empty or has too many fields. Scan again.") \
  X(IDENTIFIER_INVALID, kInvalidArgument, "A number is not of the kind that the label calls it. Scan again or type it.")

#define LOOPDOCK_REASONS_INVENTORY(X) \
  X(RESOURCE_NOT_FOUND, kNotFound, "There is no resource of that name or key. Check the name, or make it first.") \
  X(RESOURCE_EXISTS, kAlreadyExists, "A resource of that name exists. Use it, or choose another id.") \
  X(ETAG_MISMATCH, kAborted, "The resource has changed since it was read. Read it again and repeat the change.") \
  X(EXTERNAL_REF_TAKEN, kAlreadyExists, "The external_ref belongs to another resource, which the message names.") \
  X(CATALOG_KEY_TAKEN, kAlreadyExists, "The key belongs to another catalog entry. Change that entry.") \
  X(LOAD_CLOSED, kFailedPrecondition, "The load is closed. Receive under a new load.") \
  X(SESSIONS_OPEN, kFailedPrecondition, "The load has open sessions, or too many. Close them first.") \
  X(SESSION_CLOSED, kFailedPrecondition, "The session is closed. Open a new one on the load.") \
  X(MANIFEST_ACTIVE, kFailedPrecondition, "The manifest is active and takes no more changes. Begin another.") \
  X(MANIFEST_FULL, kFailedPrecondition, "The manifest would have too many lines. Split the load.") \
  X(MANIFEST_LINE_GAP, kFailedPrecondition, "The numbers of the lines do not go on without a gap. Send the lines in order.") \
  X(CONTAINER_SEALED, kFailedPrecondition, "The container is sealed: nothing goes in or out. Choose another one.") \
  X(CONTAINER_TOO_DEEP, kFailedPrecondition, "Containers would stand in containers too deep. Choose an outer one.") \
  X(ASSET_NOT_OPEN, kFailedPrecondition, "The asset has left or was withdrawn. A device that came back is scanned in as a new life.") \
  X(ASSET_ON_HOLD, kFailedPrecondition, "The asset is held. Release the hold first.") \
  X(IDENTIFIER_TAKEN, kAlreadyExists, "The identifier belongs to another open asset or container, which the message names.") \
  X(IDENTIFIER_ABSENT, kFailedPrecondition, "The asset does not have the identifier that is to be removed. Read it again.") \
  X(IDENTIFIER_AMBIGUOUS, kFailedPrecondition, "The value belongs to several assets. Ask with kind and issuer.") \
  X(WRONG_SEQUENCE, kFailedPrecondition, "The entry that is named did not book the asset. Name the one in the message, or none.") \
  X(TOO_MANY_HOLDS, kFailedPrecondition, "The asset has as many holds as it may have. Release one first.") \
  X(HOLD_NOT_FOUND, kNotFound, "The asset has no such hold. Read it again.") \
  X(INSPECTION_SUPERSEDED, kFailedPrecondition, "This or a later version of the inspection is recorded already.") \
  X(POSITION_AHEAD, kInvalidArgument, "A consumer cannot be further than the end of the feed.") \
  X(RECEIPT_CONFIRMED, kFailedPrecondition, "The receipt of the shipment is confirmed already.") \
  X(EXPIRED, kInvalidArgument, "The time of expiry is not in the future. Give a later one.") \
  X(FEED_POSITION_AHEAD, kFailedPrecondition, "The feed ends before the position. Ask for at most the next entry.") \
  X(MUST_START_CONTROLLED, kFailedPrecondition, "R-01: what arrives starts controlled and unevaluated. See docs/reference/rules.md.") \
  X(LOAD_INCOMPLETE, kFailedPrecondition, "R-02: the load lacks supplier, receipts or a document. See docs/reference/rules.md.") \
  X(NEVER_REUSED, kFailedPrecondition, "R-03: lost, stolen, counterfeit or recalled things are not reused. See docs/reference/rules.md.") \
  X(FOCUS_MATERIAL_DISPOSAL, kFailedPrecondition, "R-04: focus materials are not disposed of without an exception. See docs/reference/rules.md.") \
  X(DATA_NOT_SECURED, kFailedPrecondition, "R-05: what may hold data stays secured. See docs/reference/rules.md.") \
  X(NO_RESALE, kFailedPrecondition, "R-06: the supplier does not allow resale. See docs/reference/rules.md.") \
  X(NOT_READY_FOR_SALE, kFailedPrecondition, "R-07: something that a sale discloses is missing. See docs/reference/rules.md.") \
  X(VENDOR_NOT_QUALIFIED, kFailedPrecondition, "R-10: the vendor is not qualified today. See docs/reference/rules.md.") \
  X(ONLY_DESTRUCTION, kFailedPrecondition, "R-12: after a failed sanitization only destruction is left. See docs/reference/rules.md.") \
  X(VERIFIER_IS_OPERATOR, kFailedPrecondition, "R-13: nobody verifies their own sanitization. See docs/reference/rules.md.") \
  X(NOT_RELEASABLE, kFailedPrecondition, "R-14: only what was sanitized or destroyed is released. See docs/reference/rules.md.") \
  X(DESTRUCTION_NOT_FILMED, kFailedPrecondition, "R-19: a destruction needs a recording. See docs/reference/rules.md.") \
  X(EXIT_NOT_PROVEN, kFailedPrecondition, "E-C: sanitized and functional is not proven by records. See docs/reference/rules.md.")

#define LOOPDOCK_REASONS_GRADING(X) \
  X(SCALE_INVALID, kInvalidArgument, "The file of a grading scale is wrong. Correct the line that the message names.") \
  X(EVIDENCE_NOT_FOUND, kNotFound, "No evidence has this SHA-256. Put it first.") \
  X(EVIDENCE_MISMATCH, kInvalidArgument, "Bytes and declared size or SHA-256 differ. Send the file again.") \
  X(EVIDENCE_TOO_LARGE, kInvalidArgument, "Evidence is larger than declared or than 64 MiB. Send less.") \
  X(EVIDENCE_EMPTY, kInvalidArgument, "Evidence has no bytes. Send the file again.") \
  X(EVIDENCE_CORRUPT, kDataLoss, "Kept bytes no longer match their SHA-256. Restore them from a backup.") \
  X(UPLOAD_INVALID, kInvalidArgument, "An upload begins with a reference that declares SHA-256 and size.") \
  X(INSPECTION_NOT_FOUND, kNotFound, "There is no such inspection or version.") \
  X(INSPECTION_CHANGED, kAborted, "Another version is the latest. Look at it and decide again.") \
  X(INSPECTION_SETTLED, kFailedPrecondition, "The inspection is confirmed already. Override it to change it.") \
  X(SCALE_NOT_FOUND, kNotFound, "No scale has this id. ListScales names them.")

#define LOOPDOCK_REASONS_ROUTING(X) \
  X(POLICY_INVALID, kInvalidArgument, "A routing policy is wrong. Correct the line that the message names.") \
  X(POLICY_NOT_FOUND, kNotFound, "No policy has this id. ListPolicies names them.")

#define LOOPDOCK_REASONS_TRACEABILITY(X) \
  X(EPCIS_INVALID, kInvalidArgument, "An EPCIS event is not of the form that EPCIS 2.0 and CBV 2.0 ask for. Correct the field that the message names.") \
  X(LOG_SIZE_INVALID, kInvalidArgument, "The log has no such size or position. Ask for the latest checkpoint and use its size.") \
  X(HASH_INVALID, kInvalidArgument, "A SHA-256 hash has 32 bytes. Send it whole.") \
  X(LOG_PROOF_INVALID, kDataLoss, "A proof does not lead to the root. The log or the proof was changed; keep both and ask an auditor.") \
  X(LOG_TILE_BROKEN, kDataLoss, "A tile of the log is missing or damaged. Run fsck and restore from a backup.") \
  X(LOG_ENTRY_TOO_LARGE, kInvalidArgument, "An entry of the log has at most 65,535 bytes.") \
  X(LOG_ENTRIES_BROKEN, kDataLoss, "A bundle of log entries is cut off or damaged. Export it again.") \
  X(LOG_VERIFY_FAILED, kDataLoss, "The exported log is not the one that the checkpoint speaks of. The message names the first entry that is wrong.") \
  X(NOTE_INVALID, kInvalidArgument, "The text is no signed note. Use the file as it was exported.") \
  X(NOTE_UNSIGNED, kDataLoss, "The note has no valid signature of the key that was asked for. Check the key and where the note comes from.") \
  X(CHECKPOINT_INVALID, kInvalidArgument, "The text is no checkpoint of a log. Use the file as it was exported.") \
  X(LOG_KEY_INVALID, kInvalidArgument, "The text is no key of the expected form. Use the key as GetCheckpoint gives it.") \
  X(CRYPTO_FAILED, kInternal, "The cryptographic library failed. Check its installation.") \
  X(RECORD_INVALID, kInvalidArgument, "The bytes are no R2 record of a version this program knows.") \
  X(LOG_NOT_FOUND, kNotFound, "This server keeps no log of that site. Ask the server of the site.") \
  X(RECORD_NOT_FOUND, kNotFound, "There is no record at this position. Use an index smaller than the size of the log.") \
  X(FEED_EPOCH_CHANGED, kFailedPrecondition, "Inventory was restored from a backup and its history differs from what this follower has seen. Restore the follower's backup of the same time, or rebuild it.") \
  X(FEED_OUT_OF_ORDER, kDataLoss, "The change feed skipped or repeated an entry. Report it; the follower stops rather than log a gap.") \
  X(FACT_UNKNOWN, kFailedPrecondition, "The feed holds a fact that this version does not know. Update the program before it goes on.") \
  X(LOG_KEY_MISSING, kFailedPrecondition, "The log has entries but its signing key is gone. Restore the key file from a backup.") \
  X(LOG_STORE_BROKEN, kDataLoss, "The rows of the log contradict each other. Run fsck and restore from a backup.")

#define LOOPDOCK_REASONS_CLIENTS(X) \
  X(FEED_GAP, kDataLoss, "The feed skipped an entry. Run fsck on inventory.") \
  X(TOKEN_MISSING, kUnauthenticated, "No token was found. Give --token-file or set LOOPDOCK_TOKEN_FILE.") \
  X(JOURNAL_IO, kUnavailable, "The journal of scans cannot be read or written. Check the disk.") \
  X(JOURNAL_LOCKED, kFailedPrecondition, "Another program uses the journal. Stop it or give another file.") \
  X(JOURNAL_CORRUPT, kDataLoss, "The journal is damaged. Keep the file and ask for help.")

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
