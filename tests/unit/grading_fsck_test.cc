// SPDX-License-Identifier: Apache-2.0
#include "services/grading/grading_fsck.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/common/hash.h"
#include "services/grading/core/stations.h"
#include "services/grading/evidence_store.h"
#include "tests/unit/grading_fixture.h"

namespace loopdock::grading {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FsckTest : public GradingTest {
 protected:
  // Two pictures; one inspection that inventory has heard of, one that it has not.
  void SetUp() override {
    GradingTest::SetUp();
    EvidenceStore evidence(store_.get(), &clock_);
    ASSERT_TRUE(evidence.Put("main", "picture", {}).ok());
    ASSERT_TRUE(evidence.Put("main", "other", {}).ok());
    v1::Inspection proposed = Proposed();
    *proposed.mutable_pictures(0)->mutable_evidence() =
        evidence.Stat("main", common::Sha256Hex("picture"))->evidence();
    ASSERT_TRUE(Propose("r1", proposed).ok());
    ASSERT_TRUE(Confirm("000001", 1).ok());
    RecordedCommand recorded(kOutboxTable, VersionKey("main", "000001", 2), true,
                             [](const absl::Status&) {});
    ASSERT_TRUE(committer_->Run(recorded).ok());
    v1::Inspection second = Proposed();
    second.clear_pictures();
    ASSERT_TRUE(Propose("r3", second).ok());
    ASSERT_TRUE(Confirm("000002", 1).ok());
  }

  // "table: what" of each problem.
  std::vector<std::string> Problems() {
    std::vector<std::string> problems;
    for (const auto& problem : FsckGrading(*store_).problems) {
      problems.push_back(problem.table + ": " + problem.what);
    }
    return problems;
  }

  void Delete(storage::TableId table, const std::string& key) {
    storage::WriteBatch batch;
    batch.Delete(table, key);
    ASSERT_TRUE(store_->Write(batch).ok());
  }
};

TEST_F(FsckTest, FindsNothingInAWholeStore) {
  EXPECT_THAT(Problems(), IsEmpty());
  const auto report = FsckGrading(*store_);
  ASSERT_EQ(report.tables.size(), StoreOptions().tables.size());
  EXPECT_EQ(report.tables[kEvidenceTable - 1].rows, 2u);
  EXPECT_EQ(report.tables[kOutboxTable - 1].rows, 1u);
}

TEST_F(FsckTest, FindsAFlippedByteOfEvidence) {
  Overwrite(kEvidenceTable, SiteKey("main", common::Sha256Hex("picture")), "picturf");
  EXPECT_THAT(Problems(), ElementsAre("evidence: the bytes differ from the digest"));
}

TEST_F(FsckTest, FindsEvidenceWithoutReferenceAndReferenceWithoutEvidence) {
  const std::string key = SiteKey("main", common::Sha256Hex("other"));
  const std::string reference = Row(kEvidenceRefTable, key);
  Delete(kEvidenceRefTable, key);
  EXPECT_THAT(Problems(), ElementsAre("evidence: has no reference"));
  Overwrite(kEvidenceRefTable, key, reference);
  Delete(kEvidenceTable, key);
  EXPECT_THAT(Problems(), ElementsAre("evidence_refs: the bytes are not here"));
}

TEST_F(FsckTest, FindsADigestThatNamesNothing) {
  const std::string key = SiteKey("main", common::Sha256Hex("picture"));
  Delete(kEvidenceTable, key);
  Delete(kEvidenceRefTable, key);
  const auto problems = Problems();
  ASSERT_EQ(problems.size(), 2u) << "both versions name it";
  EXPECT_THAT(problems[0], HasSubstr(common::Sha256Hex("picture")));
}

TEST_F(FsckTest, FindsVersionsThatDoNotAgree) {
  const std::string latest = InspectionKey("main", "000001");
  const std::string first = Row(kVersionTable, VersionKey("main", "000001", 1));
  const std::string second = Row(kLatestTable, latest);
  Overwrite(kLatestTable, latest, first);
  EXPECT_THAT(Problems(), ElementsAre("inspection_versions: is newer than the latest version, 1"));
  Overwrite(kLatestTable, latest, second);
  Overwrite(kVersionTable, VersionKey("main", "000001", 3), first);
  EXPECT_THAT(Problems(), ElementsAre(HasSubstr("version 1")));
  Overwrite(kVersionTable, VersionKey("main", "000001", 3), "\xFF");
  EXPECT_THAT(Problems(), ElementsAre("inspection_versions: cannot be read"));
}

TEST_F(FsckTest, FindsIndexAndCounterThatAreBehind) {
  Delete(kByAssetTable, ByAssetKey("main", "000001", "000001"));
  EXPECT_THAT(Problems(), ElementsAre(HasSubstr("not listed under sites/main/assets/000001")));
  Overwrite(kByAssetTable, ByAssetKey("main", "000001", "000001"), "");
  Overwrite(kByAssetTable, ByAssetKey("main", "000009", "000001"), "");
  EXPECT_THAT(Problems(), ElementsAre(HasSubstr("the inspection is of")));
  Delete(kByAssetTable, ByAssetKey("main", "000009", "000001"));
  Overwrite(kCounterTable, "main", "1");
  EXPECT_THAT(Problems(), ElementsAre(HasSubstr("beyond the counter")));
}

TEST_F(FsckTest, FindsWhatInventoryWillNeverHear) {
  const std::string key = VersionKey("main", "000002", 2);
  const std::string row = Row(kOutboxTable, key);
  Delete(kOutboxTable, key);
  EXPECT_THAT(Problems(), ElementsAre("inspections: inventory was never told and will not be"));
  Overwrite(kOutboxTable, key, row);
  EXPECT_THAT(Problems(), IsEmpty());
  Overwrite(kOutboxTable, VersionKey("main", "000001", 2), row);
  EXPECT_THAT(Problems(), ElementsAre("outbox: is not what inventory has to hear of its version"));
}

TEST_F(FsckTest, FindsAQueueThatDoesNotAgree) {
  Overwrite(kReviewTable, InspectionKey("main", "000001"), "");
  EXPECT_THAT(Problems(), ElementsAre("inspections: and the queue of reviews do not agree",
                                      "review_queue: the inspection needs no review"));
  Delete(kReviewTable, InspectionKey("main", "000001"));
  Overwrite(kReviewTable, InspectionKey("main", "zzzzzz"), "");
  EXPECT_THAT(Problems(), ElementsAre("review_queue: names no inspection"));
}

TEST_F(FsckTest, FindsAHazardThatNobodyWillHold) {
  v1::Inspection hazard = Proposed();
  hazard.clear_pictures();
  hazard.mutable_hazard_hold()->set_reason("battery");
  ASSERT_TRUE(Propose("r9", hazard).ok());
  EXPECT_THAT(Problems(), IsEmpty());
  const std::string key = VersionKey("main", "000003", 1);
  const std::string row = Row(kHoldTable, key);
  Overwrite(kHoldTable, key, "changed");
  EXPECT_THAT(Problems(),
              ElementsAre("hold_outbox: is not what inventory has to hear of its version"));
  Delete(kHoldTable, key);
  EXPECT_THAT(Problems(), ElementsAre("inspections: found a hazard that nobody will hold"));
  Overwrite(kHoldTable, key, row);
  EXPECT_THAT(Problems(), IsEmpty());
}

TEST_F(FsckTest, FindsStationsWithoutTheirCalibration) {
  v1::Calibration calibration;
  calibration.set_station("bench-1");
  KeepCommand<v1::Calibration> keep(kCalibrations, Change("r9"), calibration,
                                    [](const absl::Status&, const v1::Calibration&) {});
  ASSERT_TRUE(committer_->Run(keep).ok());
  EXPECT_THAT(Problems(), IsEmpty());
  const std::string record = Row(kCalibrationTable, SiteKey("main", "000001"));
  Delete(kCalibrationTable, SiteKey("main", "000001"));
  EXPECT_THAT(Problems(), ElementsAre("stations: names a record that is not here"));
  Overwrite(kCalibrationTable, SiteKey("main", "000001"), record);
  Delete(kStationTable, SiteKey("main", "bench-1"));
  EXPECT_THAT(Problems(), ElementsAre("calibrations: nothing is in force"));
  Overwrite(kStationTable, SiteKey("main", "bench-2"), "000001");
  EXPECT_THAT(Problems(), ElementsAre("calibrations: nothing is in force",
                                      "stations: names a record of another"));
}

}  // namespace
}  // namespace loopdock::grading
