// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_TOOLS_RENDER_MODELS_H_
#define LOOPDOCK_TESTS_TOOLS_RENDER_MODELS_H_

// Ten invented devices. Millimetres from the middle of the face: x along the longer side, from the
// top end at negative x to the lower end, y across.
// Thread safety: constant data.

#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace loopdock::render {

// A colour under full light, blue, green, red, 0 to 255.
using Colour = cv::Vec3f;

// Something that belongs on the face.
struct Fixture {
  enum class Shape { kRounded, kRing };
  Shape shape = Shape::kRounded;
  cv::Rect2d box;
  // Of the corners; half the shorter side makes a disc or a slot.
  double corner_mm = 0;
  Colour colour;
};

struct DeviceModel {
  std::string name;
  bool shows_display = false;
  double length_mm = 0;
  double width_mm = 0;
  double thickness_mm = 0;
  double corner_mm = 0;
  // The metal or plastic around the face, and its width as seen from above.
  double frame_mm = 0.8;
  Colour frame;
  // The face: the bezel of a front, all of a back.
  Colour face;
  // Of a front.
  cv::Rect2d display;
  double display_corner_mm = 0;
  Colour display_colour;
  // Deviation of the face's fine texture, in grey levels, and 1 where it runs along one direction
  // as brushed metal does.
  double texture = 0.4;
  bool brushed = false;
  // How much of the lamps a surface mirrors, 0 to 1.
  double gloss = 1;
  std::vector<Fixture> fixtures;
};

const std::vector<DeviceModel>& Models();

// One more, a tablet whose light bezel is wide on all sides; not among the ten.
const DeviceModel& WideBezel();

// A rectangle with round corners, clockwise in a picture.
std::vector<cv::Point2d> Rounded(const cv::Rect2d& box, double corner_mm);

// The outline of the model's body.
std::vector<cv::Point2d> BodyOutline(const DeviceModel& model);

// Places on the face where damage is rendered: away from the ends and the rim, which the measuring
// leaves out, and from the fixtures.
bool IsPlain(const DeviceModel& model, cv::Point2d at, double clear_mm);

// The same of a front's bezel: away from the rim, the display and the middle of each side.
bool IsPlainBezel(const DeviceModel& model, cv::Point2d at);

}  // namespace loopdock::render

#endif  // LOOPDOCK_TESTS_TOOLS_RENDER_MODELS_H_
