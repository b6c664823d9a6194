// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "services/common/status.h"
#include "services/intake/core/label.h"
#include "services/intake/core/text.h"

namespace loopdock::intake {
namespace {

void AppendUtf8(std::uint32_t code, std::string* text) {
  const auto push = [&](std::uint32_t byte) { text->push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    push(code);
  } else if (code < 0x800) {
    push(0xC0 | code >> 6U);
    push(0x80 | (code & 0x3FU));
  } else if (code < 0x10000) {
    push(0xE0 | code >> 12U);
    push(0x80 | (code >> 6U & 0x3FU));
    push(0x80 | (code & 0x3FU));
  } else {
    push(0xF0 | code >> 18U);
    push(0x80 | (code >> 12U & 0x3FU));
    push(0x80 | (code >> 6U & 0x3FU));
    push(0x80 | (code & 0x3FU));
  }
}

// `count` hexadecimal digits at `at`; false when there are fewer.
bool ReadHex(std::string_view text, std::size_t at, std::size_t count, std::uint32_t* code) {
  *code = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (i >= text.size() || HexValue(text[i]) < 0) return false;
    *code = *code * 16 + static_cast<std::uint32_t>(HexValue(text[i]));
  }
  return true;
}

}  // namespace

absl::StatusOr<std::string> Unescape(std::string_view text) {
  constexpr std::string_view kLetters = "nrt0\\";
  constexpr std::string_view kMeanings("\n\r\t\0\\", 5);
  std::string plain;
  plain.reserve(text.size());
  const auto invalid = [](std::size_t at) {
    return common::Error(absl::StatusCode::kInvalidArgument, "ESCAPE_INVALID",
                         "An escape lacks its digits. Write \\u001d or \\x1d, and \\\\ for a "
                         "backslash before u or x.",
                         {{"at", std::to_string(at)}});
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
    std::uint32_t code = 0;
    if (next == 'u') {
      if (!ReadHex(text, i + 2, 4, &code)) return invalid(i);
      const std::size_t at = i;
      i += 5;
      std::uint32_t low = 0;
      if (code >= 0xD800 && code < 0xDC00 && text.substr(i + 1, 2) == "\\u" &&
          ReadHex(text, i + 3, 4, &low) && low >= 0xDC00 && low < 0xE000) {
        code = 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00);
        i += 6;
      }
      if (code >= 0xD800 && code < 0xE000) return invalid(at);
      AppendUtf8(code, &plain);
    } else if (next == 'x') {
      if (!ReadHex(text, i + 2, 2, &code)) return invalid(i);
      plain.push_back(static_cast<char>(code));
      i += 3;
    } else if (next != '\0' && kLetters.find(next) != std::string_view::npos) {
      plain.push_back(kMeanings[kLetters.find(next)]);
      ++i;
    } else {
      plain.push_back(text[i]);
    }
  }
  return plain;
}

}  // namespace loopdock::intake
