// SPDX-License-Identifier: Apache-2.0
// Scales and printers: what they send, over a socket and a serial line of the test's own.
#include "clients/cpp/scale_reader.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/common/status.h"

namespace loopdock::client {
namespace {

using common::ReasonOf;
using State = ScaleReading::State;

absl::Time Soon() { return absl::Now() + absl::Seconds(5); }

TEST(ScaleLine, ReadsWhatScalesSend) {
  const std::tuple<std::string, State, std::int64_t> kLines[] = {
      {"S S     12.345 kg", State::kStable, 12'345},
      {"S D      -0.5 kg", State::kMoving, -500},
      {"S I", State::kNotReady, 0},
      {"S +", State::kOverload, 0},
      {"S -", State::kOverload, 0},
      {"ST,GS,+0012.34kg", State::kStable, 12'340},
      {"US,NT,-  0.12 lb", State::kMoving, -54},
      {"ST,+00012.3  g", State::kStable, 12},
      {"OL,GS,+9999.99kg", State::kOverload, 0},
      {"12,34 kg", State::kUnknown, 12'340},
      {" + 16 oz\r", State::kUnknown, 454},
  };
  for (const auto& [line, state, grams] : kLines) {
    const auto reading = ParseScaleLine(line);
    ASSERT_TRUE(reading.ok()) << line << ": " << reading.status();
    EXPECT_EQ(reading->state, state) << line;
    EXPECT_EQ(reading->grams, grams) << line;
  }
}

// Status words of Toledo's continuous form: decimals; sign, range, motion and unit; extended unit.
std::string Continuous(char a, char b, char c, const std::string& weight) {
  return std::string{'\x02', a, b, c} + weight + "000000";
}

TEST(ScaleLine, ReadsToledosContinuousForm) {
  const auto heavy = ParseScaleLine(Continuous(0x2C, 0x30, 0x20, "  1234"));
  ASSERT_TRUE(heavy.ok()) << heavy.status();
  EXPECT_EQ(heavy->state, State::kStable);
  EXPECT_EQ(heavy->grams, 12'340);
  EXPECT_EQ(ParseScaleLine(Continuous(0x2A, 0x20, 0x20, "000010"))->grams, 4536);
  EXPECT_EQ(ParseScaleLine(Continuous(0x2A, 0x32, 0x21, "000010"))->grams, -10);
  EXPECT_EQ(ParseScaleLine(Continuous(0x2A, 0x38, 0x20, "000010"))->state, State::kMoving);
  EXPECT_EQ(ParseScaleLine(Continuous(0x2A, 0x34, 0x20, "000010"))->state, State::kOverload);
}

TEST(ScaleLine, RefusesWhatIsNoWeight) {
  for (const std::string line : {"", "kg", "12.3", "12.3 m", "S S kg", "S X 1 kg", "1.2.3 kg",
                                 "ST,GS,", "ES", "1e3 kg", "\x02zz", "-- 1 kg"}) {
    EXPECT_EQ(ReasonOf(ParseScaleLine(line).status()), "SCALE_LINE_INVALID") << line;
  }
  EXPECT_EQ(ReasonOf(ParseScaleLine(std::string(5000, '1')).status()), "SCALE_LINE_INVALID");
}

// Listens on a port of its own and sends what it is told to whoever connects.
class FakeScale {
 public:
  explicit FakeScale(std::string sends) : sends_(std::move(sends)) {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address));
    listen(listener_, 1);
    socklen_t size = sizeof(address);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] {
      const int peer = accept(listener_, nullptr, nullptr);
      send(peer, sends_.data(), sends_.size(), MSG_NOSIGNAL);
      char bytes[1024];
      for (ssize_t got = 1; got > 0;) {
        got = read(peer, bytes, sizeof(bytes));
        if (got > 0) heard_.append(bytes, static_cast<size_t>(got));
      }
      close(peer);
    });
  }
  ~FakeScale() { Stop(); }
  // What it was sent.
  std::string Stop() {
    shutdown(listener_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    if (listener_ >= 0) close(listener_);
    listener_ = -1;
    return heard_;
  }
  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }

 private:
  const std::string sends_;
  std::string heard_;
  int listener_ = -1;
  int port_ = 0;
  std::thread thread_;
};

absl::StatusOr<ScaleReading> ReadFrom(const std::string& sends, const std::string& ask = "",
                                      absl::Duration patience = absl::Seconds(5)) {
  FakeScale scale(sends);
  auto line = DeviceLine::OpenTcp(scale.address(), 0, Soon());
  if (!line.ok()) return line.status();
  auto reading = ReadStableWeight(*line, ask, absl::Now() + patience);
  const DeviceLine closed = *std::move(line);
  return reading;
}

TEST(ScaleReader, WaitsForRestAndPassesOverABrokenFirstLine) {
  const auto reading = ReadFrom("4 kg\r\nS D  1.0 kg\r\nS I\r\nS S  2.5 kg\r\n");
  ASSERT_TRUE(reading.ok()) << reading.status();
  EXPECT_EQ(reading->grams, 2500);
  EXPECT_EQ(reading->raw, "S S  2.5 kg");
}

TEST(ScaleReader, TakesThreeEqualLinesOfAScaleThatDoesNotSay) {
  const auto reading = ReadFrom("1 kg\n1.1 kg\n1.2 kg\n1.2 kg\n1.2 kg\n9 kg\n");
  ASSERT_TRUE(reading.ok()) << reading.status();
  EXPECT_EQ(reading->grams, 1200);
}

TEST(ScaleReader, SaysWhatIsWrong) {
  EXPECT_EQ(ReasonOf(ReadFrom("OL,GS,+9999kg\r\n").status()), "SCALE_OVERLOADED");
  EXPECT_EQ(ReasonOf(ReadFrom("a1\nb2\nc3\nd4\ne5\nf6\n").status()), "SCALE_LINE_INVALID");
  const absl::Duration brief = absl::Milliseconds(30);
  EXPECT_EQ(ReasonOf(ReadFrom("", "", brief).status()), "DEVICE_TIMEOUT");
  EXPECT_EQ(ReasonOf(ReadFrom("S D 1 kg\r\n", "", brief).status()), "SCALE_UNSTABLE");
}

TEST(DeviceLine, WritesAllAndWaitsUntilItIsTaken) {
  FakeScale printer("");
  auto line = DeviceLine::OpenTcp(printer.address(), 9100, Soon());
  ASSERT_TRUE(line.ok()) << line.status();
  const std::string label(200'000, 'x');
  EXPECT_TRUE(line->Write(label, Soon()).ok());
  EXPECT_TRUE(line->Finish(Soon()).ok());
  EXPECT_EQ(printer.Stop(), label);
}

TEST(DeviceLine, SaysWhatCannotBeReached) {
  std::string address;
  {
    FakeScale gone("");
    address = gone.address();
    const auto line = DeviceLine::OpenTcp(address, 0, Soon());
    ASSERT_TRUE(line.ok());
  }
  EXPECT_EQ(ReasonOf(DeviceLine::OpenTcp(address, 0, Soon()).status()), "DEVICE_UNREACHABLE");
  for (const char* wrong : {"", "host:", "host:0", "host:70000", "host:x", ":1"}) {
    EXPECT_EQ(ReasonOf(DeviceLine::OpenTcp(wrong, 0, Soon()).status()), "USAGE") << wrong;
  }
  EXPECT_EQ(ReasonOf(DeviceLine::OpenSerial("/dev/loopdock-none", 9600).status()),
            "DEVICE_UNREACHABLE");
  EXPECT_EQ(ReasonOf(DeviceLine::OpenSerial("/dev/null", 9600).status()), "DEVICE_UNREACHABLE");
  EXPECT_EQ(ReasonOf(DeviceLine::OpenSerial("/dev/null", 9601).status()), "USAGE");
}

// A printer that takes the call and then nothing.
TEST(DeviceLine, GivesUpOnAPrinterThatHangs) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  socklen_t size = sizeof(address);
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  auto line = DeviceLine::OpenTcp(absl::StrCat("127.0.0.1:", ntohs(address.sin_port)), 0, Soon());
  ASSERT_TRUE(line.ok()) << line.status();
  const absl::Time brief = absl::Now() + absl::Milliseconds(50);
  EXPECT_EQ(ReasonOf(line->Write(std::string(64 << 20, 'x'), brief)), "DEVICE_TIMEOUT");
  close(listener);
}

TEST(DeviceLine, AsksAScaleOnASerialLine) {
  const int master = posix_openpt(O_RDWR | O_NOCTTY);
  ASSERT_GE(master, 0);
  ASSERT_EQ(grantpt(master), 0);
  ASSERT_EQ(unlockpt(master), 0);
  auto line = DeviceLine::OpenSerial(ptsname(master), 9600);
  ASSERT_TRUE(line.ok()) << line.status();
  std::string asked;
  std::thread scale([master, &asked] {
    while (asked.find("\r\n") == std::string::npos) {
      char bytes[16];
      const ssize_t got = read(master, bytes, sizeof(bytes));
      if (got <= 0) return;
      asked.append(bytes, static_cast<size_t>(got));
    }
    const std::string answer = "S S      7.5 kg\r\n";
    EXPECT_EQ(write(master, answer.data(), answer.size()), static_cast<ssize_t>(answer.size()));
  });
  const auto reading = ReadStableWeight(*line, "S", Soon());
  scale.join();
  close(master);
  ASSERT_TRUE(reading.ok()) << reading.status();
  EXPECT_EQ(reading->grams, 7500);
  EXPECT_EQ(asked, "S\r\n");
}

}  // namespace
}  // namespace loopdock::client
