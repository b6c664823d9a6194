// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_BENCH_DECODE_BENCH_H_
#define LOOPDOCK_TESTS_BENCH_DECODE_BENCH_H_

// Our reading beside plain ZXing on the same pictures, both on one core: one warm worker against
// ReadBarcode with default options in child processes, both timed from the bytes of the file to the
// result.
// Thread safety: one measurement at a time.
// Blocking: about two minutes with the real pictures.
// Errors: NOT_FOUND without pictures; those of VisionPool::Create.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/report.h"

namespace loopdock::bench {

struct DecodeBenchOptions {
  // Folder that holds barcodes/manifest.tsv; empty: the pictures of `demo` are used.
  std::string data;
  // Folder of the demonstration's label pictures.
  std::string demo = "tests/data/demo/labels";
  // Pictures at most, taken evenly from the list.
  size_t pictures_max = 300;
};

// The rows `decode/...` of README.md.
absl::StatusOr<std::vector<Measured>> DecodeBench(const DecodeBenchOptions& options);

}  // namespace loopdock::bench

#endif  // LOOPDOCK_TESTS_BENCH_DECODE_BENCH_H_
