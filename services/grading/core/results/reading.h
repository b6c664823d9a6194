// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_READING_H_
#define LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_READING_H_

// What every reader of result files makes: records of one type, or everything that is wrong. A
// record is judged here, whatever the file's form. docs/reference/result-files.md says what is
// understood.
// Thread safety: none; one reading uses it.
// Errors: none; what is wrong stands in `problems`, and then there are no records.
// Limits: the constants below.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "loopdock/grading/v1/results.pb.h"

namespace loopdock::grading {

inline constexpr std::size_t kResultBytesMax = std::size_t{16} << 20;
inline constexpr std::size_t kResultRecordsMax = 10'000;
inline constexpr std::size_t kResultProblemsMax = 1000;  // that are kept; all are counted
inline constexpr std::size_t kResultTextMax = 256;       // of a text in a record
inline constexpr std::size_t kResultSerialMax = 128;
inline constexpr int kResultFunctionsMax = 100;  // of one device
inline constexpr int kResultSerialsMax = 16;     // of one device

struct ResultReading {
  v1::ResultFormat format = v1::RESULT_FORMAT_UNSPECIFIED;
  std::vector<v1::ResultRecord> records;  // In order of the file.
  std::vector<v1::ResultProblem> problems;
  std::int64_t problem_count = 0;
};

class ResultBuilder {
 public:
  explicit ResultBuilder(ResultReading* reading) : reading_(reading) {}

  // Counts the problem, and keeps it while there is room. `problem` is a sentence.
  void Report(std::int64_t line, std::string_view path, std::string_view problem,
              std::string_view value = "");
  // Judges the record and keeps it; false when there are too many and nothing more is taken.
  bool Add(v1::ResultRecord record);
  // Puts the problems in order of lines and drops the records of a file that has any.
  void Finish();

  bool empty() const { return added_ == 0; }

 private:
  void Judge(const v1::ResultRecord& record);
  void JudgeDevice(const v1::ResultRecord& record, const v1::DeviceClaim& device,
                   std::string_view which);
  void JudgeText(const v1::ResultRecord& record, std::string_view what, const std::string& text,
                 std::size_t bytes_max = kResultTextMax);
  void JudgeTest(const v1::ResultRecord& record);

  ResultReading* const reading_;
  std::size_t added_ = 0;
};

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_READING_H_
