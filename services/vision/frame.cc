// SPDX-License-Identifier: Apache-2.0
#include "services/vision/frame.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstring>

#include "absl/time/clock.h"

namespace loopdock::vision {
namespace {

constexpr size_t kLengthBytes = 4;

absl::Status WaitFor(int socket, short events, absl::Time deadline) {
  while (true) {
    int timeout_ms = -1;
    if (deadline != absl::InfiniteFuture()) {
      const int64_t left =
          absl::ToInt64Milliseconds(deadline - absl::Now() + absl::Microseconds(999));
      if (left <= 0) return absl::DeadlineExceededError("the peer did not answer in time");
      timeout_ms = static_cast<int>(std::min<int64_t>(left, INT_MAX));
    }
    pollfd entry{socket, events, 0};
    const int ready = poll(&entry, 1, timeout_ms);
    if (ready > 0) return absl::OkStatus();
    if (ready < 0 && errno != EINTR) return absl::UnavailableError(strerror(errno));
  }
}

// Takes the descriptors out of a received message: keeps the first, closes the others.
void TakeDescriptors(msghdr& header, OwnedFd& passed) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof(int));
      OwnedFd received(fd);
      if (!passed.valid()) passed = std::move(received);
    }
  }
}

absl::Status ReceiveExactly(int socket, char* to, size_t count, OwnedFd& passed,
                            absl::Time deadline) {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(4 * sizeof(int))> control{};
  while (count > 0) {
    if (auto waited = WaitFor(socket, POLLIN, deadline); !waited.ok()) return waited;
    iovec part{to, count};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    const ssize_t got = recvmsg(socket, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) return absl::UnavailableError("the peer is gone");
    TakeDescriptors(header, passed);
    to += got;
    count -= static_cast<size_t>(got);
  }
  return absl::OkStatus();
}

}  // namespace

OwnedFd& OwnedFd::operator=(OwnedFd&& other) noexcept {
  if (this != &other) {
    Reset();
    fd_ = other.Release();
  }
  return *this;
}

int OwnedFd::Release() {
  const int fd = fd_;
  fd_ = -1;
  return fd;
}

void OwnedFd::Reset() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

absl::Status SendFrame(int socket, const google::protobuf::MessageLite& message, int passed,
                       absl::Time deadline) {
  std::string frame(kLengthBytes, '\0');
  if (!message.AppendToString(&frame) || frame.size() > kFrameBytesMax) {
    return absl::InvalidArgumentError("the message is too long for a frame");
  }
  const size_t length = frame.size() - kLengthBytes;
  for (size_t i = 0; i < kLengthBytes; ++i) frame[i] = static_cast<char>(length >> (8 * i) & 0xFF);

  size_t sent = 0;
  while (sent < frame.size()) {
    if (auto waited = WaitFor(socket, POLLOUT, deadline); !waited.ok()) return waited;
    iovec part{frame.data() + sent, frame.size() - sent};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    if (sent == 0 && passed >= 0) {
      header.msg_control = control.data();
      header.msg_controllen = control.size();
      cmsghdr* rights = CMSG_FIRSTHDR(&header);
      rights->cmsg_level = SOL_SOCKET;
      rights->cmsg_type = SCM_RIGHTS;
      rights->cmsg_len = CMSG_LEN(sizeof(int));
      std::memcpy(CMSG_DATA(rights), &passed, sizeof(int));
    }
    const ssize_t count = sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) return absl::UnavailableError("the peer is gone");
    sent += static_cast<size_t>(count);
  }
  return absl::OkStatus();
}

absl::Status ReceiveFrame(int socket, google::protobuf::MessageLite& message, OwnedFd& passed,
                          absl::Time deadline) {
  std::array<char, kLengthBytes> prefix{};
  auto got = ReceiveExactly(socket, prefix.data(), prefix.size(), passed, deadline);
  if (!got.ok()) return got;
  size_t length = 0;
  for (size_t i = 0; i < kLengthBytes; ++i) {
    length |= static_cast<size_t>(static_cast<uint8_t>(prefix[i])) << (8 * i);
  }
  if (length > kFrameBytesMax) return absl::InvalidArgumentError("the frame is too long");
  std::string bytes(length, '\0');
  got = ReceiveExactly(socket, bytes.data(), length, passed, deadline);
  if (!got.ok()) return got;
  if (!message.ParseFromString(bytes)) return absl::InvalidArgumentError("no message");
  return absl::OkStatus();
}

}  // namespace loopdock::vision
