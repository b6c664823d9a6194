// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_DECODE_ZXING_READER_H_
#define LOOPDOCK_SERVICES_VISION_DECODE_ZXING_READER_H_

// The only place that calls ZXing. Version 1.4 may abort the process, so only the worker links it.
// Thread safety: safe from any thread.
// Errors: none; an exception of the library means that nothing was read.
// Limits: pictures narrower or lower than 2 pixels give nothing.

#include <vector>

#include "services/vision/decode/read.h"

namespace loopdock::vision {

enum class ReaderFormats {
  // Code 128, 39, 93, Codabar, ITF, EAN, UPC.
  kLinear,
  // The matrix symbols and PDF417.
  kMatrix,
  // DataBar and DataBar Expanded: read apart, see docs/reference/decode.md.
  kDataBar,
};

enum class ReaderBinarizer { kLocalAverage, kGlobalHistogram, kFixedThreshold };

struct ReaderOptions {
  ReaderFormats formats = ReaderFormats::kLinear;
  // All symbols, or the first one. DataBar is always read as a single symbol.
  bool all = true;
  bool rotate = true;
  ReaderBinarizer binarizer = ReaderBinarizer::kLocalAverage;
  // Scan lines that must agree on a linear symbol, 1 to 255.
  int lines_min = 2;
  // Nothing but one upright symbol that was drawn, no photograph.
  bool drawn = false;
};

// `grey` is CV_8UC1; the reads carry corners in its coordinates and no name of a try.
std::vector<Read> ReadSymbols(const cv::Mat& grey, const ReaderOptions& options);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_DECODE_ZXING_READER_H_
