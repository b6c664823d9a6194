// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/decoder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>
#include <set>
#include <string>
#include <vector>

#include "services/common/status.h"
#include "services/vision/decode/linear_blocks.h"
#include "tests/tools/label_painter.h"

namespace loopdock::vision {
namespace {

using loopdock::testing::LabelSymbol;
using loopdock::testing::PaintSymbol;

cv::Mat OnPaper(const cv::Mat& symbol, int margin = 60) {
  cv::Mat paper;
  cv::copyMakeBorder(symbol, paper, margin, margin, margin, margin, cv::BORDER_CONSTANT,
                     cv::Scalar::all(235));
  return paper;
}

v1::DecodeResult Decoded(const cv::Mat& grey) {
  auto result = DecodeSymbols(grey, {});
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *result : v1::DecodeResult();
}

cv::Mat Turned(const cv::Mat& picture, double degrees) {
  const double side = std::hypot(picture.cols, picture.rows);
  cv::Mat turn = cv::getRotationMatrix2D(
      cv::Point2f(float(picture.cols) / 2, float(picture.rows) / 2), -degrees, 1);
  turn.at<double>(0, 2) += (side - picture.cols) / 2;
  turn.at<double>(1, 2) += (side - picture.rows) / 2;
  cv::Mat turned;
  cv::warpAffine(picture, turned, turn, cv::Size(int(side), int(side)), cv::INTER_LINEAR,
                 cv::BORDER_CONSTANT, cv::Scalar::all(235));
  return turned;
}

TEST(Decoder, ReadsEveryFormatUnderItsName) {
  struct Row {
    const char* format;
    const char* encode;
    const char* text;
    const char* identifier;
  };
  const Row rows[] = {
      {"Code128", "R58LD0A9KXW", "R58LD0A9KXW", "]C0"},
      {"Code39", "SN-2041-77", "SN-2041-77", "]A0"},
      {"Code93", "PART-7719", "PART-7719", "]G0"},
      {"Codabar", "A1234567B", "1234567", "]F0"},
      {"ITF", "15400141288763", "15400141288763", "]I1"},
      {"EAN-13", "4006381333931", "4006381333931", "]E0"},
      {"EAN-8", "7351353", "73513537", "]E4"},
      {"UPC-A", "036000291452", "036000291452", "]E0"},
      {"DataMatrix", "DM 4711 0815", "DM 4711 0815", "]d1"},
      {"QRCode", "https://example.org/a/1", "https://example.org/a/1", "]Q1"},
      {"MicroQRCode", "MQ12345", "MQ12345", "]Q1"},
      {"PDF417", "PALLET 00123 OF 4", "PALLET 00123 OF 4", "]L2"},
      {"Aztec", "AZTEC 123456", "AZTEC 123456", "]z0"},
      {"DataBar", "0950110153001", "0109501101530010", "]e0"},
      {"DataBarExpanded", "[01]09501101530003[10]AB12[21]7",
       "010950110153000310AB12\x1D"
       "217",
       "]e0"},
  };
  for (const Row& row : rows) {
    LabelSymbol symbol{row.format, row.text, row.encode};
    symbol.gs1 = row.encode[0] == '[';
    const auto result = Decoded(OnPaper(PaintSymbol(symbol)));
    ASSERT_EQ(result.symbols_size(), 1) << row.format << "\n" << result.ShortDebugString();
    EXPECT_EQ(result.symbols(0).format(), row.format);
    EXPECT_EQ(result.symbols(0).content(), row.text) << row.format;
    EXPECT_EQ(result.symbols(0).symbology_identifier(), row.identifier) << row.format;
    EXPECT_FALSE(result.symbols(0).attempt().empty());
  }
}

TEST(Decoder, SeparatesGs1FieldsWithU001D) {
  LabelSymbol symbol{"Code128", "", "[10]LOT7[21]SN42"};
  symbol.gs1 = true;
  const auto result = Decoded(OnPaper(PaintSymbol(symbol)));
  ASSERT_EQ(result.symbols_size(), 1);
  EXPECT_EQ(result.symbols(0).content(),
            "10LOT7\x1D"
            "21SN42");
  EXPECT_EQ(result.symbols(0).symbology_identifier(), "]C1");
}

TEST(Decoder, PutsTheAddOnAfterOneSpace) {
  const auto result = Decoded(OnPaper(PaintSymbol({"EAN-13", "", "9780306406157+51995"})));
  ASSERT_EQ(result.symbols_size(), 1);
  EXPECT_EQ(result.symbols(0).content(), "9780306406157 51995");
}

// The corner that was the symbol's top left before the picture was turned comes first, and the
// corners follow clockwise.
TEST(Decoder, CornersTurnWithTheSymbol) {
  for (const char* format : {"Code128", "DataMatrix", "QRCode", "PDF417"}) {
    const cv::Mat upright = OnPaper(PaintSymbol({format, "ABC-12345", "ABC-12345"}), 80);
    for (const double degrees : {0.0, 90.0, 180.0, 270.0}) {
      const cv::Mat turned = Turned(upright, degrees);
      const auto result = Decoded(turned);
      ASSERT_EQ(result.symbols_size(), 1) << format << " at " << degrees;
      const auto& corners = result.symbols(0).corners();
      ASSERT_EQ(corners.size(), 4);
      const double turn = degrees * CV_PI / 180;
      for (int i = 0; i < 4; ++i) {
        // Back to the upright picture, from its middle.
        const double x = corners[i].x() - turned.cols / 2.0;
        const double y = corners[i].y() - turned.rows / 2.0;
        const double back_x = x * std::cos(turn) + y * std::sin(turn);
        const double back_y = -x * std::sin(turn) + y * std::cos(turn);
        EXPECT_EQ(back_x < 0, i == 0 || i == 3) << format << " at " << degrees << " corner " << i;
        EXPECT_EQ(back_y < 0, i == 0 || i == 1) << format << " at " << degrees << " corner " << i;
      }
    }
  }
}

TEST(Decoder, ReadsTiltedBarsFromTheirBlock) {
  const cv::Mat label = OnPaper(PaintSymbol({"Code128", "TILTED-0042", "TILTED-0042"}), 80);
  for (const double degrees : {20.0, 40.0, 65.0, 130.0, 200.0}) {
    const auto result = Decoded(Turned(label, degrees));
    ASSERT_EQ(result.symbols_size(), 1) << degrees;
    EXPECT_EQ(result.symbols(0).content(), "TILTED-0042");
  }
}

TEST(Decoder, FindsAllSymbolsOnceEach) {
  loopdock::testing::Label label;
  label.title = "ASSET";
  label.symbols = {{"Code128", "001010123456780", ""},
                   {"Code39", "SN-2041-77", ""},
                   {"DataMatrix", "DM 4711", ""}};
  const auto result = Decoded(loopdock::testing::PaintLabel(label, 5));
  std::multiset<std::string> values;
  for (const auto& symbol : result.symbols()) values.insert(symbol.content());
  EXPECT_EQ(values, (std::multiset<std::string>{"001010123456780", "DM 4711", "SN-2041-77"}));
  DecoderOptions one;
  one.symbols_max = 1;
  EXPECT_EQ(DecodeSymbols(loopdock::testing::PaintLabel(label, 5), one)->symbols_size(), 1);
}

// Bars that say nothing are named where they stand; a symbol that was read is not.
TEST(Decoder, NamesWhatItSawAndCouldNotRead) {
  const cv::Mat upper = PaintSymbol({"Code128", "READABLE-1", "READABLE-1"});
  cv::Mat paper(400, upper.cols + 120, CV_8UC1, cv::Scalar::all(235));
  upper.copyTo(paper(cv::Rect(60, 50, upper.cols, upper.rows)));
  cv::RNG random(5);
  for (int x = 80; x < 80 + 300; x += random.uniform(5, 12)) {
    paper(cv::Rect(x, 240, random.uniform(2, 5), 80)).setTo(20);
  }
  const auto result = Decoded(paper);
  ASSERT_EQ(result.symbols_size(), 1);
  EXPECT_EQ(result.symbols(0).content(), "READABLE-1");
  ASSERT_GE(result.unread_size(), 1);
  EXPECT_EQ(result.unread(0).kind(), "linear");
  ASSERT_EQ(result.unread(0).corners_size(), 4);
  for (const auto& corner : result.unread(0).corners()) EXPECT_GT(corner.y(), 200);
}

TEST(Decoder, ReadsNothingOutOfNoiseAndLines) {
  cv::Mat noise(400, 600, CV_8UC1);
  cv::RNG(11).fill(noise, cv::RNG::UNIFORM, 0, 255);
  EXPECT_EQ(Decoded(noise).symbols_size(), 0);
  cv::Mat stripes(400, 600, CV_8UC1, cv::Scalar::all(220));
  cv::RNG random(12);
  for (int x = 0; x < stripes.cols; x += random.uniform(6, 20)) {
    cv::line(stripes, {x, 0}, {x, stripes.rows}, cv::Scalar::all(30), random.uniform(2, 8));
  }
  EXPECT_EQ(Decoded(stripes).symbols_size(), 0);
}

// A camera that looks at nothing must not hold up others: no block, and no fallback.
TEST(Decoder, SeesNothingInTheNoiseOfACamera) {
  cv::Mat frame(720, 1280, CV_8UC1, cv::Scalar::all(140));
  cv::Mat noise(frame.size(), CV_16S);
  cv::RNG(1).fill(noise, cv::RNG::NORMAL, 0, 2.5);
  cv::add(frame, noise, frame, cv::noArray(), CV_8U);
  EXPECT_TRUE(MapCells(frame).energy.empty());
  EXPECT_EQ(Decoded(frame).symbols_size(), 0);
  const cv::Mat symbol = PaintSymbol({"Code128", "FAINT-1", "FAINT-1"});
  cv::Mat faint;
  symbol.convertTo(faint, CV_8U, 12.0 / 255, 134);
  faint.copyTo(frame(cv::Rect(400, 300, faint.cols, faint.rows)));
  EXPECT_FALSE(MapCells(frame).energy.empty());
}

TEST(Decoder, SurvivesTheSmallestAndSlimmestPictures) {
  for (const cv::Size size : {cv::Size(1, 1), {1, 500}, {500, 1}, {2, 2}, {16, 16}, {5000, 2}}) {
    EXPECT_EQ(Decoded(cv::Mat(size, CV_8UC1, cv::Scalar::all(128))).symbols_size(), 0);
  }
}

TEST(Decoder, StopsAtItsDeadline) {
  DecoderOptions options;
  options.deadline = absl::InfinitePast();
  const auto result = DecodeSymbols(cv::Mat(100, 100, CV_8UC1, cv::Scalar::all(0)), options);
  EXPECT_EQ(common::ReasonOf(result.status()), "PICTURE_TIMEOUT");
}

TEST(Decoder, SafestModeStillReads) {
  DecoderOptions options;
  options.safest = true;
  const auto result = DecodeSymbols(OnPaper(PaintSymbol({"Code128", "SAFE-1", "SAFE-1"})), options);
  ASSERT_TRUE(result.ok());
  ASSERT_EQ(result->symbols_size(), 1);
  EXPECT_EQ(result->symbols(0).attempt(), "single/linear");
}

TEST(LinearBlocks, CropLeadsBackToThePicture) {
  const cv::Mat label = OnPaper(PaintSymbol({"Code128", "BLOCK-77", "BLOCK-77"}), 100);
  const auto blocks = FindLinearBlocks(MapCells(label));
  ASSERT_FALSE(blocks.empty());
  const Crop crop = CutOut(label, blocks[0], 30, 10, 2, Interpolation::kCubic);
  const cv::Vec2d middle =
      crop.to_picture * cv::Vec3d(crop.grey.cols / 2.0, crop.grey.rows / 2.0, 1);
  EXPECT_NEAR(middle[0], label.cols / 2.0, 15);
  EXPECT_NEAR(middle[1], label.rows / 2.0, 15);
}

}  // namespace
}  // namespace loopdock::vision
