// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_UNIT_MANIFEST_FIXTURE_H_
#define LOOPDOCK_TESTS_UNIT_MANIFEST_FIXTURE_H_

// What the tests of manifest files share: problems and lines as short texts.
// Thread safety: pure functions.

#include <string>
#include <vector>

#include "services/intake/core/manifest_file.h"

namespace loopdock::intake {

// "3|Qty|Is no whole number...|x": line, column, the problem's first words, value.
inline std::vector<std::string> Problems(const ManifestReading& reading) {
  std::vector<std::string> problems;
  for (const v1::ManifestProblem& one : reading.problems) {
    problems.push_back(std::to_string(one.line()) + "|" + one.column() + "|" +
                       one.problem().substr(0, 24) + "|" + one.value());
  }
  return problems;
}

// "serial,maker,model,quantity,mass".
inline std::vector<std::string> Lines(const ManifestReading& reading) {
  std::vector<std::string> lines;
  for (const inventory::v1::ManifestLine& one : reading.lines) {
    lines.push_back(one.serial() + "," + one.maker() + "," + one.model() + "," +
                    std::to_string(one.quantity()) + "," + std::to_string(one.mass_g()));
  }
  return lines;
}

}  // namespace loopdock::intake

#endif  // LOOPDOCK_TESTS_UNIT_MANIFEST_FIXTURE_H_
