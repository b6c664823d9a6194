// SPDX-License-Identifier: Apache-2.0
// Commands through the generic methods of a real server: a stream in order with many unanswered, a
// batch, and the role that each command's own method asks for.
#include <gtest/gtest.h>

#include <thread>

#include "services/common/rpc_status.h"
#include "tests/contract/inventory_service_fixture.h"

namespace loopdock::inventory {
namespace {

class CommandsTest : public ServiceFixture {
 protected:
  CommandsTest() : ServiceFixture("rocksdb") {}

  static v1::Command ScanCommand(const std::string& session, const std::string& serial) {
    v1::Command command;
    v1::RecordScanRequest* scan = command.mutable_record_scan();
    scan->set_session(session);
    scan->set_request_id(common::NewUuidV7());
    scan->mutable_understanding()->set_serial(serial);
    return command;
  }
};

TEST_F(CommandsTest, AStreamIsAppliedAndAnsweredInOrder) {
  constexpr int kCount = 1500;
  const std::string session = OpenSession();
  grpc::ClientContext context;
  Prepare(context);
  auto stream = stub_->StreamCommands(&context);
  std::vector<std::string> sent;
  std::thread writer([&] {
    for (int i = 0; i < kCount; ++i) {
      v1::StreamCommandsRequest request;
      *request.mutable_command() = ScanCommand(session, "S-" + std::to_string(i));
      sent.push_back(request.command().record_scan().request_id());
      if (!stream->Write(request)) break;
    }
    stream->WritesDone();
  });
  std::vector<v1::CommandResult> results;
  v1::StreamCommandsResponse response;
  int messages = 0;
  while (stream->Read(&response)) {
    ++messages;
    for (v1::CommandResult& result : *response.mutable_results()) results.push_back(result);
  }
  writer.join();
  EXPECT_TRUE(stream->Finish().ok());
  ASSERT_EQ(results.size(), sent.size());
  EXPECT_LE(messages, kCount);
  for (size_t i = 0; i < results.size(); ++i) {
    EXPECT_EQ(results[i].request_id(), sent[i]);
    ASSERT_EQ(results[i].record_scan().scan().outcome(), v1::SCAN_OUTCOME_BOOKED) << i;
    if (i == 0) continue;
    EXPECT_EQ(results[i].record_scan().sequence(), results[i - 1].record_scan().sequence() + 1);
  }
}

TEST_F(CommandsTest, ARefusedCommandIsAnsweredInItsPlaceAndTheStreamGoesOn) {
  const std::string session = OpenSession();
  grpc::ClientContext context;
  Prepare(context);
  auto stream = stub_->StreamCommands(&context);
  std::vector<v1::Command> commands = {
      ScanCommand(session, "S-1"), ScanCommand("sites/main/sessions/none", "S-2"), v1::Command(),
      ScanCommand(session, "S-3"), ScanCommand(session, "S-4")};
  commands[3].mutable_record_scan()->set_request_id("x");
  for (const v1::Command& command : commands) {
    v1::StreamCommandsRequest request;
    *request.mutable_command() = command;
    ASSERT_TRUE(stream->Write(request));
  }
  stream->WritesDone();
  std::vector<std::string> reasons;
  v1::StreamCommandsResponse response;
  while (stream->Read(&response)) {
    for (const v1::CommandResult& result : response.results()) {
      reasons.push_back(common::ReasonOf(common::FromRpcStatus(result.error())));
    }
  }
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(reasons, (std::vector<std::string>{"", "RESOURCE_NOT_FOUND", "INVALID_FIELDS",
                                               "REQUEST_ID_INVALID", ""}));
}

TEST_F(CommandsTest, EachCommandNeedsTheRoleOfItsOwnMethod) {
  // A service may record an inspection, but change no site.
  v1::ExecuteBatchRequest batch;
  batch.set_site("sites/main");
  batch.set_request_id(common::NewUuidV7());
  batch.set_mode(v1::BATCH_MODE_BEST_EFFORT);
  v1::RecordInspectionRequest* inspection = batch.add_commands()->mutable_record_inspection();
  inspection->set_name("sites/main/assets/none");
  inspection->mutable_summary()->set_inspection("sites/main/inspections/1");
  inspection->mutable_summary()->set_version(1);
  inspection->mutable_summary()->set_cosmetic(v1::COSMETIC_C4);
  batch.add_commands()->mutable_update_site()->mutable_site()->set_name("sites/main");
  grpc::ClientContext context;
  Prepare(context, /*as_service=*/true);
  v1::ExecuteBatchResponse response;
  const absl::Status executed = common::FromGrpc(stub_->ExecuteBatch(&context, batch, &response));
  ASSERT_TRUE(executed.ok()) << executed;
  ASSERT_EQ(response.results_size(), 2);
  EXPECT_EQ(common::ReasonOf(common::FromRpcStatus(response.results(0).error())),
            "RESOURCE_NOT_FOUND");
  EXPECT_EQ(common::ReasonOf(common::FromRpcStatus(response.results(1).error())),
            "PERMISSION_DENIED");
  EXPECT_EQ(response.refused_count(), 2);
}

}  // namespace
}  // namespace loopdock::inventory
