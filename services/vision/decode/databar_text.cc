// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/databar_text.h"

#include <algorithm>

namespace loopdock::vision {
namespace {

// What identifiers that begin so are like.
struct Identifiers {
  std::string_view first;
  std::string_view last;  // of the same length
  size_t digits;          // of the whole identifier
  // Digits of the value where all of them have the same number and need no separator; 0 otherwise.
  size_t value;
};
constexpr Identifiers kIdentifiers[] = {
    {"00", "00", 2, 18},    {"01", "03", 2, 14},    {"10", "10", 2, 0},     {"11", "17", 2, 6},
    {"20", "20", 2, 2},     {"21", "22", 2, 0},     {"235", "235", 3, 0},   {"240", "243", 3, 0},
    {"250", "255", 3, 0},   {"30", "30", 2, 0},     {"310", "369", 4, 6},   {"37", "37", 2, 0},
    {"390", "395", 4, 0},   {"400", "403", 3, 0},   {"410", "417", 3, 13},  {"420", "427", 3, 0},
    {"4300", "4333", 4, 0}, {"7001", "7999", 4, 0}, {"8001", "8200", 4, 0}, {"90", "99", 2, 0},
};

bool AreDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The row of the identifier in brackets with which `text` begins; null when there is none.
const Identifiers* IdentifierAt(std::string_view text) {
  const size_t close = text.find(')');
  if (text.empty() || text[0] != '(' || close == std::string_view::npos) return nullptr;
  const std::string_view number = text.substr(1, close - 1);
  if (number.size() < 2 || number.size() > 4 || !AreDigits(number)) return nullptr;
  const auto* row = std::find_if(
      std::begin(kIdentifiers), std::end(kIdentifiers), [number](const Identifiers& entry) {
        const std::string_view begin = number.substr(0, entry.first.size());
        return entry.digits == number.size() && entry.first <= begin && begin <= entry.last;
      });
  if (row == std::end(kIdentifiers)) return nullptr;
  const std::string_view value = text.substr(close + 1);
  if (value.empty() || value.size() < row->value) return nullptr;
  return AreDigits(value.substr(0, row->value)) ? row : nullptr;
}

}  // namespace

std::string ElementStringOf(std::string_view bracketed) {
  std::string elements;
  size_t at = 0;
  while (const Identifiers* row = IdentifierAt(bracketed.substr(at))) {
    elements += bracketed.substr(at + 1, row->digits);
    const size_t value = at + row->digits + 2;
    at = value + std::max<size_t>(row->value, 1);
    if (row->value == 0) {
      while (at < bracketed.size() && IdentifierAt(bracketed.substr(at)) == nullptr) ++at;
    }
    elements += bracketed.substr(value, at - value);
    if (row->value == 0 && at < bracketed.size()) elements += '\x1D';
  }
  return elements += bracketed.substr(at);
}

}  // namespace loopdock::vision
