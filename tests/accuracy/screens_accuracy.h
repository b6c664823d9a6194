// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_ACCURACY_SCREENS_ACCURACY_H_
#define LOOPDOCK_TESTS_ACCURACY_SCREENS_ACCURACY_H_

// Measures and grades every picture of DATA/screens through the real pool: `good` holds clean
// devices, `defect` damaged ones whose kind the first letters of their names give (Oil_, Scr_,
// Sta_). A picture without a score counts against us. A clean one is to be graded C6 or better.

#include <string>

#include "tests/accuracy/accuracy.h"

namespace loopdock::accuracy {

struct ScreensRunOptions {
  std::string data;
  // The scale that grades.
  std::string scale_file;
  // Of these pictures, about: a phone fills most of the width.
  double um_per_px = 80;
  // Prints a row a picture.
  bool verbose = false;
};

AccuracyResult RunScreens(const ScreensRunOptions& options, const Budgets& budgets);

}  // namespace loopdock::accuracy

#endif  // LOOPDOCK_TESTS_ACCURACY_SCREENS_ACCURACY_H_
