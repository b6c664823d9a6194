// SPDX-License-Identifier: Apache-2.0
#include "services/intake/core/text.h"

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

}  // namespace loopdock::intake
