// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "services/common/proto_time.h"
#include "services/grading/core/agreement.h"

namespace loopdock::grading {
namespace {

using inventory::v1::Cosmetic;
using namespace inventory::v1;  // NOLINT: names of grades

TEST(Agreement, KappaOfAWorkedExample) {
  // Two raters, 50 cases: 20 both say one, 15 both the other; 5 and 10 differ. Agreement 0.7, by
  // chance 0.5, kappa 0.4.
  AgreementCounter counter;
  for (int i = 0; i < 20; ++i) counter.Add(COSMETIC_C5, COSMETIC_C5);
  for (int i = 0; i < 15; ++i) counter.Add(COSMETIC_C4, COSMETIC_C4);
  for (int i = 0; i < 5; ++i) counter.Add(COSMETIC_C5, COSMETIC_C4);
  for (int i = 0; i < 10; ++i) counter.Add(COSMETIC_C4, COSMETIC_C5);
  const v1::Agreement agreement = counter.ToProto();
  EXPECT_EQ(agreement.pair_count(), 50);
  EXPECT_EQ(agreement.same_count(), 35);
  EXPECT_EQ(agreement.adjacent_count(), 50);
  EXPECT_NEAR(agreement.kappa(), 0.4, 1e-9);
  EXPECT_NEAR(agreement.weighted_kappa(), 0.4, 1e-9) << "two grades: weights change nothing";
  EXPECT_NEAR(agreement.kappa_half_width(), 1.96 * 0.0632018 / 0.5, 1e-4);
  EXPECT_EQ(agreement.cells_size(), 4);
}

TEST(Agreement, FarApartWeighsMore) {
  AgreementCounter near;
  AgreementCounter far;
  for (AgreementCounter* counter : {&near, &far}) {
    for (const auto grade : {COSMETIC_C2, COSMETIC_C4, COSMETIC_C6}) {
      for (int i = 0; i < 5; ++i) counter->Add(grade, grade);
    }
  }
  near.Add(COSMETIC_C6, COSMETIC_C5);
  far.Add(COSMETIC_C6, COSMETIC_C2);
  EXPECT_GT(near.ToProto().weighted_kappa(), far.ToProto().weighted_kappa());
}

// One pair, or nine, were "0.000 +- 0.000" or "1.000 +- 0.000": as if nothing could be surer.
TEST(Agreement, AFewPairsSayNothing) {
  AgreementCounter counter;
  counter.Add(COSMETIC_C4, COSMETIC_C5);
  EXPECT_FALSE(counter.ToProto().has_kappa());
  for (int i = 0; i < 8; ++i) counter.Add(COSMETIC_C4, COSMETIC_C4);
  EXPECT_EQ(counter.ToProto().pair_count(), 9);
  EXPECT_FALSE(counter.ToProto().has_kappa());
  EXPECT_FALSE(counter.ToProto().has_weighted_kappa());
  counter.Add(COSMETIC_C5, COSMETIC_C5);
  EXPECT_EQ(counter.ToProto().pair_count_min(), 10);
  EXPECT_TRUE(counter.ToProto().has_kappa());
  AgreementCounter full;
  for (int i = 0; i < 6; ++i) {
    full.Add(COSMETIC_C4, COSMETIC_C4);
    full.Add(COSMETIC_C6, COSMETIC_C6);
  }
  EXPECT_EQ(full.ToProto().kappa(), 1);
  EXPECT_GT(full.ToProto().kappa_half_width(), 0.1);
}

TEST(Agreement, IsNotMadeUpWhereThereIsNone) {
  AgreementCounter counter;
  EXPECT_FALSE(counter.ToProto().has_kappa());
  counter.Add(COSMETIC_C5, COSMETIC_C0);
  EXPECT_EQ(counter.ToProto().pair_count(), 0) << "C0 says nothing";
  counter.Add(COSMETIC_C5, COSMETIC_C5);
  EXPECT_FALSE(counter.ToProto().has_kappa()) << "one grade only";
  EXPECT_EQ(counter.ToProto().same_count(), 1);
}

v1::Inspection Version(const std::string& name, int version, const std::string& asset,
                       v1::InspectionState state, Cosmetic cosmetic, const std::string& actor,
                       int day) {
  v1::Inspection inspection;
  inspection.set_name(name);
  inspection.set_version(version);
  inspection.set_asset(asset);
  inspection.set_state(state);
  inspection.set_cosmetic(cosmetic);
  inspection.set_actor(actor);
  *inspection.mutable_create_time() =
      common::ToProto(absl::FromUnixSeconds(0) + absl::Hours(24 * day));
  return inspection;
}

TEST(Agreement, WhoIsHeldAgainstWhom) {
  AgreementReporter reporter(absl::Hours(24 * 7));
  const auto proposed = v1::INSPECTION_STATE_PROPOSED;
  const auto confirmed = v1::INSPECTION_STATE_CONFIRMED;
  const auto overridden = v1::INSPECTION_STATE_OVERRIDDEN;
  // The camera says C5, ann makes it C4, bob says C5 again.
  reporter.Add(Version("i1", 1, "a", proposed, COSMETIC_C5, "station", 0));
  reporter.Add(Version("i1", 2, "a", overridden, COSMETIC_C4, "ann", 0));
  reporter.Add(Version("i1", 3, "a", overridden, COSMETIC_C5, "bob", 0));
  // The same device a day later, by ann.
  reporter.Add(Version("i2", 1, "a", proposed, COSMETIC_C4, "station", 1));
  reporter.Add(Version("i2", 2, "a", confirmed, COSMETIC_C4, "ann", 1));
  // And after its repair, weeks later.
  reporter.Add(Version("i3", 1, "a", proposed, COSMETIC_C6, "station", 40));
  // Another device that could not be graded.
  reporter.Add(Version("i4", 1, "b", proposed, COSMETIC_C0, "station", 1));
  const v1::AgreementReport report = reporter.Finish();
  EXPECT_EQ(report.inspection_count(), 4);
  EXPECT_EQ(report.graded_count(), 3);
  EXPECT_EQ(report.settled_count(), 2);
  EXPECT_EQ(report.camera_and_graders().pair_count(), 2);
  EXPECT_EQ(report.camera_and_graders().same_count(), 2) << "the last word counts";
  EXPECT_EQ(report.graders().pair_count(), 2) << "ann and bob, bob and ann";
  EXPECT_EQ(report.graders().same_count(), 0);
  EXPECT_EQ(report.camera_repeated().pair_count(), 1);
  EXPECT_EQ(report.camera_repeated().adjacent_count(), 1);
}

// A side without a mark is no second opinion of a display.
TEST(Agreement, OnlyTheSameFacesAreHeldAgainstEachOther) {
  AgreementReporter reporter(absl::Hours(24 * 7));
  for (const auto& [name, face] : {std::pair("i1", vision::v1::FACE_DISPLAY),
                                   {"i2", vision::v1::FACE_SIDE},
                                   {"i3", vision::v1::FACE_DISPLAY}}) {
    auto version = Version(name, 1, "a", v1::INSPECTION_STATE_PROPOSED,
                           face == vision::v1::FACE_SIDE ? COSMETIC_C6 : COSMETIC_C3, "station", 1);
    version.add_pictures()->mutable_measurement()->set_face(face);
    reporter.Add(version);
  }
  const v1::AgreementReport report = reporter.Finish();
  EXPECT_EQ(report.camera_repeated().pair_count(), 1);
  EXPECT_EQ(report.camera_repeated().same_count(), 1);
}

}  // namespace
}  // namespace loopdock::grading
