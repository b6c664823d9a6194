// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_DECODE_FLAT_MATRIX_H_
#define LOOPDOCK_SERVICES_VISION_DECODE_FLAT_MATRIX_H_

// Reads a matrix symbol or PDF417 that is seen from the side: its own outline says what was square,
// and what lies within is laid flat, cleaned of noise and sharpened.
// Thread safety: safe from any thread.

#include <opencv2/core.hpp>
#include <vector>

#include "services/vision/decode/block.h"
#include "services/vision/decode/read.h"

namespace loopdock::vision {

// At most one symbol, with corners in the picture.
std::vector<Read> ReadFlattened(const cv::Mat& grey, const Block& block);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_DECODE_FLAT_MATRIX_H_
