// SPDX-License-Identifier: Apache-2.0
#include "services/vision/draw/draw.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "absl/strings/str_join.h"
#include "services/common/status.h"
#include "services/vision/draw/label_places.h"
#include "services/vision/draw/lettering.h"

namespace loopdock::vision {
namespace {

constexpr int kWidth = 1600;
constexpr int kHeight = 900;

void AddPoints(const std::vector<cv::Point>& from,
               google::protobuf::RepeatedPtrField<v1::Point>* points) {
  for (const cv::Point& at : from) {
    v1::Point* point = points->Add();
    point->set_x(at.x);
    point->set_y(at.y);
  }
}

cv::Mat Picture() {
  cv::Mat picture(kHeight, kWidth, CV_8UC3, cv::Scalar::all(110));
  picture(cv::Rect(100, 60, 1400, 780)).setTo(cv::Scalar::all(30));
  return picture;
}

void AddScratch(cv::Rect box, int severity, v1::DrawRequest& request) {
  v1::Defect* defect = request.mutable_measurement()->add_defects();
  defect->set_type(v1::DEFECT_TYPE_SCRATCH);
  AddPoints({box.tl(), {box.br().x, box.y}, box.br(), {box.x, box.br().y}},
            defect->mutable_polygon());
  defect->set_length_px(box.width);
  defect->set_length_um(box.width * 100.0);
  defect->set_width_um(box.height * 100.0);
  request.add_severities(severity);
}

v1::DrawRequest Request() {
  v1::DrawRequest request;
  v1::Measurement& measurement = *request.mutable_measurement();
  measurement.set_width_px(kWidth);
  measurement.set_height_px(kHeight);
  measurement.set_um_per_px(100);
  measurement.set_scale_source(v1::SCALE_SOURCE_MAT);
  measurement.set_inspected_share(0.75);
  // So large that the whole picture is shown.
  AddPoints({{100, 60}, {1500, 60}, {1500, 840}, {100, 840}}, measurement.mutable_device_outline());
  request.set_title("C3: display has one scratch of 8.2 mm");
  return request;
}

cv::Mat Drawn(const cv::Mat& picture, const v1::DrawRequest& request) {
  const auto jpeg = Draw(picture, request);
  EXPECT_TRUE(jpeg.ok()) << jpeg.status();
  if (!jpeg.ok()) return {};
  return cv::imdecode(std::vector<unsigned char>(jpeg->begin(), jpeg->end()), cv::IMREAD_COLOR);
}

// Of all pixels within the box, the largest distance between two pictures.
double Difference(const cv::Mat& a, const cv::Mat& b, const cv::Rect& box) {
  return cv::norm(a(box), b(box), cv::NORM_INF);
}

TEST(Draw, OutlinesTheDefectInTheColourOfItsSeverity) {
  v1::DrawRequest request = Request();
  const cv::Mat without = Drawn(Picture(), request);
  AddScratch({600, 400, 180, 8}, 4, request);
  const cv::Mat with = Drawn(Picture(), request);
  ASSERT_EQ(with.size(), cv::Size(kWidth, kHeight));
  // The ring above the scratch is red, the scratch itself is as it was.
  bool red = false;
  for (int y = 385; y < 400; ++y) {
    const cv::Vec3b pixel = with.at<cv::Vec3b>(y, 690);
    red = red || (pixel[2] > 190 && pixel[1] < 130 && pixel[0] < 130);
  }
  EXPECT_TRUE(red);
  EXPECT_LT(Difference(with, without, {605, 402, 170, 4}), 16);
  // What is far from the scratch and its label stays.
  EXPECT_LT(Difference(with, without, {210, 160, 150, 500}), 16);
}

// Thin, grey and with gaps, and said so below: nobody takes it for what decided.
TEST(Draw, WhatDoesNotCountIsDashed) {
  v1::DrawRequest request = Request();
  AddScratch({600, 400, 180, 8}, 4, request);
  const cv::Mat counts = Drawn(Picture(), request);
  request.add_uncounted(0);
  const cv::Mat uncounted = Drawn(Picture(), request);
  // Along the ring above the scratch: light grey and the ground in turn, never red.
  int light = 0;
  int ground = 0;
  for (int x = 605; x < 775; ++x) {
    int brightest = 0;
    for (int y = 385; y < 400; ++y) {
      const cv::Vec3b pixel = uncounted.at<cv::Vec3b>(y, x);
      EXPECT_LT(std::abs(pixel[2] - pixel[0]), 40);
      brightest = std::max<int>(brightest, pixel[1]);
    }
    light += brightest > 120 ? 1 : 0;
    ground += brightest < 60 ? 1 : 0;
  }
  EXPECT_GT(light, 50);
  EXPECT_GT(ground, 30);
  EXPECT_GT(Difference(counts, uncounted, {0, 850, 400, 50}), 60) << "the line below says so";
  request.add_uncounted(1);
  EXPECT_EQ(common::ReasonOf(Draw(Picture(), request).status()), "DRAWING_INVALID");
  request.set_uncounted(1, -1);
  EXPECT_EQ(common::ReasonOf(Draw(Picture(), request).status()), "DRAWING_INVALID");
}

TEST(Draw, HasTitleScaleBarAndADimmedSurrounding) {
  v1::DrawRequest request = Request();
  const cv::Mat with = Drawn(Picture(), request);
  request.clear_title();
  const cv::Mat without = Drawn(Picture(), request);
  EXPECT_GT(Difference(with, without, {0, 0, kWidth, 40}), 60);
  EXPECT_LT(with.at<cv::Vec3b>(450, 60)[0], 80) << "beside the device";
  request.mutable_measurement()->clear_um_per_px();
  const cv::Mat unknown = Drawn(Picture(), request);
  EXPECT_GT(Difference(without, unknown, {1200, 850, 400, 50}), 60);
}

TEST(Draw, IsOfTheSizeAskedFor) {
  v1::DrawRequest request = Request();
  request.set_long_side_px(800);
  EXPECT_EQ(Drawn(Picture(), request).size(), cv::Size(800, 450));
  request.set_long_side_px(2400);
  EXPECT_EQ(Drawn(Picture(), request).size(), cv::Size(2400, 1350));
}

TEST(Draw, ShowsTheDeviceAndLittleElse) {
  v1::DrawRequest request = Request();
  request.clear_title();
  cv::Mat picture = Picture();
  picture(cv::Rect(0, 0, 500, kHeight)).setTo(cv::Scalar::all(255));
  request.mutable_measurement()->clear_device_outline();
  EXPECT_EQ(Drawn(picture, request).size(), cv::Size(1600, 900)) << "no device: all is shown";
  AddPoints({{600, 200}, {1000, 200}, {1000, 700}, {600, 700}},
            request.mutable_measurement()->mutable_device_outline());
  const cv::Mat drawn = Drawn(picture, request);
  EXPECT_EQ(drawn.size(), cv::Size(cvRound(1600.0 * 481 / 581), 1600))
      << "40 pixels of room on each side";
  EXPECT_LT(cv::mean(drawn(cv::Rect(0, 0, 60, 1500)))[0], 200) << "what lies far from it is not";
}

TEST(Draw, LabelsDoNotCoverEachOtherOrTheDefects) {
  LabelPlaces places({kWidth, kHeight});
  std::vector<cv::Rect> named;
  for (int i = 0; i < 20; ++i) {
    named.emplace_back(400 + 30 * (i % 5), 300 + 26 * (i / 5), 24, 12);
    places.Keep(named.back());
  }
  std::vector<cv::Rect> labels;
  for (const cv::Rect& box : named) {
    const cv::Point right(box.br().x, box.y + box.height / 2);
    const auto place = places.Place({110, 30}, {right, {box.x, right.y}}, 8);
    ASSERT_TRUE(place.has_value());
    for (const cv::Rect& other : labels) EXPECT_TRUE((place->box & other).empty());
    for (const cv::Rect& other : named) EXPECT_TRUE((place->box & other).empty());
    labels.push_back(place->box);
  }
}

TEST(Draw, RefusesWhatDoesNotBelongToThePicture) {
  const auto reason = [](const v1::DrawRequest& request) {
    return common::ReasonOf(Draw(Picture(), request).status());
  };
  v1::DrawRequest request = Request();
  request.mutable_measurement()->set_width_px(1920);
  EXPECT_EQ(reason(request), "DRAWING_INVALID");
  request = Request();
  request.add_severities(2);
  EXPECT_EQ(reason(request), "DRAWING_INVALID");
  request = Request();
  AddScratch({600, 400, 180, 8}, 5, request);
  EXPECT_EQ(reason(request), "DRAWING_INVALID");
  request = Request();
  request.set_long_side_px(100'000);
  EXPECT_EQ(reason(request), "DRAWING_INVALID");
  request = Request();
  request.set_title(std::string(401, 'x'));
  EXPECT_EQ(reason(request), "DRAWING_INVALID");
  request = Request();
  AddScratch({600, 400, 180, 8}, 1, request);
  request.mutable_measurement()->mutable_defects(0)->mutable_polygon(1)->set_x(
      std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(reason(request), "DRAWING_INVALID");
  request = Request();
  AddScratch({600, 400, 180, 8}, 1, request);
  request.mutable_measurement()->mutable_defects(0)->mutable_polygon(1)->set_x(1e300);
  EXPECT_EQ(reason(request), "DRAWING_INVALID");
  request = Request();
  for (int i = 0; i < 200'001; ++i) request.mutable_measurement()->add_inspected_outline();
  EXPECT_EQ(reason(request), "DRAWING_INVALID");
}

TEST(Draw, SurvivesOddFigures) {
  v1::DrawRequest request = Request();
  AddScratch({-300, 400, 600, 8}, 1, request);
  AddScratch({1700, 950, 60, 30}, 2, request);
  AddScratch({600, 400, 180, 8}, 3, request);
  v1::Measurement& measurement = *request.mutable_measurement();
  measurement.mutable_defects(2)->set_length_um(std::numeric_limits<double>::quiet_NaN());
  measurement.mutable_defects(2)->set_length_px(std::numeric_limits<double>::infinity());
  measurement.add_defects();
  request.add_severities(0);
  measurement.set_um_per_px(std::numeric_limits<double>::quiet_NaN());
  measurement.set_inspected_share(-7);
  AddPoints({{5, 5}}, measurement.add_masked()->mutable_polygon());
  request.set_title("\xff\x01 bell\x07 \xe2\x82");
  EXPECT_EQ(Drawn(Picture(), request).size(), cv::Size(kWidth, kHeight));
  for (int i = 0; i < 500; ++i)
    AddScratch({(i * 37) % 1500, (i * 53) % 850, 40, 4}, i % 5, request);
  EXPECT_EQ(Drawn(Picture(), request).size(), cv::Size(kWidth, kHeight));
}

TEST(Lettering, ShortensToFitAndShowsOnlyPrintableText) {
  EXPECT_EQ(Printable("8 \xc2\xb5m \xf0\x9f\x98\x80"), "8 \xc2\xb5m \xf0\x9f\x98\x80");
  EXPECT_EQ(Printable("a\nb\x7f\xc0\xe2\x82"), "a?b????");
  for (const char* font : {"/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "/no/such/font"}) {
    Lettering lettering(font);
    const std::string text = "C3: display has one scratch of 8.2 mm";
    const int width = lettering.SizeOf(text, 20).width;
    EXPECT_GT(width, 150) << font;
    EXPECT_EQ(lettering.Fitting(text, 20, width), text);
    const std::string cut = lettering.Fitting(text, 20, width / 2);
    EXPECT_TRUE(cut.ends_with("..."));
    EXPECT_LE(lettering.SizeOf(cut, 20).width, width / 2);
    const auto lines = lettering.Lines(text, 20, width / 2, 3);
    EXPECT_GE(lines.size(), 2u);
    EXPECT_EQ(absl::StrJoin(lines, " "), text);
    for (const std::string& line : lines) EXPECT_LE(lettering.SizeOf(line, 20).width, width / 2);
    EXPECT_TRUE(lettering.Lines(text, 20, width / 4, 2).back().ends_with("..."));
    EXPECT_THAT(lettering.Lines(std::string(200, 'x'), 20, width / 2, 3), ::testing::SizeIs(1));
    cv::Mat on(40, 600, CV_8UC3, cv::Scalar::all(0));
    lettering.Put(text, {10, 10}, 20, cv::Scalar::all(255), on);
    EXPECT_GT(cv::norm(on, cv::NORM_INF), 200) << font;
    EXPECT_LE(cv::norm(on(cv::Rect(0, 0, 600, 8)), cv::NORM_INF), 60) << font;
  }
}

}  // namespace
}  // namespace loopdock::vision
