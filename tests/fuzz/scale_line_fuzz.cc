// SPDX-License-Identifier: Apache-2.0
// Lines of weighing scales, over TCP or a serial line, with any bytes.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "clients/cpp/scale_reader.h"
#include "services/common/status.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::int64_t kGramsMax = 1'000'000'000'000'000;
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const auto reading = loopdock::client::ParseScaleLine(line);
  if (!reading.ok()) {
    Require(loopdock::common::ReasonOf(reading.status()) == "SCALE_LINE_INVALID");
    return 0;
  }
  Require(reading->grams >= -kGramsMax && reading->grams <= kGramsMax);
  return 0;
}
