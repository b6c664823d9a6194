// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_DECODE_DECODER_H_
#define LOOPDOCK_SERVICES_VISION_DECODE_DECODER_H_

// Reads all symbols of a picture by going through the tries until enough is known.
// Thread safety: safe from any thread.
// Blocking: computes until done; the deadline is looked at between two tries.
// Errors: DEADLINE_EXCEEDED PICTURE_TIMEOUT when time ran out before anything was accepted.
// Limits: at most 256 symbols. May abort the process (zxing_reader.h).

#include <opencv2/core.hpp>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "loopdock/vision/v1/vision.pb.h"

namespace loopdock::vision {

struct DecoderOptions {
  // 0 means the limit of 256.
  int symbols_max = 0;
  absl::Time deadline = absl::InfiniteFuture();
  // Only the tries that have never been seen to crash.
  bool safest = false;
};

// `grey` is CV_8UC1, as the picture is to be looked at.
absl::StatusOr<v1::DecodeResult> DecodeSymbols(const cv::Mat& grey, const DecoderOptions& options);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_DECODE_DECODER_H_
