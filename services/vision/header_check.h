// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_HEADER_CHECK_H_
#define LOOPDOCK_SERVICES_VISION_HEADER_CHECK_H_

// Decides by content alone, never by a file name, what a picture is and how large it would be, so
// that only complete JPEG, PNG and WebP pictures of bearable size reach a decoder.
// Thread safety: safe from any thread.
// Errors: EMPTY_PICTURE, NOT_A_PICTURE, IMAGE_FORMAT_UNSUPPORTED (metadata `format`),
// IMAGE_TOO_LARGE, IMAGE_TRUNCATED, IMAGE_CORRUPT, all INVALID_ARGUMENT.
// Limits: PictureLimits; reads every byte at most once and allocates nothing for the picture.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"

namespace loopdock::vision {

enum class PictureFormat { kJpeg, kPng, kWebp };

struct PictureLimits {
  // Bytes of the file.
  size_t bytes_max = size_t{64} << 20;
  // Width times height.
  int64_t pixels_max = 50'000'000;
  // Either side, in pixels.
  int64_t side_max = 65'535;
};

struct PictureHeader {
  PictureFormat format = PictureFormat::kJpeg;
  // As stored, before any orientation mark is applied.
  int64_t width_px = 0;
  int64_t height_px = 0;
  // Parts of the picture may be transparent.
  bool has_alpha = false;
};

absl::StatusOr<PictureHeader> CheckHeader(std::string_view bytes, const PictureLimits& limits = {});

// Such as "image/jpeg".
std::string_view MediaType(PictureFormat format);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_HEADER_CHECK_H_
