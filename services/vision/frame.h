// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_FRAME_H_
#define LOOPDOCK_SERVICES_VISION_FRAME_H_

// The frames between pool and worker on a Unix stream socket: a little-endian uint32 length and
// that many bytes of one message; a file descriptor may travel beside the first byte.
// Thread safety: one thread a socket and direction.
// Ownership: the sender keeps its descriptor; a received one belongs to the receiver.
// Blocking: until the frame is through or the deadline has passed.
// Errors: UNAVAILABLE when the peer is gone, DEADLINE_EXCEEDED, INVALID_ARGUMENT for a frame that
// is too long or no message. These are between programs of ours and carry no documented reason.
// Limits: kFrameBytesMax a frame, one descriptor a frame (more are closed).

#include <google/protobuf/message_lite.h>

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace loopdock::vision {

constexpr size_t kFrameBytesMax = size_t{16} << 20;

// Owns one file descriptor.
class OwnedFd {
 public:
  OwnedFd() = default;
  explicit OwnedFd(int fd) : fd_(fd) {}
  OwnedFd(OwnedFd&& other) noexcept : fd_(other.Release()) {}
  OwnedFd& operator=(OwnedFd&& other) noexcept;
  ~OwnedFd() { Reset(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int Release();
  void Reset();

 private:
  int fd_ = -1;
};

// `passed` < 0 sends no descriptor.
absl::Status SendFrame(int socket, const google::protobuf::MessageLite& message, int passed,
                       absl::Time deadline);

// Fills `message`, and `passed` with the descriptor that came, if one did.
absl::Status ReceiveFrame(int socket, google::protobuf::MessageLite& message, OwnedFd& passed,
                          absl::Time deadline);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_FRAME_H_
