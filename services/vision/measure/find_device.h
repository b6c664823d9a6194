// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_FIND_DEVICE_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_FIND_DEVICE_H_
// Steps 1 and 2 of measuring: where the device lies on its quiet background, and its display.
//
// Thread safety: pure functions. Errors: cv::Exception only, caught by Measure.

#include <opencv2/core.hpp>
#include <vector>

#include "services/vision/measure/parameters.h"

namespace loopdock::vision {

// All of it in pixels of the coarse picture.
struct Device {
  bool found = false;
  // False when it runs out of the picture.
  bool whole = false;
  // True when a dark part that can be a display was found.
  bool has_display = false;
  std::vector<cv::Point> hull;
  cv::RotatedRect rect;
  cv::Mat mask;
  // The display where there is one, else the whole device.
  cv::Mat surface_mask;
};

// The small grey copy on which the device is found.
cv::Mat CoarsePicture(const cv::Mat& grey, const Parameters& parameters);

Device FindDevice(const cv::Mat& coarse_grey, const Parameters& parameters);

// Area of a mask's largest part as its filled convex hull; empty hull when the mask is empty.
std::vector<cv::Point> LargestPartHull(const cv::Mat& mask);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_FIND_DEVICE_H_
