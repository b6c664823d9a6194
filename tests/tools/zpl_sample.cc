// SPDX-License-Identifier: Apache-2.0
// Prints the label of a made-up container: `zpl-sample SSCC NAME DOTS_PER_MM`. zpl_roundtrip.mjs
// renders it and reads it back.
#include <cstdlib>
#include <iostream>

#include "services/intake/core/zpl.h"

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const auto zpl =
      loopdock::intake::ContainerLabelZpl({.name = argv[2],
                                           .sscc = argv[1],
                                           .number = "P-0815",
                                           .supplier = "M\xC3\xBCller & S\xC3\xB6hne ^FD~JA_41\\",
                                           .load = "00000a",
                                           .gross_g = 431'500,
                                           .net_g = 411'250,
                                           .date = "2026-03-02"},
                                          {.dots_per_mm = std::atoi(argv[3])});
  if (!zpl.ok()) {
    std::cerr << zpl.status() << "\n";
    return 1;
  }
  std::cout << *zpl;
  return 0;
}
