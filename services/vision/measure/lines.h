// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_LINES_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_LINES_H_
// Step 5 of measuring: thin lines. A ridge filter, its response held against the noise around.
//
// Thread safety: pure functions. Errors: cv::Exception only, caught by Measure.

#include <opencv2/core.hpp>

#include "services/vision/measure/parameters.h"

namespace loopdock::vision {

// 255 where a line is. `both_signs` also takes lines darker than the surface.
cv::Mat FindLines(const cv::Mat& flat, const cv::Mat& mask, double scale, bool both_signs,
                  const Parameters& parameters);

// 255 where `values` reach `low` in a part (8-connected) that reaches `high` somewhere, within the
// mask. Parts whose bounding box has a diagonal under `diagonal_min` or whose area is under
// `area_min` are left out.
cv::Mat Hysteresis(const cv::Mat& values, const cv::Mat& mask, double low, double high,
                   double diagonal_min, double area_min);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_LINES_H_
