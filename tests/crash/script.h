// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_CRASH_SCRIPT_H_
#define LOOPDOCK_TESTS_CRASH_SCRIPT_H_

// A scripted run of a store through the committer, as its owners use it, and the judgement of what
// is found afterwards: the effect of the first n commands and nothing else.
//
// Thread safety: one thread.
// Blocking: all functions.
// Errors: of Recovered UNKNOWN when rows were given out that are wrong or too many; else how the
// store, the mark or fsck noticed that something is wrong.

#include <atomic>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/storage/store.h"

namespace loopdock::storage {

inline constexpr int kScriptCommands = 30;

// Small memtables and large values, so that the run flushes and has blob files.
StoreOptions ScriptOptions();

// Opens the store, sends half of the commands, makes a backup when `backups` is not empty, closes,
// opens again, sends the other half. OK when it came to its end, else what ended it; UNKNOWN when a
// command was acknowledged after a refused one. `acknowledged` may be in shared memory.
absl::Status RunScript(Driver& driver, const std::string& path, const std::string& backups,
                       std::atomic<int>* acknowledged);

// Opens the store, holds it against its high-water mark, checks all of it, and says how many of
// the commands it holds.
absl::StatusOr<int> Recovered(Driver& driver, const std::string& path);

}  // namespace loopdock::storage

#endif  // LOOPDOCK_TESTS_CRASH_SCRIPT_H_
