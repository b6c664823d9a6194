// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/bar_strips.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "tests/tools/label_painter.h"

namespace loopdock::vision {
namespace {

using loopdock::testing::PaintSymbol;

// Two symbols with a line of print between them, as on a label.
cv::Mat Label() {
  cv::Mat label(300, 700, CV_8UC1, cv::Scalar::all(240));
  const cv::Mat upper = PaintSymbol({"Code128", "", "SN-20417755"});
  const cv::Mat lower = PaintSymbol({"Code39", "", "PART7719"});
  upper(cv::Rect(0, 0, upper.cols, 70)).copyTo(label(cv::Rect(40, 40, upper.cols, 70)));
  lower(cv::Rect(0, 0, lower.cols, 70)).copyTo(label(cv::Rect(40, 150, lower.cols, 70)));
  cv::putText(label, "SN-20417755", {60, 140}, cv::FONT_HERSHEY_SIMPLEX, 0.8, {20});
  return label;
}

TEST(BarStrips, ABlockOfTwoSymbolsIsTwoBands) {
  const cv::Mat label = Label();
  const std::vector<Block> bands = SplitBars(label, {{350, 130}, 690, 200, 0});
  ASSERT_EQ(bands.size(), 2U);
  std::vector<double> middles = {bands[0].center.y, bands[1].center.y};
  std::sort(middles.begin(), middles.end());
  EXPECT_NEAR(middles[0], 75, 5);
  EXPECT_NEAR(middles[1], 185, 5);
  for (const Block& band : bands) {
    EXPECT_NEAR(band.height, 70, 8);
    EXPECT_LT(band.width, 640);
  }
}

TEST(BarStrips, NoiseHasNone) {
  cv::Mat noise(300, 700, CV_8UC1);
  cv::RNG(3).fill(noise, cv::RNG::UNIFORM, 0, 255);
  EXPECT_TRUE(SplitBars(noise, {{350, 150}, 580, 190, 0}).empty());
}

TEST(BarStrips, StripsOfOneSymbolAreAlike) {
  const cv::Mat label = Label();
  const cv::Mat upper = label(cv::Rect(40, 40, 400, 70));
  const cv::Mat lower = label(cv::Rect(40, 150, 400, 70));
  EXPECT_GT(Alike(StripOf(upper, 0, 0.3), StripOf(upper, 0.6, 0.3)), 0.95);
  EXPECT_LT(Alike(StripOf(upper, 0, 0.3), StripOf(lower, 0, 0.3)), 0.5);
}

}  // namespace
}  // namespace loopdock::vision
