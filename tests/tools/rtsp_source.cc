// SPDX-License-Identifier: Apache-2.0
#include "tests/tools/rtsp_source.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <opencv2/imgcodecs.hpp>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace loopdock::testing {
namespace {

constexpr int kPollMs = 40;
constexpr size_t kPartBytes = 1400;

void Add16(uint32_t value, std::string& to) {
  to += static_cast<char>(value >> 8 & 0xff);
  to += static_cast<char>(value & 0xff);
}

void Add32(uint32_t value, std::string& to) {
  Add16(value >> 16, to);
  Add16(value & 0xffff, to);
}

std::string HeaderOf(const std::string& request, const std::string& name) {
  const size_t at = request.find(name + ": ");
  if (at == std::string::npos) return "";
  const size_t begin = at + name.size() + 2;
  return request.substr(begin, request.find("\r\n", begin) - begin);
}

}  // namespace

RtspSource::RtspSource(const cv::Mat& picture)
    : size_(picture.size()), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  std::vector<unsigned char> bytes;
  cv::imencode(".jpg", picture, bytes, {cv::IMWRITE_JPEG_QUALITY, 90});
  const std::string jpeg(bytes.begin(), bytes.end());
  for (size_t at = 2; at + 4 < jpeg.size();) {
    const auto marker = static_cast<unsigned char>(jpeg[at + 1]);
    const size_t length = static_cast<size_t>(static_cast<unsigned char>(jpeg[at + 2])) * 256 +
                          static_cast<unsigned char>(jpeg[at + 3]);
    const std::string body = jpeg.substr(at + 4, length - 2);
    // Tables of a byte for its number and 64 values, in one segment or two.
    if (marker == 0xdb) {
      for (size_t table = 0; table < body.size(); table += 65)
        tables_ += body.substr(table + 1, 64);
    }
    at += 2 + length;
    if (marker != 0xda) continue;
    scan_ = jpeg.substr(at, jpeg.size() - 2 - at);
    break;
  }
  sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {}, .sin_zero = {}};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size);
  listen(listener_.get(), 4);
  getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Serve(); });
}

RtspSource::~RtspSource() {
  stopping_ = true;
  thread_.join();
}

void RtspSource::Serve() {
  while (!stopping_) {
    pollfd wait{.fd = listener_.get(), .events = POLLIN, .revents = 0};
    if (poll(&wait, 1, kPollMs) <= 0) continue;
    const vision::OwnedFd connection(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (connection.valid()) Talk(connection.get());
  }
}

// Requests come one after the other; pictures are sent once PLAY was asked for.
void RtspSource::Talk(int connection) {
  std::string heard;
  bool playing = false;
  for (uint32_t number = 0; !stopping_; ++number) {
    if (playing) {
      const std::string packets = Packets(number);
      if (send(connection, packets.data(), packets.size(), MSG_NOSIGNAL) < 0) return;
    }
    pollfd wait{.fd = connection, .events = POLLIN, .revents = 0};
    if (poll(&wait, 1, kPollMs) <= 0) continue;
    std::array<char, 4096> part;
    const ssize_t size = recv(connection, part.data(), part.size(), 0);
    if (size <= 0) return;
    heard.append(part.data(), static_cast<size_t>(size));
    const size_t end = heard.find("\r\n\r\n");
    if (end == std::string::npos) continue;
    const std::string request = heard.substr(0, end + 2);
    heard.erase(0, end + 4);
    std::string answer =
        absl::StrCat("RTSP/1.0 200 OK\r\nCSeq: ", HeaderOf(request, "CSeq"), "\r\nSession: 1\r\n");
    std::string body;
    if (absl::StartsWith(request, "DESCRIBE")) {
      body = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=test\r\nt=0 0\r\nm=video 0 RTP/AVP 26\r\n";
      absl::StrAppend(&answer, "Content-Type: application/sdp\r\nContent-Length: ", body.size(),
                      "\r\n");
    } else if (absl::StartsWith(request, "SETUP")) {
      answer += "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n";
    } else if (absl::StartsWith(request, "OPTIONS")) {
      answer += "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n";
    } else if (absl::StartsWith(request, "PLAY")) {
      playing = true;
    }
    absl::StrAppend(&answer, "\r\n", body);
    if (send(connection, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) return;
  }
}

std::string RtspSource::Packets(uint32_t number) {
  constexpr uint32_t kTicksAPicture = 90'000 / 25;
  std::string packets;
  for (size_t at = 0; at < scan_.size(); at += kPartBytes) {
    const std::string part = scan_.substr(at, kPartBytes);
    const bool last = at + kPartBytes >= scan_.size();
    std::string rtp("\x80", 1);
    rtp += static_cast<char>((last ? 0x80 : 0) | 26);
    Add16(sequence_++, rtp);
    Add32(number * kTicksAPicture, rtp);
    Add32(1, rtp);
    // Offset, 4:2:0, tables that come along, sides in blocks of eight.
    Add32(static_cast<uint32_t>(at), rtp);
    rtp += '\x01';
    rtp += '\xff';
    rtp += static_cast<char>(size_.width / 8);
    rtp += static_cast<char>(size_.height / 8);
    if (at == 0) {
      rtp += std::string(2, '\0');
      Add16(static_cast<uint32_t>(tables_.size()), rtp);
      rtp += tables_;
    }
    rtp += part;
    packets += '$';
    packets += '\0';
    Add16(static_cast<uint32_t>(rtp.size()), packets);
    packets += rtp;
  }
  return packets;
}

}  // namespace loopdock::testing
