// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_BEZEL_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_BEZEL_H_
// The bezel of a front: what lies between the display and the rim, where it is of another level
// than the display and wide enough. A dark bezel around a dark display is not told from it and is
// looked at as a part of the display. Without a reference the middle of each side, where cameras,
// slots and buttons are, is left out.
//
// Thread safety: pure functions. Errors: cv::Exception only, caught by Measure.

#include <opencv2/core.hpp>
#include <vector>

#include "services/vision/measure/inspected_area.h"

namespace loopdock::vision {

// One area for each part that hangs together; none where no bezel is told. The first lists what is
// left out of all, and what `surface`, the display's area, lists of the rim and the ends is taken
// over by it.
std::vector<InspectedArea> FindBezel(const Device& device, const cv::Mat& grey,
                                     const AreaChoice& choice, const Parameters& parameters,
                                     InspectedArea& surface);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_BEZEL_H_
