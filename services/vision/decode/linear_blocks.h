// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_DECODE_LINEAR_BLOCKS_H_
#define LOOPDOCK_SERVICES_VISION_DECODE_LINEAR_BLOCKS_H_

// Finds where in a picture parallel bars stand, at any angle.
// Thread safety: safe from any thread.
// Limits: kLinearBlocksMax blocks.

#include <vector>

#include "services/vision/decode/block.h"

namespace loopdock::vision {

constexpr size_t kLinearBlocksMax = 96;

// Best first.
std::vector<Block> FindLinearBlocks(const CellMap& map);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_DECODE_LINEAR_BLOCKS_H_
