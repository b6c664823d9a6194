// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_SKELETON_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_SKELETON_H_
// The centre lines of a mark: their length, and how they branch.
//
// Thread safety: pure function. Errors: cv::Exception only, caught by Measure.

#include <opencv2/core.hpp>
#include <vector>

namespace loopdock::vision {

struct Skeleton {
  // Pixels of the centre lines, spurs left out.
  std::vector<cv::Point> points;
  // The lines between junctions, spurs left out, each in order from end to end.
  std::vector<std::vector<cv::Point>> branches;
  // Along the path, with the weights that make a digital line as long as the drawn one.
  double length_px = 0;
  // Places where at least three branches that are no spurs meet.
  int junctions = 0;
  // Chord against path of the branches, weighted by length: 1 for straight ones.
  double straightness = 1;
  // Mean level along the lines.
  double crest = 0;
};

// `mask` is 255 on the mark, `level` how much it stands out. Free ends shorter than `spur_px` that
// leave a junction are dropped. Free ends that are fainter than `faint_share` of the median level
// are the blur beyond the mark's true end: they are cut back, by at most `blur_px`.
Skeleton Thin(const cv::Mat& mask, const cv::Mat& level, double spur_px, double faint_share,
              int blur_px);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_SKELETON_H_
