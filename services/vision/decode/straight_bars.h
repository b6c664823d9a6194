// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_DECODE_STRAIGHT_BARS_H_
#define LOOPDOCK_SERVICES_VISION_DECODE_STRAIGHT_BARS_H_

// Reads bars that lean or fan out because they are seen from the side, that are blurred or noisy:
// they are made upright, averaged along their whole height in a few bands, freed of blur by
// inverse filtering, cut into light and dark where they change, and drawn anew.
// Thread safety: safe from any thread.

#include <opencv2/core.hpp>
#include <vector>

#include "services/vision/decode/block.h"
#include "services/vision/decode/read.h"

namespace loopdock::vision {

// Values that were read in the block's bands: with kLinesAlone lines where two bands agree, which
// have no picture row in common, with one line otherwise. Corners in the picture.
std::vector<Read> ReadStraightened(const cv::Mat& grey, const Block& block);

// The blocks that stand side by side in one line, joined: a wide white gap parts the bars of one
// symbol. Only the joined ones, largest first.
std::vector<Block> JoinBlocks(const std::vector<Block>& blocks);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_DECODE_STRAIGHT_BARS_H_
