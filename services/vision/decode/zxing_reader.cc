// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/zxing_reader.h"

#include <ZXing/ReadBarcode.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "services/common/utf8.h"
#include "services/vision/decode/databar_text.h"

namespace loopdock::vision {
namespace {

using ZXing::BarcodeFormat;

struct FormatRow {
  BarcodeFormat zxing;
  Symbology ours;
  const char* name;
  bool linear;
};

constexpr FormatRow kFormats[] = {
    {BarcodeFormat::Code128, Symbology::kCode128, "Code128", true},
    {BarcodeFormat::Code39, Symbology::kCode39, "Code39", true},
    {BarcodeFormat::Code93, Symbology::kCode93, "Code93", true},
    {BarcodeFormat::Codabar, Symbology::kCodabar, "Codabar", true},
    {BarcodeFormat::ITF, Symbology::kItf, "ITF", true},
    {BarcodeFormat::EAN13, Symbology::kEan13, "EAN-13", true},
    {BarcodeFormat::EAN8, Symbology::kEan8, "EAN-8", true},
    {BarcodeFormat::UPCA, Symbology::kUpcA, "UPC-A", true},
    {BarcodeFormat::UPCE, Symbology::kUpcE, "UPC-E", true},
    {BarcodeFormat::DataMatrix, Symbology::kDataMatrix, "DataMatrix", false},
    {BarcodeFormat::QRCode, Symbology::kQrCode, "QRCode", false},
    {BarcodeFormat::MicroQRCode, Symbology::kMicroQrCode, "MicroQRCode", false},
    {BarcodeFormat::PDF417, Symbology::kPdf417, "PDF417", false},
    {BarcodeFormat::Aztec, Symbology::kAztec, "Aztec", false},
    {BarcodeFormat::MaxiCode, Symbology::kMaxiCode, "MaxiCode", false},
    {BarcodeFormat::DataBar, Symbology::kDataBar, "DataBar", true},
    {BarcodeFormat::DataBarExpanded, Symbology::kDataBarExpanded, "DataBarExpanded", true},
};

const FormatRow& RowOf(Symbology symbology) {
  return *std::find_if(std::begin(kFormats), std::end(kFormats),
                       [symbology](const FormatRow& row) { return row.ours == symbology; });
}

ZXing::BarcodeFormats FormatsOf(ReaderFormats formats) {
  switch (formats) {
    case ReaderFormats::kMatrix:
      return BarcodeFormat::MatrixCodes;
    case ReaderFormats::kDataBar:
      return BarcodeFormat::DataBar | BarcodeFormat::DataBarExpanded;
    case ReaderFormats::kLinear:
      break;
  }
  return BarcodeFormat::Code128 | BarcodeFormat::Code39 | BarcodeFormat::Code93 |
         BarcodeFormat::Codabar | BarcodeFormat::ITF | BarcodeFormat::EAN13 | BarcodeFormat::EAN8 |
         BarcodeFormat::UPCA | BarcodeFormat::UPCE;
}

ZXing::DecodeHints HintsOf(const ReaderOptions& options) {
  // Downscaling, and DataBar with more than one symbol or line, abort the process in version 1.4.
  ZXing::Binarizer binarizer = ZXing::Binarizer::LocalAverage;
  if (options.binarizer == ReaderBinarizer::kGlobalHistogram) {
    binarizer = ZXing::Binarizer::GlobalHistogram;
  } else if (options.binarizer == ReaderBinarizer::kFixedThreshold) {
    binarizer = ZXing::Binarizer::FixedThreshold;
  }
  const bool data_bar = options.formats == ReaderFormats::kDataBar;
  return ZXing::DecodeHints()
      .setFormats(FormatsOf(options.formats))
      .setTryHarder(true)
      .setIsPure(options.drawn)
      .setTryRotate(options.rotate)
      .setTryDownscale(false)
      .setMinLineCount(static_cast<uint8_t>(data_bar ? 1 : options.lines_min))
      .setBinarizer(binarizer)
      .setEanAddOnSymbol(ZXing::EanAddOnSymbol::Read);
}

// Control characters that mean something in a label: tabulator, line ends, and the separators of
// ISO/IEC 15434 (EOT, FS, GS, RS, US).
bool IsTextByte(unsigned char byte) {
  return byte >= 0x20 || byte == '\t' || byte == '\n' || byte == '\r' || byte == 0x04 ||
         (byte >= 0x1C && byte <= 0x1F);
}

// Text stays UTF-8. A matrix symbol of raw bytes that are no text in any reading stays as it is.
std::string ContentOf(const ZXing::Result& result, bool linear) {
  const ZXing::ByteArray& bytes = result.bytes();
  const std::string_view raw(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const bool binary = result.contentType() == ZXing::ContentType::Binary ||
                      result.contentType() == ZXing::ContentType::UnknownECI;
  if (!linear && binary && !common::IsUtf8(raw) &&
      !std::all_of(bytes.begin(), bytes.end(), IsTextByte)) {
    return std::string(raw);
  }
  return result.text();
}

// Twice the signed area; positive when the corners run clockwise with y downwards.
double TwiceArea(const Corners& corners) {
  double area = 0;
  for (size_t i = 0; i < corners.size(); ++i) area += corners[i].cross(corners[(i + 1) % 4]);
  return area;
}

// ZXing names the corners of a line read backwards as if it were mirrored; a symbol of bars has its
// own top left where reading begins, on the side that makes the turn clockwise.
Corners CornersOf(const ZXing::Result& result, bool linear) {
  const ZXing::Position& position = result.position();
  Corners corners;
  for (size_t i = 0; i < corners.size(); ++i)
    corners[i] = {double(position[i].x), double(position[i].y)};
  if (TwiceArea(corners) >= 0) return corners;
  if (linear) return {corners[3], corners[2], corners[1], corners[0]};
  return {corners[0], corners[3], corners[2], corners[1]};
}

std::optional<Read> ReadOf(const ZXing::Result& result) {
  const auto* row = std::find_if(std::begin(kFormats), std::end(kFormats),
                                 [&](const auto& entry) { return entry.zxing == result.format(); });
  if (!result.isValid() || row == std::end(kFormats)) return std::nullopt;
  Read read;
  read.symbology = row->ours;
  read.content = ContentOf(result, row->linear);
  // The version gives DataBar without the identifier (01) that its symbology identifier promises.
  if (read.symbology == Symbology::kDataBar && read.content.size() == 14) {
    read.content = "01" + read.content;
  } else if (read.symbology == Symbology::kDataBarExpanded) {
    read.content = ElementStringOf(read.content);
  }
  read.symbology_identifier = result.symbologyIdentifier();
  read.corners = CornersOf(result, row->linear);
  read.lines = row->linear ? result.lineCount() : 0;
  if (read.content.empty()) return std::nullopt;
  return read;
}

}  // namespace

const char* SymbologyName(Symbology symbology) { return RowOf(symbology).name; }

bool IsLinear(Symbology symbology) { return RowOf(symbology).linear; }

bool IsRetail(Symbology symbology) {
  return symbology == Symbology::kEan13 || symbology == Symbology::kEan8 ||
         symbology == Symbology::kUpcA || symbology == Symbology::kUpcE;
}

std::vector<Read> ReadSymbols(const cv::Mat& grey, const ReaderOptions& options) {
  std::vector<Read> reads;
  if (grey.cols < 2 || grey.rows < 2) return reads;
  try {
    const ZXing::ImageView view(grey.data, grey.cols, grey.rows, ZXing::ImageFormat::Lum,
                                static_cast<int>(grey.step));
    const ZXing::DecodeHints hints = HintsOf(options);
    ZXing::Results results;
    if (options.all && options.formats != ReaderFormats::kDataBar) {
      results = ZXing::ReadBarcodes(view, hints);
    } else {
      results.push_back(ZXing::ReadBarcode(view, hints));
    }
    for (const ZXing::Result& result : results) {
      if (auto read = ReadOf(result)) reads.push_back(*std::move(read));
    }
  } catch (const std::exception&) {
    // The library throws where its search runs off the picture: nothing was read there.
    reads.clear();
  }
  return reads;
}

}  // namespace loopdock::vision
