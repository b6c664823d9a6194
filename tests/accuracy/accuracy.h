// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_ACCURACY_ACCURACY_H_
#define LOOPDOCK_TESTS_ACCURACY_ACCURACY_H_

// What the parts of loopdock-accuracy share: budgets from a file, and how a figure is held against
// its budget.
// Thread safety: Budgets may be read from any thread.

#include <map>
#include <string>

#include "absl/status/statusor.h"

namespace loopdock::accuracy {

struct AccuracyResult {
  // Every budget held.
  bool ok = true;
};

class Budgets {
 public:
  // Errors: INVALID_ARGUMENT when the file is no TOML table of tables of numbers.
  static absl::StatusOr<Budgets> Load(const std::string& path);

  // Prints one row and returns whether `measured` holds the budget `section.key`, whose name ends
  // in
  // `_min` or `_max`. A budget that is not in the file is not held. Where the same name with
  // `_wanted` stands in the file and is not reached, the row says so; that is no miss.
  bool Hold(const std::string& section, const std::string& key, double measured) const;

 private:
  std::map<std::string, double> values_;
};

}  // namespace loopdock::accuracy

#endif  // LOOPDOCK_TESTS_ACCURACY_ACCURACY_H_
