// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_UNIT_RESULTS_FIXTURE_H_
#define LOOPDOCK_TESTS_UNIT_RESULTS_FIXTURE_H_

// Result files of tests/data/results, and what reading gives, in a few words.
// Thread safety: free functions, safe from any thread.

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "services/common/fileio.h"
#include "services/grading/core/results/result_file.h"

namespace loopdock::grading {

inline std::string ResultSourceFile(const std::string& path) {
  const char* directory = std::getenv("LOOPDOCK_SOURCE_DIR");
  const auto text =
      common::ReadFile(std::string(directory == nullptr ? "." : directory) + "/" + path);
  EXPECT_TRUE(text.ok()) << text.status();
  return text.ok() ? *text : "";
}

inline std::string ResultSample(const std::string& name) {
  return ResultSourceFile("tests/data/results/" + name);
}

inline ResultReading ReadSample(const std::string& name) {
  return ReadResults(ResultSample(name), v1::RESULT_FORMAT_UNSPECIFIED);
}

// "line path: problem (value)" of each problem.
inline std::vector<std::string> ProblemsOf(const ResultReading& reading) {
  std::vector<std::string> lines;
  for (const v1::ResultProblem& problem : reading.problems) {
    lines.push_back(std::to_string(problem.line()) + " " + problem.path() + ": " +
                    problem.problem() +
                    (problem.value().empty() ? "" : " (" + problem.value() + ")"));
  }
  return lines;
}

}  // namespace loopdock::grading

#endif  // LOOPDOCK_TESTS_UNIT_RESULTS_FIXTURE_H_
