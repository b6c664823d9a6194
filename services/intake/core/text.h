// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_CORE_TEXT_H_
#define LOOPDOCK_SERVICES_INTAKE_CORE_TEXT_H_

// Character classes and check digits that the parsers of labels share; ASCII only and independent
// of the locale.
// Thread safety: pure functions.

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace loopdock::intake {

inline constexpr char kGroupSeparator = '\x1d';
inline constexpr char kRecordSeparator = '\x1e';
inline constexpr char kEndOfTransmission = '\x04';

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }
constexpr bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool IsAlnum(char c) { return IsDigit(c) || IsUpper(c) || IsLower(c); }
constexpr char ToUpper(char c) { return IsLower(c) ? static_cast<char>(c - 'a' + 'A') : c; }
constexpr char ToLower(char c) { return IsUpper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

// The value of a hexadecimal digit, -1 for any other character.
constexpr int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

inline bool AllDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsDigit);
}
inline bool AllHex(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return HexValue(c) >= 0; });
}
inline bool AllAlnum(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsAlnum);
}
inline bool HasDigit(std::string_view text) {
  return std::any_of(text.begin(), text.end(), IsDigit);
}
inline bool AllSame(std::string_view text) {
  return text.find_first_not_of(text.substr(0, 1)) == std::string_view::npos;
}

// Debian's abseil has a string_view of its own, so that these few are ours.
template <typename... Parts>
void Append(std::string* text, const Parts&... parts) {
  (text->append(std::string_view(parts)), ...);
}
template <typename... Parts>
std::string Cat(const Parts&... parts) {
  std::string text;
  Append(&text, parts...);
  return text;
}
inline bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}
inline bool Contains(std::string_view text, char c) {
  return text.find(c) != std::string_view::npos;
}
inline bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.starts_with(prefix);
}
inline bool EndsWith(std::string_view text, std::string_view suffix) {
  return text.ends_with(suffix);
}
inline bool StartsWithAnyCase(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(),
                    [](char a, char b) { return ToUpper(a) == ToUpper(b); });
}
inline bool ConsumePrefix(std::string_view* text, std::string_view prefix) {
  const bool found = text->starts_with(prefix);
  if (found) text->remove_prefix(prefix.size());
  return found;
}
inline bool ConsumeSuffix(std::string_view* text, std::string_view suffix) {
  const bool found = text->ends_with(suffix);
  if (found) text->remove_suffix(suffix.size());
  return found;
}
// Blanks and line ends.
std::string_view StripLeft(std::string_view text);
std::string_view StripRight(std::string_view text);
inline std::string_view Strip(std::string_view text) { return StripLeft(StripRight(text)); }

// At every one of the `separators`, empty pieces included; one piece for an empty text. The last of
// `pieces_max` pieces is all that is left.
std::vector<std::string_view> Split(std::string_view text, std::string_view separators,
                                    std::size_t pieces_max = std::string_view::npos);

std::string Lower(std::string_view text);
inline std::string Upper(std::string_view text) {
  std::string upper(text);
  std::transform(upper.begin(), upper.end(), upper.begin(), ToUpper);
  return upper;
}

// At most `length` characters to be shown in an error, what is no visible ASCII as '?'.
std::string Shown(std::string_view text, std::size_t length);

// GS1 modulo 10 over digits whose last is the check digit.
inline bool CheckDigitHolds(std::string_view digits) {
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    sum += (digits[digits.size() - 1 - i] - '0') * (i % 2 == 1 ? 3 : 1);
  }
  return AllDigits(digits) && sum % 10 == 0;
}

// The Luhn formula in base 10 or 16 over digits whose last is the check digit.
inline bool LuhnHolds(std::string_view digits, int base = 10) {
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const int value = HexValue(digits[digits.size() - 1 - i]);
    if (value < 0 || value >= base) return false;
    const int weighted = i % 2 == 1 ? 2 * value : value;
    sum += weighted / base + weighted % base;
  }
  return !digits.empty() && sum % base == 0;
}

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_CORE_TEXT_H_
