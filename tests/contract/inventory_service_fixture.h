// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_CONTRACT_INVENTORY_SERVICE_FIXTURE_H_
#define LOOPDOCK_TESTS_CONTRACT_INVENTORY_SERVICE_FIXTURE_H_

// Inventory behind a real gRPC server in this process, on a driver by name, and short ways to call
// it. What is on the disk outlives Stop and Start.

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

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

using Stub = v1::InventoryService::Stub;

class ServiceFixture : public testing::Test {
 protected:
  explicit ServiceFixture(std::string driver) : driver_(std::move(driver)) {}

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
    options.driver = driver_;
    options.clock = clock_;
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

  const std::string driver_;
  const common::Clock* clock_ = nullptr;  // of the record; the system's if null
  common::Config config_;
  std::string folder_;
  std::string token_;
  std::unique_ptr<common::Host> host_;
  std::unique_ptr<InventoryServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<Stub> stub_;
};

// Sends one request of any method; the bytes of the answer are for who wants them.
inline absl::Status SendAny(const std::shared_ptr<grpc::Channel>& channel,
                            grpc::ClientContext* context,
                            const google::protobuf::MethodDescriptor& method,
                            const google::protobuf::Message& request,
                            std::string* answer = nullptr) {
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
  std::vector<grpc::Slice> slices;
  if (answer != nullptr && status.ok() && response.Dump(&slices).ok()) {
    answer->clear();
    for (const grpc::Slice& part : slices) {
      answer->append(reinterpret_cast<const char*>(part.begin()), part.size());
    }
  }
  return common::FromGrpc(status);
}

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_TESTS_CONTRACT_INVENTORY_SERVICE_FIXTURE_H_
