// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_MASKS_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_MASKS_H_
// Small work on black and white pictures that finding devices needs.
//
// Thread safety: pure functions. Errors: cv::Exception only, caught by Measure.

#include <opencv2/core.hpp>
#include <vector>

namespace loopdock::vision {

// Erosion, opening or closing with an ellipse of that size, which is odd and below 510. Outside the
// picture is background, so that an opening eats in from the border too.
cv::Mat Morph(const cv::Mat& mask, int operation, int size);

// Without holes.
cv::Mat Fill(const cv::Mat& mask);

cv::Mat HullMask(const std::vector<cv::Point>& hull, cv::Size size);

// The value that this share of all values lies under; 0 of none.
int Percentile(std::vector<unsigned char> values, double share);

// Levels of `grey` where `mask` is set.
std::vector<unsigned char> LevelsIn(const cv::Mat& grey, const cv::Mat& mask);

// How much of the device lies on the picture's border, in pixels.
int BorderContact(const cv::Mat& mask);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_MASKS_H_
