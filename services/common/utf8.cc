// SPDX-License-Identifier: Apache-2.0
#include "services/common/utf8.h"

#include <cstdint>

namespace loopdock::common {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool Continues(char c) { return (static_cast<uint8_t>(c) & 0xC0) == 0x80; }

// Bytes of the character that `bytes` begins with; 0 when it begins with none.
size_t CharacterBytes(std::string_view bytes) {
  const auto lead = static_cast<uint8_t>(bytes[0]);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const size_t follow = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
  if (bytes.size() <= follow) return 0;
  uint32_t code = lead & (0x3F >> follow);
  for (size_t i = 1; i <= follow; ++i) {
    if (!Continues(bytes[i])) return 0;
    code = code << 6 | (static_cast<uint8_t>(bytes[i]) & 0x3F);
  }
  const uint32_t smallest = follow == 1 ? 0x80 : follow == 2 ? 0x800 : 0x10000;
  if (code < smallest || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return 0;
  return follow + 1;
}

}  // namespace

bool IsUtf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t character = CharacterBytes(bytes);
    if (character == 0) return false;
    bytes.remove_prefix(character);
  }
  return true;
}

std::string CleanUtf8(std::string_view bytes) {
  if (IsUtf8(bytes)) return std::string(bytes);
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const size_t character = CharacterBytes(bytes);
    text.append(character == 0 ? kReplacement : bytes.substr(0, character));
    bytes.remove_prefix(character == 0 ? 1 : character);
  }
  return text;
}

std::string_view Utf8Prefix(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  // A character has at most three bytes after its first: further back there is no text.
  size_t end = bytes_max;
  for (int i = 0; i < 3 && end > 0 && Continues(text[end]); ++i) --end;
  return text.substr(0, Continues(text[end]) ? bytes_max : end);
}

std::string CleanUtf8Prefix(std::string_view bytes, size_t bytes_max) {
  const std::string clean = CleanUtf8(Utf8Prefix(bytes, bytes_max));
  return std::string(Utf8Prefix(clean, bytes_max));
}

}  // namespace loopdock::common
