// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_FIND_DEVICE_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_FIND_DEVICE_H_
// Steps 1 and 2 of measuring: where the device lies, and its display. On a quiet background by what
// differs from the border of the picture; before clutter by the part that is most like a device.
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
  // Things of a device's size and shape.
  int candidates = 0;
  // True before clutter, such as in a hand: light and pose are nobody's choice, and what lies over
  // the outline may be a finger.
  bool held = false;
  // True when a dark part that can be a display was found.
  bool has_display = false;
  // True for a display that shines: lit.h, once cameras are known.
  bool display_on = false;
  std::vector<cv::Point> hull;
  cv::RotatedRect rect;
  cv::Mat mask;
  // The display where there is one, else the whole device.
  cv::Mat surface_mask;
};

// The small copy on which the device is found; grey stays grey.
cv::Mat CoarsePicture(const cv::Mat& picture, const Parameters& parameters);

// What a device is looked for in.
struct DeviceField {
  // Coarse; what is outside of `field` is as grey as the background.
  cv::Mat grey;
  // The picture in colour, of any size; empty when it has none. Helps where levels do not tell.
  cv::Mat picture;
  // 255 in the free field of a mat, coarse; empty without a mat.
  cv::Mat field;
};

Device FindDevice(const DeviceField& view, const Parameters& parameters);

// Area of a mask's largest part as its filled convex hull; empty hull when the mask is empty.
std::vector<cv::Point> LargestPartHull(const cv::Mat& mask);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_FIND_DEVICE_H_
