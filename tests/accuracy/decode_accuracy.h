// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_ACCURACY_DECODE_ACCURACY_H_
#define LOOPDOCK_TESTS_ACCURACY_DECODE_ACCURACY_H_

// Reads every picture of DATA/barcodes through the real pool and counts against the truth.
//
// Of pictures with a known text: correct when one value equals it; wrong when there are values and
// none does; missed when there is no value, an error or a crash. A value beside the right one is
// extra unless tests/accuracy/second_symbols.tsv lists it as really being in the picture. A value
// of a picture that holds nothing is a false positive.

#include <string>

#include "tests/accuracy/accuracy.h"

namespace loopdock::accuracy {

struct DecodeRunOptions {
  std::string data;
  std::string second_symbols;
  // Names each picture that is not correct.
  bool verbose = false;
};

AccuracyResult RunDecode(const DecodeRunOptions& options, const Budgets& budgets);

}  // namespace loopdock::accuracy

#endif  // LOOPDOCK_TESTS_ACCURACY_DECODE_ACCURACY_H_
