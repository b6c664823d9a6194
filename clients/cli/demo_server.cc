// SPDX-License-Identifier: Apache-2.0
#include "clients/cli/demo_server.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "services/common/fileio.h"
#include "services/common/hash.h"
#include "services/common/json.h"
#include "services/common/principals.h"
#include "services/common/status.h"

namespace loopdock::cli {
namespace {

constexpr absl::Duration kStartTimeout = absl::Minutes(1);
constexpr absl::Duration kStopTimeout = absl::Seconds(20);
constexpr absl::Duration kLook = absl::Milliseconds(20);
constexpr size_t kTokenBytes = 32;
constexpr size_t kLogTailBytes = 600;

volatile sig_atomic_t stop_asked = 0;
void OnSignal(int) { stop_asked = 1; }

// In the child, after fork: only what is safe there.
[[noreturn]] void Exec(char* const* arguments, int log, pid_t parent) {
  // A terminal's Ctrl-C is for the parent, which stops the child in order.
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(127);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execv(arguments[0], arguments);
  ::_exit(127);
}

std::string Tail(const std::string& path) {
  const auto text = common::ReadFile(path);
  if (!text.ok()) return "";
  return text->size() <= kLogTailBytes ? *text : text->substr(text->size() - kLogTailBytes);
}

}  // namespace

bool StopAsked() {
  static const bool kListening = [] {
    struct sigaction action = {};
    action.sa_handler = OnSignal;
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
    return true;
  }();
  return kListening && stop_asked != 0;
}

absl::Status PrepareDemoPrincipal(const std::string& data_dir, std::string* token_path) {
  const std::string principals = data_dir + "/principals.toml";
  auto status = common::PrepareFirstStart(data_dir, principals, data_dir + "/service.token");
  if (!status.ok()) return status;
  *token_path = data_dir + "/demo.token";
  auto text = common::ReadFile(principals);
  if (!text.ok()) return text.status();
  const auto known = common::ReadToken(*token_path);
  std::string token = known.ok() ? *known : common::HexEncode(common::RandomBytes(kTokenBytes));
  const std::string digest = common::Sha256Hex(token);
  if (text->find(digest) != std::string::npos) return absl::OkStatus();
  absl::StrAppend(&*text,
                  "\n# Made by `loopdock demo`: remove it where real devices are received.\n"
                  "[[principal]]\nname = \"demo\"\n"
                  "roles = [\"dock\", \"grader\", \"supervisor\", \"dpr\", \"erp\", \"auditor\", "
                  "\"admin\"]\nsites = [\"*\"]\ntoken_sha256 = \"",
                  digest, "\"\n");
  status = common::WriteFileAtomically(*token_path, token + "\n", 0600);
  if (!status.ok()) return status;
  return common::WriteFileAtomically(principals, *text, 0600);
}

absl::StatusOr<std::unique_ptr<DemoServer>> DemoServer::Start(const DemoServerOptions& options) {
  StopAsked();
  std::unique_ptr<DemoServer> server(new DemoServer(options.data_dir));
  auto status = PrepareDemoPrincipal(options.data_dir, &server->token_path_);
  if (!status.ok()) return status;
  const std::string ready_file = options.data_dir + "/demo.ready";
  std::error_code ignored;
  std::filesystem::remove(ready_file, ignored);
  status = server->Launch(options, ready_file);
  if (status.ok()) status = server->WaitUntilServing(ready_file);
  std::filesystem::remove(ready_file, ignored);
  if (!status.ok()) return status;
  return server;
}

DemoServer::~DemoServer() { Stop().IgnoreError(); }

absl::Status DemoServer::Launch(const DemoServerOptions& options, const std::string& ready_file) {
  const auto folder = common::ProgramDirectory();
  if (!folder.ok()) return folder.status();
  std::vector<std::string> words = {*folder + "/loopdockd",
                                    "--data-dir",
                                    options.data_dir,
                                    "--listen",
                                    options.listen,
                                    "--metrics",
                                    options.metrics,
                                    "--ready-file",
                                    ready_file};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  if (::access(words.front().c_str(), X_OK) != 0) {
    return common::Error(absl::StatusCode::kNotFound, "FILE_NOT_FOUND",
                         absl::StrCat(words.front(),
                                      " is missing. Build it, or install it beside "
                                      "loopdock."),
                         {{"path", words.front()}});
  }
  const int log = ::open(log_path().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const pid_t parent = ::getpid();
  pid_ = log < 0 ? -1 : ::fork();
  if (pid_ == 0) Exec(arguments.data(), log, parent);
  const int error = errno;
  if (log >= 0) ::close(log);
  if (pid_ > 0) return absl::OkStatus();
  return common::Error(absl::StatusCode::kUnavailable, "UNAVAILABLE",
                       absl::StrCat("Cannot start ", words.front(), " with its log in ", log_path(),
                                    ": ", std::strerror(error), "."));
}

absl::Status DemoServer::WaitUntilServing(const std::string& ready_file) {
  const absl::Time latest = absl::Now() + kStartTimeout;
  while (absl::Now() < latest) {
    if (!Runs()) return Ended();
    if (StopAsked()) return absl::CancelledError("Stopped.");
    const auto text = common::ReadFile(ready_file, 4096);
    const auto json = text.ok() ? common::ParseJson(*text) : text.status();
    if (json.ok() && json->is_object() && json->contains("address")) {
      address_ = (*json)["address"].get<std::string>();
      metrics_ = json->value("metrics", "");
      return absl::OkStatus();
    }
    absl::SleepFor(kLook);
  }
  return common::Error(absl::StatusCode::kUnavailable, "UNAVAILABLE",
                       absl::StrCat("loopdockd does not serve after a minute. See ", log_path()));
}

bool DemoServer::Runs() {
  if (pid_ <= 0) return false;
  if (::waitpid(pid_, &exit_, WNOHANG) != pid_) return true;
  pid_ = -1;
  return false;
}

absl::Status DemoServer::Ended() const {
  const std::string how = WIFSIGNALED(exit_) ? absl::StrCat("by signal ", WTERMSIG(exit_))
                                             : absl::StrCat("with code ", WEXITSTATUS(exit_));
  return common::Error(absl::StatusCode::kUnavailable, "UNAVAILABLE",
                       absl::StrCat("loopdockd has ended ", how,
                                    ". If another one runs, stop it, or choose --listen, --metrics "
                                    "and --data-dir. The end of its log ",
                                    log_path(), ":\n", Tail(log_path())));
}

absl::Status DemoServer::Stop() {
  if (!Runs()) return absl::OkStatus();
  ::kill(pid_, SIGTERM);
  const absl::Time latest = absl::Now() + kStopTimeout;
  while (Runs()) {
    if (absl::Now() > latest) ::kill(pid_, SIGKILL);
    absl::SleepFor(kLook);
  }
  if (WIFEXITED(exit_) && WEXITSTATUS(exit_) == 0) return absl::OkStatus();
  return Ended();
}

}  // namespace loopdock::cli
