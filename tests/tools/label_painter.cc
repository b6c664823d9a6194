// SPDX-License-Identifier: Apache-2.0
#include "tests/tools/label_painter.h"

#include <zint.h>

#include <algorithm>
#include <map>
#include <memory>
#include <opencv2/imgproc.hpp>
#include <set>
#include <stdexcept>

namespace loopdock::testing {
namespace {

constexpr int kPaper = 235;
constexpr int kInk = 25;
constexpr int kCardboard = 140;

int Symbology(const LabelSymbol& symbol) {
  static const std::map<std::string, int> kByFormat = {{"Code128", BARCODE_CODE128},
                                                       {"Code39", BARCODE_CODE39},
                                                       {"Code93", BARCODE_CODE93},
                                                       {"Codabar", BARCODE_CODABAR},
                                                       {"ITF", BARCODE_C25INTER},
                                                       {"EAN-13", BARCODE_EANX},
                                                       {"EAN-8", BARCODE_EANX},
                                                       {"UPC-A", BARCODE_UPCA},
                                                       {"UPC-E", BARCODE_UPCE},
                                                       {"DataMatrix", BARCODE_DATAMATRIX},
                                                       {"QRCode", BARCODE_QRCODE},
                                                       {"MicroQRCode", BARCODE_MICROQR},
                                                       {"PDF417", BARCODE_PDF417},
                                                       {"Aztec", BARCODE_AZTEC},
                                                       {"MaxiCode", BARCODE_MAXICODE},
                                                       {"DataBar", BARCODE_DBAR_OMN},
                                                       {"DataBarExpanded", BARCODE_DBAR_EXP}};
  if (symbol.gs1 && symbol.format == "Code128") return BARCODE_GS1_128;
  auto found = kByFormat.find(symbol.format);
  if (found == kByFormat.end()) throw std::invalid_argument("no encoder for " + symbol.format);
  return found->second;
}

bool IsLinear(const LabelSymbol& symbol) {
  static const std::set<std::string> kLinear = {"Code128", "Code39", "Code93", "Codabar", "ITF",
                                                "EAN-13",  "EAN-8",  "UPC-A",  "UPC-E"};
  return kLinear.contains(symbol.format);
}

cv::Scalar Grey(int level) { return cv::Scalar::all(level); }

// A tear through a symbol and a smear over the rest: nothing of it can be read any more.
void Tear(cv::Mat& picture, cv::RNG& rng) {
  for (int x = picture.cols / 5; x < picture.cols; x += picture.cols / 6) {
    const cv::Point top(x + rng.uniform(-12, 12), 0);
    const cv::Point bottom(x + rng.uniform(-30, 30), picture.rows);
    cv::line(picture, top, bottom, Grey(kPaper - 40), picture.cols / 9, cv::LINE_AA);
  }
}

// The flat label: title, then each symbol with what it says beside or below it.
cv::Mat LayOut(const Label& label, cv::RNG& rng) {
  constexpr int kMargin = 24;
  constexpr int kTextHeight = 30;
  std::vector<cv::Mat> symbols;
  int width = 420;
  int height = kMargin * 2 + kTextHeight;
  for (const LabelSymbol& symbol : label.symbols) {
    symbols.push_back(PaintSymbol(symbol));
    if (!symbol.readable) Tear(symbols.back(), rng);
    width = std::max(width, symbols.back().cols + 2 * kMargin);
    height += symbols.back().rows + kTextHeight;
  }
  cv::Mat paper(height, width, CV_8UC1, Grey(kPaper));
  cv::putText(paper, label.title, {kMargin, kMargin + 16}, cv::FONT_HERSHEY_SIMPLEX, 0.6,
              Grey(kInk), 1, cv::LINE_AA);
  int y = kMargin + kTextHeight;
  for (size_t i = 0; i < symbols.size(); ++i) {
    symbols[i].copyTo(paper(cv::Rect(kMargin, y, symbols[i].cols, symbols[i].rows)));
    y += symbols[i].rows;
    std::string printed =
        label.symbols[i].encode.empty() ? label.symbols[i].text : label.symbols[i].encode;
    std::replace_if(
        printed.begin(), printed.end(), [](char c) { return c < ' '; }, ' ');
    cv::putText(paper, printed.substr(0, 44), {kMargin + 6, y + 14}, cv::FONT_HERSHEY_PLAIN, 0.9,
                Grey(kInk), 1, cv::LINE_AA);
    y += kTextHeight;
  }
  return paper;
}

void AddNoise(cv::Mat& picture, double deviation, cv::RNG& rng) {
  cv::Mat noise(picture.size(), CV_32F);
  rng.fill(noise, cv::RNG::NORMAL, 0, deviation);
  cv::Mat sum;
  cv::add(picture, noise, sum, cv::noArray(), CV_32F);
  sum.convertTo(picture, CV_8U);
}

}  // namespace

cv::Mat PaintSymbol(const LabelSymbol& symbol) {
  const std::unique_ptr<zint_symbol, void (*)(zint_symbol*)> code(ZBarcode_Create(),
                                                                  ZBarcode_Delete);
  if (!code) throw std::bad_alloc();
  code->symbology = Symbology(symbol);
  code->input_mode = symbol.gs1 ? GS1_MODE : DATA_MODE;
  code->show_hrt = 0;
  if (symbol.format == "DataMatrix") code->option_3 = DM_SQUARE;
  code->scale = static_cast<float>(symbol.module_px) / 2;  // zint paints two pixels a module
  if (IsLinear(symbol)) {
    code->height = static_cast<float>(symbol.height_px) / static_cast<float>(symbol.module_px);
  }
  const std::string& input = symbol.encode.empty() ? symbol.text : symbol.encode;
  const int error =
      ZBarcode_Encode_and_Buffer(code.get(), reinterpret_cast<const unsigned char*>(input.data()),
                                 static_cast<int>(input.size()), 0);
  if (error != 0) throw std::invalid_argument(std::string("zint: ") + code->errtxt);
  const cv::Mat colour(code->bitmap_height, code->bitmap_width, CV_8UC3, code->bitmap);
  cv::Mat grey;
  cv::cvtColor(colour, grey, cv::COLOR_RGB2GRAY);
  const int quiet = 10 * symbol.module_px;
  cv::copyMakeBorder(grey, grey, 8, 8, quiet, quiet, cv::BORDER_CONSTANT, Grey(255));
  cv::Mat printed;
  grey.convertTo(printed, CV_8U, (kPaper - kInk) / 255.0, kInk);
  return printed;
}

cv::Mat PaintLabel(const Label& label, uint64_t seed) {
  cv::RNG rng(seed);
  const cv::Mat paper = LayOut(label, rng);
  const int border =
      60 + static_cast<int>(std::max(paper.cols, paper.rows) *
                            std::abs(std::sin(label.photo.turn_deg * CV_PI / 180)) / 2);
  const cv::Size size(paper.cols + 2 * border, paper.rows + 2 * border);

  const auto w = static_cast<float>(paper.cols);
  const auto h = static_cast<float>(paper.rows);
  const auto shorter = static_cast<float>(w * label.photo.perspective / 2);
  const std::vector<cv::Point2f> flat = {{0, 0}, {w, 0}, {w, h}, {0, h}};
  std::vector<cv::Point2f> seen = {{shorter, 0}, {w - shorter, 0}, {w, h}, {0, h}};
  const double angle = label.photo.turn_deg * CV_PI / 180;
  for (cv::Point2f& corner : seen) {
    const double x = corner.x - w / 2;
    const double y = corner.y - h / 2;
    corner.x = static_cast<float>(x * std::cos(angle) - y * std::sin(angle) + size.width / 2.0);
    corner.y = static_cast<float>(x * std::sin(angle) + y * std::cos(angle) + size.height / 2.0);
  }
  cv::Mat picture(size, CV_8UC1, Grey(kCardboard));
  cv::warpPerspective(paper, picture, cv::getPerspectiveTransform(flat, seen), size,
                      cv::INTER_LINEAR, cv::BORDER_TRANSPARENT);
  // The light falls off towards one side.
  for (int x = 0; x < picture.cols; ++x) {
    picture.col(x) *= 1.0 - 0.15 * x / picture.cols;
  }
  if (label.photo.blur_px > 0) {
    cv::GaussianBlur(picture, picture, {}, label.photo.blur_px);
  }
  AddNoise(picture, label.photo.noise, rng);
  return picture;
}

cv::Mat PaintWorkerKiller() {
  cv::Mat frame(960, 1280, CV_8UC1, Grey(kCardboard));
  const cv::Mat symbol = PaintSymbol({"Code128", "LD-0000-KILLER", "", false, 3, 120, true});
  symbol.copyTo(frame(cv::Rect(200, 300, symbol.cols, symbol.rows)));
  return frame;
}

}  // namespace loopdock::testing
