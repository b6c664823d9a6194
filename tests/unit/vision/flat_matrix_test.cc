// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/flat_matrix.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>
#include <string>

#include "services/vision/decode/outline.h"
#include "tests/tools/label_painter.h"

namespace loopdock::vision {
namespace {

// Corners of the symbol in the picture that `Askew` makes, clockwise from its top left.
constexpr float kTo[4][2] = {{90, 60}, {330, 110}, {300, 340}, {60, 280}};

// The symbol without its quiet zone turned and seen from the side, on a label with a dark frame
// around it.
cv::Mat Askew(const char* format, const std::string& text) {
  const cv::Mat painted = testing::PaintSymbol({format, text, text});
  const cv::Mat symbol = painted(cv::boundingRect(painted < 128));
  const auto w = static_cast<float>(symbol.cols);
  const auto h = static_cast<float>(symbol.rows);
  const cv::Point2f from[] = {{0, 0}, {w, 0}, {w, h}, {0, h}};
  cv::Point2f to[4];
  for (int i = 0; i < 4; ++i) to[i] = {kTo[i][0], kTo[i][1]};
  cv::Mat askew;
  cv::warpPerspective(symbol, askew, cv::getPerspectiveTransform(from, to), {400, 400},
                      cv::INTER_AREA, cv::BORDER_CONSTANT, cv::Scalar::all(255));
  cv::rectangle(askew, {2, 2, 396, 396}, cv::Scalar::all(20), 6);
  cv::GaussianBlur(askew, askew, {}, 1);
  return askew;
}

const Block kBlock{{195, 195}, 280, 280, 0.1};

TEST(Outline, GivesTheCornersOfTheSymbolAndNotOfTheFrame) {
  const auto quad = OutlineOf(Askew("DataMatrix", "OUTLINE 4711"), 1.0 / 12);
  ASSERT_TRUE(quad.has_value());
  for (const auto& corner : kTo) {
    double nearest = 1e9;
    for (const cv::Point2f& found : *quad) {
      nearest = std::min(nearest, cv::norm(found - cv::Point2f(corner[0], corner[1])));
    }
    // The upper right corner of a Data Matrix is light.
    EXPECT_LT(nearest, 25) << corner[0] << "," << corner[1];
  }
}

TEST(Outline, IsNothingWhereNothingIsDark) {
  EXPECT_FALSE(OutlineOf(cv::Mat(50, 50, CV_8UC1, cv::Scalar::all(200)), 0.1).has_value());
  EXPECT_FALSE(RingsOf(cv::Mat(50, 50, CV_8UC1, cv::Scalar::all(200))).has_value());
}

TEST(Outline, FindsTheRingsOfAnAztec) {
  EXPECT_FALSE(RingsOf(Askew("QRCode", "no rings but three corners")).has_value());
  const auto rings = RingsOf(Askew("Aztec", "RINGS 4711"));
  ASSERT_TRUE(rings.has_value());
  const cv::Point2f middle =
      (rings->quad[0] + rings->quad[1] + rings->quad[2] + rings->quad[3]) / 4;
  EXPECT_LT(cv::norm(middle - cv::Point2f(195, 195)), 15);
  EXPECT_GT(rings->module, 5);
}

TEST(FlatMatrix, ReadsWhatStandsAskew) {
  for (const char* format : {"DataMatrix", "QRCode", "Aztec", "PDF417"}) {
    const std::string text = "ASKEW 0815 4711";
    const auto reads = ReadFlattened(Askew(format, text), kBlock);
    ASSERT_EQ(reads.size(), 1U) << format;
    EXPECT_EQ(reads[0].content, text) << format;
    EXPECT_STREQ(SymbologyName(reads[0].symbology), format);
    // Within the symbol's own area, whatever its quiet zone.
    for (const cv::Point2d& corner : reads[0].corners) {
      EXPECT_GT(corner.x, 50) << format;
      EXPECT_LT(corner.x, 340) << format;
      EXPECT_GT(corner.y, 50) << format;
      EXPECT_LT(corner.y, 350) << format;
    }
  }
}

TEST(FlatMatrix, ReadsNothingOutOfNoise) {
  cv::Mat noise(400, 400, CV_8UC1);
  cv::RNG(3).fill(noise, cv::RNG::UNIFORM, 0, 255);
  EXPECT_TRUE(ReadFlattened(noise, kBlock).empty());
}

}  // namespace
}  // namespace loopdock::vision
