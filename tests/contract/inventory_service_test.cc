// SPDX-License-Identifier: Apache-2.0
// InventoryService through a real server: every method is there and guarded, commands are durable,
// the feed is followed.
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "absl/synchronization/notification.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"
#include "services/common/credentials.h"
#include "services/common/fileio.h"
#include "services/common/grpc_status.h"
#include "services/common/ids.h"
#include "services/common/server.h"
#include "services/common/status.h"
#include "services/inventory/inventory_server.h"

namespace loopdock::inventory {
namespace {

using Stub = v1::InventoryService::Stub;

class ServiceTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    folder_ = *common::MakeTemporaryDirectory("loopdock-inventory-test");
    config_.listen = "127.0.0.1:0";
    config_.metrics = "127.0.0.1:0";
    config_.data_dir = folder_ + "/data";
    config_.log_level = "off";
    Start();
  }

  void TearDown() override {
    Stop();
    std::filesystem::remove_all(folder_);
  }

  void Start() {
    auto host = common::Host::Create(config_);
    ASSERT_TRUE(host.ok()) << host.status();
    host_ = *std::move(host);
    auto shell = host_->NewShell(v1::InventoryService::service_full_name());
    ASSERT_TRUE(shell.ok()) << shell.status();
    InventoryServer::Options options;
    options.path = folder_ + "/inventory";
    options.driver = GetParam();
    auto server = InventoryServer::Open(**shell, options);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    host_->Register(server_->service());
    const absl::Status started = host_->Start();
    ASSERT_TRUE(started.ok()) << started;
    host_->SetReady(v1::InventoryService::service_full_name(), true);
    token_ = *common::ReadToken(config_.data_dir + "/admin.token");
    channel_ = grpc::CreateChannel(host_->address(), grpc::InsecureChannelCredentials());
    stub_ = v1::InventoryService::NewStub(channel_);
  }

  void Stop() {
    if (host_ != nullptr) host_->Stop();
    if (server_ != nullptr) server_->Stop();
    stub_.reset();
    channel_.reset();
    host_.reset();
    server_.reset();
  }

  void Prepare(grpc::ClientContext& context, bool as_service = false) {
    common::Caller caller;
    caller.token = as_service ? host_->service_token() : token_;
    caller.station = "dock-1";
    caller.deadline = absl::Now() + absl::Seconds(20);
    common::Authorize(context, caller);
  }

  template <typename Request, typename Response>
  absl::Status Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response* response) {
    grpc::ClientContext context;
    Prepare(context);
    return common::FromGrpc((stub_.get()->*method)(&context, request, response));
  }

  std::string OpenSession() {
    v1::CreateLoadRequest create;
    create.set_site("sites/main");
    create.set_request_id(common::NewUuidV7());
    create.mutable_load()->set_supplier("parties/unknown");
    v1::Load load;
    EXPECT_TRUE(Call(&Stub::CreateLoad, create, &load).ok());
    v1::OpenSessionRequest open;
    open.set_site("sites/main");
    open.set_load(load.name());
    open.set_request_id(common::NewUuidV7());
    v1::ReceivingSession session;
    EXPECT_TRUE(Call(&Stub::OpenSession, open, &session).ok());
    EXPECT_EQ(session.operator_(), "admin");
    return session.name();
  }

  absl::Status Scan(const std::string& session, const std::string& serial,
                    v1::RecordScanResponse* response) {
    v1::RecordScanRequest scan;
    scan.set_session(session);
    scan.set_request_id(common::NewUuidV7());
    scan.mutable_understanding()->set_serial(serial);
    return Call(&Stub::RecordScan, scan, response);
  }

  common::Config config_;
  std::string folder_;
  std::string token_;
  std::unique_ptr<common::Host> host_;
  std::unique_ptr<InventoryServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<Stub> stub_;
};

INSTANTIATE_TEST_SUITE_P(Drivers, ServiceTest, testing::Values("memory", "rocksdb"));

// What outlives the server: the daemon's memory driver forgets at its end. Reopening a memory store
// is held to the contract in store_contract_test.cc.
class RestartTest : public ServiceTest {};

INSTANTIATE_TEST_SUITE_P(Drivers, RestartTest, testing::Values("rocksdb"));

// Sends one request of any method; what comes back is of no interest but its status.
absl::Status SendAny(const std::shared_ptr<grpc::Channel>& channel, grpc::ClientContext* context,
                     const google::protobuf::MethodDescriptor& method,
                     const google::protobuf::Message& request) {
  grpc::GenericStub stub(channel);
  grpc::Slice slice(request.SerializeAsString());
  const grpc::ByteBuffer bytes(&slice, 1);
  grpc::ByteBuffer response;
  absl::Notification done;
  grpc::Status status;
  stub.UnaryCall(context, "/" + method.service()->full_name() + "/" + method.name(), {}, &bytes,
                 &response, [&](grpc::Status answered) {
                   status = std::move(answered);
                   done.Notify();
                 });
  done.WaitForNotification();
  return common::FromGrpc(status);
}

TEST_P(ServiceTest, EveryMethodIsThereAndGuarded) {
  const auto* service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
      v1::InventoryService::service_full_name());
  ASSERT_EQ(service->method_count(), 66);
  for (int i = 0; i < service->method_count(); ++i) {
    const auto& method = *service->method(i);
    if (method.server_streaming()) continue;
    std::unique_ptr<google::protobuf::Message> request(
        google::protobuf::MessageFactory::generated_factory()
            ->GetPrototype(method.input_type())
            ->New());
    if (const auto* id = method.input_type()->FindFieldByName("request_id")) {
      request->GetReflection()->SetString(request.get(), id, common::NewUuidV7());
    }
    grpc::ClientContext nobody;
    EXPECT_EQ(common::ReasonOf(SendAny(channel_, &nobody, method, *request)), "UNAUTHENTICATED")
        << method.name();
    for (const bool as_service : {false, true}) {
      grpc::ClientContext context;
      Prepare(context, as_service);
      const absl::Status status = SendAny(channel_, &context, method, *request);
      EXPECT_TRUE(status.ok() || status.code() == absl::StatusCode::kInvalidArgument ||
                  status.code() == absl::StatusCode::kNotFound ||
                  status.code() == absl::StatusCode::kPermissionDenied)
          << method.name() << " " << status;
    }
  }
}

TEST_P(ServiceTest, AcknowledgedScansAreReadBackAndFollowed) {
  const std::string session = OpenSession();
  grpc::ClientContext context;
  Prepare(context);
  v1::TailFeedRequest tail;
  tail.set_site("sites/main");
  tail.set_from_sequence(1);
  tail.set_follow(true);
  auto reader = stub_->TailFeed(&context, tail);
  std::int64_t expected = 0;
  int scans = 0;
  v1::TailFeedResponse message;
  std::thread writer([&] {
    for (int i = 0; i < 300; ++i) {
      v1::RecordScanResponse response;
      const absl::Status status = Scan(session, "S-" + std::to_string(i), &response);
      ASSERT_TRUE(status.ok()) << status;
    }
  });
  while (scans < 300 && reader->Read(&message)) {
    EXPECT_EQ(message.epoch(), server_->inventory().epoch());
    for (const v1::FeedEntry& entry : message.entries()) {
      EXPECT_EQ(entry.sequence(), ++expected);
      for (const v1::Fact& fact : entry.facts()) scans += fact.has_scan_recorded() ? 1 : 0;
      if (entry.sequence() > 1) {
        EXPECT_EQ(entry.actor(), "admin");
        EXPECT_EQ(entry.station(), "dock-1");
      }
    }
  }
  writer.join();
  EXPECT_EQ(scans, 300);
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_P(ServiceTest, FeedRefusesOtherEpochsAndPositionsBeyondItsEnd) {
  const auto finish = [&](std::int64_t from, const std::string& epoch) {
    grpc::ClientContext context;
    Prepare(context);
    v1::TailFeedRequest request;
    request.set_site("sites/main");
    request.set_from_sequence(from);
    request.set_epoch(epoch);
    auto reader = stub_->TailFeed(&context, request);
    v1::TailFeedResponse message;
    while (reader->Read(&message)) {
    }
    return common::FromGrpc(reader->Finish());
  };
  EXPECT_TRUE(finish(1, "").ok());
  EXPECT_TRUE(finish(2, server_->inventory().epoch()).ok()) << "the next entry may be asked for";
  EXPECT_EQ(common::ReasonOf(finish(1, "1")), "FEED_EPOCH_CHANGED");
  EXPECT_EQ(common::ReasonOf(finish(3, "")), "FEED_POSITION_AHEAD");
  EXPECT_EQ(common::ReasonOf(finish(0, "")), "INVALID_FIELDS");
}

TEST_P(ServiceTest, ErrorsCarryTheirDetails) {
  const std::string session = OpenSession();
  v1::RecordScanResponse booked;
  ASSERT_TRUE(Scan(session, "S-1", &booked).ok());
  v1::MoveAssetRequest move;
  move.set_name(booked.asset().name());
  move.set_location("sites/main/locations/storage");
  move.set_request_id(common::NewUuidV7());
  v1::Asset asset;
  const absl::Status refused = Call(&Stub::MoveAsset, move, &asset);
  EXPECT_EQ(common::ReasonOf(refused), "DATA_NOT_SECURED");
  EXPECT_EQ(common::MetadataOf(refused, "rule"), "R-05");
  EXPECT_TRUE(refused.GetPayload("type.googleapis.com/google.rpc.PreconditionFailure").has_value());
  move.set_location("nonsense");
  EXPECT_TRUE(Call(&Stub::MoveAsset, move, &asset)
                  .GetPayload("type.googleapis.com/google.rpc.BadRequest")
                  .has_value());
}

TEST_P(RestartTest, KeepsWhatWasAcknowledged) {
  const std::string session = OpenSession();
  v1::RecordScanResponse booked;
  ASSERT_TRUE(Scan(session, "S-1", &booked).ok());
  const std::string epoch = server_->inventory().epoch();
  Stop();
  Start();
  EXPECT_EQ(server_->inventory().epoch(), epoch);
  v1::GetAssetRequest get;
  get.set_name(booked.asset().name());
  v1::Asset asset;
  ASSERT_TRUE(Call(&Stub::GetAsset, get, &asset).ok());
  EXPECT_EQ(asset.SerializeAsString(), booked.asset().SerializeAsString());
  EXPECT_TRUE(server_->inventory().Fsck().ok());
}

}  // namespace
}  // namespace loopdock::inventory
