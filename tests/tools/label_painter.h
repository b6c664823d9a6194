// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_TOOLS_LABEL_PAINTER_H_
#define LOOPDOCK_TESTS_TOOLS_LABEL_PAINTER_H_

// Paints pictures of printed labels on cardboard, with symbols made by zint: an encoder that shares
// no code with the reader under test.
//
// Thread safety: none of the functions keeps state; call them from any thread.
// Errors: a symbol that cannot be encoded throws std::invalid_argument; these are test tools, and
// a wrong table of labels must stop them.

#include <cstdint>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace loopdock::testing {

// One symbol of a label. `text` is what a reader must return; `encode` what the encoder is given
// where that differs (GS1: application identifiers in brackets).
struct LabelSymbol {
  std::string format;  // as `loopdock decode` names it: Code128, DataMatrix, ...
  std::string text;
  std::string encode;
  bool gs1 = false;
  int module_px = 3;     // width of the narrowest bar
  int height_px = 70;    // bars of a linear symbol
  bool readable = true;  // false: painted torn, so that no reader can read it
};

// How a label was photographed.
struct Photo {
  double turn_deg = 0;     // of the label in the picture
  double perspective = 0;  // share by which the far edge is shorter
  double noise = 2.5;      // standard deviation, in grey levels
  double blur_px = 0.5;    // of the lens
};

struct Label {
  std::string title;
  std::vector<LabelSymbol> symbols;
  Photo photo;
};

// The symbol alone, black on white, with its quiet zone.
cv::Mat PaintSymbol(const LabelSymbol& symbol);

// The label as a grey photograph.
cv::Mat PaintLabel(const Label& label, uint64_t seed);

// A 1280x960 frame with one Code 128 label, on which ReadBarcodes of Debian's ZXing 1.4 with
// default options aborts the process that calls it.
cv::Mat PaintWorkerKiller();

}  // namespace loopdock::testing

#endif  // LOOPDOCK_TESTS_TOOLS_LABEL_PAINTER_H_
