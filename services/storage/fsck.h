// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_STORAGE_FSCK_H_
#define LOOPDOCK_SERVICES_STORAGE_FSCK_H_

// The check of a whole store: every checksum, every row in order, and each row by its owner.
//
// Thread safety: may run beside readers and writers; the rows are those of one moment.
// Blocking: reads everything on the disk.
// Errors: a finding is an entry of the report, never an error of the call.
// Limits: keeps the first kFsckProblemsKept problems and counts the rest.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "services/storage/store.h"

namespace loopdock::storage {

inline constexpr size_t kFsckProblemsKept = 100;

struct FsckProblem {
  std::string table;  // empty: the store as a whole
  std::string key;    // empty: the table as a whole
  std::string what;
};

struct FsckTable {
  std::string name;
  uint64_t rows = 0;
  uint64_t bytes = 0;  // of keys and values
};

struct FsckReport {
  std::vector<FsckTable> tables;
  std::vector<FsckProblem> problems;
  uint64_t problem_count = 0;
  bool ok() const { return problem_count == 0; }
};

// Judges one row; a status that is not OK becomes a problem with its message.
using RowValidator =
    std::function<absl::Status(TableId table, std::string_view key, std::string_view value)>;

FsckReport Fsck(const Store& store, const RowValidator& validate = nullptr);

}  // namespace loopdock::storage

#endif  // LOOPDOCK_SERVICES_STORAGE_FSCK_H_
