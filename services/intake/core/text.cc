// SPDX-License-Identifier: Apache-2.0
#include "services/intake/core/text.h"

#include <cstdint>

namespace loopdock::intake {
namespace {
constexpr std::string_view kBlanks = " \t\r\n\v\f";
}  // namespace

std::string_view StripLeft(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  return text.substr(first == std::string_view::npos ? text.size() : first);
}

std::string_view StripRight(std::string_view text) {
  const std::size_t last = text.find_last_not_of(kBlanks);
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

std::vector<std::string_view> Split(std::string_view text, std::string_view separators,
                                    std::size_t pieces_max) {
  std::vector<std::string_view> pieces;
  std::size_t end = text.find_first_of(separators);
  while (end != std::string_view::npos && pieces.size() + 1 < pieces_max) {
    pieces.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
    end = text.find_first_of(separators);
  }
  pieces.push_back(text);
  return pieces;
}

std::string Shown(std::string_view text, std::size_t length) {
  std::string shown(text.substr(0, length));
  for (char& c : shown) {
    if (c < ' ' || c > '~') c = '?';
  }
  return shown;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), ToLower);
  return lower;
}

bool IsUtf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t more = lead < 0x80 ? 0 : lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4 || i + more >= text.size()) return false;
    std::uint32_t code = more == 0 ? lead : lead & (0x3FU >> more);
    for (std::size_t k = 1; k <= more; ++k) {
      const auto byte = static_cast<unsigned char>(text[i + k]);
      if ((byte & 0xC0U) != 0x80) return false;
      code = code << 6U | (byte & 0x3FU);
    }
    if ((more == 2 && (code < 0x800 || (code >= 0xD800 && code < 0xE000))) ||
        (more == 3 && (code < 0x10000 || code > 0x10FFFF))) {
      return false;
    }
    i += more + 1;
  }
  return true;
}

}  // namespace loopdock::intake
