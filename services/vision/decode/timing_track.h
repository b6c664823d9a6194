// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_DECODE_TIMING_TRACK_H_
#define LOOPDOCK_SERVICES_VISION_DECODE_TIMING_TRACK_H_

// Where the modules of a symbol's alternating side lie, which need not be equally wide: found by
// dynamic programming over the place and the width of every module.
// Thread safety: safe from any thread.

#include <optional>
#include <span>
#include <vector>

namespace loopdock::vision {

struct TimingTrack {
  // Of every module, as share of the side: below 0 and beyond 1 where the side was measured short.
  std::vector<float> middles;
  // How well dark and light are met, -1 to 1.
  double fit = 0;
};

// A track is looked for in grey levels at so many places, a little beyond both ends of the side...
int TrackSamples(int modules);
// ...and this is where the one with an index lies, as share of the side.
double TrackShare(int index, int modules);

// The best track of that many modules in the levels, which are as many as TrackSamples says;
// nothing when none has room.
std::optional<TimingTrack> LayTrack(std::span<const float> levels, int modules, bool first_is_dark);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_DECODE_TIMING_TRACK_H_
