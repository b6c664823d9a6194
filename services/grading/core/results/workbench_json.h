// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_WORKBENCH_JSON_H_
#define LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_WORKBENCH_JSON_H_

// A snapshot of eReuse's workbench: one device with its components, and the actions that were done
// on each: erasures, tests, measures of the battery.
// Thread safety: pure functions.
// Errors: in the reading, by path.

#include <string_view>

#include "services/grading/core/results/reading.h"

namespace loopdock::grading {

void ReadWorkbenchJson(std::string_view text, ResultBuilder* builder);

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_WORKBENCH_JSON_H_
