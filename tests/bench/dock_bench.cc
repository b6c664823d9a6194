// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/dock_bench.h"

#include <algorithm>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/cpp/connection.h"
#include "loopdock/bench/v1/raw.grpc.pb.h"
#include "loopdock/intake/v1/intake.grpc.pb.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"
#include "services/common/grpc_status.h"
#include "services/common/ids.h"
#include "tests/bench/bench_server.h"
#include "tests/bench/big_store.h"
#include "tests/bench/paced_load.h"

namespace loopdock::bench {
namespace {

using intake::v1::IntakeService;
using inventory::v1::InventoryService;

constexpr int kStations = 8;
constexpr int kPacePerSecond = 1000;
constexpr int kLinesTogether = 200;
constexpr size_t kPartBytes = size_t{512} << 10;
constexpr int kRowsTogether = 1000;
constexpr std::uint64_t kSmallStore = 1000;

double Milliseconds(absl::Duration time) { return absl::ToDoubleMilliseconds(time); }

// Eight stations at a pace, each with a stream and a channel of its own.
template <typename Request, typename Response, typename Open>
absl::StatusOr<LoadResult> RunPaced(
    const client::Connection& connection, const LoadOptions& load, int per_second, const Open& open,
    std::function<Request()> make,
    std::function<std::vector<absl::Status>(const Response&)> judge) {
  using Lane = PacedLane<Request, Response>;
  std::vector<std::unique_ptr<client::Connection>> stations;
  for (int i = 0; i < kStations; ++i) {
    auto station = client::Connection::Create(connection.options());
    if (!station.ok()) return station.status();
    stations.push_back(*std::move(station));
  }
  LoadMeter meter(load, kStations);
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<Lane>> lanes;
  for (int i = 0; i < kStations; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    const client::Connection& station = *stations[static_cast<size_t>(i)];
    station.Authorize(*contexts.back());
    lanes.push_back(std::make_unique<Lane>(&meter, i, make, judge));
    open(station, contexts.back().get(), lanes.back().get());
    lanes.back()->Begin();
  }
  Pace(meter, per_second, lanes);
  auto result = meter.Finish();
  for (auto& station : stations) Keep(std::move(station));
  return result;
}

absl::StatusOr<LoadResult> ScanPaced(const client::Connection& connection,
                                     const std::string& session, const LoadOptions& load,
                                     int per_second) {
  ScanMaker maker(session);
  std::vector<std::unique_ptr<IntakeService::Stub>> stubs;
  return RunPaced<intake::v1::ScanRequest, intake::v1::ScanResponse>(
      connection, load, per_second,
      [&](const client::Connection& station, grpc::ClientContext* context, auto* lane) {
        stubs.push_back(IntakeService::NewStub(station.channel()));
        stubs.back()->async()->Scan(context, lane);
      },
      [&] { return maker.Line(); }, AreScanned);
}

absl::StatusOr<LoadResult> PutPaced(const client::Connection& connection, const CommandBytes& bytes,
                                    const LoadOptions& load, int per_second) {
  std::vector<std::unique_ptr<v1::RawService::Stub>> stubs;
  return RunPaced<v1::PutRequest, v1::PutResponses>(
      connection, load, per_second,
      [&](const client::Connection& station, grpc::ClientContext* context, auto* lane) {
        stubs.push_back(v1::RawService::NewStub(station.channel()));
        stubs.back()->async()->PutStream(context, lane);
      },
      [&] { return RawRequest(bytes); },
      [](const v1::PutResponses& responses) {
        std::vector<absl::Status> outcomes;
        for (const v1::PutResponse& response : responses.responses()) {
          outcomes.push_back(IsStored(response));
        }
        return outcomes;
      });
}

// Laptops, one a line, from a number on.
inventory::v1::AddManifestLinesRequest Lines(const std::string& manifest, int from, int end) {
  inventory::v1::AddManifestLinesRequest request;
  request.set_request_id(common::NewUuidV7());
  request.set_manifest(manifest);
  for (int i = from; i < std::min(from + kLinesTogether, end); ++i) {
    inventory::v1::ManifestLine* line = request.add_lines();
    line->set_serial(absl::StrFormat("MF%08d", i));
    line->set_maker("Acme");
    line->set_model("X-1000");
  }
  return request;
}

std::string ManifestFile(int serials) {
  std::string file = "serial,maker,model\n";
  for (int i = 0; i < serials; ++i) absl::StrAppendFormat(&file, "MF%08d,Acme,X-1000\n", i);
  return file;
}

// From the first byte sent to the answer that the manifest is active.
absl::StatusOr<absl::Duration> ImportManifest(const client::Connection& connection, int serials) {
  const auto inventory = InventoryService::NewStub(connection.channel());
  const auto load = connection.Ask(*inventory, &InventoryService::Stub::CreateLoad, NewLoad());
  if (!load.ok()) return load.status();
  const std::string file = ManifestFile(serials);
  const absl::Time begun = absl::Now();
  grpc::ClientContext context;
  connection.Authorize(context);
  const auto stub = IntakeService::NewStub(connection.channel());
  intake::v1::ImportManifestResponse response;
  const auto writer = stub->ImportManifest(&context, &response);
  intake::v1::ImportManifestRequest part;
  part.set_request_id(common::NewUuidV7());
  part.mutable_header()->set_load(load->name());
  part.mutable_header()->set_size_bytes(static_cast<std::int64_t>(file.size()));
  for (size_t at = 0; at < file.size(); at += kPartBytes) {
    part.set_data(file.substr(at, kPartBytes));
    if (!writer->Write(part)) break;  // Finish says why
    part.Clear();
  }
  writer->WritesDone();
  if (auto ended = common::FromGrpc(writer->Finish()); !ended.ok()) return ended;
  if (!response.manifest().active() || response.line_count() != serials) {
    return absl::InternalError(
        absl::StrCat("the manifest was refused: ", response.ShortDebugString()));
  }
  return absl::Now() - begun;
}

// What a line of a manifest costs: its share of the request, and of the rows.
absl::StatusOr<CommandBytes> MeasureLineBytes(const std::string& directory) {
  auto record = OpenLocalRecord(directory);
  if (!record.ok()) return record.status();
  const inventory::Sender sender{"bench", "bench-1"};
  const auto load = record->inventory->Run(sender, NewLoad());
  if (!load.ok()) return load.status();
  inventory::v1::CreateManifestRequest create;
  create.set_request_id(common::NewUuidV7());
  create.set_load(load->name());
  const auto manifest = record->inventory->Run(sender, create);
  if (!manifest.ok()) return manifest.status();
  const auto lines = Lines(manifest->name(), 0, kLinesTogether);
  const storage::CommitterStats before = record->inventory->committer().stats();
  const auto added = record->inventory->Run(sender, lines);
  if (!added.ok()) return added.status();
  const storage::CommitterStats after = record->inventory->committer().stats();
  CommandBytes bytes;
  bytes.request = static_cast<std::int64_t>(lines.ByteSizeLong()) / kLinesTogether;
  bytes.response = 1;
  bytes.row = static_cast<std::int64_t>(after.row_bytes - before.row_bytes) / kLinesTogether;
  return bytes;
}

absl::StatusOr<absl::Duration> PutRows(const client::Connection& connection,
                                       const CommandBytes& bytes, int rows) {
  const auto stub = v1::RawService::NewStub(connection.channel());
  const absl::Time begun = absl::Now();
  for (int at = 0; at < rows; at += kRowsTogether) {
    v1::PutBatchRequest request;
    request.set_request_id(common::NewUuidV7());
    for (int i = at; i < std::min(at + kRowsTogether, rows); ++i) {
      *request.add_requests() = RawRequest(bytes);
    }
    v1::PutResponses responses;
    const absl::Status put = connection.Call([&](grpc::ClientContext& context) {
      return stub->PutBatch(&context, request, &responses);
    });
    if (!put.ok()) return put;
  }
  return absl::Now() - begun;
}

// The manifest's seconds, and the scans' figures meanwhile.
struct ManifestResult {
  absl::Duration taken;
  LoadResult scans;
};

absl::StatusOr<ManifestResult> SendWhileScanning(const BenchOptions& options, int serials) {
  auto server = StartServer(options, "inventory,grading,intake");
  if (!server.ok()) return server.status();
  const client::Connection& connection = (*server)->connection();
  const auto session = OpenBenchSession(connection);
  if (!session.ok()) return session.status();
  LoadOptions load;
  load.duration = std::max(options.duration, absl::Seconds(3));
  absl::StatusOr<LoadResult> scans;
  std::thread stations([&] { scans = ScanPaced(connection, *session, load, kPacePerSecond); });
  absl::SleepFor(load.warm_up);
  const auto taken = ImportManifest(connection, serials);
  stations.join();
  if (!taken.ok()) return taken.status();
  if (!scans.ok()) return scans.status();
  return ManifestResult{*taken, *std::move(scans)};
}

}  // namespace

absl::StatusOr<Measured> AckAtPace(const BenchOptions& options, int per_second) {
  LoadOptions load;
  load.duration = std::max(options.duration, absl::Seconds(3));
  const auto ours = [&]() -> absl::StatusOr<LoadResult> {
    auto server = StartServer(options, "inventory,grading,intake");
    if (!server.ok()) return server.status();
    const auto session = OpenBenchSession((*server)->connection());
    if (!session.ok()) return session.status();
    return ScanPaced((*server)->connection(), *session, load, per_second);
  };
  const auto raw = [&]() -> absl::StatusOr<LoadResult> {
    auto server = StartRaw(options);
    if (!server.ok()) return server.status();
    return PutPaced((*server)->connection(), options.bytes, load, per_second);
  };
  std::vector<Pair> pairs;
  std::string note;
  for (int i = 0; i < options.pairs; ++i) {
    absl::StatusOr<LoadResult> value, baseline;
    if (i % 2 == 1) baseline = raw();
    value = ours();
    if (i % 2 == 0) baseline = raw();
    if (!value.ok()) return value.status();
    if (!baseline.ok()) return baseline.status();
    pairs.push_back({Milliseconds(value->p99), Milliseconds(baseline->p99)});
    note = absl::StrFormat("p50 ms %.1f, baseline %.1f; %.0f/s", Milliseconds(value->p50),
                           Milliseconds(baseline->p50), value->per_second);
  }
  return FromPairs(absl::StrCat("dock/ack/", per_second, "/", options.fill), "ms p99",
                   std::move(pairs), note);
}

absl::StatusOr<Measured> ManifestAtPace(const BenchOptions& options, int serials) {
  const auto bytes = MeasureLineBytes(options.directory + "/line-bytes");
  RemoveStore(options.directory + "/line-bytes");
  if (!bytes.ok()) return bytes.status();
  const auto raw = [&]() -> absl::StatusOr<absl::Duration> {
    auto server = StartRaw(options);
    if (!server.ok()) return server.status();
    return PutRows((*server)->connection(), *bytes, serials);
  };
  std::vector<Pair> pairs;
  std::string note;
  for (int i = 0; i < options.pairs; ++i) {
    absl::StatusOr<absl::Duration> baseline;
    if (i % 2 == 1) baseline = raw();
    const auto value = SendWhileScanning(options, serials);
    if (i % 2 == 0) baseline = raw();
    if (!value.ok()) return value.status();
    if (!baseline.ok()) return baseline.status();
    pairs.push_back({absl::ToDoubleSeconds(value->taken), absl::ToDoubleSeconds(*baseline)});
    absl::StrAppend(&note, note.empty() ? "scans' p99 ms " : ", ",
                    absl::StrFormat("%.1f", Milliseconds(value->scans.p99)));
  }
  return FromPairs(absl::StrCat("dock/manifest/", serials, "/", options.fill), "s",
                   std::move(pairs), note);
}

absl::StatusOr<Measured> Growth(const BenchOptions& options, int in_flight) {
  BenchOptions small = options;
  small.big_store = options.directory + "/small";
  if (auto made = MakeBigStore(small.big_store, kSmallStore); !made.ok()) return made;
  LoadOptions load;
  load.in_flight = in_flight;
  load.duration = options.duration;
  std::vector<Pair> pairs;
  std::string note;
  for (int i = 0; i < options.pairs; ++i) {
    absl::StatusOr<LoadResult> value, baseline;
    if (i % 2 == 1) baseline = DomainInproc(small, load);
    value = DomainInproc(options, load);
    if (i % 2 == 0) baseline = DomainInproc(small, load);
    if (!value.ok()) return value.status();
    if (!baseline.ok()) return baseline.status();
    pairs.push_back({value->per_second, baseline->per_second});
    note = absl::StrCat("large", value->note, "; small", baseline->note);
  }
  RemoveStore(small.big_store);
  return FromPairs(absl::StrCat("dock/growth/", in_flight, "/", options.fill), "commands/s",
                   std::move(pairs), note);
}

}  // namespace loopdock::bench
