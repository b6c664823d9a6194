// SPDX-License-Identifier: Apache-2.0
// Every method of every service of ours, called at a real loopdockd: refused without a token, with
// an unknown one and with each wrong role; let in with each right one. The services are those that
// stand in protos/, so that a new one cannot be forgotten.
#include "services/common/guard.h"

#include <google/protobuf/descriptor.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <loopdock/common/v1/admin.pb.h>
#include <loopdock/grading/v1/evidence_service.pb.h>
#include <loopdock/grading/v1/grading.pb.h>
#include <loopdock/grading/v1/results.pb.h>
#include <loopdock/grading/v1/stations.pb.h>
#include <loopdock/intake/v1/intake.pb.h>
#include <loopdock/inventory/v1/inventory_service.pb.h>
#include <loopdock/routing/v1/routing.pb.h>
#include <loopdock/traceability/v1/traceability.pb.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <regex>

#include "absl/strings/str_cat.h"
#include "services/common/fileio.h"
#include "services/common/grpc_status.h"
#include "services/common/hash.h"
#include "services/common/principals.h"
#include "services/common/status.h"
#include "tests/integration/server_process.h"

namespace loopdock::common {
namespace {

namespace fs = std::filesystem;
using google::protobuf::MethodDescriptor;

// The full names of the services in protos/loopdock.
std::vector<std::string> ServicesOfProtos() {
  // Keeps the generated code of each file in this program.
  for (const auto* descriptor :
       {v1::ListBackupsRequest::descriptor(), grading::v1::StatRequest::descriptor(),
        grading::v1::InspectRequest::descriptor(), grading::v1::ImportResultsRequest::descriptor(),
        grading::v1::CalibrateStationRequest::descriptor(), intake::v1::ScanRequest::descriptor(),
        inventory::v1::GetAssetRequest::descriptor(), routing::v1::WhatIfRequest::descriptor(),
        traceability::v1::GetRecordRequest::descriptor()}) {
    EXPECT_NE(descriptor, nullptr);
  }
  const char* root = std::getenv("LOOPDOCK_SOURCE_DIR");
  EXPECT_NE(root, nullptr) << "LOOPDOCK_SOURCE_DIR is not set";
  std::vector<std::string> services;
  if (root == nullptr) return services;
  const std::regex package_line("(?:^|\n)package ([a-z0-9_.]+);");
  const std::regex service_line("(?:^|\n)service (\\w+)");
  for (const auto& entry :
       fs::recursive_directory_iterator(absl::StrCat(root, "/protos/loopdock"))) {
    if (entry.path().extension() != ".proto") continue;
    const std::string text = *ReadFile(entry.path().string());
    std::smatch package;
    if (!std::regex_search(text, package, package_line)) continue;
    for (std::sregex_iterator match(text.begin(), text.end(), service_line), end; match != end;
         ++match) {
      services.push_back(absl::StrCat(package[1].str(), ".", (*match)[1].str()));
    }
  }
  return services;
}

std::vector<v1::Role> AllRoles() {
  std::vector<v1::Role> roles;
  for (int number = v1::Role_MIN + 1; number <= v1::Role_MAX; ++number) {
    if (v1::Role_IsValid(number)) roles.push_back(static_cast<v1::Role>(number));
  }
  return roles;
}

class GuardIntegrationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = *MakeTemporaryDirectory("loopdock-guard-integration");
    std::string principals;
    for (const v1::Role role : AllRoles()) {
      const std::string name = RoleName(role);
      absl::StrAppend(&principals, "[[principal]]\nname = \"", name, "\"\nroles = [\"", name,
                      "\"]\nsites = [\"*\"]\ntoken_sha256 = \"", Sha256Hex(Token(role)), "\"\n");
    }
    ASSERT_TRUE(WriteFileAtomically(folder_ + "/principals.toml", principals, 0600).ok());
    ASSERT_TRUE(
        WriteFileAtomically(folder_ + "/service.token", Token(v1::ROLE_SERVICE), 0600).ok());
    auto server = testing::ServerProcess::Start(folder_, {"--vision-workers=1"});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    channel_ = grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
  }

  void TearDown() override {
    server_.reset();
    fs::remove_all(folder_);
  }

  static std::string Token(v1::Role role) { return absl::StrCat("token-of-", RoleName(role)); }

  // One empty message to any method, whatever its kind.
  absl::Status Call(const MethodDescriptor& method, const std::string& authorization) {
    grpc::GenericStub stub(channel_);
    grpc::ClientContext context;
    if (!authorization.empty()) context.AddMetadata("authorization", authorization);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    grpc::CompletionQueue queue;
    const std::string path = absl::StrCat("/", method.service()->full_name(), "/", method.name());
    auto call = stub.PrepareCall(&context, path, &queue);
    const auto next = [&queue] {
      void* tag = nullptr;
      bool ok = false;
      return queue.Next(&tag, &ok) && ok;
    };
    call->StartCall(nullptr);
    next();
    grpc::Slice nothing;
    call->WriteLast(grpc::ByteBuffer(&nothing, 1), grpc::WriteOptions(), nullptr);
    next();
    grpc::ByteBuffer answer;
    do {
      call->Read(&answer, nullptr);
    } while (next());
    grpc::Status status;
    call->Finish(&status, nullptr);
    next();
    return FromGrpc(status);
  }

  void CheckMethod(const MethodDescriptor& method) {
    SCOPED_TRACE(method.full_name());
    const auto rule = RuleOf(method);
    ASSERT_TRUE(rule.ok()) << rule.status();
    EXPECT_EQ(ReasonOf(Call(method, "")), "UNAUTHENTICATED");
    EXPECT_EQ(ReasonOf(Call(method, "Bearer nobody")), "UNAUTHENTICATED");
    for (const v1::Role role : AllRoles()) {
      SCOPED_TRACE(RoleName(role));
      const absl::Status status = Call(method, absl::StrCat("Bearer ", Token(role)));
      if (rule->roles.Has(role)) {
        EXPECT_NE(ReasonOf(status), "UNAUTHENTICATED");
        EXPECT_NE(ReasonOf(status), "PERMISSION_DENIED");
        for (const auto code :
             {absl::StatusCode::kInternal, absl::StatusCode::kUnknown,
              absl::StatusCode::kUnimplemented, absl::StatusCode::kDataLoss,
              absl::StatusCode::kDeadlineExceeded, absl::StatusCode::kUnavailable}) {
          EXPECT_NE(status.code(), code) << status;
        }
        if (rule->write && !method.server_streaming()) {
          EXPECT_EQ(ReasonOf(status), "REQUEST_ID_INVALID") << status;
        }
      } else {
        EXPECT_EQ(ReasonOf(status), "PERMISSION_DENIED") << status;
      }
    }
  }

  std::string folder_;
  std::unique_ptr<testing::ServerProcess> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(GuardIntegrationTest, EveryMethodIsGuarded) {
  int methods = 0;
  for (const std::string& name : ServicesOfProtos()) {
    const auto* service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
    ASSERT_NE(service, nullptr) << name << " is not in this test: include its header";
    for (int i = 0; i < service->method_count(); ++i) {
      CheckMethod(*service->method(i));
      ++methods;
    }
  }
  EXPECT_GT(methods, 50);
  const int status = server_->Stop(SIGTERM);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << server_->Log();
}

}  // namespace
}  // namespace loopdock::common
