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
#include <vector>

#include "services/vision/measure/find_device.h"
#include "services/vision/measure/inspected_area.h"
#include "services/vision/measure/parameters.h"
#include "services/vision/measure/regions.h"
#include "services/vision/measure/report.h"

namespace loopdock::vision {

struct Reference {
  // The reference as it would look in the working picture, of its size.
  cv::Mat grey;
  // Correlation of the two over the device and its outline, -1 to 1.
  double fit = 0;
};

// A registered picture, ready to be compared.
struct RegisteredPicture {
  cv::Mat grey;
  // In colour and reduced; empty when it has none.
  cv::Mat coarse_colour;
  // Reduced; what is outside the mat's field is filled.
  cv::Mat coarse;
  // 255 in the mat's field, empty without a mat.
  cv::Mat field;
};

// `device` was found in `coarse`, a reduced copy of `grey`, and `here` is its face there;
// `px_per_mm` is of `grey`. Nothing where no device is found in the reference.
std::optional<Reference> FitReference(const RegisteredPicture& reference, const cv::Mat& grey,
                                      const cv::Mat& coarse, const Device& device,
                                      const FaceFrame& here, double px_per_mm,
                                      const Parameters& parameters);

struct PartsFound {
  // What stands out on the clean face: it belongs there.
  std::vector<LeftOut> known;
  // Those of them that the picture does not show.
  std::vector<Region> missing;
  // How many of those compared are not like the clean face's; the reference may lie the other way.
  int unlike = 0;
};

// `grey` and `reference` are of one size, `device` is 255 on the device.
PartsFound CompareParts(const cv::Mat& grey, const cv::Mat& reference, const cv::Mat& device,
                        double px_per_mm, double scale, const Parameters& parameters);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_REFERENCE_H_
