// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_NWIPE_LOG_H_
#define LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_NWIPE_LOG_H_

// Text logs of nwipe: one run or several, each of one drive or several. A drive is erased only
// where its passes were all finished and neither the log nor its tables count an error; a run that
// the log leaves open, or that a person broke off, is aborted. Thread safety: pure functions.
// Errors: in the reading, by line.

#include <string_view>

#include "services/grading/core/results/reading.h"

namespace loopdock::grading {

void ReadNwipeLog(std::string_view text, ResultBuilder* builder);

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_NWIPE_LOG_H_
