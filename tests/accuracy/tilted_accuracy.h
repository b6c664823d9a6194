// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_ACCURACY_TILTED_ACCURACY_H_
#define LOOPDOCK_TESTS_ACCURACY_TILTED_ACCURACY_H_

// Reads pictures at an angle (tilted_pictures.h) through the real pool and counts against the
// truth. Thread safety: one measurement at a time, in a process that has no other thread. Blocking:
// about a minute.

#include "tests/accuracy/accuracy.h"
#include "tests/accuracy/decode_accuracy.h"

namespace loopdock::accuracy {

struct TiltedRunOptions {
  DecodeRunOptions decode;
  // Folder in which the pictures are kept for looking at; empty for none.
  std::string keep;
};

AccuracyResult RunTilted(const TiltedRunOptions& options, const Budgets& budgets);

}  // namespace loopdock::accuracy

#endif  // LOOPDOCK_TESTS_ACCURACY_TILTED_ACCURACY_H_
