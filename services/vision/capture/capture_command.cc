// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdio>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/common/fileio.h"
#include "services/common/status.h"
#include "services/vision/capture/capture.h"

namespace loopdock::vision {
namespace {

absl::Status Invalid(const std::string& what) {
  return common::Error(absl::StatusCode::kInvalidArgument, "CAPTURE_INVALID", what);
}

// By the ending of the file.
absl::StatusOr<PictureFormat> FormatOf(const std::string& file) {
  const std::string name = absl::AsciiStrToLower(file);
  if (absl::EndsWith(name, ".jpg") || absl::EndsWith(name, ".jpeg")) return PictureFormat::kJpeg;
  if (absl::EndsWith(name, ".png")) return PictureFormat::kPng;
  return Invalid("--out ends in .jpg or .png.");
}

absl::Status TakePicture(CaptureOptions options, const std::string& size, const std::string& out) {
  const auto format = FormatOf(out);
  if (!format.ok()) return format.status();
  options.format = *format;
  constexpr int kSideMax = 16'384;
  if (!size.empty() &&
      (std::sscanf(size.c_str(), "%dx%d", &options.width_px, &options.height_px) != 2 ||
       options.width_px < 64 || options.height_px < 64 || options.width_px > kSideMax ||
       options.height_px > kSideMax)) {
    return Invalid("--size is width x height in pixels, such as 1920x1080.");
  }
  const auto folder = common::ProgramDirectory();
  if (!folder.ok()) return folder.status();
  options.camera_path = *folder + "/loopdock-camera";
  const auto bytes = Capture(options);
  if (!bytes.ok()) return bytes.status();
  return common::WriteFileAtomically(out, *bytes);
}

}  // namespace

int CaptureCommand(int argc, char** argv) {
  CLI::App app(
      "Takes one picture with a camera and keeps it as a file. Else loopdock-vision is started by "
      "loopdockd and loopdock and has no use of its own.",
      "loopdock-vision");
  CaptureOptions options;
  std::string size;
  std::string out;
  double seconds = 10;
  app.add_option("--capture", options.source,
                 "A V4L2 device such as /dev/video0, an address such as "
                 "rtsp://user:password@10.0.0.9/main, or the file of a recording")
      ->required();
  app.add_option("--out", out, "File of the picture, .jpg or .png; appears whole or not at all")
      ->required();
  app.add_option("--size", size, "What a device is asked for, such as 1920x1080");
  app.add_option("--skip", options.skip, "Pictures let go by while exposure settles")
      ->capture_default_str()
      ->check(CLI::Range(0, 300));
  app.add_option("--seconds", seconds, "Time that all of it may take")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 120.0));
  app.footer(
      "A picture for `loopdock inspect --watch FOLDER` is named by its asset, face and light:\n"
      "loopdock-vision --capture /dev/video0 --out FOLDER/000005_display_left.jpg");
  CLI11_PARSE(app, argc, argv);
  options.timeout = absl::Seconds(seconds);
  const absl::Status taken = TakePicture(std::move(options), size, out);
  if (taken.ok()) return 0;
  std::fprintf(stderr, "loopdock-vision: %s: %s\n", common::ReasonOf(taken).c_str(),
               std::string(taken.message()).c_str());
  return 1;
}

}  // namespace loopdock::vision
