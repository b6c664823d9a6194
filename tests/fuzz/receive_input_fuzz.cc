// SPDX-License-Identifier: Apache-2.0
// What scanners and keyboards send, with any bytes, prefix and suffix, in parts of any size: the
// lines are the same however it is cut.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "clients/cli/receive_input.h"

namespace {

using loopdock::cli::LineSplitter;
using loopdock::cli::ReceiveLine;

void Require(bool condition) {
  if (!condition) std::abort();
}

std::vector<ReceiveLine> LinesOf(const loopdock::cli::LineFormat& format, std::string_view bytes,
                                 std::size_t part) {
  LineSplitter splitter(format);
  std::vector<ReceiveLine> lines;
  for (std::size_t at = 0; at < bytes.size(); at += part) {
    for (ReceiveLine& line : splitter.Add(bytes.substr(at, part))) lines.push_back(std::move(line));
  }
  for (ReceiveLine& line : splitter.Finish()) lines.push_back(std::move(line));
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 3, size - 3);
  const auto take = [&bytes](std::size_t count) {
    const std::string taken(bytes.substr(0, std::min(count, bytes.size())));
    bytes.remove_prefix(taken.size());
    return taken;
  };
  loopdock::cli::LineFormat format;
  format.prefix = take(data[0] % 4);
  format.suffix = take(data[1] % 4);
  format.keyboard = data[2] % 2 == 1;
  const auto whole = LinesOf(format, bytes, bytes.size() + 1);
  Require(LinesOf(format, bytes, 1) == whole);
  Require(LinesOf(format, bytes, data[2] % 7 + 1) == whole);
  Require(!whole.empty() && whole.back().kind == ReceiveLine::Kind::kEnd);
  for (const ReceiveLine& line : whole) {
    Require(line.text.size() <= 2 * loopdock::cli::kReceiveLineMax);
    const auto codes = loopdock::cli::RunTogether(line.text);
    Require(!codes || codes->first + codes->second == line.text);
  }
  return 0;
}
