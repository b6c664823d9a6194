// SPDX-License-Identifier: Apache-2.0
// loopdock-vision: the only program that touches image bytes. It is started by VisionPool with a
// socket as its standard input, warms up, closes itself in, says ready, and then answers one
// request after the other until the socket ends. It says nothing on standard output. With arguments
// it is `loopdock-vision --capture ...`, which touches no picture itself.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <opencv2/core/utility.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string_view>
#include <vector>

#include "services/vision/capture/capture.h"
#include "services/vision/frame.h"
#include "services/vision/sheet/board_layout.h"
#include "services/vision/worker/limits.h"
#include "services/vision/worker/work.h"

namespace loopdock::vision {
namespace {

// The picture of one request, mapped for reading.
class MappedPicture {
 public:
  explicit MappedPicture(const OwnedFd& file) {
    struct stat status {};
    constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_WRITE;
    sealed_ = file.valid() && (fcntl(file.get(), F_GET_SEALS) & kSeals) == kSeals &&
              fstat(file.get(), &status) == 0 && status.st_size >= 0;
    if (!sealed_ || status.st_size == 0) return;
    const size_t size = static_cast<size_t>(status.st_size);
    void* mapped = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (mapped == MAP_FAILED) {
      sealed_ = false;
      return;
    }
    bytes_ = {static_cast<const char*>(mapped), size};
  }
  ~MappedPicture() {
    if (!bytes_.empty()) munmap(const_cast<char*>(bytes_.data()), bytes_.size());  // NOLINT
  }
  MappedPicture(const MappedPicture&) = delete;
  MappedPicture& operator=(const MappedPicture&) = delete;

  bool sealed() const { return sealed_; }
  std::string_view bytes() const { return bytes_; }

 private:
  bool sealed_ = false;
  std::string_view bytes_;
};

// Makes every library that is used later read its files and reserve its memory now: one picture
// goes through the whole way of each request.
void WarmUp() {
  cv::setNumThreads(1);
  cv::Mat bars(64, 128, CV_8UC3, cv::Scalar::all(200));
  // Bars that are no symbol: where nothing may be one, no decoder is asked.
  for (int x = 16; x < 112; x += 4 + x % 3) {
    cv::rectangle(bars, {x, 12, 2, 40}, cv::Scalar::all(20), cv::FILLED);
  }
  v1::Request request;
  for (const char* extension : {".png", ".jpg", ".webp"}) {
    std::vector<unsigned char> bytes;
    cv::imencode(extension, bars, bytes);
    const std::string_view picture(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    request.mutable_decode();
    Answer(request, picture);
    request.mutable_measure();
    *request.mutable_measure()->mutable_mat() = PhoneMat();
    Answer(request, picture);
    *request.mutable_find_board()->mutable_board() = ChessBoard();
    Answer(request, picture);
    v1::DrawRequest& draw = *request.mutable_draw();
    draw.set_title("ready");
    draw.set_long_side_px(320);
    draw.mutable_measurement()->set_width_px(bars.cols);
    draw.mutable_measurement()->set_height_px(bars.rows);
    Answer(request, picture);
  }
}

int Serve(int socket) {
  v1::Response hello;
  *hello.mutable_ready()->mutable_versions() = Versions();
  absl::Status done = SendFrame(socket, hello, -1, absl::InfiniteFuture());
  while (done.ok()) {
    v1::Request request;
    OwnedFd file;
    done = ReceiveFrame(socket, request, file, absl::InfiniteFuture());
    if (!done.ok()) break;
    AllowCpuTime(absl::Milliseconds(request.deadline_ms()) + absl::Seconds(1));
    const MappedPicture picture(file);
    file.Reset();
    done = SendFrame(socket,
                     picture.sealed() ? Answer(request, picture.bytes())
                                      : Refuse(request, "WORKER_REQUEST_INVALID",
                                               "The picture did not come as a sealed file."),
                     -1, absl::InfiniteFuture());
  }
  // The pool is gone or ends us: there is nobody to report to.
  return 0;
}

int Main() {
  struct stat input {};
  if (fstat(STDIN_FILENO, &input) != 0 || !S_ISSOCK(input.st_mode)) {
    std::fputs("loopdock-vision is started by loopdockd and loopdock; --help says what else.\n",
               stderr);
    return 2;
  }
  WarmUp();
  if (const absl::Status closed = CloseIn(Closed::kPictures); !closed.ok()) {
    v1::Response refusal;
    refusal.mutable_error()->set_reason("WORKER_UNAVAILABLE");
    refusal.mutable_error()->set_message(std::string(closed.message()));
    return SendFrame(STDIN_FILENO, refusal, -1, absl::InfiniteFuture()).ok() ? 1 : 2;
  }
  return Serve(STDIN_FILENO);
}

}  // namespace
}  // namespace loopdock::vision

int main(int argc, char** argv) {
  if (argc > 1) return loopdock::vision::CaptureCommand(argc, argv);
  return loopdock::vision::Main();
}
