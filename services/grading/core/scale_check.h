// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_CORE_SCALE_CHECK_H_
#define LOOPDOCK_SERVICES_GRADING_CORE_SCALE_CHECK_H_

// Everything that is wrong with a scale's file, not only the first: what Scale::Parse refuses, rows
// that can never apply, limits that can never decide, gaps and overlaps of its correlations.
// Thread safety: a free function, safe from any thread. Limits: those of Scale::Parse.

#include <string>
#include <string_view>
#include <vector>

namespace loopdock::grading {

struct ScaleProblem {
  // From 1; 0 when it is about the whole file.
  int line = 0;
  std::string what;
  // True when the scale works nevertheless, and somebody should know.
  bool note = false;
};

// In the order of the lines.
std::vector<ScaleProblem> CheckScale(std::string_view toml);

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_CORE_SCALE_CHECK_H_
