// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_RESULT_FILE_H_
#define LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_RESULT_FILE_H_

// A file of results in any of the forms, read whole.
// Thread safety: pure functions.
// Errors: none; what is wrong stands in `problems`, and then there are no records.
// Limits: those of reading.h; the caller bounds the bytes by kResultBytesMax.

#include <string_view>

#include "services/grading/core/results/reading.h"

namespace loopdock::grading {

// Unspecified: the form is told from the bytes. Without problems there is at least one record.
ResultReading ReadResults(std::string_view bytes, v1::ResultFormat format);

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_RESULT_FILE_H_
