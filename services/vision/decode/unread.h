// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_DECODE_UNREAD_H_
#define LOOPDOCK_SERVICES_VISION_DECODE_UNREAD_H_

// Which of the places that no symbol explains look enough like one to be told to a person.
// Thread safety: safe from any thread.
// Limits: 16 places.

#include <opencv2/core.hpp>
#include <vector>

#include "loopdock/vision/v1/vision.pb.h"
#include "services/vision/decode/block.h"

namespace loopdock::vision {

// Whether the block shows as many bars as the shortest symbols have: bars stay when a place is
// averaged across them; print and noise turn grey.
bool HasBars(const cv::Mat& grey, const Block& block);

// Fills `result.unread`, largest first; of places that overlap the larger one.
void AddUnread(const cv::Mat& grey, const std::vector<Block>& linear,
               const std::vector<Block>& matrix, v1::DecodeResult& result);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_DECODE_UNREAD_H_
