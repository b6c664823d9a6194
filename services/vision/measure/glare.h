// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_GLARE_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_GLARE_H_
// Where the picture is saturated. A lamp's reflection hides all that is below it. A light surface
// that only just reaches white where the light is strongest hides no more than what is too faint to
// be looked for anyway: marks are looked for there, but it is not called seen.
//
// Thread safety: pure function. Errors: cv::Exception only, caught by Measure.

#include <opencv2/core.hpp>

#include "services/vision/measure/parameters.h"

namespace loopdock::vision {

// Of the size of the mask given; 255 where set, empty where there is nothing of it.
struct Saturation {
  // By a lamp, with the halo around it.
  cv::Mat hidden;
  cv::Mat barely;
};

// `scale` is pixels a pixel at 1920.
Saturation FindSaturation(const cv::Mat& grey, const cv::Mat& mask, double scale,
                          const Parameters& parameters);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_GLARE_H_
