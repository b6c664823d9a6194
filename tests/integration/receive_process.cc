// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/receive_process.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

#include <cerrno>
#include <csignal>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/integration/server_process.h"

namespace loopdock::testing {
namespace {

constexpr absl::Duration kPatience = absl::Minutes(1);

[[noreturn]] void Become(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ReceiveProcess>> ReceiveProcess::Start(
    const std::vector<std::string>& words, Ends ends, const std::string& command) {
  std::vector<std::string> all = {ProgramPath("loopdock"), command};
  all.insert(all.end(), words.begin(), words.end());
  std::unique_ptr<ReceiveProcess> process(new ReceiveProcess());
  const absl::Status started =
      ends == Ends::kTerminal ? process->StartAtTerminal(all) : process->StartBetweenPipes(all);
  if (!started.ok()) return started;
  ::fcntl(process->input_, F_SETFL, O_NONBLOCK);
  ::fcntl(process->output_, F_SETFL, O_NONBLOCK);
  return process;
}

absl::Status ReceiveProcess::StartAtTerminal(const std::vector<std::string>& words) {
  int report[2] = {-1, -1};
  struct winsize size {};
  size.ws_row = 24;
  size.ws_col = 100;
  if (::openpty(&input_, &terminal_, nullptr, nullptr, &size) != 0 ||
      ::pipe2(report, O_CLOEXEC) != 0) {
    return absl::InternalError("no pseudoterminal");
  }
  output_ = input_;
  for (const int end : {input_, terminal_}) ::fcntl(end, F_SETFD, FD_CLOEXEC);
  ::tcgetattr(terminal_, &before_);
  leader_ = ::fork();
  if (leader_ == 0) {
    ::login_tty(::dup(terminal_));
    const pid_t program = ::fork();
    if (program == 0) Become(words);
    std::signal(SIGINT, SIG_IGN);
    int status = 0;
    bool told = ::write(report[1], &program, sizeof program) == sizeof program;
    while (::waitpid(program, &status, 0) < 0 && errno == EINTR) {
    }
    told = told && ::write(report[1], &status, sizeof status) == sizeof status;
    while (told) ::pause();
    ::_exit(1);
  }
  ::close(report[1]);
  report_ = report[0];
  const bool known = leader_ > 0 && ::read(report_, &pid_, sizeof pid_) == sizeof pid_ && pid_ > 0;
  return known ? absl::OkStatus() : absl::InternalError("no process");
}

absl::Status ReceiveProcess::StartBetweenPipes(const std::vector<std::string>& words) {
  int in[2] = {-1, -1}, out[2] = {-1, -1};
  if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) {
    return absl::InternalError("no pipes");
  }
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    Become(words);
  }
  ::close(in[0]);
  ::close(out[1]);
  input_ = in[1];
  output_ = out[0];
  return pid_ > 0 ? absl::OkStatus() : absl::InternalError("no process");
}

ReceiveProcess::~ReceiveProcess() {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
  if (leader_ > 0) ::kill(leader_, SIGKILL);
  const pid_t child = leader_ > 0 ? leader_ : pid_;
  while (child > 0 && ::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (output_ != input_ && output_ >= 0) ::close(output_);
  for (const int end : {input_, terminal_, report_}) {
    if (end >= 0) ::close(end);
  }
}

bool ReceiveProcess::ReadSome(int timeout_ms) {
  struct pollfd end = {output_, POLLIN, 0};
  if (::poll(&end, 1, timeout_ms) <= 0) return true;
  char part[65536];
  const ssize_t got = ::read(output_, part, sizeof part);
  if (got > 0) shown_.append(part, static_cast<size_t>(got));
  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

void ReceiveProcess::Write(std::string_view bytes) {
  const absl::Time until = absl::Now() + kPatience;
  while (!bytes.empty() && absl::Now() < until) {
    const ssize_t put = ::write(input_, bytes.data(), bytes.size());
    if (put > 0) bytes.remove_prefix(static_cast<size_t>(put));
    if (!ReadSome(put > 0 ? 0 : 10)) return;
  }
}

int ReceiveProcess::Count(std::string_view text) const {
  int count = 0;
  for (size_t at = shown_.find(text); at != std::string::npos;
       at = shown_.find(text, at + text.size())) {
    ++count;
  }
  return count;
}

bool ReceiveProcess::Await(std::string_view text, int times) {
  const absl::Time until = absl::Now() + kPatience;
  size_t at = 0;
  while (true) {
    for (size_t found = shown_.find(text, at); found != std::string::npos;
         found = shown_.find(text, at)) {
      if (--times == 0) return true;
      at = found + text.size();
    }
    if (absl::Now() > until || !ReadSome(100)) return false;
  }
}

void ReceiveProcess::CloseInput() {
  if (input_ == output_) return;
  ::close(input_);
  input_ = -1;
}

void ReceiveProcess::Signal(int signal) const { ::kill(pid_, signal); }

bool ReceiveProcess::HasEnded(int* status) {
  if (report_ < 0) return ::waitpid(pid_, status, WNOHANG) == pid_;
  struct pollfd end = {report_, POLLIN, 0};
  return ::poll(&end, 1, 0) > 0 && ::read(report_, status, sizeof *status) == sizeof *status;
}

int ReceiveProcess::Wait() {
  int status = 0;
  const absl::Time until = absl::Now() + kPatience;
  while (absl::Now() < until) {
    if (HasEnded(&status)) {
      pid_ = 0;
      break;
    }
    ReadSome(10);
  }
  // What it wrote last; a terminal that the test holds open has no end.
  for (size_t before = shown_.size() + 1; before != shown_.size();) {
    before = shown_.size();
    if (!ReadSome(10)) break;
  }
  return status;
}

struct termios ReceiveProcess::Mode() const {
  struct termios mode {};
  ::tcgetattr(terminal_, &mode);
  return mode;
}

}  // namespace loopdock::testing
