// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_REFERENCE_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_REFERENCE_H_
// Step 8 of measuring: a picture of the same face of a clean device of the same model, laid over
// the device. What it shows too belongs to the model, so that the ends with their slots and
// cameras can be inspected.
//
// Thread safety: pure functions. Errors: cv::Exception only, caught by Measure.

#include <opencv2/core.hpp>
#include <optional>

#include "services/vision/measure/find_device.h"
#include "services/vision/measure/parameters.h"

namespace loopdock::vision {

struct Reference {
  // The reference as it would look in the working picture, of its size.
  cv::Mat grey;
  // Correlation of the two over the device and its outline, -1 to 1.
  double fit = 0;
};

// `reference` is the picture as registered, one or three channels; `device` was found in `coarse`,
// a reduced copy of `grey`. Nothing where no device is found in the reference.
std::optional<Reference> FitReference(const cv::Mat& reference, const cv::Mat& grey,
                                      const cv::Mat& coarse, const Device& device,
                                      const Parameters& parameters);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_REFERENCE_H_
