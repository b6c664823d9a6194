// SPDX-License-Identifier: Apache-2.0
#include "services/storage/disk_reserve.h"

#include <sys/statvfs.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/common/status.h"

namespace loopdock::storage {

using common::Error;

absl::StatusOr<uint64_t> FreeBytes(const std::string& path) {
  struct statvfs disk = {};
  int result = 0;
  do {
    result = ::statvfs(path.c_str(), &disk);
  } while (result != 0 && errno == EINTR);
  if (result != 0) {
    return Error(absl::StatusCode::kUnavailable, "STORE_IO",
                 absl::StrCat("The free space of ", path,
                              " cannot be asked: ", std::strerror(errno), ". Check the disk."),
                 {{"path", path}});
  }
  return uint64_t{disk.f_bavail} * disk.f_frsize;
}

DiskReserve::DiskReserve(const std::string& path, uint64_t reserve_bytes)
    : DiskReserve([path] { return FreeBytes(path); }, reserve_bytes) {}

DiskReserve::DiskReserve(Measure measure, uint64_t reserve_bytes, absl::Duration interval)
    : measure_(std::move(measure)), reserve_bytes_(reserve_bytes), interval_(interval) {}

absl::Status DiskReserve::Check() {
  if (reserve_bytes_ == 0) return absl::OkStatus();
  absl::MutexLock lock(&mutex_);
  const absl::Time now = absl::Now();
  // A clock that was turned back must not keep an old answer.
  if (now < next_ && next_ - now <= interval_) return latest_;
  next_ = now + interval_;
  const absl::StatusOr<uint64_t> free = measure_();
  if (!free.ok()) return latest_ = free.status();
  if (*free >= reserve_bytes_) return latest_ = absl::OkStatus();
  return latest_ = Error(
             absl::StatusCode::kResourceExhausted, "DISK_RESERVE",
             absl::StrCat("Only ", *free, " bytes are free on the disk of the data, less than the ",
                          reserve_bytes_,
                          " of storage.disk_reserve_bytes: nothing was changed. Free space and "
                          "send it again; reading goes on."),
             {{"free_bytes", absl::StrCat(*free)},
              {"reserve_bytes", absl::StrCat(reserve_bytes_)}});
}

}  // namespace loopdock::storage
