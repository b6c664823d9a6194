// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_STORAGE_DISK_RESERVE_H_
#define LOOPDOCK_SERVICES_STORAGE_DISK_RESERVE_H_

// The space that changes must leave free on the disk: flushes and compactions of what is already
// acknowledged need it, and a store that runs into a full disk can only stop.
//
// Thread safety: Check may be called from any thread.
// Blocking: asks the file system at most once an interval, which takes microseconds.
// Errors: RESOURCE_EXHAUSTED DISK_RESERVE; STORE_IO when the file system does not answer.

#include <cstdint>
#include <functional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace loopdock::storage {

// Bytes that an ordinary user may still write on the disk of the path.
absl::StatusOr<uint64_t> FreeBytes(const std::string& path);

class DiskReserve {
 public:
  // Gives the free bytes; tests give their own.
  using Measure = std::function<absl::StatusOr<uint64_t>()>;

  // `path` must exist; 0 bytes: never refuses.
  DiskReserve(const std::string& path, uint64_t reserve_bytes);
  DiskReserve(Measure measure, uint64_t reserve_bytes,
              absl::Duration interval = absl::Milliseconds(100));

  // OK while at least the reserve is free.
  absl::Status Check();

 private:
  const Measure measure_;
  const uint64_t reserve_bytes_;
  const absl::Duration interval_;
  absl::Mutex mutex_;
  absl::Time next_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Status latest_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace loopdock::storage

#endif  // LOOPDOCK_SERVICES_STORAGE_DISK_RESERVE_H_
