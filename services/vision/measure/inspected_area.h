// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_INSPECTED_AREA_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_INSPECTED_AREA_H_
// Step 3 of measuring: the part of the device that is looked at. The rim, both ends, what belongs
// to the device and what a lamp hides are left out, because they look like damage; they are unseen,
// and the inspected share and the list of what was left out say so.
//
// Thread safety: pure functions. Errors: cv::Exception only, caught by Measure.

#include <opencv2/core.hpp>
#include <vector>

#include "loopdock/vision/v1/vision.pb.h"
#include "services/vision/measure/find_device.h"
#include "services/vision/measure/parameters.h"

namespace loopdock::vision {

// A part that is not looked at, in pixels of the working picture.
struct LeftOut {
  v1::MaskReason reason = v1::MASK_REASON_UNSPECIFIED;
  // Clockwise; a ring is its outer line, then its inner one the other way round.
  std::vector<cv::Point> outline;
};

// In pixels of the working picture.
struct InspectedArea {
  // What of the picture is worked on; holds all of the mask and a margin for the filters.
  cv::Rect box;
  // 255 where inspected; of the box's size.
  cv::Mat mask;
  // Clockwise outline of the mask, in pixels of the working picture.
  std::vector<cv::Point> outline;
  std::vector<LeftOut> left_out;
  // Of the device's face, 0 to 1; 0 when no device was found.
  double share = 0;
  int area_px2 = 0;
  // What a lamp's reflection hides of what would have been inspected.
  int glare_px2 = 0;
  // 255 where a light surface only just reaches white, of the box's size; empty for nowhere. Marks
  // are looked for there, but it is not in the share.
  cv::Mat barely_white;
};

struct AreaChoice {
  // Working pixels a pixel at 1920.
  double scale = 1;
  // True when a reference picture tells what belongs at the ends.
  bool with_ends = false;
  // How deep the rim is that is looked at apart, in working pixels.
  double rim_px = 0;
};

// `grey` is the working picture, `coarse` the size that the device was found in.
InspectedArea FindInspectedArea(const Device& device, cv::Size coarse, const cv::Mat& grey,
                                const AreaChoice& choice, const Parameters& parameters);

// What a coarse mask holds, without what glares.
InspectedArea AreaOf(const cv::Mat& coarse_mask, const Device& device, const cv::Mat& grey,
                     double scale, const Parameters& parameters);

// The ring between two outlines, as a part of the rim.
LeftOut Between(const std::vector<cv::Point>& outer, const std::vector<cv::Point>& inner);

// From coarse pixels, `factor` working ones each.
std::vector<cv::Point> ToWorking(const std::vector<cv::Point>& outline, double factor);

// A coarse mask without what is nearer its border than `px` pixels at 1920. Eats in from the border
// of the picture too; done on the coarse mask, where it costs nothing.
cv::Mat Shrunk(const cv::Mat& coarse_mask, double px, const Parameters& parameters);

// Takes more out of an area: the polygons, in working pixels.
void LeaveOut(const std::vector<LeftOut>& parts, InspectedArea& area);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_INSPECTED_AREA_H_
