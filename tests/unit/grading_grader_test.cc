// SPDX-License-Identifier: Apache-2.0
// From measured pictures and answers to a graded inspection, and what a person changes about it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "services/common/status.h"
#include "services/grading/core/edits.h"
#include "services/grading/core/grader.h"
#include "services/grading/core/views.h"
#include "tests/unit/scale_fixture.h"

namespace loopdock::grading {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using vision::v1::Measurement;

const Grader& TheGrader() {
  static const auto* const kGrader = [] {
    std::vector<Scale> scales;
    for (const char* name : {"itad-1", "ctia-style-1"}) {
      scales.push_back(*Scale::Parse(ScaleText(name)));
    }
    return new Grader(std::move(scales), *Checklists::Parse(ScaleText("checklists")));
  }();
  return *kGrader;
}

Measurement Picture(vision::v1::Face face) {
  Measurement picture =
      GoodPicture(face == vision::v1::FACE_DISPLAY ? vision::v1::ZONE_Z1 : vision::v1::ZONE_Z3);
  picture.set_face(face);
  picture.set_width_px(3200);
  picture.set_height_px(1600);
  for (const auto& [x, y] : {std::pair{100, 100}, {3100, 100}, {3100, 1500}, {100, 1500}}) {
    for (auto* outline : {picture.mutable_device_outline(), picture.mutable_inspected_outline()}) {
      auto* point = outline->Add();
      point->set_x(x);
      point->set_y(y);
    }
  }
  return picture;
}

v1::Inspection Inspected(const std::vector<Measurement>& pictures,
                         const std::vector<std::string>& lights = {}) {
  v1::Inspection inspection;
  inspection.set_category("phone");
  for (size_t i = 0; i < pictures.size(); ++i) {
    auto* picture = inspection.add_pictures();
    *picture->mutable_measurement() = pictures[i];
    if (i < lights.size()) picture->set_light(lights[i]);
  }
  auto* answer = inspection.add_answers();
  answer->set_question("swollen_battery");
  answer->set_answer("no");
  NoteDefects(inspection);
  return inspection;
}

v1::Inspection Graded(v1::Inspection inspection, const std::string& scale = "") {
  const auto status = TheGrader().Grade(**TheGrader().FindScale(scale), inspection);
  EXPECT_TRUE(status.ok()) << status;
  return inspection;
}

vision::v1::Defect& At(vision::v1::Defect& defect, double along, double across) {
  defect.set_along(along);
  defect.set_across(across);
  return defect;
}

TEST(Grader, WhatNoPictureShowsIsNotCalledClean) {
  const auto graded = Graded(Inspected({Picture(vision::v1::FACE_DISPLAY)}));
  EXPECT_EQ(graded.cosmetic(), inventory::v1::COSMETIC_C6);
  EXPECT_THAT(graded.faces_missing(), ElementsAre(vision::v1::FACE_BACK, vision::v1::FACE_SIDE));
  EXPECT_THAT(graded.explanations(),
              Contains("no picture shows back, side: nothing is said of them"));
  EXPECT_TRUE(graded.needs_review());
  const auto whole =
      Graded(Inspected({Picture(vision::v1::FACE_DISPLAY), Picture(vision::v1::FACE_BACK),
                        Picture(vision::v1::FACE_SIDE)}));
  EXPECT_THAT(whole.faces_missing(), IsEmpty());
  EXPECT_FALSE(whole.needs_review()) << whole.review_reasons(0);
  EXPECT_EQ(whole.inspected_share(), 1);
}

TEST(Grader, TheInspectedShareIsThatOfAllFaces) {
  Measurement display = Picture(vision::v1::FACE_DISPLAY);
  Measurement back = Picture(vision::v1::FACE_BACK);
  display.set_inspected_share(0.8);
  back.set_inspected_share(0.4);
  EXPECT_NEAR(Graded(Inspected({display, back})).inspected_share(), 0.6, 1e-9);
  Measurement again = display;
  again.set_inspected_share(0.9);
  EXPECT_NEAR(Graded(Inspected({display, again})).inspected_share(), 0.9, 1e-9)
      << "two pictures of one face";
}

TEST(Grader, OneMarkInTwoPicturesOfAFaceCountsOnce) {
  Measurement first = Picture(vision::v1::FACE_DISPLAY);
  At(AddScratch(first, 2), 0.5, 0.5).set_weight(1);
  At(AddScratch(first, 2), 0.2, 0.5).set_weight(1);
  Measurement second = Picture(vision::v1::FACE_DISPLAY);
  At(AddScratch(second, 2.4), 0.505, 0.5).set_weight(2);
  const auto graded = Graded(Inspected({first, second}));
  EXPECT_EQ(graded.cosmetic(), inventory::v1::COSMETIC_C6);
  EXPECT_EQ(graded.pictures(0).notes(0).uncounted(), "SAME_MARK");
  EXPECT_EQ(graded.pictures(0).notes(0).same_as(), "d3") << "the better description counts";
  EXPECT_EQ(graded.pictures(1).notes(0).uncounted(), "");
  EXPECT_GT(graded.pictures(1).notes(0).confidence(), 0.9) << "two pictures are surer than one";
  // Another face may have a mark at the same place, and of an unknown face nobody can tell.
  second.set_face(vision::v1::FACE_BACK);
  EXPECT_EQ(Graded(Inspected({first, second})).pictures(0).notes(0).uncounted(), "");
}

TEST(Grader, WhatAnotherLightDoesNotShowIsDoubted) {
  Measurement left = Picture(vision::v1::FACE_DISPLAY);
  Measurement right = Picture(vision::v1::FACE_DISPLAY);
  At(AddScratch(right, 9), 0.5, 0.5).set_confidence(0.15);
  EXPECT_EQ(Graded(Inspected({right}, {"right"})).cosmetic(), inventory::v1::COSMETIC_C3);
  const auto both = Graded(Inspected({left, right}, {"left", "right"}));
  EXPECT_EQ(both.cosmetic(), inventory::v1::COSMETIC_C6);
  EXPECT_EQ(both.pictures(1).notes(0).uncounted(), "ONE_LIGHT_ONLY");
  // Dust that lies elsewhere in the other light: each alone would change nothing.
  At(AddScratch(left, 9), 0.2, 0.5).set_confidence(0.9);
  right.mutable_defects(0)->set_confidence(0.9);
  const auto moved = Graded(Inspected({left, right}, {"left", "right"}));
  EXPECT_THAT(moved.review_reasons(), Contains(HasSubstr("the grade hangs on 2 marks")));
  EXPECT_THAT(moved.review_reasons(), Contains(HasSubstr("2 are in one picture")));
  left.clear_defects();
  // A mark that is clear enough is believed, and a person looks.
  right.mutable_defects(0)->set_confidence(0.5);
  const auto clear = Graded(Inspected({left, right}, {"left", "right"}));
  EXPECT_EQ(clear.cosmetic(), inventory::v1::COSMETIC_C3);
  EXPECT_TRUE(clear.needs_review());
}

TEST(Grader, SaysWhenTheScaleIsTheCatalogs) {
  Measurement picture = Picture(vision::v1::FACE_DISPLAY);
  const std::string sentence =
      "millimetres are reckoned from the catalog's size of the model, not from a mat";
  EXPECT_THAT(Graded(Inspected({picture})).explanations(), ::testing::Not(Contains(sentence)));
  picture.set_scale_source(vision::v1::SCALE_SOURCE_CATALOG);
  EXPECT_THAT(Graded(Inspected({picture})).explanations(), Contains(sentence));
}

TEST(Grader, SaysWhenTheMatWasRecognisedAndNoLensIsKnown) {
  Measurement picture = Picture(vision::v1::FACE_DISPLAY);
  picture.set_scale_source(vision::v1::SCALE_SOURCE_MAT);
  auto inspection = Inspected({picture});
  EXPECT_THAT(Graded(inspection).explanations(),
              Contains(HasSubstr("by a mat that was recognised")));
  inspection.set_calibration("sites/main/calibrations/000001");
  EXPECT_THAT(Graded(inspection).explanations(),
              ::testing::Not(Contains(HasSubstr("by a mat that was recognised"))));
}

TEST(Grader, SaysWhatNobodySaidOfTheDevice) {
  Measurement picture = Picture(vision::v1::FACE_DISPLAY);
  picture.set_scale_source(vision::v1::SCALE_SOURCE_MAT);
  auto inspection = Inspected({picture});
  inspection.set_model("PH-1");
  const auto graded = Graded(inspection);
  EXPECT_THAT(graded.explanations(), Contains(HasSubstr("how far the face lies above the mat")));
  EXPECT_THAT(graded.explanations(), Contains(HasSubstr("nothing is known of model 'PH-1'")));
  inspection.set_thickness_um(8000);
  inspection.mutable_pictures(0)->set_reference("sites/main/references/000001");
  EXPECT_THAT(Graded(inspection).explanations(),
              ::testing::Not(Contains(::testing::AnyOf(HasSubstr("how far the face lies"),
                                                       HasSubstr("nothing is known of")))));
}

TEST(Grader, FacesOfOtherSizesMayBeOfAnotherDevice) {
  const auto sized = [](vision::v1::Face face, double length_mm, double width_mm) {
    Measurement picture = Picture(face);
    picture.set_device_length_um(length_mm * 1000);
    picture.set_device_width_um(width_mm * 1000);
    return picture;
  };
  const auto reasons = [](const v1::Inspection& inspection) {
    return Graded(inspection).review_reasons();
  };
  const Measurement display = sized(vision::v1::FACE_DISPLAY, 150, 72);
  auto near = Inspected({display, sized(vision::v1::FACE_BACK, 145, 70)});
  EXPECT_THAT(reasons(near), ::testing::Not(Contains(HasSubstr("mm"))));
  EXPECT_THAT(reasons(Inspected({display, sized(vision::v1::FACE_BACK, 246, 174)})),
              Contains("picture 0 shows a face of 150 by 72 mm, picture 1 one of 246 by 174 mm: "
                       "they may not be of one device"));
  EXPECT_THAT(reasons(Inspected({display, sized(vision::v1::FACE_SIDE, 150, 8)})),
              ::testing::Not(Contains(HasSubstr("mm"))))
      << "a side is narrow";
  near.set_model("TAB-2");
  near.set_body_length_um(246'000);
  near.set_body_width_um(174'000);
  EXPECT_THAT(reasons(near), Contains("picture 0 shows a face of 150 by 72 mm, but "
                                      "TAB-2 has 246 by 174 mm: it may be another model"));
}

TEST(Grader, ADeviceOfNoCategoryIsLookedAtByAPerson) {
  auto inspection = Inspected({Picture(vision::v1::FACE_DISPLAY)});
  inspection.clear_category();
  const auto graded = Graded(inspection);
  EXPECT_TRUE(graded.needs_review());
  EXPECT_THAT(graded.review_reasons(), Contains(HasSubstr("category is not known")));
  inspection.set_category("fone");
  EXPECT_THAT(Graded(inspection).review_reasons(),
              Contains(HasSubstr("no checklist knows the category 'fone'")));
}

TEST(Grader, AHazardStopsTheLine) {
  auto inspection = Inspected({Picture(vision::v1::FACE_DISPLAY)});
  inspection.mutable_answers(0)->set_answer("yes");
  const auto graded = Graded(inspection);
  EXPECT_EQ(graded.cosmetic(), inventory::v1::COSMETIC_C0);
  EXPECT_EQ(graded.reason(), "HAZARD_HOLD");
  EXPECT_THAT(graded.hazard_hold().reason(), HasSubstr("battery swollen"));
  EXPECT_FALSE(graded.has_next_better());
}

TEST(Grader, AnAnswerThatWasNotGivenIsAskedForByAPerson) {
  auto inspection = Inspected({Picture(vision::v1::FACE_DISPLAY), Picture(vision::v1::FACE_BACK),
                               Picture(vision::v1::FACE_SIDE)});
  inspection.clear_answers();
  const auto graded = Graded(inspection);
  EXPECT_TRUE(graded.needs_review());
  EXPECT_THAT(graded.review_reasons(),
              ElementsAre(HasSubstr("the checklist was not answered: Is the battery swollen")));
}

TEST(Grader, ABetterGradeIsNamedWithWhatItAsksFor) {
  Measurement picture = Picture(vision::v1::FACE_DISPLAY);
  AddScratch(picture, 8.2);
  const auto graded = Graded(Inspected({picture}));
  EXPECT_EQ(graded.next_better().cosmetic(), inventory::v1::COSMETIC_C4);
  EXPECT_THAT(graded.next_better().needs(),
              ElementsAre("display: no scratch of 7 mm or more (now 1)"));
  const auto letters = Graded(Inspected({picture}), "ctia-style-1");
  EXPECT_EQ(letters.letter(), "C");
  EXPECT_EQ(letters.next_better().letter(), "B");
  EXPECT_EQ(letters.scale(), "ctia-style-1@1");
}

TEST(Grader, RefusesAnAnswerThatIsNone) {
  auto inspection = Inspected({Picture(vision::v1::FACE_DISPLAY)});
  inspection.mutable_answers(0)->set_answer("perhaps");
  EXPECT_EQ(common::ReasonOf(TheGrader().Grade(**TheGrader().FindScale(""), inspection)),
            "ANSWER_INVALID");
  EXPECT_EQ(common::ReasonOf(TheGrader().FindScale("none").status()), "SCALE_NOT_FOUND");
}

class EditsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Measurement picture = Picture(vision::v1::FACE_DISPLAY);
    AddScratch(picture, 8.2);
    AddScratch(picture, 9).set_confidence(0.01);
    inspection_ = Graded(Inspected({picture}));
  }

  v1::DefectEdit& Edit() { return *edits_.Add(); }
  void Apply() {
    const auto status = ApplyEdits(edits_, inspection_);
    ASSERT_TRUE(status.ok()) << status;
    inspection_ = Graded(inspection_);
    edits_.Clear();
  }
  std::string Refusal() {
    v1::Inspection copy = inspection_;
    const auto status = ApplyEdits(edits_, copy);
    edits_.Clear();
    return common::ReasonOf(status);
  }
  static void Outline(google::protobuf::RepeatedPtrField<vision::v1::Point>* polygon,
                      const std::vector<std::pair<double, double>>& points) {
    polygon->Clear();
    for (const auto& [x, y] : points) {
      auto* point = polygon->Add();
      point->set_x(x);
      point->set_y(y);
    }
  }

  v1::Inspection inspection_;
  google::protobuf::RepeatedPtrField<v1::DefectEdit> edits_;
};

TEST_F(EditsTest, DeletedDefectsDoNotCount) {
  EXPECT_EQ(inspection_.cosmetic(), inventory::v1::COSMETIC_C3);
  Edit().set_delete_("d1");
  Apply();
  EXPECT_EQ(inspection_.cosmetic(), inventory::v1::COSMETIC_C6);
  EXPECT_THAT(inspection_.changes(), ElementsAre("deleted d1, scratch on Z1"));
  EXPECT_EQ(inspection_.pictures(0).notes_size(), 1);
  EXPECT_EQ(inspection_.pictures(0).severities_size(), 1);
}

TEST_F(EditsTest, ConfirmedDefectsCountHoweverFaint) {
  EXPECT_EQ(inspection_.pictures(0).notes(1).uncounted(), "FAINT");
  Edit().set_delete_("d1");
  Edit().set_confirm("d2");
  Apply();
  EXPECT_EQ(inspection_.cosmetic(), inventory::v1::COSMETIC_C3);
  EXPECT_EQ(inspection_.pictures(0).notes(0).uncounted(), "");
}

TEST_F(EditsTest, AddedDefectsAreMeasuredFromTheirOutline) {
  Edit().set_delete_("d1");
  v1::DefectAddition& add = *Edit().mutable_add();
  add.set_type(vision::v1::DEFECT_TYPE_SCRATCH);
  add.set_zone(vision::v1::ZONE_Z1);
  Outline(add.mutable_polygon(), {{500, 500}, {600, 500}});  // 100 pixels of 50 micrometres
  const v1::DefectAddition again = add;
  Apply();
  EXPECT_EQ(inspection_.cosmetic(), inventory::v1::COSMETIC_C5);
  const auto& added = inspection_.pictures(0).measurement().defects(1);
  EXPECT_DOUBLE_EQ(added.length_um(), 5000);
  EXPECT_EQ(inspection_.pictures(0).notes(1).id(), "d3");
  EXPECT_EQ(inspection_.pictures(0).notes(1).origin(), v1::DEFECT_ORIGIN_PERSON);
  // An id is never given twice.
  Edit().set_delete_("d3");
  *Edit().mutable_add() = again;
  Apply();
  EXPECT_EQ(inspection_.pictures(0).notes(1).id(), "d4");
}

TEST_F(EditsTest, ChangedDefectsAreWhatThePersonSays) {
  v1::DefectChange& change = *Edit().mutable_change();
  change.set_id("d1");
  change.set_type(vision::v1::DEFECT_TYPE_DENT);
  change.set_zone(vision::v1::ZONE_Z3);
  Outline(change.mutable_polygon(), {{100, 100}, {140, 100}, {140, 140}, {100, 140}});
  Apply();
  const auto& defect = inspection_.pictures(0).measurement().defects(0);
  EXPECT_EQ(defect.type(), vision::v1::DEFECT_TYPE_DENT);
  EXPECT_DOUBLE_EQ(defect.area_um2(), 40 * 40 * 50.0 * 50.0);
  EXPECT_EQ(inspection_.pictures(0).severities(0), 2);
  EXPECT_EQ(inspection_.cosmetic(), inventory::v1::COSMETIC_C6);
  Edit().mutable_change()->set_id("d1");
  edits_.Mutable(0)->mutable_change()->set_felt(true);
  Apply();
  EXPECT_EQ(inspection_.pictures(0).severities(0), 3) << "felt";
}

TEST_F(EditsTest, RefusesWhatCannotBe) {
  Edit().set_confirm("d9");
  EXPECT_EQ(Refusal(), "DEFECT_NOT_FOUND");
  Edit().set_delete_("d9");
  EXPECT_EQ(Refusal(), "DEFECT_NOT_FOUND");
  Edit();
  EXPECT_EQ(Refusal(), "EDIT_INVALID");
  const auto refuses = [&](auto spoil) {
    v1::DefectAddition& add = *Edit().mutable_add();
    add.set_type(vision::v1::DEFECT_TYPE_DENT);
    add.set_zone(vision::v1::ZONE_Z1);
    Outline(add.mutable_polygon(), {{1, 1}, {9, 1}, {9, 9}});
    spoil(add);
    EXPECT_EQ(Refusal(), "EDIT_INVALID");
  };
  refuses([](v1::DefectAddition& add) { add.set_picture(1); });
  refuses([](v1::DefectAddition& add) { add.set_picture(-1); });
  refuses([](v1::DefectAddition& add) { add.clear_type(); });
  refuses([](v1::DefectAddition& add) { add.clear_zone(); });
  refuses([](v1::DefectAddition& add) { add.mutable_polygon()->DeleteSubrange(0, 1); });
  refuses([](v1::DefectAddition& add) { add.mutable_polygon(0)->set_x(-1); });
  refuses([](v1::DefectAddition& add) { add.mutable_polygon(0)->set_x(std::nan("")); });
  refuses([](v1::DefectAddition& add) { add.mutable_polygon(0)->set_y(1601); });
  for (int i = 0; i < 257; ++i) Edit().set_confirm("d1");
  EXPECT_EQ(Refusal(), "EDIT_INVALID");
}

// Such an outline became a defect of no area, or of a part of it.
TEST_F(EditsTest, RefusesAnOutlineThatIsNone) {
  vision::v1::Measurement& measurement = *inspection_.mutable_pictures(0)->mutable_measurement();
  Outline(measurement.mutable_device_outline(), {{100, 100}, {1100, 100}, {1100, 600}, {100, 600}});
  const auto message = [&](vision::v1::DefectType type,
                           const std::vector<std::pair<double, double>>& points) -> std::string {
    v1::Inspection changed = inspection_;
    edits_.Clear();
    v1::DefectAddition& add = *Edit().mutable_add();
    add.set_type(type);
    add.set_zone(vision::v1::ZONE_Z1);
    Outline(add.mutable_polygon(), points);
    const absl::Status status = ApplyEdits(edits_, changed);
    edits_.Clear();
    if (status.ok()) return "";
    EXPECT_EQ(common::ReasonOf(status), "OUTLINE_INVALID") << status;
    return std::string(status.message());
  };
  const auto dent = vision::v1::DEFECT_TYPE_DENT;
  const auto scratch = vision::v1::DEFECT_TYPE_SCRATCH;
  EXPECT_EQ(message(dent, {{200, 200}, {240, 200}, {240, 240}}), "");
  EXPECT_THAT(message(dent, {{200, 200}, {240, 200}, {300, 200}}), HasSubstr("less than a pixel"));
  EXPECT_EQ(message(scratch, {{200, 200}, {240, 200}, {300, 200}}), "") << "a line has no area";
  EXPECT_EQ(message(scratch, {{200, 200}, {240, 230}}), "");
  EXPECT_THAT(message(scratch, {{200, 200}, {200, 200}}), HasSubstr("no length"));
  EXPECT_THAT(message(dent, {{200, 200}, {240, 240}, {240, 200}, {200, 240}}),
              HasSubstr("crosses itself: its side after point 1 and that after point 3"));
  EXPECT_THAT(message(dent, {{200, 200}, {240, 200}, {240, 900}}),
              HasSubstr("Point 3 of the outline lies 300 pixels beside the device."));
  EXPECT_THAT(message(scratch, {{20, 20}, {40, 30}}), HasSubstr("Point 1"));
  EXPECT_EQ(message(dent, {{90, 200}, {140, 200}, {140, 240}}), "") << "a chip at the rim";
  // A line that a person drew is no dent without an outline of its own.
  Edit().mutable_add()->set_type(scratch);
  edits_.Mutable(0)->mutable_add()->set_zone(vision::v1::ZONE_Z1);
  Outline(edits_.Mutable(0)->mutable_add()->mutable_polygon(), {{200, 200}, {240, 230}});
  Apply();
  const int last = inspection_.pictures(0).notes_size() - 1;
  Edit().mutable_change()->set_id(inspection_.pictures(0).notes(last).id());
  edits_.Mutable(0)->mutable_change()->set_type(dent);
  EXPECT_EQ(Refusal(), "OUTLINE_INVALID");
}

TEST_F(EditsTest, AnAnswerReplacesTheOneBefore) {
  google::protobuf::RepeatedPtrField<v1::ChecklistAnswer> answers;
  answers.Add()->set_question("bent");
  answers[0].set_answer("yes");
  ApplyAnswers(answers, inspection_);
  EXPECT_EQ(Graded(inspection_).cosmetic(), inventory::v1::COSMETIC_C1);
  answers[0].set_answer("no");
  ApplyAnswers(answers, inspection_);
  EXPECT_EQ(inspection_.answers_size(), 2);
  EXPECT_EQ(Graded(inspection_).cosmetic(), inventory::v1::COSMETIC_C3);
}

}  // namespace
}  // namespace loopdock::grading
