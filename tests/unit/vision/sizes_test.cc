// SPDX-License-Identifier: Apache-2.0
// Millimetres of a measurement, by each source of a scale.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "services/common/status.h"
#include "services/vision/measure/measure.h"
#include "tests/tools/device_painter.h"
#include "tests/tools/render/scene.h"

namespace loopdock::vision {
namespace {

constexpr uint64_t kSeed = 5;

v1::Measurement Measured(const cv::Mat& picture, const MeasureOptions& options) {
  const auto measurement = Measure(picture, options);
  EXPECT_TRUE(measurement.ok()) << measurement.status();
  return measurement.ok() ? *measurement : v1::Measurement();
}

// A front with one scratch under a camera that leans by 20 degrees.
render::Shot LeaningShot(double length_mm, double width_mm) {
  render::Shot shot = render::AnyShot(render::Models().front(), {1600, 1200}, 0, kSeed);
  shot.camera.tilt_deg = 20;
  shot.camera.width_mm = 245;
  shot.defects = {render::MakeScratch(
      *shot.model, {.length_mm = length_mm, .width_mm = width_mm, .contrast = 60}, kSeed)};
  return shot;
}

MeasureOptions StationOptions(const render::Shot& shot, const render::Rendering& rendering) {
  MeasureOptions options;
  options.mat = shot.mat;
  options.lens = rendering.lens;
  options.thickness_um = shot.model->thickness_mm * 1000;
  options.body_length_um = shot.model->length_mm * 1000;
  options.body_width_um = shot.model->width_mm * 1000;
  return options;
}

TEST(Sizes, AreThoseOnTheFaceUnderALeaningCamera) {
  const render::Shot shot = LeaningShot(30, 0.6);
  const render::Rendering rendering = render::Render(shot);
  const v1::Measurement m = Measured(rendering.picture, StationOptions(shot, rendering));
  EXPECT_TRUE(m.quality().passed()) << m.quality().reason();
  EXPECT_EQ(m.scale_source(), v1::SCALE_SOURCE_MAT);
  EXPECT_NEAR(m.tilt_deg(), 20, 0.5);
  EXPECT_NEAR(m.device_length_um(), 152'000, 6'000);
  ASSERT_EQ(m.defects_size(), 1);
  EXPECT_EQ(m.defects(0).type(), v1::DEFECT_TYPE_SCRATCH);
  EXPECT_NEAR(m.defects(0).length_um(), 30'000, 600);
  EXPECT_NEAR(m.defects(0).width_um(), 600, 90);
}

TEST(Sizes, AShortBroadScratchIsNoStain) {
  const render::Shot shot = LeaningShot(4, 0.7);
  const render::Rendering rendering = render::Render(shot);
  const v1::Measurement m = Measured(rendering.picture, StationOptions(shot, rendering));
  ASSERT_EQ(m.defects_size(), 1);
  EXPECT_EQ(m.defects(0).type(), v1::DEFECT_TYPE_SCRATCH);
  EXPECT_NEAR(m.defects(0).length_um(), 4'000, 300);
}

// What spans two pixels is seen three wide, and looks no wider for that.
TEST(Sizes, ANarrowWidthIsNotThatOfTheBlur) {
  const render::Shot shot = LeaningShot(30, 0.3);
  const render::Rendering rendering = render::Render(shot);
  const v1::Measurement m = Measured(rendering.picture, StationOptions(shot, rendering));
  ASSERT_EQ(m.defects_size(), 1);
  EXPECT_LT(m.defects(0).width_px(), 3);
  EXPECT_NEAR(m.defects(0).width_um(), 300, 60);
}

// The mat lies lower than the face and may be softer: its blur is not the line's.
TEST(Sizes, ASoftMatDoesNotNarrowWhatIsSharp) {
  const render::Shot shot = LeaningShot(30, 0.6);
  const render::Rendering rendering = render::Render(shot);
  cv::Mat picture;
  cv::GaussianBlur(rendering.picture, picture, cv::Size(), 1.2);
  const std::vector<cv::Point> outline(rendering.outline.begin(), rendering.outline.end());
  cv::Mat face = cv::Mat::zeros(picture.size(), CV_8U);
  cv::fillPoly(face, std::vector<std::vector<cv::Point>>{outline}, cv::Scalar(255));
  rendering.picture.copyTo(picture, face);
  const v1::Measurement m = Measured(picture, StationOptions(shot, rendering));
  ASSERT_EQ(m.defects_size(), 1);
  EXPECT_NEAR(m.defects(0).width_um(), 600, 120);
}

// The outline of a flat body looks sharp enough for long: the mat's marks tell.
TEST(Sizes, ABlurThatSpoilsLengthsIsRefused) {
  const render::Shot shot = render::AnyShot(render::Models()[1], {1920, 1080}, 0, kSeed);
  const render::Rendering rendering = render::Render(shot);
  const auto blurred = [&](double sigma) {
    cv::Mat picture;
    cv::GaussianBlur(rendering.picture, picture, cv::Size(), sigma);
    return Measured(picture, StationOptions(shot, rendering)).quality();
  };
  EXPECT_TRUE(blurred(1.5).passed());
  const v1::Quality soft = blurred(3);
  EXPECT_EQ(soft.reason(), "FOCUS");
  EXPECT_LT(soft.edge_width_px(), 9) << "the outline alone would let it pass";
}

// Of two marks as heavy as each other the one that stands out over its whole length is surer.
TEST(Sizes, AThinLongScratchIsSure) {
  render::Shot shot = LeaningShot(30, 0.08);
  shot.defects.front().contrast = 40;
  const render::Rendering rendering = render::Render(shot);
  MeasureOptions options = StationOptions(shot, rendering);
  const v1::Measurement m = Measured(rendering.picture, options);
  ASSERT_EQ(m.defects_size(), 1);
  EXPECT_EQ(m.defects(0).type(), v1::DEFECT_TYPE_SCRATCH);
  EXPECT_LT(m.defects(0).weight(), 10);
  EXPECT_GT(m.defects(0).confidence(), 0.15);
  EXPECT_LT(m.defects(0).confidence(), 1);
}

TEST(Sizes, AnotherBodyOrAMissingMatRefusesAGrade) {
  const render::Shot shot = LeaningShot(10, 0.3);
  const render::Rendering rendering = render::Render(shot);
  MeasureOptions options = StationOptions(shot, rendering);
  options.body_length_um = 190'000;
  EXPECT_EQ(Measured(rendering.picture, options).quality().reason(), "DEVICE_NOT_FOUND");
  options = StationOptions(shot, rendering);
  // Only the device is left of the picture.
  const std::vector<cv::Point2f> outline(rendering.outline.begin(), rendering.outline.end());
  cv::Mat covered(rendering.picture.size(), CV_8UC3, cv::Scalar::all(112));
  const cv::Rect device = cv::boundingRect(outline);
  rendering.picture(device).copyTo(covered(device));
  const v1::Measurement m = Measured(covered, options);
  EXPECT_FALSE(m.quality().passed());
  EXPECT_EQ(m.quality().reason(), "MAT_NOT_SEEN");
  EXPECT_NE(m.scale_source(), v1::SCALE_SOURCE_MAT);
}

TEST(Sizes, AMatThatNobodyToldIsRecognised) {
  const render::Shot shot = LeaningShot(30, 0.6);
  const render::Rendering rendering = render::Render(shot);
  MeasureOptions options = StationOptions(shot, rendering);
  options.mat.reset();
  const v1::Measurement m = Measured(rendering.picture, options);
  EXPECT_EQ(m.SerializeAsString(),
            Measured(rendering.picture, StationOptions(shot, rendering)).SerializeAsString());
  // Nobody who takes a picture by hand knows lens, thickness and body.
  const v1::Measurement plain = Measured(rendering.picture, {});
  EXPECT_TRUE(plain.quality().passed()) << plain.quality().reason();
  EXPECT_EQ(plain.scale_source(), v1::SCALE_SOURCE_MAT);
  ASSERT_EQ(plain.defects_size(), 1) << "marks of the mat are none of the device";
  EXPECT_NEAR(plain.defects(0).length_um(), 30'000, 1'500) << "at the height of the mat";
}

TEST(Sizes, MarksOfAnUnknownSheetRefuseAGrade) {
  render::Shot shot = LeaningShot(10, 0.3);
  shot.mat.set_columns(15);
  const render::Rendering rendering = render::Render(shot);
  MeasureOptions options;
  options.um_per_px = 80;
  const v1::Measurement m = Measured(rendering.picture, options);
  EXPECT_FALSE(m.quality().passed());
  EXPECT_EQ(m.quality().reason(), "MAT_UNKNOWN");
  options.mat = shot.mat;
  EXPECT_TRUE(Measured(rendering.picture, options).quality().passed()) << "whoever says which";
}

TEST(Sizes, TheCatalogGivesTheScaleWhenTheShapeAgrees) {
  testing::Device device;
  const cv::Mat picture = testing::PaintDevice(device, kSeed);
  MeasureOptions options;
  options.body_length_um = 170'000;
  options.body_width_um = 86'000;
  v1::Measurement m = Measured(picture, options);
  EXPECT_EQ(m.scale_source(), v1::SCALE_SOURCE_CATALOG);
  EXPECT_NEAR(m.um_per_px(), 100, 2);
  EXPECT_NEAR(m.resolved_um(), 300, 6);
  options.body_width_um = 70'000;
  m = Measured(picture, options);
  EXPECT_EQ(m.scale_source(), v1::SCALE_SOURCE_UNSPECIFIED);
  EXPECT_FALSE(m.has_um_per_px());
  options.um_per_px = 90;
  m = Measured(picture, options);
  EXPECT_EQ(m.scale_source(), v1::SCALE_SOURCE_GIVEN);
  EXPECT_DOUBLE_EQ(m.um_per_px(), 90);
}

TEST(Sizes, RefuseWhatIsNoBodyAndNoMat) {
  const cv::Mat picture = testing::PaintDevice({}, kSeed);
  MeasureOptions options;
  options.thickness_um = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(common::ReasonOf(Measure(picture, options).status()), "BODY_SIZE_INVALID");
  options = {};
  options.body_length_um = -1;
  EXPECT_EQ(common::ReasonOf(Measure(picture, options).status()), "BODY_SIZE_INVALID");
  options = {};
  options.mat.emplace();
  EXPECT_EQ(common::ReasonOf(Measure(picture, options).status()), "BOARD_INVALID");
  options = {};
  options.lens.emplace();
  EXPECT_EQ(common::ReasonOf(Measure(picture, options).status()), "LENS_INVALID");
}

}  // namespace
}  // namespace loopdock::vision
