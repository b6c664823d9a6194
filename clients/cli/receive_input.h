// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CLI_RECEIVE_INPUT_H_
#define LOOPDOCK_CLIENTS_CLI_RECEIVE_INPUT_H_

// What scanners and keyboards send, cut into lines: bytes in, lines out.
// Thread safety: one thread an object.
// Limits: of a line beyond kReceiveLineMax bytes more than so many are kept and at most twice as
// many, so that who takes it sees that it is too long.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace loopdock::cli {

inline constexpr size_t kReceiveLineMax = 16 * 1024;

struct LineFormat {
  // What every code of the scanner begins with; empty for nothing.
  std::string prefix;
  // What every code ends with; empty for CR, LF, CR LF, and Tab from a keyboard. With one of its
  // own a code may hold line ends, and CR or LF only end lines that begin with '/'.
  std::string suffix;
  // Backspace erases, the codes of keys such as arrows are dropped, Ctrl-D on an empty line ends.
  bool keyboard = false;
};

struct ReceiveLine {
  enum class Kind {
    kLine,  // typed or scanned
    kCode,  // began with the prefix: never a command
    kCut,   // a prefix or the end of the input came before its end did: some of it is missing
    kEnd,   // no more input
  };
  Kind kind = Kind::kLine;
  std::string text;

  friend bool operator==(const ReceiveLine&, const ReceiveLine&) = default;
};

class LineSplitter {
 public:
  explicit LineSplitter(LineFormat format) : format_(std::move(format)) {}

  // Bytes as they come, in parts of any size; the lines that they end.
  std::vector<ReceiveLine> Add(std::string_view bytes);
  // What is left when the input ends, which is not whole, then kEnd.
  std::vector<ReceiveLine> Finish();
  // The line that is not ended yet.
  const std::string& unfinished() const { return line_; }

 private:
  void Take(char byte, std::vector<ReceiveLine>& lines);
  bool IsKey(char byte, std::vector<ReceiveLine>& lines);
  bool EndsLine(char byte);
  void EndLine(std::vector<ReceiveLine>& lines);

  const LineFormat format_;
  std::string line_;
  std::string key_;  // of an escape sequence, so far
  bool after_return_ = false;
};

// Two codes in one line, where that is sure enough to ask: two AIM identifiers, two numbers whose
// check digits are right, the same code twice. Two scanners on one terminal, or one without a
// suffix, send such lines.
struct TwoCodes {
  std::string first, second;
};
std::optional<TwoCodes> RunTogether(std::string_view text);

}  // namespace loopdock::cli

#endif  // LOOPDOCK_CLIENTS_CLI_RECEIVE_INPUT_H_
