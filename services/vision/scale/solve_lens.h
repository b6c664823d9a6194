// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_SCALE_SOLVE_LENS_H_
#define LOOPDOCK_SERVICES_VISION_SCALE_SOLVE_LENS_H_

// Works out a camera's lens from what was seen of a board in several pictures.
// Thread safety: pure function.
// Errors: INVALID_ARGUMENT BOARD_INVALID, VIEWS_INVALID, VIEWS_TOO_FEW, VIEWS_TOO_ALIKE;
// FAILED_PRECONDITION LENS_UNCERTAIN when the best lens leaves more than a pixel at 1920;
// cv::Exception, caught by the callers.
// Limits: 4 to 40 views. The third radial coefficient stays 0: so few pictures do not tell it.

#include "absl/status/statusor.h"
#include "loopdock/vision/v1/vision.pb.h"

namespace loopdock::vision {

absl::StatusOr<v1::SolvedLens> SolveLens(const v1::SolveLensRequest& request);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_SCALE_SOLVE_LENS_H_
