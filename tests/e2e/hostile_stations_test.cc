// SPDX-License-Identifier: Apache-2.0
// Stations that misbehave, by mistake or on purpose: streams that stall, break, or are opened by
// the thousand, clocks that are wrong, scans that are sent again. No other station may feel it.
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "services/common/grpc_status.h"
#include "services/common/ids.h"
#include "services/common/proto_time.h"
#include "services/common/status.h"
#include "tests/e2e/floor.h"

namespace loopdock::e2e {
namespace {

using common::ReasonOf;
using intake::v1::ScanRequest;
using intake::v1::ScanResponse;
namespace inv = inventory::v1;

using ScanStream = grpc::ClientReaderWriter<ScanRequest, ScanResponse>;

// A channel with a connection of its own, which takes no more than its first window.
std::shared_ptr<grpc::Channel> OwnConnection(const Cluster& cluster) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  return grpc::CreateCustomChannel(cluster.to("intake").options().address,
                                   grpc::InsecureChannelCredentials(), arguments);
}

// One station's stream, as a simple client has it: writes on a thread of its own, reads in turn.
class Station {
 public:
  Station(const Cluster& cluster, const std::shared_ptr<grpc::Channel>& channel)
      : stub_(intake::v1::IntakeService::NewStub(channel)) {
    cluster.to("intake").Authorize(context_);
    stream_ = stub_->Scan(&context_);
  }
  explicit Station(const Cluster& cluster) : Station(cluster, cluster.to("intake").channel()) {}
  ~Station() {
    context_.TryCancel();
    if (writer_.joinable()) writer_.join();
    stream_->Finish();
  }

  void Write(std::vector<ScanRequest> scans) {
    writer_ = std::thread([this, scans = std::move(scans)] {
      for (const ScanRequest& scan : scans) {
        if (!stream_->Write(scan)) return;
      }
      stream_->WritesDone();
    });
  }
  // At most so many answers.
  std::vector<ScanResponse> Read(size_t count) {
    std::vector<ScanResponse> answers;
    ScanResponse answer;
    while (answers.size() < count && stream_->Read(&answer)) answers.push_back(answer);
    return answers;
  }
  std::vector<ScanResponse> Exchange(std::vector<ScanRequest> scans) {
    const size_t count = scans.size();
    Write(std::move(scans));
    return Read(count);
  }

 private:
  const std::unique_ptr<intake::v1::IntakeService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<ScanStream> stream_;
  std::thread writer_;
};

class HostileStationsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto started = Cluster::Start();
    ASSERT_TRUE(started.ok()) << started.status();
    cluster = started->release();
    shop = new Floor(*cluster);
    // A stream that is the first call of its channel may wait for the connection for 20 seconds.
    ASSERT_TRUE(cluster->to("intake").channel()->WaitForConnected(
        absl::ToChronoTime(absl::Now() + absl::Seconds(10))));
  }
  static void TearDownTestSuite() {
    delete shop;
    delete cluster;
  }
  void SetUp() override {
    ASSERT_NE(shop, nullptr);
    auto session = shop->OpenSession();
    ASSERT_TRUE(session.ok()) << session.status();
    session_ = *session;
  }

  std::vector<ScanRequest> Scans(int count) const {
    static std::atomic<int> next{0};
    std::vector<ScanRequest> scans;
    for (int i = 0; i < count; ++i) {
      scans.push_back(shop->TextScan(session_, absl::StrCat("S/N: STATION", ++next)));
    }
    return scans;
  }
  std::int64_t Booked() const {
    inv::GetSessionRequest get;
    get.set_name(session_);
    const auto session = shop->Do(&InventoryStub::GetSession, get);
    EXPECT_TRUE(session.ok()) << session.status();
    return session.ok() ? session->asset_count() : -1;
  }
  static void ExpectAnswersOf(const std::vector<ScanRequest>& scans,
                              const std::vector<ScanResponse>& answers) {
    ASSERT_EQ(answers.size(), scans.size());
    for (size_t i = 0; i < scans.size(); ++i) {
      ASSERT_EQ(answers[i].request_id(), scans[i].request_id()) << "answer " << i;
      ASSERT_EQ(answers[i].outcome(), inv::SCAN_OUTCOME_BOOKED) << answers[i].DebugString();
    }
  }
  // Another station scans as ever.
  void ExpectOthersAreServed() const {
    const auto scans = Scans(20);
    Station other(*cluster);
    ExpectAnswersOf(scans, other.Exchange(scans));
  }

  static Cluster* cluster;
  static Floor* shop;
  std::string session_;
};

Cluster* HostileStationsTest::cluster = nullptr;
Floor* HostileStationsTest::shop = nullptr;

TEST_F(HostileStationsTest, AMegabyteOfTextIsRefusedAndTheNextScanIsBooked) {
  std::vector<ScanRequest> scans = Scans(3);
  scans[1].set_text(std::string(size_t{1} << 20, 'x'));
  Station station(*cluster);
  const auto answers = station.Exchange(scans);
  ASSERT_EQ(answers.size(), 3u);
  EXPECT_EQ(ReasonOf(common::FromRpcStatus(answers[1].error())), "TEXT_TOO_LONG");
  EXPECT_EQ(answers[0].outcome(), inv::SCAN_OUTCOME_BOOKED);
  EXPECT_EQ(answers[2].outcome(), inv::SCAN_OUTCOME_BOOKED);
}

TEST_F(HostileStationsTest, AStationThatReadsNoAnswersStopsOnlyItself) {
  constexpr int kScans = 3000;
  Station stalled(*cluster, OwnConnection(*cluster));
  const auto scans = Scans(kScans);
  stalled.Write(scans);
  for (int i = 0; i < 10; ++i) ExpectOthersAreServed();
  EXPECT_LT(Booked(), kScans) << "the server goes on reading although nobody takes its answers";
  ExpectAnswersOf(scans, stalled.Read(kScans));
}

TEST_F(HostileStationsTest, AStreamThatBreaksInTheMiddleLosesAndDoublesNothing) {
  const auto scans = Scans(200);
  std::vector<ScanResponse> first;
  {
    Station station(*cluster);
    station.Write(scans);
    first = station.Read(10);
    ASSERT_EQ(first.size(), 10u);
  }  // cancelled, with answers on their way
  Station again(*cluster);
  const auto answers = again.Exchange(scans);
  ExpectAnswersOf(scans, answers);
  for (size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].SerializeAsString(), answers[i].SerializeAsString());
  }
  EXPECT_EQ(Booked(), 200);
}

TEST_F(HostileStationsTest, TheSameIdHasOneAnswerAndOneContent) {
  const auto scans = Scans(1);
  ScanRequest other = scans[0];
  other.set_text("S/N: SOMETHING-ELSE");
  Station station(*cluster);
  const auto answers = station.Exchange({scans[0], scans[0], other, scans[0]});
  ASSERT_EQ(answers.size(), 4u);
  EXPECT_EQ(answers[1].SerializeAsString(), answers[0].SerializeAsString());
  EXPECT_EQ(ReasonOf(common::FromRpcStatus(answers[2].error())), "REQUEST_ID_REUSED");
  EXPECT_EQ(answers[3].SerializeAsString(), answers[0].SerializeAsString());
  EXPECT_EQ(Booked(), 1);
}

TEST_F(HostileStationsTest, AClockThatIsAYearOffIsToldAndOrderIsTheServers) {
  std::vector<ScanRequest> scans = Scans(3);
  const absl::Time now = absl::Now();
  *scans[0].mutable_station_time() = common::ToProto(now + absl::Hours(365 * 24 + 1));
  *scans[1].mutable_station_time() = common::ToProto(now - absl::Hours(365 * 24 + 1));
  *scans[2].mutable_station_time() = common::ToProto(now);
  Station station(*cluster);
  const auto answers = station.Exchange(scans);
  ExpectAnswersOf(scans, answers);
  const char* const words[] = {"365 days ahead of", "365 days behind", ""};
  for (size_t i = 0; i < 3; ++i) {
    inv::GetScanRequest get;
    get.set_name(answers[i].scan().name());
    const auto kept = shop->Do(&InventoryStub::GetScan, get);
    ASSERT_TRUE(kept.ok()) << kept.status();
    EXPECT_EQ(kept->station_time().seconds(), scans[i].station_time().seconds());
    const absl::Time server = common::FromProto(kept->server_time());
    EXPECT_LT(absl::AbsDuration(server - now), absl::Minutes(10));
    EXPECT_EQ(kept->warnings_size(), i == 2 ? 0 : 1) << kept->DebugString();
    EXPECT_NE(answers[i].message().find(words[i]), std::string::npos) << answers[i].message();
    if (i > 0) {
      EXPECT_GT(answers[i].sequence(), answers[i - 1].sequence());
    }
  }
}

TEST_F(HostileStationsTest, AKilledWorkerKeepsTheOrderOfItsStation) {
  std::vector<ScanRequest> scans = Scans(40);
  for (const size_t at : {5u, 15u, 25u}) {
    scans[at] = shop->PictureScan(session_, DemoPicture("labels/phone-b4.jpg"));
  }
  Station station(*cluster);
  station.Write(scans);
  cluster->KillWorkers();
  ExpectOthersAreServed();
  const auto answers = station.Read(scans.size());
  ASSERT_EQ(answers.size(), scans.size());
  std::int64_t last = 0;
  for (size_t i = 0; i < scans.size(); ++i) {
    EXPECT_EQ(answers[i].request_id(), scans[i].request_id());
    EXPECT_FALSE(answers[i].has_error()) << answers[i].DebugString();
    EXPECT_GT(answers[i].sequence(), last) << "answer " << i;
    last = answers[i].sequence();
  }
}

TEST_F(HostileStationsTest, AnOfflineBatchReplayedTwiceIsBookedOnce) {
  constexpr int kScans = 10'000;
  const auto scans = Scans(kScans);
  std::vector<std::string> first;
  for (const char* round : {"first", "second"}) {
    Station station(*cluster);
    const absl::Time begun = absl::Now();
    const auto answers = station.Exchange(scans);
    ExpectAnswersOf(scans, answers);
    std::printf("the %s time %d scans took %.2f s\n", round, kScans,
                absl::ToDoubleSeconds(absl::Now() - begun));
    for (size_t i = 0; i < answers.size(); ++i) {
      if (first.size() <= i) {
        first.push_back(answers[i].SerializeAsString());
      } else {
        ASSERT_EQ(first[i], answers[i].SerializeAsString()) << "answer " << i;
      }
    }
  }
  EXPECT_EQ(Booked(), kScans);
}

// A stream that asks one thing, so that the server has it surely, and then waits for ever.
class IdleStream : public grpc::ClientBidiReactor<ScanRequest, ScanResponse> {
 public:
  IdleStream(const Cluster& cluster, intake::v1::IntakeService::Stub& stub,
             std::atomic<int>* answered, std::atomic<int>* ended)
      : answered_(answered), ended_(ended) {
    cluster.to("intake").Authorize(context_);
    stub.async()->Scan(&context_, this);
    request_.set_request_id("none");
    StartRead(&response_);
    StartWrite(&request_);
    StartCall();
  }
  void Cancel() { context_.TryCancel(); }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    if (ReasonOf(common::FromRpcStatus(response_.error())) == "REQUEST_ID_INVALID") ++*answered_;
    StartRead(&response_);
  }
  void OnDone(const grpc::Status&) override { ++*ended_; }

 private:
  grpc::ClientContext context_;
  ScanRequest request_;
  ScanResponse response_;
  std::atomic<int>* const answered_;
  std::atomic<int>* const ended_;
};

// False when it does not hold within a minute.
bool Eventually(const std::function<bool()>& holds) {
  const absl::Time until = absl::Now() + absl::Minutes(1);
  while (!holds()) {
    if (absl::Now() > until) return false;
    absl::SleepFor(absl::Milliseconds(5));
  }
  return true;
}

TEST_F(HostileStationsTest, TenThousandIdleStreamsLeaveRoomForTheOthers) {
  constexpr int kConnections = 10;
  constexpr int kStreams = 10'000;
  ExpectOthersAreServed();
  const std::int64_t before = cluster->ResidentBytes();
  std::vector<std::unique_ptr<intake::v1::IntakeService::Stub>> stubs;
  for (int i = 0; i < kConnections; ++i) {
    stubs.push_back(intake::v1::IntakeService::NewStub(OwnConnection(*cluster)));
  }
  std::atomic<int> answered{0}, ended{0};
  std::vector<std::unique_ptr<IdleStream>> streams;
  for (size_t i = 0; i < kStreams; ++i) {
    streams.push_back(
        std::make_unique<IdleStream>(*cluster, *stubs[i % kConnections], &answered, &ended));
  }
  EXPECT_TRUE(Eventually([&] { return answered == kStreams || ended > 0; }));
  EXPECT_EQ(answered, kStreams);
  EXPECT_EQ(ended, 0);
  const std::int64_t each = (cluster->ResidentBytes() - before) / kStreams;
  std::printf("an idle stream takes %lld bytes of the server\n", static_cast<long long>(each));
  EXPECT_LT(each, 48 * 1024);
  for (int i = 0; i < 5; ++i) ExpectOthersAreServed();
  for (const auto& stream : streams) stream->Cancel();
  EXPECT_TRUE(Eventually([&] { return ended == kStreams; }));
  ExpectOthersAreServed();
}

}  // namespace
}  // namespace loopdock::e2e
