// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_CORE_LIGHTS_H_
#define LOOPDOCK_SERVICES_GRADING_CORE_LIGHTS_H_

// Compares several pictures of one face, taken under different lights or in different poses: damage
// stays at its place of the device, reflections and loose dust do not.
// Thread safety: pure function. Same pictures, same result.
// Limits: at most 16 pictures; more are not looked at.

#include <span>
#include <utility>
#include <vector>

#include "loopdock/vision/v1/vision.pb.h"

namespace loopdock::grading {

// One mark of the device, however many pictures show it.
struct SeenDefect {
  // Where its best description is: index of the picture, and of the defect in it.
  int picture = 0;
  int defect = 0;
  // The other places that show it, picture and defect.
  std::vector<std::pair<int, int>> also;
  // Pictures that show it, and pictures in which its place was inspected.
  int seen_in = 1;
  int looked_in = 1;
  // Of all pictures together: raised by every picture that shows it, lowered by every one that
  // inspected its place and shows nothing there.
  double confidence = 0;
};

// In the order of the pictures and their defects. A picture without an outline is compared with no
// other one. A device that lies the other way round is recognised by what both pictures show.
std::vector<SeenDefect> CompareLights(std::span<const vision::v1::Measurement> face);

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_CORE_LIGHTS_H_
