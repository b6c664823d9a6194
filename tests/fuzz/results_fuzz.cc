// SPDX-License-Identifier: Apache-2.0
// One form of result files with any bytes. With libFuzzer: `results_nwipe_fuzz -max_len=4000`.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "services/common/utf8.h"
#include "services/grading/core/results/result_file.h"

namespace {

using loopdock::common::IsUtf8;
using loopdock::grading::ResultReading;
namespace v1 = loopdock::grading::v1;

void Require(bool condition) {
  if (!condition) std::abort();
}

void CheckDevice(const v1::DeviceClaim& device) {
  for (const auto& serial : device.serials()) {
    Require(!serial.empty() && serial.size() <= 128 && IsUtf8(serial));
  }
  Require(IsUtf8(device.maker()) && IsUtf8(device.model()) && device.capacity_bytes() >= 0);
}

void CheckOne(std::string_view bytes, v1::ResultFormat format) {
  const ResultReading read = loopdock::grading::ReadResults(bytes, format);
  Require(read.problem_count >= static_cast<std::int64_t>(read.problems.size()));
  Require((read.problem_count > 0) == read.records.empty());
  for (const auto& record : read.records) {
    Require(record.line() > 0 || !record.path().empty());
    Require(!record.device().serials().empty());
    CheckDevice(record.device());
    CheckDevice(record.host());
    if (record.has_wipe()) {
      Require(record.wipe().outcome() != v1::WIPE_OUTCOME_UNSPECIFIED && !record.tool().empty());
      // What succeeded has no error and no pass that is missing.
      if (record.wipe().outcome() == v1::WIPE_OUTCOME_SUCCEEDED) {
        Require(record.wipe().error_count() == 0);
        Require(record.wipe().passes_done_count() >= record.wipe().passes_planned_count());
      }
    }
    Require(!record.has_test() || record.test().functions_size() > 0);
  }
  for (const auto& problem : read.problems) {
    Require(!problem.problem().empty() && problem.line() >= 0);
    Require(IsUtf8(problem.path()) && IsUtf8(problem.problem()) && IsUtf8(problem.value()));
    Require(problem.value().size() <= 100);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  CheckOne(bytes, v1::LOOPDOCK_FUZZ_FORMAT);
  CheckOne(bytes, v1::RESULT_FORMAT_UNSPECIFIED);
  return 0;
}
