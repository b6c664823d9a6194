// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_TOOLS_PALLET_PAINTER_H_
#define LOOPDOCK_TESTS_TOOLS_PALLET_PAINTER_H_

// Paints a photograph of a pallet: twenty labels of equipment at 12 megapixels, each a little
// turned and seen from the side, in uneven light, with the blur and the noise of a camera. Thread
// safety: keeps no state; call it from any thread. Errors: as label_painter.h.

#include <cstdint>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "tests/tools/label_painter.h"

namespace loopdock::testing {

struct Pallet {
  // CV_8UC1, 4000 x 3000.
  cv::Mat picture;
  // The symbols of each label; no value stands on two.
  std::vector<std::vector<LabelSymbol>> labels;
};

// The same seed gives the same pallet.
Pallet PaintPallet(uint64_t seed);

// As a camera keeps it: the bytes of a JPEG file.
std::string JpegOf(const cv::Mat& picture);

}  // namespace loopdock::testing

#endif  // LOOPDOCK_TESTS_TOOLS_PALLET_PAINTER_H_
