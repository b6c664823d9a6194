// SPDX-License-Identifier: Apache-2.0
// Lines beside each other, through each other, and behind each other.
#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "services/vision/measure/lines.h"
#include "services/vision/measure/regions.h"
#include "services/vision/measure/skeleton.h"
#include "services/vision/measure/trace.h"

namespace loopdock::vision {
namespace {

constexpr uint64_t kSeed = 7;

struct Stroke {
  cv::Point from;
  cv::Point to;
  int width = 3;
};

// Marks as the search would find them, and the picture that they come from.
struct Drawing {
  cv::Mat grey = cv::Mat(400, 700, CV_8U, cv::Scalar(20));
  cv::Mat marks = cv::Mat::zeros(400, 700, CV_8U);

  explicit Drawing(const std::vector<Stroke>& strokes) {
    for (const Stroke& stroke : strokes) {
      cv::line(marks, stroke.from, stroke.to, cv::Scalar(255), stroke.width);
    }
    grey.setTo(90, marks);
    cv::RNG rng(kSeed);
    cv::Mat noise(grey.size(), CV_8U);
    rng.fill(noise, cv::RNG::UNIFORM, 0, 5);
    grey += noise;
  }

  std::vector<Region> Regions() const {
    const Parameters p;
    const cv::Mat inspected(grey.size(), CV_8U, cv::Scalar(255));
    return FindRegions({.grey = grey, .marks = marks, .inspected = inspected}, Surface(grey, 1, p),
                       p);
  }
};

// As many scratches as lines, each as long as its own.
void ExpectLines(const std::vector<Stroke>& strokes) {
  const std::vector<Region> regions = Drawing(strokes).Regions();
  ASSERT_EQ(regions.size(), strokes.size()) << strokes.front().to;
  for (const Stroke& stroke : strokes) {
    const cv::Point2f middle = (cv::Point2f(stroke.from) + cv::Point2f(stroke.to)) / 2;
    bool found = false;
    for (const Region& region : regions) {
      EXPECT_EQ(region.type, v1::DEFECT_TYPE_SCRATCH);
      if (cv::norm(region.rect.center - middle) > 8) continue;
      found = true;
      EXPECT_NEAR(region.length_px, cv::norm(stroke.from - stroke.to), 8) << middle;
    }
    EXPECT_TRUE(found) << middle;
  }
}

TEST(Lines, NearEachOtherStayApart) {
  ExpectLines({{{60, 150}, {340, 185}}, {{312, 225}, {464, 186}}});
  ExpectLines({{{60, 100}, {360, 100}}, {{200, 122}, {300, 130}}});
}

TEST(Lines, ThatCrossOrTouchStayApart) {
  ExpectLines({{{80, 60}, {420, 300}}, {{90, 300}, {430, 80}}});
  // A little aslant of each other they share a piece.
  ExpectLines({{{60, 180}, {560, 220}}, {{60, 250}, {460, 120}}});
  ExpectLines({{{60, 200}, {400, 200}}, {{230, 200}, {300, 350}}});
  ExpectLines({{{60, 300}, {250, 100}}, {{250, 100}, {500, 260}}});
}

TEST(Lines, OfThreeThatCrossNoneIsAStain) {
  ExpectLines({{{60, 60}, {500, 330}}, {{60, 330}, {500, 60}}, {{80, 120}, {600, 130}}});
}

TEST(Lines, PiecesInOneDirectionAreOneLine) {
  const Drawing drawing(
      {{{60, 100}, {160, 120}}, {{180, 124}, {300, 148}}, {{320, 152}, {400, 168}}});
  const std::vector<Region> regions = drawing.Regions();
  ASSERT_EQ(regions.size(), 1U);
  EXPECT_EQ(regions[0].type, v1::DEFECT_TYPE_SCRATCH);
  EXPECT_NEAR(regions[0].length_px, 347, 8);
}

TEST(Lines, ASpeckBesideALineDoesNotMakeItLonger) {
  Drawing drawing({{{100, 200}, {400, 240}}});
  cv::circle(drawing.marks, {424, 262}, 3, cv::Scalar(255), cv::FILLED);
  cv::circle(drawing.grey, {424, 262}, 3, cv::Scalar(60), cv::FILLED);
  const std::vector<Region> regions = drawing.Regions();
  ASSERT_EQ(regions.size(), 1U);
  EXPECT_NEAR(regions[0].length_px, 303, 8);
}

TEST(Lines, BothSidesOfABroadScratchAreOne) {
  const Drawing drawing({{{100, 200}, {300, 200}, 2}, {{110, 209}, {290, 209}, 2}});
  const std::vector<Region> regions = drawing.Regions();
  ASSERT_EQ(regions.size(), 1U);
  EXPECT_EQ(regions[0].type, v1::DEFECT_TYPE_SCRATCH);
}

TEST(Lines, TheRimOfADropIsNone) {
  cv::Mat mask = cv::Mat::zeros(300, 300, CV_8U);
  cv::circle(mask, {150, 150}, 60, cv::Scalar(255), 3);
  cv::Mat level;
  mask.convertTo(level, CV_32F);
  const Parameters p;
  for (const Line& line : FindLines(Thin(mask, level, 10, 0.4, 8).branches, 1, p)) {
    EXPECT_LT(line.straightness, p.line_straight_min);
  }
}

TEST(Lines, OfNoneAndOfVeryMany) {
  const Parameters p;
  EXPECT_TRUE(FindLines({}, 1, p).empty());
  const std::vector<cv::Point> piece = {{0, 0}, {1, 0}, {2, 0}, {3, 0}, {4, 0}, {5, 0}};
  const std::vector<std::vector<cv::Point>> many(static_cast<size_t>(p.line_pieces_max) + 1, piece);
  EXPECT_TRUE(FindLines(many, 1, p).empty());
}

// The light is that of the line, not of what lies beyond it.
TEST(Trace, AShortLineEndsWhereItEnds) {
  for (const int length : {14, 20, 30}) {
    cv::Mat grey(120, 200, CV_8U, cv::Scalar(20));
    cv::rectangle(grey, cv::Rect(80, 59, length, 3), cv::Scalar(120), cv::FILLED);
    cv::GaussianBlur(grey, grey, cv::Size(), 0.8);
    TraceHint hint{.points = {}, .width_px = 3, .gap_px = 6};
    for (int x = 82; x < 78 + length; ++x) hint.points.emplace_back(x, 60);
    const auto trace = TraceLine(grey, hint);
    ASSERT_TRUE(trace.has_value()) << length;
    EXPECT_NEAR(cv::norm(trace->path.back() - trace->path.front()), length, 1) << length;
  }
}

}  // namespace
}  // namespace loopdock::vision
