// SPDX-License-Identifier: Apache-2.0
// The outbox against an inventory that fails in every way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "absl/synchronization/notification.h"
#include "services/common/log.h"
#include "services/common/status.h"
#include "services/grading/outbox.h"
#include "tests/unit/fake_inventory.h"
#include "tests/unit/grading_fixture.h"

namespace loopdock::grading {
namespace {

using inventory::v1::Asset;
using inventory::v1::RecordInspectionRequest;
using testing::Eventually;

class OutboxTest : public GradingTest {
 protected:
  void SetUp() override {
    GradingTest::SetUp();
    ASSERT_TRUE(common::SetLogLevel("off").ok());
    inventory_.record_inspection = [this](const RecordInspectionRequest& request, Asset*) {
      absl::MutexLock lock(&mutex_);
      requests_.push_back(request);
      return answer_ ? answer_(request) : absl::OkStatus();
    };
  }
  void TearDown() override { outbox_.reset(); }

  void Start(storage::TableId table = kOutboxTable) {
    outbox_ = std::make_unique<Outbox>(
        store_.get(), committer_.get(), table, inventory_.Channel(), [](grpc::ClientContext&) {},
        Outbox::Pauses{.min = absl::Milliseconds(1), .max = absl::Milliseconds(4)});
  }

  void Settled(const std::string& asset) {
    const auto made = Propose(common::NewUuidV7(), Proposed(asset));
    ASSERT_TRUE(made.ok()) << made.status();
    const std::string id = made->name().substr(made->name().rfind('/') + 1);
    ASSERT_TRUE(Confirm(id, 1).ok());
  }

  std::size_t Sent() {
    absl::MutexLock lock(&mutex_);
    return requests_.size();
  }

  v1::Inspection Latest(const std::string& id) {
    v1::Inspection latest;
    EXPECT_TRUE(latest.ParseFromString(Row(kLatestTable, InspectionKey("main", id))));
    return latest;
  }

  absl::Mutex mutex_;
  std::vector<RecordInspectionRequest> requests_;
  std::function<absl::Status(const RecordInspectionRequest&)> answer_;
  testing::FakeInventory inventory_;
  std::unique_ptr<Outbox> outbox_;
};

TEST_F(OutboxTest, SendsWhatIsLeftFromBefore) {
  Settled("sites/main/assets/a1");
  EXPECT_FALSE(Latest("000001").recorded());
  Start();
  ASSERT_TRUE(Eventually([&] { return Rows(kOutboxTable).empty(); }));
  EXPECT_TRUE(Latest("000001").recorded());
  EXPECT_EQ(Sent(), 1u);
}

TEST_F(OutboxTest, KeepsTryingWithTheSameRequestUntilAnswered) {
  Start();
  int failures = 0;
  answer_ = [&](const RecordInspectionRequest&) {
    EXPECT_FALSE(Rows(kOutboxTable).empty()) << "removed before the answer";
    return ++failures < 6 ? absl::UnavailableError("down") : absl::OkStatus();
  };
  Settled("sites/main/assets/a1");
  outbox_->Notify();
  ASSERT_TRUE(Eventually([&] { return Rows(kOutboxTable).empty(); }));
  absl::MutexLock lock(&mutex_);
  ASSERT_EQ(requests_.size(), 6u);
  for (const auto& request : requests_) {
    EXPECT_EQ(request.SerializeAsString(), requests_[0].SerializeAsString());
  }
}

TEST_F(OutboxTest, ASilentInventoryIsAskedForOneRowOnly) {
  for (int i = 0; i < 5; ++i) Settled("sites/main/assets/a" + std::to_string(i));
  std::set<std::string> asked;
  answer_ = [&](const RecordInspectionRequest& request) {
    asked.insert(request.name());
    return absl::UnavailableError("down");
  };
  Start();
  ASSERT_TRUE(Eventually([&] { return Sent() >= 4; }));
  outbox_->Stop();
  EXPECT_THAT(asked, ::testing::ElementsAre("sites/main/assets/a0"));
  EXPECT_EQ(outbox_->waiting(), 5);
}

TEST_F(OutboxTest, ARefusedRowHoldsUpNobodyAndStays) {
  Settled("sites/main/assets/bad");
  Settled("sites/main/assets/good");
  answer_ = [](const RecordInspectionRequest& request) {
    if (request.name() == "sites/main/assets/good") return absl::OkStatus();
    return common::Error(absl::StatusCode::kFailedPrecondition, "ASSET_NOT_OPEN", "sold");
  };
  Start();
  ASSERT_TRUE(Eventually([&] { return outbox_->waiting() == 1; }));
  ASSERT_TRUE(Eventually([&] { return Sent() >= 4; })) << "it is tried again";
  EXPECT_EQ(Rows(kOutboxTable).size(), 1u);
  EXPECT_FALSE(Latest("000001").recorded());
  EXPECT_TRUE(Latest("000002").recorded());
}

TEST_F(OutboxTest, AVersionThatALaterOneOvertookIsDone) {
  Settled("sites/main/assets/a1");
  ASSERT_TRUE(Settle(common::NewUuidV7(), {.inspection_id = "000001",
                                           .version = 2,
                                           .override_cosmetic = inventory::v1::COSMETIC_C2,
                                           .reason = "Cracked."})
                  .ok());
  answer_ = [](const RecordInspectionRequest& request) {
    if (request.summary().version() == 3) return absl::OkStatus();
    return common::Error(absl::StatusCode::kFailedPrecondition, "INSPECTION_SUPERSEDED", "late");
  };
  Start();
  ASSERT_TRUE(Eventually([&] { return Rows(kOutboxTable).empty(); }));
  EXPECT_TRUE(Latest("000001").recorded());
  v1::Inspection overtaken;
  ASSERT_TRUE(overtaken.ParseFromString(Row(kVersionTable, VersionKey("main", "000001", 2))));
  EXPECT_FALSE(overtaken.recorded());
}

TEST_F(OutboxTest, AHoldIsPlacedOnce) {
  int failures = 0;
  std::set<std::string> ids;
  inventory_.place_hold = [&](const inventory::v1::PlaceHoldRequest& request, Asset*) {
    absl::MutexLock lock(&mutex_);
    ids.insert(request.request_id());
    return ++failures < 3 ? absl::UnavailableError("down") : absl::OkStatus();
  };
  v1::Inspection hazard = Proposed("sites/main/assets/a2");
  hazard.mutable_hazard_hold()->set_reason("battery");
  ASSERT_TRUE(Propose(common::NewUuidV7(), hazard).ok());
  Start(kHoldTable);
  ASSERT_TRUE(Eventually([&] { return Rows(kHoldTable).empty(); }));
  outbox_->Stop();
  EXPECT_EQ(ids.size(), 1u) << "sent again it is the same request";
  EXPECT_TRUE(Latest("000001").hazard_hold().placed());
  EXPECT_EQ(Sent(), 0u) << "a hazard has no grade";
}

TEST_F(OutboxTest, ARowThatCannotBeReadIsLeftForFsck) {
  Overwrite(kOutboxTable, std::string("main\0x", 6), "\xFF\xFF");
  Settled("sites/main/assets/a1");
  Start();
  ASSERT_TRUE(Eventually([&] { return Rows(kOutboxTable).size() == 1; }));
  ASSERT_TRUE(Eventually([&] { return outbox_->waiting() == 1; }));
}

TEST_F(OutboxTest, StopDoesNotWaitForAnInventoryThatHangs) {
  // The handler outlives the call that was cancelled, and perhaps the test.
  const auto entered = std::make_shared<absl::Notification>();
  const auto release = std::make_shared<absl::Notification>();
  inventory_.record_inspection = [entered, release](const RecordInspectionRequest&, Asset*) {
    if (!entered->HasBeenNotified()) entered->Notify();
    release->WaitForNotification();
    return absl::OkStatus();
  };
  Settled("sites/main/assets/a1");
  Start();
  entered->WaitForNotification();
  outbox_->Stop();  // Hangs here when the call is not cancelled.
  EXPECT_EQ(Rows(kOutboxTable).size(), 1u);
  release->Notify();
}

}  // namespace
}  // namespace loopdock::grading
