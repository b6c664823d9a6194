// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/linear_blocks.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <utility>

namespace loopdock::vision {
namespace {

constexpr float kCoherenceMin = 0.45F;
constexpr double kEnergyShareMin = 0.06;
// In cells: how far a region jumps over a gap.
constexpr int kReach = 2;
// In radians: how much a cell may turn from its region, and from its neighbour.
constexpr double kTurnRegion = 0.30;
constexpr double kTurnNeighbour = 0.25;
constexpr size_t kCellsMin = 10;
constexpr double kWidthCellsMin = 5;
constexpr double kSlimMax = 4;
constexpr double kFillMin = 0.3;
// A line and what smoothing makes of it is less wide.
constexpr int kThinCells = 5;

// The smallest turn between two directions that have no sense.
double Turn(double a, double b) { return std::abs(std::remainder(a - b, std::numbers::pi)); }

cv::Mat1b CandidateCells(const CellMap& map) {
  const double energy_min = kEnergyShareMin * map.StrongEnergy();
  const cv::Mat candidates = (map.energy > energy_min) & (map.coherence > kCoherenceMin);
  return cv::Mat1b(candidates);
}

// Takes from `free` the cells that belong to the bars at `seed`.
std::vector<cv::Point> Grow(const CellMap& map, cv::Mat1b& free, cv::Point seed, double* angle) {
  std::vector<cv::Point> cells = {seed};
  free(seed) = 0;
  double sum_sin = std::sin(2.0 * map.angle(seed));
  double sum_cos = std::cos(2.0 * map.angle(seed));
  for (size_t next = 0; next < cells.size(); ++next) {
    const cv::Point from = cells[next];
    for (int y = std::max(0, from.y - kReach); y <= std::min(free.rows - 1, from.y + kReach); ++y) {
      for (int x = std::max(0, from.x - kReach); x <= std::min(free.cols - 1, from.x + kReach);
           ++x) {
        if (free(y, x) == 0) continue;
        const double here = map.angle(y, x);
        if (Turn(here, map.angle(from)) > kTurnNeighbour) continue;
        if (Turn(here, 0.5 * std::atan2(sum_sin, sum_cos)) > kTurnRegion) continue;
        free(y, x) = 0;
        cells.emplace_back(x, y);
        sum_sin += std::sin(2 * here);
        sum_cos += std::cos(2 * here);
      }
    }
  }
  *angle = 0.5 * std::atan2(sum_sin, sum_cos);
  return cells;
}

// The block around the cells, in cells, and its rank; rank 0 when it cannot be bars.
std::pair<double, Block> BlockOf(const CellMap& map, const std::vector<cv::Point>& cells,
                                 double angle) {
  const cv::Point2d along(std::cos(angle), std::sin(angle));
  const cv::Point2d across(-along.y, along.x);
  double low_u = 1e9;
  double high_u = -1e9;
  double low_v = 1e9;
  double high_v = -1e9;
  double energy = 0;
  for (const cv::Point& cell : cells) {
    const cv::Point2d middle(cell.x + 0.5, cell.y + 0.5);
    low_u = std::min(low_u, middle.dot(along) - 0.5);
    high_u = std::max(high_u, middle.dot(along) + 0.5);
    low_v = std::min(low_v, middle.dot(across) - 0.5);
    high_v = std::max(high_v, middle.dot(across) + 0.5);
    energy += map.energy(cell);
  }
  Block block;
  block.width = high_u - low_u;
  block.height = high_v - low_v;
  block.angle = angle;
  block.center = along * ((low_u + high_u) / 2) + across * ((low_v + high_v) / 2);
  const double fill = double(cells.size()) / (block.width * block.height);
  const bool bars = cells.size() >= kCellsMin && block.width >= kWidthCellsMin &&
                    block.height <= kSlimMax * block.width && fill >= kFillMin;
  return {bars ? energy * fill : 0, block};
}

}  // namespace

std::vector<Block> FindLinearBlocks(const CellMap& map) {
  if (map.energy.empty()) return {};
  cv::Mat1b free = CandidateCells(map);
  cv::Mat1b rejected(free.size(), uchar{0});
  std::vector<std::pair<double, Block>> found;
  const auto find = [&] {
    for (int y = 0; y < free.rows; ++y) {
      for (int x = 0; x < free.cols; ++x) {
        if (free(y, x) == 0) continue;
        double angle = 0;
        const std::vector<cv::Point> cells = Grow(map, free, {x, y}, &angle);
        const auto ranked = BlockOf(map, cells, angle);
        if (ranked.first > 0) {
          found.push_back(ranked);
        } else {
          for (const cv::Point& cell : cells) rejected(cell) = 255;
        }
      }
    }
  };
  find();
  // A line that runs on, such as the edge of a box, makes a shape of bars that can be none: without
  // what is so thin they are looked at once more.
  cv::morphologyEx(rejected, free, cv::MORPH_OPEN,
                   cv::getStructuringElement(cv::MORPH_RECT, {kThinCells, kThinCells}));
  find();
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<Block> blocks;
  for (const auto& [rank, block] : found) {
    if (blocks.size() == kLinearBlocksMax) break;
    blocks.push_back(map.ToPixels(block));
  }
  return blocks;
}

}  // namespace loopdock::vision
