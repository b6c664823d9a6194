// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/commands_bench.h"

#include <algorithm>
#include <filesystem>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/cpp/connection.h"
#include "loopdock/bench/v1/raw.grpc.pb.h"
#include "loopdock/intake/v1/intake.grpc.pb.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"
#include "services/common/grpc_status.h"
#include "services/common/ids.h"
#include "services/storage/rocksdb_driver.h"
#include "tests/bench/bench_server.h"
#include "tests/bench/big_store.h"
#include "tests/bench/load.h"
#include "tests/bench/raw_service.h"
#include "tests/bench/raw_write.h"
#include "tests/bench/stream_load.h"

namespace loopdock::bench {

absl::StatusOr<std::unique_ptr<BenchServer>> StartServer(const BenchOptions& options,
                                                         const std::string& services) {
  std::vector<std::string> flags = {"--services=" + services};
  if (services != "inventory") flags.emplace_back("--vision-workers=1");
  return BenchServer::Start(options.directory, options.big_store, "loopdockd", std::move(flags));
}

absl::StatusOr<std::unique_ptr<BenchServer>> StartRaw(const BenchOptions& options) {
  return BenchServer::Start(options.directory, "", "loopdock-bench-raw", {});
}

v1::PutRequest RawRequest(const CommandBytes& bytes) {
  v1::PutRequest request;
  request.set_request_id(common::NewUuidV7());
  request.set_row_bytes(bytes.row);
  request.set_response_bytes(bytes.response);
  const auto so_far = static_cast<std::int64_t>(request.ByteSizeLong()) + 3;
  if (bytes.request > so_far) {
    request.set_payload(std::string(static_cast<size_t>(bytes.request - so_far), 'p'));
  }
  return request;
}

absl::Status IsStored(const v1::PutResponse& response) {
  if (!response.payload().empty()) return absl::OkStatus();
  return absl::InternalError("the yardstick refused a row");
}

std::vector<absl::Status> AreScanned(const intake::v1::ScanResponse& response) {
  const auto outcome = [](const intake::v1::ScanResponse& scan) {
    const absl::Status refusal = common::FromRpcStatus(scan.error());
    return refusal.ok() ? IsBooked(scan.outcome()) : refusal;
  };
  std::vector<absl::Status> outcomes = {outcome(response)};
  for (const intake::v1::ScanResponse& more : response.more()) outcomes.push_back(outcome(more));
  return outcomes;
}

absl::StatusOr<LoadResult> DomainInproc(const BenchOptions& options, const LoadOptions& load) {
  const std::string folder = options.directory + "/inproc";
  if (!options.big_store.empty()) {
    if (auto linked = LinkStore(options.big_store, folder); !linked.ok()) return linked;
  }
  absl::StatusOr<LoadResult> result;
  {
    auto record = OpenLocalRecord(folder);
    if (!record.ok()) return record.status();
    result = BookInProcess(*record, load);
  }
  RemoveStore(folder);
  return result;
}

namespace {

using inventory::v1::InventoryService;

constexpr size_t kStreamWindow = 32;

// One unary call with what must live as long as it.
template <typename Request, typename Response>
struct UnaryCall {
  grpc::ClientContext context;
  Request request;
  Response response;
};

absl::StatusOr<LoadResult> DomainUnary(const BenchOptions& options, const LoadOptions& load) {
  auto server = StartServer(options, "inventory");
  if (!server.ok()) return server.status();
  return BookUnary((*server)->connection(), load);
}

absl::StatusOr<LoadResult> RawUnary(const BenchOptions& options, const LoadOptions& load) {
  auto server = StartRaw(options);
  if (!server.ok()) return server.status();
  const client::Connection& connection = (*server)->connection();
  const auto stub = v1::RawService::NewStub(connection.channel());
  return RunLoad(load, [&](int, const Answer& answer) {
    auto call = std::make_shared<UnaryCall<v1::PutRequest, v1::PutResponse>>();
    connection.Authorize(call->context);
    call->request = RawRequest(options.bytes);
    stub->async()->Put(&call->context, &call->request, &call->response,
                       [call, answer](const grpc::Status& status) {
                         answer(status.ok() ? IsStored(call->response) : common::FromGrpc(status));
                       });
  });
}

// So many stations, each with a stream and a channel of its own.
template <typename Request, typename Response, typename Open>
absl::StatusOr<LoadResult> RunStreams(
    const client::Connection& connection, const LoadOptions& load, const Open& open,
    std::function<Request()> make,
    std::function<std::vector<absl::Status>(const Response&)> judge) {
  using Lane = StreamLane<Request, Response>;
  const auto lanes = static_cast<size_t>(load.in_flight);
  std::vector<std::unique_ptr<client::Connection>> stations;
  for (size_t i = 0; i < lanes; ++i) {
    auto station = client::Connection::Create(connection.options());
    if (!station.ok()) return station.status();
    stations.push_back(*std::move(station));
  }
  LoadMeter meter(load, load.in_flight);
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<Lane>> all;
  for (size_t i = 0; i < lanes; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    stations[i]->Authorize(*contexts.back());
    all.push_back(std::make_unique<Lane>(&meter, static_cast<int>(i), kStreamWindow, make, judge));
    open(*stations[i], contexts.back().get(), all.back().get());
    all.back()->Begin();
  }
  auto result = meter.Finish();
  for (auto& station : stations) Keep(std::move(station));
  return result;
}

std::vector<absl::Status> AreBooked(const inventory::v1::StreamCommandsResponse& response) {
  std::vector<absl::Status> outcomes;
  for (const inventory::v1::CommandResult& result : response.results()) {
    const absl::Status refusal = common::FromRpcStatus(result.error());
    outcomes.push_back(refusal.ok() ? IsBooked(result.record_scan().scan().outcome()) : refusal);
  }
  return outcomes;
}

absl::StatusOr<LoadResult> DomainStreams(const BenchOptions& options, const LoadOptions& load) {
  auto server = StartServer(options, "inventory");
  if (!server.ok()) return server.status();
  const client::Connection& connection = (*server)->connection();
  const auto session = OpenBenchSession(connection);
  if (!session.ok()) return session.status();
  ScanMaker maker(*session);
  std::vector<std::unique_ptr<InventoryService::Stub>> stubs;
  return RunStreams<inventory::v1::StreamCommandsRequest, inventory::v1::StreamCommandsResponse>(
      connection, load,
      [&](const client::Connection& station, grpc::ClientContext* context, auto* lane) {
        stubs.push_back(InventoryService::NewStub(station.channel()));
        stubs.back()->async()->StreamCommands(context, lane);
      },
      [&] {
        inventory::v1::StreamCommandsRequest request;
        *request.mutable_command()->mutable_record_scan() = maker.Command();
        return request;
      },
      AreBooked);
}

// Calls with so many scans each; a call counts as one answer, and its rows are counted at the end.
absl::StatusOr<LoadResult> DomainBulk(const BenchOptions& options, const LoadOptions& load,
                                      int rows) {
  auto server = StartServer(options, "inventory");
  if (!server.ok()) return server.status();
  const client::Connection& connection = (*server)->connection();
  const auto session = OpenBenchSession(connection);
  if (!session.ok()) return session.status();
  const auto stub = InventoryService::NewStub(connection.channel());
  ScanMaker maker(*session);
  auto result = RunLoad(load, [&](int, const Answer& answer) {
    using Call = UnaryCall<inventory::v1::ExecuteBatchRequest, inventory::v1::ExecuteBatchResponse>;
    auto call = std::make_shared<Call>();
    connection.Authorize(call->context);
    call->request.set_site("sites/main");
    call->request.set_request_id(common::NewUuidV7());
    call->request.set_mode(inventory::v1::BATCH_MODE_BEST_EFFORT);
    for (int i = 0; i < rows; ++i) {
      *call->request.add_commands()->mutable_record_scan() = maker.Command();
    }
    stub->async()->ExecuteBatch(
        &call->context, &call->request, &call->response,
        [call, answer](const grpc::Status& status) {
          absl::Status outcome = common::FromGrpc(status);
          for (const inventory::v1::CommandResult& row : call->response.results()) {
            if (outcome.ok()) outcome = common::FromRpcStatus(row.error());
            if (outcome.ok()) outcome = IsBooked(row.record_scan().scan().outcome());
          }
          answer(outcome);
        });
  });
  if (result.ok()) result->per_second *= rows;
  return result;
}

absl::StatusOr<LoadResult> RawBulk(const BenchOptions& options, const LoadOptions& load, int rows) {
  auto server = StartRaw(options);
  if (!server.ok()) return server.status();
  const client::Connection& connection = (*server)->connection();
  const auto stub = v1::RawService::NewStub(connection.channel());
  auto result = RunLoad(load, [&](int, const Answer& answer) {
    auto call = std::make_shared<UnaryCall<v1::PutBatchRequest, v1::PutResponses>>();
    connection.Authorize(call->context);
    call->request.set_request_id(common::NewUuidV7());
    for (int i = 0; i < rows; ++i) *call->request.add_requests() = RawRequest(options.bytes);
    stub->async()->PutBatch(&call->context, &call->request, &call->response,
                            [call, answer](const grpc::Status& status) {
                              absl::Status outcome = common::FromGrpc(status);
                              for (const v1::PutResponse& row : call->response.responses()) {
                                if (outcome.ok()) outcome = IsStored(row);
                              }
                              answer(outcome);
                            });
  });
  if (result.ok()) result->per_second *= rows;
  return result;
}

absl::StatusOr<LoadResult> IntakeStreams(const BenchOptions& options, LoadOptions load) {
  // Its picture worker, which no line needs, takes a while to load.
  load.warm_up = std::max(load.warm_up, absl::Seconds(1));
  auto server = StartServer(options, "inventory,grading,intake");
  if (!server.ok()) return server.status();
  const client::Connection& connection = (*server)->connection();
  const auto session = OpenBenchSession(connection);
  if (!session.ok()) return session.status();
  ScanMaker maker(*session);
  std::vector<std::unique_ptr<intake::v1::IntakeService::Stub>> stubs;
  return RunStreams<intake::v1::ScanRequest, intake::v1::ScanResponse>(
      connection, load,
      [&](const client::Connection& station, grpc::ClientContext* context, auto* lane) {
        stubs.push_back(intake::v1::IntakeService::NewStub(station.channel()));
        stubs.back()->async()->Scan(context, lane);
      },
      [&] { return maker.Line(); }, AreScanned);
}

absl::StatusOr<LoadResult> RawStreams(const BenchOptions& options, const LoadOptions& load) {
  auto server = StartRaw(options);
  if (!server.ok()) return server.status();
  std::vector<std::unique_ptr<v1::RawService::Stub>> stubs;
  return RunStreams<v1::PutRequest, v1::PutResponses>(
      (*server)->connection(), load,
      [&](const client::Connection& station, grpc::ClientContext* context, auto* lane) {
        stubs.push_back(v1::RawService::NewStub(station.channel()));
        stubs.back()->async()->PutStream(context, lane);
      },
      [&] { return RawRequest(options.bytes); },
      [](const v1::PutResponses& responses) {
        std::vector<absl::Status> outcomes;
        for (const v1::PutResponse& response : responses.responses()) {
          outcomes.push_back(IsStored(response));
        }
        return outcomes;
      });
}

std::string Latencies(const LoadResult& ours, const LoadResult& raw) {
  const auto us = [](absl::Duration time) { return absl::StrCat(absl::ToInt64Microseconds(time)); };
  return absl::StrCat("p50/p99 us ", us(ours.p50), "/", us(ours.p99), ", baseline ", us(raw.p50),
                      "/", us(raw.p99));
}

using Half = std::function<absl::StatusOr<LoadResult>(const BenchOptions&, const LoadOptions&)>;

// The halves of a pair right after one another, the order turned round each time.
absl::StatusOr<Measured> MeasurePairs(const BenchOptions& options, int in_flight, std::string name,
                                      const Half& ours, const Half& raw) {
  LoadOptions load;
  load.in_flight = in_flight;
  load.duration = options.duration;
  std::vector<Pair> pairs;
  std::string note;
  for (int i = 0; i < options.pairs; ++i) {
    absl::StatusOr<LoadResult> value, baseline;
    if (i % 2 == 1) baseline = raw(options, load);
    value = ours(options, load);
    if (i % 2 == 0) baseline = raw(options, load);
    if (!value.ok()) return value.status();
    if (!baseline.ok()) return baseline.status();
    pairs.push_back({value->per_second, baseline->per_second});
    note = absl::StrCat(Latencies(*value, *baseline), value->note, baseline->note);
  }
  return FromPairs(std::move(name), "commands/s", std::move(pairs), note);
}

absl::StatusOr<LoadResult> RawInproc(const BenchOptions& options, const LoadOptions& load) {
  const std::string folder = options.directory + "/inproc-raw";
  absl::StatusOr<LoadResult> result;
  {
    auto store = storage::MakeRocksDbDriver()->Open(folder, RawStoreOptions());
    if (!store.ok()) return store.status();
    storage::Committer committer(store->get(), {});
    std::uint64_t next_key = 0;
    const CpuMeter cpu;
    result = RunLoad(load, [&](int, const Answer& answer) {
      const absl::Status submitted = committer.Submit(
          std::make_unique<RawCommand>(&next_key, static_cast<size_t>(options.bytes.row), answer));
      if (!submitted.ok()) answer(submitted);
    });
    if (result.ok()) {
      result->note = absl::StrFormat("; baseline CPU %.1f", cpu.PerCommand(committer));
    }
  }
  std::filesystem::remove_all(folder);
  return result;
}

}  // namespace

absl::StatusOr<Measured> UnaryCommands(const BenchOptions& options, int in_flight) {
  return MeasurePairs(options, in_flight,
                      absl::StrCat("commands/unary/", in_flight, "/", options.fill), DomainUnary,
                      RawUnary);
}

absl::StatusOr<Measured> StreamCommands(const BenchOptions& options, int stations) {
  return MeasurePairs(options, stations,
                      absl::StrCat("commands/stream/", stations, "/", options.fill), DomainStreams,
                      RawStreams);
}

absl::StatusOr<Measured> IntakeScans(const BenchOptions& options, int stations) {
  return MeasurePairs(options, stations,
                      absl::StrCat("commands/intake/", stations, "/", options.fill), IntakeStreams,
                      RawStreams);
}

absl::StatusOr<Measured> BulkCommands(const BenchOptions& options, int rows) {
  constexpr int kCallsInFlight = 2;
  const auto ours = [rows](const BenchOptions& bench, const LoadOptions& load) {
    return DomainBulk(bench, load, rows);
  };
  const auto raw = [rows](const BenchOptions& bench, const LoadOptions& load) {
    return RawBulk(bench, load, rows);
  };
  return MeasurePairs(options, kCallsInFlight,
                      absl::StrCat("commands/bulk/", rows, "/", options.fill), ours, raw);
}

absl::StatusOr<Measured> InprocCommands(const BenchOptions& options, int in_flight) {
  return MeasurePairs(options, in_flight,
                      absl::StrCat("commands/inproc/", in_flight, "/", options.fill), DomainInproc,
                      RawInproc);
}

absl::StatusOr<Measured> RawCommands(const BenchOptions& options, int in_flight) {
  const auto plain = [](const BenchOptions& bench,
                        const LoadOptions& load) -> absl::StatusOr<LoadResult> {
    const auto written = MeasureRawWrites(bench.directory + "/plain", load.in_flight,
                                          static_cast<size_t>(bench.bytes.row), load.duration);
    if (!written.ok()) return written.status();
    return LoadResult{written->writes, written->writes_per_second, written->p50, written->p99, ""};
  };
  return MeasurePairs(options, in_flight, absl::StrCat("raw/unary/", in_flight), RawUnary, plain);
}

}  // namespace loopdock::bench
