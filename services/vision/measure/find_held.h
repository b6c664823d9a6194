// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_FIND_HELD_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_FIND_HELD_H_
// Finds a device before clutter, such as one held in a hand: parts of about one level or colour are
// tried, and the one that is most like a rectangle of a device's shape is taken. Refuses rather
// than guesses: a hand or a wall taken for a device would be called cracked.
//
// Thread safety: pure function. Errors: cv::Exception only, caught by Measure.

#include <opencv2/core.hpp>

#include "services/vision/measure/find_device.h"
#include "services/vision/measure/parameters.h"

namespace loopdock::vision {

// In pixels of the coarse picture; `colour` may be empty.
Device FindHeld(const cv::Mat& grey, const cv::Mat& colour, const Parameters& parameters);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_FIND_HELD_H_
