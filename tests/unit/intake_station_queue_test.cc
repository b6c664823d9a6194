// SPDX-License-Identifier: Apache-2.0
// The scans of one station: booked in turn, whatever takes how long.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/synchronization/notification.h"
#include "services/common/grpc_status.h"
#include "services/intake/station_queue.h"
#include "tests/unit/intake_fixture.h"

namespace loopdock::intake {
namespace {

using common::ReasonOf;
using ::testing::ElementsAre;
using testing::Eventually;

class StationQueueTest : public IntakeTest {
 protected:
  void SetUp() override {
    IntakeTest::SetUp();
    queue_ = std::make_shared<StationQueue>(work_.get(), &executor_);
  }
  void TearDown() override { executor_.Stop(); }

  void Add(const v1::ScanRequest& request, const absl::Status& refusal = absl::OkStatus()) {
    queue_->Add(caller_, refusal, request, [this](v1::ScanResponse response) {
      absl::MutexLock lock(&mutex_);
      answers_.push_back(std::move(response));
    });
  }

  std::size_t Answered() {
    absl::MutexLock lock(&mutex_);
    return answers_.size();
  }

  // Answers come as they are ready; the shell puts them in order.
  std::string ReasonFor(const v1::ScanRequest& request) {
    absl::MutexLock lock(&mutex_);
    for (const auto& answer : answers_) {
      if (answer.request_id() == request.request_id()) {
        return ReasonOf(common::FromRpcStatus(answer.error()));
      }
    }
    return "not answered";
  }

  std::vector<std::string> Recorded() {
    std::vector<std::string> contents;
    for (const auto& command : Commands()) {
      contents.push_back(command.symbols_size() == 0 ? "" : command.symbols(0).content());
    }
    return contents;
  }

  common::Executor executor_{4, 64};
  std::shared_ptr<StationQueue> queue_;
  std::vector<v1::ScanResponse> answers_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(StationQueueTest, AFastTextWaitsForTheSlowPictureBeforeIt) {
  absl::Notification first;
  absl::Notification second;
  read_ = [&](const std::string& picture, const vision::v1::Request&) {
    (picture == "P1" ? first : second).WaitForNotification();
    return Symbols({picture});
  };
  const auto pictures = {Kept("P1"), Kept("P2")};
  Add(*pictures.begin());
  Add(Text("T1"));
  Add(*(pictures.begin() + 1));
  Add(Text("T2"));
  second.Notify();  // The later picture is ready first.
  EXPECT_EQ(Commands().size(), 0u);
  first.Notify();
  ASSERT_TRUE(Eventually([&] { return Answered() == 4; }));
  EXPECT_THAT(Recorded(), ElementsAre("P1", "T1", "P2", "T2"));
}

TEST_F(StationQueueTest, ManyScansAreUnansweredAtOnceAndRecordedInOrder) {
  absl::Notification release;
  record_ = [&](const inventory::v1::RecordScanRequest&, inventory::v1::RecordScanResponse*) {
    return absl::OkStatus();
  };
  inventory_.stream_ended = [&] {
    release.WaitForNotification();
    return absl::OkStatus();
  };
  std::vector<std::string> sent;
  for (int i = 0; i < 50; ++i) {
    sent.push_back("T" + std::to_string(i));
    Add(Text(sent.back()));
  }
  EXPECT_EQ(Answered(), 0u) << "all are on their way and none is answered";
  release.Notify();
  ASSERT_TRUE(Eventually([&] { return Answered() == 50; }));
  EXPECT_EQ(Recorded(), sent);
}

TEST_F(StationQueueTest, ABrokenStreamIsSaidOfAllItsScansAndOpenedAgain) {
  std::atomic<bool> broken{true};
  inventory_.stream_ended = [&] {
    return broken ? common::Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "stopping")
                  : absl::OkStatus();
  };
  Add(Text("T1"));
  ASSERT_TRUE(Eventually([&] { return Answered() == 1; }));
  broken = false;
  Add(Text("T2"));
  ASSERT_TRUE(Eventually([&] { return Answered() == 2; }));
  absl::MutexLock lock(&mutex_);
  EXPECT_EQ(ReasonOf(common::FromRpcStatus(answers_[0].error())), "SHUTTING_DOWN");
  EXPECT_FALSE(answers_[1].has_error());
}

// An inventory of the same process.
class LocalPort : public client::CommandPort {
 public:
  void Send(const common::Caller& caller, inventory::v1::Command command, Answer answer) override {
    inventory::v1::CommandResult result;
    const auto& scan = command.record_scan();
    if (scan.symbols(0).content() == "T2") {
      *result.mutable_error() = common::ToRpcStatus(
          common::Error(absl::StatusCode::kFailedPrecondition, "SESSION_CLOSED", caller.token));
    } else {
      result.mutable_record_scan()->mutable_scan()->set_outcome(inventory::v1::SCAN_OUTCOME_BOOKED);
    }
    taken.push_back(scan.symbols(0).content());
    answer(std::move(result));
  }
  std::vector<std::string> taken;
};

TEST_F(StationQueueTest, AnInventoryOfTheSameProcessIsNotCalled) {
  LocalPort port;
  queue_.reset();
  work_ = std::make_unique<ScanWork>(ScanWork::Parts{.commands = &port});
  queue_ = std::make_shared<StationQueue>(work_.get(), &executor_);
  const std::vector<v1::ScanRequest> scans = {Text("T1"), Text("T2"), Text("T3")};
  for (const auto& scan : scans) Add(scan);
  ASSERT_EQ(Answered(), 3u);
  EXPECT_THAT(port.taken, ElementsAre("T1", "T2", "T3"));
  EXPECT_EQ(ReasonFor(scans[1]), "SESSION_CLOSED");
  EXPECT_EQ(ReasonFor(scans[2]), "");
  EXPECT_EQ(Commands().size(), 0u);
}

TEST_F(StationQueueTest, ARefusedScanIsAnsweredAndTheOthersGoOn) {
  const v1::ScanRequest refused = Text("T2");
  record_ = [](const inventory::v1::RecordScanRequest& request,
               inventory::v1::RecordScanResponse*) {
    if (request.symbols(0).content() != "T4") return absl::OkStatus();
    return common::Error(absl::StatusCode::kFailedPrecondition, "SESSION_CLOSED", "closed");
  };
  const std::vector<v1::ScanRequest> scans = {Text("T1"), refused, Text(std::string(9000, 'x')),
                                              Text("T4"), Text("T5")};
  for (const auto& scan : scans) {
    Add(scan, scan.request_id() != refused.request_id()
                  ? absl::OkStatus()
                  : common::Error(absl::StatusCode::kInvalidArgument, "REQUEST_ID_INVALID", "no"));
  }
  ASSERT_TRUE(Eventually([&] { return Answered() == 5; }));
  std::vector<std::string> reasons;
  for (const auto& scan : scans) reasons.push_back(ReasonFor(scan));
  EXPECT_THAT(reasons,
              ElementsAre("", "REQUEST_ID_INVALID", "TEXT_TOO_LONG", "SESSION_CLOSED", ""));
}

TEST_F(StationQueueTest, APictureThatFindsNoPlaceIsToBeSentAgain) {
  common::Executor small(1, 0);
  queue_ = std::make_shared<StationQueue>(work_.get(), &small);
  absl::Notification release;
  read_ = [&](const std::string& picture, const vision::v1::Request&) {
    release.WaitForNotification();
    return Symbols({picture});
  };
  const v1::ScanRequest second = Kept("P2");
  const v1::ScanRequest third = Text("T3");
  Add(Kept("P1"));
  Add(second);
  Add(third);
  release.Notify();
  ASSERT_TRUE(Eventually([&] { return Answered() == 3; }));
  small.Stop();
  EXPECT_EQ(ReasonFor(second), "OVERLOADED");
  EXPECT_EQ(ReasonFor(third), "");
}

TEST_F(StationQueueTest, PicturesThatWaitAreBoundInMemory) {
  absl::Notification release;
  std::atomic<int> added{0};
  // Nobody reads: with the executor's threads busy, pictures stay where they are.
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(executor_.Post([&] { release.WaitForNotification(); }).ok());
  }
  std::thread station([&] {
    for (int i = 0; i < 5; ++i) {
      v1::ScanRequest request = Text("");
      request.set_picture(std::string(std::size_t{15} << 20, 'x'));
      Add(request);
      ++added;
    }
  });
  ASSERT_TRUE(Eventually([&] { return added == 3; }));
  EXPECT_FALSE(added > 3);
  release.Notify();
  station.join();
  EXPECT_TRUE(Eventually([&] { return Answered() == 5; })) << "refused: they are no pictures";
  executor_.Stop();
}

TEST_F(StationQueueTest, WorkUnderWayKeepsTheQueue) {
  absl::Notification release;
  read_ = [&](const std::string& picture, const vision::v1::Request&) {
    release.WaitForNotification();
    return Symbols({picture});
  };
  Add(Kept("P1"));
  queue_.reset();
  release.Notify();
  EXPECT_TRUE(Eventually([&] { return Answered() == 1; }));
}

}  // namespace
}  // namespace loopdock::intake
