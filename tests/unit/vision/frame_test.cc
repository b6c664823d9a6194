// SPDX-License-Identifier: Apache-2.0
#include "services/vision/frame.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>

#include "absl/time/clock.h"
#include "loopdock/vision/v1/vision.pb.h"
#include "services/vision/worker_process.h"

namespace loopdock::vision {
namespace {

struct SocketPair {
  SocketPair() {
    std::array<int, 2> ends{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    left = OwnedFd(ends[0]);
    right = OwnedFd(ends[1]);
  }
  OwnedFd left;
  OwnedFd right;
};

absl::Time Soon() { return absl::Now() + absl::Seconds(5); }

TEST(Frame, CarriesMessageAndPicture) {
  const SocketPair sockets;
  const auto picture = SealedPicture("pixels");
  ASSERT_TRUE(picture.ok());
  v1::Request sent;
  sent.set_id(7);
  sent.mutable_decode()->set_symbols_max(3);
  ASSERT_TRUE(SendFrame(sockets.left.get(), sent, picture->get(), Soon()).ok());
  v1::Request got;
  OwnedFd passed;
  ASSERT_TRUE(ReceiveFrame(sockets.right.get(), got, passed, Soon()).ok());
  EXPECT_EQ(got.SerializeAsString(), sent.SerializeAsString());
  std::array<char, 16> bytes{};
  ASSERT_TRUE(passed.valid());
  EXPECT_EQ(pread(passed.get(), bytes.data(), bytes.size(), 0), 6);
  EXPECT_STREQ(bytes.data(), "pixels");
  EXPECT_EQ(fcntl(passed.get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST(Frame, IsLengthInLittleEndianThenMessage) {
  const SocketPair sockets;
  v1::Request request;
  request.set_id(5);
  ASSERT_TRUE(SendFrame(sockets.left.get(), request, -1, Soon()).ok());
  std::array<char, 16> bytes{};
  EXPECT_EQ(read(sockets.right.get(), bytes.data(), bytes.size()), 6);
  EXPECT_EQ(std::string(bytes.data(), 6), std::string("\x02\0\0\0\x08\x05", 6));
}

TEST(Frame, CarriesMoreThanASocketHolds) {
  const SocketPair sockets;
  v1::Response sent;
  sent.mutable_error()->set_message(std::string(8 << 20, 'x'));
  std::thread sender([&] { EXPECT_TRUE(SendFrame(sockets.left.get(), sent, -1, Soon()).ok()); });
  v1::Response got;
  OwnedFd passed;
  EXPECT_TRUE(ReceiveFrame(sockets.right.get(), got, passed, Soon()).ok());
  sender.join();
  EXPECT_EQ(got.error().message().size(), size_t{8} << 20);
}

TEST(Frame, RefusesTooLongAndNoMessage) {
  v1::Response response;
  OwnedFd passed;
  const SocketPair sockets;
  ASSERT_EQ(write(sockets.left.get(), "\xFF\xFF\xFF\xFF", 4), 4);
  EXPECT_TRUE(absl::IsInvalidArgument(ReceiveFrame(sockets.right.get(), response, passed, Soon())));
  const SocketPair others;
  ASSERT_EQ(write(others.left.get(), "\x02\0\0\0\xFF\xFF", 6), 6);
  EXPECT_TRUE(absl::IsInvalidArgument(ReceiveFrame(others.right.get(), response, passed, Soon())));
  response.mutable_error()->set_message(std::string(kFrameBytesMax, 'x'));
  EXPECT_TRUE(absl::IsInvalidArgument(SendFrame(others.left.get(), response, -1, Soon())));
}

TEST(Frame, SaysWhenThePeerIsGoneOrSilent) {
  SocketPair sockets;
  v1::Response response;
  OwnedFd passed;
  EXPECT_TRUE(absl::IsDeadlineExceeded(
      ReceiveFrame(sockets.right.get(), response, passed, absl::Now() + absl::Milliseconds(5))));
  ASSERT_EQ(write(sockets.left.get(), "\x09\0", 2), 2);
  sockets.left.Reset();
  EXPECT_TRUE(absl::IsUnavailable(ReceiveFrame(sockets.right.get(), response, passed, Soon())));
  EXPECT_TRUE(absl::IsUnavailable(SendFrame(sockets.right.get(), response, -1, Soon())));
}

TEST(SealedPicture, CannotBeChanged) {
  const auto picture = SealedPicture("pixels");
  ASSERT_TRUE(picture.ok());
  EXPECT_EQ(write(picture->get(), "x", 1), -1);
  EXPECT_EQ(ftruncate(picture->get(), 0), -1);
}

}  // namespace
}  // namespace loopdock::vision
