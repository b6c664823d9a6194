// SPDX-License-Identifier: Apache-2.0
// loopdock-camera KIND FORMAT SKIP WIDTH HEIGHT: started by `loopdock-vision --capture` with the
// source on its standard input. Opens the source, closes itself in, and writes one picture to its
// standard output. Exit codes: camera_exit.h.

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <opencv2/core/utility.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/videoio.hpp>
#include <string>
#include <vector>

#include "services/vision/capture/camera_exit.h"
#include "services/vision/worker/limits.h"

namespace loopdock::vision {
namespace {

std::string ReadSource() {
  std::string source;
  std::array<char, 1024> part;
  for (ssize_t size = 0; (size = read(STDIN_FILENO, part.data(), part.size())) > 0;) {
    source.append(part.data(), static_cast<size_t>(size));
  }
  return source;
}

// Motion JPEG is the only form in which most cameras give large pictures.
void AskForSize(int width_px, int height_px, cv::VideoCapture& camera) {
  if (width_px == 0 || height_px == 0) return;
  camera.set(cv::CAP_PROP_FOURCC, cv::VideoWriter::fourcc('M', 'J', 'P', 'G'));
  camera.set(cv::CAP_PROP_FRAME_WIDTH, width_px);
  camera.set(cv::CAP_PROP_FRAME_HEIGHT, height_px);
}

int Run(const std::string& kind, const std::string& format, int skip, int width_px, int height_px) {
  cv::setNumThreads(1);
  cv::VideoCapture camera;
  const bool device = kind == "device";
  if (!camera.open(ReadSource(), device ? cv::CAP_V4L2 : cv::CAP_FFMPEG)) return kCameraNotOpened;
  if (device) AskForSize(width_px, height_px, camera);
  // The encoder reserves what it needs before the door is closed.
  std::vector<unsigned char> bytes;
  cv::imencode(format, cv::Mat(16, 16, CV_8UC3, cv::Scalar::all(0)), bytes);
  if (!CloseIn(Closed::kCamera).ok()) return kCameraNotClosed;
  cv::Mat picture;
  // A recording that ends before is taken by its last picture.
  cv::Mat frame;
  for (int taken = 0; taken <= skip && camera.read(frame); ++taken) frame.copyTo(picture);
  if (picture.empty()) return kCameraSilent;
  cv::imencode(format, picture, bytes, {cv::IMWRITE_JPEG_QUALITY, 95});
  for (size_t at = 0; at < bytes.size();) {
    const ssize_t written = write(STDOUT_FILENO, bytes.data() + at, bytes.size() - at);
    if (written <= 0) return kCameraSilent;
    at += static_cast<size_t>(written);
  }
  return 0;
}

}  // namespace
}  // namespace loopdock::vision

int main(int argc, char** argv) {
  if (argc != 6) return loopdock::vision::kCameraNotAsked;
  // Not by `return`: what closes the source would ask for more than is allowed now.
  _exit(loopdock::vision::Run(argv[1], argv[2], std::atoi(argv[3]), std::atoi(argv[4]),
                              std::atoi(argv[5])));
}
