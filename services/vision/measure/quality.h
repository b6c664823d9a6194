// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_QUALITY_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_QUALITY_H_
// The gate before any grade: is the picture good enough? A refused one says why and what to do.
//
// Thread safety: pure function. Errors: cv::Exception only, caught by Measure.

#include <opencv2/core.hpp>

#include "loopdock/vision/v1/vision.pb.h"
#include "services/vision/measure/find_device.h"
#include "services/vision/measure/inspected_area.h"
#include "services/vision/measure/parameters.h"

namespace loopdock::vision {

// Blur of the mat's marks, a Gaussian's standard deviation in pixels; 0 where none is known.
struct MatBlur {
  double picture_px = 0;
  double working_px = 0;
};

// `grey` is the working picture. Reasons: IMAGE_TOO_SMALL, EXPOSURE, DEVICE_NOT_FOUND,
// SEVERAL_DEVICES, DEVICE_CUT_OFF, SCREEN_ON, FOCUS, GLARE.
v1::Quality JudgeQuality(const cv::Mat& grey, const Device& device, v1::Face face,
                         const InspectedArea& area, const MatBlur& mat, double scale,
                         const Parameters& parameters);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_QUALITY_H_
