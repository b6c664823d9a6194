// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_MEASURE_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_MEASURE_H_
// Measures the cosmetic defects of one device in one decoded picture.
//
// Thread safety: safe from several threads; keeps no state and starts no threads. Same picture,
// same options, same result.
// Errors: INVALID_ARGUMENT IMAGE_FORMAT_UNSUPPORTED (empty, or not 8 bits with 1 or 3 channels),
// UM_PER_PX_INVALID, BOARD_INVALID, LENS_INVALID, BODY_SIZE_INVALID,
// DEADLINE_EXCEEDED, INTERNAL MEASURE_FAILED. A poor picture is no error: its measurement has a
// score and a quality that says why it cannot be graded. Limits: works on a copy of at most 2560
// pixels on the longer side; results are in pixels of the picture given. At most 512 defects are
// listed.

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <opencv2/core.hpp>
#include <optional>

#include "loopdock/vision/v1/vision.pb.h"

namespace loopdock::vision {

struct MeasureOptions {
  // Micrometres a pixel of the picture at the device's surface. Without it, and without the mat and
  // the body's size below, defects are in pixels.
  std::optional<double> um_per_px;
  // The mat under the device, and the camera's lens. Without a mat one of the printed ones is
  // recognised by its marks; where they are of another sheet the gate refuses a grade.
  std::optional<v1::Board> mat;
  std::optional<v1::Lens> lens;
  // How far the face lies above the mat; 0 for unknown.
  double thickness_um = 0;
  // The model's body in the catalog; 0 for unknown.
  double body_length_um = 0;
  double body_width_um = 0;
  // The face that is shown, when somebody said so.
  v1::Face face = v1::FACE_UNSPECIFIED;
  // A picture of that face of a clean device of the same model, 8 bits, one or three channels.
  cv::Mat reference;
  // Looked at between the steps.
  absl::Time deadline = absl::InfiniteFuture();
};

// Where no device is found the whole picture, without a rim, takes the place of the inspected
// area, so that a score is always there; the gate then refuses a grade.
absl::StatusOr<v1::Measurement> Measure(const cv::Mat& picture_bgr, const MeasureOptions& options);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_MEASURE_H_
