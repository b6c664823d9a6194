// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_STORAGE_CRASH_POINT_H_
#define LOOPDOCK_SERVICES_STORAGE_CRASH_POINT_H_

// Named places at which tests kill the process: with LOOPDOCK_CRASH_AT=after_write:37 in the
// environment of its start, the 37th pass of `after_write` is SIGKILL. Without it a pass costs the
// test of one constant.
// Thread safety: passes are counted over all threads.

#include <string_view>

namespace loopdock::storage {

namespace internal {
bool HasCrashPlan();
void PassCrashPoint(std::string_view name);
}  // namespace internal

// before_write, after_write and before_answer of a batch (committer.cc); in_backup while a backup
// is copied (rocksdb_store.cc).
inline void CrashPoint(std::string_view name) {
  static const bool kPlanned = internal::HasCrashPlan();
  if (kPlanned) internal::PassCrashPoint(name);
}

}  // namespace loopdock::storage

#endif  // LOOPDOCK_SERVICES_STORAGE_CRASH_POINT_H_
