// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_DECODE_BAR_STRIPS_H_
#define LOOPDOCK_SERVICES_VISION_DECODE_BAR_STRIPS_H_

// Grey levels along lines across a block of bars, averaged over strips: bars give the same ones
// over their whole height, print and texture do not.
// Thread safety: safe from any thread.

#include <opencv2/core.hpp>
#include <vector>

#include "services/vision/decode/block.h"

namespace loopdock::vision {

// Of the rows from `begin` on, `height` of them, both as shares of the crop's height.
std::vector<float> StripOf(const cv::Mat& crop, double begin, double height);

// Correlation of what is finer than a few modules, -1 to 1, at the best small shift: bars lean.
double Alike(const std::vector<float>& a, const std::vector<float>& b);

// The bands of a block whose rows show the same bars, best first: a block holds several where
// labels stand close together, and none where it is print or texture. PDF417 and stacked symbols
// give the bands of their rows at best.
std::vector<Block> SplitBars(const cv::Mat& grey, const Block& block);

// Whether the bars of a band are the same ones near both its ends, and the band no line of print.
bool AreHigh(const cv::Mat& grey, const Block& band);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_DECODE_BAR_STRIPS_H_
