// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_DECODE_EAN_LAYOUT_H_
#define LOOPDOCK_SERVICES_VISION_DECODE_EAN_LAYOUT_H_

// Finds where on a line of grey levels the parts of a symbol may stand, by dynamic programming
// over the place and the width of every part: a label may be curved, and light may change.
// Thread safety: safe from any thread.

#include <optional>
#include <vector>

#include "services/vision/decode/ean_model.h"

namespace loopdock::vision::ean {

// How wide a digit may be, over 7 * kGrid samples.
constexpr double kStretchMin = 1 - 4.0 / (7 * kGrid);
constexpr double kStretchMax = 1 + 4.0 / (7 * kGrid);

// Nothing when the grid is too short.
std::optional<Layout> LayOut(const std::vector<float>& grid, Parts parts, double blur);

// The same ends with every module as wide as the others: where bars have melted together, the
// places in between are worth less than those of the ends.
Layout Straightened(Layout layout);

// As seen from the other end of a grid of `size` samples.
Layout Reversed(const Layout& layout, size_t size);

}  // namespace loopdock::vision::ean

#endif  // LOOPDOCK_SERVICES_VISION_DECODE_EAN_LAYOUT_H_
