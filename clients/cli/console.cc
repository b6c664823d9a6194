// SPDX-License-Identifier: Apache-2.0
#include "clients/cli/console.h"

#include <algorithm>
#include <cstdio>

#include "absl/strings/str_format.h"

namespace loopdock::cli {
namespace {

// Bytes of the UTF-8 character that begins at `at`; 0 when none does.
size_t CharacterBytes(std::string_view text, size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  size_t bytes = 0;
  if (lead < 0x80) {
    bytes = 1;
  } else if (lead >= 0xC2 && lead < 0xE0) {
    bytes = 2;
  } else if (lead >= 0xE0 && lead < 0xF0) {
    bytes = 3;
  } else if (lead >= 0xF0 && lead < 0xF5) {
    bytes = 4;
  }
  if (bytes == 0 || at + bytes > text.size()) return 0;
  for (size_t i = 1; i < bytes; ++i) {
    if ((static_cast<unsigned char>(text[at + i]) & 0xC0) != 0x80) return 0;
  }
  return bytes;
}

size_t Width(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
  }));
}

}  // namespace

std::string Visible(std::string_view text, size_t characters_max) {
  std::string visible;
  size_t at = 0;
  for (size_t count = 0; at < text.size(); ++count) {
    if (count == characters_max) return visible + "...";
    const size_t bytes = CharacterBytes(text, at);
    const auto lead = static_cast<unsigned char>(text[at]);
    // C1 control characters (U+0080 to U+009F) command terminals too.
    const bool is_c1 =
        bytes == 2 && lead == 0xC2 && static_cast<unsigned char>(text[at + 1]) < 0xA0;
    if (bytes == 0) {
      visible += absl::StrFormat("\\x%02x", lead);
    } else if (lead < 0x20 || lead == 0x7F) {
      visible += absl::StrFormat("\\u%04x", lead);
    } else if (is_c1) {
      visible += absl::StrFormat("\\u%04x", static_cast<unsigned char>(text[at + 1]));
    } else {
      visible += text.substr(at, bytes);
    }
    at += std::max<size_t>(bytes, 1);
  }
  return visible;
}

void PrintLine(std::string_view line) {
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

std::string Table::ToString() const {
  std::vector<size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - Width(row[i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += (text.empty() ? "" : "\n") + line;
  }
  return text;
}

}  // namespace loopdock::cli
