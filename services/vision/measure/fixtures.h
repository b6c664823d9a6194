// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_FIXTURES_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_FIXTURES_H_
// What belongs to a face and would be taken for damage: camera modules, lenses and flashes, logos,
// lettering, slots and buttons. Known by what makers do and damage does not: round things, plates
// around them, and shapes that are symmetric about the device's middle line or run exactly along
// its axes.
//
// Thread safety: pure functions. Errors: cv::Exception only, caught by Measure.

#include <opencv2/core.hpp>
#include <vector>

#include "services/vision/measure/inspected_area.h"
#include "services/vision/measure/parameters.h"
#include "services/vision/measure/regions.h"
#include "services/vision/measure/report.h"

namespace loopdock::vision {

struct Cameras {
  // Modules and lenses, in working pixels.
  std::vector<LeftOut> parts;
  // True for several lenses side by side, off the middle line and at an end, as only backs have;
  // those of a front lie in its frame, nearer the end.
  bool has_module = false;
  // True for at least one.
  bool has_lens = false;
};

Cameras FindCameras(const cv::Mat& grey, const FaceFrame& frame, const Parameters& parameters);

// Takes from `regions` those that are fixtures of the face, and returns where they lie. All in
// working pixels. A display has them at its ends only.
std::vector<LeftOut> TakeFixtures(const FaceFrame& frame, v1::Face face,
                                  const Parameters& parameters, std::vector<Region>& regions);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_FIXTURES_H_
