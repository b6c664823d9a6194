// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_ACCURACY_DECODE_COUNTS_H_
#define LOOPDOCK_TESTS_ACCURACY_DECODE_COUNTS_H_

// Counts what was read of a picture against its truth.
//
// Of pictures with a known text: correct when one value equals it; wrong when there are values and
// none does; missed when there is no value, an error or a crash. A value beside the right one is
// extra unless it is listed as really being in the picture. A value of a picture that holds nothing
// is a false positive.
// Thread safety: plain values and free functions.

#include <string>
#include <vector>

#include "tests/accuracy/decode_truth.h"

namespace loopdock::accuracy {

struct Counts {
  int pictures = 0;
  int correct = 0;
  int wrong = 0;
  int missed = 0;
  int extra = 0;
  int negatives = 0;
  int false_positives = 0;

  Counts& operator+=(const Counts& more);
  double ShareCorrect() const { return pictures > 0 ? 1.0 * correct / pictures : 0; }
  // "wrong", "missed", "false positive" or "extra" of one picture; null when all is right.
  const char* Doubt() const;
};

// `seconds` are the values that stand in a picture beside the known one, "*" for the known one
// again.
Counts Judge(const TruthRow& row, const std::vector<std::string>& values,
             const PictureNotes& seconds);

void PrintCountsHead(const char* what);
void PrintCounts(const std::string& name, const Counts& counts);

}  // namespace loopdock::accuracy

#endif  // LOOPDOCK_TESTS_ACCURACY_DECODE_COUNTS_H_
