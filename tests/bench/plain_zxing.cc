// SPDX-License-Identifier: Apache-2.0
// bench-plain-zxing [--all] LIST: reads each picture that LIST names with ReadBarcode (--all:
// ReadBarcodes) and default options, each in a child of its own because some end it. Prints one
// line a picture: the milliseconds from bytes to result, and the number of symbols read. A lost
// child counts the time it took.

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/tools/plain_reader.h"

int main(int argc, char** argv) {
  using loopdock::testing::PlainMode;
  const bool all = argc == 3 && std::string(argv[1]) == "--all";
  if (argc != 2 && !all) {
    std::fprintf(stderr, "usage: bench-plain-zxing [--all] LIST\n");
    return 2;
  }
  std::ifstream list(argv[argc - 1]);
  for (std::string path; std::getline(list, path);) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const auto reading =
        loopdock::testing::ReadPlainly(bytes, all ? PlainMode::kAll : PlainMode::kOne);
    std::printf("%f %zu\n", reading.ms, reading.texts.size());
  }
  return 0;
}
