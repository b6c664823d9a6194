// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_ACCURACY_RENDERED_RUN_H_
#define LOOPDOCK_TESTS_ACCURACY_RENDERED_RUN_H_

// Renders shots and has them measured by the real pool, with what a station knows: its mat, its
// lens and the model's facts.
// Thread safety: MeasureShots is called from one thread. Blocking: until all shots are measured.

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "loopdock/vision/v1/vision.pb.h"
#include "services/vision/pool.h"
#include "tests/tools/render/scene.h"

namespace loopdock::accuracy {

struct MeasuredShot {
  render::Shot shot;
  // Without its picture.
  render::Rendering truth;
  vision::v1::Measurement measurement;
  std::string error;
  double ms = 0;
};

struct RenderedOptions {
  // Used in place of each picture's own lens, when set: what a calibration found.
  std::optional<vision::v1::Lens> lens;
  // True when the station has a reference picture of each model: another, clean device.
  bool with_reference = false;
  // An existing folder for the pictures; empty for none.
  std::string keep;
};

std::vector<MeasuredShot> MeasureShots(vision::VisionPool& pool, const std::string& name,
                                       const std::vector<render::Shot>& shots,
                                       const RenderedOptions& options);

// The lens of the renderer's camera as a station would find it, from pictures of the chess board;
// holds for pictures of four to three of any size.
absl::StatusOr<vision::v1::SolvedLens> CalibratedLens(vision::VisionPool& pool);

// A middle value with 95 % of its resamplings, from a fixed seed.
struct Quantile {
  double value = 0;
  double low = 0;
  double high = 0;
};
Quantile QuantileOf(const std::vector<double>& values, double share);

}  // namespace loopdock::accuracy

#endif  // LOOPDOCK_TESTS_ACCURACY_RENDERED_RUN_H_
