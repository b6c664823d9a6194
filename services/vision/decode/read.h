// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_DECODE_READ_H_
#define LOOPDOCK_SERVICES_VISION_DECODE_READ_H_

// What one try read at one place of a picture: evidence for a symbol, not yet a symbol.
// Thread safety: plain values.

#include <array>
#include <opencv2/core.hpp>
#include <string>

namespace loopdock::vision {

// Frozen order is not needed: the value never leaves the process.
enum class Symbology {
  kCode128,
  kCode39,
  kCode93,
  kCodabar,
  kItf,
  kEan13,
  kEan8,
  kUpcA,
  kUpcE,
  kDataMatrix,
  kQrCode,
  kMicroQrCode,
  kPdf417,
  kAztec,
  kMaxiCode,
  kDataBar,
  kDataBarExpanded,
};

// The name that stands in results, such as "EAN-13".
const char* SymbologyName(Symbology symbology);

// One row of bars, DataBar included; PDF417 is none.
bool IsLinear(Symbology symbology);

// Of EAN and UPC.
bool IsRetail(Symbology symbology);

// Clockwise in picture coordinates, from the symbol's own top left.
using Corners = std::array<cv::Point2d, 4>;

struct Read {
  Symbology symbology = Symbology::kCode128;
  // As vision.proto says of Symbol.content.
  std::string content;
  std::string symbology_identifier;
  Corners corners;
  // Equal scan lines, for linear symbols; 0 for others.
  int lines = 0;
  // The try that read it.
  const char* attempt = "";
};

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_DECODE_READ_H_
