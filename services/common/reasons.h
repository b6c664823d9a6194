// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_REASONS_H_
#define LOOPDOCK_SERVICES_COMMON_REASONS_H_

// Every reason that an error of ours may carry; the table is reasons.inc.
// docs/reference/errors.md is made from this table by `common_reasons_test` (run it with
// LOOPDOCK_UPDATE=1), which also fails for a reason that is used and not listed.
// Append a reason to the part of its area there, one line each.
// Thread safety: constant.

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "services/common/reasons.inc"  // IWYU pragma: export

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
