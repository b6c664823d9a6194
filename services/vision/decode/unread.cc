// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/unread.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace loopdock::vision {
namespace {

constexpr int kUnreadMax = 16;
constexpr double kSideMin = 24;
// A matrix symbol is about as wide as high; a line of print is not.
constexpr double kMatrixSlimMax = 1.4;
// The shortest symbols have more edges; a tear takes some.
constexpr int kEdgesMin = 16;
// Between light and dark, in grey levels, of a profile or a place.
constexpr double kContrastMin = 30;

struct Place {
  const char* kind;
  Block block;
};

bool HasContrast(const cv::Mat& grey, const Block& block) {
  const Crop crop = CutOut(grey, block, 0, 0, 1, Interpolation::kLinear);
  cv::Scalar mean;
  cv::Scalar deviation;
  cv::meanStdDev(crop.grey, mean, deviation);
  return 2 * deviation[0] >= kContrastMin;
}

cv::RotatedRect RectOf(const Block& block) {
  return {cv::Point2f(block.center), cv::Size2f(float(block.width), float(block.height)),
          float(block.angle * 180 / CV_PI)};
}

bool Overlap(const Block& a, const Block& b) {
  std::vector<cv::Point2f> common;
  return cv::rotatedRectangleIntersection(RectOf(a), RectOf(b), common) != cv::INTERSECT_NONE;
}

void Add(const Place& place, v1::DecodeResult& result) {
  v1::UnreadSymbol* unread = result.add_unread();
  unread->set_kind(place.kind);
  for (const cv::Point2d& corner : CornersOf(place.block)) {
    v1::Point* point = unread->add_corners();
    point->set_x(corner.x);
    point->set_y(corner.y);
  }
}

}  // namespace

bool HasBars(const cv::Mat& grey, const Block& block) {
  const Crop crop = CutOut(grey, block, 0, -block.height / 4, 1, Interpolation::kLinear);
  cv::Mat1f profile;
  cv::reduce(crop.grey, profile, 0, cv::REDUCE_AVG, CV_32F);
  double low = 0;
  double high = 0;
  cv::minMaxLoc(profile, &low, &high);
  if (high - low < kContrastMin) return false;
  const double middle = (low + high) / 2;
  const double dead = (high - low) / 8;
  int edges = 0;
  bool dark = profile(0, 0) < middle;
  for (const float level : profile) {
    if (dark ? level > middle + dead : level < middle - dead) {
      dark = !dark;
      ++edges;
    }
  }
  return edges >= kEdgesMin;
}

void AddUnread(const cv::Mat& grey, const std::vector<Block>& linear,
               const std::vector<Block>& matrix, v1::DecodeResult& result) {
  std::vector<Place> places;
  const auto is_small = [](const Block& block) {
    return std::min(block.width, block.height) < kSideMin;
  };
  for (const Block& block : linear) {
    if (!is_small(block) && HasBars(grey, block)) places.push_back({"linear", block});
  }
  for (const Block& block : matrix) {
    const double longer = std::max(block.width, block.height);
    const bool square = longer <= kMatrixSlimMax * std::min(block.width, block.height);
    if (square && !is_small(block) && HasContrast(grey, block)) places.push_back({"matrix", block});
  }
  std::stable_sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
    return a.block.width * a.block.height > b.block.width * b.block.height;
  });
  std::vector<Place> told;
  for (const Place& place : places) {
    if (static_cast<int>(told.size()) == kUnreadMax) break;
    const bool known = std::any_of(told.begin(), told.end(), [&place](const Place& other) {
      return Overlap(place.block, other.block);
    });
    if (!known) told.push_back(place);
  }
  for (const Place& place : told) Add(place, result);
}

}  // namespace loopdock::vision
