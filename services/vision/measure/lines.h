// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_LINES_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_LINES_H_
// Which lines a group of marks is made of: pieces that go on in one direction are one line, over
// gaps and through crossings; lines of different direction are different ones, however near.
//
// Thread safety: pure functions. Errors: cv::Exception only, caught by Measure.

#include <opencv2/core.hpp>
#include <vector>

#include "services/vision/measure/parameters.h"

namespace loopdock::vision {

struct Line {
  // In order from end to end; nothing in its gaps.
  std::vector<cv::Point> points;
  double length_px = 0;
  // Chord against path.
  double straightness = 1;
};

// Longest first, of a skeleton's branches; none where there are too many to be lines. `scale` is
// pixels a pixel at 1920.
std::vector<Line> FindLines(const std::vector<std::vector<cv::Point>>& branches, double scale,
                            const Parameters& parameters);

// Of `marks`, which are 255, those that belong to each of the lines, and at last the rest.
std::vector<cv::Mat> MarksOfLines(const cv::Mat& marks, const std::vector<Line>& lines,
                                  double scale, const Parameters& parameters);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_LINES_H_
