// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/unread.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "services/vision/decode/linear_blocks.h"
#include "services/vision/decode/matrix_blocks.h"

namespace loopdock::vision {
namespace {

constexpr int kPaper = 230;

cv::Mat Paper() { return {600, 900, CV_8UC1, cv::Scalar::all(kPaper)}; }

void PaintBars(const cv::Rect& place, cv::Mat& picture) {
  for (int x = 0; x + 4 < place.width; x += 9) {
    picture(cv::Rect(place.x + x, place.y, 3 + x % 2, place.height)).setTo(30);
  }
}

v1::DecodeResult Unread(const cv::Mat& picture) {
  const CellMap cells = MapCells(picture);
  v1::DecodeResult result;
  AddUnread(picture, FindLinearBlocks(cells), FindMatrixBlocks(cells), result);
  return result;
}

TEST(Unread, BarsThatNoSymbolExplainsAreNamedWhereTheyStand) {
  cv::Mat picture = Paper();
  PaintBars({200, 240, 420, 90}, picture);
  const v1::DecodeResult result = Unread(picture);
  ASSERT_EQ(result.unread_size(), 1) << result.ShortDebugString();
  EXPECT_EQ(result.unread(0).kind(), "linear");
  ASSERT_EQ(result.unread(0).corners_size(), 4);
  std::vector<cv::Point2f> outline;
  for (const v1::Point& corner : result.unread(0).corners()) {
    outline.emplace_back(static_cast<float>(corner.x()), static_cast<float>(corner.y()));
  }
  EXPECT_GT(cv::pointPolygonTest(outline, {410, 285}, false), 0);
  EXPECT_LT(cv::pointPolygonTest(outline, {410, 400}, false), 0);
  EXPECT_LT(cv::pointPolygonTest(outline, {100, 285}, false), 0);
  // Clockwise, as pictures are looked at.
  EXPECT_GT(cv::contourArea(outline, true), 0);
}

TEST(Unread, TheLargerOneComesFirst) {
  cv::Mat picture = Paper();
  PaintBars({60, 60, 300, 60}, picture);
  PaintBars({300, 300, 500, 120}, picture);
  const v1::DecodeResult result = Unread(picture);
  ASSERT_EQ(result.unread_size(), 2) << result.ShortDebugString();
  EXPECT_GT(result.unread(0).corners(0).y(), result.unread(1).corners(0).y());
}

TEST(Unread, PrintIsNotTakenForBars) {
  cv::Mat picture = Paper();
  for (int y = 60; y < 560; y += 60) {
    cv::putText(picture, "Hilfreich ill still till 1234567", {40, y}, cv::FONT_HERSHEY_SIMPLEX, 1.3,
                cv::Scalar::all(30), 2, cv::LINE_AA);
  }
  const v1::DecodeResult result = Unread(picture);
  for (const v1::UnreadSymbol& unread : result.unread()) EXPECT_NE(unread.kind(), "linear");
}

TEST(Unread, NothingIsSeenInAnEmptyFrame) {
  cv::Mat frame(720, 1280, CV_8UC1, cv::Scalar::all(140));
  cv::Mat noise(frame.size(), CV_16S);
  cv::RNG rng(1);
  rng.fill(noise, cv::RNG::NORMAL, 0, 3);
  cv::add(frame, noise, frame, cv::noArray(), CV_8U);
  EXPECT_EQ(Unread(frame).unread_size(), 0);
}

TEST(Unread, NamesSixteenPlacesAtMostAndNoneTwice) {
  cv::Mat picture(1000, 2000, CV_8UC1, cv::Scalar::all(kPaper));
  std::vector<Block> blocks;
  for (int i = 0; i < 24; ++i) {
    const cv::Rect place(40 + 320 * (i % 6), 40 + 200 * (i / 6), 240, 80);
    PaintBars(place, picture);
    blocks.push_back({cv::Point2d(place.x + 120.0, place.y + 40.0), 240, 80, 0});
    blocks.push_back(blocks.back());
  }
  v1::DecodeResult result;
  AddUnread(picture, blocks, {}, result);
  EXPECT_EQ(result.unread_size(), 16);
  v1::DecodeResult few;
  AddUnread(picture, {blocks[0], blocks[1]}, {}, few);
  EXPECT_EQ(few.unread_size(), 1);
}

// Also at the edge of the picture and with no size at all.
TEST(Unread, BearsAnyBlock) {
  const cv::Mat picture = Paper();
  const std::vector<Block> blocks = {
      {{0, 0}, 0, 0, 0}, {{-50, 900}, 400, 300, 1}, {{5, 5}, 1e5, 30, 2}};
  v1::DecodeResult result;
  AddUnread(picture, blocks, blocks, result);
  EXPECT_EQ(result.unread_size(), 0);
}

}  // namespace
}  // namespace loopdock::vision
