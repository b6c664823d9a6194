// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_HELD_PARAMETERS_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_HELD_PARAMETERS_H_
// The numbers by which a device before clutter, such as in a hand, is found and told from one on a
// quiet ground: a part of parameters.h, which explains sources and units.
//
// Thread safety: plain data.

namespace loopdock::vision {

struct HeldParameters {
  double held_share_min = 0.03;  // [study] of the picture.
  double held_share_max = 0.92;  // [own] more shows no surroundings.
  double held_fit_min = 0.87;    // [study] of the rectangle around it.
  double held_solid_min = 0.9;   // [own] of its hull.
  double held_aspect_min = 1.5;  // [study]
  double held_aspect_max = 2.6;  // [study]
  int held_open_coarse_px = 21;  // [own] cuts fingers off.
  // Beyond its own edge and shadow.
  double around_from_coarse_px = 6;
  double around_to_coarse_px = 20;
  double clutter_edge_share = 0.02;  // [own] a rig has none, carpets and hands 0.03 and more.
};

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_HELD_PARAMETERS_H_
