// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_INTEGRATION_RECEIVE_PROCESS_H_
#define LOOPDOCK_TESTS_INTEGRATION_RECEIVE_PROCESS_H_

// A real `loopdock receive`, or another command, at a pseudoterminal or between pipes, as a person
// or a script has it. The program is found through LOOPDOCK_BIN_DIR.
// Thread safety: one thread.
// Ownership: the destructor kills and reaps it.
// Blocking: Await waits at most a minute.

#include <sys/types.h>
#include <termios.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace loopdock::testing {

class ReceiveProcess {
 public:
  enum class Ends { kTerminal, kPipes };
  // `words` follow the command's name.
  static absl::StatusOr<std::unique_ptr<ReceiveProcess>> Start(
      const std::vector<std::string>& words, Ends ends, const std::string& command = "receive");
  ~ReceiveProcess();
  ReceiveProcess(const ReceiveProcess&) = delete;
  ReceiveProcess& operator=(const ReceiveProcess&) = delete;

  // Bytes as a scanner sends them; reads what is shown meanwhile.
  void Write(std::string_view bytes);
  // Reads until `text` has been shown so many times since the start; false when it ends before.
  bool Await(std::string_view text, int times = 1);
  void CloseInput();
  void Signal(int signal) const;
  // Reads to the end; what waitpid says.
  int Wait();

  // All that was shown.
  const std::string& shown() const { return shown_; }
  int Count(std::string_view text) const;
  // How the terminal is set, and how it was before the program.
  struct termios Mode() const;
  const struct termios& ModeBefore() const { return before_; }

 private:
  ReceiveProcess() = default;
  absl::Status StartAtTerminal(const std::vector<std::string>& words);
  absl::Status StartBetweenPipes(const std::vector<std::string>& words);
  // True, with the status, once the program has ended.
  bool HasEnded(int* status);
  // What there is within the time; false at the end.
  bool ReadSome(int timeout_ms);

  pid_t pid_ = 0;
  int input_ = -1;
  int output_ = -1;
  // At a terminal: the program's end, held open; and the process whose terminal it is. A terminal
  // is set back by the system when that one ends, so it outlives the program and tells how that
  // ended.
  int terminal_ = -1;
  pid_t leader_ = 0;
  int report_ = -1;
  struct termios before_ {};
  std::string shown_;
};

}  // namespace loopdock::testing

#endif  // LOOPDOCK_TESTS_INTEGRATION_RECEIVE_PROCESS_H_
