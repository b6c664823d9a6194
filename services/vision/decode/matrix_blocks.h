// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_DECODE_MATRIX_BLOCKS_H_
#define LOOPDOCK_SERVICES_VISION_DECODE_MATRIX_BLOCKS_H_

// Finds where in a picture a matrix symbol may stand: dense detail in all directions on a compact
// area.
// Thread safety: safe from any thread.
// Limits: kMatrixBlocksMax blocks.

#include <vector>

#include "services/vision/decode/block.h"

namespace loopdock::vision {

constexpr size_t kMatrixBlocksMax = 64;

// Largest first; the angle is that of the block's own sides, less than a quarter turn.
std::vector<Block> FindMatrixBlocks(const CellMap& map);

// The same of all dense detail, bars included: PDF417 and symbols of few large modules show a
// direction in most of their cells.
std::vector<Block> FindInkBlocks(const CellMap& map);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_DECODE_MATRIX_BLOCKS_H_
