// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/server_process.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <random>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/common/fileio.h"
#include "services/common/hash.h"
#include "services/common/json.h"

extern char** environ;

namespace loopdock::testing {
namespace {

absl::StatusOr<pid_t> Spawn(const std::vector<std::string>& words, const std::string& log) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0644);
  pid_t pid = 0;
  const int error =
      ::posix_spawn(&pid, words[0].c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return absl::NotFoundError(absl::StrCat("cannot start ", words[0]));
  return pid;
}

// A socket that closes with the last handle.
class Socket {
 public:
  explicit Socket(int family) : handle_(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  ~Socket() {
    if (handle_ >= 0) ::close(handle_);
  }
  Socket(Socket&& other) noexcept : handle_(std::exchange(other.handle_, -1)) {}
  Socket& operator=(Socket&&) = delete;

  bool Bind(const void* address, socklen_t size) const {
    return ::bind(handle_, static_cast<const sockaddr*>(address), size) == 0;
  }

 private:
  int handle_;
};

// A server that is killed and started again must find its port free. A port that the kernel gave
// may by then serve an outgoing connection of any other process; so we choose one below those that
// it gives, and keep it from the other tests by a name that lives as long as this process.
bool Reserve(std::uint16_t port) {
  static std::vector<Socket>* const reserved = new std::vector<Socket>;
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  const std::string text = absl::StrCat("loopdock-test-port-", port);
  std::memcpy(name.sun_path + 1, text.data(), text.size());  // After the zero: no file is made.
  Socket reservation(AF_UNIX);
  const size_t size = offsetof(sockaddr_un, sun_path) + 1 + text.size();
  if (!reservation.Bind(&name, static_cast<socklen_t>(size))) return false;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (!Socket(AF_INET).Bind(&address, sizeof(address))) return false;
  reserved->push_back(std::move(reservation));
  return true;
}

std::string FreeAddress() {
  constexpr int kFirst = 20000;
  constexpr int kLast = 32000;  // The kernel gives from 32768 on.
  std::random_device random;
  std::uniform_int_distribution<int> ports(kFirst, kLast);
  for (;;) {
    const int port = ports(random);
    if (Reserve(static_cast<std::uint16_t>(port))) return absl::StrCat("127.0.0.1:", port);
  }
}

}  // namespace

std::string ProgramPath(const std::string& name) {
  const char* folder = std::getenv("LOOPDOCK_BIN_DIR");
  return absl::StrCat(folder == nullptr ? "." : folder, "/", name);
}

absl::StatusOr<std::unique_ptr<ServerProcess>> ServerProcess::Start(
    const std::string& data_dir, const std::vector<std::string>& flags,
    const std::string& program) {
  const std::string ready_file =
      absl::StrCat(data_dir, "/ready-", common::HexEncode(common::RandomBytes(4)), ".json");
  std::vector<std::string> words = {ProgramPath(program), "--metrics=127.0.0.1:0",
                                    absl::StrCat("--data-dir=", data_dir),
                                    absl::StrCat("--ready-file=", ready_file)};
  const bool listens = std::any_of(flags.begin(), flags.end(), [](const std::string& flag) {
    return absl::StartsWith(flag, "--listen=");
  });
  if (!listens) words.push_back(absl::StrCat("--listen=", FreeAddress()));
  words.insert(words.end(), flags.begin(), flags.end());
  const std::string log = absl::StrCat(data_dir, "/", program, ".log");
  auto pid = Spawn(words, log);
  if (!pid.ok()) return pid.status();
  std::unique_ptr<ServerProcess> server(new ServerProcess(*pid, log));
  if (absl::Status serving = server->WaitUntilServing(ready_file); !serving.ok()) return serving;
  return server;
}

absl::Status ServerProcess::WaitUntilServing(const std::string& ready_file) {
  const absl::Time until = absl::Now() + absl::Minutes(1);
  while (absl::Now() < until) {
    if (auto text = common::ReadFile(ready_file); text.ok()) {
      auto json = common::ParseJson(*text);
      if (!json.ok()) return json.status();
      address_ = json->value("address", "");
      metrics_ = json->value("metrics", "");
      return absl::OkStatus();
    }
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = 0;
      return absl::UnavailableError(absl::StrCat("loopdockd ended at its start: ", Log()));
    }
    absl::SleepFor(absl::Milliseconds(10));
  }
  return absl::DeadlineExceededError(absl::StrCat("loopdockd does not serve: ", Log()));
}

int ServerProcess::Stop(int signal) {
  int status = 0;
  if (pid_ == 0) return status;
  ::kill(pid_, signal);
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  return status;
}

ServerProcess::~ServerProcess() { Stop(SIGKILL); }

std::string ServerProcess::Log() const {
  auto text = common::ReadFile(log_);
  return text.ok() ? *text : std::string(text.status().message());
}

}  // namespace loopdock::testing
