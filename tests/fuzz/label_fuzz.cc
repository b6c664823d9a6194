// SPDX-License-Identifier: Apache-2.0
// Everything that reads scanned text, with any bytes. With libFuzzer: `label_fuzz -max_len=2000`.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "services/common/status.h"
#include "services/intake/core/label.h"
#include "services/intake/core/label_json.h"
#include "services/intake/core/understanding.h"

namespace {

using loopdock::intake::Parsed;
using loopdock::intake::ParseLabel;
using loopdock::intake::ParseOptions;
using loopdock::intake::ScanText;

void Require(bool condition) {
  if (!condition) std::abort();
}

// The first byte chooses what is said about the text.
ScanText ScanOf(std::uint8_t choice, std::string text) {
  constexpr std::string_view kIdentifiers[] = {"", "]C1", "]e0", "]E0", "]E3", "]Q1", "]d2", "]C0"};
  constexpr std::string_view kFormats[] = {"", "UPC-E", "DataBar", "Code128"};
  return {std::move(text), std::string(kIdentifiers[choice % 8]),
          std::string(kFormats[choice / 8 % 4])};
}

void CheckOne(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return;
  ParseOptions options;
  if ((data[0] & 64U) != 0) options.fnc1_alias = '^';
  options.wedge_aliases = (data[0] & 128U) == 0;
  options.tag_patterns = {"R2-#####", "*-@?"};
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Parsed first = ParseLabel(ScanOf(data[0], text), options);
  const Parsed typed = ParseLabel({text, "", ""}, options);
  Require(first.error.ok() || !loopdock::common::ReasonOf(first.error).empty());
  Require(first.confidence >= 0 && first.confidence <= 1);
  Require(nlohmann::json::accept(ParseToJson(first)));
  const Parsed both[] = {first, typed};
  const auto label = loopdock::intake::Understand(both);
  Require(label.serial.confidence <= 1);
  const auto plain = loopdock::intake::Unescape(text);
  Require(!plain.ok() || plain->size() <= text.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  CheckOne(data, size);
  return 0;
}
