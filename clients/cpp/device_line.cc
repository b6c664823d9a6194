// SPDX-License-Identifier: Apache-2.0
#include "clients/cpp/device_line.h"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/common/status.h"

namespace loopdock::client {
namespace {

constexpr size_t kReadBytes = 4096;

constexpr std::pair<int, speed_t> kSpeeds[] = {{1200, B1200},   {2400, B2400},    {4800, B4800},
                                               {9600, B9600},   {19200, B19200},  {38400, B38400},
                                               {57600, B57600}, {115200, B115200}};

absl::Status Unreachable(const std::string& name, const std::string& why) {
  return common::Error(absl::StatusCode::kUnavailable, "DEVICE_UNREACHABLE",
                       absl::StrCat(name, ": ", why, ". Check its power, address and cable."),
                       {{"device", name}});
}

absl::Status TimedOut(const std::string& name, const std::string& what) {
  return common::Error(absl::StatusCode::kDeadlineExceeded, "DEVICE_TIMEOUT",
                       absl::StrCat(name, " ", what, " in time. Look at it and try again."),
                       {{"device", name}});
}

absl::Status Usage(const std::string& message) {
  return common::Error(absl::StatusCode::kInvalidArgument, "USAGE", message);
}

struct Address {
  std::string host;
  std::string port;
};

absl::StatusOr<Address> ParseAddress(const std::string& text, int default_port) {
  Address address{text, default_port > 0 ? std::to_string(default_port) : ""};
  const size_t bracket = text.find(']');
  const size_t colon = text.rfind(':');
  const bool bare_v6 = bracket == std::string::npos && text.find(':') != colon;
  if (colon != std::string::npos && !bare_v6 && (bracket == std::string::npos || colon > bracket)) {
    address = {text.substr(0, colon), text.substr(colon + 1)};
  }
  if (address.host.size() > 2 && address.host.front() == '[' && address.host.back() == ']') {
    address.host = address.host.substr(1, address.host.size() - 2);
  }
  int port = 0;
  if (!address.host.empty() && absl::SimpleAtoi(address.port, &port) && port > 0 && port < 65536) {
    return address;
  }
  return Usage(absl::StrCat("'", text, "' is no address: give HOST:PORT."));
}

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

}  // namespace

DeviceLine::~DeviceLine() {
  if (fd_ >= 0) close(fd_);
}

DeviceLine::DeviceLine(DeviceLine&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), name_(std::move(other.name_)) {}

absl::StatusOr<DeviceLine> DeviceLine::OpenTcp(const std::string& address, int default_port,
                                               absl::Time deadline) {
  const auto parsed = ParseAddress(address, default_port);
  if (!parsed.ok()) return parsed.status();
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(parsed->host.c_str(), parsed->port.c_str(), &hints, &found);
      error != 0) {
    return Unreachable(address, gai_strerror(error));
  }
  const Addresses addresses(found);
  absl::Status last = Unreachable(address, "has no address");
  for (const addrinfo* one = addresses.get(); one != nullptr; one = one->ai_next) {
    DeviceLine line(
        socket(one->ai_family, one->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, one->ai_protocol),
        address);
    if (line.fd_ < 0) return Unreachable(address, std::strerror(errno));
    if (connect(line.fd_, one->ai_addr, one->ai_addrlen) == 0) return line;
    int error = errno;
    if (error == EINPROGRESS) {
      if (last = line.Wait(POLLOUT, deadline); !last.ok()) continue;
      socklen_t size = sizeof(error);
      getsockopt(line.fd_, SOL_SOCKET, SO_ERROR, &error, &size);
      if (error == 0) return line;
    }
    last = Unreachable(address, std::strerror(error));
  }
  return last;
}

absl::StatusOr<DeviceLine> DeviceLine::OpenSerial(const std::string& device, int baud) {
  const auto* speed = std::find_if(std::begin(kSpeeds), std::end(kSpeeds),
                                   [baud](const auto& one) { return one.first == baud; });
  if (speed == std::end(kSpeeds)) {
    return Usage(absl::StrCat(baud, " is no speed of a serial line: give 1200 to 115200 baud."));
  }
  DeviceLine line(open(device.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC), device);
  if (line.fd_ < 0) return Unreachable(device, std::strerror(errno));
  termios settings = {};
  if (tcgetattr(line.fd_, &settings) != 0) return Unreachable(device, "is no serial line");
  cfmakeraw(&settings);
  settings.c_cflag |= CLOCAL | CREAD;
  settings.c_cflag &= ~static_cast<tcflag_t>(CSTOPB | PARENB);
  cfsetispeed(&settings, speed->second);
  cfsetospeed(&settings, speed->second);
  if (tcsetattr(line.fd_, TCSANOW, &settings) != 0) {
    return Unreachable(device, std::strerror(errno));
  }
  return line;
}

absl::Status DeviceLine::Wait(short events, absl::Time deadline) const {
  for (;;) {
    pollfd waiting = {fd_, events, 0};
    const absl::Duration left = std::max(deadline - absl::Now(), absl::ZeroDuration());
    const int ready =
        poll(&waiting, 1,
             static_cast<int>(std::min(absl::ToInt64Milliseconds(left) + 1, int64_t{1} << 30)));
    if (ready > 0) return absl::OkStatus();
    if (ready < 0 && errno != EINTR) return Unreachable(name_, std::strerror(errno));
    if (absl::Now() < deadline) continue;
    return TimedOut(name_, events == POLLOUT ? "takes nothing" : "sends nothing");
  }
}

absl::Status DeviceLine::Write(std::string_view bytes, absl::Time deadline) {
  while (!bytes.empty()) {
    if (auto status = Wait(POLLOUT, deadline); !status.ok()) return status;
    // A printer that closes the line must not end the program with SIGPIPE.
    ssize_t written = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written < 0 && errno == ENOTSOCK) written = write(fd_, bytes.data(), bytes.size());
    if (written < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (written < 0) return Unreachable(name_, std::strerror(errno));
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> DeviceLine::Read(absl::Time deadline) {
  for (;;) {
    if (auto status = Wait(POLLIN, deadline); !status.ok()) return status;
    std::string bytes(kReadBytes, '\0');
    const ssize_t got = read(fd_, bytes.data(), bytes.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got <= 0) return Unreachable(name_, got == 0 ? "closed the line" : std::strerror(errno));
    bytes.resize(static_cast<size_t>(got));
    return bytes;
  }
}

absl::Status DeviceLine::Finish(absl::Time deadline) {
  if (shutdown(fd_, SHUT_WR) != 0) return Unreachable(name_, std::strerror(errno));
  for (;;) {
    if (auto status = Wait(POLLIN, deadline); !status.ok()) return status;
    char bytes[256];  // what a printer says is not asked for
    const ssize_t got = read(fd_, bytes, sizeof(bytes));
    if (got == 0) return absl::OkStatus();
    if (got < 0 && errno != EAGAIN && errno != EINTR) {
      return Unreachable(name_, std::strerror(errno));
    }
  }
}

}  // namespace loopdock::client
