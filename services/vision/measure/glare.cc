// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/glare.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "services/vision/measure/masks.h"

namespace loopdock::vision {
namespace {

// Side of a cell of the reduced copy that the surface is looked at on, in pixels at 1920.
constexpr double kCellPx = 8;
// How far beside a spot the surface is looked at, in cells.
constexpr int kBesideCells = 5;

// How far beyond white the light under a spot rises at most, if it goes on as it does beside it;
// infinite where nothing is seen beside it.
double RisesOver(const cv::Mat& cells, const cv::Mat& open, const cv::Mat& spot,
                 const Parameters& p) {
  cv::Mat depth;
  cv::Mat beside;
  cv::distanceTransform(spot, depth, cv::DIST_L2, 3);
  cv::distanceTransform(~spot, beside, cv::DIST_L2, 3);
  const cv::Mat ring = (beside > kBesideCells - 1) & (beside <= kBesideCells) & open;
  const std::vector<unsigned char> levels = LevelsIn(cells, ring);
  if (levels.empty()) return std::numeric_limits<double>::infinity();
  double deepest = 0;
  cv::minMaxLoc(depth, nullptr, &deepest);
  return deepest * (p.glare_level - Percentile(levels, 0.5)) / kBesideCells;
}

// Those of the spots that a light surface reaches by itself, as its light grows.
cv::Mat BarelyWhite(const cv::Mat& grey, const cv::Mat& mask, const cv::Mat& saturated,
                    double scale, const Parameters& p) {
  const double side = std::max(1.0, kCellPx * scale);
  const cv::Size size(std::max(1, static_cast<int>(std::lround(grey.cols / side))),
                      std::max(1, static_cast<int>(std::lround(grey.rows / side))));
  cv::Mat cells;
  cv::Mat inside;
  cv::Mat over;
  cv::resize(grey, cells, size, 0, 0, cv::INTER_AREA);
  cv::resize(mask, inside, size, 0, 0, cv::INTER_AREA);
  cv::resize(saturated, over, size, 0, 0, cv::INTER_AREA);
  over = over > 0;
  const cv::Mat open = (inside == 255) & ~over;
  cv::Mat barely = cv::Mat::zeros(size, CV_8U);
  if (cv::countNonZero(open) >= p.barely_open_min * cv::countNonZero(inside == 255)) {
    std::vector<std::vector<cv::Point>> contours;
    cv::findContours(over, contours, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
    for (size_t i = 0; i < contours.size(); ++i) {
      cv::Mat spot = cv::Mat::zeros(size, CV_8U);
      cv::drawContours(spot, contours, static_cast<int>(i), cv::Scalar(255), cv::FILLED);
      if (RisesOver(cells, open, spot, p) <= p.glare_over_max) barely |= spot;
    }
  }
  cv::resize(barely, barely, grey.size(), 0, 0, cv::INTER_NEAREST);
  return barely;
}

cv::Mat WithHalo(const cv::Mat& spots, double scale, const Parameters& p) {
  cv::Mat wider;
  const int halo = 2 * static_cast<int>(std::lround(p.glare_halo_px * scale)) + 1;
  cv::dilate(spots, wider, cv::Mat::ones(halo, halo, CV_8U));
  return wider;
}

}  // namespace

Saturation FindSaturation(const cv::Mat& grey, const cv::Mat& mask, double scale,
                          const Parameters& p) {
  Saturation found;
  cv::Mat saturated = grey >= p.glare_level;
  saturated &= mask;
  if (cv::countNonZero(saturated) == 0) return found;
  // Smaller spots are marks.
  const int side = std::max(3, static_cast<int>(std::lround(p.glare_spot_px * scale)));
  cv::morphologyEx(saturated, saturated, cv::MORPH_OPEN, cv::Mat::ones(side, side, CV_8U));
  if (cv::countNonZero(saturated) == 0) return found;
  const cv::Mat barely = BarelyWhite(grey, mask, saturated, scale, p);
  saturated &= ~barely;
  if (cv::countNonZero(saturated) > 0) found.hidden = WithHalo(saturated, scale, p);
  if (cv::countNonZero(barely) == 0) return found;
  found.barely = WithHalo(barely, scale, p) & mask;
  if (!found.hidden.empty()) found.barely &= ~found.hidden;
  return found;
}

}  // namespace loopdock::vision
