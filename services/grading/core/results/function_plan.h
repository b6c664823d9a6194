// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_FUNCTION_PLAN_H_
#define LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_FUNCTION_PLAN_H_

// Which functions are key for a category (`models/grading/functions.toml`), and the test that
// inventory is told of: every key function stands in it, those that nobody tested without outcome,
// so that inventory, which derives the functional category, never takes silence for a pass.
// Thread safety: constant after Parse.
// Errors: INVALID_ARGUMENT FUNCTIONS_INVALID, with line and column.
// Limits: a file of 1 MiB, 64 classes, 32 key functions each.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "loopdock/grading/v1/results.pb.h"

namespace loopdock::grading {

class FunctionPlan {
 public:
  static absl::StatusOr<FunctionPlan> Parse(const std::string& text);

  // "functions@1".
  const std::string& name() const { return name_; }
  // Of a category that no class has there are no key functions: nothing is derived then.
  const std::vector<std::string>& KeyFunctions(std::string_view category) const;
  // Asset, operator and evidence are the caller's to set.
  inventory::v1::Test Complete(std::string_view category, const v1::TestClaim& claim) const;

 private:
  FunctionPlan() = default;
  std::string Canonical(std::string_view function) const;

  std::string name_;
  double battery_min_percent_ = 0;
  std::map<std::string, std::string, std::less<>> aliases_;
  std::map<std::string, std::vector<std::string>, std::less<>> keys_;  // by category
};

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_FUNCTION_PLAN_H_
