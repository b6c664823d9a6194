// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CPP_SCAN_JOURNAL_H_
#define LOOPDOCK_CLIENTS_CPP_SCAN_JOURNAL_H_

// The scans of one station that no server has acknowledged yet, in a file that survives a crash and
// a loss of power: a scan is shown as accepted only after Add has returned.
// Thread safety: all methods may be called from any thread.
// Durability: OK from Add means that the scan is on the disk. An acknowledgement may be forgotten
// by a crash: the scan is sent again and the server answers as it did the first time.
// Errors: what the file system says; DATA_LOSS JOURNAL_CORRUPT for damage before the last record (a
// torn last record is the mark of a crash and is dropped); FAILED_PRECONDITION JOURNAL_LOCKED.
// Limits: a record of 20 MiB; the file shrinks to nothing whenever all is acknowledged.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "loopdock/intake/v1/intake.pb.h"

namespace loopdock::client {

class ScanJournal {
 public:
  static absl::StatusOr<std::unique_ptr<ScanJournal>> Open(const std::string& path);
  ~ScanJournal();
  ScanJournal(const ScanJournal&) = delete;
  ScanJournal& operator=(const ScanJournal&) = delete;

  // Keeps the scan until it is acknowledged; its request_id must be new.
  absl::Status Add(const intake::v1::ScanRequest& scan);
  // The server has answered; unknown ids are ignored.
  absl::Status Acknowledge(const std::string& request_id);
  // A person took it back before it was sent; unlike an acknowledgement this is on the disk when OK
  // is returned.
  absl::Status TakeBack(const std::string& request_id);
  // What is not acknowledged, in the order in which it was added.
  std::vector<intake::v1::ScanRequest> Unacknowledged() const;

 private:
  ScanJournal(std::string path, int file) : path_(std::move(path)), file_(file) {}
  absl::Status Load();
  absl::Status Corrupt(size_t at) const;
  absl::Status Forget(const std::string& request_id, bool sync);
  absl::Status Append(char kind, const std::string& payload, bool sync)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string path_;
  const int file_;
  mutable absl::Mutex mutex_;
  std::int64_t next_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::int64_t, intake::v1::ScanRequest> waiting_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::int64_t> order_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace loopdock::client

#endif  // LOOPDOCK_CLIENTS_CPP_SCAN_JOURNAL_H_
