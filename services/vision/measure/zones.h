// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_ZONES_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_ZONES_H_
// Which surface of the device is seen, and what of the found regions belongs to the surface itself
// (step 9: highlights along curved glass).
//
// Thread safety: pure functions.

#include <vector>

#include "loopdock/vision/v1/vision.pb.h"
#include "services/vision/measure/find_device.h"
#include "services/vision/measure/inspected_area.h"
#include "services/vision/measure/parameters.h"
#include "services/vision/measure/regions.h"

namespace loopdock::vision {

// Which face is shown: what somebody said, else what its shape and its surface tell. A dark face
// without a camera module counts as a display.
v1::Face FaceOf(const Device& device, bool has_module, v1::Face said, const Parameters& parameters);

// The surface of that face, and the zone of every defect there that has none of its own.
v1::Zone SurfaceZone(v1::Face face);

// What is around it: a front's glass edge or bezel, the frame of a back.
v1::Zone RimZone(v1::Face face);

// Drops what lies close to an edge of the device and either runs along it, long and thin, or is the
// inner end of something in the unseen rim: highlights of the curved glass. All in
// working pixels.
void DropEdgeHighlights(const cv::RotatedRect& device_rect, double scale,
                        const Parameters& parameters, std::vector<Region>& regions);

// Of a flat part that is narrow: only what its border cuts off and what is a patch or runs along
// it.
void DropCutHighlights(const cv::RotatedRect& device_rect, const Parameters& parameters,
                       std::vector<Region>& regions);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_ZONES_H_
