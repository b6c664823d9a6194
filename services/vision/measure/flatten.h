// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_FLATTEN_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_FLATTEN_H_
// Step 4 of measuring: takes the soft shape of the surface (shading, the camera's own reflection)
// away, so that what stands out from its surroundings is left.
//
// Thread safety: pure function. Errors: cv::Exception only, caught by Measure.

#include <opencv2/core.hpp>

#include "services/vision/measure/parameters.h"

namespace loopdock::vision {

// Grey levels above the large median, as floats; the size of `grey`.
cv::Mat Flatten(const cv::Mat& grey, double scale, const Parameters& parameters);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_FLATTEN_H_
