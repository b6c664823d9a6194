// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_DECODE_QR_GRID_H_
#define LOOPDOCK_SERVICES_VISION_DECODE_QR_GRID_H_

// Lays the grid of a QR code over a picture by all its patterns (finders, timing, alignment), where
// readers that trust three finders and one alignment pattern go astray: on bent labels and at steep
// angles. Draws the modules anew, square and upright.
// Thread safety: safe from any thread.
// Limits: versions 1 to 12, 21 to 65 modules a side.

#include <opencv2/core.hpp>
#include <vector>

#include "services/vision/decode/module_grid.h"

namespace loopdock::vision {

// `grey` shows one symbol that fills most of it. The grids whose patterns fit, best first.
std::vector<DrawnGrid> FindQrGrids(const cv::Mat& grey);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_DECODE_QR_GRID_H_
