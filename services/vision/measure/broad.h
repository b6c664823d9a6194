// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_BROAD_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_BROAD_H_
// Broad and faint defects, which the search for lines and patches levels away with the surface: a
// dent, whose one slope is brighter and the other darker than the surface, and a discolouration, a
// patch of another colour or, with a border, of another level. Worked on small copies.
//
// Thread safety: pure functions. Errors: cv::Exception only, caught by Measure.

#include <opencv2/core.hpp>
#include <vector>

#include "services/vision/measure/inspected_area.h"
#include "services/vision/measure/parameters.h"
#include "services/vision/measure/regions.h"

namespace loopdock::vision {

struct BroadField {
  // The working picture.
  cv::Mat grey;
  // The coarse copy of the picture, in colour; empty when it has none.
  cv::Mat coarse_colour;
  double coarse_to_working = 1;
  // Working pixels a pixel at 1920, and a millimetre of the device.
  double scale = 1;
  double px_per_mm = 1;
};

// In working pixels, within the inspected area.
std::vector<Region> FindDents(const BroadField& field, const InspectedArea& area,
                              const Parameters& parameters);
std::vector<Region> FindDiscolourations(const BroadField& field, const InspectedArea& area,
                                        const Parameters& parameters);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_BROAD_H_
