// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/data_matrix_grid.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "services/vision/decode/zxing_reader.h"
#include "tests/tools/label_painter.h"

namespace loopdock::vision {
namespace {

// Seen askew, as on a label that is not held straight.
cv::Mat Askew(const cv::Mat& symbol) {
  const auto w = static_cast<float>(symbol.cols);
  const auto h = static_cast<float>(symbol.rows);
  const cv::Point2f from[] = {{0, 0}, {w, 0}, {w, h}, {0, h}};
  const cv::Point2f to[] = {
      {0.04F * w, 0.02F * h}, {0.98F * w, 0.06F * h}, {1.04F * w, h}, {0.02F * w, 1.04F * h}};
  cv::Mat askew;
  cv::warpPerspective(symbol, askew, cv::getPerspectiveTransform(from, to),
                      {symbol.cols * 11 / 10, symbol.rows * 11 / 10}, cv::INTER_LINEAR,
                      cv::BORDER_CONSTANT, cv::Scalar::all(255));
  return askew;
}

// Cut out as a block is: a little more than the symbol, 400 pixels wide.
cv::Mat CutOutOf(const cv::Mat& picture) {
  cv::Rect box = cv::boundingRect(picture < 128);
  const int margin = box.width * 6 / 100 + 1;
  box = cv::Rect(box.x - margin, box.y - margin, box.width + 2 * margin, box.height + 2 * margin) &
        cv::Rect({}, picture.size());
  cv::Mat cut;
  const double scale = 400.0 / box.width;
  cv::resize(picture(box), cut, {}, scale, scale, cv::INTER_LINEAR);
  return cut;
}

// What is read from the drawn grids; at most one of them makes sense.
std::string ReadGrids(const std::vector<DrawnGrid>& grids) {
  ReaderOptions options{ReaderFormats::kMatrix, false, false, ReaderBinarizer::kFixedThreshold};
  options.drawn = true;
  for (const DrawnGrid& grid : grids) {
    const std::vector<Read> reads = ReadSymbols(grid.drawn, options);
    if (!reads.empty()) return reads[0].content;
  }
  return "";
}

TEST(DataMatrixGrid, DrawsTheModulesOfOneRegionAndOfFour) {
  // 60 characters of many kinds take four regions.
  for (const std::string& text :
       {std::string("SN 4711"), std::string("[)>06|P445-175186|1PTFM252012A"
                                            "LMA|K1234|9D2544|4LCN")}) {
    const cv::Mat symbol = testing::PaintSymbol({"DataMatrix", text, text});
    EXPECT_EQ(ReadGrids(FindDataMatrixGrids(CutOutOf(Askew(symbol)))), text);
  }
}

// Columns become narrower to the right and rows lower downwards, to half of what they were.
cv::Mat AroundABottle(const cv::Mat& symbol) {
  cv::Mat1f x(symbol.size());
  cv::Mat1f y(symbol.size());
  const auto at = [](int place, int size) {
    const float share = float(place) / float(size);
    return float(size) * share * (2 + share) / 3;
  };
  for (int row = 0; row < symbol.rows; ++row) {
    for (int column = 0; column < symbol.cols; ++column) {
      x(row, column) = at(column, symbol.cols);
      y(row, column) = at(row, symbol.rows);
    }
  }
  cv::Mat bent;
  cv::remap(symbol, bent, x, y, cv::INTER_LINEAR);
  return bent;
}

TEST(DataMatrixGrid, TracksSayWhereModulesLieThatAreNotEquallyWide) {
  for (const std::string& text : {std::string("SN 4711"), std::string("1PTFM252012ALMA K1234")}) {
    const cv::Mat bent =
        CutOutOf(AroundABottle(testing::PaintSymbol({"DataMatrix", text, text, false, 6})));
    EXPECT_EQ(ReadGrids(FindTimedDataMatrixGrids(bent)), text);
  }
}

TEST(DataMatrixGrid, CornersAreThoseOfTheSymbol) {
  const cv::Mat cut = CutOutOf(testing::PaintSymbol({"DataMatrix", "SN 4711", "SN 4711"}));
  const auto grids = FindDataMatrixGrids(cut);
  ASSERT_FALSE(grids.empty());
  // The margin across, and half a module of twelve: a little off no module is missed.
  const double margin = (0.06 * std::sqrt(2) + 0.5 / 12) * cut.cols + 2;
  EXPECT_LT(cv::norm(grids[0].corners[0]), margin);
  EXPECT_LT(cv::norm(grids[0].corners[2] - cv::Point2d(cut.cols, cut.rows)), margin);
}

TEST(DataMatrixGrid, FindsNoneOnBlankPaperAndInNoise) {
  EXPECT_TRUE(FindDataMatrixGrids(cv::Mat(200, 200, CV_8UC1, cv::Scalar::all(255))).empty());
  cv::Mat noise(200, 200, CV_8UC1);
  cv::RNG(7).fill(noise, cv::RNG::UNIFORM, 0, 255);
  EXPECT_EQ(ReadGrids(FindDataMatrixGrids(noise)), "");
  EXPECT_EQ(ReadGrids(FindTimedDataMatrixGrids(noise)), "");
}

}  // namespace
}  // namespace loopdock::vision
