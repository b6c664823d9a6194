// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_WORKER_LOAD_PICTURE_H_
#define LOOPDOCK_SERVICES_VISION_WORKER_LOAD_PICTURE_H_

// From the bytes of a picture to its pixels, turned as its orientation mark says, with white
// where it is transparent, as on a sheet of paper.
// Thread safety: safe from any thread.
// Errors: those of header_check.h; IMAGE_CORRUPT when the decoder refuses the content,
// IMAGE_TOO_LARGE when memory does not suffice.
// Limits: PictureLimits.

#include <opencv2/core.hpp>
#include <string_view>

#include "absl/status/statusor.h"

namespace loopdock::vision {

enum class PixelKind {
  // CV_8UC1.
  kGrey,
  // CV_8UC3 in the order blue, green, red.
  kColour,
};

absl::StatusOr<cv::Mat> LoadPicture(std::string_view bytes, PixelKind kind);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_WORKER_LOAD_PICTURE_H_
