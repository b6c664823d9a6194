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

TEST_F(StationQueueTest, NoScanIsRecordedBeforeTheOneBeforeItIsAnswered) {
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  inventory_.record_scan = [&](const inventory::v1::RecordScanRequest&,
                               inventory::v1::RecordScanResponse*) {
    most = std::max<int>(most, ++inside);
    std::this_thread::yield();
    --inside;
    return absl::OkStatus();
  };
  for (int i = 0; i < 50; ++i) Add(Text("T" + std::to_string(i)));
  ASSERT_TRUE(Eventually([&] { return Answered() == 50; }));
  EXPECT_EQ(most, 1);
}

TEST_F(StationQueueTest, ARefusedScanIsAnsweredAndTheOthersGoOn) {
  const v1::ScanRequest refused = Text("T2");
  record_ = [](const inventory::v1::RecordScanRequest& request,
               inventory::v1::RecordScanResponse*) {
    if (request.symbols(0).content() != "T4") return absl::OkStatus();
    return common::Error(absl::StatusCode::kFailedPrecondition, "SESSION_CLOSED", "closed");
  };
  Add(Text("T1"));
  Add(refused, common::Error(absl::StatusCode::kInvalidArgument, "REQUEST_ID_INVALID", "no id"));
  Add(Text(std::string(9000, 'x')));
  Add(Text("T4"));
  Add(Text("T5"));
  ASSERT_TRUE(Eventually([&] { return Answered() == 5; }));
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> reasons;
  for (const auto& answer : answers_) {
    reasons.push_back(ReasonOf(common::FromRpcStatus(answer.error())));
  }
  EXPECT_THAT(reasons,
              ElementsAre("", "REQUEST_ID_INVALID", "TEXT_TOO_LONG", "SESSION_CLOSED", ""));
  EXPECT_EQ(answers_[1].request_id(), refused.request_id());
}

TEST_F(StationQueueTest, APictureThatFindsNoPlaceIsToBeSentAgain) {
  common::Executor small(1, 0);
  queue_ = std::make_shared<StationQueue>(work_.get(), &small);
  absl::Notification release;
  read_ = [&](const std::string& picture, const vision::v1::Request&) {
    release.WaitForNotification();
    return Symbols({picture});
  };
  Add(Kept("P1"));
  Add(Kept("P2"));
  Add(Text("T3"));
  release.Notify();
  ASSERT_TRUE(Eventually([&] { return Answered() == 3; }));
  small.Stop();
  absl::MutexLock lock(&mutex_);
  EXPECT_EQ(ReasonOf(common::FromRpcStatus(answers_[1].error())), "OVERLOADED");
  EXPECT_FALSE(answers_[2].has_error());
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
