// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_DECODE_EAN_BLOCKS_H_
#define LOOPDOCK_SERVICES_VISION_DECODE_EAN_BLOCKS_H_

// Reads EAN-13, UPC-A and UPC-E in blocks of bars by fitting (ean_fit.h). A value is given only
// when two strips of a block, side by side along the bars, agree on it and neither has a near
// rival. Thread safety: safe from any thread. Blocking: about 60 ms a block of bars that holds
// none; nothing for what is no bars.

#include <opencv2/core.hpp>
#include <optional>

#include "services/vision/decode/block.h"
#include "services/vision/decode/ean_fit.h"
#include "services/vision/decode/read.h"

namespace loopdock::vision {

// `light_bars`: bars that are a little lighter than what is around them, as on bare metal.
std::optional<Read> FitEanBlock(const cv::Mat& grey, const Block& block, EanKind kind,
                                bool light_bars);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_DECODE_EAN_BLOCKS_H_
