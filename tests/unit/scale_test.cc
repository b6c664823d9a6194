// SPDX-License-Identifier: Apache-2.0
#include "services/grading/core/scale.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <utility>

#include "tests/unit/scale_fixture.h"

namespace loopdock::grading {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using vision::v1::Measurement;

GradeResult Graded(const Measurement& measurement, const Checklist& checklist = {}) {
  static const Scale scale = DefaultScale();
  return scale.Evaluate(measurement, checklist);
}

// The vectors of the domain notes, by their number.

TEST(Vectors, OneFewSmallMarksAreExcellent) {
  Measurement picture = GoodPicture();
  picture.add_zones()->set_zone(vision::v1::ZONE_Z2);
  picture.mutable_zones(1)->set_area_px2(1e6);
  for (int i = 0; i < 2; ++i) AddScratch(picture, 2);
  for (int i = 0; i < 3; ++i) AddScratch(picture, 2, vision::v1::ZONE_Z2);
  const GradeResult result = Graded(picture);
  EXPECT_EQ(result.grade, "C6");
  EXPECT_THAT(result.severities, ElementsAre(1, 1, 1, 1, 1));
}

TEST(Vectors, TwoOneScratchOfS2OnTheDisplay) {
  Measurement picture = GoodPicture();
  AddScratch(picture, 5);
  const GradeResult result = Graded(picture);
  EXPECT_EQ(result.grade, "C5");
  EXPECT_EQ(result.reason, "LIMIT");
  EXPECT_THAT(result.severities, ElementsAre(2));
}

TEST(Vectors, ThreeOneScratchOfS3OnTheDisplay) {
  Measurement picture = GoodPicture();
  AddScratch(picture, 8.2);
  const GradeResult result = Graded(picture);
  EXPECT_EQ(result.grade, "C3");
  ASSERT_FALSE(result.reasons.empty());
  EXPECT_EQ(result.reasons[0],
            "C3: display has one scratch of 8.2 mm; C4 allows none of 7 mm or more");
}

TEST(Vectors, FourACrackInTheDisplay) {
  Measurement picture = GoodPicture();
  AddDefect(picture, vision::v1::DEFECT_TYPE_CRACK, 12, 0.1);
  const GradeResult result = Graded(picture);
  EXPECT_EQ(result.grade, "C2");
  EXPECT_EQ(result.reasons[0],
            "C2: display has one crack, its lines 12.0 mm in all; C3 allows none");
  EXPECT_THAT(result.severities, ElementsAre(4));
}

TEST(Vectors, FiveASwollenBatteryIsHeld) {
  Checklist checklist;
  checklist.hazard = true;
  const GradeResult result = Graded(GoodPicture(), checklist);
  EXPECT_EQ(result.grade, "C0");
  EXPECT_EQ(result.reason, "HAZARD_HOLD");
}

TEST(Vectors, SixABlurredPictureIsNotGraded) {
  Measurement picture = GoodPicture();
  picture.mutable_quality()->set_passed(false);
  picture.mutable_quality()->set_reason("FOCUS");
  picture.mutable_quality()->set_advice("Wipe the lens.");
  const GradeResult result = Graded(picture);
  EXPECT_EQ(result.grade, "C0");
  EXPECT_EQ(result.reason, "IMAGE_QUALITY");
  EXPECT_THAT(result.reasons, Contains(HasSubstr("Wipe the lens.")));
}

TEST(Vectors, SevenADirtyDeviceIsCleanedFirst) {
  Measurement picture = GoodPicture();
  // 2 % of the display.
  AddDefect(picture, vision::v1::DEFECT_TYPE_STAIN, 21, 10);
  const GradeResult dirty = Graded(picture);
  EXPECT_EQ(dirty.grade, "C0");
  EXPECT_EQ(dirty.reason, "CLEAN_FIRST");
  EXPECT_THAT(dirty.reasons, Contains(HasSubstr("of zone Z1 of the")));
  Checklist checklist;
  checklist.stains_permanent = true;
  EXPECT_EQ(Graded(picture, checklist).grade, "C4");
  EXPECT_EQ(Graded(GoodPicture()).grade, "C6");
}

TEST(Scale, ShatteredGlassIsNotCleanedFirst) {
  Measurement picture = GoodPicture();
  AddDefect(picture, vision::v1::DEFECT_TYPE_STAIN, 21, 10);
  AddDefect(picture, vision::v1::DEFECT_TYPE_CRACK, 90, 0.2);
  const GradeResult result = Graded(picture);
  EXPECT_EQ(result.grade, "C2");
  EXPECT_THAT(result.reasons.front(), HasSubstr("display has one crack"));
}

TEST(Scale, WithoutMicrometresThereIsNoGrade) {
  Measurement picture = GoodPicture();
  AddScratch(picture, 5);
  picture.clear_um_per_px();
  const GradeResult result = Graded(picture);
  EXPECT_EQ(result.grade, "C0");
  EXPECT_EQ(result.reason, "SCALE_UNKNOWN");
  EXPECT_THAT(result.severities, ElementsAre(0));
  EXPECT_EQ(result.margin, 0);
}

// Half a device tells no scale by its size: the picture comes first.
TEST(Scale, APoorPictureIsSaidBeforeAScaleThatIsNotKnown) {
  Measurement picture = GoodPicture();
  picture.clear_um_per_px();
  picture.mutable_quality()->set_passed(false);
  picture.mutable_quality()->set_reason("DEVICE_CUT_OFF");
  const GradeResult result = Graded(picture);
  EXPECT_EQ(result.reason, "IMAGE_QUALITY");
  EXPECT_THAT(result.reasons, ElementsAre(HasSubstr("DEVICE_CUT_OFF"), HasSubstr("printed mat")));
}

TEST(Scale, NoPictureIsNoGrade) {
  const GradeResult result = DefaultScale().Evaluate(std::span<const Look>(), {});
  EXPECT_EQ(result.grade, "C0");
  EXPECT_EQ(result.reason, "NOT_INSPECTED");
}

TEST(Scale, BandsBeginAtTheirLowerEdge) {
  for (const auto& [length_mm, severity] : std::initializer_list<std::pair<double, int>>{
           {2.99, 1}, {3, 2}, {6.99, 2}, {7, 3}, {24.9, 3}, {25, 4}}) {
    Measurement picture = GoodPicture();
    AddScratch(picture, length_mm);
    EXPECT_THAT(Graded(picture).severities, ElementsAre(severity)) << length_mm;
  }
}

TEST(Scale, WidthCountsFromThreePixelsOn) {
  Measurement narrow = GoodPicture();
  AddDefect(narrow, vision::v1::DEFECT_TYPE_SCRATCH, 2, 0.149);
  EXPECT_THAT(Graded(narrow).severities, ElementsAre(1));
  Measurement wide = GoodPicture();
  AddDefect(wide, vision::v1::DEFECT_TYPE_SCRATCH, 2, 0.15);
  EXPECT_THAT(Graded(wide).severities, ElementsAre(3));
}

TEST(Scale, AShortWideScratchIsADig) {
  Measurement picture = GoodPicture();
  // As a scratch its width alone would make it S4; a chip of 1.4 mm is S2.
  AddDefect(picture, vision::v1::DEFECT_TYPE_SCRATCH, 1.4, 0.5);
  EXPECT_THAT(Graded(picture).severities, ElementsAre(2));
}

TEST(Scale, FaintMarksAreNotCounted) {
  Measurement picture = GoodPicture();
  AddScratch(picture, 40).set_confidence(0.05);
  const GradeResult result = Graded(picture);
  EXPECT_EQ(result.grade, "C6");
  EXPECT_THAT(result.reasons, Contains("1 faint mark is listed, not counted"));
}

TEST(Scale, AFaintMarkThatWouldChangeTheGradeIsForAPerson) {
  Measurement picture = GoodPicture();
  AddScratch(picture, 40).set_confidence(0.05);
  EXPECT_THAT(Graded(picture).review, Contains("a scratch that the camera is not sure of (0.05) is "
                                               "not counted; if it is there, the grade is C3"));
  // One that C6 allows changes nothing.
  Measurement small = GoodPicture();
  AddScratch(small, 1).set_confidence(0.05);
  EXPECT_THAT(Graded(small).review, Not(Contains(HasSubstr("not counted"))));
}

TEST(Scale, BestGradesNeedAnAttestation) {
  const GradeResult plain = Graded(GoodPicture());
  EXPECT_EQ(plain.grade, "C6");
  EXPECT_EQ(plain.reason, "BEST");
  for (const auto& [word, grade] : std::initializer_list<std::pair<const char*, const char*>>{
           {"certified_pre_owned", "C7"}, {"unused", "C8"}, {"new_open_box", "C9"}}) {
    Checklist checklist;
    checklist.attestations = {word};
    EXPECT_EQ(Graded(GoodPicture(), checklist).grade, grade);
    Measurement scratched = GoodPicture();
    AddScratch(scratched, 1);
    EXPECT_EQ(Graded(scratched, checklist).grade, "C6") << word;
  }
}

TEST(Scale, ChecklistLimits) {
  Checklist dead;
  dead.dead_pixels = 2;
  EXPECT_EQ(Graded(GoodPicture(), dead).grade, "C4");
  Checklist missing;
  missing.missing_parts = Condition::kCosmetic;
  EXPECT_EQ(Graded(GoodPicture(), missing).grade, "C3");
  missing.missing_parts = Condition::kCritical;
  EXPECT_EQ(Graded(GoodPicture(), missing).grade, "C2");
  Checklist latch;
  latch.latch_damage = Condition::kCosmetic;
  EXPECT_EQ(Graded(GoodPicture(), latch).grade, "C3");
  Checklist damaged;
  damaged.damaged = true;
  EXPECT_EQ(Graded(GoodPicture(), damaged).grade, "C1");
}

TEST(Scale, LargeZonesMayHaveMore) {
  // 600 cm2 instead of 105: by the square root of three, 2 become 3.
  Measurement laptop = GoodPicture();
  laptop.mutable_zones(0)->set_area_px2(600e8 / (kUmPerPx * kUmPerPx));
  Measurement phone = GoodPicture();
  for (int i = 0; i < 3; ++i) {
    AddScratch(laptop, 1);
    AddScratch(phone, 1);
  }
  EXPECT_EQ(Graded(laptop).grade, "C6");
  EXPECT_EQ(Graded(phone).grade, "C5");
}

TEST(Scale, FacesAddUp) {
  Measurement front = GoodPicture();
  Measurement back = GoodPicture(vision::v1::ZONE_Z3);
  AddScratch(front, 5);
  AddScratch(back, 8, vision::v1::ZONE_Z3);
  const Look both[] = {{.measurement = &front, .view = 0, .known = {}},
                       {.measurement = &back, .view = 1, .known = {}}};
  const GradeResult result = DefaultScale().Evaluate(both, {});
  EXPECT_EQ(result.grade, "C4");
  EXPECT_THAT(result.severities, ElementsAre(2, 3));
}

TEST(Scale, SaysWhatTheNextBetterGradeAsksFor) {
  Measurement picture = GoodPicture();
  AddScratch(picture, 8.2);
  AddScratch(picture, 3.5, vision::v1::ZONE_Z2);
  const GradeResult result = Graded(picture);
  EXPECT_EQ(result.grade, "C3");
  EXPECT_EQ(result.next_grade, "C4");
  EXPECT_THAT(result.needs, ElementsAre("display: no scratch of 7 mm or more (now 1)"));
  const GradeResult best = Graded(GoodPicture());
  EXPECT_EQ(best.next_grade, "C7");
  EXPECT_THAT(best.needs, ElementsAre("somebody who attests 'certified_pre_owned'"));
}

TEST(Scale, SentencesNameWhatDecided) {
  Measurement wide = GoodPicture();
  AddDefect(wide, vision::v1::DEFECT_TYPE_SCRATCH, 2, 0.21);
  EXPECT_EQ(
      Graded(wide).reasons[0],
      "C3: display has one scratch 0.21 mm wide; C4 allows none with a width of 0.15 mm or more");
  Measurement many = GoodPicture();
  for (int i = 0; i < 3; ++i) AddScratch(many, 2);
  EXPECT_EQ(Graded(many).reasons[0],
            "C5: display has 3 scratches of up to 2.0 mm; C6 allows at most 2 of less than 3 mm");
  Measurement mixed = GoodPicture();
  AddScratch(mixed, 4);
  AddDefect(mixed, vision::v1::DEFECT_TYPE_DENT, 2, 2);
  EXPECT_EQ(Graded(mixed).reasons[0],
            "C4: display has 2 defects of severity S2; C5 allows at most 1 of severity S2");
}

TEST(Scale, SentencesCallABackABack) {
  Measurement back = GoodPicture();
  back.set_face(vision::v1::FACE_BACK);
  AddScratch(back, 8, vision::v1::ZONE_Z3);
  AddScratch(back, 9, vision::v1::ZONE_Z3);
  EXPECT_EQ(Graded(back).reasons[0],
            "C4: back has 2 scratches of up to 9.0 mm; C5 allows none of 7 mm or more");
  Measurement display = GoodPicture();
  AddScratch(display, 8, vision::v1::ZONE_Z2);
  const Look looks[] = {{.measurement = &back, .view = 0}, {.measurement = &display, .view = 1}};
  const GradeResult both = DefaultScale().Evaluate(looks, {});
  ASSERT_FALSE(both.reasons.empty());
  EXPECT_EQ(
      both.reasons[0],
      "C3: front with back has 3 scratches of up to 9.0 mm; C4 allows at most 2 of 7 to 25 mm");
}

TEST(Scale, WhatAFingernailFeelsIsAtLeastS3) {
  Measurement picture = GoodPicture();
  AddScratch(picture, 1);
  const Look look{.measurement = &picture, .view = 0, .known = {{.felt = true}}};
  const GradeResult result = DefaultScale().Evaluate(std::span(&look, 1), {});
  EXPECT_EQ(result.grade, "C3");
  EXPECT_EQ(result.reasons[0],
            "C3: display has one scratch that a fingernail feels; C4 allows none that a fingernail "
            "feels");
}

TEST(Scale, WhatAPersonConfirmedCountsHoweverFaint) {
  Measurement picture = GoodPicture();
  AddScratch(picture, 8).set_confidence(0.02);
  EXPECT_EQ(Graded(picture).grade, "C6");
  Look look{.measurement = &picture, .view = 0, .known = {{.confirmed = true}}};
  EXPECT_EQ(DefaultScale().Evaluate(std::span(&look, 1), {}).grade, "C3");
  look.known = {{.confirmed = true, .counts = false}};
  EXPECT_EQ(DefaultScale().Evaluate(std::span(&look, 1), {}).grade, "C6");
}

// A scratch from (x, y) along the x axis, in millimetres.
void AddLine(Measurement& picture, double x_mm, double y_mm, double length_mm) {
  vision::v1::Defect& defect = AddScratch(picture, length_mm);
  for (const double x : {x_mm, x_mm + length_mm}) {
    vision::v1::Point& point = *defect.add_polygon();
    point.set_x(x * 1000 / kUmPerPx);
    point.set_y(y_mm * 1000 / kUmPerPx);
  }
}

TEST(Scale, PiecesOfOneScratchAreOne) {
  Measurement pieces = GoodPicture();
  AddLine(pieces, 10, 20, 4);
  AddLine(pieces, 14.5, 20, 4);
  const GradeResult joined = Graded(pieces);
  EXPECT_THAT(joined.severities, ElementsAre(3, 3));
  EXPECT_EQ(joined.reasons[0],
            "C3: display has one scratch of 8.0 mm; C4 allows none of 7 mm or more");
  Measurement apart = GoodPicture();
  AddLine(apart, 10, 20, 4);
  AddLine(apart, 15.1, 20, 4);
  EXPECT_THAT(Graded(apart).severities, ElementsAre(2, 2)) << "a gap of 1.1 mm";
  Measurement beside = GoodPicture();
  AddLine(beside, 10, 20, 4);
  AddLine(beside, 10, 20.5, 4);
  EXPECT_THAT(Graded(beside).severities, ElementsAre(2, 2)) << "side by side";
}

TEST(Scale, PicturesOfOneFaceHaveItsAreaOnce) {
  Measurement laptop = GoodPicture();
  laptop.mutable_zones(0)->set_area_px2(600e8 / (kUmPerPx * kUmPerPx));
  for (int i = 0; i < 4; ++i) AddScratch(laptop, 1);
  Measurement again = laptop;
  again.clear_defects();
  std::vector<Look> looks = {{.measurement = &laptop, .view = 0, .known = {}},
                             {.measurement = &again, .view = 0, .known = {}}};
  EXPECT_EQ(DefaultScale().Evaluate(looks, {}).grade, "C5");
  looks[1].view = 1;
  EXPECT_EQ(DefaultScale().Evaluate(looks, {}).grade, "C6") << "two faces may have more";
}

TEST(Scale, SaysWhenAPersonShouldLook) {
  EXPECT_THAT(Graded(GoodPicture()).review, ::testing::IsEmpty());
  Measurement near = GoodPicture();
  AddScratch(near, 7.2);
  EXPECT_THAT(Graded(near).review,
              ElementsAre("a change of 2.9 % in one measured value would change the grade"));
  Measurement unsure = GoodPicture();
  AddScratch(unsure, 12).set_confidence(0.2);
  EXPECT_THAT(Graded(unsure).review,
              ElementsAre("the grade hangs on a scratch that the camera is not sure of (0.20)"));
  AddScratch(unsure, 14).set_confidence(0.25);
  EXPECT_THAT(Graded(unsure).review,
              ElementsAre("the grade hangs on 2 marks that the camera is not sure of (from 0.20)"));
  Measurement part = GoodPicture();
  part.set_inspected_share(0.4);
  EXPECT_THAT(Graded(part).review, ElementsAre("only 40 % of the face was inspected"));
}

TEST(Scale, MarginIsTheSmallestChangeThatMatters) {
  Measurement near = GoodPicture();
  AddScratch(near, 7.07);
  EXPECT_NEAR(Graded(near).margin, 0.01, 1e-6);
  Measurement far = GoodPicture();
  AddScratch(far, 10.5);
  EXPECT_NEAR(Graded(far).margin, 0.5, 1e-6);
  EXPECT_EQ(Graded(GoodPicture()).margin, 1);
}

TEST(Scale, WhatWasNotSeenIsSaid) {
  Measurement picture = GoodPicture();
  picture.set_inspected_share(0.77);
  EXPECT_THAT(Graded(picture).reasons, Contains("23 % of the face was not inspected"));
  picture.set_face(vision::v1::FACE_BACK);
  EXPECT_THAT(Graded(picture).reasons, Contains("23 % of the back was not inspected"));
}

TEST(Scale, MoreDamageIsNeverABetterGrade) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> length(0.2, 40);
  std::uniform_int_distribution<int> type(1, 8);
  std::uniform_int_distribution<int> zone(1, 6);
  Checklist checklist;
  checklist.stains_permanent = true;
  for (int round = 0; round < 20; ++round) {
    Measurement picture = GoodPicture();
    std::string last = "C9";
    for (int i = 0; i < 15; ++i) {
      AddDefect(picture, static_cast<vision::v1::DefectType>(type(random)), length(random), 0.1,
                static_cast<vision::v1::Zone>(zone(random)));
      const GradeResult result = Graded(picture, checklist);
      EXPECT_LE(result.grade, last);
      EXPECT_FALSE(result.reasons.empty());
      EXPECT_GE(result.margin, 0);
      EXPECT_LE(result.margin, 1);
      last = result.grade;
    }
  }
}

}  // namespace
}  // namespace loopdock::grading
