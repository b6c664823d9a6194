// SPDX-License-Identifier: Apache-2.0
#include "services/vision/scale/blur.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace loopdock::vision {
namespace {

constexpr int kCorners = 4;
// Of a mark's side: the black between its edge and its bits.
constexpr double kBorderShare = 1.0 / 6;
// Looked at on both sides of an edge, in pixels: a narrower border shows no level of its own.
constexpr int kReachMinPx = 4;
constexpr int kReachMaxPx = 8;
constexpr int kPerPx = 4;
// Of an edge, from its corners; the rest is in the middle.
constexpr double kFromCorner = 0.25;
constexpr double kStepMin = 40;
constexpr size_t kEdgesMin = 8;

double Mean(const cv::Mat& profile, int from, int to) {
  return cv::mean(profile.colRange(from, to))[0];
}

// Across the edge from `a` to `b`, averaged along it: from outside the mark to its inside.
cv::Mat Across(const cv::Mat& grey, cv::Point2d a, cv::Point2d b, int reach) {
  const cv::Point2d along = b - a;
  const double length = cv::norm(along);
  // The corners of a mark run clockwise in a picture, so that its inside is on the right.
  const cv::Point2d inside = cv::Point2d(-along.y, along.x) / length;
  const int rows = std::max(1, static_cast<int>((1 - 2 * kFromCorner) * length));
  cv::Mat map(rows, 2 * reach * kPerPx + 1, CV_32FC2);
  for (int row = 0; row < rows; ++row) {
    const double share = kFromCorner + (1 - 2 * kFromCorner) * (row + 0.5) / rows;
    for (int x = 0; x < map.cols; ++x) {
      const double off = static_cast<double>(x) / kPerPx - reach;
      map.at<cv::Vec2f>(row, x) = cv::Vec2f(cv::Point2f(a + share * along + off * inside));
    }
  }
  cv::Mat light;
  cv::remap(grey, light, map, cv::noArray(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  cv::Mat profile;
  cv::reduce(light, profile, 0, cv::REDUCE_AVG, CV_32F);
  return profile;
}

// By its steepest part: of a step that a Gaussian blurs the slope is step / (sigma sqrt(2 pi)).
double SigmaOf(const cv::Mat& profile) {
  const int quarter = profile.cols / 4;
  const double step =
      Mean(profile, 0, quarter) - Mean(profile, profile.cols - quarter, profile.cols);
  double steepest = 0;
  for (int x = 1; x + 1 < profile.cols; ++x) {
    const double slope = (profile.at<float>(x - 1) - profile.at<float>(x + 1)) * kPerPx / 2.0;
    steepest = std::max(steepest, slope);
  }
  return step < kStepMin || steepest <= 0 ? 0 : step / (steepest * std::sqrt(2 * CV_PI));
}

}  // namespace

double BlurOf(const cv::Mat& grey, const v1::BoardView& view) {
  std::vector<double> sigmas;
  for (int first = 0; first + kCorners <= view.points_size(); first += kCorners) {
    std::vector<cv::Point2d> mark;
    for (int i = 0; i < kCorners; ++i) {
      mark.emplace_back(view.points(first + i).x(), view.points(first + i).y());
    }
    for (int i = 0; i < kCorners; ++i) {
      const cv::Point2d& a = mark[static_cast<size_t>(i)];
      const cv::Point2d& b = mark[static_cast<size_t>((i + 1) % kCorners)];
      const int reach = std::min(kReachMaxPx, static_cast<int>(kBorderShare * cv::norm(b - a)));
      if (reach < kReachMinPx) continue;
      const double sigma = SigmaOf(Across(grey, a, b, reach));
      if (sigma > 0) sigmas.push_back(sigma);
    }
  }
  if (sigmas.size() < kEdgesMin) return 0;
  const auto middle = sigmas.begin() + static_cast<std::ptrdiff_t>(sigmas.size() / 2);
  std::nth_element(sigmas.begin(), middle, sigmas.end());
  return *middle;
}

}  // namespace loopdock::vision
