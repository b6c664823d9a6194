// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <linux/videodev2.h>
#include <netdb.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/common/status.h"
#include "services/vision/capture/capture.h"
#include "services/vision/frame.h"

namespace loopdock::vision {
namespace {

using common::Error;

constexpr size_t kSourceBytesMax = 1024;
constexpr std::string_view kStreamScheme = "rtsp://";
constexpr std::string_view kStreamPort = "554";

std::string Why(int error) {
  return strerror(error);  // NOLINT(concurrency-mt-unsafe): the text of an errno
}

absl::Status NotFound(const std::string& source, const std::string& why) {
  return Error(absl::StatusCode::kNotFound, "CAMERA_NOT_FOUND",
               absl::StrCat("There is no camera at ", Shown(source), ": ", why, "."),
               {{"source", Shown(source)}});
}

absl::Status NotACamera(const std::string& source, const std::string& what) {
  return Error(absl::StatusCode::kInvalidArgument, "NOT_A_CAMERA",
               absl::StrCat(Shown(source), " is no camera: ", what, "."),
               {{"source", Shown(source)}});
}

absl::StatusOr<SourceKind> CheckPath(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return NotFound(path, Why(errno));
  const bool device = S_ISCHR(status.st_mode);
  if (!device && !S_ISREG(status.st_mode)) {
    return NotACamera(path, "it is neither a device nor the file of a recording");
  }
  const OwnedFd file(open(path.c_str(), (device ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) {
    if (errno != EACCES && errno != EPERM) return NotFound(path, Why(errno));
    return Error(absl::StatusCode::kPermissionDenied, "CAMERA_DENIED",
                 absl::StrCat(path, " may not be opened: ", Why(errno),
                              ". Add the user to the group that the device belongs to (video)."),
                 {{"source", path}});
  }
  if (!device) return SourceKind::kRecording;
  v4l2_capability can{};
  if (ioctl(file.get(), VIDIOC_QUERYCAP, &can) != 0) {
    return NotACamera(path, "it does not speak V4L2");
  }
  const auto caps =
      (can.capabilities & V4L2_CAP_DEVICE_CAPS) != 0 ? can.device_caps : can.capabilities;
  if ((caps & V4L2_CAP_VIDEO_CAPTURE) == 0) {
    return NotACamera(path, "it takes no pictures; a camera often has a second device");
  }
  return SourceKind::kDevice;
}

absl::Status ConnectOnce(const addrinfo& address, absl::Duration timeout) {
  const OwnedFd socket_fd(
      socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket_fd.valid()) return absl::UnavailableError(Why(errno));
  if (connect(socket_fd.get(), address.ai_addr, address.ai_addrlen) == 0) return absl::OkStatus();
  if (errno != EINPROGRESS) return absl::UnavailableError(Why(errno));
  pollfd wait{.fd = socket_fd.get(), .events = POLLOUT, .revents = 0};
  if (poll(&wait, 1, static_cast<int>(absl::ToInt64Milliseconds(timeout))) <= 0) {
    return absl::UnavailableError("it does not answer");
  }
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(socket_fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  return error == 0 ? absl::OkStatus() : absl::UnavailableError(Why(error));
}

// `rtsp://user:password@host:port/path` to host and port; an IPv6 address stands in brackets.
absl::StatusOr<std::pair<std::string, std::string>> HostAndPort(const std::string& source) {
  std::string_view rest = std::string_view(source).substr(kStreamScheme.size());
  rest = rest.substr(0, rest.find('/'));
  if (const size_t at = rest.rfind('@'); at != std::string_view::npos) rest.remove_prefix(at + 1);
  std::string_view host = rest;
  std::string_view port = kStreamPort;
  const size_t closing = rest.find(']');
  const size_t colon = rest.rfind(':');
  if (colon != std::string_view::npos && (closing == std::string_view::npos || colon > closing)) {
    host = rest.substr(0, colon);
    port = rest.substr(colon + 1);
  }
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  }
  int number = 0;
  if (host.empty() || !absl::SimpleAtoi(std::string(port), &number) || number < 1 ||
      number > 65'535) {
    return NotACamera(source, "an address is rtsp://host, rtsp://host:port or the like");
  }
  return std::pair(std::string(host), std::string(port));
}

absl::StatusOr<SourceKind> CheckStream(const std::string& source, absl::Duration timeout) {
  const auto place = HostAndPort(source);
  if (!place.ok()) return place.status();
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = getaddrinfo(place->first.c_str(), place->second.c_str(), &hints, &found);
  if (failed != 0) return NotFound(source, gai_strerror(failed));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, freeaddrinfo);
  absl::Status reached = absl::UnavailableError("it has no address");
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    reached = ConnectOnce(*at, timeout);
    if (reached.ok()) return SourceKind::kStream;
  }
  return NotFound(source, std::string(reached.message()));
}

}  // namespace

std::string Shown(std::string_view source) {
  const size_t scheme = source.find("://");
  if (scheme == std::string_view::npos) return std::string(source);
  const size_t begin = scheme + 3;
  const size_t at = source.substr(0, source.find('/', begin)).rfind('@');
  if (at == std::string_view::npos || at < begin) return std::string(source);
  return std::string(source.substr(0, begin)) + "..." + std::string(source.substr(at));
}

absl::StatusOr<SourceKind> CheckSource(const std::string& source, absl::Duration timeout) {
  if (source.empty() || source.size() > kSourceBytesMax || source.find('\0') != std::string::npos) {
    return NotACamera("the source", "it has 1 to 1,024 bytes");
  }
  if (source.starts_with(kStreamScheme)) return CheckStream(source, timeout);
  if (absl::StrContains(source, "://")) {
    return NotACamera(source, "only addresses that begin with rtsp:// are streams");
  }
  return CheckPath(source);
}

}  // namespace loopdock::vision
