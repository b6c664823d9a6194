// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_ACCURACY_RENDERED_GRADES_H_
#define LOOPDOCK_TESTS_ACCURACY_RENDERED_GRADES_H_

// Holds grades of scratched devices against those that the rendered scratches themselves get by the
// same scale.
// Thread safety: pure functions.

#include <optional>
#include <string>

#include "services/grading/core/scale.h"
#include "tests/accuracy/rendered_run.h"

namespace loopdock::accuracy {

// The rendered scratches as a measurement without any error, in a picture of that many micrometres
// a pixel: a scale leaves out the width of what spans too few pixels.
vision::v1::Measurement TrueMeasurement(const MeasuredShot& shot, double um_per_px);

struct GradePair {
  // C0 to C9; C0 also where the picture could not be measured.
  std::string measured;
  // Of the truth, by what a picture of this size shows of each width, and by every width in full.
  std::string truth;
  std::string truth_in_full;
  // Somebody is asked to look at it before the grade counts.
  bool asked = false;
};

GradePair GradesOf(const grading::Scale& scale, const MeasuredShot& shot);

// How many grades better the first is than the second; nothing where one is C0.
std::optional<int> GradesBetter(const std::string& grade, const std::string& than);

// True when marks that are too unsure to count would lower the grade: that goes to a person.
bool FaintWouldLower(const grading::Scale& scale, const vision::v1::Measurement& measurement);

}  // namespace loopdock::accuracy

#endif  // LOOPDOCK_TESTS_ACCURACY_RENDERED_GRADES_H_
