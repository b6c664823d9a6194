// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CLI_DEMO_SERVER_H_
#define LOOPDOCK_CLIENTS_CLI_DEMO_SERVER_H_

// The loopdockd that the demonstration runs as its child.
// Thread safety: one thread; Start before any other thread exists, since it forks.
// Ownership: the destructor stops the child (SIGTERM, SIGKILL after 20 s) and waits for it; the
// child also ends when this process dies.
// Blocking: Start until the server serves, at most a minute.
// Errors: UNAVAILABLE with the last lines of the server's log.

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace loopdock::cli {

struct DemoServerOptions {
  std::string data_dir;
  std::string listen;
  std::string metrics;
};

class DemoServer {
 public:
  // Makes the data folder and a principal `demo` in it, and starts the server beside this program.
  static absl::StatusOr<std::unique_ptr<DemoServer>> Start(const DemoServerOptions& options);
  ~DemoServer();
  DemoServer(const DemoServer&) = delete;
  DemoServer& operator=(const DemoServer&) = delete;

  const std::string& address() const { return address_; }
  const std::string& metrics() const { return metrics_; }
  const std::string& token_path() const { return token_path_; }
  std::string log_path() const { return data_dir_ + "/loopdockd.log"; }

  // False once the child has ended.
  bool Runs();
  // How it has ended, with the end of its log.
  absl::Status Ended() const;
  // Waits for its end; OK when the child ended as asked.
  absl::Status Stop();

 private:
  explicit DemoServer(std::string data_dir) : data_dir_(std::move(data_dir)) {}
  absl::Status Launch(const DemoServerOptions& options, const std::string& ready_file);
  absl::Status WaitUntilServing(const std::string& ready_file);

  const std::string data_dir_;
  std::string token_path_;
  std::string address_;
  std::string metrics_;
  pid_t pid_ = -1;
  int exit_ = 0;
};

// The principal `demo` with every role but service, and its token in <data_dir>/demo.token; what is
// there stays.
absl::Status PrepareDemoPrincipal(const std::string& data_dir, std::string* token_path);

// True once SIGINT or SIGTERM has come; the first call begins to listen for them.
bool StopAsked();

}  // namespace loopdock::cli

#endif  // LOOPDOCK_CLIENTS_CLI_DEMO_SERVER_H_
