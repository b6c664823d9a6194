// SPDX-License-Identifier: Apache-2.0
// Chips, dents, discolourations, wear and missing parts: each on one rendered device.
#include <gtest/gtest.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "services/vision/measure/measure.h"
#include "tests/tools/render/plans.h"
#include "tests/tools/render/scene.h"

namespace loopdock::vision {
namespace {

constexpr uint64_t kSeed = 11;

const render::DeviceModel& Model(const std::string& name) {
  return *std::find_if(render::Models().begin(), render::Models().end(),
                       [&](const render::DeviceModel& model) { return model.name == name; });
}

render::Shot ShotOf(const std::string& model) {
  return render::AnyShot(Model(model), {1920, 1080}, 2, kSeed);
}

v1::Measurement Measured(const render::Shot& shot, const cv::Mat& reference = {}) {
  const render::Rendering rendering = render::Render(shot);
  MeasureOptions options;
  options.mat = shot.mat;
  options.lens = rendering.lens;
  options.thickness_um = shot.model->thickness_mm * 1000;
  options.face = shot.model->shows_display ? v1::FACE_DISPLAY : v1::FACE_BACK;
  options.reference = reference;
  const auto measurement = Measure(rendering.picture, options);
  EXPECT_TRUE(measurement.ok()) << measurement.status();
  return measurement.ok() ? *measurement : v1::Measurement();
}

// The one defect there is, as a default one where there are none or more.
v1::Defect OnlyDefect(const v1::Measurement& measurement) {
  EXPECT_EQ(measurement.defects_size(), 1) << measurement.ShortDebugString();
  return measurement.defects_size() == 1 ? measurement.defects(0) : v1::Defect();
}

double AreaOf(const v1::Measurement& measurement, v1::Zone zone) {
  double area = 0;
  for (const v1::ZoneArea& seen : measurement.zones()) {
    if (seen.zone() == zone) area += seen.area_px2();
  }
  return area;
}

TEST(Kinds, BiteOutOfTheRimIsAChipOfTheGlassEdge) {
  render::Shot shot = ShotOf("slate");
  shot.defects = {render::MakeChip(*shot.model, 3, kSeed)};
  const v1::Measurement m = Measured(shot);
  const v1::Defect chip = OnlyDefect(m);
  EXPECT_EQ(chip.type(), v1::DEFECT_TYPE_CHIP);
  EXPECT_EQ(chip.zone(), v1::ZONE_Z2);
  EXPECT_NEAR(chip.length_um(), 3'400, 900);
  EXPECT_GT(AreaOf(m, v1::ZONE_Z2), 0);
  EXPECT_GT(m.score(), 0);
}

int CountOf(const v1::Measurement& measurement, v1::DefectType type) {
  return static_cast<int>(
      std::count_if(measurement.defects().begin(), measurement.defects().end(),
                    [&](const v1::Defect& defect) { return defect.type() == type; }));
}

// Deeper than the rim that marks are not looked for in.
TEST(Kinds, DeepChipIsFound) {
  const auto plan = render::PlanChips({.count = 1, .seed = 4'100});
  EXPECT_EQ(CountOf(Measured(plan.front()), v1::DEFECT_TYPE_CHIP), 1);
}

// Seen aslant the broad side wall lies between it and the outline.
TEST(Kinds, ChipBehindASideWallIsFound) {
  const auto plan = render::PlanChips({.count = 54, .seed = 4'100, .tilt_max_deg = 25});
  ASSERT_GT(plan[53].camera.tilt_deg, 20);
  EXPECT_EQ(CountOf(Measured(plan[53]), v1::DEFECT_TYPE_CHIP), 1);
}

// Its printed border has a stronger step than the body before it.
TEST(Kinds, OutlineDoesNotStrayToTheMatsBorder) {
  const auto plan = render::PlanClean({.count = 39, .seed = 123'400, .tilt_max_deg = 25});
  EXPECT_EQ(CountOf(Measured(plan[38]), v1::DEFECT_TYPE_WEAR), 0);
}

TEST(Kinds, TwoSlopesOfAHollowAreADent) {
  render::Shot shot = ShotOf("sea");
  shot.defects = {render::MakeDent(*shot.model, 7, kSeed)};
  const v1::Defect dent = OnlyDefect(Measured(shot));
  EXPECT_EQ(dent.type(), v1::DEFECT_TYPE_DENT);
  EXPECT_EQ(dent.zone(), v1::ZONE_Z3);
  EXPECT_NEAR(dent.length_um(), 7'000, 2'500);
}

TEST(Kinds, PaleEdgeIsWearOfTheFrame) {
  render::Shot shot = ShotOf("rust");
  shot.defects = {render::MakeWear(*shot.model, 22, kSeed)};
  const v1::Defect wear = OnlyDefect(Measured(shot));
  EXPECT_EQ(wear.type(), v1::DEFECT_TYPE_WEAR);
  EXPECT_EQ(wear.zone(), v1::ZONE_Z4);
  EXPECT_NEAR(wear.length_um(), 22'000, 6'000);
}

// Seen aslant the frame is narrower, and the outline strays between a grey frame and a white back.
TEST(Kinds, LeaningCleanBacksAreNotWorn) {
  const auto plan = render::PlanClean({.count = 10, .seed = 9'800, .tilt_max_deg = 20});
  for (const size_t i : {6, 9}) {
    ASSERT_GT(plan[i].camera.tilt_deg, 12);
    const v1::Measurement m = Measured(plan[i]);
    EXPECT_EQ(m.defects_size(), 0) << plan[i].model->name << m.ShortDebugString();
  }
}

TEST(Kinds, PatchOfAnotherColourIsADiscolouration) {
  render::Shot shot = ShotOf("rust");
  shot.defects = {render::MakeDiscolouration(*shot.model, 20, kSeed)};
  ASSERT_FALSE(shot.defects.front().paths.empty());
  const v1::Defect faded = OnlyDefect(Measured(shot));
  EXPECT_EQ(faded.type(), v1::DEFECT_TYPE_DISCOLOURATION);
  EXPECT_NEAR(faded.length_um(), 21'000, 5'000);
}

// The reference shows another device of the model, the other way round.
TEST(Kinds, WhatOnlyTheReferenceShowsIsMissing) {
  render::Shot shot = ShotOf("sea");
  render::Shot clean = shot;
  clean.turn_deg += 180;
  clean.seed = clean.device_seed = kSeed + 1;
  const cv::Mat reference = render::Render(clean).picture;
  EXPECT_EQ(Measured(shot, reference).defects_size(), 0);
  shot.defects = {render::MakeMissingPart(*shot.model)};
  const v1::Measurement m = Measured(shot, reference);
  EXPECT_GT(m.reference_fit(), 0.8);
  EXPECT_EQ(OnlyDefect(m).type(), v1::DEFECT_TYPE_MISSING_PART);
}

// Light around a dark display it can be told from it, and has a zone of its own.
TEST(Kinds, TheRimsOwnLineInAReferenceIsNoPart) {
  const render::Shot shot = render::PlanClean({.count = 50, .seed = 88'000}).back();
  const cv::Mat reference =
      render::Render(render::AnyShot(*shot.model, {1920, 1080}, 6, shot.seed + 500'000)).picture;
  const v1::Measurement m = Measured(shot, reference);
  EXPECT_GT(m.reference_fit(), 0.9);
  EXPECT_EQ(m.defects_size(), 0) << m.ShortDebugString();
}

TEST(Kinds, AWebThatTheRimCutsIsACrack) {
  // Cut near its middle, so that most of what is left of it lies at the border.
  const render::Shot shot = render::PlanCracks({.count = 26, .seed = 347'000}).back();
  EXPECT_EQ(OnlyDefect(Measured(shot)).type(), v1::DEFECT_TYPE_CRACK);
}

TEST(Kinds, ScratchInALightBezelIsOfTheBezel) {
  const render::DeviceModel& model = render::WideBezel();
  render::Shot shot = render::AnyShot(model, {1920, 1080}, 2, kSeed);
  const v1::Measurement clean = Measured(shot);
  EXPECT_EQ(clean.defects_size(), 0);
  EXPECT_GT(AreaOf(clean, v1::ZONE_Z2), 0.15 * AreaOf(clean, v1::ZONE_Z1));
  shot.defects = {render::MakeScratch(
      model, {.length_mm = 6, .width_mm = 0.6, .contrast = 60, .in_bezel = true}, kSeed)};
  ASSERT_FALSE(shot.defects.front().paths.empty());
  const v1::Defect scratch = OnlyDefect(Measured(shot));
  EXPECT_EQ(scratch.type(), v1::DEFECT_TYPE_SCRATCH);
  EXPECT_EQ(scratch.zone(), v1::ZONE_Z2);
  EXPECT_NEAR(scratch.length_um(), 6'000, 500);
}

// Seen aslant its logo is not on the middle line of the rectangle around it, but of its outline.
TEST(Kinds, LogoOfALeaningBackIsNoDamage) {
  render::Shot shot = ShotOf("chalk");
  for (const double towards : {0.0, 90.0, 180.0, 270.0}) {
    shot.camera.tilt_deg = 25;
    shot.camera.width_mm = 330;
    shot.camera.tilt_towards_deg = towards;
    const v1::Measurement m = Measured(shot);
    for (const v1::Defect& defect : m.defects()) {
      EXPECT_NE(defect.zone(), v1::ZONE_Z3) << towards << " " << defect.ShortDebugString();
    }
  }
}

TEST(Kinds, CleanDevicesHaveNone) {
  for (const char* model : {"onyx", "sea"}) {
    EXPECT_EQ(Measured(ShotOf(model)).defects_size(), 0) << model;
  }
}

}  // namespace
}  // namespace loopdock::vision
