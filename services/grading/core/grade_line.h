// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_CORE_GRADE_LINE_H_
#define LOOPDOCK_SERVICES_GRADING_CORE_GRADE_LINE_H_

// The JSON line that `loopdock grade --json` prints for one picture; docs/reference/grade.md is its
// contract.
// Thread safety: free functions, safe from any thread.
// Errors: none; a picture that could not be measured gives a line whose `error` says why.

#include <string>

#include "absl/status/statusor.h"
#include "loopdock/vision/v1/vision.pb.h"
#include "services/grading/core/scale.h"

namespace loopdock::grading {

// Without the line break. `ms` is the worker's own time; `grade` is looked at only where the
// measurement is there, and has a severity for each of its defects.
std::string GradeLine(const std::string& file,
                      const absl::StatusOr<vision::v1::Measurement>& measurement,
                      const GradeResult& grade, double ms);

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_CORE_GRADE_LINE_H_
