// SPDX-License-Identifier: Apache-2.0
// loopdock-decode-bench [DATA]: the decode rows of the bench alone, for work on the reader.

#include <cstdio>
#include <string>

#include "tests/bench/decode_bench.h"

int main(int argc, char** argv) {
  loopdock::bench::DecodeBenchOptions options;
  if (argc > 1) options.data = argv[1];
  const auto rows = loopdock::bench::DecodeBench(options);
  if (!rows.ok()) {
    std::fprintf(stderr, "%s\n", std::string(rows.status().message()).c_str());
    return 1;
  }
  for (const auto& [row, pairs, note] : *rows) {
    std::printf("%-24s %10.3f %-12s plain %10.3f  ratio %.3f  %s\n", row.name.c_str(), row.value,
                row.unit.c_str(), row.baseline, row.ratio, note.c_str());
  }
  return 0;
}
