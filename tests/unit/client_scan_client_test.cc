// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "clients/cpp/scan_client.h"
#include "loopdock/intake/v1/intake_mock.grpc.pb.h"
#include "services/common/fileio.h"
#include "services/common/grpc_status.h"
#include "services/common/status.h"

namespace loopdock::client {
namespace {

using intake::v1::MockIntakeServiceStub;
using intake::v1::ScanRequest;
using intake::v1::ScanResponse;
using ::testing::_;
using ::testing::ElementsAre;

// The server's side of one stream: answers each scan as `answer` says, or breaks.
class FakeStream : public grpc::ClientReaderWriterInterface<ScanRequest, ScanResponse> {
 public:
  using Answer = std::function<absl::Status(const ScanRequest&, ScanResponse*)>;
  explicit FakeStream(Answer answer) : answer_(std::move(answer)) {}

  bool Write(const ScanRequest& scan, grpc::WriteOptions) override {
    absl::MutexLock lock(&mutex_);
    if (broken_) return false;
    written_.push_back(scan);
    return true;
  }
  bool Read(ScanResponse* response) override {
    const auto has_next = [this]() { return broken_ || !written_.empty(); };
    absl::MutexLock lock(&mutex_);
    // An idle stream ends as a server that drains would end it.
    if (!mutex_.AwaitWithTimeout(absl::Condition(&has_next), absl::Milliseconds(50))) return false;
    if (broken_) return false;
    const ScanRequest scan = written_.front();
    written_.pop_front();
    *response = ScanResponse();
    response->set_request_id(scan.request_id());
    if (answer_(scan, response).ok()) return true;
    broken_ = true;
    return false;
  }
  bool WritesDone() override { return true; }
  bool NextMessageSize(uint32_t*) override { return true; }
  void WaitForInitialMetadata() override {}
  grpc::Status Finish() override { return {grpc::StatusCode::UNAVAILABLE, "broken"}; }

 private:
  const Answer answer_;
  absl::Mutex mutex_;
  bool broken_ = false;
  std::deque<ScanRequest> written_;
};

class ScanClientTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto folder = common::MakeTemporaryDirectory("scan-client-test");
    ASSERT_TRUE(folder.ok()) << folder.status();
    folder_ = *folder;
    OpenJournal();
  }
  void TearDown() override {
    client_.reset();
    std::filesystem::remove_all(folder_);
  }
  void OpenJournal() {
    journal_.reset();
    auto journal = ScanJournal::Open(folder_ + "/journal");
    ASSERT_TRUE(journal.ok()) << journal.status();
    journal_ = *std::move(journal);
  }
  // Every stream that the client opens answers so.
  void Start(const FakeStream::Answer& answer, ScanLimits limits = {}) {
    auto stub = std::make_unique<MockIntakeServiceStub>();
    EXPECT_CALL(*stub, ScanRaw(_)).WillRepeatedly([answer, this](grpc::ClientContext*) {
      ++streams_;
      return new FakeStream(answer);
    });
    client_ = std::make_unique<ScanClient>(
        std::move(stub), [](grpc::ClientContext&) {}, journal_.get(),
        [this](const ScanRequest& scan, const ScanResponse& response) {
          absl::MutexLock lock(&mutex_);
          answered_.push_back(scan.request_id() +
                              (response.has_error() ? " " + response.error().message() : ""));
        },
        limits);
  }
  absl::Status Send(const std::string& id) {
    ScanRequest scan;
    scan.set_request_id(id);
    scan.set_text("S1");
    return client_->Send(scan);
  }
  std::vector<std::string> Answered() {
    absl::MutexLock lock(&mutex_);
    return answered_;
  }

  std::string folder_;
  std::unique_ptr<ScanJournal> journal_;
  std::unique_ptr<ScanClient> client_;
  std::atomic<int> streams_ = 0;
  absl::Mutex mutex_;
  std::vector<std::string> answered_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(ScanClientTest, AnswersEveryScanInOrderAndEmptiesTheJournal) {
  Start([](const ScanRequest&, ScanResponse*) { return absl::OkStatus(); });
  for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(Send(id).ok());
  ASSERT_TRUE(client_->Flush(absl::Seconds(10)).ok());
  EXPECT_THAT(Answered(), ElementsAre("a", "b", "c"));
  EXPECT_TRUE(journal_->Unacknowledged().empty());
}

TEST_F(ScanClientTest, SendsAgainOverABrokenStream) {
  auto left = std::make_shared<std::atomic<int>>(2);
  Start([left](const ScanRequest& scan, ScanResponse*) -> absl::Status {
    if (scan.request_id() == "b" && (*left)-- > 0) return absl::UnavailableError("broken");
    return absl::OkStatus();
  });
  for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(Send(id).ok());
  ASSERT_TRUE(client_->Flush(absl::Seconds(10)).ok());
  EXPECT_THAT(Answered(), ElementsAre("a", "b", "c"));
  EXPECT_GE(streams_, 3);
}

TEST_F(ScanClientTest, SendsAgainWhatTheServerHasNoRoomFor) {
  auto refused = std::make_shared<std::atomic<bool>>(false);
  Start([refused](const ScanRequest&, ScanResponse* response) {
    if (!refused->exchange(true)) {
      *response->mutable_error() = common::ToRpcStatus(common::Overloaded("full"));
    }
    return absl::OkStatus();
  });
  ASSERT_TRUE(Send("a").ok());
  ASSERT_TRUE(client_->Flush(absl::Seconds(10)).ok());
  EXPECT_THAT(Answered(), ElementsAre("a"));
}

TEST_F(ScanClientTest, SendsAgainWhateverLeavesOpenWhetherItWasBooked) {
  auto turn = std::make_shared<std::atomic<size_t>>(0);
  Start([turn](const ScanRequest&, ScanResponse* response) {
    const std::vector<absl::Status> open = {
        absl::UnavailableError("down"), absl::DeadlineExceededError("slow"),
        absl::AbortedError("again"), absl::CancelledError("cut")};
    const size_t at = (*turn)++;
    if (at < open.size()) *response->mutable_error() = common::ToRpcStatus(open[at]);
    return absl::OkStatus();
  });
  ASSERT_TRUE(Send("a").ok());
  ASSERT_TRUE(client_->Flush(absl::Seconds(10)).ok());
  EXPECT_THAT(Answered(), ElementsAre("a"));
  EXPECT_EQ(*turn, 5U);
}

TEST_F(ScanClientTest, ARefusalIsAnAnswerAndLeavesTheJournal) {
  Start([](const ScanRequest& scan, ScanResponse* response) {
    if (scan.request_id() == "a") {
      *response->mutable_error() = common::ToRpcStatus(
          common::Error(absl::StatusCode::kInvalidArgument, "SCAN_EMPTY", "empty"));
    }
    return absl::OkStatus();
  });
  ASSERT_TRUE(Send("a").ok());
  ASSERT_TRUE(Send("b").ok());
  ASSERT_TRUE(client_->Flush(absl::Seconds(10)).ok());
  EXPECT_THAT(Answered(), ElementsAre("a empty", "b"));
  EXPECT_TRUE(journal_->Unacknowledged().empty());
}

TEST_F(ScanClientTest, BeginsWithWhatTheJournalHolds) {
  Start([](const ScanRequest&, ScanResponse*) { return absl::UnavailableError("down"); });
  ASSERT_TRUE(Send("a").ok());
  const absl::Status flushed = client_->Flush(absl::Milliseconds(100));
  EXPECT_TRUE(absl::IsDeadlineExceeded(flushed)) << flushed;
  client_.reset();
  OpenJournal();
  Start([](const ScanRequest&, ScanResponse*) { return absl::OkStatus(); });
  ASSERT_TRUE(Send("b").ok());
  ASSERT_TRUE(client_->Flush(absl::Seconds(10)).ok());
  EXPECT_THAT(Answered(), ElementsAre("a", "b"));
}

TEST_F(ScanClientTest, TakesNoAnswerForAnotherScan) {
  auto lied = std::make_shared<std::atomic<bool>>(false);
  Start([lied](const ScanRequest&, ScanResponse* response) {
    if (!lied->exchange(true)) response->set_request_id("other");
    return absl::OkStatus();
  });
  ASSERT_TRUE(Send("a").ok());
  ASSERT_TRUE(client_->Flush(absl::Seconds(10)).ok());
  EXPECT_THAT(Answered(), ElementsAre("a"));
}

TEST_F(ScanClientTest, TakesMoreThanIsUnderWayWhereTheLimitsAllow) {
  absl::Mutex gate;
  bool open = false;
  Start(
      [&](const ScanRequest&, ScanResponse*) {
        absl::MutexLock lock(&gate, absl::Condition(&open));
        return absl::OkStatus();
      },
      {.scans = 300, .bytes = 1 << 20});
  std::vector<std::string> sent;
  for (int i = 0; i < 300; ++i) {
    sent.push_back(absl::StrCat("id", i));
    ASSERT_TRUE(Send(sent.back()).ok()) << i;
  }
  ScanRequest over;
  over.set_request_id("over");
  over.set_text("S1");
  EXPECT_TRUE(absl::IsDeadlineExceeded(client_->Send(over, absl::ZeroDuration())));
  {
    absl::MutexLock lock(&gate);
    open = true;
  }
  ASSERT_TRUE(client_->Flush(absl::Seconds(30)).ok());
  EXPECT_EQ(Answered(), sent);
  client_.reset();
}

TEST_F(ScanClientTest, HoldsNoMoreBytesThanTheLimit) {
  Start([](const ScanRequest&, ScanResponse*) { return absl::UnavailableError("down"); },
        {.scans = 1000, .bytes = 100});
  ScanRequest scan;
  scan.set_request_id("a");
  scan.set_text(std::string(200, 'x'));
  ASSERT_TRUE(client_->Send(scan).ok());
  scan.set_request_id("b");
  EXPECT_TRUE(absl::IsDeadlineExceeded(client_->Send(scan, absl::ZeroDuration())));
  EXPECT_EQ(journal_->Unacknowledged().size(), 1U);
}

TEST_F(ScanClientTest, TakesBackOnlyWhatWasNeverSent) {
  {
    ScanRequest left;
    left.set_request_id("left");
    ASSERT_TRUE(journal_->Add(left).ok());
  }
  // The first streams do not even begin: what was added since was never sent.
  auto stub = std::make_unique<MockIntakeServiceStub>();
  absl::Mutex gate;
  bool open = false;
  EXPECT_CALL(*stub, ScanRaw(_)).WillRepeatedly([&](grpc::ClientContext*) {
    absl::MutexLock lock(&gate, absl::Condition(&open));
    return new FakeStream([](const ScanRequest&, ScanResponse*) { return absl::OkStatus(); });
  });
  std::vector<std::string> answered;
  client_ = std::make_unique<ScanClient>(
      std::move(stub), [](grpc::ClientContext&) {}, journal_.get(),
      [&answered](const ScanRequest& scan, const ScanResponse&) {
        answered.push_back(scan.request_id());
      });
  for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(Send(id).ok());
  EXPECT_FALSE(*client_->TakeBack("left")) << "an earlier run may have sent it";
  EXPECT_TRUE(*client_->TakeBack("b"));
  EXPECT_FALSE(*client_->TakeBack("b"));
  EXPECT_EQ(journal_->Unacknowledged().size(), 3U);
  {
    absl::MutexLock lock(&gate);
    open = true;
  }
  ASSERT_TRUE(client_->Flush(absl::Seconds(10)).ok());
  EXPECT_FALSE(*client_->TakeBack("c")) << "it is answered";
  client_.reset();
  EXPECT_THAT(answered, ElementsAre("left", "a", "c"));
}

TEST_F(ScanClientTest, SendsNothingAfterStop) {
  Start([](const ScanRequest&, ScanResponse*) { return absl::OkStatus(); });
  client_->Stop();
  EXPECT_EQ(common::ReasonOf(Send("a")), "SHUTTING_DOWN");
}

}  // namespace
}  // namespace loopdock::client
