// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_RIM_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_RIM_H_
// The rim of the face, which the search for marks leaves out: rolled off along the device's outline
// to a strip, so that what belongs there runs straight along it. A chip is a short piece that
// differs from the strip before and behind it and reaches the edge; wear is a long piece that is
// paler or brighter than the rest.
//
// Thread safety: pure functions. Errors: cv::Exception only, caught by Measure.
// Limits: chips up to 12 mm and wear up to 40 mm; the middle of both ends, where ports and slots
// are, is not looked at.

#include <opencv2/core.hpp>
#include <vector>

#include "services/vision/measure/outline.h"
#include "services/vision/measure/parameters.h"
#include "services/vision/measure/regions.h"
#include "services/vision/measure/report.h"

namespace loopdock::vision {

struct RimField {
  // The working picture.
  cv::Mat grey;
  // The picture given, in colour; empty when it has none. Wear is told by its colour.
  cv::Mat colour;
  // Pixels of the picture given a working pixel.
  double to_picture = 1;
  // Working pixels a pixel at 1920.
  double scale = 1;
  // Working pixels a millimetre of the device.
  double px_per_mm = 1;
};

struct RimFindings {
  // In working pixels.
  std::vector<Region> regions;
  // What was looked at, in square working pixels.
  double area_px2 = 0;
};

// Chips along the device's outline, wear along the edge of its face (FaceEdge), which has a point
// for each of the outline's. Wear only where `with_wear` says so: a display's glass is not rubbed
// off.
RimFindings InspectRim(const RimField& field, const Outline& line, const Outline& face_edge,
                       const FaceFrame& frame, bool with_wear, const Parameters& parameters);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_RIM_H_
