// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_LIT_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_LIT_H_
// Whether the display shines. Light from outside, dust and stains do not care where the display
// ends, a page does: it begins all along the same straight line behind its bezel. What shines on
// a black page is told by its shape: an upright window on the middle, digits of one height on one
// line, lines of writing.
//
// Thread safety: pure function. Errors: cv::Exception only, caught by Measure.

#include <opencv2/core.hpp>
#include <vector>

#include "loopdock/vision/v1/vision.pb.h"
#include "services/vision/measure/find_device.h"
#include "services/vision/measure/fixtures.h"
#include "services/vision/measure/parameters.h"

namespace loopdock::vision {

struct LitView {
  // In colour or grey, of any size: a blue page is dark grey.
  cv::Mat picture;
  double coarse_to_picture = 1;
  // Of the device, in pixels of `picture`.
  std::vector<cv::Point> outline;
};

// `said` is the face that somebody said. A face with the lens of a camera is a light back rather
// than a light page.
bool DisplayShines(const LitView& view, const Device& device, const Cameras& cameras, v1::Face said,
                   const Parameters& parameters);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_LIT_H_
