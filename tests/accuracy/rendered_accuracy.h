// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_ACCURACY_RENDERED_ACCURACY_H_
#define LOOPDOCK_TESTS_ACCURACY_RENDERED_ACCURACY_H_

// Measures and grades rendered devices (tests/tools/render) through the real pool: sizes in
// millimetres, the same device again, scratched devices against the truth's grade, clean devices,
// shattered glass, other kinds of damage. Thread safety: one measurement at a time. Blocking:
// minutes.

#include <cstdint>
#include <string>

#include "tests/accuracy/accuracy.h"

namespace loopdock::accuracy {

struct RenderedRunOptions {
  std::string scale_file;
  // Of "sizes", "small", "repeats", "scratched", "clean", "cracks" and "kinds"; empty for all.
  std::string only;
  // Prints a row a scratch, or a picture.
  bool verbose = false;
  // An existing folder in which the pictures are kept; empty for none.
  std::string keep;
  // Takes only the first shots of each suite, for a quick look; the budgets on counts then miss.
  int at_most = 0;
  // Added to each suite's seed: renderings that the budgets were not set on.
  uint64_t seed = 0;
};

AccuracyResult RunRendered(const RenderedRunOptions& options, const Budgets& budgets);

}  // namespace loopdock::accuracy

#endif  // LOOPDOCK_TESTS_ACCURACY_RENDERED_ACCURACY_H_
