// SPDX-License-Identifier: Apache-2.0
// `loopdock-vision --capture` as a program, from what a machine without a camera has: recordings, a
// stream over loopback, and everything that is no camera.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/videoio.hpp>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/common/status.h"
#include "services/vision/capture/capture.h"
#include "services/vision/frame.h"
#include "tests/tools/rtsp_source.h"

namespace loopdock::vision {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

struct Ended {
  int code = -1;
  std::string said;
};

class CaptureTest : public ::testing::Test {
 protected:
  CaptureTest() : folder_(fs::path(::testing::TempDir()) / absl::StrCat("capture-", getpid())) {
    fs::create_directories(folder_);
  }
  ~CaptureTest() override { fs::remove_all(folder_); }

  std::string At(const std::string& name) const { return (folder_ / name).string(); }

  // What it says on standard output and error.
  static Ended Run(const std::string& arguments) {
    const std::string command =
        absl::StrCat("'", getenv("LOOPDOCK_BIN_DIR"), "/loopdock-vision' ", arguments, " 2>&1");
    Ended ended;
    FILE* pipe = popen(command.c_str(), "re");
    char part[4096];
    while (size_t size = fread(part, 1, sizeof part, pipe)) ended.said.append(part, size);
    const int status = pclose(pipe);
    ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return ended;
  }

  // Pictures of one grey each, 20 levels apart, as a camera's recording.
  std::string Recording(int pictures) const {
    const std::string file = At("recording.avi");
    cv::VideoWriter writer(file, cv::CAP_OPENCV_MJPEG, cv::VideoWriter::fourcc('M', 'J', 'P', 'G'),
                           10, {640, 480});
    for (int i = 0; i < pictures; ++i) {
      writer.write(cv::Mat(480, 640, CV_8UC3, cv::Scalar::all(20 + 20 * i)));
    }
    return file;
  }

  std::vector<std::string> Files() const {
    std::vector<std::string> files;
    for (const auto& at : fs::directory_iterator(folder_)) files.push_back(at.path().filename());
    return files;
  }

  const fs::path folder_;
};

TEST_F(CaptureTest, TakesOnePictureOfARecording) {
  const std::string source = Recording(8);
  for (const char* name : {"000005_display_left.jpg", "000005_back.png"}) {
    const Ended ended = Run(absl::StrCat("--capture ", source, " --out ", At(name), " --skip 3"));
    ASSERT_EQ(ended.code, 0) << ended.said;
    const cv::Mat picture = cv::imread(At(name));
    ASSERT_EQ(picture.size(), cv::Size(640, 480));
    EXPECT_NEAR(cv::mean(picture)[0], 20 + 20 * 3, 3) << "three pictures are let go by";
  }
  EXPECT_EQ(Files().size(), 3U) << "nothing lies there beside the pictures";
}

TEST_F(CaptureTest, TakesTheLastOfAShortRecording) {
  const std::string source = Recording(2);
  const Ended ended = Run(absl::StrCat("--capture ", source, " --out ", At("a.jpg"), " --skip 9"));
  ASSERT_EQ(ended.code, 0) << ended.said;
  EXPECT_NEAR(cv::mean(cv::imread(At("a.jpg")))[0], 40, 3);
}

TEST_F(CaptureTest, TakesAPictureOfAStream) {
  testing::RtspSource stream(cv::Mat(480, 640, CV_8UC3, cv::Scalar(30, 90, 200)));
  const Ended ended = Run(absl::StrCat("--capture rtsp://127.0.0.1:", stream.port(), "/main --out ",
                                       At("a.jpg"), " --seconds 30"));
  ASSERT_EQ(ended.code, 0) << ended.said;
  const cv::Mat picture = cv::imread(At("a.jpg"));
  ASSERT_EQ(picture.size(), cv::Size(640, 480));
  EXPECT_NEAR(cv::mean(picture)[2], 200, 6);
}

TEST_F(CaptureTest, SaysWhatIsNoCamera) {
  std::ofstream(At("note.txt")) << "no video";
  const struct {
    std::string source;
    const char* reason;
    const char* why;
  } kSources[] = {{"/dev/video99", "CAMERA_NOT_FOUND", "No such file"},
                  {"/dev/null", "NOT_A_CAMERA", "V4L2"},
                  {At(""), "NOT_A_CAMERA", "neither a device"},
                  {At("note.txt"), "NOT_A_CAMERA", "no video that can be read"},
                  {"http://127.0.0.1/a", "NOT_A_CAMERA", "rtsp://"},
                  {"rtsp://:554/", "NOT_A_CAMERA", "rtsp://host"}};
  for (const auto& [source, reason, why] : kSources) {
    const Ended ended = Run(absl::StrCat("--capture ", source, " --out ", At("a.jpg")));
    EXPECT_EQ(ended.code, 1) << source;
    EXPECT_THAT(ended.said, HasSubstr(absl::StrCat("loopdock-vision: ", reason, ": "))) << source;
    EXPECT_THAT(ended.said, HasSubstr(why)) << source;
    EXPECT_FALSE(fs::exists(At("a.jpg"))) << source;
  }
}

TEST_F(CaptureTest, ADeviceThatMayNotBeOpenedIsDenied) {
  std::ofstream(At("camera")) << "x";
  chmod(At("camera").c_str(), 0);
  chmod(folder_.c_str(), 0755);
  // Root may open everything.
  const uid_t before = geteuid();
  const bool lowered = before == 0 && seteuid(65'534) == 0;
  const auto kind = CheckSource(At("camera"), absl::Seconds(1));
  ASSERT_EQ(lowered ? seteuid(before) : 0, 0);
  EXPECT_EQ(common::ReasonOf(kind.status()), "CAMERA_DENIED") << kind.status();
}

// A port of this machine, listened on or not.
class Port {
 public:
  explicit Port(bool listening) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {}, .sin_zero = {}};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), size);
    getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    if (listening) listen(fd_.get(), 4);
    number_ = ntohs(address.sin_port);
  }
  int number() const { return number_; }

 private:
  const OwnedFd fd_;
  int number_ = 0;
};

TEST_F(CaptureTest, AStreamThatIsRefusedOrDeadIsTold) {
  const Port refused(false);
  Ended ended = Run(absl::StrCat("--capture rtsp://eve:secret@127.0.0.1:", refused.number(),
                                 "/main --out ", At("a.jpg")));
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.said, HasSubstr("CAMERA_NOT_FOUND"));
  EXPECT_THAT(ended.said, HasSubstr("Connection refused"));
  EXPECT_THAT(ended.said, Not(HasSubstr("secret"))) << "a log is no place for a password";
  // Takes the connection and never says a word.
  const Port silent(true);
  const absl::Time begun = absl::Now();
  ended = Run(absl::StrCat("--capture rtsp://127.0.0.1:", silent.number(), "/main --out ",
                           At("a.jpg"), " --seconds 1"));
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.said, HasSubstr("CAMERA_SILENT"));
  EXPECT_LT(absl::Now() - begun, absl::Seconds(8));
  EXPECT_TRUE(Files().empty());
}

TEST_F(CaptureTest, SaysWhichOptionIsWrong) {
  const std::string source = Recording(1);
  EXPECT_THAT(Run(absl::StrCat("--capture ", source, " --out ", At("a.gif"))).said,
              HasSubstr("CAPTURE_INVALID"));
  EXPECT_THAT(Run(absl::StrCat("--capture ", source, " --out ", At("a.jpg"), " --size 7")).said,
              HasSubstr("CAPTURE_INVALID"));
  EXPECT_THAT(Run(absl::StrCat("--capture ", source, " --out ", At("no/a.jpg"))).said,
              HasSubstr("FILE_UNWRITABLE"));
  const Ended help = Run("--help");
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.said, HasSubstr("--capture"));
}

TEST(Shown, HidesUserAndPassword) {
  EXPECT_EQ(Shown("rtsp://eve:secret@host:554/a@b"), "rtsp://...@host:554/a@b");
  EXPECT_EQ(Shown("rtsp://host/a@b"), "rtsp://host/a@b");
  EXPECT_EQ(Shown("/dev/video0"), "/dev/video0");
}

}  // namespace
}  // namespace loopdock::vision
