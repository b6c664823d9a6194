// SPDX-License-Identifier: Apache-2.0
#include "clients/cli/receive_terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <utility>

#include "absl/strings/str_split.h"
#include "clients/cli/console.h"
#include "services/common/json.h"

namespace loopdock::cli {
namespace {

constexpr size_t kReadBytes = 64 * 1024;
constexpr const char* kReset = "\x1b[0m";
constexpr const char* kToEnd = "\x1b[K";  // erases from here to the end of the row

// What signal handlers need.
struct {
  std::atomic<bool> raw{false};
  struct termios before {};
  struct termios now {};
  int wake[2] = {-1, -1};  // to the reading thread: 's' stop, 'r' redraw, 'q' end reading
  std::atomic<int> stops{0};
} shared;

void Wake(char what) {
  const int error = errno;
  const ssize_t written = ::write(shared.wake[1], &what, 1);
  static_cast<void>(written);  // A full pipe has woken the reader already.
  errno = error;
}

void Restore() {
  if (shared.raw) ::tcsetattr(STDIN_FILENO, TCSANOW, &shared.before);
}

void OnStop(int signal) {
  if (++shared.stops > 1) {
    Restore();
    ::_exit(128 + signal);
  }
  Wake('s');
}

void OnCrash(int signal) {
  Restore();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void OnPause(int) {
  Restore();
  std::raise(SIGSTOP);
}

void OnChange(int signal) {
  if (signal == SIGCONT && shared.raw) ::tcsetattr(STDIN_FILENO, TCSANOW, &shared.now);
  Wake('r');
}

void Catch(std::initializer_list<int> signals, void (*handler)(int)) {
  for (const int signal : signals) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    ::sigaction(signal, &action, nullptr);
  }
}

// Bytes as they come. Ctrl-C still interrupts; all other control characters may be of a code.
void MakeRaw() {
  if (::tcgetattr(STDIN_FILENO, &shared.before) != 0) return;
  shared.now = shared.before;
  shared.now.c_iflag &= static_cast<tcflag_t>(
      ~(BRKINT | IGNBRK | ICRNL | IGNCR | INLCR | INPCK | ISTRIP | IXON | IXOFF | PARMRK));
  shared.now.c_lflag &= static_cast<tcflag_t>(~(ICANON | ECHO | ECHONL | IEXTEN));
  shared.now.c_lflag |= ISIG;
  shared.now.c_cc[VQUIT] = _POSIX_VDISABLE;
  shared.now.c_cc[VSUSP] = _POSIX_VDISABLE;
  shared.now.c_cc[VMIN] = 1;
  shared.now.c_cc[VTIME] = 0;
  shared.raw = ::tcsetattr(STDIN_FILENO, TCSANOW, &shared.now) == 0;
}

size_t Columns() {
  struct winsize size {};
  const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

bool Continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

// The first or last bytes, whole characters only; a character counts for its bytes.
std::string Head(std::string text, size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && Continues(text[bytes])) --bytes;
  return text.substr(0, bytes);
}
std::string Tail(const std::string& text, size_t bytes) {
  if (text.size() <= bytes) return text;
  size_t at = text.size() - bytes;
  while (at < text.size() && Continues(text[at])) ++at;
  return text.substr(at);
}

const char* Colour(Tone tone) {
  switch (tone) {
    case Tone::kGood:
      return "\x1b[32m";
    case Tone::kCheck:
      return "\x1b[33;1m";
    case Tone::kBad:
      return "\x1b[31;1m";
    default:
      return "";
  }
}

void WriteAll(const std::string& bytes) {
  size_t at = 0;
  while (at < bytes.size()) {
    const ssize_t put = ::write(STDOUT_FILENO, bytes.data() + at, bytes.size() - at);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return;  // Nobody looks any more; the scans go on.
    at += static_cast<size_t>(put);
  }
}

}  // namespace

ReceiveTerminal::ReceiveTerminal(bool json, bool quiet)
    : json_(json),
      quiet_(quiet),
      keyboard_(::isatty(STDIN_FILENO) == 1),
      screen_(!json && ::isatty(STDOUT_FILENO) == 1) {
  if (::pipe2(shared.wake, O_CLOEXEC | O_NONBLOCK) != 0) shared.wake[0] = shared.wake[1] = -1;
  shared.stops = 0;
  if (keyboard_) MakeRaw();
  std::signal(SIGPIPE, SIG_IGN);
  Catch({SIGINT, SIGTERM, SIGHUP, SIGQUIT}, OnStop);
  Catch({SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}, OnCrash);
  if (keyboard_) Catch({SIGTSTP}, OnPause);
  Catch({SIGWINCH, SIGCONT}, OnChange);
}

ReceiveTerminal::~ReceiveTerminal() {
  if (reader_.joinable()) {
    Wake('q');
    reader_.join();
  }
  Restore();
  shared.raw = false;
  Catch({SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH, SIGCONT, SIGSEGV, SIGBUS, SIGFPE,
         SIGILL, SIGABRT},
        SIG_DFL);
  for (int& end : shared.wake) ::close(std::exchange(end, -1));
}

void ReceiveTerminal::Read(Input input) {
  reader_ = std::thread([this, input = std::move(input)] { ReadAll(input); });
}

void ReceiveTerminal::ReadAll(const Input& input) {
  std::string part(kReadBytes, '\0');
  bool open = true;
  while (true) {
    struct pollfd ends[2] = {{shared.wake[0], POLLIN, 0}, {open ? STDIN_FILENO : -1, POLLIN, 0}};
    if (::poll(ends, 2, -1) < 0) {
      if (errno == EINTR) continue;
      return;
    }
    char woken = 0;
    if (ends[0].revents != 0 && ::read(shared.wake[0], &woken, 1) == 1) {
      if (woken == 'q') return;
      input({woken == 's' ? ReceiveInput::Kind::kStop : ReceiveInput::Kind::kRedraw, ""});
      continue;
    }
    if (ends[1].revents == 0) continue;
    const ssize_t got = ::read(STDIN_FILENO, part.data(), part.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got > 0) {
      input({ReceiveInput::Kind::kBytes, part.substr(0, static_cast<size_t>(got))});
    } else {
      open = false;
      input({ReceiveInput::Kind::kEnd, ""});
    }
  }
}

std::string ReceiveTerminal::Screen(const std::vector<Report>& reports, const std::string& status,
                                    const std::string& typed) {
  const size_t columns = Columns();
  const std::string below = "\x1b[7m" + Head(status, columns - 1) + kReset + kToEnd + "\n> " +
                            Tail(Visible(typed, 10'000), columns - 4) + kToEnd;
  std::string lines;
  bool sounds = false;
  for (const Report& report : reports) {
    if (report.text.empty()) continue;
    sounds = sounds || report.tone >= Tone::kCheck;
    for (const absl::string_view line : absl::StrSplit(report.text, '\n')) {
      lines += Colour(report.tone);
      lines += std::string(line);
      lines += kReset;
      lines += kToEnd;
      lines += '\n';
    }
  }
  if (lines.empty() && below == drawn_) return "";
  // What stood there is written over, never erased first: nothing flickers.
  std::string text = has_status_ ? "\r\x1b[A" : "\r";
  text += lines + below;
  if (sounds && !quiet_) text += '\a';
  drawn_ = below;
  has_status_ = true;
  return text;
}

void ReceiveTerminal::Show(const std::vector<Report>& reports, const std::string& status,
                           const std::string& typed) {
  std::string text;
  if (json_) {
    for (const Report& report : reports) text += common::DumpJson(report.data) + "\n";
  } else if (!screen_) {
    for (const Report& report : reports) {
      if (!report.text.empty()) text += report.text + "\n";
    }
  } else if (status.empty()) {
    // The end: the status and the typed line go away.
    text = has_status_ ? "\r\x1b[A\x1b[J" : "";
    for (const Report& report : reports) {
      if (!report.text.empty()) text += report.text + "\n";
    }
    has_status_ = false;
  } else {
    text = Screen(reports, status, typed);
  }
  WriteAll(text);
}

}  // namespace loopdock::cli
