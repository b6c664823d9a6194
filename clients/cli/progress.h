// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CLI_PROGRESS_H_
#define LOOPDOCK_CLIENTS_CLI_PROGRESS_H_

// A count that people watch while work goes on: rewritten in place on a terminal, one line at the
// end elsewhere.
// Thread safety: Add from any one thread at a time.

#include <cstddef>
#include <string>

namespace loopdock::cli {

class Progress {
 public:
  // "12 of 40 <what>".
  Progress(std::string what, size_t total);
  // Ends the line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Add();

 private:
  const std::string what_;
  const size_t total_;
  const bool terminal_;
  size_t count_ = 0;
};

}  // namespace loopdock::cli

#endif  // LOOPDOCK_CLIENTS_CLI_PROGRESS_H_
