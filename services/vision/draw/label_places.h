// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_DRAW_LABEL_PLACES_H_
#define LOOPDOCK_SERVICES_VISION_DRAW_LABEL_PLACES_H_

// Finds places for labels: near what they name, on nothing that matters, not on each other.
// Thread safety: for one thread at a time.

#include <opencv2/core.hpp>
#include <optional>
#include <vector>

namespace loopdock::vision {

class LabelPlaces {
 public:
  explicit LabelPlaces(cv::Size canvas) : taken_(cv::Mat::zeros(canvas, CV_8U)) {}

  // What a label should not cover: 255 on a defect, from `top_left` on. Place adds its labels.
  void Keep(const cv::Mat& mask, cv::Point top_left) {
    taken_(cv::Rect(top_left, mask.size())) |= mask;
  }
  void Keep(const cv::Rect& box);

  struct Placed {
    cv::Rect box;
    // Which of the points it stands beside.
    cv::Point beside;
  };
  // The best place for a label of this size beside one of the points, `clear` pixels away from it
  // or further, which is then taken; nothing when every place would lie mostly on something else.
  std::optional<Placed> Place(cv::Size label, const std::vector<cv::Point>& points, int clear);

 private:
  cv::Mat taken_;
};

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_DRAW_LABEL_PLACES_H_
