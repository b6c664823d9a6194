// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "services/vision/measure/skeleton.h"

namespace loopdock::vision {
namespace {

constexpr double kSpur = 10;

struct Drawing {
  cv::Mat mask = cv::Mat::zeros(300, 300, CV_8U);

  void Line(cv::Point from, cv::Point to, int width = 4) {
    cv::line(mask, from, to, cv::Scalar(255), width);
  }
  Skeleton Thinned() const {
    cv::Mat level;
    mask.convertTo(level, CV_32F);
    return Thin(mask, level, kSpur, 0.4, 8);
  }
};

TEST(Skeleton, IsAsLongAsTheLineAtAnyAngle) {
  for (int degrees = 0; degrees < 180; degrees += 15) {
    const double angle = degrees * CV_PI / 180;
    const cv::Point2d half = 100 * cv::Point2d(std::cos(angle), std::sin(angle));
    Drawing drawing;
    drawing.Line(cv::Point(cv::Point2d(150, 150) - half), cv::Point(cv::Point2d(150, 150) + half));
    const Skeleton skeleton = drawing.Thinned();
    EXPECT_NEAR(skeleton.length_px, 200, 8) << degrees;
    EXPECT_EQ(skeleton.junctions, 0) << degrees;
    EXPECT_GT(skeleton.straightness, 0.9) << degrees;
  }
}

TEST(Skeleton, CountsWhereLinesMeet) {
  Drawing star;
  for (const cv::Point end : {cv::Point(20, 40), {280, 60}, {150, 290}}) star.Line({150, 120}, end);
  EXPECT_EQ(star.Thinned().junctions, 1);

  Drawing grid;
  for (const int at : {80, 150, 220}) {
    grid.Line({20, at}, {280, at});
    grid.Line({at, 20}, {at, 280});
  }
  EXPECT_GE(grid.Thinned().junctions, 9);
}

TEST(Skeleton, DropsSpurs) {
  Drawing drawing;
  drawing.Line({20, 150}, {280, 150});
  drawing.Line({150, 150}, {150, 144}, 2);
  const Skeleton skeleton = drawing.Thinned();
  EXPECT_EQ(skeleton.junctions, 0);
  EXPECT_NEAR(skeleton.length_px, 260, 10);
}

TEST(Skeleton, CutsBackFaintEnds) {
  Drawing drawing;
  drawing.Line({20, 150}, {280, 150}, 3);
  cv::Mat level;
  drawing.mask.convertTo(level, CV_32F);
  level.colRange(0, 30) *= 0.2;
  const double whole = drawing.Thinned().length_px;
  const Skeleton cut = Thin(drawing.mask, level, kSpur, 0.4, 8);
  EXPECT_LT(cut.length_px, whole - 3);
  EXPECT_GT(cut.length_px, whole - 9);
}

TEST(Skeleton, OfNothingAndOfOnePixel) {
  Drawing drawing;
  EXPECT_EQ(drawing.Thinned().length_px, 0);
  drawing.mask.at<unsigned char>(0, 0) = 255;
  EXPECT_EQ(drawing.Thinned().points.size(), 1U);
}

}  // namespace
}  // namespace loopdock::vision
