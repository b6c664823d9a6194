// SPDX-License-Identifier: Apache-2.0
// The commands that change inspections, on a store.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/common/hash.h"
#include "services/common/status.h"
#include "services/common/utf8.h"
#include "services/grading/core/inspections.h"
#include "services/grading/core/views.h"
#include "tests/unit/grading_fixture.h"
#include "tests/unit/scale_fixture.h"

namespace loopdock::grading {
namespace {

using common::ReasonOf;

class InspectionsTest : public GradingTest {};

TEST_F(InspectionsTest, AProposalGetsNameVersionAndActor) {
  const auto first = Propose("r1", Proposed());
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->name(), "sites/main/inspections/000001");
  EXPECT_EQ(first->version(), 1);
  EXPECT_EQ(first->state(), v1::INSPECTION_STATE_PROPOSED);
  EXPECT_EQ(first->actor(), "demo");
  EXPECT_EQ(first->station(), "bench-1");
  EXPECT_GT(first->create_time().seconds(), 0);
  EXPECT_EQ(Propose("r2", Proposed())->name(), "sites/main/inspections/000002");
  EXPECT_THAT(Rows(kOutboxTable), ::testing::IsEmpty()) << "nobody has confirmed it";
  EXPECT_EQ(Rows(kByAssetTable).size(), 2u);
}

TEST_F(InspectionsTest, TheSameRequestIsAnsweredOnce) {
  const auto first = Propose("r1", Proposed());
  Open();
  const auto again = Propose("r1", Proposed("sites/main/assets/ignored"));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(Rows(kLatestTable).size(), 1u);
  const auto altered = Propose("r1", Proposed(), "other content");
  EXPECT_EQ(altered.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ReasonOf(altered.status()), "REQUEST_ID_REUSED");
}

TEST_F(InspectionsTest, ConfirmingWritesVersionAndOutboxRowTogether) {
  ASSERT_TRUE(Propose("r1", Proposed()).ok());
  const auto batches = committer_->stats().batches;
  const auto confirmed = Settle("r2", {.inspection_id = "000001", .version = 1});
  ASSERT_TRUE(confirmed.ok()) << confirmed.status();
  EXPECT_EQ(committer_->stats().batches, batches + 1) << "one write, or a crash may part them";
  EXPECT_EQ(confirmed->version(), 2);
  EXPECT_EQ(confirmed->state(), v1::INSPECTION_STATE_CONFIRMED);
  EXPECT_EQ(confirmed->cosmetic(), inventory::v1::COSMETIC_C4);
  const std::string key = VersionKey("main", "000001", 2);
  EXPECT_EQ(Row(kVersionTable, key), confirmed->SerializeAsString());
  EXPECT_EQ(Row(kLatestTable, InspectionKey("main", "000001")), confirmed->SerializeAsString());
  inventory::v1::RecordInspectionRequest told;
  ASSERT_TRUE(told.ParseFromString(Row(kOutboxTable, key)));
  EXPECT_EQ(told.name(), "sites/main/assets/000001");
  EXPECT_TRUE(common::IsUuidV7(told.request_id()));
  EXPECT_EQ(told.summary().version(), 2);
  EXPECT_EQ(told.summary().cosmetic(), inventory::v1::COSMETIC_C4);
  EXPECT_EQ(told.summary().confirmed_by(), "demo");
  EXPECT_EQ(told.summary().defect_count(), 1);
  EXPECT_FALSE(told.summary().overridden());
  EXPECT_EQ(told.summary().reason(), "One scratch of S3 on the display.");
  // The first version stays as it was.
  v1::Inspection first;
  ASSERT_TRUE(first.ParseFromString(Row(kVersionTable, VersionKey("main", "000001", 1))));
  EXPECT_EQ(first.state(), v1::INSPECTION_STATE_PROPOSED);
}

TEST_F(InspectionsTest, AnOverrideSaysWhyAndMayFollowAnything) {
  ASSERT_TRUE(Propose("r1", Proposed()).ok());
  ASSERT_TRUE(Confirm("000001", 1).ok());
  const auto overridden = Settle("r3", {.inspection_id = "000001",
                                        .version = 2,
                                        .override_cosmetic = inventory::v1::COSMETIC_C6,
                                        .reason = "It is dust."});
  ASSERT_TRUE(overridden.ok()) << overridden.status();
  EXPECT_EQ(overridden->version(), 3);
  EXPECT_EQ(overridden->state(), v1::INSPECTION_STATE_OVERRIDDEN);
  EXPECT_EQ(overridden->reason(), "OVERRIDE");
  const auto told = ToRecordInspection(*overridden);
  EXPECT_TRUE(told.summary().overridden());
  EXPECT_EQ(told.summary().reason(), "It is dust.");
  EXPECT_EQ(Rows(kOutboxTable).size(), 2u);
}

TEST_F(InspectionsTest, RefusalsLeaveNothingBehind) {
  ASSERT_TRUE(Propose("r1", Proposed()).ok());
  EXPECT_EQ(ReasonOf(Confirm("zzzzzz", 1).status()), "INSPECTION_NOT_FOUND");
  const auto stale = Confirm("000001", 2);
  EXPECT_EQ(stale.status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonOf(stale.status()), "INSPECTION_CHANGED");
  EXPECT_EQ(Rows(kVersionTable).size(), 1u);
  EXPECT_EQ(Rows(kResponseTable).size(), 1u) << "a refused request may be sent again";
  ASSERT_TRUE(Confirm("000001", 1).ok());
  EXPECT_EQ(ReasonOf(Confirm("000001", 2).status()), "INSPECTION_SETTLED");
}

TEST_F(InspectionsTest, OfTwoWhoConfirmTheSameVersionOneWins) {
  ASSERT_TRUE(Propose("r1", Proposed()).ok());
  int good = 0;
  std::vector<std::string> reasons;
  absl::Mutex mutex;
  for (const char* id : {"r2", "r3"}) {
    auto command = std::make_unique<SettleCommand>(
        Change(id), SettleCommand::Settlement{.inspection_id = "000001", .version = 1},
        [&](const absl::Status& status, const v1::Inspection&) {
          absl::MutexLock lock(&mutex);
          good += status.ok() ? 1 : 0;
          if (!status.ok()) reasons.push_back(ReasonOf(status));
        });
    ASSERT_TRUE(committer_->Submit(std::move(command)).ok());
  }
  committer_->Stop();
  EXPECT_EQ(good, 1);
  EXPECT_THAT(reasons, ::testing::ElementsAre("INSPECTION_CHANGED"));
}

TEST_F(InspectionsTest, InventorysAnswerTakesTheRowAndMarksTheVersion) {
  ASSERT_TRUE(Propose("r1", Proposed()).ok());
  ASSERT_TRUE(Confirm("000001", 1).ok());
  const std::string key = VersionKey("main", "000001", 2);
  RecordedCommand recorded(kOutboxTable, key, true, [](const absl::Status&) {});
  ASSERT_TRUE(committer_->Run(recorded).ok());
  EXPECT_EQ(Row(kOutboxTable, key), "");
  v1::Inspection latest;
  ASSERT_TRUE(latest.ParseFromString(Row(kLatestTable, InspectionKey("main", "000001"))));
  EXPECT_TRUE(latest.recorded());
  // An override in between keeps its own mark.
  ASSERT_TRUE(Settle("r3", {.inspection_id = "000001",
                            .version = 2,
                            .override_cosmetic = inventory::v1::COSMETIC_C2,
                            .reason = "Cracked."})
                  .ok());
  RecordedCommand late(kOutboxTable, key, true, [](const absl::Status&) {});
  ASSERT_TRUE(committer_->Run(late).ok());
  ASSERT_TRUE(latest.ParseFromString(Row(kLatestTable, InspectionKey("main", "000001"))));
  EXPECT_FALSE(latest.recorded());
  EXPECT_EQ(latest.version(), 3);
}

TEST_F(InspectionsTest, TheRequestToInventoryNeverChanges) {
  ASSERT_TRUE(Propose("r1", Proposed()).ok());
  const auto confirmed = Confirm("000001", 1);
  v1::Inspection recorded = *confirmed;
  recorded.set_recorded(true);
  EXPECT_EQ(ToRecordInspection(*confirmed).SerializeAsString(),
            ToRecordInspection(recorded).SerializeAsString());
  v1::Inspection next = *confirmed;
  next.set_version(3);
  EXPECT_NE(ToRecordInspection(*confirmed).request_id(), ToRecordInspection(next).request_id());
}

TEST_F(InspectionsTest, WhatInventoryWouldRefuseForEverIsNotSent) {
  v1::Inspection inspection = Proposed();
  inspection.set_explanations(0, "line\nbreak " + std::string(5000, 'x') + "ü");
  const std::string reason = ToRecordInspection(inspection).summary().reason();
  EXPECT_LE(reason.size(), 1000u);
  EXPECT_EQ(reason.substr(0, 10), "line break");
}

// One scratch of 8.2 mm on a display, graded.
v1::Inspection Graded(const Grader& grader) {
  v1::Inspection inspection;
  inspection.set_asset("sites/main/assets/000001");
  vision::v1::Measurement& picture = *inspection.add_pictures()->mutable_measurement();
  picture = GoodPicture();
  AddScratch(picture, 8.2);
  NoteDefects(inspection);
  EXPECT_TRUE(grader.Grade(grader.scales()[0], inspection).ok());
  return inspection;
}

const Grader& TheGrader() {
  static const auto* const kGrader = [] {
    std::vector<Scale> scales;
    scales.push_back(DefaultScale());
    return new Grader(std::move(scales), *Checklists::Parse(ScaleText("checklists")));
  }();
  return *kGrader;
}

class EditCommandTest : public InspectionsTest {
 protected:
  absl::StatusOr<v1::Inspection> Edit(const std::string& request_id,
                                      const v1::EditInspectionRequest& request) {
    v1::Inspection made;
    EditCommand command(Change(request_id, request.SerializeAsString()), "000001", request,
                        &TheGrader(),
                        [&](const absl::Status&, const v1::Inspection& result) { made = result; });
    const absl::Status status = committer_->Run(command);
    if (!status.ok()) return status;
    return made;
  }
  static v1::EditInspectionRequest Delete(int version) {
    v1::EditInspectionRequest request;
    request.set_version(version);
    request.add_edits()->set_delete_("d1");
    request.set_reason("It is dust.");
    return request;
  }
};

TEST_F(EditCommandTest, AnEditIsANewVersionGradedAnew) {
  const auto first = Propose("r1", Graded(TheGrader()));
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->cosmetic(), inventory::v1::COSMETIC_C3);
  ASSERT_TRUE(Confirm("000001", 1).ok());
  const auto edited = Edit("r3", Delete(2));
  ASSERT_TRUE(edited.ok()) << edited.status();
  EXPECT_EQ(edited->version(), 3);
  EXPECT_EQ(edited->state(), v1::INSPECTION_STATE_PROPOSED) << "a person confirms it again";
  EXPECT_EQ(edited->cosmetic(), inventory::v1::COSMETIC_C6);
  EXPECT_FALSE(edited->recorded());
  EXPECT_THAT(edited->changes(),
              ::testing::ElementsAre("deleted d1, scratch on Z1", "because: It is dust."));
  EXPECT_EQ(Row(kVersionTable, VersionKey("main", "000001", 1)), first->SerializeAsString());
  EXPECT_EQ(Edit("r3", Delete(2))->version(), 3) << "the same request";
  EXPECT_EQ(ReasonOf(Edit("r4", Delete(2)).status()), "INSPECTION_CHANGED");
  EXPECT_EQ(ReasonOf(Edit("r5", Delete(3)).status()), "DEFECT_NOT_FOUND");
  EXPECT_EQ(Rows(kVersionTable).size(), 3u) << "a refused edit leaves nothing";
}

TEST_F(EditCommandTest, AHazardThatIsFoundLaterIsHeldToo) {
  ASSERT_TRUE(Propose("r1", Graded(TheGrader())).ok());
  v1::EditInspectionRequest request;
  request.set_version(1);
  request.add_answers()->set_question("swollen_battery");
  request.mutable_answers(0)->set_answer("yes");
  const auto edited = Edit("r2", request);
  ASSERT_TRUE(edited.ok()) << edited.status();
  EXPECT_EQ(edited->reason(), "HAZARD_HOLD");
  EXPECT_EQ(Rows(kHoldTable).size(), 1u);
  request.set_version(2);
  request.mutable_answers(0)->set_answer("no");
  EXPECT_EQ(ReasonOf(Edit("r3", request).status()), "HAZARD_HOLD") << "a hazard is not talked away";
}

TEST_F(InspectionsTest, AHazardHasItsHoldInTheSameWriteAndNoGrade) {
  v1::Inspection hazard = Proposed();
  hazard.set_reason("HAZARD_HOLD");
  hazard.mutable_hazard_hold()->set_reason("battery");
  const auto made = Propose("r1", hazard);
  ASSERT_TRUE(made.ok()) << made.status();
  ASSERT_EQ(Rows(kHoldTable).size(), 1u);
  const auto request = ToPlaceHold(*made);
  EXPECT_EQ(Rows(kHoldTable)[0].value, request.SerializeAsString());
  EXPECT_EQ(request.kind(), inventory::v1::HOLD_KIND_HAZARD);
  EXPECT_EQ(request.reason(), "sites/main/inspections/000001: battery");
  EXPECT_EQ(ReasonOf(Confirm("000001", 1).status()), "HAZARD_HOLD");
  EXPECT_EQ(ReasonOf(Settle("r2", {.inspection_id = "000001",
                                   .version = 1,
                                   .override_cosmetic = inventory::v1::COSMETIC_C5,
                                   .reason = "Looks well."})
                         .status()),
            "HAZARD_HOLD");
  RecordedCommand placed(kHoldTable, VersionKey("main", "000001", 1), true,
                         [](const absl::Status&) {});
  ASSERT_TRUE(committer_->Run(placed).ok());
  EXPECT_TRUE(Rows(kHoldTable).empty());
  v1::Inspection latest;
  ASSERT_TRUE(latest.ParseFromString(Row(kLatestTable, InspectionKey("main", "000001"))));
  EXPECT_TRUE(latest.hazard_hold().placed());
  EXPECT_FALSE(latest.recorded());
}

TEST_F(InspectionsTest, TheQueueHasWhatWaitsForAPerson) {
  v1::Inspection unsure = Proposed();
  unsure.set_needs_review(true);
  unsure.add_review_reasons("near a limit");
  ASSERT_TRUE(Propose("r1", unsure).ok());
  ASSERT_TRUE(Propose("r2", Proposed()).ok());
  ASSERT_EQ(Rows(kReviewTable).size(), 1u);
  EXPECT_EQ(Rows(kReviewTable)[0].key, InspectionKey("main", "000001"));
  const auto confirmed = Confirm("000001", 1);
  ASSERT_TRUE(confirmed.ok());
  EXPECT_FALSE(confirmed->needs_review());
  EXPECT_EQ(confirmed->review_reasons_size(), 1) << "why it was looked at stays";
  EXPECT_TRUE(Rows(kReviewTable).empty());
}

TEST(RequestHashTest, CoversContentWithoutTheId) {
  v1::ConfirmInspectionRequest a;
  a.set_name("sites/main/inspections/000001");
  a.set_version(1);
  v1::ConfirmInspectionRequest b = a;
  b.set_request_id("other");
  EXPECT_EQ(RequestHash(a), RequestHash(b));
  b.set_version(2);
  EXPECT_NE(RequestHash(a), RequestHash(b));
  v1::OverrideInspectionRequest c;
  c.set_name(a.name());
  c.set_version(1);
  EXPECT_NE(RequestHash(a), RequestHash(c)) << "another method is another content";
}

// docs/internals/formats/grading.md
TEST(GradingFormatTest, KeysAreAsDocumented) {
  const auto hex = [](const std::string& bytes) { return common::HexEncode(bytes); };
  EXPECT_EQ(hex(InspectionKey("main", "000001")), "6d61696e00303030303031");
  EXPECT_EQ(hex(VersionKey("main", "000001", 258)), "6d61696e003030303030310000000102");
  EXPECT_EQ(InspectionKeyOf(VersionKey("main", "000001", 258)), InspectionKey("main", "000001"));
  EXPECT_EQ(hex(ByAssetKey("main", "00000a", "000001")), "6d61696e0030303030306100303030303031");
  EXPECT_EQ(hex(SiteKey("main", "ab")), "6d61696e006162");
  EXPECT_EQ(hex(EncodeResponse({std::string(32, '\x07'), "ab"})),
            "0707070707070707070707070707070707070707070707070707070707070707"
            "6162");
  EXPECT_FALSE(DecodeResponse("short").ok());
}

TEST(GradingFormatTest, TablesAreAsDocumented) {
  const auto options = StoreOptions();
  EXPECT_EQ(options.name, "grading");
  EXPECT_EQ(options.record_version, 1u);
  std::vector<std::string> names;
  std::vector<int> ids;
  for (const auto& table : options.tables) {
    ids.push_back(static_cast<int>(table.id));
    names.push_back(table.name);
  }
  EXPECT_THAT(ids, ::testing::ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 20, 21,
                                          22, 23));
  EXPECT_THAT(names,
              ::testing::ElementsAre(
                  "counters", "inspection_versions", "inspections", "inspections_by_asset",
                  "responses", "outbox", "evidence", "evidence_refs", "review_queue", "hold_outbox",
                  "calibrations", "stations", "references", "reference_faces", "station_responses",
                  "results", "results_waiting", "results_outbox", "result_responses"));
}

TEST_F(InspectionsTest, RowsAreAsDocumented) {
  v1::Inspection small;
  small.set_asset("sites/main/assets/000001");
  ASSERT_TRUE(Propose("r1", small).ok());
  EXPECT_EQ(Row(kCounterTable, "main"), "1");
  EXPECT_EQ(common::HexEncode(Row(kLatestTable, InspectionKey("main", "000001"))),
            "0a1d73697465732f6d61696e2f696e7370656374696f6e732f3030303030311001"
            "1a1873697465732f6d61696e2f6173736574732f3030303030312001"
            "6a0464656d6f720762656e63682d317a0608a5ebdcca0682010131");
}

}  // namespace
}  // namespace loopdock::grading
