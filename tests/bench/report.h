// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_BENCH_REPORT_H_
#define LOOPDOCK_TESTS_BENCH_REPORT_H_

// From adjacent pairs (ours, the yardstick's) to rows, the table and the JSON file.
// Thread safety: plain values and free functions.
// Errors: those of writing a file.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tests/bench/bench_row.h"

namespace loopdock::bench {

struct Pair {
  double value = 0;
  double baseline = 0;
};

// A row with what it is the median of.
struct Measured {
  BenchRow row;
  std::vector<Pair> pairs;  // empty for a single measurement
  std::string note;         // latencies and the like, for the table
};

// Medians of value and baseline; the ratio is the median of the pairs' ratios, since both halves of
// a pair saw the same minute of a noisy disk.
Measured FromPairs(std::string name, std::string unit, std::vector<Pair> pairs, std::string note);

// Processor, cores, kernel and the versions of the libraries, in one line.
std::string MachineLine();

void PrintHead();
void PrintMeasured(const Measured& measured);
// An array of rows: {"name","value","unit","baseline","ratio"} and, beside them, least and most of
// value and ratio, the pairs, the note and the machine.
absl::Status WriteJson(const std::string& path, const std::vector<Measured>& all);

}  // namespace loopdock::bench

#endif  // LOOPDOCK_TESTS_BENCH_REPORT_H_
