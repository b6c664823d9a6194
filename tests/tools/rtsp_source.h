// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_TOOLS_RTSP_SOURCE_H_
#define LOOPDOCK_TESTS_TOOLS_RTSP_SOURCE_H_

// A network camera for tests: an RTSP server on loopback that sends one picture again and again as
// Motion JPEG (RFC 2435) over the connection that asked for it (RFC 2326, 10.12).
// Thread safety: its own thread; the object is for one.
// Ownership: the destructor ends the thread and its connections.

#include <atomic>
#include <opencv2/core.hpp>
#include <string>
#include <thread>

#include "services/vision/frame.h"

namespace loopdock::testing {

class RtspSource {
 public:
  // Sides that are multiples of 16, at most 2,040.
  explicit RtspSource(const cv::Mat& picture);
  ~RtspSource();
  RtspSource(const RtspSource&) = delete;
  RtspSource& operator=(const RtspSource&) = delete;

  int port() const { return port_; }

 private:
  void Serve();
  void Talk(int connection);
  // Everything of one picture, as interleaved RTP packets.
  std::string Packets(uint32_t number);

  const cv::Size size_;
  // Of the JPEG: both quantisation tables, and what follows its header.
  std::string tables_;
  std::string scan_;
  vision::OwnedFd listener_;
  int port_ = 0;
  uint16_t sequence_ = 0;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace loopdock::testing

#endif  // LOOPDOCK_TESTS_TOOLS_RTSP_SOURCE_H_
