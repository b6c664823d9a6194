// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CLI_TRACE_LOG_H_
#define LOOPDOCK_CLIENTS_CLI_TRACE_LOG_H_

// Exports of the record, and their verification. An exported log is the entries in order, each
// after its length in two bytes, big-endian (docs/internals/formats/log.md, entry bundles).
// Thread safety: one thread an object; free functions are safe from any thread.
// Blocking: until the last answer or byte.
// Durability: a file named by -o is complete when Close answers OK; before it is not there.
// Errors: the server's, those of verify.h, LOG_ENTRIES_BROKEN, FILE_UNWRITABLE.

#include <cstdio>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "clients/cpp/connection.h"
#include "loopdock/traceability/v1/traceability.pb.h"
#include "services/traceability/core/verify.h"

namespace loopdock::cli {

// Standard output, or a file that appears under its name when it is complete.
class OutputFile {
 public:
  static absl::StatusOr<std::unique_ptr<OutputFile>> Open(const std::string& path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  absl::Status Write(std::string_view bytes);
  absl::Status Close();

 private:
  OutputFile(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}
  absl::Status Unwritable() const;
  std::string partial() const { return path_ + ".partial"; }

  const std::string path_;  // Empty for standard output.
  std::FILE* file_;
};

// `min_sequence`: wait until the log covers this entry of the feed.
absl::StatusOr<traceability::v1::Checkpoint> GetCheckpoint(const client::Connection& connection,
                                                           const std::string& site,
                                                           std::int64_t min_sequence = 0);

// One EPCIS document.
absl::Status ExportEpcis(const client::Connection& connection, const std::string& site,
                         const std::string& subject, OutputFile& output);

// All entries; answers the checkpoint that covers them.
absl::StatusOr<traceability::v1::Checkpoint> ExportLog(const client::Connection& connection,
                                                       const std::string& site, OutputFile& output);

// An exported file against a checkpoint.
absl::StatusOr<traceability::VerifyReport> VerifyFile(const std::string& path,
                                                      const std::string& note,
                                                      const std::string& key);

// The server's log against its own latest checkpoint and, if `note` is not empty, against that one
// too: both hold only when the log has merely grown since. The report is of `note`, if given.
absl::StatusOr<traceability::VerifyReport> VerifyServer(const client::Connection& connection,
                                                        const std::string& site,
                                                        const std::string& note,
                                                        const std::string& key);

}  // namespace loopdock::cli

#endif  // LOOPDOCK_CLIENTS_CLI_TRACE_LOG_H_
