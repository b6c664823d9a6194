// SPDX-License-Identifier: Apache-2.0
// naive-reader: reads the symbols of a picture in its own process, with nothing around it. It shows
// what the picture worker protects from, and reads the demonstration's labels for their test.
//
//   naive-reader FILE            ReadBarcodes with default options: may abort
//   naive-reader linear FILE     linear formats only, without downscaling
//   naive-reader matrix FILE     matrix formats only, without downscaling
//
// Prints one line a symbol: format, tab, text with control characters as \xNN.
#define ZX_USE_UTF8 1
#include <ZXing/ReadBarcode.h>

#include <cstdio>
#include <opencv2/imgcodecs.hpp>
#include <string>

namespace {

void PrintSymbol(const ZXing::Result& symbol) {
  std::printf("%s\t", ZXing::ToString(symbol.format()));
  for (const char c : symbol.text()) {
    if (c >= 0 && c < ' ') {
      std::printf("\\x%02x", static_cast<unsigned>(c));
    } else {
      std::putchar(c);
    }
  }
  std::putchar('\n');
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fprintf(stderr, "usage: naive-reader [linear|matrix] FILE\n");
    return 2;
  }
  const cv::Mat picture = cv::imread(argv[argc - 1], cv::IMREAD_GRAYSCALE);
  if (picture.empty()) {
    std::fprintf(stderr, "naive-reader: cannot read %s\n", argv[argc - 1]);
    return 2;
  }
  ZXing::DecodeHints hints;
  const std::string mode = argc == 3 ? argv[1] : "all";
  if (mode != "all") {
    using ZXing::BarcodeFormat;
    hints.setTryDownscale(false);
    hints.setFormats(mode == "linear"
                         ? BarcodeFormat::Code128 | BarcodeFormat::Code39 | BarcodeFormat::ITF
                         : BarcodeFormat::DataMatrix | BarcodeFormat::QRCode |
                               BarcodeFormat::PDF417);
  }
  const ZXing::ImageView view(picture.data, picture.cols, picture.rows, ZXing::ImageFormat::Lum);
  for (const ZXing::Result& symbol : ZXing::ReadBarcodes(view, hints)) PrintSymbol(symbol);
  return 0;
}
