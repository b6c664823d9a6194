// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_TOOLS_RENDER_PLANS_H_
#define LOOPDOCK_TESTS_TOOLS_RENDER_PLANS_H_

// Which shots a suite takes. The same wish gives the same shots.
// Thread safety: free functions, safe from any thread.

#include <cstdint>
#include <string>
#include <vector>

#include "tests/tools/render/scene.h"

namespace loopdock::render {

struct PlanWish {
  int count = 20;
  uint64_t seed = 1;
  int width_px = 1920;
  double tilt_max_deg = 6;
};

// Devices without damage, one model after the other, each a device of its own.
std::vector<Shot> PlanClean(const PlanWish& wish);

// Three scratches a device: 2 to 60 mm long, 0.05 to 1 mm wide, even over both in logarithms.
std::vector<Shot> PlanScratches(const PlanWish& wish);

// One crack web a device.
std::vector<Shot> PlanCracks(const PlanWish& wish);

// One defect of that kind a device, on a model that can have it: a chip of 1 to 4 mm, a dent of 3
// to 10 mm, a discolouration of 14 to 30 mm, wear of 10 to 35 mm, a missing part.
std::vector<Shot> PlanChips(const PlanWish& wish);
std::vector<Shot> PlanDents(const PlanWish& wish);
std::vector<Shot> PlanDiscolourations(const PlanWish& wish);
std::vector<Shot> PlanWear(const PlanWish& wish);
std::vector<Shot> PlanMissingParts(const PlanWish& wish);

// A scratch of 3 to 12 mm in a bezel that is lighter than its display; and such fronts clean.
std::vector<Shot> PlanBezels(const PlanWish& wish);
std::vector<Shot> PlanCleanBezels(const PlanWish& wish);

// Some of everything.
std::vector<Shot> PlanMixed(const PlanWish& wish);

// Ten pictures of each device: moved, turned, the light up to 20 % up or down, another lean.
// Devices have none to six marks.
std::vector<Shot> PlanRepeats(const PlanWish& wish);

// By name: "clean", "scratch", "crack", "mixed", "repeat", "chip", "dent", "discolouration",
// "wear", "missing", "bezel".
std::vector<Shot> Plan(const std::string& kind, const PlanWish& wish);

}  // namespace loopdock::render

#endif  // LOOPDOCK_TESTS_TOOLS_RENDER_PLANS_H_
