// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/pdf417_start.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "services/vision/decode/zxing_reader.h"
#include "tests/tools/label_painter.h"

namespace loopdock::vision {
namespace {

constexpr int kModulePx = 3;
constexpr int kStartModules = 17;

cv::Mat Painted(const std::string& text) {
  testing::LabelSymbol symbol{"PDF417", text, ""};
  symbol.module_px = kModulePx;
  return testing::PaintSymbol(symbol);
}

// What is left of the symbol when so many modules of its left side are white.
cv::Mat WithoutLeft(cv::Mat symbol, int modules) {
  const int left = cv::boundingRect(symbol < 128).x;
  symbol.colRange(0, left + modules * kModulePx) = 255;
  return symbol;
}

std::string ReadOf(const cv::Mat& grey) {
  const auto reads =
      ReadSymbols(grey, {ReaderFormats::kMatrix, false, false, ReaderBinarizer::kLocalAverage});
  return reads.empty() ? "" : reads[0].content;
}

TEST(Pdf417Start, IsPaintedAnewWhereItIsGone) {
  const std::string text = "S/N 4711-0815 of a pallet that was torn";
  const cv::Mat torn = WithoutLeft(Painted(text), kStartModules);
  EXPECT_EQ(ReadOf(torn), "");
  const auto restored = RestoreStart(torn);
  ASSERT_TRUE(restored.has_value());
  EXPECT_EQ(ReadOf(restored->grey), text);
  EXPECT_EQ(restored->grey.cols, torn.cols + restored->shift);
}

TEST(Pdf417Start, IsNotGuessedFromPartOfACodeword) {
  EXPECT_FALSE(RestoreStart(WithoutLeft(Painted("S/N 4711-0815"), kStartModules + 8)).has_value());
}

TEST(Pdf417Start, NeedsAStopPattern) {
  EXPECT_FALSE(RestoreStart(cv::Mat(200, 300, CV_8UC1, cv::Scalar::all(255))).has_value());
  EXPECT_FALSE(
      RestoreStart(testing::PaintSymbol({"Code128", "SN-4711-0815", "SN-4711-0815"})).has_value());
  cv::Mat noise(200, 300, CV_8UC1);
  cv::RNG(7).fill(noise, cv::RNG::UNIFORM, 0, 255);
  EXPECT_FALSE(RestoreStart(noise).has_value());
}

}  // namespace
}  // namespace loopdock::vision
