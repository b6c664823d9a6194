// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_FIND_DEFECTS_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_FIND_DEFECTS_H_
// Steps 4 to 7 of measuring in one: from the inspected area to regions with a kind and a size. The
// reduced copy finds, and what it is too coarse for is looked for in the picture as it came.
//
// Thread safety: pure function. Errors: cv::Exception only, caught by Measure.

#include <opencv2/core.hpp>
#include <optional>
#include <vector>

#include "services/vision/measure/inspected_area.h"
#include "services/vision/measure/parameters.h"
#include "services/vision/measure/regions.h"

namespace loopdock::vision {

// The grey picture that is worked on, and how its pixels relate to others.
struct Working {
  cv::Mat grey;
  // All of the picture's pixels; the same as `grey` when that was not reduced.
  cv::Mat full;
  // Working pixels a pixel at 1920.
  double scale = 1;
  // Pixels of the picture given a working pixel.
  double to_picture = 1;
  // Working pixels a millimetre of the device, where a scale is known.
  std::optional<double> px_per_mm;
};

Working MakeWorking(const cv::Mat& picture, const Parameters& parameters);

// In working pixels, heaviest first. `reference` is the same face of a clean device, in the size of
// the working picture; empty when there is none.
std::vector<Region> FindDefects(const Working& working, const InspectedArea& area,
                                const cv::Mat& reference, const Parameters& parameters);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_FIND_DEFECTS_H_
