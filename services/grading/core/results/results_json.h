// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_RESULTS_JSON_H_
#define LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_RESULTS_JSON_H_

// Loopdock's own JSON of results; docs/reference/result-files.md is its reference.
// Thread safety: pure functions.
// Errors: in the reading, by path.

#include <string_view>

#include "services/grading/core/results/reading.h"

namespace loopdock::grading {

inline constexpr std::string_view kResultsJsonFormat = "loopdock-results/1";

void ReadResultsJson(std::string_view text, ResultBuilder* builder);

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_RESULTS_JSON_H_
