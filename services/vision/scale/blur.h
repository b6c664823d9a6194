// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_SCALE_BLUR_H_
#define LOOPDOCK_SERVICES_VISION_SCALE_BLUR_H_

// How much lens and sensor spread light, told by the edges of a mat's printed marks.
// Thread safety: pure function. Errors: cv::Exception only, caught by the callers.

#include <opencv2/core.hpp>

#include "loopdock/vision/v1/vision.pb.h"

namespace loopdock::vision {

// Standard deviation in pixels, as of a Gaussian, of what a sharp point becomes; 0 where no mark is
// large enough to tell. `view` is of a frame of marks, of all of their corners.
double BlurOf(const cv::Mat& grey, const v1::BoardView& view);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_SCALE_BLUR_H_
