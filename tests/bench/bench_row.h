// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_BENCH_BENCH_ROW_H_
#define LOOPDOCK_TESTS_BENCH_BENCH_ROW_H_

// One row of build/bench.json. Names stay, so that rows of different days can be compared.
// Thread safety: plain values.

#include <string>

namespace loopdock::bench {

struct BenchRow {
  std::string name;
  double value = 0;
  // Of value and baseline, such as "commands/s".
  std::string unit;
  // What the machine gives without our code, in the same run.
  double baseline = 0;
  // value / baseline.
  double ratio = 0;
};

}  // namespace loopdock::bench

#endif  // LOOPDOCK_TESTS_BENCH_BENCH_ROW_H_
