// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_RESULTS_CSV_H_
#define LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_RESULTS_CSV_H_

// CSV with a heading: one device or drive a line, columns told by their headings. A column
// `test:NAME` holds the outcome of one function.
// Thread safety: pure functions.
// Errors: in the reading, by line and heading.

#include <string_view>

#include "services/grading/core/results/reading.h"

namespace loopdock::grading {

void ReadResultsCsv(std::string_view text, ResultBuilder* builder);

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_RESULTS_CSV_H_
