// SPDX-License-Identifier: Apache-2.0
// loopdock-bench: how fast the house is beside what the machine gives without it, in the same run.
// Every figure is the median of adjacent pairs on empty stores; see --help.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/common/fileio.h"
#include "tests/bench/big_store.h"
#include "tests/bench/commands_bench.h"
#include "tests/bench/decode_bench.h"
#include "tests/bench/dock_bench.h"
#include "tests/bench/grade_bench.h"
#include "tests/bench/grade_service_bench.h"
#include "tests/bench/report.h"

namespace loopdock::bench {
namespace {

struct Arguments {
  std::string out = "build/bench.json";
  std::string only;
  double seconds = 1.5;
  int pairs = 5;
  bool full = false;
  std::uint64_t assets = 0;
  std::string store;
  std::string data;
};

using Rows = absl::StatusOr<std::vector<Measured>>;

struct Bench {
  std::string name;
  std::function<Rows()> run;
};

Rows One(absl::StatusOr<Measured> measured) {
  if (!measured.ok()) return measured.status();
  return std::vector<Measured>{*std::move(measured)};
}

Rows Decode(const Arguments& arguments) {
  DecodeBenchOptions options;
  options.data = arguments.data;
  if (arguments.full) options.pictures_max = 10'000;
  return DecodeBench(options);
}

void AddCommands(const BenchOptions& options, std::vector<Bench>* all) {
  const auto add = [&](std::string_view kind, int number,
                       absl::StatusOr<Measured> (*measure)(const BenchOptions&, int)) {
    all->push_back({absl::StrCat(std::string(kind), "/", number, "/", options.fill),
                    [=] { return One(measure(options, number)); }});
  };
  for (const int in_flight : {1, 16, 64, 256}) add("commands/unary", in_flight, UnaryCommands);
  add("commands/stream", 8, StreamCommands);
  add("commands/intake", 8, IntakeScans);
  add("commands/bulk", 1000, BulkCommands);
  add("commands/inproc", 256, InprocCommands);
  add("dock/ack", 1000, AckAtPace);
  add("dock/manifest", 30'000, ManifestAtPace);
  if (!options.big_store.empty()) add("dock/growth", 256, Growth);
}

std::vector<Bench> AllBenches(const Arguments& arguments, const BenchOptions& options,
                              const BenchOptions& big) {
  std::vector<Bench> all;
  AddCommands(options, &all);
  if (!big.big_store.empty()) AddCommands(big, &all);
  all.push_back({"raw/unary/64", [&] { return One(RawCommands(options, 64)); }});
  all.push_back({"decode/shared", [&] { return Decode(arguments); }});
  all.push_back({"grade/pictures", GradeBench});
  all.push_back({"grade/service/2", [&] { return One(GradeService(options, 2)); }});
  all.push_back({"log/append", [&] { return One(LogAppend(options)); }});
  return all;
}

int RunAll(const Arguments& arguments, BenchOptions& options) {
  const auto bytes = MeasureCommandBytes(options.directory + "/bytes");
  if (!bytes.ok()) {
    std::fprintf(stderr, "loopdock-bench: %s\n", bytes.status().ToString().c_str());
    return EXIT_FAILURE;
  }
  options.bytes = *bytes;
  std::printf(
      "%s\nA command: %lld B request, %lld B response, %lld B in %lld rows. "
      "%d pairs of %.1f s.\n\n",
      MachineLine().c_str(), static_cast<long long>(bytes->request),
      static_cast<long long>(bytes->response), static_cast<long long>(bytes->row),
      static_cast<long long>(bytes->rows), options.pairs, absl::ToDoubleSeconds(options.duration));
  PrintHead();
  std::vector<Measured> all;
  int failed = 0;
  BenchOptions big = options;
  if (arguments.assets > 0) {
    big.fill = arguments.assets % 1'000'000 == 0 ? absl::StrCat(arguments.assets / 1'000'000, "m")
                                                 : absl::StrCat(arguments.assets);
    big.big_store = arguments.store.empty() ? options.directory + "/big" : arguments.store;
    const absl::Status made = MakeBigStore(big.big_store, arguments.assets);
    if (!made.ok()) {
      std::fprintf(stderr, "loopdock-bench: %s\n", made.ToString().c_str());
      return EXIT_FAILURE;
    }
  }
  for (const Bench& bench : AllBenches(arguments, options, big)) {
    if (!arguments.only.empty() && !absl::StrContains(bench.name, arguments.only)) continue;
    const Rows rows = bench.run();
    if (!rows.ok()) {
      ++failed;
      std::printf("%-28s failed: %s\n", bench.name.c_str(), rows.status().ToString().c_str());
      continue;
    }
    for (const Measured& measured : *rows) {
      PrintMeasured(measured);
      all.push_back(measured);
    }
  }
  const absl::Status written = WriteJson(arguments.out, all);
  if (!written.ok()) std::fprintf(stderr, "loopdock-bench: %s\n", written.ToString().c_str());
  std::printf("\n%zu rows in %s\n", all.size(), arguments.out.c_str());
  return written.ok() && failed == 0 && !all.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
}

int Main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Measures Loopdock beside what the machine gives without it.", "loopdock-bench");
  app.add_option("--out", arguments.out, "JSON file of the rows.");
  app.add_option("--only", arguments.only, "Only the rows whose name contains this.");
  app.add_option("--seconds", arguments.seconds, "Seconds a measurement.")
      ->check(CLI::Range(0.1, 60.0));
  app.add_option("--pairs", arguments.pairs, "Pairs a row.")->check(CLI::Range(1, 100));
  app.add_flag("--full", arguments.full, "At least 5 s a measurement, and every picture.");
  app.add_option("--assets", arguments.assets,
                 "Measures commands on a store of so many assets, too (--full: 1,000,000).");
  app.add_option("--store", arguments.store, "Where that store is kept for the next time.");
  app.add_option("--data", arguments.data, "Folder with barcodes/manifest.tsv.");
  CLI11_PARSE(app, argc, argv);
  if (arguments.full && arguments.assets == 0) arguments.assets = 1'000'000;
  BenchOptions options;
  options.duration =
      absl::Seconds(arguments.full ? std::max(5.0, arguments.seconds) : arguments.seconds);
  options.pairs = arguments.pairs;
  const auto program = common::ProgramDirectory();
  if (program.ok()) setenv("LOOPDOCK_BIN_DIR", program->c_str(), 0);
  // Stores lie beside the result: that is a disk, which the temporary folder need not be.
  const auto beside = std::filesystem::absolute(arguments.out).parent_path();
  options.directory = absl::StrCat(beside.string(), "/bench-", getpid());
  if (auto made = common::MakeDirectories(options.directory); !made.ok()) {
    std::fprintf(stderr, "loopdock-bench: %s\n", made.ToString().c_str());
    return EXIT_FAILURE;
  }
  const int status = RunAll(arguments, options);
  std::error_code error;
  std::filesystem::remove_all(options.directory, error);
  return status;
}

}  // namespace
}  // namespace loopdock::bench

int main(int argc, char** argv) { return loopdock::bench::Main(argc, argv); }
