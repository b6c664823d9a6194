// SPDX-License-Identifier: Apache-2.0
// InventoryService through a real server: every method is there and guarded, commands are durable,
// the feed is followed.
#include <gtest/gtest.h>

#include <thread>

#include "tests/contract/inventory_service_fixture.h"

namespace loopdock::inventory {
namespace {

class ServiceTest : public ServiceFixture, public testing::WithParamInterface<const char*> {
 protected:
  ServiceTest() : ServiceFixture(GetParam()) {}
};

INSTANTIATE_TEST_SUITE_P(Drivers, ServiceTest, testing::Values("memory", "rocksdb"));

// What outlives the server: the daemon's memory driver forgets at its end. Reopening a memory store
// is held to the contract in store_contract_test.cc.
class RestartTest : public ServiceTest {};

INSTANTIATE_TEST_SUITE_P(Drivers, RestartTest, testing::Values("rocksdb"));

TEST_P(ServiceTest, EveryMethodIsThereAndGuarded) {
  const auto* service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
      v1::InventoryService::service_full_name());
  ASSERT_EQ(service->method_count(), 118);
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

// Commands that another service of the process hands over pass the same guard, in order.
TEST_P(ServiceTest, CommandsHandedOverAreGuardedAndAnsweredInOrder) {
  const std::string session = OpenSession();
  common::Caller caller{.principal = "ann", .sites = {"main"}, .station = "dock-1"};
  const auto send = [&](const std::string& serial) {
    v1::Command command;
    command.mutable_record_scan()->set_session(session);
    command.mutable_record_scan()->set_request_id(common::NewUuidV7());
    command.mutable_record_scan()->mutable_understanding()->set_serial(serial);
    absl::Notification answered;
    v1::CommandResult answer;
    server_->service()->Send(caller, std::move(command), [&](v1::CommandResult result) {
      answer = std::move(result);
      answered.Notify();
    });
    answered.WaitForNotification();
    return answer;
  };
  const auto reason = [](const v1::CommandResult& result) {
    return common::ReasonOf(common::FromRpcStatus(result.error()));
  };
  EXPECT_EQ(reason(send("S-1")), "PERMISSION_DENIED") << "no role";
  caller.roles.Add(common::v1::ROLE_AUDITOR);
  EXPECT_EQ(reason(send("S-1")), "PERMISSION_DENIED") << "a role that may not scan";
  caller.roles.Add(common::v1::ROLE_DOCK);
  const auto first = send("S-1");
  EXPECT_EQ(first.record_scan().scan().outcome(), v1::SCAN_OUTCOME_BOOKED) << first.DebugString();
  EXPECT_EQ(send("S-1").record_scan().scan().outcome(), v1::SCAN_OUTCOME_DUPLICATE);
  caller.sites = {"other"};
  EXPECT_EQ(reason(send("S-2")), "SITE_DENIED");
  host_->SetReady(v1::InventoryService::service_full_name(), false);
  EXPECT_EQ(reason(send("S-2")), "UNAVAILABLE");
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
