// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/straight_bars.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>
#include <string>

#include "services/vision/decode/evidence.h"
#include "services/vision/decode/linear_blocks.h"
#include "tests/tools/label_painter.h"

namespace loopdock::vision {
namespace {

// Bars that lean one way at the left and the other way at the right, blurred and noisy.
cv::Mat Fanned(const cv::Mat& symbol, double blur, double noise) {
  const auto w = static_cast<float>(symbol.cols);
  const auto h = static_cast<float>(symbol.rows);
  const cv::Point2f from[] = {{0, 0}, {w, 0}, {w, h}, {0, h}};
  const cv::Point2f to[] = {{60, 40}, {60 + w, 40}, {40 + w, 40 + h}, {80, 40 + h}};
  cv::Mat fanned;
  cv::warpPerspective(symbol, fanned, cv::getPerspectiveTransform(from, to),
                      {symbol.cols + 120, symbol.rows + 80}, cv::INTER_LINEAR, cv::BORDER_CONSTANT,
                      cv::Scalar::all(255));
  fanned.convertTo(fanned, CV_8U, 0.6, 60);
  cv::GaussianBlur(fanned, fanned, {}, blur);
  cv::Mat grain(fanned.size(), CV_16S);
  cv::RNG(7).fill(grain, cv::RNG::NORMAL, 0, noise);
  cv::add(fanned, grain, fanned, cv::noArray(), CV_8U);
  return fanned;
}

TEST(StraightBars, ReadsFannedBlurredNoisyBarsInTwoBands) {
  for (const char* format : {"Code128", "Code39", "ITF"}) {
    const std::string text = "471108154242";
    const cv::Mat symbol = testing::PaintSymbol({format, text, text});
    const cv::Mat picture = Fanned(symbol, 1.6, 12);
    const Block block{{60 + symbol.cols / 2.0, 40 + symbol.rows / 2.0},
                      double(symbol.cols),
                      symbol.rows * 0.8,
                      0};
    const auto reads = ReadStraightened(picture, block);
    ASSERT_EQ(reads.size(), 1U) << format;
    EXPECT_EQ(reads[0].content, text) << format;
    EXPECT_EQ(reads[0].lines, Evidence::kLinesAlone) << format;
    // As wide below as the bars are there.
    const auto& corners = reads[0].corners;
    EXPECT_LT(cv::norm(corners[2] - corners[3]), cv::norm(corners[1] - corners[0])) << format;
    EXPECT_NEAR(corners[0].x, 60 + 10, 40) << format;
  }
}

TEST(StraightBars, ReadsNothingOutOfStripesAndNoise) {
  cv::Mat noise(300, 600, CV_8UC1);
  cv::RNG random(11);
  random.fill(noise, cv::RNG::UNIFORM, 0, 255);
  const Block block{{300, 150}, 500, 200, 0};
  EXPECT_TRUE(ReadStraightened(noise, block).empty());
  cv::Mat stripes(300, 600, CV_8UC1, cv::Scalar::all(220));
  for (int x = 20; x < stripes.cols; x += random.uniform(6, 20)) {
    cv::line(stripes, {x, 0}, {x, stripes.rows}, cv::Scalar::all(30), random.uniform(2, 8));
  }
  EXPECT_TRUE(ReadStraightened(stripes, block).empty());
}

TEST(StraightBars, JoinsWhatStandsInOneLine) {
  const Block left{{100, 100}, 100, 60, 0};
  const Block right{{230, 104}, 120, 70, 0.02};
  const auto joined = JoinBlocks({left, right});
  ASSERT_EQ(joined.size(), 1U);
  EXPECT_NEAR(joined[0].width, 240, 2);
  EXPECT_NEAR(joined[0].center.x, 170, 2);
  const Block far{{600, 100}, 100, 60, 0};
  const Block below{{230, 190}, 120, 70, 0};
  const Block turned{{230, 104}, 120, 70, 0.5};
  const Block high{{230, 104}, 120, 200, 0};
  for (const Block& other : {far, below, turned, high})
    EXPECT_TRUE(JoinBlocks({left, other}).empty());
  EXPECT_EQ(JoinBlocks({left, right, {{340, 104}, 60, 65, 0}})[0].width, 320);
}

// A line that runs past the bars must not take them with it.
TEST(LinearBlocks, FindBarsBesideALongLine) {
  const cv::Mat symbol = testing::PaintSymbol({"Code128", "BESIDE-A-LINE", "BESIDE-A-LINE"});
  cv::Mat picture(1400, 1400, CV_8UC1, cv::Scalar::all(230));
  symbol.copyTo(picture(cv::Rect(520, 600, symbol.cols, symbol.rows)));
  cv::line(picture, {512, 0}, {512, 1400}, cv::Scalar::all(40), 4);
  bool found = false;
  for (const Block& block : FindLinearBlocks(MapCells(picture))) {
    found |=
        cv::norm(block.center - cv::Point2d(520 + symbol.cols / 2.0, 600 + symbol.rows / 2.0)) < 30;
  }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace loopdock::vision
