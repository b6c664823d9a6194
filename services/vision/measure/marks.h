// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_MARKS_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_MARKS_H_
// Steps 5 and 6 of measuring: pixels that stand out. Thin lines by a ridge filter whose response is
// held against the noise around, patches by their level. Works in strips of rows, so that a large
// picture needs little more memory than its marks.
//
// Thread safety: pure functions. Errors: cv::Exception only, caught by Measure.

#include <opencv2/core.hpp>

#include "services/vision/measure/parameters.h"
#include "services/vision/measure/surface.h"

namespace loopdock::vision {

// What to look at; all of one size.
struct MarkField {
  cv::Mat grey;
  // 255 where to look.
  cv::Mat mask;
  // Pixels a pixel at 1920.
  double scale = 1;
  // Also what is darker than the surface.
  bool both_signs = false;
  // Shortest diagonal of a line, in pixels, and of one that stands out very much.
  double line_min_px = 28;
  double bright_line_min_px = 28;
  // The same place of a clean device of the same model; empty when there is none. A line must stand
  // out more than its lines, and there are no patches where it has some.
  cv::Mat reference;
  // Patches too, not only lines.
  bool patches = true;
};

// 255 where something stands out.
cv::Mat FindMarks(const MarkField& field, const Surface& surface, const Parameters& parameters);

// Response of the ridge filter on grey levels above the surface: high on a bright line (on any line
// with `both_signs`), whatever its direction. Half as many grey levels a pixel squared.
cv::Mat Ridge(const cv::Mat& smooth, bool both_signs);

// What makes a part of marks stay: the diagonal of its bounding box, a smaller one where it holds
// something very strong, and its area.
struct PartMin {
  double diagonal = 0;
  double very_strong_diagonal = 0;
  double area = 0;
};

// Keeps of `candidates` (0 none, 1 weak, 2 strong, 3 very strong) the parts, 8-connected, that hold
// something strong and are large enough; they become 255, all else 0.
void KeepStrong(const PartMin& least, cv::Mat& candidates);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_MARKS_H_
