// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_DECODE_PDF417_START_H_
#define LOOPDOCK_SERVICES_VISION_DECODE_PDF417_START_H_

// Paints anew the start pattern of a PDF417 where it is torn off, covered or out of the picture:
// the stop pattern says how wide modules are and where codewords begin. Readers need the start.
// Thread safety: safe from any thread.

#include <opencv2/core.hpp>
#include <optional>

namespace loopdock::vision {

struct RestoredStart {
  cv::Mat grey;
  // Pixels by which the symbol has moved to the right, for the room that the pattern takes.
  int shift = 0;
};

// `grey` shows one symbol whose rows run from left to right; nothing where it has no stop pattern,
// or does not begin with a whole codeword.
std::optional<RestoredStart> RestoreStart(const cv::Mat& grey);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_DECODE_PDF417_START_H_
