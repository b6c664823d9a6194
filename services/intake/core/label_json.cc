// SPDX-License-Identifier: Apache-2.0
#include "services/intake/core/label_json.h"

#include <nlohmann/json.hpp>
#include <string_view>

#include "services/common/json.h"
#include "services/common/status.h"
#include "services/common/utf8.h"
#include "services/intake/core/text.h"

namespace loopdock::intake {
namespace {

std::string AsUtf8(std::string_view text) {
  if (common::IsUtf8(text)) return std::string(text);
  std::string utf8;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) utf8.push_back(static_cast<char>(0xC0U | byte >> 6U));
    utf8.push_back(byte < 0x80 ? c : static_cast<char>(0x80U | (byte & 0x3FU)));
  }
  return utf8;
}

}  // namespace

std::string ParseToJson(const Parsed& parsed) {
  nlohmann::ordered_json line;
  line["kind"] = ToString(parsed.kind);
  line["elements"] = nlohmann::ordered_json::array();
  for (const Element& element : parsed.elements) {
    nlohmann::ordered_json pair;
    pair["id"] = AsUtf8(element.id);
    pair["value"] = AsUtf8(element.value);
    line["elements"].push_back(std::move(pair));
  }
  line["warnings"] = nlohmann::ordered_json::array();
  for (const std::string& warning : parsed.warnings) line["warnings"].push_back(AsUtf8(warning));
  line["error"] = nullptr;
  if (!parsed.error.ok()) {
    line["error"]["reason"] = common::ReasonOf(parsed.error);
    line["error"]["message"] = AsUtf8(std::string(parsed.error.message()));
  }
  return common::DumpJson(line);
}

}  // namespace loopdock::intake
