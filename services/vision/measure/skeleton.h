// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_SKELETON_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_SKELETON_H_
// The centre lines of a mark: their length, and how they branch.
//
// Thread safety: pure function. Errors: cv::Exception only, caught by Measure.

#include <vector>

#include <opencv2/core.hpp>

namespace loopdock::vision {

struct Skeleton {
  // Pixels of the centre lines, spurs left out.
  std::vector<cv::Point> points;
  // Along the path, with the weights that make a digital line as long as the drawn one.
  double length_px = 0;
  // Places where at least three branches that are no spurs meet.
  int junctions = 0;
  // Chord against path of the branches, weighted by length: 1 for straight ones.
  double straightness = 1;
};

// `mask` is 255 on the mark. Free ends shorter than `spur_px` that leave a junction are dropped.
Skeleton Thin(const cv::Mat& mask, double spur_px);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_SKELETON_H_
