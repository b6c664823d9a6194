// SPDX-License-Identifier: Apache-2.0
// What a crash and a restart may not change: what was acknowledged is there once, the same request
// gets the same answer, and the log goes on where it was.
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "clients/cpp/scan_client.h"
#include "clients/cpp/scan_journal.h"
#include "services/common/grpc_status.h"
#include "services/common/ids.h"
#include "services/common/status.h"
#include "tests/e2e/floor.h"

namespace loopdock::e2e {
namespace {

using common::ReasonOf;
using google::protobuf::util::MessageDifferencer;
namespace inv = inventory::v1;

class RestartTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto cluster = Cluster::Start();
    ASSERT_TRUE(cluster.ok()) << cluster.status();
    cluster_ = *std::move(cluster);
    floor_ = std::make_unique<Floor>(*cluster_);
    auto session = floor_->OpenSession();
    ASSERT_TRUE(session.ok()) << session.status();
    session_ = *session;
  }

  std::unique_ptr<Cluster> cluster_;
  std::unique_ptr<Floor> floor_;
  std::string session_;
};

TEST_F(RestartTest, TheSameRequestGetsTheSameAnswer) {
  const auto scan = floor_->TextScan(session_, "S/N: REPLAY0001");
  const auto first = floor_->Scan(scan);
  ASSERT_TRUE(first.ok()) << first.status();
  grading::v1::InspectRequest inspect;
  inspect.set_request_id(common::NewUuidV7());
  inspect.set_asset(first->asset());
  inspect.add_pictures()->set_inline_(DemoPicture("screens/scratched.jpg"));
  const auto inspected = floor_->Do(&GradingStub::Inspect, inspect);
  ASSERT_TRUE(inspected.ok()) << inspected.status();
  const auto checkpoint = floor_->Checkpoint(first->sequence());
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();

  ASSERT_TRUE(cluster_->Stop().ok());
  const absl::Status restarted = cluster_->Restart();
  ASSERT_TRUE(restarted.ok()) << restarted;

  const auto again = floor_->Scan(scan);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(MessageDifferencer::Equals(*again, *first)) << again->DebugString();
  auto altered = scan;
  altered.set_text("S/N: REPLAY0002");
  EXPECT_EQ(ReasonOf(floor_->Scan(altered).status()), "REQUEST_ID_REUSED");
  const auto inspected_again = floor_->Do(&GradingStub::Inspect, inspect);
  ASSERT_TRUE(inspected_again.ok()) << inspected_again.status();
  EXPECT_TRUE(MessageDifferencer::Equals(*inspected_again, *inspected));
  inspect.mutable_pictures(0)->set_um_per_px(80);
  EXPECT_EQ(ReasonOf(floor_->Do(&GradingStub::Inspect, inspect).status()), "REQUEST_ID_REUSED");

  const auto next = floor_->Scan(floor_->TextScan(session_, "S/N: REPLAY0003"));
  ASSERT_TRUE(next.ok()) << next.status();
  const auto later = floor_->Checkpoint(next->sequence());
  ASSERT_TRUE(later.ok()) << later.status();
  EXPECT_EQ(later->verifier_key(), checkpoint->verifier_key());
  EXPECT_TRUE(floor_->VerifyGrowth(*checkpoint, *later).ok());
}

TEST_F(RestartTest, SigtermDrainsAndLosesNothing) {
  constexpr int kStations = 6;
  absl::Mutex mutex;
  std::set<std::string> acknowledged;
  bool stopping = false;
  std::vector<std::thread> stations;
  for (int station = 0; station < kStations; ++station) {
    stations.emplace_back([&, station] {
      for (int i = 0;; ++i) {
        {
          absl::MutexLock lock(&mutex);
          if (stopping) return;
        }
        const auto answer = floor_->ScanOnce(
            floor_->TextScan(session_, absl::StrCat("S/N: DRAIN", station, "X", i)));
        if (!answer.ok()) {
          // gRPC 1.51 ends with CANCELLED what it has received and not yet handed to a handler.
          EXPECT_TRUE(absl::IsUnavailable(answer.status()) || absl::IsCancelled(answer.status()))
              << answer.status();
          return;
        }
        absl::MutexLock lock(&mutex);
        acknowledged.insert(answer->asset());
      }
    });
  }
  const auto enough = [&] { return acknowledged.size() >= 30; };
  mutex.LockWhenWithTimeout(absl::Condition(&enough), absl::Seconds(30));
  mutex.Unlock();
  const absl::Status stopped = cluster_->Stop();
  EXPECT_TRUE(stopped.ok()) << stopped;
  {
    absl::MutexLock lock(&mutex);
    stopping = true;
  }
  for (std::thread& station : stations) station.join();
  ASSERT_TRUE(cluster_->Restart().ok());
  EXPECT_GE(acknowledged.size(), 30u);
  for (const std::string& asset : acknowledged) {
    EXPECT_TRUE(floor_->Asset(asset).ok()) << asset;
  }
}

TEST_F(RestartTest, BelowTheDiskReserveChangesAreRefusedAndReadsGoOn) {
  const auto scan = floor_->TextScan(session_, "S/N: RESERVE0001");
  const auto before = floor_->Scan(scan);
  ASSERT_TRUE(before.ok()) << before.status();
  ASSERT_TRUE(cluster_->Stop().ok());
  ::setenv("LOOPDOCK_STORAGE_DISK_RESERVE_BYTES", "1000000000000000", 1);
  const absl::Status restarted = cluster_->Restart();
  ::unsetenv("LOOPDOCK_STORAGE_DISK_RESERVE_BYTES");
  ASSERT_TRUE(restarted.ok()) << restarted;
  EXPECT_TRUE(floor_->Asset(before->asset()).ok());
  EXPECT_TRUE(floor_->Feed().ok());
  const auto refused = floor_->OpenSession();
  EXPECT_TRUE(absl::IsResourceExhausted(refused.status())) << refused.status();
  EXPECT_EQ(ReasonOf(refused.status()), "DISK_RESERVE");
  ASSERT_TRUE(cluster_->Stop().ok());
  ASSERT_TRUE(cluster_->Restart().ok());
  const auto after = floor_->OpenSession();
  EXPECT_TRUE(after.ok()) << after.status();
}

// A pallet on one station's stream: answers as the client library gives them.
class Pallet {
 public:
  Pallet(const Floor& floor, const std::string& journal) {
    auto opened = client::ScanJournal::Open(journal);
    EXPECT_TRUE(opened.ok()) << opened.status();
    journal_ = *std::move(opened);
    const client::Connection& intake = floor.cluster().to("intake");
    client_ = std::make_unique<client::ScanClient>(
        intake::v1::IntakeService::NewStub(intake.channel()),
        [&intake](grpc::ClientContext& context) { intake.Authorize(context); }, journal_.get(),
        [this](const intake::v1::ScanRequest& scan, const intake::v1::ScanResponse& response) {
          absl::MutexLock lock(&mutex_);
          EXPECT_TRUE(answers_.emplace(scan.request_id(), response).second) << "answered twice";
        });
  }

  void Send(const intake::v1::ScanRequest& scan) {
    const absl::Status kept = client_->Send(scan);
    EXPECT_TRUE(kept.ok()) << kept;
  }
  // False when the time is over.
  bool WaitForAnswers(size_t count) {
    const auto enough = [&] { return answers_.size() >= count; };
    absl::MutexLock lock(&mutex_);
    return mutex_.AwaitWithTimeout(absl::Condition(&enough), absl::Seconds(30));
  }
  absl::Status Flush() { return client_->Flush(absl::Seconds(60)); }
  std::map<std::string, intake::v1::ScanResponse> answers() {
    absl::MutexLock lock(&mutex_);
    return answers_;
  }
  bool JournalIsEmpty() const { return journal_->Unacknowledged().empty(); }

 private:
  absl::Mutex mutex_;
  std::map<std::string, intake::v1::ScanResponse> answers_;
  std::unique_ptr<client::ScanJournal> journal_;
  std::unique_ptr<client::ScanClient> client_;
};

TEST_F(RestartTest, KilledInTheMiddleOfThePalletEveryScanIsThereOnce) {
  constexpr int kTexts = 60;
  std::vector<intake::v1::ScanRequest> scans;
  for (int i = 0; i < kTexts; ++i) {
    scans.push_back(floor_->TextScan(session_, absl::StrCat("S/N: KILL", 1000 + i)));
    if (i == 30) {
      for (const char* label : {"phone-a9", "phone-b4", "phone-a9-again", "torn"}) {
        scans.push_back(
            floor_->PictureScan(session_, DemoPicture(absl::StrCat("labels/", label, ".jpg"))));
      }
    }
  }
  const auto before = floor_->Checkpoint(0);
  ASSERT_TRUE(before.ok()) << before.status();
  Pallet pallet(*floor_, cluster_->folder() + "/journal");
  std::thread dock([&] {
    for (const auto& scan : scans) pallet.Send(scan);
  });
  EXPECT_TRUE(pallet.WaitForAnswers(20));
  cluster_->Kill();
  const size_t at_kill = pallet.answers().size();
  const absl::Status restarted = cluster_->Restart();
  ASSERT_TRUE(restarted.ok()) << restarted;
  dock.join();
  const absl::Status flushed = pallet.Flush();
  ASSERT_TRUE(flushed.ok()) << flushed;
  EXPECT_LT(at_kill, scans.size()) << "the kill came too late";
  EXPECT_TRUE(pallet.JournalIsEmpty());

  const auto answers = pallet.answers();
  ASSERT_EQ(answers.size(), scans.size());
  const auto feed = floor_->Feed();
  ASSERT_TRUE(feed.ok()) << feed.status();
  std::map<std::string, std::vector<std::string>> recorded;  // scans by request id
  std::int64_t sequence = 0;
  for (const inv::FeedEntry& entry : *feed) {
    EXPECT_EQ(entry.sequence(), ++sequence) << "a gap";
    for (const inv::Fact& fact : entry.facts()) {
      if (fact.has_scan_recorded()) {
        recorded[entry.request_id()].push_back(fact.scan_recorded().name());
      }
    }
  }
  EXPECT_EQ(recorded.size(), scans.size());
  std::set<std::string> assets;
  for (const auto& [request_id, response] : answers) {
    ASSERT_TRUE(common::FromRpcStatus(response.error()).ok()) << response.DebugString();
    EXPECT_EQ(recorded[request_id], std::vector<std::string>{response.scan().name()});
    if (!response.asset().empty()) assets.insert(response.asset());
  }
  EXPECT_EQ(assets.size(), static_cast<size_t>(kTexts) + 2);

  const auto checkpoint = floor_->Checkpoint(sequence);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  const auto records = floor_->VerifyLog(*checkpoint);
  ASSERT_TRUE(records.ok()) << records.status();
  EXPECT_EQ(*records, checkpoint->size());
  EXPECT_TRUE(floor_->VerifyGrowth(*before, *checkpoint).ok());
}

}  // namespace
}  // namespace loopdock::e2e
