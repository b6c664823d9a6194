// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/unread.h"

#include <algorithm>
#include <cmath>

namespace loopdock::vision {
namespace {

// Bars of a symbol are a good deal wider than high, and not as low as the stems of letters.
constexpr double kBarsWidthMin = 60;
constexpr double kBarsHeightMin = 12;
constexpr double kBarsSlimMin = 1.2;
constexpr double kBarsSlimMax = 14;
// A matrix symbol is about as wide as high.
constexpr double kMatrixSideMin = 30;
constexpr double kMatrixSlimMax = 1.35;

bool LooksLinear(const Block& block) {
  const double slim = block.width / block.height;
  return block.width >= kBarsWidthMin && block.height >= kBarsHeightMin && slim >= kBarsSlimMin &&
         slim <= kBarsSlimMax;
}

bool LooksMatrix(const Block& block) {
  const double longer = std::max(block.width, block.height);
  const double shorter = std::min(block.width, block.height);
  return shorter >= kMatrixSideMin && longer <= kMatrixSlimMax * shorter;
}

// Whether the middle of either lies near the other.
bool Overlap(const Block& a, const Block& b) {
  const cv::Point2d apart = a.center - b.center;
  return std::hypot(apart.x, apart.y) <
         (std::max(a.width, a.height) + std::max(b.width, b.height)) / 4;
}

}  // namespace

std::vector<Unread> FindUnread(Scene& scene) {
  std::vector<Unread> places;
  const auto add = [&places](bool linear, const Block& block) {
    const bool known = std::any_of(places.begin(), places.end(), [&](const Unread& other) {
      return linear != other.linear && Overlap(other.block, block);
    });
    if (!known) places.push_back({linear, block});
  };
  for (const Block& block : scene.bars()) {
    if (LooksLinear(block)) add(true, block);
  }
  for (const Block& block : scene.matrix_blocks()) {
    if (LooksMatrix(block)) add(false, block);
  }
  std::stable_sort(places.begin(), places.end(), [](const Unread& a, const Unread& b) {
    return a.block.width * a.block.height > b.block.width * b.block.height;
  });
  places.resize(std::min(places.size(), kUnreadMax));
  return places;
}

}  // namespace loopdock::vision
