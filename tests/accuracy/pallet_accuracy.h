// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_ACCURACY_PALLET_ACCURACY_H_
#define LOOPDOCK_TESTS_ACCURACY_PALLET_ACCURACY_H_

// Reads painted pallets of twenty labels at 12 megapixels and counts every symbol: read when format
// and value are there once; a value that no label carries is wrong. Then the symbols are grouped by
// label, as intake groups them, and every label is counted whose symbols stay together and alone.
// Thread safety: one measurement at a time.
// Blocking: less than a minute.

#include <string>

#include "tests/accuracy/accuracy.h"

namespace loopdock::accuracy {

struct PalletRunOptions {
  // Names each symbol that is not read.
  bool verbose = false;
  // Folder in which the pictures are kept for looking at; empty for none.
  std::string keep;
};

AccuracyResult RunPallets(const PalletRunOptions& options, const Budgets& budgets);

}  // namespace loopdock::accuracy

#endif  // LOOPDOCK_TESTS_ACCURACY_PALLET_ACCURACY_H_
