// SPDX-License-Identifier: Apache-2.0
#include "services/grading/core/results/reading.h"

#include <algorithm>
#include <set>

#include "services/common/utf8.h"
#include "services/grading/core/results/text.h"

namespace loopdock::grading {
namespace {

constexpr std::size_t kValueBytesMax = 100;

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

void ResultBuilder::Report(std::int64_t line, std::string_view path, std::string_view problem,
                           std::string_view value) {
  ++reading_->problem_count;
  if (reading_->problems.size() >= kResultProblemsMax) return;
  v1::ResultProblem& added = reading_->problems.emplace_back();
  added.set_line(line);
  added.set_path(common::CleanUtf8Prefix(path, kResultTextMax));
  added.set_problem(common::CleanUtf8(problem));
  added.set_value(common::CleanUtf8Prefix(value, kValueBytesMax));
}

bool ResultBuilder::Add(v1::ResultRecord record) {
  ++added_;
  if (added_ > kResultRecordsMax) {
    Report(record.line(), record.path(),
           Cat("Is more than the ", std::to_string(kResultRecordsMax),
               " records that a file may have. Split it."));
    return false;
  }
  Judge(record);
  // What is dropped in the end need not be kept.
  if (reading_->problem_count == 0) reading_->records.push_back(std::move(record));
  return true;
}

void ResultBuilder::Finish() {
  std::stable_sort(reading_->problems.begin(), reading_->problems.end(),
                   [](const auto& a, const auto& b) { return a.line() < b.line(); });
  if (reading_->problem_count > 0) reading_->records.clear();
}

void ResultBuilder::JudgeText(const v1::ResultRecord& record, std::string_view what,
                              const std::string& text, std::size_t bytes_max) {
  const std::string path =
      record.path().empty() ? std::string(what) : Cat(record.path(), ".", what);
  if (text.size() > bytes_max) {
    Report(record.line(), path, Cat("Has more than ", std::to_string(bytes_max), " bytes."), text);
  } else if (HasControl(text)) {
    Report(record.line(), path, "Has control characters. Expected one line of text.", text);
  }
}

void ResultBuilder::JudgeDevice(const v1::ResultRecord& record, const v1::DeviceClaim& device,
                                std::string_view which) {
  if (device.serials_size() > kResultSerialsMax) {
    Report(record.line(), record.path(),
           Cat("Names more than ", std::to_string(kResultSerialsMax), " serial numbers of one ",
               which, "."));
  }
  for (const std::string& serial : device.serials()) {
    if (IsNoSerial(serial)) {
      Report(record.line(), record.path(),
             Cat("Has no serial number of the ", which,
                 " but a word in its place. Expected the number as the device tells it."),
             serial);
    }
    JudgeText(record, "serial", serial, kResultSerialMax);
  }
  JudgeText(record, "maker", device.maker());
  JudgeText(record, "model", device.model());
  JudgeText(record, "category", device.category(), 64);
  JudgeText(record, "media_type", device.media_type(), 64);
}

void ResultBuilder::JudgeTest(const v1::ResultRecord& record) {
  const v1::TestClaim& test = record.test();
  JudgeText(record, "plan", test.plan());
  if (test.functions().empty() || test.functions_size() > kResultFunctionsMax) {
    Report(record.line(), record.path(),
           Cat("Has ", std::to_string(test.functions_size()), " tested functions. Expected 1 to ",
               std::to_string(kResultFunctionsMax), "."));
  }
  std::set<std::string> seen;
  for (const v1::FunctionClaim& function : test.functions()) {
    if (function.function().empty()) {
      Report(record.line(), record.path(), "Has a tested function without a name.");
    } else if (!seen.insert(Lower(function.function())).second) {
      Report(record.line(), record.path(),
             "Has the same function twice. Expected one outcome a function.", function.function());
    }
    JudgeText(record, "function", function.function(), 64);
    JudgeText(record, "method", function.method());
    JudgeText(record, "value", function.value());
  }
}

void ResultBuilder::Judge(const v1::ResultRecord& record) {
  if (record.device().serials().empty()) {
    Report(record.line(), record.path(),
           Cat("Has no serial number of the ", record.device().is_drive() ? "drive" : "device",
               ". Expected one: it is what a result is matched by."));
  }
  JudgeDevice(record, record.device(), record.device().is_drive() ? "drive" : "device");
  JudgeDevice(record, record.host(), "host");
  JudgeText(record, "operator", record.operator_());
  JudgeText(record, "tool", record.tool());
  JudgeText(record, "tool_version", record.tool_version());
  if (record.has_wipe()) {
    if (record.tool().empty()) {
      Report(record.line(), record.path(),
             "Names no tool. Expected the software that did it, or the instruction followed.");
    }
    JudgeText(record, "standard", record.wipe().standard());
    JudgeText(record, "verification_method", record.wipe().verification_method());
    JudgeText(record, "verifier", record.wipe().verifier());
    if (record.wipe().outcome() == v1::WIPE_OUTCOME_SUCCEEDED && record.wipe().error_count() > 0) {
      Report(record.line(), record.path(),
             "Is called successful and counts errors. Expected one or the other.",
             std::to_string(record.wipe().error_count()));
    }
  }
  if (record.has_test()) JudgeTest(record);
}

}  // namespace loopdock::grading
