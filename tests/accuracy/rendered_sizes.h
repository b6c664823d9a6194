// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_ACCURACY_RENDERED_SIZES_H_
#define LOOPDOCK_TESTS_ACCURACY_RENDERED_SIZES_H_

// Holds measured lengths and widths of scratches against the rendered ones.
// Thread safety: pure functions.

#include <string>
#include <vector>

#include "tests/accuracy/rendered_run.h"

namespace loopdock::accuracy {

struct SizeError {
  double length_mm = 0;
  double width_mm = 0;
  // Of the rendered width, in pixels of the picture.
  double width_px = 0;
  // Of the model's surface and the scratch, for people.
  std::string what;
  bool found = false;
  // Shares of the truth, with their sign; -1 when it was not found.
  double length_error = -1;
  double width_error = -1;

  // Within 8 % or 0.3 mm.
  bool length_close() const;
};

// One for each rendered scratch: the defect that covers most of it, at least a quarter.
std::vector<SizeError> SizeErrors(const MeasuredShot& shot);

}  // namespace loopdock::accuracy

#endif  // LOOPDOCK_TESTS_ACCURACY_RENDERED_SIZES_H_
