// SPDX-License-Identifier: Apache-2.0
// What text recognition may give of a label: any words at any places.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "services/vision/text/printed_value.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kPlaceBytes = 5;
  constexpr std::size_t kWordsMax = 64;
  constexpr std::size_t kValueMax = 40;
  std::vector<loopdock::vision::PrintedWord> words;
  // A word: its place, then characters up to a zero.
  for (std::size_t at = 0; at + kPlaceBytes < size && words.size() < kWordsMax;) {
    loopdock::vision::PrintedWord& word = words.emplace_back();
    word.box = {data[at] * 8 - 64, data[at + 1] * 8 - 64, data[at + 2], data[at + 3] % 64};
    word.confidence = data[at + 4] / 255.0;
    at += kPlaceBytes;
    while (at < size && data[at] != 0) word.text += static_cast<char>(data[at++]);
    ++at;
  }
  for (const auto& value : loopdock::vision::FindPrintedValues(words)) {
    Require(!value.value.empty() && value.value.size() <= kValueMax);
    Require(value.confidence >= 0 && value.confidence <= 1);
  }
  return 0;
}
