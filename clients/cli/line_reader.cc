// SPDX-License-Identifier: Apache-2.0
#include "clients/cli/line_reader.h"

namespace loopdock::cli {

std::optional<std::string> NextLine(std::istream& stream, size_t bytes_max) {
  std::string line;
  bool has_any = false;
  std::streambuf* buffer = stream.rdbuf();
  for (int byte = buffer->sbumpc(); byte != std::char_traits<char>::eof();
       byte = buffer->sbumpc()) {
    has_any = true;
    if (byte == '\n') break;
    if (line.size() < bytes_max) line.push_back(static_cast<char>(byte));
  }
  if (!has_any) return std::nullopt;
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

}  // namespace loopdock::cli
