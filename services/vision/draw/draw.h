// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_DRAW_DRAW_H_
#define LOOPDOCK_SERVICES_VISION_DRAW_DRAW_H_

// Draws what was measured into the picture, for a person to look at: defects outlined in the colour
// of their severity with their millimetres beside them, zones and parts left out faintly, the
// device's outline, a scale bar and a line of text.
// Thread safety: for the only thread of the worker.
// Errors: INVALID_ARGUMENT DRAWING_INVALID; cv::Exception, caught by the callers.
// Limits: 512 defects, 200,000 points, 400 bytes of title, 320 to 4096 pixels on the longer side.

#include <opencv2/core.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "loopdock/vision/v1/vision.pb.h"

namespace loopdock::vision {

// A JPEG. `picture` has three channels of 8 bits and is what the measurement was made of.
absl::StatusOr<std::string> Draw(const cv::Mat& picture, const v1::DrawRequest& request);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_DRAW_DRAW_H_
