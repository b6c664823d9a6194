// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_ACCURACY_TILTED_PICTURES_H_
#define LOOPDOCK_TESTS_ACCURACY_TILTED_PICTURES_H_

// Pictures at an angle, made from pictures of the manifest that plain ZXing reads: README.md says
// how. The same data gives the same pictures.
// Thread safety: PlanTilted forks (plain_reader.h); PaintTilted is safe from any thread.
// Limits: no side longer than 3000 pixels.

#include <cstdint>
#include <string>
#include <vector>

#include "tests/accuracy/decode_truth.h"

namespace loopdock::accuracy {

enum class Tilt { kEasy, kHard };

// How one picture is made.
struct TiltedPicture {
  TruthRow row;
  bool matrix = false;
  double degrees = 0;
  // How far a corner may move, as a share of the shorter side.
  double perspective = 0;
  double scale = 1;
  // Standard deviations, of the blur in pixels of the result.
  double blur_px = 0;
  double noise = 0;
  uint64_t seed = 0;
};

// `linear` and `matrix` pictures, evenly over the symbologies; fewer when the data does not
// suffice.
std::vector<TiltedPicture> PlanTilted(const std::string& folder, const std::vector<TruthRow>& rows,
                                      Tilt tilt, int linear, int matrix);

// The bytes of a PNG file.
std::string PaintTilted(const std::string& folder, const TiltedPicture& picture);

}  // namespace loopdock::accuracy

#endif  // LOOPDOCK_TESTS_ACCURACY_TILTED_PICTURES_H_
