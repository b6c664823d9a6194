// SPDX-License-Identifier: Apache-2.0
// The traceability service as a partner sees it: a real server with the guard, a real store on
// disk, and an inventory of our own that gives the feed and breaks off when told.
#include "services/traceability/traceability_service.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/synchronization/notification.h"
#include "services/common/credentials.h"
#include "services/common/fileio.h"
#include "services/common/grpc_status.h"
#include "services/common/server.h"
#include "services/common/status.h"
#include "services/storage/rocksdb_driver.h"
#include "services/traceability/core/epcis.h"
#include "services/traceability/core/verify.h"
#include "services/traceability/log_fsck.h"

namespace loopdock::traceability {
namespace {

using inventory::v1::FeedEntry;
using Stub = v1::TraceabilityService::Stub;

// The feed of a small inventory: it answers in parts of three, and breaks off after `break_after`.
class FakeInventory : public inventory::v1::InventoryService::Service {
 public:
  grpc::Status TailFeed(grpc::ServerContext* context, const inventory::v1::TailFeedRequest* request,
                        grpc::ServerWriter<inventory::v1::TailFeedResponse>* writer) override {
    ++calls;
    std::int64_t next = request->from_sequence();
    absl::MutexLock lock(&mutex_);
    if (!request->epoch().empty() && request->epoch() != epoch_) {
      return common::ToGrpc(common::Error(absl::StatusCode::kFailedPrecondition,
                                          "FEED_EPOCH_CHANGED", "the feed is another one."));
    }
    while (!context->IsCancelled()) {
      inventory::v1::TailFeedResponse response;
      response.set_epoch(epoch_);
      response.set_last_sequence(static_cast<std::int64_t>(entries_.size()));
      while (next <= response.last_sequence() && response.entries_size() < 3) {
        *response.add_entries() = entries_[static_cast<std::size_t>(next++ - 1)];
      }
      if (break_after > 0 && next > break_after) {
        break_after = 0;
        return grpc::Status(grpc::StatusCode::UNAVAILABLE, "broken");
      }
      if (!writer->Write(response)) break;
      if (next <= response.last_sequence()) continue;
      changed_.WaitWithTimeout(&mutex_, absl::Milliseconds(20));
    }
    return grpc::Status::OK;
  }

  std::int64_t Add(int count) {
    absl::MutexLock lock(&mutex_);
    for (int i = 0; i < count; ++i) {
      FeedEntry& entry = entries_.emplace_back();
      entry.set_site("main");
      entry.set_epoch(epoch_);
      entry.set_sequence(static_cast<std::int64_t>(entries_.size()));
      entry.mutable_server_time()->set_seconds(1767323045 + entry.sequence());
      entry.set_actor("demo");
      auto* asset = entry.add_facts()->mutable_asset_registered();
      asset->set_name("sites/main/assets/A" + std::to_string(entries_.size()));
      asset->set_maker("Example");
      entry.add_facts()->mutable_consumer_position_set()->set_consumer("routing");
    }
    changed_.SignalAll();
    return static_cast<std::int64_t>(entries_.size());
  }

  void Restore(const std::string& epoch) {
    absl::MutexLock lock(&mutex_);
    epoch_ = epoch;
    entries_.clear();
  }

  std::atomic<int> calls = 0;
  std::atomic<std::int64_t> break_after = 0;

 private:
  absl::Mutex mutex_;
  absl::CondVar changed_;
  std::string epoch_ = "e1";
  std::vector<FeedEntry> entries_;
};

class TraceabilityTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = *common::MakeTemporaryDirectory("traceability-test");
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&inventory_);
    inventory_server_ = builder.BuildAndStart();
    ASSERT_NE(inventory_server_, nullptr);
    inventory_channel_ = grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                                             grpc::InsecureChannelCredentials());
    Start();
  }

  void TearDown() override {
    StopService();
    inventory_server_->Shutdown(std::chrono::system_clock::now());
    std::filesystem::remove_all(folder_);
  }

  void Start() {
    common::Config config;
    config.listen = "127.0.0.1:0";
    config.metrics = "127.0.0.1:0";
    config.data_dir = folder_ + "/data";
    config.log_level = "off";
    host_ = *common::Host::Create(config);
    stopped_ = std::make_unique<absl::Notification>();
    TraceabilityService::Options options;
    options.origin = "loopdock.example/main";
    options.key_path = folder_ + "/log.key";
    options.store = *storage::MakeRocksDbDriver()->Open(folder_ + "/store", LogStoreOptions());
    options.on_stopped = [this](const absl::Status&) { stopped_->Notify(); };
    auto service = TraceabilityService::Create(std::move(options));
    ASSERT_TRUE(service.ok()) << service.status();
    service_ = *std::move(service);
    const std::string name = v1::TraceabilityService::service_full_name();
    service_->Attach(*host_->NewShell(name));
    host_->Register(service_.get());
    ASSERT_TRUE(host_->Start().ok());
    service_->Start(inventory_channel_, [this](grpc::ClientContext& context) {
      common::AuthorizeAsService(context, host_->service_token(), absl::InfiniteDuration());
    });
    host_->SetReady(name, true);
    token_ = *common::ReadToken(config.data_dir + "/admin.token");
    stub_ = v1::TraceabilityService::NewStub(
        grpc::CreateChannel(host_->address(), grpc::InsecureChannelCredentials()));
  }

  void StopService() {
    if (host_ == nullptr) return;
    host_->Stop();
    service_->Stop();
    service_.reset();
    host_.reset();
  }

  void Authorize(grpc::ClientContext& context, absl::Duration time = absl::Seconds(20)) {
    common::Caller caller;
    caller.token = token_;
    caller.deadline = absl::Now() + time;
    common::Authorize(context, caller);
  }

  template <typename Request, typename Response>
  absl::Status Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    Request request, Response* response, absl::Duration time = absl::Seconds(20)) {
    grpc::ClientContext context;
    Authorize(context, time);
    request.set_site("sites/main");
    return common::FromGrpc((stub_.get()->*method)(&context, request, response));
  }

  // Waits until the log covers the sequence.
  v1::Checkpoint Covered(std::int64_t sequence) {
    v1::GetCheckpointRequest request;
    request.set_min_sequence(sequence);
    v1::Checkpoint checkpoint;
    const absl::Status status = Call(&Stub::GetCheckpoint, request, &checkpoint);
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_GE(checkpoint.through_sequence(), sequence);
    return checkpoint;
  }

  // Exports the log and proves it with nothing but the checkpoint and the key.
  absl::StatusOr<VerifyReport> ExportAndVerify(std::string* vkey = nullptr) {
    grpc::ClientContext context;
    Authorize(context);
    v1::ExportLogRequest request;
    request.set_site("sites/main");
    const auto reader = stub_->ExportLog(&context, request);
    v1::ExportLogResponse part;
    if (!reader->Read(&part)) return common::FromGrpc(reader->Finish());
    auto verifier = LogVerifier::Start(part.checkpoint().note(), part.checkpoint().verifier_key());
    if (!verifier.ok()) return verifier.status();
    if (vkey != nullptr) *vkey = part.checkpoint().verifier_key();
    std::uint64_t next = 0;
    do {
      EXPECT_EQ(part.from_index(), static_cast<std::int64_t>(next));
      for (const std::string& leaf : part.leaves()) {
        if (auto status = verifier->Add(next++, leaf); !status.ok()) return status;
      }
    } while (reader->Read(&part));
    if (auto status = common::FromGrpc(reader->Finish()); !status.ok()) return status;
    return verifier->Finish();
  }

  std::string folder_;
  FakeInventory inventory_;
  std::unique_ptr<grpc::Server> inventory_server_;
  std::shared_ptr<grpc::Channel> inventory_channel_;
  std::unique_ptr<common::Host> host_;
  std::unique_ptr<absl::Notification> stopped_;
  std::unique_ptr<TraceabilityService> service_;
  std::unique_ptr<Stub> stub_;
  std::string token_;
};

TEST_F(TraceabilityTest, FollowsTheFeedAndProvesItsLog) {
  const std::int64_t last = inventory_.Add(10);
  const v1::Checkpoint checkpoint = Covered(last);
  EXPECT_EQ(checkpoint.size(), 10);
  EXPECT_EQ(checkpoint.root().size(), 32u);
  EXPECT_GE(checkpoint.feed_sequence(), last);
  auto report = ExportAndVerify();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->Sentence(), "10 of 10 records included");
  struct stat file;
  ASSERT_EQ(stat((folder_ + "/log.key").c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600u);
}

TEST_F(TraceabilityTest, GoesOnAfterBrokenStreamsAndRestarts) {
  inventory_.break_after = 7;
  std::int64_t last = inventory_.Add(20);
  EXPECT_EQ(Covered(last).size(), 20);
  EXPECT_GE(inventory_.calls, 2);
  std::string key_before;
  ASSERT_TRUE(ExportAndVerify(&key_before).ok());
  const v1::Checkpoint before = Covered(last);
  StopService();
  last = inventory_.Add(5);
  Start();
  const v1::Checkpoint after = Covered(last);
  EXPECT_EQ(after.size(), 25);
  std::string key_after;
  auto report = ExportAndVerify(&key_after);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->record_count, 25u);
  EXPECT_EQ(key_before, key_after);
  v1::GetConsistencyProofRequest request;
  request.set_old_size(before.size());
  v1::ConsistencyProof proof;
  ASSERT_TRUE(Call(&Stub::GetConsistencyProof, request, &proof).ok());
  std::vector<Hash> hashes;
  for (const std::string& hash : proof.hashes()) hashes.push_back(*HashFromBytes(hash));
  EXPECT_TRUE(
      VerifyConsistency(20, 25, *HashFromBytes(before.root()), *HashFromBytes(after.root()), hashes)
          .ok());
}

TEST_F(TraceabilityTest, RecordsListsAndProofs) {
  const v1::Checkpoint checkpoint = Covered(inventory_.Add(7));
  v1::ListRecordsRequest list;
  list.set_page_size(3);
  std::vector<std::string> subjects;
  do {
    v1::ListRecordsResponse page;
    ASSERT_TRUE(Call(&Stub::ListRecords, list, &page).ok());
    for (const auto& record : page.records()) {
      EXPECT_EQ(record.index(), static_cast<std::int64_t>(subjects.size()));
      EXPECT_EQ(record.kind(), "asset.registered");
      EXPECT_TRUE(record.server_clock_used());
      subjects.push_back(record.subject());
    }
    list.set_page_token(page.next_page_token());
  } while (!list.page_token().empty());
  ASSERT_EQ(subjects.size(), 7u);

  list.set_subject("sites/main/assets/A4");
  v1::ListRecordsResponse page;
  ASSERT_TRUE(Call(&Stub::ListRecords, list, &page).ok());
  ASSERT_EQ(page.records_size(), 1);
  EXPECT_EQ(page.records(0).index(), 3);
  list.set_page_token("x");
  EXPECT_EQ(common::ReasonOf(Call(&Stub::ListRecords, list, &page)), "PAGE_TOKEN_INVALID");

  v1::GetInclusionProofRequest request;
  request.set_index(3);
  v1::InclusionProof proof;
  ASSERT_TRUE(Call(&Stub::GetInclusionProof, request, &proof).ok());
  std::vector<Hash> hashes;
  for (const std::string& hash : proof.hashes()) hashes.push_back(*HashFromBytes(hash));
  EXPECT_EQ(proof.leaf_hash(), page.records(0).leaf_hash());
  EXPECT_TRUE(VerifyInclusion(3, 7, *HashFromBytes(proof.leaf_hash()), hashes,
                              *HashFromBytes(checkpoint.root()))
                  .ok());
  request.set_index(7);
  EXPECT_EQ(common::ReasonOf(Call(&Stub::GetInclusionProof, request, &proof)), "LOG_SIZE_INVALID");
  v1::GetRecordRequest get;
  get.set_index(99);
  v1::TraceRecord record;
  EXPECT_EQ(common::ReasonOf(Call(&Stub::GetRecord, get, &record)), "RECORD_NOT_FOUND");
}

TEST_F(TraceabilityTest, ExportsValidEvents) {
  Covered(inventory_.Add(12));
  grpc::ClientContext context;
  Authorize(context);
  v1::ExportEpcisRequest request;
  request.set_site("sites/main");
  const auto reader = stub_->ExportEpcis(&context, request);
  v1::ExportEpcisResponse part;
  std::vector<std::string> events;
  while (reader->Read(&part)) {
    events.insert(events.end(), part.events().begin(), part.events().end());
  }
  ASSERT_TRUE(reader->Finish().ok());
  ASSERT_EQ(events.size(), 12u);
  for (const std::string& text : events) {
    const Json event = Json::parse(text);
    EXPECT_TRUE(ValidateEvent(event).ok()) << ValidateEvent(event);
  }
}

TEST_F(TraceabilityTest, ARestoredInventoryStopsTheLog) {
  Covered(inventory_.Add(4));
  StopService();
  inventory_.Restore("e2");
  inventory_.Add(9);
  Start();
  ASSERT_TRUE(stopped_->WaitForNotificationWithTimeout(absl::Seconds(10)));
  EXPECT_EQ(service_->log().published().state.size, 4u);
  v1::GetCheckpointRequest request;
  request.set_min_sequence(9);
  v1::Checkpoint checkpoint;
  EXPECT_FALSE(Call(&Stub::GetCheckpoint, request, &checkpoint).ok());
  EXPECT_TRUE(ExportAndVerify().ok()) << "what was proven stays proven";
}

TEST_F(TraceabilityTest, AWaitEndsWithItsDeadline) {
  Covered(inventory_.Add(1));
  v1::GetCheckpointRequest request;
  request.set_min_sequence(1000);
  v1::Checkpoint checkpoint;
  EXPECT_TRUE(absl::IsDeadlineExceeded(
      Call(&Stub::GetCheckpoint, request, &checkpoint, absl::Milliseconds(200))));
}

TEST_F(TraceabilityTest, ALostKeyIsNotReplacedInSilence) {
  Covered(inventory_.Add(1));
  StopService();
  std::filesystem::remove(folder_ + "/log.key");
  TraceabilityService::Options options;
  options.origin = "loopdock.example/main";
  options.key_path = folder_ + "/log.key";
  options.store = *storage::MakeRocksDbDriver()->Open(folder_ + "/store", LogStoreOptions());
  EXPECT_EQ(common::ReasonOf(TraceabilityService::Create(std::move(options)).status()),
            "LOG_KEY_MISSING");
}

}  // namespace
}  // namespace loopdock::traceability
