// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_ACCURACY_DECODE_ACCURACY_H_
#define LOOPDOCK_TESTS_ACCURACY_DECODE_ACCURACY_H_

// Reads every picture of DATA/barcodes through the real pool and counts against the truth, as
// decode_counts.h says; the symbologies of equipment labels also as one group, without the pictures
// whose truth is broken.
// Thread safety: one measurement at a time.
// Blocking: about two minutes.

#include <string>

#include "tests/accuracy/accuracy.h"

namespace loopdock::accuracy {

struct DecodeRunOptions {
  std::string data;
  // Folder of second_symbols.tsv and broken_truth.tsv.
  std::string lists;
  // Names each picture that is not correct.
  bool verbose = false;
};

AccuracyResult RunDecode(const DecodeRunOptions& options, const Budgets& budgets);

}  // namespace loopdock::accuracy

#endif  // LOOPDOCK_TESTS_ACCURACY_DECODE_ACCURACY_H_
