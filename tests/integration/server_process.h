// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_INTEGRATION_SERVER_PROCESS_H_
#define LOOPDOCK_TESTS_INTEGRATION_SERVER_PROCESS_H_

// A real loopdockd on free ports, for tests, or another program with its flags. The program is
// found through LOOPDOCK_BIN_DIR. Thread safety: for one thread. Ownership: the destructor kills
// and reaps the process; the data folder is the caller's. Blocking: Start waits until the server
// serves, at most a minute.

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace loopdock::testing {

class ServerProcess {
 public:
  // `data_dir` must exist; the log goes to `<data_dir>/<program>.log`. Of `flags`, --listen takes
  // the place of a free port.
  static absl::StatusOr<std::unique_ptr<ServerProcess>> Start(
      const std::string& data_dir, const std::vector<std::string>& flags = {},
      const std::string& program = "loopdockd");
  ~ServerProcess();

  const std::string& address() const { return address_; }
  const std::string& metrics() const { return metrics_; }
  pid_t pid() const { return pid_; }

  // Sends the signal and waits; what waitpid says (WIFEXITED and so on).
  int Stop(int signal);

  // What the server logged.
  std::string Log() const;

 private:
  ServerProcess(pid_t pid, std::string log) : pid_(pid), log_(std::move(log)) {}
  absl::Status WaitUntilServing(const std::string& ready_file);

  pid_t pid_;
  std::string log_;
  std::string address_;
  std::string metrics_;
};

// `<LOOPDOCK_BIN_DIR>/<name>`.
std::string ProgramPath(const std::string& name);

}  // namespace loopdock::testing

#endif  // LOOPDOCK_TESTS_INTEGRATION_SERVER_PROCESS_H_
