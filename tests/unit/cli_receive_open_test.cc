// SPDX-License-Identifier: Apache-2.0
// How a receiving terminal comes by its session, with an inventory that has two loads.
#include <gmock/gmock.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "clients/cli/loads.h"
#include "clients/cli/receive_open.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"
#include "services/common/fileio.h"
#include "services/common/grpc_status.h"
#include "services/common/status.h"

namespace loopdock::cli {
namespace {

namespace inv = inventory::v1;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

grpc::Status Refused(absl::StatusCode code, const char* reason) {
  return common::ToGrpc(common::Error(code, reason, "No."));
}
grpc::Status NotThere() { return Refused(absl::StatusCode::kNotFound, "RESOURCE_NOT_FOUND"); }

// Loads by reference, sessions by name; one thread asks.
class FakeInventory final : public inv::InventoryService::Service {
 public:
  void AddLoad(const std::string& reference) {
    inv::Load load;
    load.set_name(absl::StrCat("sites/main/loads/", loads.size() + 1));
    load.set_external_ref(reference);
    load.set_supplier("parties/acme");
    load.set_bill_of_lading("1");
    loads.push_back(load);
  }
  grpc::Status GetLoad(grpc::ServerContext*, const inv::GetLoadRequest* request,
                       inv::Load* answer) override {
    for (const inv::Load& load : loads) {
      const bool is_this = request->name().empty()
                               ? load.external_ref() == request->external_ref() &&
                                     load.supplier() == request->supplier()
                               : load.name() == request->name();
      if (!is_this) continue;
      *answer = load;
      return grpc::Status::OK;
    }
    return NotThere();
  }
  grpc::Status CreateLoad(grpc::ServerContext*, const inv::CreateLoadRequest* request,
                          inv::Load* answer) override {
    AddLoad(request->load().external_ref());
    if (another_makes_it) return Refused(absl::StatusCode::kAlreadyExists, "EXTERNAL_REF_TAKEN");
    *answer = loads.back();
    return grpc::Status::OK;
  }
  grpc::Status Find(grpc::ServerContext*, const inv::FindRequest* request,
                    inv::FindResponse* answer) override {
    for (const inv::Load& load : loads) {
      if (load.external_ref() == request->value()) *answer->add_matches()->mutable_load() = load;
    }
    return grpc::Status::OK;
  }
  grpc::Status OpenSession(grpc::ServerContext*, const inv::OpenSessionRequest* request,
                           inv::ReceivingSession* answer) override {
    answer->set_name(absl::StrCat("sites/main/sessions/", sessions.size() + 1));
    answer->set_load(request->load());
    answer->set_supplier("parties/acme");
    answer->set_open(true);
    sessions.push_back(*answer);
    return grpc::Status::OK;
  }
  grpc::Status GetSession(grpc::ServerContext*, const inv::GetSessionRequest* request,
                          inv::ReceivingSession* answer) override {
    for (const inv::ReceivingSession& session : sessions) {
      if (session.name() != request->name()) continue;
      *answer = session;
      return grpc::Status::OK;
    }
    return NotThere();
  }
  grpc::Status GetReconciliation(grpc::ServerContext*, const inv::GetReconciliationRequest* request,
                                 inv::Reconciliation* answer) override {
    for (const inv::Load& load : loads) {
      if (load.name() == request->load()) *answer->mutable_load() = load;
    }
    return grpc::Status::OK;
  }
  grpc::Status ListScans(grpc::ServerContext*, const inv::ListScansRequest*,
                         inv::ListScansResponse*) override {
    return grpc::Status::OK;
  }

  std::vector<inv::Load> loads;
  std::vector<inv::ReceivingSession> sessions;
  bool another_makes_it = false;
};

class ReceiveOpenTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto folder = common::MakeTemporaryDirectory("open-test");
    ASSERT_TRUE(folder.ok()) << folder.status();
    folder_ = *folder;
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&inventory_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
    settings_.connect.address = absl::StrCat("127.0.0.1:", port);
    settings_.connect.token = "t";
    inventory_.AddLoad("LO");
    inventory_.AddLoad("OTHER");
  }
  void TearDown() override {
    if (server_ != nullptr) server_->Shutdown();
    std::filesystem::remove_all(folder_);
  }
  // What a terminal does that is started and left again; its journal is the only one.
  absl::StatusOr<ReceiveStart> Receive(ReceiveOptions options) {
    options.journal = folder_ + "/journal";
    const auto connection = settings_.Connect();
    if (!connection.ok()) return connection.status();
    auto start = OpenReceiving(settings_, options, **connection, **connection, &side_);
    if (start.ok()) side_.state = start->state;
    return start;
  }
  std::string How(const ReceiveOptions& options) {
    const auto start = Receive(options);
    if (!start.ok()) return std::string(start.status().message());
    return absl::StrCat(start->how, " ", start->state.session.substr(11));
  }

  std::string folder_;
  FakeInventory inventory_;
  std::unique_ptr<grpc::Server> server_;
  Settings settings_;
  ReceiveSide side_;
};

TEST_F(ReceiveOpenTest, TheSameLoadGoesOnHoweverItIsSaid) {
  EXPECT_EQ(How({.load = "LO", .supplier = "acme", .bill_of_lading = "1"}), "opened sessions/1");
  side_.state.open.emplace_back().number = 7;
  EXPECT_EQ(How({.load = "LO"}), "resumed sessions/1");
  EXPECT_EQ(How({.load = "LO", .supplier = "acme"}), "resumed sessions/1");
  EXPECT_EQ(How({.load = "1"}), "resumed sessions/1");
  EXPECT_EQ(How({.load = "sites/main/loads/1"}), "resumed sessions/1");
  EXPECT_EQ(How({.load = "LO", .supplier = "acme", .bill_of_lading = "1"}), "resumed sessions/1");
  EXPECT_EQ(How({}), "resumed sessions/1");
  EXPECT_EQ(inventory_.sessions.size(), 1U);
  EXPECT_EQ(side_.state.open.size(), 1U) << "questions outlive it";
  server_->Shutdown();
  EXPECT_EQ(How({.load = "LO"}), "offline sessions/1");
  EXPECT_EQ(How({.load = "LO", .supplier = "acme"}), "offline sessions/1");
  EXPECT_THAT(How({.load = "LO", .supplier = "zeta"}), HasSubstr("does not answer"));
}

TEST_F(ReceiveOpenTest, WhatALoadIsNotIsSaid) {
  const auto start = Receive({.load = "LO", .bill_of_lading = "2", .manifest = "claim.csv"});
  EXPECT_THAT(start.status().message(), HasSubstr("claim.csv")) << "there is no such file";
  const auto opened = Receive({.load = "LO", .bill_of_lading = "1"});
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_THAT(opened->notes, IsEmpty());
  const auto again = Receive({.load = "LO", .bill_of_lading = "2", .manifest = "claim.csv"});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->how, "resumed");
  EXPECT_THAT(again->notes, ElementsAre(HasSubstr("loopdock load update 1 --bill-of-lading 2"),
                                        HasSubstr("NOT IMPORTED  claim.csv")));
}

TEST_F(ReceiveOpenTest, AnotherLoadsSessionIsNamedAndCanBeGoneOnWith) {
  EXPECT_EQ(How({.load = "LO"}), "opened sessions/1");
  const auto other = Receive({.load = "OTHER"});
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_EQ(other->state.session, "sites/main/sessions/2");
  EXPECT_THAT(other->notes, ElementsAre(HasSubstr("loopdock receive --session 1")));
  EXPECT_EQ(How({.session = "1"}), "resumed sessions/1");
  EXPECT_EQ(side_.state.load, "sites/main/loads/1");
  inventory_.sessions[1].set_open(false);
  EXPECT_THAT(How({.session = "2"}), HasSubstr("is closed: loopdock session show 2"));
  EXPECT_EQ(side_.state.session, "sites/main/sessions/1") << "the journal's is left alone";
  inventory_.sessions[0].set_open(false);
  EXPECT_THAT(How({}), HasSubstr("The journal's session is closed"));
  EXPECT_EQ(How({.load = "LO"}), "opened sessions/3");
}

TEST_F(ReceiveOpenTest, ALoadThatAnotherTerminalMadeMeanwhileIsThatOne) {
  inventory_.another_makes_it = true;
  EXPECT_EQ(How({.load = "NEW", .supplier = "acme"}), "opened sessions/1");
  EXPECT_EQ(side_.state.load, "sites/main/loads/3");
}

TEST_F(ReceiveOpenTest, AManifestWithoutAByteIsSaidToBeEmpty) {
  const std::string path = folder_ + "/empty.csv";
  ASSERT_TRUE(common::WriteFileAtomically(path, "").ok());
  EXPECT_THAT(How({.load = "LO", .manifest = path}), HasSubstr("empty.csv is empty."));
  EXPECT_THAT(inventory_.sessions, IsEmpty());
}

TEST(ProblemLineTest, LeavesOutWhatItDoesNotKnow) {
  intake::v1::ManifestProblem problem;
  problem.set_problem("is missing");
  EXPECT_EQ(ProblemLine("f.csv", problem), "f.csv: is missing");
  problem.set_line(5);
  EXPECT_EQ(ProblemLine("f.csv", problem), "f.csv:5: is missing");
  problem.set_column("Serial");
  problem.set_value("x");
  EXPECT_EQ(ProblemLine("f.csv", problem), "f.csv:5: Serial: is missing (x)");
}

}  // namespace
}  // namespace loopdock::cli
