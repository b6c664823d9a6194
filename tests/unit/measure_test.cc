// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/measure.h"

#include <absl/time/clock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "services/common/status.h"
#include "services/vision/measure/find_device.h"
#include "services/vision/measure/fixtures.h"
#include "services/vision/measure/parameters.h"
#include "tests/tools/device_painter.h"

namespace loopdock::vision {
namespace {

using loopdock::testing::CrackWeb;
using loopdock::testing::Device;
using loopdock::testing::Mark;
using loopdock::testing::MarkLength;
using loopdock::testing::PaintDevice;
using loopdock::testing::Scratch;
using loopdock::testing::Stain;

constexpr uint64_t kSeed = 7;

v1::Measurement Measured(const cv::Mat& picture, MeasureOptions options = {}) {
  absl::StatusOr<v1::Measurement> measurement = Measure(picture, options);
  EXPECT_TRUE(measurement.ok()) << measurement.status();
  return measurement.ok() ? *std::move(measurement) : v1::Measurement();
}

cv::Mat Painted(std::vector<Mark> marks, double turn_deg = 0, double blur_px = 0.6) {
  Device device;
  device.marks = std::move(marks);
  device.turn_deg = turn_deg;
  device.blur_px = blur_px;
  return PaintDevice(device, kSeed);
}

cv::Mat Resized(const cv::Mat& picture, double factor) {
  cv::Mat resized;
  cv::resize(picture, resized, cv::Size(), factor, factor,
             factor < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
  return resized;
}

Mark OneScratch() { return Scratch({{640, 380}, {720, 420}, {810, 446}, {900, 452}}, 3, 60); }

bool Holds(const v1::Defect& defect, cv::Point2f point) {
  std::vector<cv::Point2f> polygon;
  for (const v1::Point& corner : defect.polygon()) {
    polygon.emplace_back(static_cast<float>(corner.x()), static_cast<float>(corner.y()));
  }
  return cv::pointPolygonTest(polygon, point, false) >= 0;
}

TEST(Measure, CleanDeviceScoresZero) {
  const v1::Measurement clean = Measured(Painted({}));
  EXPECT_EQ(clean.score(), 0);
  EXPECT_EQ(clean.defects_size(), 0);
  EXPECT_TRUE(clean.quality().passed()) << clean.quality().ShortDebugString();
  EXPECT_GT(clean.inspected_share(), 0.6);
  EXPECT_LT(clean.inspected_share(), 0.9);
  ASSERT_EQ(clean.zones_size(), 2);
  EXPECT_EQ(clean.zones(0).zone(), v1::ZONE_Z1);
  EXPECT_EQ(clean.zones(1).zone(), v1::ZONE_Z2);
}

TEST(Measure, ScratchHasItsPlaceAndLength) {
  const Mark scratch = OneScratch();
  MeasureOptions options;
  options.um_per_px = 80;
  const v1::Measurement measurement = Measured(Painted({scratch}), options);
  ASSERT_EQ(measurement.defects_size(), 1);
  const v1::Defect& defect = measurement.defects(0);
  EXPECT_EQ(defect.type(), v1::DEFECT_TYPE_SCRATCH);
  EXPECT_EQ(defect.zone(), v1::ZONE_Z1);
  EXPECT_NEAR(defect.length_px(), MarkLength(scratch), 10);
  EXPECT_NEAR(defect.length_um(), 80 * defect.length_px(), 1e-6);
  EXPECT_NEAR(defect.area_um2(), 6400 * defect.area_px2(), 1e-3);
  EXPECT_TRUE(Holds(defect, {720, 420}));
  EXPECT_TRUE(Holds(defect, {810, 446}));
  EXPECT_FALSE(Holds(defect, {810, 470}));
  EXPECT_GT(defect.confidence(), 0);
  EXPECT_LT(defect.confidence(), 1);
}

TEST(Measure, WithoutScaleThereAreNoMicrometres) {
  const v1::Measurement measurement = Measured(Painted({OneScratch()}));
  ASSERT_EQ(measurement.defects_size(), 1);
  EXPECT_FALSE(measurement.has_um_per_px());
  EXPECT_FALSE(measurement.defects(0).has_length_um());
  EXPECT_FALSE(measurement.defects(0).has_width_um());
  EXPECT_FALSE(measurement.defects(0).has_area_um2());
}

TEST(Measure, LengthFollowsTheSizeOfThePicture) {
  const Mark scratch = OneScratch();
  const cv::Mat picture = Painted({scratch});
  for (const double factor : {0.5, 2.0}) {
    const v1::Measurement measurement = Measured(Resized(picture, factor));
    ASSERT_EQ(measurement.defects_size(), 1) << factor;
    EXPECT_EQ(measurement.defects(0).type(), v1::DEFECT_TYPE_SCRATCH) << factor;
    EXPECT_NEAR(measurement.defects(0).length_px(), factor * MarkLength(scratch), factor * 14)
        << factor;
    EXPECT_TRUE(measurement.quality().passed()) << measurement.quality().ShortDebugString();
  }
}

TEST(Measure, LengthDoesNotDependOnHowTheDeviceLies) {
  const Mark scratch = OneScratch();
  cv::Mat upright;
  cv::rotate(Painted({scratch}), upright, cv::ROTATE_90_CLOCKWISE);
  for (const cv::Mat& picture : {upright, Painted({scratch}, 3), Painted({scratch}, -4)}) {
    const v1::Measurement measurement = Measured(picture);
    ASSERT_EQ(measurement.defects_size(), 1);
    EXPECT_NEAR(measurement.defects(0).length_px(), MarkLength(scratch), 10);
  }
}

TEST(Measure, WebOfLinesIsOneCrack) {
  for (const uint64_t seed : {1U, 2U, 3U}) {
    const v1::Measurement measurement = Measured(Painted({CrackWeb({960, 540}, 9, 300, seed)}));
    ASSERT_GE(measurement.defects_size(), 1) << seed;
    EXPECT_EQ(measurement.defects(0).type(), v1::DEFECT_TYPE_CRACK) << seed;
    EXPECT_GT(measurement.defects(0).weight(), 0.9 * measurement.score()) << seed;
  }
}

TEST(Measure, TwoScratchesThatCrossAreNoCrack) {
  const v1::Measurement measurement = Measured(Painted(
      {Scratch({{800, 400}, {1000, 600}}, 2, 60), Scratch({{800, 590}, {1010, 410}}, 2, 60)}));
  ASSERT_GE(measurement.defects_size(), 1);
  for (const v1::Defect& defect : measurement.defects()) {
    EXPECT_EQ(defect.type(), v1::DEFECT_TYPE_SCRATCH);
  }
}

TEST(Measure, PatchIsAStain) {
  const v1::Measurement measurement = Measured(Painted({Stain({900, 500}, 60, 35, 4)}));
  ASSERT_EQ(measurement.defects_size(), 1);
  EXPECT_EQ(measurement.defects(0).type(), v1::DEFECT_TYPE_STAIN);
  EXPECT_TRUE(Holds(measurement.defects(0), {900, 500}));
  const double painted = CV_PI * 60 * 60 * 1.3;
  EXPECT_NEAR(measurement.defects(0).area_px2(), painted, 0.35 * painted);
}

TEST(Measure, ScoreRisesWithDamage) {
  std::vector<Mark> marks;
  double last = Measured(Resized(Painted(marks), 0.5)).score();
  for (int i = 0; i < 3; ++i) {
    const double y = 300 + 130.0 * i;
    marks.push_back(Scratch({{500, y}, {700 + 40.0 * i, y + 40}}, 2, 50));
    const double score = Measured(Resized(Painted(marks), 0.5)).score();
    EXPECT_GT(score, last) << i;
    last = score;
  }
}

TEST(Measure, SamePictureSameResult) {
  const cv::Mat picture = Painted({CrackWeb({960, 540}, 9, 300, 5), OneScratch()});
  EXPECT_EQ(Measured(picture).SerializeAsString(), Measured(picture).SerializeAsString());
}

TEST(Measure, HighlightAlongTheEdgeIsNoDefect) {
  const double near_edge = 110 + 40;
  EXPECT_EQ(Measured(Painted({Scratch({{500, near_edge}, {1300, near_edge}}, 4, 120)})).score(), 0);
  EXPECT_GT(Measured(Painted({Scratch({{500, 540}, {1300, 540}}, 4, 120)})).score(), 0);
}

TEST(Measure, LightBackOnADarkMat) {
  cv::Mat picture(1080, 1920, CV_8U, cv::Scalar(40));
  cv::rectangle(picture, cv::Rect(300, 200, 1300, 680), cv::Scalar(190), cv::FILLED);
  cv::line(picture, {700, 400}, {900, 500}, cv::Scalar(130), 2, cv::LINE_AA);
  cv::RNG rng(kSeed);
  cv::Mat noise(picture.size(), CV_16S);
  rng.fill(noise, cv::RNG::NORMAL, 0, 1.2);
  cv::add(picture, noise, picture, cv::noArray(), CV_8U);
  const v1::Measurement measurement = Measured(picture);
  EXPECT_TRUE(measurement.quality().passed()) << measurement.quality().ShortDebugString();
  ASSERT_EQ(measurement.defects_size(), 1);
  EXPECT_EQ(measurement.defects(0).zone(), v1::ZONE_Z3);
  EXPECT_EQ(measurement.defects(0).type(), v1::DEFECT_TYPE_SCRATCH);
  EXPECT_NEAR(measurement.defects(0).length_px(), 223.6, 10);
}

// A plain back on a grey table, 1920x1080, with noise.
cv::Mat Back(const cv::Scalar& colour) {
  cv::Mat picture(1080, 1920, CV_8UC3, cv::Scalar::all(110));
  cv::rectangle(picture, cv::Rect(300, 240, 1300, 620), colour, cv::FILLED);
  return picture;
}

cv::Mat Noisy(const cv::Mat& picture) {
  cv::RNG rng(kSeed);
  cv::Mat noise(picture.size(), CV_16SC(picture.channels()));
  rng.fill(noise, cv::RNG::NORMAL, 0, 1.2);
  cv::Mat noisy;
  cv::add(picture, noise, noisy, cv::noArray(), CV_8U);
  return noisy;
}

void PaintModule(cv::Mat& picture) {
  cv::rectangle(picture, cv::Rect(340, 280, 220, 230), cv::Scalar::all(40), cv::FILLED);
  for (const cv::Point lens : {cv::Point(400, 340), {400, 450}, {500, 395}}) {
    cv::circle(picture, lens, 38, cv::Scalar::all(90), cv::FILLED, cv::LINE_AA);
    cv::circle(picture, lens, 30, cv::Scalar::all(5), cv::FILLED, cv::LINE_AA);
  }
}

int Masked(const v1::Measurement& measurement, v1::MaskReason reason) {
  int count = 0;
  for (const v1::MaskedArea& area : measurement.masked()) count += area.reason() == reason ? 1 : 0;
  return count;
}

TEST(Face, BackAsBrightAsTheTableIsFoundByItsColour) {
  // Red and grey of the same level.
  const v1::Measurement measurement = Measured(Noisy(Back(cv::Scalar(60, 70, 215))));
  EXPECT_TRUE(measurement.quality().passed()) << measurement.quality().ShortDebugString();
  EXPECT_EQ(measurement.face(), v1::FACE_BACK);
  EXPECT_EQ(measurement.score(), 0);
}

TEST(Face, CameraModuleAndLogoAreNoDefects) {
  for (const int level : {25, 200}) {
    cv::Mat picture = Back(cv::Scalar::all(level));
    PaintModule(picture);
    const int logo = level < 100 ? level + 60 : level - 60;
    cv::ellipse(picture, {950, 550}, {45, 60}, 0, 0, 360, cv::Scalar::all(logo), 6, cv::LINE_AA);
    const v1::Measurement clean = Measured(Noisy(picture));
    EXPECT_EQ(clean.face(), v1::FACE_BACK) << level;
    EXPECT_EQ(clean.defects_size(), 0) << level << clean.ShortDebugString();
    EXPECT_GE(Masked(clean, v1::MASK_REASON_FIXTURE), 1) << level;
    cv::line(picture, {700, 330}, {860, 420}, cv::Scalar::all(logo), 3, cv::LINE_AA);
    const v1::Measurement scratched = Measured(Noisy(picture));
    ASSERT_EQ(scratched.defects_size(), 1) << level;
    EXPECT_EQ(scratched.defects(0).zone(), v1::ZONE_Z3);
    EXPECT_NEAR(scratched.defects(0).along(), 480.0 / 1300, 0.02);
    EXPECT_NEAR(scratched.defects(0).across(), 135.0 / 620, 0.03);
  }
}

// Seen aslant a light body fills less of the rectangle around it, but its sides are straight.
TEST(Face, ALightBodySeenAslantIsFoundByItsLevel) {
  const Parameters p;
  const std::vector<cv::Point> aslant = {{300, 240}, {1600, 300}, {1600, 750}, {300, 860}};
  cv::Mat picture(1080, 1920, CV_8U, cv::Scalar(110));
  cv::fillConvexPoly(picture, aslant, cv::Scalar(160), cv::LINE_AA);
  EXPECT_TRUE(FindDevice({CoarsePicture(Noisy(picture), p)}, p).found);
  // A soft light on the table has no sides.
  picture.setTo(cv::Scalar(110));
  cv::ellipse(picture, {950, 540}, {600, 300}, 0, 0, 360, cv::Scalar(160), cv::FILLED);
  EXPECT_FALSE(FindDevice({CoarsePicture(Noisy(picture), p)}, p).found);
}

// Two holes side by side in the frame of a front are its camera and a sensor.
TEST(Face, CamerasInTheFrameAreAFronts) {
  for (const auto& [from_end, face] : {std::pair(45, v1::FACE_DISPLAY), {130, v1::FACE_BACK}}) {
    cv::Mat picture = Back(cv::Scalar::all(22));
    for (const int across : {330, 400}) {
      const cv::Point at(300 + from_end, across);
      cv::circle(picture, at, 17, cv::Scalar::all(120), cv::FILLED, cv::LINE_AA);
    }
    EXPECT_EQ(Measured(Noisy(picture)).face(), face) << from_end;
  }
}

// Through a bite the table is seen; what is brighter than table and edge is a lamp on a round edge.
TEST(Rim, ALampsReflectionIsNoChip) {
  MeasureOptions options;
  options.um_per_px = 115;
  options.face = v1::FACE_DISPLAY;
  const cv::Mat clean = Back(cv::Scalar::all(25));
  const auto with = [&](int level) {
    cv::Mat picture = clean.clone();
    cv::ellipse(picture, {700, 241}, {13, 9}, 0, 0, 360, cv::Scalar::all(level), cv::FILLED,
                cv::LINE_AA);
    return Measured(Noisy(picture), options);
  };
  const v1::Measurement bitten = with(clean.at<cv::Vec3b>(100, 700)[0]);
  ASSERT_EQ(bitten.defects_size(), 1) << bitten.ShortDebugString();
  EXPECT_EQ(bitten.defects(0).type(), v1::DEFECT_TYPE_CHIP);
  EXPECT_NEAR(bitten.defects(0).length_um(), 3'000, 800);
  const v1::Measurement shining = with(250);
  EXPECT_EQ(shining.defects_size(), 0) << shining.ShortDebugString();
}

// A scratch that runs into a seam stays one, and the seam is none, aslant too.
TEST(Face, SeamsOfABackAreNoDefects) {
  for (const int lean : {0, 30}) {
    cv::Mat picture = Back(cv::Scalar::all(190));
    for (const int x : {470, 1430}) {
      cv::line(picture, {x + lean, 240}, {x - lean, 860}, cv::Scalar::all(160), 11, cv::LINE_AA);
    }
    MeasureOptions options;
    options.face = v1::FACE_BACK;
    const v1::Measurement clean = Measured(Noisy(picture), options);
    EXPECT_EQ(clean.defects_size(), 0) << lean << clean.ShortDebugString();
    EXPECT_GE(Masked(clean, v1::MASK_REASON_FIXTURE), 2) << lean;
    cv::line(picture, {475, 500}, {700, 560}, cv::Scalar::all(130), 3, cv::LINE_AA);
    const v1::Measurement scratched = Measured(Noisy(picture), options);
    ASSERT_EQ(scratched.defects_size(), 1) << lean;
    EXPECT_EQ(scratched.defects(0).type(), v1::DEFECT_TYPE_SCRATCH) << lean;
    EXPECT_NEAR(scratched.defects(0).length_px(), 227, 15) << lean;
  }
}

// On a woven cloth whose border is quiet, with fingers over both long sides.
TEST(Face, FingersBeforeClutterAreNoDamageOfTheRim) {
  cv::Mat picture = Back(cv::Scalar(150, 80, 40));
  const cv::Mat back = picture.clone();
  for (int y = 0; y < picture.rows; y += 24) {
    for (int x = 0; x < picture.cols; x += 24) {
      const bool thread = (x + y) / 24 % 2 == 0;
      if (thread) cv::rectangle(picture, cv::Rect(x, y, 24, 24), cv::Scalar::all(160), cv::FILLED);
    }
  }
  const cv::Mat device = back != back.at<cv::Vec3b>(0, 0);
  cv::Mat any;
  cv::cvtColor(device, any, cv::COLOR_BGR2GRAY);
  back.copyTo(picture, any);
  const cv::Rect body = cv::boundingRect(any);
  for (const int y : {body.y, body.br().y}) {
    for (int x = body.x + 200; x < body.br().x - 200; x += 260) {
      cv::ellipse(picture, {x, y}, {36, 60}, 8, 0, 360, cv::Scalar(110, 140, 205), cv::FILLED);
    }
  }
  MeasureOptions options;
  options.face = v1::FACE_BACK;
  const v1::Measurement measurement = Measured(Noisy(picture), options);
  EXPECT_GT(measurement.device_outline_size(), 0);
  for (const v1::Defect& defect : measurement.defects()) {
    EXPECT_NE(defect.type(), v1::DEFECT_TYPE_WEAR) << defect.ShortDebugString();
    EXPECT_NE(defect.type(), v1::DEFECT_TYPE_CHIP) << defect.ShortDebugString();
  }
}

// Half of it in the light, half of it hardly brighter than the back.
TEST(Face, AFaintLogoIsFoundWhole) {
  cv::Mat picture = Back(cv::Scalar::all(90));
  cv::rectangle(picture, cv::Rect(1300, 450, 34, 100), cv::Scalar::all(120), cv::FILLED);
  cv::rectangle(picture, cv::Rect(1300, 550, 34, 100), cv::Scalar::all(104), cv::FILLED);
  MeasureOptions options;
  options.face = v1::FACE_BACK;
  const v1::Measurement clean = Measured(Noisy(picture), options);
  EXPECT_EQ(clean.defects_size(), 0) << clean.ShortDebugString();
  EXPECT_GE(Masked(clean, v1::MASK_REASON_FIXTURE), 1);
}

TEST(Face, ACrackOnTheMiddleOfABackIsNoLogo) {
  cv::Mat picture = Back(cv::Scalar::all(60));
  const double reach[] = {180, 110, 150, 190, 120, 170, 130, 185, 140};
  const auto at = [&](int ray, double share) {
    const double angle = 2 * CV_PI * ray / 9;
    const double r = share * reach[ray % 9];
    return cv::Point(cv::Point2d(950 + r * std::cos(angle), 550 + r * std::sin(angle)));
  };
  for (int ray = 0; ray < 9; ++ray) {
    cv::line(picture, at(ray, 0), at(ray, 1), cv::Scalar::all(140), 2, cv::LINE_AA);
    for (const double share : {0.3, 0.55, 0.8}) {
      if ((ray + static_cast<int>(10 * share)) % 3 == 0) continue;
      cv::line(picture, at(ray, share), at(ray + 1, share), cv::Scalar::all(140), 2, cv::LINE_AA);
    }
  }
  MeasureOptions options;
  options.face = v1::FACE_BACK;
  const v1::Measurement measurement = Measured(Noisy(picture), options);
  ASSERT_GE(measurement.defects_size(), 1);
  EXPECT_EQ(measurement.defects(0).type(), v1::DEFECT_TYPE_CRACK);
}

// A button's ring of 30 pixels' radius on a front of 800 by 400, or a line there.
Region Arc(cv::Point2d middle, double from_deg, double to_deg, double radius = 30) {
  Region region{.type = v1::DEFECT_TYPE_SCRATCH};
  for (double deg = from_deg; deg <= to_deg; deg += 2) {
    const double angle = deg * CV_PI / 180;
    region.path.emplace_back(middle + radius * cv::Point2d(std::cos(angle), std::sin(angle)));
  }
  region.length_px = radius * (to_deg - from_deg) * CV_PI / 180;
  cv::convexHull(region.path, region.outline, true);
  region.rect = cv::minAreaRect(region.path);
  return region;
}

TEST(Face, AnArcOfAButtonsRingIsNoScratch) {
  const Parameters p;
  const FaceFrame frame(cv::RotatedRect({500, 300}, {800, 400}, 0));
  const auto taken = [&](Region region, v1::Face face = v1::FACE_DISPLAY) {
    std::vector<Region> regions{std::move(region)};
    return TakeFixtures(frame, face, p, regions).size();
  };
  EXPECT_EQ(taken(Arc({860, 300}, 200, 300)), 1);
  // Beside the middle line, too far from the end, of no circle so small.
  EXPECT_EQ(taken(Arc({860, 340}, 200, 300)), 0);
  EXPECT_EQ(taken(Arc({700, 300}, 200, 300)), 0);
  EXPECT_EQ(taken(Arc({860, 420}, 255, 285, 120)), 0);
}

// A hollow's slopes, lighter and darker, added to what is painted.
void AddDent(cv::Mat& picture, cv::Point at) {
  constexpr double kSigma = 11;
  for (int y = at.y - 60; y <= at.y + 60; ++y) {
    for (int x = at.x - 60; x <= at.x + 60; ++x) {
      const auto slope = [&](int from) {
        const double off = std::hypot(x - at.x - from, y - at.y - from) / kSigma;
        return std::exp(-0.5 * off * off);
      };
      for (int i = 0; i < 3; ++i) {
        uchar& level = picture.at<cv::Vec3b>(y, x)[i];
        level = cv::saturate_cast<uchar>(level + 24 * (slope(8) - slope(-8)));
      }
    }
  }
}

TEST(Face, ADentBesideALogoIsNoPartOfIt) {
  cv::Mat picture = Back(cv::Scalar::all(90));
  cv::circle(picture, {950, 550}, 45, cv::Scalar::all(150), cv::FILLED, cv::LINE_AA);
  AddDent(picture, {1030, 460});
  MeasureOptions options;
  options.face = v1::FACE_BACK;
  options.um_per_px = 130;
  const v1::Measurement measurement = Measured(Noisy(picture), options);
  ASSERT_EQ(measurement.defects_size(), 1) << measurement.ShortDebugString();
  EXPECT_EQ(measurement.defects(0).type(), v1::DEFECT_TYPE_DENT);
  EXPECT_TRUE(Holds(measurement.defects(0), {1030, 460}));
}

// Rays from `middle` with pieces of rings between them.
void PaintWeb(cv::Mat& picture, cv::Point middle, double radius) {
  constexpr int kRays = 7;
  const auto at = [&](int ray, double share) {
    const double angle = (100 + 360.0 * ray / kRays) * CV_PI / 180;
    const double r = share * radius * (ray % 2 == 0 ? 1 : 0.85);
    return middle + cv::Point(cv::Point2d(r * std::cos(angle), r * std::sin(angle)));
  };
  for (int ray = 0; ray < kRays; ++ray) {
    cv::line(picture, middle, at(ray, 1), cv::Scalar::all(100), 2, cv::LINE_AA);
    for (const double share : {0.3, 0.6, 0.95}) {
      if ((ray + static_cast<int>(10 * share)) % 3 == 0) continue;
      cv::line(picture, at(ray, share), at(ray + 1, share), cv::Scalar::all(100), 2, cv::LINE_AA);
    }
  }
}

TEST(Face, AWebAcrossALogoIsCracksOnBothSidesOfIt) {
  cv::Mat picture = Back(cv::Scalar::all(60));
  PaintWeb(picture, {950, 430}, 130);
  for (const int x : {910, 990}) {
    cv::line(picture, {950, 430}, {x, 650}, cv::Scalar::all(100), 2, cv::LINE_AA);
  }
  cv::line(picture, {912, 610}, {988, 610}, cv::Scalar::all(100), 2, cv::LINE_AA);
  cv::rectangle(picture, cv::Rect(870, 530, 160, 40), cv::Scalar::all(110), cv::FILLED);
  MeasureOptions options;
  options.face = v1::FACE_BACK;
  const v1::Measurement measurement = Measured(Noisy(picture), options);
  EXPECT_EQ(measurement.defects_size(), 2) << measurement.ShortDebugString();
  for (const v1::Defect& defect : measurement.defects()) {
    EXPECT_EQ(defect.type(), v1::DEFECT_TYPE_CRACK) << defect.ShortDebugString();
  }
}

TEST(Face, WhatSomebodySaidGoesFirst) {
  MeasureOptions options;
  options.face = v1::FACE_BACK;
  const v1::Measurement measurement = Measured(Painted({}), options);
  EXPECT_EQ(measurement.face(), v1::FACE_BACK);
  EXPECT_EQ(measurement.zones(0).zone(), v1::ZONE_Z3);
  EXPECT_EQ(Measured(Painted({})).face(), v1::FACE_DISPLAY);
}

TEST(Area, WhatIsLeftOutIsListed) {
  const v1::Measurement measurement = Measured(Painted({}));
  EXPECT_EQ(Masked(measurement, v1::MASK_REASON_RIM), 1);
  EXPECT_EQ(Masked(measurement, v1::MASK_REASON_END), 2);
  EXPECT_GE(measurement.zones(0).polygon_size(), 4);
}

// Light that grows along the body, from 200 to `most`.
cv::Mat LightBack(double most) {
  cv::Mat picture(1080, 1920, CV_8U, cv::Scalar(110));
  for (int y = 240; y < 860; ++y) {
    for (int x = 300; x < 1600; ++x) {
      picture.at<unsigned char>(y, x) =
          cv::saturate_cast<unsigned char>(200 + (most - 200) * (x - 300) / 1300.0);
    }
  }
  return picture;
}

TEST(Area, ALightSurfaceThatJustReachesWhiteIsNoGlare) {
  MeasureOptions options;
  options.face = v1::FACE_BACK;
  const v1::Measurement below = Measured(Noisy(LightBack(240)), options);
  cv::Mat picture = LightBack(262);
  cv::line(picture, {1300, 500}, {1450, 560}, cv::Scalar(190), 4, cv::LINE_AA);
  const v1::Measurement measurement = Measured(Noisy(picture), options);
  EXPECT_TRUE(measurement.quality().passed()) << measurement.quality().ShortDebugString();
  // Looked at, but not called seen.
  ASSERT_EQ(measurement.defects_size(), 1);
  EXPECT_EQ(measurement.defects(0).type(), v1::DEFECT_TYPE_SCRATCH);
  EXPECT_GE(Masked(measurement, v1::MASK_REASON_GLARE), 1);
  EXPECT_LT(measurement.inspected_share(), below.inspected_share() - 0.05);
  EXPECT_FALSE(Measured(Noisy(LightBack(330)), options).quality().passed());
}

// Too much light everywhere, and a lamp.
TEST(Area, AnOverExposedSurfaceIsNoGlare) {
  MeasureOptions options;
  options.face = v1::FACE_BACK;
  for (const double most : {330, 500, 4000}) {
    const v1::Measurement measurement = Measured(Noisy(LightBack(most)), options);
    EXPECT_EQ(measurement.quality().reason(), "EXPOSURE") << most;
    EXPECT_GT(measurement.quality().glare_share(), 0.02) << most;
  }
  cv::Mat lamp = LightBack(200);
  cv::ellipse(lamp, {900, 500}, {190, 130}, 0, 0, 360, cv::Scalar(255), cv::FILLED);
  cv::GaussianBlur(lamp, lamp, cv::Size(), 2);
  EXPECT_EQ(Measured(Noisy(lamp), options).quality().reason(), "GLARE");
}

TEST(Area, AShadowIsNoPartOfALightBody) {
  cv::Mat picture(1080, 1920, CV_8U, cv::Scalar(110));
  cv::rectangle(picture, cv::Rect(330, 300, 1300, 620), cv::Scalar(70), cv::FILLED);
  cv::GaussianBlur(picture, picture, cv::Size(), 15);
  cv::rectangle(picture, cv::Rect(300, 240, 1300, 620), cv::Scalar(160), cv::FILLED);
  MeasureOptions options;
  options.face = v1::FACE_BACK;
  const v1::Measurement measurement = Measured(Noisy(picture), options);
  std::vector<cv::Point2f> outline;
  for (const v1::Point& at : measurement.device_outline()) {
    outline.emplace_back(static_cast<float>(at.x()), static_cast<float>(at.y()));
  }
  const cv::Rect box = cv::boundingRect(outline);
  EXPECT_NEAR(box.width, 1300, 12);
  EXPECT_NEAR(box.height, 620, 12);
  EXPECT_EQ(measurement.defects_size(), 0) << measurement.ShortDebugString();
}

TEST(Reference, BringsTheEndsBackIn) {
  const cv::Mat clean = Painted({});
  // Beside the slot, where nothing is inspected without a reference.
  Mark at_the_end = Scratch({{175, 250}, {215, 380}}, 3, 90);
  const cv::Mat damaged = Painted({at_the_end}, 2);
  EXPECT_EQ(Measured(damaged).defects_size(), 0);
  MeasureOptions options;
  options.reference = clean;
  const v1::Measurement compared = Measured(damaged, options);
  EXPECT_GT(compared.reference_fit(), 0.9);
  EXPECT_EQ(Masked(compared, v1::MASK_REASON_END), 0);
  EXPECT_GT(compared.inspected_share(), Measured(damaged).inspected_share() + 0.1);
  ASSERT_GE(compared.defects_size(), 1);
  EXPECT_LT(compared.defects(0).along(), 0.09);
  const v1::Measurement same = Measured(Painted({}, 2), options);
  EXPECT_EQ(same.defects_size(), 0) << same.ShortDebugString();
}

TEST(Reference, ThatDoesNotFitIsNotUsed) {
  MeasureOptions options;
  options.reference = cv::Mat(1080, 1920, CV_8UC1, cv::Scalar(90));
  const v1::Measurement without = Measured(Painted({}), options);
  EXPECT_FALSE(without.has_reference_fit());
  EXPECT_EQ(Masked(without, v1::MASK_REASON_END), 2);
}

// The gate: every refusal has its own reason and says what to do.
void ExpectRefused(const cv::Mat& picture, const std::string& reason) {
  const v1::Measurement measurement = Measured(picture);
  EXPECT_FALSE(measurement.quality().passed()) << reason;
  EXPECT_EQ(measurement.quality().reason(), reason);
  EXPECT_FALSE(measurement.quality().advice().empty()) << reason;
}

TEST(Gate, RefusesPoorPictures) {
  ExpectRefused(Painted({}, 0, 7), "FOCUS");
  ExpectRefused(cv::Mat(540, 960, CV_8UC3, cv::Scalar::all(0)), "EXPOSURE");
  ExpectRefused(cv::Mat(540, 960, CV_8UC3, cv::Scalar::all(255)), "EXPOSURE");
  ExpectRefused(cv::Mat(540, 960, CV_8UC3, cv::Scalar::all(90)), "DEVICE_NOT_FOUND");
  ExpectRefused(Painted({})(cv::Rect(0, 0, 1500, 1080)).clone(), "DEVICE_CUT_OFF");
  cv::Mat lamp = Painted({});
  cv::ellipse(lamp, {900, 500}, {190, 130}, 0, 0, 360, cv::Scalar(255), cv::FILLED);
  ExpectRefused(lamp, "GLARE");
  ExpectRefused(cv::Mat(63, 5000, CV_8UC3, cv::Scalar::all(90)), "IMAGE_TOO_SMALL");
  cv::Mat two(1080, 1920, CV_8UC1, cv::Scalar(100));
  for (const int x : {150, 1050}) {
    cv::rectangle(two, cv::Rect(x, 150, 420, 800), cv::Scalar(20), cv::FILLED);
  }
  ExpectRefused(two, "SEVERAL_DEVICES");
  cv::Mat lit = Painted({});
  cv::rectangle(lit, cv::Rect(170, 160, 1580, 760), cv::Scalar(150), cv::FILLED);
  for (int y = 190; y < 900; y += 30) {
    for (int x = 200; x < 1700; x += 45) {
      cv::rectangle(lit, cv::Rect(x, y, 20, 14), cv::Scalar(60), cv::FILLED);
    }
  }
  ExpectRefused(lit, "SCREEN_ON");
}

// A dark front on a grey table, 960x540, turned; and what a bench does to it.
void PaintFront(cv::Mat& picture, cv::Point2f centre, float turn_deg) {
  cv::Point2f corners[4];
  cv::RotatedRect(centre, {440, 210}, turn_deg).points(corners);
  std::vector<cv::Point> outline(corners, corners + 4);
  cv::fillConvexPoly(picture, outline, cv::Scalar(26, 25, 24), cv::LINE_AA);
}

cv::Mat Bench() { return {540, 960, CV_8UC3, cv::Scalar(112, 112, 112)}; }

cv::Mat Seen(cv::Mat bench) {
  cv::GaussianBlur(bench, bench, cv::Size(), 0.8);
  return Noisy(bench);
}

TEST(Gate, ABenchAsItIs) {
  ExpectRefused(Seen(Bench()), "DEVICE_NOT_FOUND");
  for (const cv::Point2f at : {cv::Point2f(100, 270), {890, 300}, {480, 40}}) {
    for (const float turn : {0.0F, 90.0F}) {
      cv::Mat outside = Bench();
      PaintFront(outside, at, turn);
      SCOPED_TRACE(::testing::Message() << at << " turned " << turn);
      ExpectRefused(Seen(outside), "DEVICE_CUT_OFF");
    }
  }
  cv::Mat two = Bench();
  PaintFront(two, {260, 270}, 85);
  PaintFront(two, {640, 250}, 5);
  ExpectRefused(Seen(two), "SEVERAL_DEVICES");
}

TEST(Gate, ACableIsNoPartOfADeviceAndAHandIsNone) {
  cv::Mat cable = Bench();
  PaintFront(cable, {480, 270}, 4);
  cv::polylines(cable, std::vector<std::vector<cv::Point>>{{{695, 285}, {820, 300}, {959, 420}}},
                false, cv::Scalar(225, 225, 225), 9, cv::LINE_AA);
  const v1::Measurement charged = Measured(Seen(cable));
  EXPECT_TRUE(charged.quality().passed()) << charged.quality().ShortDebugString();
  EXPECT_EQ(charged.defects_size(), 0);
  cv::Mat hand = Bench();
  for (const int x : {420, 462, 504}) {
    cv::line(hand, {x, 560}, {x, 200}, cv::Scalar(125, 155, 215), 36, cv::LINE_AA);
  }
  const v1::Measurement alone = Measured(Seen(hand));
  EXPECT_FALSE(alone.quality().passed());
}

TEST(Gate, ARefusedPictureHasAScoreAllTheSame) {
  EXPECT_GT(Measured(Painted({CrackWeb({960, 540}, 9, 300, 1)}, 0, 5)).score(), 0);
  // No device: the whole picture takes its place.
  cv::Mat table(540, 960, CV_8U, cv::Scalar(90));
  EXPECT_EQ(Measured(table).score(), 0);
  cv::line(table, {200, 200}, {500, 300}, cv::Scalar(200), 2, cv::LINE_AA);
  EXPECT_GT(Measured(table).score(), 0);
}

TEST(Hostile, EverySizeGivesAMeasurement) {
  cv::RNG rng(kSeed);
  for (const cv::Size size :
       {cv::Size(1, 1), cv::Size(1, 5000), cv::Size(5000, 1), cv::Size(2, 2), cv::Size(63, 63),
        cv::Size(64, 64), cv::Size(65, 1000), cv::Size(1000, 65), cv::Size(641, 479)}) {
    for (const int type : {CV_8UC1, CV_8UC3}) {
      cv::Mat noise(size, type);
      rng.fill(noise, cv::RNG::UNIFORM, 0, 256);
      const v1::Measurement measurement = Measured(noise);
      EXPECT_FALSE(measurement.quality().passed()) << size;
      EXPECT_GE(measurement.score(), 0) << size;
      EXPECT_EQ(measurement.width_px(), size.width);
      EXPECT_EQ(measurement.height_px(), size.height);
    }
  }
}

TEST(Hostile, DefectsAreLimitedAndTheScoreIsNot) {
  cv::Mat dots = Painted({});
  for (int y = 200; y < 900; y += 40) {
    for (int x = 250; x < 1650; x += 40) {
      cv::circle(dots, {x, y}, 3, cv::Scalar(250), cv::FILLED);
    }
  }
  const v1::Measurement measurement = Measured(dots);
  double listed = 0;
  for (const v1::Defect& defect : measurement.defects()) listed += defect.weight();
  EXPECT_LE(measurement.defects_size(), 512);
  EXPECT_GE(measurement.score(), listed - 1e-6);
  EXPECT_GT(measurement.score(), 1000);
}

std::string ReasonFor(const cv::Mat& picture, const MeasureOptions& options = {}) {
  return common::ReasonOf(Measure(picture, options).status());
}

TEST(Hostile, WhatCannotBeMeasuredSaysWhy) {
  EXPECT_EQ(ReasonFor(cv::Mat()), "IMAGE_FORMAT_UNSUPPORTED");
  EXPECT_EQ(ReasonFor(cv::Mat(500, 500, CV_16UC3)), "IMAGE_FORMAT_UNSUPPORTED");
  EXPECT_EQ(ReasonFor(cv::Mat(500, 500, CV_8UC4)), "IMAGE_FORMAT_UNSUPPORTED");
  const cv::Mat grey(500, 500, CV_8U, cv::Scalar(90));
  MeasureOptions options;
  options.um_per_px = -1;
  EXPECT_EQ(ReasonFor(grey, options), "UM_PER_PX_INVALID");
  options.um_per_px = std::nan("");
  EXPECT_EQ(ReasonFor(grey, options), "UM_PER_PX_INVALID");
  options = {};
  options.deadline = absl::Now() - absl::Seconds(1);
  EXPECT_EQ(ReasonFor(grey, options), "DEADLINE_EXCEEDED");
}

}  // namespace
}  // namespace loopdock::vision
