// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/server_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>

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
  if (!listens) words.push_back("--listen=127.0.0.1:0");
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
