// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_CAPTURE_CAPTURE_H_
#define LOOPDOCK_SERVICES_VISION_CAPTURE_CAPTURE_H_

// One picture from a camera. The source is looked at here, and a process of its own opens it,
// closes itself in and takes the picture: what a camera or a stream does to that process it cannot
// do to this one, and its libraries are never loaded here.
// Thread safety: safe from any thread.
// Blocking: until the picture is there, at most the time allowed.
// Errors: CAMERA_NOT_FOUND, CAMERA_DENIED, NOT_A_CAMERA, CAMERA_SILENT, CAPTURE_INVALID,
// WORKER_UNAVAILABLE; those of header_check.h about what came. No message repeats the user and
// password of an address.
// Limits: those of header_check.h; a source has at most 1,024 bytes.

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/vision/header_check.h"

namespace loopdock::vision {

struct CaptureOptions {
  // A V4L2 device such as "/dev/video0", an address such as "rtsp://10.0.0.9/main", or the file of
  // a recording.
  std::string source;
  // JPEG or PNG.
  PictureFormat format = PictureFormat::kJpeg;
  // What a V4L2 device is asked for; 0 for what it gives by itself.
  int width_px = 0;
  int height_px = 0;
  // Pictures let go by first, so that exposure and white balance settle.
  int skip = 5;
  absl::Duration timeout = absl::Seconds(10);
  // The program `loopdock-camera`.
  std::string camera_path;
};

enum class SourceKind { kDevice, kStream, kRecording };

// What a source is, and whether it can be reached: the device opened once, the stream's port
// connected to.
absl::StatusOr<SourceKind> CheckSource(const std::string& source, absl::Duration timeout);

// The bytes of the picture's file.
absl::StatusOr<std::string> Capture(const CaptureOptions& options);

// A source without its user and password.
std::string Shown(std::string_view source);

// `loopdock-vision --capture ...`: the exit code. What went wrong is said on standard error.
int CaptureCommand(int argc, char** argv);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_CAPTURE_CAPTURE_H_
