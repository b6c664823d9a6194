// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/ean_fit.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "services/vision/decode/ean_blocks.h"
#include "tests/tools/label_painter.h"

namespace loopdock::vision {
namespace {

using loopdock::testing::LabelSymbol;
using loopdock::testing::PaintSymbol;

constexpr double kModulePx = 3;

// A photograph out of focus: every point is a disc of `radius` modules.
cv::Mat OutOfFocus(const cv::Mat& sharp, double radius) {
  const double radius_px = radius * kModulePx;
  const int side = 2 * static_cast<int>(radius_px + 1) + 1;
  cv::Mat1f disc(side, side, 0.0F);
  cv::circle(disc, {side / 2, side / 2}, cvRound(radius_px), cv::Scalar::all(1), cv::FILLED);
  cv::Mat blurred;
  cv::filter2D(sharp, blurred, CV_8U, disc / cv::sum(disc)[0], {-1, -1}, 0, cv::BORDER_REPLICATE);
  return blurred;
}

cv::Mat Painted(const char* format, const char* text) {
  LabelSymbol symbol{format, text, ""};
  symbol.module_px = static_cast<int>(kModulePx);
  cv::Mat paper;
  cv::copyMakeBorder(PaintSymbol(symbol), paper, 40, 40, 40, 40, cv::BORDER_CONSTANT,
                     cv::Scalar::all(255));
  return paper;
}

std::vector<float> MiddleLine(const cv::Mat& picture) {
  cv::Mat1f line;
  picture.row(picture.rows / 2).convertTo(line, CV_32F);
  return {line.begin(), line.end()};
}

TEST(EanFit, ReadsBarsThatHaveMeltedTogether) {
  for (const char* digits : {"4006381333931", "9780306406157"}) {
    for (const double radius : {0.7, 1.3, 1.9}) {
      const cv::Mat picture = OutOfFocus(Painted("EAN-13", digits), radius);
      const auto fit =
          FitEan(MiddleLine(picture), EanKind::kEan13, 0.9 * kModulePx, 1.2 * kModulePx);
      ASSERT_TRUE(fit.has_value()) << digits << " " << radius;
      EXPECT_EQ(fit->digits, digits) << radius;
      EXPECT_GT(fit->margin, 1.5) << digits << " " << radius;
      EXPECT_NEAR(fit->end - fit->begin, 95 * kModulePx, kModulePx);
    }
  }
}

TEST(EanFit, ReadsFromRightToLeft) {
  cv::Mat picture = OutOfFocus(Painted("EAN-13", "4006381333931"), 1.5);
  cv::rotate(picture, picture, cv::ROTATE_180);
  const auto fit = FitEan(MiddleLine(picture), EanKind::kEan13, 0.9 * kModulePx, 1.2 * kModulePx);
  ASSERT_TRUE(fit.has_value());
  EXPECT_EQ(fit->digits, "4006381333931");
  EXPECT_NEAR(fit->begin - fit->end, 95 * kModulePx, kModulePx);
}

TEST(EanFit, ReadsUpcEOfEveryKindOfNumber) {
  // By the last of the six digits, which says where the zeros are, and one that begins with 1.
  for (const char* digits : {"04965802", "01234531", "06543240", "01234558", "11234511"}) {
    for (const double radius : {0.7, 1.4}) {
      const cv::Mat picture = OutOfFocus(Painted("UPC-E", digits), radius);
      const auto fit =
          FitEan(MiddleLine(picture), EanKind::kUpcE, 0.9 * kModulePx, 1.2 * kModulePx);
      ASSERT_TRUE(fit.has_value()) << digits << " " << radius;
      EXPECT_EQ(fit->digits, digits) << radius;
      EXPECT_GT(fit->margin, 1.5) << digits << " " << radius;
    }
  }
}

TEST(EanFit, RefusesShortLines) {
  EXPECT_FALSE(FitEan(std::vector<float>(50, 128), EanKind::kEan13, 1, 2).has_value());
  EXPECT_FALSE(FitEan(std::vector<float>(200, 128), EanKind::kEan13, 0.5, 2).has_value());
}

// The whole block of bars in the picture, as a locator gives it.
Block BlockOf(const cv::Mat& picture) {
  return {{picture.cols / 2.0, picture.rows / 2.0}, 95 * kModulePx + 6, 50, 0};
}

TEST(EanBlocks, GivesTheValueWithItsCorners) {
  const cv::Mat picture = OutOfFocus(Painted("UPC-A", "036000291452"), 1.8);
  const std::optional<Read> read = FitEanBlock(picture, BlockOf(picture), EanKind::kEan13, false);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->content, "036000291452");
  EXPECT_EQ(read->symbology, Symbology::kUpcA);
  EXPECT_NEAR(read->corners[0].x, picture.cols / 2.0 - 47.5 * kModulePx, kModulePx);
  EXPECT_NEAR(read->corners[2].x, picture.cols / 2.0 + 47.5 * kModulePx, kModulePx);
  EXPECT_LT(read->corners[0].y, read->corners[3].y);
}

TEST(EanBlocks, ReadsLightBarsWhenAsked) {
  const cv::Mat picture = 160 - OutOfFocus(Painted("EAN-13", "4006381333931"), 1.5) / 5;
  EXPECT_FALSE(FitEanBlock(picture, BlockOf(picture), EanKind::kEan13, false).has_value());
  EXPECT_TRUE(FitEanBlock(picture, BlockOf(picture), EanKind::kEan13, true).has_value());
}

TEST(EanBlocks, ReadsNothingOutOfOtherBars) {
  const std::pair<const char*, const char*> kOthers[] = {
      {"Code128", "12345678"}, {"ITF", "12345678"}, {"Code39", "SN4711"}, {"EAN-8", "4017072"}};
  for (const auto& [format, text] : kOthers) {
    const cv::Mat picture = OutOfFocus(Painted(format, text), 1.5);
    for (const double share : {0.7, 1.0}) {
      Block block = BlockOf(picture);
      block.width = share * picture.cols;
      for (const EanKind kind : {EanKind::kEan13, EanKind::kUpcE}) {
        EXPECT_FALSE(FitEanBlock(picture, block, kind, false).has_value())
            << format << " " << share << " " << ModulesOf(kind);
      }
    }
  }
}

// An EAN-13 has half of its digits and a guard in common with a UPC-E.
TEST(EanBlocks, ReadsNoUpcEOutOfAnEan13) {
  for (const char* digits : {"4006381333931", "9780306406157", "0036000291452"}) {
    const cv::Mat picture = OutOfFocus(Painted("EAN-13", digits), 1.2);
    EXPECT_FALSE(FitEanBlock(picture, BlockOf(picture), EanKind::kUpcE, false).has_value());
  }
}

}  // namespace
}  // namespace loopdock::vision
