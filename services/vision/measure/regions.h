// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_REGIONS_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_REGIONS_H_
// Step 7 of measuring: joins neighbouring marks to regions and says of each what it is and how
// large. A web of lines is one crack, pieces of a line are one scratch.
//
// Thread safety: pure function. Errors: cv::Exception only, caught by Measure.

#include <opencv2/core.hpp>
#include <optional>
#include <vector>

#include "loopdock/vision/v1/vision.pb.h"
#include "services/vision/measure/parameters.h"
#include "services/vision/measure/surface.h"

namespace loopdock::vision {

// Middle lines, in no order, how long they are together, and how wide.
struct MiddleLines {
  std::vector<cv::Point> path;
  double length_px = 0;
  double width_px = 0;
};

// In pixels of the picture that the marks were found in.
struct Region {
  v1::DefectType type = v1::DEFECT_TYPE_UNSPECIFIED;
  std::vector<cv::Point> outline;
  // Of a scratch or crack: the pixels of its middle lines, in no order.
  std::vector<cv::Point> path;
  cv::RotatedRect rect;
  double length_px = 0;
  double width_px = 0;
  double area_px2 = 0;
  double contrast = 0;
  // True when it runs up to the border of the inspected area.
  bool cut_off = false;
  // What a patch of thin and straight lines consists of; empty for others.
  MiddleLines lines;
  // Where on the device; unspecified for the surface that the picture shows.
  v1::Zone zone = v1::ZONE_UNSPECIFIED;
  // How sure it is; 0 where the weight tells.
  double confidence = 0;
  // Of the damage score, counted in pixels at 1920 so that it does not depend on the camera.
  double weight = 0;
};

// Where regions are looked for; all of one size.
struct RegionField {
  cv::Mat grey;
  // 255 on lines and patches.
  cv::Mat marks;
  // 255 where was looked.
  cv::Mat inspected;
  // Pixels a pixel at 1920.
  double scale = 1;
  // Pixels a millimetre of the device, where a scale is known.
  std::optional<double> px_per_mm;
};

// Heaviest first.
std::vector<Region> FindRegions(const RegionField& field, const Surface& surface,
                                const Parameters& parameters);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_REGIONS_H_
