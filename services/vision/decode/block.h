// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_DECODE_BLOCK_H_
#define LOOPDOCK_SERVICES_VISION_DECODE_BLOCK_H_

// A turned rectangle of a picture in which a symbol may stand, and how it is cut out upright.
// Thread safety: safe from any thread.
// Limits: a crop has at most 2400 pixels a side.

#include <cmath>
#include <opencv2/core.hpp>

#include "services/vision/decode/read.h"

namespace loopdock::vision {

// In pixels of the picture.
struct Block {
  cv::Point2d center;
  // Along the reading direction, and across it.
  double width = 0;
  double height = 0;
  // Of the reading direction, in radians, clockwise from the x axis.
  double angle = 0;
};

// Clockwise from the top left in reading direction.
Corners CornersOf(const Block& block);

bool Holds(const Block& block, cv::Point2d point);

// Whether the symbol stands in the block, or the block in the symbol.
bool Covers(const Read& symbol, const Block& block);

// A block cut out, turned upright and scaled, with the way back.
struct Crop {
  cv::Mat grey;
  // From points of the crop to points of the picture.
  cv::Matx23d to_picture;
  // Pixels of the crop a pixel of the picture, along the block and across it.
  double scale() const { return 1 / std::hypot(to_picture(0, 0), to_picture(1, 0)); }
  double scale_across() const { return 1 / std::hypot(to_picture(0, 1), to_picture(1, 1)); }
};

// How a crop is scaled: bars keep more of their edges with cubic interpolation, modules do not.
enum class Interpolation { kLinear, kCubic };

// `margin_along` and `margin_across` in pixels of the picture; `scale` is reduced at the limit.
Crop CutOut(const cv::Mat& grey, const Block& block, double margin_along, double margin_across,
            double scale, Interpolation interpolation);

// The same for bars, which are all alike from end to end: only as many rows as the picture has, or
// as it takes to compare some.
Crop CutOutBars(const cv::Mat& grey, const Block& block, double margin_along, double margin_across,
                double scale);

// The read with its corners moved from the crop to the picture.
Read ToPicture(Read read, const Crop& crop);

// What the gradients say in each cell of a picture, for those who look for blocks.
struct CellMap {
  cv::Mat1f energy;
  // 0 to 1: how much the gradients of a cell agree in direction.
  cv::Mat1f coherence;
  // Of the gradient, modulo half a turn, in radians.
  cv::Mat1f angle;
  // Pixels of the picture a cell.
  double cell_px_x = 0;
  double cell_px_y = 0;

  // That of the cell at the 98th of 100 places, by which others are judged.
  float StrongEnergy() const;
  // The block with its lengths in cells as one in pixels of the picture.
  Block ToPixels(Block block) const;
};

// Empty maps for pictures smaller than 16 pixels a side, and where nothing but noise is to be seen.
CellMap MapCells(const cv::Mat& grey);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_DECODE_BLOCK_H_
