// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_OUTLINE_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_OUTLINE_H_
// The outline of a device's face, followed in the working picture: the coarse search leaves it off
// by some pixels, and takes a shadow for a part of the device. Bites out of the edge and bumps are
// left out of it.
//
// Thread safety: pure functions. Errors: cv::Exception only, caught by Measure.

#include <opencv2/core.hpp>
#include <optional>
#include <vector>

#include "services/vision/measure/find_device.h"
#include "services/vision/measure/parameters.h"
#include "services/vision/scale/plane.h"

namespace loopdock::vision {

// A closed line in even steps, clockwise in a picture, in working pixels.
struct Outline {
  std::vector<cv::Point2d> points;
  // Unit vectors to the inside.
  std::vector<cv::Point2d> inwards;
  double step_px = 1;
};

// The line is closed: its last point neighbours its first.
size_t OnOutline(std::ptrdiff_t point, size_t points);

struct OutlineField {
  // The working picture, or the picture given in colour: a body may be as bright as its own shadow
  // on the table, but is of another colour.
  cv::Mat picture;
  // Its pixels a working pixel.
  double to_picture = 1;
  // Working pixels a coarse pixel, and a millimetre of the device.
  double coarse_to_working = 1;
  double px_per_mm = 1;
  // Corners of the mat's free field, in pixels of `picture`; empty where there is no mat.
  std::vector<cv::Point2d> limit_px;
};

// Nothing where the device has no clear edge.
std::optional<Outline> FollowOutline(const OutlineField& field, const Device& device,
                                     const Parameters& parameters);

// The edge of the device's face. A leaning camera sees the body's side wall between it and the
// outline; the mat says how broad. The outline itself where there is no mat.
Outline FaceEdge(const Outline& line, const MatView& mat, double to_picture);

// Its hull.
std::vector<cv::Point> Corners(const Outline& line);

struct StripRows {
  // How deep the first one is, and from one to the next, in working pixels.
  double from_px = 0;
  double row_px = 1;
  int count = 0;
};

// The picture along the line: a column each point, a row each depth.
cv::Mat Strip(const cv::Mat& picture, const Outline& line, const StripRows& rows,
              double to_picture = 1);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_OUTLINE_H_
