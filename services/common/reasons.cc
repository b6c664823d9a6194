// SPDX-License-Identifier: Apache-2.0
#include "services/common/reasons.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace loopdock::common {

const std::vector<Reason>& Reasons() {
  static const auto* reasons = new std::vector<Reason>{
#define LOOPDOCK_REASON_ROW(name, code, meaning) {#name, absl::StatusCode::code, meaning},
      LOOPDOCK_REASONS(LOOPDOCK_REASON_ROW)
#undef LOOPDOCK_REASON_ROW
  };
  return *reasons;
}

const Reason* FindReason(std::string_view name) {
  const auto& reasons = Reasons();
  const auto found = std::find_if(reasons.begin(), reasons.end(),
                                  [&](const Reason& reason) { return reason.name == name; });
  return found == reasons.end() ? nullptr : &*found;
}

std::string ReasonsMarkdown() {
  std::vector<Reason> reasons = Reasons();
  std::sort(reasons.begin(), reasons.end(),
            [](const Reason& a, const Reason& b) { return a.name < b.name; });
  std::string text =
      "# Errors\n\n"
      "Every error carries a `google.rpc.ErrorInfo` with the domain `loopdock` and one of these\n"
      "reasons. Retry UNAVAILABLE, and RESOURCE_EXHAUSTED only where a `google.rpc.RetryInfo` is\n"
      "attached; send the same `request_id` again.\n\n"
      "Made from `services/common/reasons.h`; do not edit by hand.\n\n"
      "| reason | code | what it means and what to do |\n|---|---|---|\n";
  for (const Reason& reason : reasons) {
    absl::StrAppend(&text, "| `", std::string(reason.name), "` | ",
                    absl::StatusCodeToString(reason.code), " | ", std::string(reason.meaning),
                    " |\n");
  }
  return text;
}

}  // namespace loopdock::common
