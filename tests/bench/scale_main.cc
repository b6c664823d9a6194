// SPDX-License-Identifier: Apache-2.0
// loopdock-scale: the same figures at different numbers of assets with ten facts each, as a table
// for docs/internals/scale.md; see --help.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <random>
#include <vector>

#include "absl/strings/str_cat.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"
#include "services/common/fileio.h"
#include "services/common/grpc_status.h"
#include "services/inventory/core/queries.h"
#include "tests/bench/bench_server.h"
#include "tests/bench/big_store.h"
#include "tests/bench/load.h"
#include "tests/bench/scan_commands.h"

namespace loopdock::bench {
namespace {

namespace pb = inventory::v1;

struct Arguments {
  std::vector<std::uint64_t> assets = {1'000, 100'000};
  std::string directory = "build/scale";
  double seconds = 5;
  bool keep = false;
};

struct Figures {
  std::uint64_t assets = 0;
  double make_s = 0;
  double disk_bytes = 0;  // an asset, record and query index
  double open_ms = 0;
  absl::Duration get_p50, get_p99;        // in process, by serial number, tag or name
  absl::Duration remote_p50, remote_p99;  // over gRPC, one at a time
  absl::Duration list_p50, list_p99;      // 100 assets with one equality, over gRPC
  double bookings = 0;                    // a second, in process, 256 in flight
  double unary = 0;                       // a second, over gRPC, 64 in flight
  double resident_mib = 0;                // of loopdockd after all this
};

struct Percentiles {
  absl::Duration p50, p99;
};

// Calls `once` with random numbers below `assets` for so long.
template <typename OnceFn>
absl::StatusOr<Percentiles> Sample(std::uint64_t assets, absl::Duration time, const OnceFn& once) {
  std::mt19937_64 random(assets);
  std::vector<absl::Duration> taken;
  for (const absl::Time end = absl::Now() + time; absl::Now() < end;) {
    const absl::Time begun = absl::Now();
    if (absl::Status status = once(random() % assets, taken.size()); !status.ok()) return status;
    taken.push_back(absl::Now() - begun);
  }
  std::sort(taken.begin(), taken.end());
  return Percentiles{taken[taken.size() / 2], taken[taken.size() * 99 / 100]};
}

// By serial number and by asset tag in turn.
pb::FindAssetRequest FindRequest(std::uint64_t number, size_t turn) {
  pb::FindAssetRequest request;
  request.set_site("sites/main");
  const std::string serial = BigStoreSerial(number);
  request.mutable_identifier()->set_kind(turn % 2 == 0 ? pb::IDENTIFIER_KIND_SERIAL
                                                       : pb::IDENTIFIER_KIND_ASSET_TAG);
  request.mutable_identifier()->set_value(turn % 2 == 0 ? serial : absl::StrCat("T", serial));
  return request;
}

double ResidentMib(pid_t pid) {
  std::ifstream status(absl::StrCat("/proc/", pid, "/status"));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

absl::Status InProcess(const Arguments& arguments, const std::string& store, Figures* figures) {
  const std::string copy = store + "-inproc";
  if (auto linked = LinkStore(store, copy); !linked.ok()) return linked;
  const absl::Time begun = absl::Now();
  auto record = OpenLocalRecord(copy);
  if (!record.ok()) return record.status();
  figures->open_ms = absl::ToDoubleMilliseconds(absl::Now() - begun);
  const inventory::Queries queries(*record->inventory);
  pb::Asset asset;
  const auto got = Sample(figures->assets, absl::Seconds(arguments.seconds),
                          [&](std::uint64_t number, size_t turn) {
                            if (turn % 3 < 2)
                              return queries.Answer(FindRequest(number, turn % 3), &asset);
                            pb::GetAssetRequest get;
                            get.set_name(asset.name());
                            return queries.Answer(get, &asset);
                          });
  if (!got.ok()) return got.status();
  figures->get_p50 = got->p50;
  figures->get_p99 = got->p99;
  LoadOptions load;
  load.in_flight = 256;
  load.duration = absl::Seconds(arguments.seconds);
  const auto booked = BookInProcess(*record, load);
  if (!booked.ok()) return booked.status();
  figures->bookings = booked->per_second;
  record->inventory.reset();
  RemoveStore(copy);
  return absl::OkStatus();
}

absl::Status Remote(const Arguments& arguments, const std::string& store, Figures* figures) {
  auto server =
      BenchServer::Start(arguments.directory, store, "loopdockd", {"--services=inventory"});
  if (!server.ok()) return server.status();
  const client::Connection& connection = (*server)->connection();
  const auto stub = pb::InventoryService::NewStub(connection.channel());
  pb::Asset asset;
  const auto got = Sample(
      figures->assets, absl::Seconds(arguments.seconds), [&](std::uint64_t number, size_t turn) {
        const pb::FindAssetRequest find = FindRequest(number, turn);
        return connection.Call(
            [&](grpc::ClientContext& context) { return stub->FindAsset(&context, find, &asset); });
      });
  if (!got.ok()) return got.status();
  figures->remote_p50 = got->p50;
  figures->remote_p99 = got->p99;
  pb::ListAssetsRequest list;
  list.set_site("sites/main");
  list.set_page_size(100);
  list.set_filter("category = \"laptop\"");
  pb::ListAssetsResponse page;
  const auto listed =
      Sample(figures->assets, absl::Seconds(arguments.seconds), [&](std::uint64_t, size_t) {
        return connection.Call(
            [&](grpc::ClientContext& context) { return stub->ListAssets(&context, list, &page); });
      });
  if (!listed.ok()) return listed.status();
  if (page.assets_size() != 100) return absl::InternalError("the list has not 100 assets");
  figures->list_p50 = listed->p50;
  figures->list_p99 = listed->p99;
  LoadOptions load;
  load.in_flight = 64;
  load.duration = absl::Seconds(arguments.seconds);
  const auto booked = BookUnary(connection, load);
  if (!booked.ok()) return booked.status();
  figures->unary = booked->per_second;
  figures->resident_mib = ResidentMib((*server)->pid());
  return absl::OkStatus();
}

absl::StatusOr<Figures> MeasureAt(const Arguments& arguments, std::uint64_t assets) {
  Figures figures;
  figures.assets = assets;
  const std::string store = absl::StrCat(arguments.directory, "/", assets);
  const absl::Time begun = absl::Now();
  if (auto made = MakeBigStore(store, assets); !made.ok()) return made;
  figures.make_s = absl::ToDoubleSeconds(absl::Now() - begun);
  figures.disk_bytes = static_cast<double>(StoreBytes(store)) / static_cast<double>(assets);
  if (auto done = InProcess(arguments, store, &figures); !done.ok()) return done;
  if (auto done = Remote(arguments, store, &figures); !done.ok()) return done;
  if (!arguments.keep) RemoveStore(store);
  return figures;
}

void Print(const Figures& f) {
  const auto ms = [](absl::Duration time) { return absl::ToDoubleMilliseconds(time); };
  std::printf(
      "| %llu | %.0f | %.0f | %.0f | %.3f / %.3f | %.2f / %.2f | %.1f / %.1f | %.0f | %.0f | %.0f "
      "|\n",
      static_cast<unsigned long long>(f.assets), f.make_s, f.disk_bytes, f.open_ms, ms(f.get_p50),
      ms(f.get_p99), ms(f.remote_p50), ms(f.remote_p99), ms(f.list_p50), ms(f.list_p99), f.bookings,
      f.unary, f.resident_mib);
  std::fflush(stdout);
}

int Main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Measures one store a number of assets, each with ten facts.", "loopdock-scale");
  app.add_option("--assets", arguments.assets, "Numbers of assets.");
  app.add_option("--dir", arguments.directory, "Where the stores are made.");
  app.add_option("--seconds", arguments.seconds, "Seconds a figure.");
  app.add_flag("--keep", arguments.keep, "Keeps the stores; made ones are used again.");
  CLI11_PARSE(app, argc, argv);
  const auto program = common::ProgramDirectory();
  if (program.ok()) setenv("LOOPDOCK_BIN_DIR", program->c_str(), 0);
  std::printf(
      "| assets | made in s | disk, B an asset | open, ms | get in process p50 / p99, ms | get "
      "over "
      "gRPC p50 / p99, ms | list of 100 p50 / p99, ms | bookings/s in process, 256 | bookings/s "
      "unary, 64 | resident, MiB |\n|---|---|---|---|---|---|---|---|---|---|\n");
  for (const std::uint64_t assets : arguments.assets) {
    const auto figures = MeasureAt(arguments, assets);
    if (!figures.ok()) {
      std::fprintf(stderr, "loopdock-scale: %s\n", figures.status().ToString().c_str());
      return EXIT_FAILURE;
    }
    Print(*figures);
  }
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace loopdock::bench

int main(int argc, char** argv) { return loopdock::bench::Main(argc, argv); }
