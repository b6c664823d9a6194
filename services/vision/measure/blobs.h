// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_BLOBS_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_BLOBS_H_
// Step 6 of measuring: spots and patches that stand out by their level alone.
//
// Thread safety: pure function. Errors: cv::Exception only, caught by Measure.

#include <opencv2/core.hpp>

#include "services/vision/measure/parameters.h"

namespace loopdock::vision {

// 255 where a spot is. `both_signs` also takes spots darker than the surface.
cv::Mat FindBlobs(const cv::Mat& flat, const cv::Mat& mask, double scale, bool both_signs,
                  const Parameters& parameters);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_BLOBS_H_
