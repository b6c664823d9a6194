// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_INSPECTED_AREA_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_INSPECTED_AREA_H_
// Step 3 of measuring: the part of the device that is looked at. The rim and both ends are left
// out, because what belongs there (speaker, camera, button) looks like damage; they are unseen,
// and the inspected share says so.
//
// Thread safety: pure functions. Errors: cv::Exception only, caught by Measure.

#include <opencv2/core.hpp>
#include <vector>

#include "services/vision/measure/find_device.h"
#include "services/vision/measure/parameters.h"

namespace loopdock::vision {

// In pixels of the working picture.
struct InspectedArea {
  // What of the picture is worked on; holds all of the mask and a margin for the filters.
  cv::Rect box;
  // 255 where inspected; of the box's size.
  cv::Mat mask;
  // Clockwise outline of the mask, in pixels of the working picture.
  std::vector<cv::Point> outline;
  // Of the device's face, 0 to 1; 0 when no device was found.
  double share = 0;
  int area_px2 = 0;
};

// `size` is the working picture's; `scale` is working pixels a pixel at 1920.
InspectedArea FindInspectedArea(const Device& device, cv::Size coarse, cv::Size size, double scale,
                                const Parameters& parameters);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_INSPECTED_AREA_H_
