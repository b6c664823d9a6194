// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_TOOLS_RENDER_DEFECTS_H_
#define LOOPDOCK_TESTS_TOOLS_RENDER_DEFECTS_H_

// Damage with a known size. Millimetres on the face, as in models.h.
// Thread safety: free functions, safe from any thread.

#include <cstdint>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "tests/tools/render/models.h"

namespace loopdock::render {

using Path = std::vector<cv::Point2d>;

struct RenderedDefect {
  enum class Kind {
    kScratch,
    kCrack,
    kChip,
    kStain,
    kDust,
    kDent,
    kDiscolouration,
    kWear,
    kMissingPart
  };
  Kind kind = Kind::kScratch;
  // Scratch: one path. Crack: all its lines. The others: one closed outline, of a dent where its
  // shading ends.
  std::vector<Path> paths;
  // Of the lines.
  double width_mm = 0;
  // Grey levels that it adds under full light, below 0 where it is darker than the surface.
  double contrast = 0;
  // How much the contrast varies along a line, 0 to 1; a scratch glints, and is dull next to it.
  double unsteady = 0;
  // What is left of blue, green and red where a surface faded, or where it is rubbed away the bare
  // material; unused otherwise.
  Colour tint{1, 1, 1};
  uint64_t seed = 0;
};

std::string KindName(RenderedDefect::Kind kind);

// Of all its lines, or around its outline.
double LengthMm(const RenderedDefect& defect);

struct ScratchWish {
  double length_mm = 10;
  double width_mm = 0.2;
  double contrast = 50;
  // In a front's bezel rather than in its display.
  bool in_bezel = false;
};
// Straight or slightly bent, at any angle, where the face is plain; no path when the face has no
// room.
RenderedDefect MakeScratch(const DeviceModel& model, const ScratchWish& wish, uint64_t seed);

// Rays and rings around a point of impact.
RenderedDefect MakeCrackWeb(const DeviceModel& model, uint64_t seed);

// A bite of about this diameter out of the rim of the face, away from the middle of its ends, where
// ports and slots are; its broken surface glitters.
RenderedDefect MakeChip(const DeviceModel& model, double diameter_mm, uint64_t seed);

// A smear of about this diameter.
RenderedDefect MakeStain(const DeviceModel& model, double diameter_mm, uint64_t seed);

// A dent of about this diameter: one slope is turned to the lamp, the other away from it.
RenderedDefect MakeDent(const DeviceModel& model, double diameter_mm, uint64_t seed);

// A patch of about this diameter that lost or changed its colour.
RenderedDefect MakeDiscolouration(const DeviceModel& model, double diameter_mm, uint64_t seed);

// A piece of the rim of this length whose paint is rubbed away.
RenderedDefect MakeWear(const DeviceModel& model, double length_mm, uint64_t seed);

// An empty hole in place of the model's last fixture.
RenderedDefect MakeMissingPart(const DeviceModel& model);

// A speck of 0.05 to 0.2 mm, as lies on every device.
RenderedDefect MakeDust(const DeviceModel& model, uint64_t seed);

// Takes what is missing out of `inside`, and changes the colour of what faded or is rubbed.
void AddColour(const RenderedDefect& defect, cv::Point2d origin_mm, double px_per_mm,
               cv::Mat& inside, cv::Mat& colour);

// Adds the light of the defect to `light` (CV_32FC1), whose pixel (x, y) is the point
// (x, y) / `px_per_mm` - `origin_mm`; `light_from_deg` is where the lamp stands.
void AddLight(const RenderedDefect& defect, cv::Point2d origin_mm, double px_per_mm,
              double light_from_deg, cv::Mat& light);

}  // namespace loopdock::render

#endif  // LOOPDOCK_TESTS_TOOLS_RENDER_DEFECTS_H_
