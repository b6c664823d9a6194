// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_TRACEABILITY_CORE_TEXT_H_
#define LOOPDOCK_SERVICES_TRACEABILITY_CORE_TEXT_H_

// Small text helpers on std::string_view: Debian's abseil has a string_view of its own, so that
// absl::StrCat and its like do not take ours.
//
// Thread safety: free functions.

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/string_view.h"

namespace loopdock::traceability {

inline absl::string_view Abs(std::string_view text) { return {text.data(), text.size()}; }

inline void AppendPart(std::string& out, std::string_view part) { out.append(part); }
inline void AppendPart(std::string& out, const char* part) { out.append(part); }
inline void AppendPart(std::string& out, const std::string& part) { out.append(part); }
inline void AppendPart(std::string& out, absl::string_view part) {
  out.append(part.data(), part.size());
}
template <std::integral T>
void AppendPart(std::string& out, T part) {
  out.append(std::to_string(part));
}

// All parts, texts and integers, one after the other.
template <typename... Parts>
std::string Cat(const Parts&... parts) {
  std::string out;
  (AppendPart(out, parts), ...);
  return out;
}

// The parts between separators; everything after `splits_max` separators stays together.
inline std::vector<std::string_view> Split(std::string_view text, char separator,
                                           std::size_t splits_max = std::string_view::npos) {
  std::vector<std::string_view> parts;
  while (parts.size() < splits_max) {
    const std::size_t end = text.find(separator);
    if (end == std::string_view::npos) break;
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  parts.push_back(text);
  return parts;
}

inline bool ConsumeStart(std::string_view& text, std::string_view start) {
  if (!text.starts_with(start)) return false;
  text.remove_prefix(start.size());
  return true;
}

inline std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

}  // namespace loopdock::traceability

#endif  // LOOPDOCK_SERVICES_TRACEABILITY_CORE_TEXT_H_
