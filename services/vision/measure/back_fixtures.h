// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_BACK_FIXTURES_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_BACK_FIXTURES_H_
// What a back has beside its cameras, found before any mark is: seams across a body of metal, and a
// logo on its middle line. Once marks are joined it is too late: a scratch that meets a seam is one
// region with it, and of a faint logo only a piece is marked.
//
// Thread safety: pure functions. Errors: cv::Exception only, caught by Measure.

#include <opencv2/core.hpp>
#include <vector>

#include "services/vision/measure/inspected_area.h"
#include "services/vision/measure/parameters.h"
#include "services/vision/measure/report.h"

namespace loopdock::vision {

// In working pixels, as `grey` and `frame` are.
std::vector<LeftOut> FindBackFixtures(const cv::Mat& grey, const FaceFrame& frame,
                                      const Parameters& parameters);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_BACK_FIXTURES_H_
