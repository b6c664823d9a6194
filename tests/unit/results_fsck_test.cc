// SPDX-License-Identifier: Apache-2.0
// The rows of results: their bytes, and what fsck finds when they contradict each other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "services/common/status.h"
#include "services/grading/core/results/ledger.h"
#include "services/grading/evidence_store.h"
#include "services/grading/grading_fsck.h"
#include "tests/unit/grading_fixture.h"

namespace loopdock::grading {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ResultsFsckTest : public GradingTest {
 protected:
  // One result that waits, one on its way.
  void SetUp() override {
    GradingTest::SetUp();
    EvidenceStore evidence(store_.get(), &clock_);
    ASSERT_TRUE(evidence.Put("main", "file", {}).ok());
    std::vector<PreparedResult> part(2);
    for (std::size_t i = 0; i < part.size(); ++i) {
      v1::Result& result = part[i].result;
      result.set_name("sites/main/results/" + ResultId(common::Sha256Hex("file"), i));
      *result.mutable_evidence() = evidence.Stat("main", common::Sha256Hex("file"))->evidence();
      result.mutable_record()->mutable_device()->add_serials("S" + std::to_string(i));
    }
    part[0].result.set_state(v1::RESULT_STATE_WAITING);
    part[1].result.set_state(v1::RESULT_STATE_MATCHED);
    part[1].result.set_asset("sites/main/assets/000001");
    part[1].delivery.add_commands()->mutable_record_test();
    KeepResultsCommand command(Change("r1"), std::move(part),
                               [&](std::vector<v1::Result> kept, int) { kept_ = std::move(kept); });
    ASSERT_TRUE(committer_->Run(command).ok());
    ASSERT_THAT(kept_, SizeIs(2));
  }

  std::vector<std::string> Problems() {
    std::vector<std::string> problems;
    for (const auto& problem : FsckGrading(*store_).problems) {
      problems.push_back(problem.table + ": " + problem.what);
    }
    return problems;
  }
  static std::string KeyOf(const v1::Result& result) {
    return SiteKey("main", result.name().substr(result.name().rfind('/') + 1));
  }
  void Delete(storage::TableId table, const std::string& key) {
    storage::WriteBatch batch;
    batch.Delete(table, key);
    ASSERT_TRUE(store_->Write(batch).ok());
  }

  std::vector<v1::Result> kept_;
};

TEST_F(ResultsFsckTest, KeysAreAsDocumented) {
  EXPECT_THAT(Problems(), IsEmpty());
  EXPECT_EQ(kept_[0].name(),
            "sites/main/results/" + common::Sha256Hex("file").substr(0, 24) + "-000001");
  v1::Result result;
  result.set_name("sites/main/results/a-000001");
  result.mutable_create_time()->set_seconds(1);
  EXPECT_EQ(absl::BytesToHexString(ResultTimeKey(result)),
            "6d61696e00"
            "00000000000f4240"
            "612d303030303031");
  EXPECT_EQ(ResultKeyOf(ResultTimeKey(result)), SiteKey("main", "a-000001"));
  EXPECT_EQ(ResultKeyOf("short"), "");
}

TEST_F(ResultsFsckTest, ResultsThatNobodyWouldSee) {
  Delete(kResultWaitingTable, ResultTimeKey(kept_[0]));
  Delete(kResultOutboxTable, ResultTimeKey(kept_[1]));
  EXPECT_THAT(Problems(), ElementsAre("results: waits and nobody would see it",
                                      "results: inventory was never told and will not be"));
}

TEST_F(ResultsFsckTest, RowsWithoutAResult) {
  Delete(kResultTable, KeyOf(kept_[0]));
  Delete(kResultTable, KeyOf(kept_[1]));
  Overwrite(kResultResponseTable, SiteKey("main", "r2"), "short");
  EXPECT_THAT(Problems(), ElementsAre("results_waiting: speaks of a result that is not here",
                                      "results_outbox: speaks of a result that is not here",
                                      "result_responses: cannot be read"));
}

TEST_F(ResultsFsckTest, ResultsThatContradictThemselves) {
  v1::Result waits = kept_[0];
  waits.set_state(v1::RESULT_STATE_DISMISSED);
  Overwrite(kResultTable, KeyOf(waits), waits.SerializeAsString());
  v1::Result moved = kept_[1];
  moved.mutable_create_time()->set_seconds(7);
  Overwrite(kResultTable, KeyOf(moved), moved.SerializeAsString());
  EXPECT_THAT(Problems(), ElementsAre("results: does not wait and is listed so",
                                      "results: inventory was never told and will not be",
                                      "results_outbox: has another time than its result"));
  Delete(kResultWaitingTable, ResultTimeKey(kept_[0]));
  Overwrite(kResultTable, KeyOf(moved), kept_[1].SerializeAsString());
  EXPECT_THAT(Problems(), ElementsAre("results: was dismissed without a reason"));
  Overwrite(kResultTable, KeyOf(waits), "\xFF");
  Overwrite(kResultTable, KeyOf(moved), kept_[0].SerializeAsString());
  EXPECT_THAT(Problems(), ::testing::Contains("results: cannot be read"));
  EXPECT_THAT(Problems(), ::testing::Contains("results: is " + kept_[0].name()));
}

TEST_F(ResultsFsckTest, EvidenceThatIsGone) {
  Delete(kEvidenceTable, SiteKey("main", common::Sha256Hex("file")));
  Delete(kEvidenceRefTable, SiteKey("main", common::Sha256Hex("file")));
  EXPECT_THAT(Problems(), ::testing::Each("results: names evidence that is not here: " +
                                          common::Sha256Hex("file")));
  EXPECT_THAT(Problems(), SizeIs(2));
}

}  // namespace
}  // namespace loopdock::grading
