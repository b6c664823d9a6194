// SPDX-License-Identifier: Apache-2.0
#include "services/vision/capture/capture.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/common/status.h"
#include "services/vision/capture/camera_exit.h"
#include "services/vision/frame.h"

namespace loopdock::vision {
namespace {

using common::Error;

absl::Status Unavailable(const std::string& path, const std::string& why) {
  return Error(absl::StatusCode::kUnavailable, "WORKER_UNAVAILABLE",
               absl::StrCat("The camera program ", path, " cannot be started: ", why, "."),
               {{"why", why}});
}

absl::Status Silent(const CaptureOptions& options, const std::string& why) {
  return Error(absl::StatusCode::kDeadlineExceeded, "CAMERA_SILENT",
               absl::StrCat(Shown(options.source), " gave no picture", why,
                            ". Check that no other program uses the camera and that it is on."),
               {{"source", Shown(options.source)}});
}

const char* KindWord(SourceKind kind) {
  switch (kind) {
    case SourceKind::kDevice:
      return "device";
    case SourceKind::kStream:
      return "stream";
    case SourceKind::kRecording:
      return "recording";
  }
  return "";
}

// A child and the pipe that its picture comes through; ended with this.
class CameraProcess {
 public:
  static absl::StatusOr<std::unique_ptr<CameraProcess>> Start(const CaptureOptions& options,
                                                              SourceKind kind);
  ~CameraProcess() {
    if (pid_ > 0) kill(pid_, SIGKILL);
    Wait();
  }
  CameraProcess(const CameraProcess&) = delete;
  CameraProcess& operator=(const CameraProcess&) = delete;

  // What it writes until it ends; DEADLINE_EXCEEDED, TOO_LARGE.
  absl::StatusOr<std::string> ReadAll(absl::Time deadline) const;
  // Its exit code; 128 and more for a signal.
  int Wait() {
    if (pid_ <= 0) return code_;
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return code_;
  }

 private:
  CameraProcess(pid_t pid, OwnedFd picture) : pid_(pid), picture_(std::move(picture)) {}
  pid_t pid_;
  int code_ = 0;
  OwnedFd picture_;
};

struct Pipe {
  OwnedFd read;
  OwnedFd write;
  static Pipe Make() {
    std::array<int, 2> ends{-1, -1};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return {};
    return {OwnedFd(ends[0]), OwnedFd(ends[1])};
  }
};

// The source goes through a pipe: an address may hold a password, and arguments can be seen by all.
absl::StatusOr<std::unique_ptr<CameraProcess>> CameraProcess::Start(const CaptureOptions& options,
                                                                    SourceKind kind) {
  Pipe source = Pipe::Make();
  Pipe picture = Pipe::Make();
  if (!source.write.valid() || !picture.write.valid()) {
    return Unavailable(options.camera_path, strerror(errno));  // NOLINT(concurrency-mt-unsafe)
  }
  // At most 1,024 bytes: a pipe holds them.
  if (write(source.write.get(), options.source.data(), options.source.size()) !=
      static_cast<ssize_t>(options.source.size())) {
    return Unavailable(options.camera_path, strerror(errno));  // NOLINT(concurrency-mt-unsafe)
  }
  const bool jpeg = options.format == PictureFormat::kJpeg;
  std::vector<std::string> words = {options.camera_path,
                                    KindWord(kind),
                                    jpeg ? ".jpg" : ".png",
                                    absl::StrCat(options.skip),
                                    absl::StrCat(options.width_px),
                                    absl::StrCat(options.height_px)};
  // Over one connection, which stays the only one once the process has closed itself in.
  const auto ms = absl::ToInt64Milliseconds(options.timeout);
  std::vector<std::string> variables = {
      absl::StrCat("OPENCV_FFMPEG_CAPTURE_OPTIONS=rtsp_transport;tcp|threads;1|stimeout;",
                   1000 * ms),
      "OPENCV_VIDEOIO_DEBUG=0",
      "OPENCV_LOG_LEVEL=SILENT",
      "OPENCV_FFMPEG_LOGLEVEL=-8",
      "OPENCV_IO_MAX_IMAGE_PIXELS=50000000",
      "LC_ALL=C"};
  const auto pointers = [](std::vector<std::string>& list) {
    std::vector<char*> all;
    for (std::string& word : list) all.push_back(word.data());
    all.push_back(nullptr);
    return all;
  };
  posix_spawn_file_actions_t actions;
  if (posix_spawn_file_actions_init(&actions) != 0)
    return Unavailable(options.camera_path, "memory");
  posix_spawn_file_actions_adddup2(&actions, source.read.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, picture.write.get(), STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  pid_t pid = -1;
  const int error = posix_spawn(&pid, options.camera_path.c_str(), &actions, nullptr,
                                pointers(words).data(), pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    return Unavailable(options.camera_path, strerror(error));  // NOLINT(concurrency-mt-unsafe)
  }
  return std::unique_ptr<CameraProcess>(new CameraProcess(pid, std::move(picture.read)));
}

absl::StatusOr<std::string> CameraProcess::ReadAll(absl::Time deadline) const {
  std::string bytes;
  std::array<char, 64 << 10> part;
  while (true) {
    pollfd wait{.fd = picture_.get(), .events = POLLIN, .revents = 0};
    const auto left = absl::ToInt64Milliseconds(deadline - absl::Now());
    if (left <= 0) return absl::DeadlineExceededError("");
    if (poll(&wait, 1, static_cast<int>(left)) <= 0) continue;
    const ssize_t size = read(picture_.get(), part.data(), part.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return bytes;
    bytes.append(part.data(), static_cast<size_t>(size));
    if (bytes.size() > PictureLimits().bytes_max) return absl::OutOfRangeError("");
  }
}

}  // namespace

absl::StatusOr<std::string> Capture(const CaptureOptions& options) {
  const absl::Time deadline = absl::Now() + options.timeout;
  const auto kind = CheckSource(options.source, options.timeout);
  if (!kind.ok()) return kind.status();
  auto camera = CameraProcess::Start(options, *kind);
  if (!camera.ok()) return camera.status();
  auto bytes = (*camera)->ReadAll(deadline);
  if (absl::IsDeadlineExceeded(bytes.status())) {
    return Silent(options, absl::StrCat(" within ", absl::FormatDuration(options.timeout)));
  }
  if (!bytes.ok()) return Silent(options, " of bearable size");
  switch (const int code = (*camera)->Wait()) {
    case 0:
      break;
    case kCameraNotOpened:
      if (*kind == SourceKind::kDevice) return Silent(options, ": it cannot be started");
      return Error(
          absl::StatusCode::kInvalidArgument, "NOT_A_CAMERA",
          absl::StrCat(Shown(options.source), " gives no video that can be read",
                       *kind == SourceKind::kStream ? "; check path, user and password." : "."),
          {{"source", Shown(options.source)}});
    case kCameraSilent:
      return Silent(options, "");
    default:
      return Unavailable(options.camera_path, absl::StrCat("it ended with ", code));
  }
  if (const auto header = CheckHeader(*bytes); !header.ok()) return header.status();
  return bytes;
}

}  // namespace loopdock::vision
