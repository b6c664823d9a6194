// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/commands_bench.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <csignal>
#include <filesystem>
#include <memory>

#include "absl/strings/str_cat.h"
#include "clients/cpp/connection.h"
#include "loopdock/bench/v1/raw.grpc.pb.h"
#include "loopdock/intake/v1/intake.grpc.pb.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"
#include "services/common/fileio.h"
#include "services/common/grpc_status.h"
#include "services/common/ids.h"
#include "services/storage/rocksdb_driver.h"
#include "tests/bench/load.h"
#include "tests/bench/raw_service.h"
#include "tests/bench/raw_write.h"
#include "tests/bench/stream_load.h"
#include "tests/integration/server_process.h"

namespace loopdock::bench {
namespace {

using inventory::v1::InventoryService;

constexpr size_t kStreamWindow = 32;

// gRPC 1.51 ends the threads of its callbacks with the last channel that uses them and may crash
// when the next one comes at that moment: channels are kept to the end of the process.
void Keep(std::unique_ptr<client::Connection> connection) {
  static auto* kept = new std::vector<std::unique_ptr<client::Connection>>();
  kept->push_back(std::move(connection));
}

// One server process on an empty folder, and a connection to it as admin.
class BenchServer {
 public:
  static absl::StatusOr<std::unique_ptr<BenchServer>> Start(const BenchOptions& options,
                                                            const std::string& program,
                                                            std::vector<std::string> flags) {
    std::unique_ptr<BenchServer> server(new BenchServer());
    server->folder_ = absl::StrCat(options.directory, "/", program);
    std::filesystem::remove_all(server->folder_);
    if (auto made = common::MakeDirectories(server->folder_); !made.ok()) return made;
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

  ~BenchServer() {
    Keep(std::move(connection_));
    if (process_ != nullptr) process_->Stop(SIGTERM);
    process_.reset();
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
  }

  const client::Connection& connection() const { return *connection_; }

 private:
  BenchServer() = default;
  std::string folder_;
  std::unique_ptr<testing::ServerProcess> process_;
  std::unique_ptr<client::Connection> connection_;
};

// One unary call with what must live as long as it.
template <typename Request, typename Response>
struct UnaryCall {
  grpc::ClientContext context;
  Request request;
  Response response;
};

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

absl::StatusOr<LoadResult> DomainUnary(const BenchOptions& options, const LoadOptions& load) {
  auto server = BenchServer::Start(options, "loopdockd", {"--services=inventory"});
  if (!server.ok()) return server.status();
  const client::Connection& connection = (*server)->connection();
  const auto session = OpenBenchSession(connection);
  if (!session.ok()) return session.status();
  const auto stub = InventoryService::NewStub(connection.channel());
  ScanMaker maker(*session);
  return RunLoad(load, [&](int, const Answer& answer) {
    using Call = UnaryCall<inventory::v1::RecordScanRequest, inventory::v1::RecordScanResponse>;
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

absl::StatusOr<LoadResult> RawUnary(const BenchOptions& options, const LoadOptions& load) {
  auto server = BenchServer::Start(options, "loopdock-bench-raw", {});
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
absl::StatusOr<LoadResult> RunStreams(const client::Connection& connection, const LoadOptions& load,
                                      const Open& open, std::function<Request()> make,
                                      std::function<absl::Status(const Response&)> judge) {
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

absl::StatusOr<LoadResult> DomainStreams(const BenchOptions& options, const LoadOptions& load) {
  auto server = BenchServer::Start(options, "loopdockd",
                                   {"--services=inventory,grading,intake", "--vision-workers=1"});
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
      [&] { return maker.Line(); },
      [](const intake::v1::ScanResponse& response) {
        const absl::Status refusal = common::FromRpcStatus(response.error());
        return refusal.ok() ? IsBooked(response.outcome()) : refusal;
      });
}

absl::StatusOr<LoadResult> RawStreams(const BenchOptions& options, const LoadOptions& load) {
  auto server = BenchServer::Start(options, "loopdock-bench-raw", {});
  if (!server.ok()) return server.status();
  std::vector<std::unique_ptr<v1::RawService::Stub>> stubs;
  return RunStreams<v1::PutRequest, v1::PutResponse>(
      (*server)->connection(), load,
      [&](const client::Connection& station, grpc::ClientContext* context, auto* lane) {
        stubs.push_back(v1::RawService::NewStub(station.channel()));
        stubs.back()->async()->PutStream(context, lane);
      },
      [&] { return RawRequest(options.bytes); }, IsStored);
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
    note = Latencies(*value, *baseline);
  }
  return FromPairs(std::move(name), "commands/s", std::move(pairs), note);
}

absl::StatusOr<LoadResult> DomainInproc(const BenchOptions& options, const LoadOptions& load) {
  using inventory::v1::RecordScanRequest;
  using inventory::v1::RecordScanResponse;
  const std::string folder = options.directory + "/inproc";
  absl::StatusOr<LoadResult> result;
  {
    auto record = OpenLocalRecord(folder);
    if (!record.ok()) return record.status();
    ScanMaker maker(record->session);
    const inventory::Sender sender{"bench", "bench-1"};
    std::vector<RecordScanRequest> requests(static_cast<size_t>(load.in_flight));
    std::vector<RecordScanResponse> responses(static_cast<size_t>(load.in_flight));
    result = RunLoad(load, [&](int lane, const Answer& answer) {
      RecordScanRequest& request = requests[static_cast<size_t>(lane)];
      RecordScanResponse& response = responses[static_cast<size_t>(lane)];
      request = maker.Command();
      response.Clear();
      record->inventory->Submit(
          sender, request, &response, [&response, answer](const absl::Status& status) {
            answer(status.ok() ? IsBooked(response.scan().outcome()) : status);
          });
    });
  }
  std::filesystem::remove_all(folder);
  return result;
}

absl::StatusOr<LoadResult> RawInproc(const BenchOptions& options, const LoadOptions& load) {
  const std::string folder = options.directory + "/inproc-raw";
  absl::StatusOr<LoadResult> result;
  {
    auto store = storage::MakeRocksDbDriver()->Open(folder, RawStoreOptions());
    if (!store.ok()) return store.status();
    storage::Committer committer(store->get(), {});
    std::uint64_t next_key = 0;
    result = RunLoad(load, [&](int, const Answer& answer) {
      const absl::Status submitted = committer.Submit(
          std::make_unique<RawCommand>(&next_key, static_cast<size_t>(options.bytes.row), answer));
      if (!submitted.ok()) answer(submitted);
    });
  }
  std::filesystem::remove_all(folder);
  return result;
}

}  // namespace

absl::StatusOr<Measured> UnaryCommands(const BenchOptions& options, int in_flight) {
  return MeasurePairs(options, in_flight, absl::StrCat("commands/unary/", in_flight, "/empty"),
                      DomainUnary, RawUnary);
}

absl::StatusOr<Measured> StreamCommands(const BenchOptions& options, int stations) {
  return MeasurePairs(options, stations, absl::StrCat("commands/stream/", stations, "/empty"),
                      DomainStreams, RawStreams);
}

absl::StatusOr<Measured> InprocCommands(const BenchOptions& options, int in_flight) {
  return MeasurePairs(options, in_flight, absl::StrCat("commands/inproc/", in_flight, "/empty"),
                      DomainInproc, RawInproc);
}

absl::StatusOr<Measured> RawCommands(const BenchOptions& options, int in_flight) {
  const auto plain = [](const BenchOptions& bench,
                        const LoadOptions& load) -> absl::StatusOr<LoadResult> {
    const auto written = MeasureRawWrites(bench.directory + "/plain", load.in_flight,
                                          static_cast<size_t>(bench.bytes.row), load.duration);
    if (!written.ok()) return written.status();
    return LoadResult{written->writes, written->writes_per_second, written->p50, written->p99};
  };
  return MeasurePairs(options, in_flight, absl::StrCat("raw/unary/", in_flight), RawUnary, plain);
}

}  // namespace loopdock::bench
