// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_DECODE_DATA_MATRIX_GRID_H_
#define LOOPDOCK_SERVICES_VISION_DECODE_DATA_MATRIX_GRID_H_

// Lays the grid of a square Data Matrix over a picture by its own border, solid on two sides and
// alternating on two (and between its regions), and draws the modules anew, square and upright.
// Thread safety: safe from any thread.
// Limits: 10 to 52 modules a side.

#include <opencv2/core.hpp>
#include <vector>

#include "services/vision/decode/module_grid.h"

namespace loopdock::vision {

// `grey` shows one symbol that fills most of it. The grids whose borders fit, best first; sizes are
// easily mistaken for each other, so only a reader can tell which is right.
std::vector<DrawnGrid> FindDataMatrixGrids(const cv::Mat& grey);

// The same where modules are not equally wide, as around a bottle or from a feed that slipped: by
// the two alternating sides, which say where every column and row lies (timing_track.h). Symbols of
// one region.
std::vector<DrawnGrid> FindTimedDataMatrixGrids(const cv::Mat& grey);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_DECODE_DATA_MATRIX_GRID_H_
