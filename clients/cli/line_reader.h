// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CLI_LINE_READER_H_
#define LOOPDOCK_CLIENTS_CLI_LINE_READER_H_

// Lines of a stream such as standard input, of any bytes.
// Thread safety: one thread.
// Limits: of a longer line the first `bytes_max` bytes are kept and the rest is read over.

#include <istream>
#include <optional>
#include <string>

namespace loopdock::cli {

inline constexpr size_t kLineBytesMax = size_t{1} << 20;

// Without its line end (LF or CR LF, as scanners send); nothing at the end of the stream. A last
// line need not have a line end.
std::optional<std::string> NextLine(std::istream& stream, size_t bytes_max = kLineBytesMax);

}  // namespace loopdock::cli

#endif  // LOOPDOCK_CLIENTS_CLI_LINE_READER_H_
