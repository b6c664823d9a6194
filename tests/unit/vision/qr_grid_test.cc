// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/qr_grid.h"

#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "services/vision/decode/zxing_reader.h"
#include "tests/tools/label_painter.h"

namespace loopdock::vision {
namespace {

const ReaderOptions kPhotographed{ReaderFormats::kMatrix, false, true,
                                  ReaderBinarizer::kLocalAverage};

// On paper that is bent over an edge, 400 pixels wide.
cv::Mat Bent(const cv::Mat& symbol, double bend_share) {
  const int margin = symbol.cols / 16;
  cv::Mat paper;
  cv::copyMakeBorder(symbol, paper, 2 * margin, 2 * margin, margin, margin, cv::BORDER_CONSTANT,
                     cv::Scalar::all(255));
  cv::resize(paper, paper, {}, 400.0 / paper.cols, 400.0 / paper.cols, cv::INTER_AREA);
  cv::Mat1f map_x(paper.size());
  cv::Mat1f map_y(paper.size());
  for (int y = 0; y < paper.rows; ++y) {
    for (int x = 0; x < paper.cols; ++x) {
      const double u = double(x) / paper.cols;
      map_x(y, x) = float(x);
      map_y(y, x) = float(y + bend_share * paper.cols * (4 * u * (1 - u) - 0.5));
    }
  }
  cv::Mat bent;
  cv::remap(paper, bent, map_x, map_y, cv::INTER_LINEAR, cv::BORDER_CONSTANT, cv::Scalar::all(255));
  return bent;
}

std::string ReadGrids(const cv::Mat& grey) {
  ReaderOptions options{ReaderFormats::kMatrix, false, false, ReaderBinarizer::kFixedThreshold};
  options.drawn = true;
  for (const DrawnGrid& grid : FindQrGrids(grey)) {
    const std::vector<Read> reads = ReadSymbols(grid.drawn, options);
    if (!reads.empty()) return reads[0].content;
  }
  return "";
}

TEST(QrGrid, DrawsTheModulesOfBentSymbolsOfManySizes) {
  for (const size_t length : {10, 60, 150}) {
    std::string text = "https://example.org/asset/";
    while (text.size() < length + 26) text += std::to_string(text.size());
    const cv::Mat symbol = testing::PaintSymbol({"QRCode", text, text});
    EXPECT_EQ(ReadGrids(Bent(symbol, 0.01)), text) << length;
  }
}

TEST(QrGrid, ReadsWhatTheReaderAloneDoesNot) {
  const std::string text(120, 'A');
  const cv::Mat bent = Bent(testing::PaintSymbol({"QRCode", text, text}), 0.04);
  EXPECT_TRUE(ReadSymbols(bent, kPhotographed).empty());
  EXPECT_EQ(ReadGrids(bent), text);
}

TEST(QrGrid, FindsNoneOnBlankPaperInNoiseAndInADataMatrix) {
  EXPECT_TRUE(FindQrGrids(cv::Mat(200, 200, CV_8UC1, cv::Scalar::all(255))).empty());
  cv::Mat noise(200, 200, CV_8UC1);
  cv::RNG(7).fill(noise, cv::RNG::UNIFORM, 0, 255);
  EXPECT_TRUE(FindQrGrids(noise).empty());
  EXPECT_TRUE(
      FindQrGrids(Bent(testing::PaintSymbol({"DataMatrix", "SN 4711", "SN 4711"}), 0)).empty());
}

}  // namespace
}  // namespace loopdock::vision
