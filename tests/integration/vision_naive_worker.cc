// SPDX-License-Identifier: Apache-2.0
// A worker as one would write it without knowing its libraries: it speaks the pool's protocol,
// calls ReadBarcodes with default options and takes no limits. It shows which pictures end such a
// worker, and gives the pool a worker that dies.
#define ZX_USE_UTF8 1
#include <ZXing/ReadBarcode.h>
#include <fcntl.h>
#include <unistd.h>

#include <opencv2/imgcodecs.hpp>
#include <vector>

#include "absl/time/time.h"
#include "loopdock/vision/v1/vision.pb.h"
#include "services/vision/frame.h"

namespace {

using loopdock::vision::OwnedFd;
using loopdock::vision::v1::Request;
using loopdock::vision::v1::Response;

Response Read(const Request& request, int file) {
  std::vector<unsigned char> bytes(static_cast<size_t>(lseek(file, 0, SEEK_END)));
  if (pread(file, bytes.data(), bytes.size(), 0) < 0) return {};
  const cv::Mat grey = cv::imdecode(bytes, cv::IMREAD_GRAYSCALE);
  const ZXing::ImageView view(grey.data, grey.cols, grey.rows, ZXing::ImageFormat::Lum);
  Response response;
  response.set_id(request.id());
  response.mutable_decode();
  for (const auto& symbol : ZXing::ReadBarcodes(view)) {
    response.mutable_decode()->add_symbols()->set_content(symbol.text());
  }
  return response;
}

}  // namespace

int main() {
  const absl::Time never = absl::InfiniteFuture();
  Response hello;
  hello.mutable_ready();
  bool going = loopdock::vision::SendFrame(STDIN_FILENO, hello, -1, never).ok();
  while (going) {
    Request request;
    OwnedFd file;
    going = loopdock::vision::ReceiveFrame(STDIN_FILENO, request, file, never).ok() &&
            loopdock::vision::SendFrame(STDIN_FILENO, Read(request, file.get()), -1, never).ok();
  }
  return 0;
}
