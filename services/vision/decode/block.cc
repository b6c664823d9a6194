// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/block.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace loopdock::vision {
namespace {

constexpr int kSearchSideMax = 3200;
constexpr int kSideMin = 16;
constexpr double kCropSideMax = 2400;
// Rows of a crop of bars for which low ones are enlarged.
constexpr double kBarRows = 80;
constexpr double kStrongShare = 0.98;
// Of the strongest cells: the noise of a camera has a third of it, faint bars several times as
// much.
constexpr double kEnergyMin = 9000;

// Cells are smaller in small pictures, where bars are thin.
int CellSize(int side) { return side >= 1000 ? 8 : side >= 500 ? 6 : 4; }

// `size`, in pixels of the picture, around the middle of the block.
Crop CutOutScaled(const cv::Mat& grey, const Block& block, cv::Size2d size, double scale_along,
                  double scale_across, Interpolation interpolation) {
  const cv::Point2d direction(std::cos(block.angle), std::sin(block.angle));
  const cv::Point2d along = direction / scale_along;
  const cv::Point2d across = cv::Point2d(-direction.y, direction.x) / scale_across;
  const cv::Size px(std::max(2, cvRound(size.width * scale_along)),
                    std::max(2, cvRound(size.height * scale_across)));
  const cv::Point2d origin = block.center - along * (px.width / 2.0) - across * (px.height / 2.0);
  Crop crop;
  crop.to_picture = {along.x, across.x, origin.x, along.y, across.y, origin.y};
  const int method = interpolation == Interpolation::kCubic ? cv::INTER_CUBIC : cv::INTER_LINEAR;
  cv::warpAffine(grey, crop.grey, crop.to_picture, px, method | cv::WARP_INVERSE_MAP,
                 cv::BORDER_REPLICATE);
  return crop;
}

}  // namespace

Corners CornersOf(const Block& block) {
  const cv::Point2d along = cv::Point2d(std::cos(block.angle), std::sin(block.angle));
  const cv::Point2d across = cv::Point2d(-along.y, along.x) * (block.height / 2);
  const cv::Point2d half = along * (block.width / 2);
  return {block.center - half - across, block.center + half - across, block.center + half + across,
          block.center - half + across};
}

bool Holds(const Block& block, cv::Point2d point) {
  const cv::Point2d along(std::cos(block.angle), std::sin(block.angle));
  const cv::Point2d across(-along.y, along.x);
  const cv::Point2d offset = point - block.center;
  return std::abs(offset.dot(along)) <= block.width / 2 &&
         std::abs(offset.dot(across)) <= block.height / 2;
}

bool Covers(const Read& symbol, const Block& block) {
  cv::Point2d middle;
  std::vector<cv::Point2f> outline;
  for (const cv::Point2d& corner : symbol.corners) {
    middle += corner / 4;
    outline.emplace_back(corner);
  }
  return Holds(block, middle) ||
         cv::pointPolygonTest(outline, cv::Point2f(block.center), false) >= 0;
}

Crop CutOut(const cv::Mat& grey, const Block& block, double margin_along, double margin_across,
            double scale, Interpolation interpolation) {
  const cv::Size2d size(block.width + 2 * margin_along, block.height + 2 * margin_across);
  const double used = std::min(scale, kCropSideMax / std::max(size.width, size.height));
  return CutOutScaled(grey, block, size, used, used, interpolation);
}

Crop CutOutBars(const cv::Mat& grey, const Block& block, double margin_along, double margin_across,
                double scale) {
  const cv::Size2d size(block.width + 2 * margin_along, block.height + 2 * margin_across);
  const double used = std::min(scale, kCropSideMax / std::max(size.width, size.height));
  const double rows = std::min(used, std::max(1.0, kBarRows / size.height));
  return CutOutScaled(grey, block, size, used, rows, Interpolation::kCubic);
}

Read ToPicture(Read read, const Crop& crop) {
  for (cv::Point2d& corner : read.corners) {
    const cv::Vec2d moved = crop.to_picture * cv::Vec3d(corner.x, corner.y, 1);
    corner = {moved[0], moved[1]};
  }
  return read;
}

float CellMap::StrongEnergy() const {
  std::vector<float> sorted(energy.begin(), energy.end());
  if (sorted.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(kStrongShare * double(sorted.size() - 1));
  std::nth_element(sorted.begin(), sorted.begin() + at, sorted.end());
  return sorted[static_cast<size_t>(at)];
}

Block CellMap::ToPixels(Block block) const {
  block.center = {block.center.x * cell_px_x, block.center.y * cell_px_y};
  block.width *= cell_px_x;
  block.height *= cell_px_y;
  return block;
}

CellMap MapCells(const cv::Mat& grey) {
  CellMap map;
  if (std::min(grey.cols, grey.rows) < kSideMin) return map;
  const double shrink = std::max(1.0, double(std::max(grey.cols, grey.rows)) / kSearchSideMax);
  cv::Mat small = grey;
  if (shrink > 1) {
    const cv::Size size(std::max(1, cvRound(grey.cols / shrink)),
                        std::max(1, cvRound(grey.rows / shrink)));
    cv::resize(grey, small, size, 0, 0, cv::INTER_AREA);
  }
  const int cell = CellSize(std::max(small.cols, small.rows));
  const cv::Size cells(std::max(1, small.cols / cell), std::max(1, small.rows / cell));
  map.cell_px_x = double(grey.cols) / cells.width;
  map.cell_px_y = double(grey.rows) / cells.height;
  cv::Mat1f dx;
  cv::Mat1f dy;
  cv::Scharr(small, dx, CV_32F, 1, 0);
  cv::Scharr(small, dy, CV_32F, 0, 1);
  const auto average = [&cells](const cv::Mat1f& a, const cv::Mat1f& b) {
    cv::Mat1f product;
    cv::Mat1f mean;
    cv::multiply(a, b, product);
    cv::resize(product, mean, cells, 0, 0, cv::INTER_AREA);
    cv::blur(mean, mean, {3, 3});
    return mean;
  };
  const cv::Mat1f xx = average(dx, dx);
  const cv::Mat1f yy = average(dy, dy);
  const cv::Mat1f xy = average(dx, dy);
  cv::add(xx, yy, map.energy);
  double strongest = 0;
  cv::minMaxLoc(map.energy, nullptr, &strongest);
  if (strongest < kEnergyMin) return {};
  map.coherence.create(cells);
  map.angle.create(cells);
  for (int y = 0; y < cells.height; ++y) {
    for (int x = 0; x < cells.width; ++x) {
      const float difference = xx(y, x) - yy(y, x);
      const float cross = 2 * xy(y, x);
      map.coherence(y, x) = std::hypot(difference, cross) / (map.energy(y, x) + 1e-3F);
      map.angle(y, x) = 0.5F * std::atan2(cross, difference);
    }
  }
  return map;
}

}  // namespace loopdock::vision
