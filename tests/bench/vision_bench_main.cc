// SPDX-License-Identifier: Apache-2.0
// loopdock-vision-bench decode [DATA] | grade: the rows of the bench that one worker gives, alone,
// for work on the worker.

#include <cstdio>
#include <string>

#include "tests/bench/decode_bench.h"
#include "tests/bench/grade_bench.h"

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if ((what != "decode" || argc > 3) && (what != "grade" || argc > 2)) {
    std::fprintf(stderr, "usage: loopdock-vision-bench decode [DATA] | grade\n");
    return 2;
  }
  loopdock::bench::DecodeBenchOptions options;
  if (argc > 2) options.data = argv[2];
  const auto rows =
      what == "grade" ? loopdock::bench::GradeBench() : loopdock::bench::DecodeBench(options);
  if (!rows.ok()) {
    std::fprintf(stderr, "%s\n", std::string(rows.status().message()).c_str());
    return 1;
  }
  loopdock::bench::PrintHead();
  for (const auto& row : *rows) loopdock::bench::PrintMeasured(row);
  return 0;
}
