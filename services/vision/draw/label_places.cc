// SPDX-License-Identifier: Apache-2.0
#include "services/vision/draw/label_places.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace loopdock::vision {
namespace {

constexpr std::array<int, 8> kDistances = {6, 20, 44, 80, 130, 200, 290, 400};
constexpr int kDirections = 16;
// Any place that covers nothing is better than one that does, however near.
constexpr double kCoverPx = 10'000;
constexpr double kCoveredMax = 0.5;

}  // namespace

void LabelPlaces::Keep(const cv::Rect& box) {
  const cv::Rect inside = box & cv::Rect(cv::Point(0, 0), taken_.size());
  if (!inside.empty()) taken_(inside).setTo(255);
}

std::optional<LabelPlaces::Placed> LabelPlaces::Place(cv::Size label,
                                                      const std::vector<cv::Point>& points,
                                                      int clear) {
  const cv::Rect canvas(cv::Point(0, 0), taken_.size());
  std::optional<Placed> best;
  double least = 0;
  for (const int distance : kDistances) {
    for (const cv::Point& beside : points) {
      for (int direction = 0; direction < kDirections; ++direction) {
        // To the right first, which is where one looks for it.
        const double angle = 2 * CV_PI * direction / kDirections;
        const double away = clear + distance;
        const cv::Point corner(
            beside.x + cvRound(std::cos(angle) * (label.width / 2.0 + away) - label.width / 2.0),
            beside.y + cvRound(std::sin(angle) * (label.height / 2.0 + away) - label.height / 2.0));
        const cv::Rect box(corner, label);
        if ((box & canvas) != box) continue;
        const double covered =
            static_cast<double>(cv::countNonZero(taken_(box))) / std::max(1, box.area());
        if (covered > kCoveredMax) continue;
        const double cost = covered > 0 ? kCoverPx * (1 + covered) : distance;
        if (best.has_value() && cost >= least) continue;
        best = Placed{box, beside};
        least = cost;
      }
    }
  }
  if (best.has_value()) Keep(best->box + cv::Size(4, 4) - cv::Point(2, 2));
  return best;
}

}  // namespace loopdock::vision
