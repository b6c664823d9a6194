// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/matrix_blocks.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

namespace loopdock::vision {
namespace {

constexpr float kEnergyShareMin = 0.15F;
constexpr float kCoherenceMax = 0.75F;
constexpr float kAnyCoherence = 2;
constexpr int kCellsMin = 9;
constexpr double kSideCellsMin = 2.5;
constexpr double kSlimMax = 4;
constexpr double kInkSlimMax = 14;
constexpr double kFillMin = 0.45;

std::vector<Block> FindDense(const CellMap& map, float coherence_max, double slim_max) {
  if (map.energy.empty()) return {};
  const float energy_min = kEnergyShareMin * map.StrongEnergy();
  cv::Mat dense = (map.energy > energy_min) & (map.coherence < coherence_max);
  const cv::Mat square = cv::getStructuringElement(cv::MORPH_RECT, {3, 3});
  cv::morphologyEx(dense, dense, cv::MORPH_CLOSE, square);
  cv::morphologyEx(dense, dense, cv::MORPH_OPEN, square);
  std::vector<std::vector<cv::Point>> outlines;
  cv::findContours(dense, outlines, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
  std::vector<Block> blocks;
  for (const std::vector<cv::Point>& outline : outlines) {
    if (static_cast<int>(outline.size()) < kCellsMin) continue;
    const cv::RotatedRect box = cv::minAreaRect(outline);
    // The outline runs through the middle of its cells.
    const double width = box.size.width + 1;
    const double height = box.size.height + 1;
    const double area = cv::contourArea(outline) + 0.5 * static_cast<double>(outline.size()) + 1;
    const double slim = std::max(width, height) / std::min(width, height);
    if (std::min(width, height) < kSideCellsMin || slim > slim_max) continue;
    if (area / (width * height) < kFillMin) continue;
    Block block;
    block.center = {box.center.x + 0.5, box.center.y + 0.5};
    block.width = width;
    block.height = height;
    block.angle = box.angle * CV_PI / 180;
    blocks.push_back(map.ToPixels(block));
  }
  std::stable_sort(blocks.begin(), blocks.end(), [](const Block& a, const Block& b) {
    return a.width * a.height > b.width * b.height;
  });
  if (blocks.size() > kMatrixBlocksMax) blocks.resize(kMatrixBlocksMax);
  return blocks;
}

}  // namespace

std::vector<Block> FindMatrixBlocks(const CellMap& map) {
  return FindDense(map, kCoherenceMax, kSlimMax);
}

std::vector<Block> FindInkBlocks(const CellMap& map) {
  return FindDense(map, kAnyCoherence, kInkSlimMax);
}

}  // namespace loopdock::vision
