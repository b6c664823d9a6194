// SPDX-License-Identifier: Apache-2.0
// Commands by their kind, over the memory driver: streams in order, batches all or nothing or each
// for itself.
#include <set>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "services/common/rpc_status.h"
#include "services/inventory/core/batch.h"
#include "tests/unit/inventory_fixture.h"

namespace loopdock::inventory {
namespace {

const Sender kAnn{"ann", "dock-1"};

absl::Status Anyone(std::string_view) { return absl::OkStatus(); }

class BatchTest : public InventoryTest {
 protected:
  BatchTest() : session_(OpenSession(MakeLoad())) {
    batch_.set_site("sites/main");
    batch_.set_request_id(NewId());
    batch_.set_mode(v1::BATCH_MODE_BEST_EFFORT);
  }

  v1::RecordScanRequest* AddScan(const std::string& serial) {
    v1::RecordScanRequest* scan = batch_.add_commands()->mutable_record_scan();
    *scan = SerialScan(session_, serial);
    return scan;
  }

  void AddMove(const std::string& asset, const std::string& location) {
    v1::MoveAssetRequest* move = batch_.add_commands()->mutable_move_asset();
    move->set_name(asset);
    move->set_location("sites/main/locations/" + location);
  }

  absl::StatusOr<v1::ExecuteBatchResponse> Execute(const MayUse& may_use = Anyone) {
    v1::ExecuteBatchResponse response;
    absl::Status outcome;
    absl::BlockingCounter open(1);
    SubmitBatch(*inventory_, kAnn, batch_, may_use, &response, [&](const absl::Status& status) {
      outcome = status;
      open.DecrementCount();
    });
    open.Wait();
    if (!outcome.ok()) return outcome;
    return response;
  }

  static std::string ReasonAt(const v1::ExecuteBatchResponse& response, int row) {
    return common::ReasonOf(common::FromRpcStatus(response.results(row).error()));
  }

  std::string session_;
  v1::ExecuteBatchRequest batch_;
};

TEST_F(BatchTest, EveryCommandThatThereIsCanBeSentInABatch) {
  std::set<std::string> commands;
#define LOOPDOCK_INVENTORY_NAME(method, response) commands.insert(#method);
  LOOPDOCK_INVENTORY_COMMANDS(LOOPDOCK_INVENTORY_NAME)
#undef LOOPDOCK_INVENTORY_NAME
  const auto* kinds = v1::Command::descriptor();
  for (int i = 0; i < kinds->field_count(); ++i) {
    v1::Command command;
    command.GetReflection()->MutableMessage(&command, kinds->field(i));
    const std::string method(MethodOf(command));
    EXPECT_EQ(kinds->field(i)->message_type()->name(), method + "Request");
    EXPECT_EQ(commands.erase(method), 1u) << kinds->field(i)->name();
  }
  EXPECT_TRUE(commands.empty()) << *commands.begin() << " has no field in Command";
}

TEST_F(BatchTest, BestEffortAnswersEachCommandAndGoesOnAfterARefusal) {
  AddScan("S-1");
  AddMove("sites/main/assets/none", "storage");
  AddScan("S-2")->set_request_id(NewId());
  batch_.add_commands();
  const auto response = Execute();
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->results_size(), 4);
  EXPECT_EQ(response->refused_count(), 2);
  EXPECT_EQ(response->results(0).record_scan().scan().outcome(), v1::SCAN_OUTCOME_BOOKED);
  EXPECT_EQ(ReasonAt(*response, 1), "RESOURCE_NOT_FOUND");
  EXPECT_EQ(response->results(2).request_id(), batch_.commands(2).record_scan().request_id());
  EXPECT_LT(response->results(0).record_scan().sequence(),
            response->results(2).record_scan().sequence());
  EXPECT_EQ(ReasonAt(*response, 3), "INVALID_FIELDS");
  ExpectSound();
}

TEST_F(BatchTest, ABatchSentAgainHasNoSecondEffect) {
  AddScan("S-1");
  AddScan("S-2");
  for (const v1::BatchMode mode : {v1::BATCH_MODE_BEST_EFFORT, v1::BATCH_MODE_ATOMIC}) {
    batch_.set_mode(mode);
    batch_.set_request_id(NewId());
    const auto first = Execute();
    ASSERT_TRUE(first.ok()) << first.status();
    const std::int64_t after = inventory_->last_sequence();
    const auto again = Execute();
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
    EXPECT_EQ(inventory_->last_sequence(), after);
  }
  batch_.mutable_commands(0)->mutable_record_scan()->mutable_understanding()->set_serial("S-9");
  EXPECT_EQ(common::ReasonOf(Execute().status()), "REQUEST_ID_REUSED");
}

TEST_F(BatchTest, AtomicMakesOneEntryAndLaterCommandsSeeEarlierOnes) {
  batch_.set_mode(v1::BATCH_MODE_ATOMIC);
  AddScan("S-1");
  AddScan("S-1");
  AddScan("S-2");
  const std::int64_t before = inventory_->last_sequence();
  const auto response = Execute();
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(inventory_->last_sequence(), before + 1);
  EXPECT_EQ(response->results(0).record_scan().scan().outcome(), v1::SCAN_OUTCOME_BOOKED);
  EXPECT_EQ(response->results(1).record_scan().scan().outcome(), v1::SCAN_OUTCOME_DUPLICATE);
  EXPECT_NE(response->results(0).record_scan().asset().name(),
            response->results(2).record_scan().asset().name());
  ExpectSound();
}

TEST_F(BatchTest, ARefusedCommandRefusesAnAtomicBatchAndNamesItsRow) {
  batch_.set_mode(v1::BATCH_MODE_ATOMIC);
  AddScan("S-1");
  AddMove("sites/main/assets/none", "storage");
  const std::int64_t before = inventory_->last_sequence();
  const absl::Status refused = Execute().status();
  EXPECT_EQ(common::ReasonOf(refused), "RESOURCE_NOT_FOUND");
  EXPECT_EQ(common::MetadataOf(refused, "row"), "1");
  EXPECT_EQ(common::MetadataOf(refused, "name"), "sites/main/assets/none");
  EXPECT_EQ(inventory_->last_sequence(), before);
  EXPECT_EQ(Do(SerialScan(session_, "S-1")).scan().outcome(), v1::SCAN_OUTCOME_BOOKED)
      << "nothing of the batch remains";
}

TEST_F(BatchTest, ATrialChangesNothing) {
  AddScan("S-1");
  batch_.set_validate_only(true);
  const std::int64_t before = inventory_->last_sequence();
  for (const v1::BatchMode mode : {v1::BATCH_MODE_BEST_EFFORT, v1::BATCH_MODE_ATOMIC}) {
    batch_.set_mode(mode);
    const auto response = Execute();
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->results(0).record_scan().scan().outcome(), v1::SCAN_OUTCOME_BOOKED);
  }
  EXPECT_EQ(inventory_->last_sequence(), before);
  batch_.set_validate_only(false);
  batch_.set_mode(v1::BATCH_MODE_ATOMIC);
  batch_.mutable_commands(0)->mutable_record_scan()->set_validate_only(true);
  EXPECT_EQ(common::ReasonOf(Execute().status()), "INVALID_FIELDS");
}

TEST_F(BatchTest, EachCommandNeedsTheRoleOfItsOwnMethod) {
  const auto no_moves = [](std::string_view method) {
    return method == "MoveAsset"
               ? common::Error(absl::StatusCode::kPermissionDenied, "PERMISSION_DENIED", "no")
               : absl::OkStatus();
  };
  AddScan("S-1");
  AddMove("sites/main/assets/none", "storage");
  const auto response = Execute(no_moves);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_FALSE(response->results(0).has_error());
  EXPECT_EQ(ReasonAt(*response, 1), "PERMISSION_DENIED");
  batch_.set_mode(v1::BATCH_MODE_ATOMIC);
  EXPECT_EQ(common::ReasonOf(Execute(no_moves).status()), "PERMISSION_DENIED");
}

TEST_F(BatchTest, ItsFormIsJudged) {
  EXPECT_EQ(common::ReasonOf(Execute().status()), "INVALID_FIELDS") << "no commands";
  for (int i = 0; i <= kBatchCommandsMax; ++i) AddScan("S");
  EXPECT_EQ(common::ReasonOf(Execute().status()), "INVALID_FIELDS") << "one too many";
  batch_.clear_commands();
  AddScan("S-1");
  batch_.clear_mode();
  EXPECT_EQ(common::ReasonOf(Execute().status()), "INVALID_FIELDS") << "no mode";
  batch_.set_mode(v1::BATCH_MODE_ATOMIC);
  batch_.set_site("sites/east");
  EXPECT_EQ(common::ReasonOf(Execute().status()), "RESOURCE_NOT_FOUND");
  batch_.set_site("sites/main");
  batch_.set_request_id("x");
  EXPECT_EQ(common::ReasonOf(Execute().status()), "REQUEST_ID_INVALID");
}

TEST_F(BatchTest, AFullBatchOfBookingsFitsInBothModes) {
  for (int i = 0; i < kBatchCommandsMax; ++i) AddScan("S-" + std::to_string(i));
  const auto response = Execute();
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->refused_count(), 0);
  batch_.set_mode(v1::BATCH_MODE_ATOMIC);
  batch_.set_request_id(NewId());
  for (int i = 0; i < kBatchCommandsMax; ++i) {
    batch_.mutable_commands(i)->mutable_record_scan()->mutable_understanding()->set_serial(
        "T-" + std::to_string(i));
  }
  const std::int64_t before = inventory_->last_sequence();
  const auto atomic = Execute();
  ASSERT_TRUE(atomic.ok()) << atomic.status();
  EXPECT_EQ(atomic->results_size(), kBatchCommandsMax);
  EXPECT_EQ(inventory_->last_sequence(), before + 1);
  ExpectSound();
}

TEST_F(BatchTest, CommandsAreAppliedInTheOrderInWhichTheyWereSubmitted) {
  constexpr int kCount = 200;
  std::vector<v1::Command> commands(kCount);
  std::vector<v1::CommandResult> results(kCount);
  absl::BlockingCounter open(kCount);
  for (int i = 0; i < kCount; ++i) {
    v1::RecordScanRequest* scan = commands[static_cast<size_t>(i)].mutable_record_scan();
    *scan = SerialScan(session_, "S-" + std::to_string(i));
    scan->set_request_id(NewId());
    SubmitCommand(*inventory_, kAnn, commands[static_cast<size_t>(i)], Anyone,
                  &results[static_cast<size_t>(i)],
                  [&open](const absl::Status&) { open.DecrementCount(); });
  }
  open.Wait();
  for (size_t i = 1; i < results.size(); ++i) {
    EXPECT_EQ(results[i].record_scan().sequence(), results[i - 1].record_scan().sequence() + 1);
  }
}

}  // namespace
}  // namespace loopdock::inventory
