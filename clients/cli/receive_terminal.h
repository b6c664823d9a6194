// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CLI_RECEIVE_TERMINAL_H_
#define LOOPDOCK_CLIENTS_CLI_RECEIVE_TERMINAL_H_

// The terminal of a receiving session. On a terminal, keys come raw, so that control characters of
// codes are kept and nothing is echoed, and a status line stands below what is reported; elsewhere
// it reads and writes plain lines.
// Thread safety: one object a process; Show and the destructor on one thread.
// Blocking: Show waits for the terminal; `input` may wait, and what comes meanwhile waits for it.
// Errors: none; the terminal is as it was before after the destructor, after a signal that ends the
// process, and while it is stopped.

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "clients/cli/receive_core.h"

namespace loopdock::cli {

struct ReceiveInput {
  enum class Kind {
    kBytes,
    kEnd,     // of the input
    kStop,    // SIGINT, SIGTERM, SIGHUP or SIGQUIT: end in order; a second one ends at once
    kRedraw,  // the terminal is another one now
  };
  Kind kind = Kind::kBytes;
  std::string bytes;
};

class ReceiveTerminal {
 public:
  // Called on the reading thread.
  using Input = std::function<void(ReceiveInput)>;

  // `json`: one object a line instead of a screen. `quiet`: no bell.
  ReceiveTerminal(bool json, bool quiet);
  ~ReceiveTerminal();
  ReceiveTerminal(const ReceiveTerminal&) = delete;
  ReceiveTerminal& operator=(const ReceiveTerminal&) = delete;

  // Whether keys come from a keyboard, or what behaves like one.
  bool keyboard() const { return keyboard_; }
  void Read(Input input);

  // The reports in turn, then the status and the line that is being typed; all in one write.
  void Show(const std::vector<Report>& reports, const std::string& status,
            const std::string& typed);
  // Draws the status anew with the next Show.
  void Forget() { drawn_.clear(); }

 private:
  void ReadAll(const Input& input);
  std::string Screen(const std::vector<Report>& reports, const std::string& status,
                     const std::string& typed);

  const bool json_;
  const bool quiet_;
  const bool keyboard_;
  const bool screen_;
  std::string drawn_;  // status and typed line that stand there
  bool has_status_ = false;
  std::thread reader_;
};

}  // namespace loopdock::cli

#endif  // LOOPDOCK_CLIENTS_CLI_RECEIVE_TERMINAL_H_
