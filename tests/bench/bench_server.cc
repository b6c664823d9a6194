// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/bench_server.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"
#include "services/common/fileio.h"
#include "services/common/grpc_status.h"
#include "tests/bench/big_store.h"

namespace loopdock::bench {
namespace {

using inventory::v1::InventoryService;

// Where the committer's threads spend a command.
std::string Stages(const storage::CommitterStats& stats, double cpu_us) {
  const auto us = [&](absl::Duration time) {
    return absl::StrFormat("%.1f", absl::ToDoubleMicroseconds(time) /
                                       static_cast<double>(std::max<uint64_t>(stats.commands, 1)));
  };
  return absl::StrCat("; us a command: fetch ", us(stats.fetch_time), " apply ",
                      us(stats.apply_time), " write ", us(stats.write_time), "; CPU ",
                      absl::StrFormat("%.1f", cpu_us));
}

}  // namespace

void Keep(std::unique_ptr<client::Connection> connection) {
  static auto* kept = new std::vector<std::unique_ptr<client::Connection>>();
  kept->push_back(std::move(connection));
}

absl::StatusOr<std::unique_ptr<BenchServer>> BenchServer::Start(const std::string& directory,
                                                                const std::string& store,
                                                                const std::string& program,
                                                                std::vector<std::string> flags) {
  std::unique_ptr<BenchServer> server(new BenchServer());
  server->folder_ = absl::StrCat(directory, "/", program);
  std::filesystem::remove_all(server->folder_);
  if (auto made = common::MakeDirectories(server->folder_); !made.ok()) return made;
  if (!store.empty()) {
    const absl::Status linked = LinkStore(store, server->folder_ + "/inventory");
    if (!linked.ok()) return linked;
  }
  flags.emplace_back("--log-level=warning");
  auto process = testing::ServerProcess::Start(server->folder_, flags, program);
  if (!process.ok()) return process.status();
  server->process_ = *std::move(process);
  client::ConnectOptions connect;
  connect.address = server->process_->address();
  connect.token_file = server->folder_ + "/admin.token";
  connect.station = "bench-1";
  auto connection = client::Connection::Create(connect);
  if (!connection.ok()) return connection.status();
  server->connection_ = *std::move(connection);
  return server;
}

BenchServer::~BenchServer() {
  Keep(std::move(connection_));
  if (process_ != nullptr) process_->Stop(SIGTERM);
  process_.reset();
  std::error_code error;
  std::filesystem::remove_all(folder_, error);
}

absl::StatusOr<std::string> OpenBenchSession(const client::Connection& connection) {
  const auto stub = InventoryService::NewStub(connection.channel());
  inventory::v1::Load load;
  const auto load_request = NewLoad();
  absl::Status status = connection.Call([&](grpc::ClientContext& context) {
    return stub->CreateLoad(&context, load_request, &load);
  });
  if (!status.ok()) return status;
  inventory::v1::ReceivingSession session;
  const auto session_request = NewSession(load.name());
  status = connection.Call([&](grpc::ClientContext& context) {
    return stub->OpenSession(&context, session_request, &session);
  });
  if (!status.ok()) return status;
  return session.name();
}

absl::StatusOr<LoadResult> BookUnary(const client::Connection& connection,
                                     const LoadOptions& load) {
  struct Call {
    grpc::ClientContext context;
    inventory::v1::RecordScanRequest request;
    inventory::v1::RecordScanResponse response;
  };
  const auto session = OpenBenchSession(connection);
  if (!session.ok()) return session.status();
  const auto stub = InventoryService::NewStub(connection.channel());
  ScanMaker maker(*session);
  return RunLoad(load, [&](int, const Answer& answer) {
    auto call = std::make_shared<Call>();
    connection.Authorize(call->context);
    call->request = maker.Command();
    stub->async()->RecordScan(&call->context, &call->request, &call->response,
                              [call, answer](const grpc::Status& status) {
                                answer(status.ok() ? IsBooked(call->response.scan().outcome())
                                                   : common::FromGrpc(status));
                              });
  });
}

absl::StatusOr<LoadResult> BookInProcess(LocalRecord& record, const LoadOptions& load) {
  using inventory::v1::RecordScanRequest;
  using inventory::v1::RecordScanResponse;
  ScanMaker maker(record.session);
  const inventory::Sender sender{"bench", "bench-1"};
  std::vector<RecordScanRequest> requests(static_cast<size_t>(load.in_flight));
  std::vector<RecordScanResponse> responses(static_cast<size_t>(load.in_flight));
  const CpuMeter cpu;
  auto result = RunLoad(load, [&](int lane, const Answer& answer) {
    RecordScanRequest& request = requests[static_cast<size_t>(lane)];
    RecordScanResponse& response = responses[static_cast<size_t>(lane)];
    request = maker.Command();
    response.Clear();
    record.inventory->Submit(sender, request, &response,
                             [&response, answer](const absl::Status& status) {
                               answer(status.ok() ? IsBooked(response.scan().outcome()) : status);
                             });
  });
  if (result.ok())
    result->note = Stages(record.inventory->committer().stats(),
                          cpu.PerCommand(record.inventory->committer()));
  return result;
}

}  // namespace loopdock::bench
