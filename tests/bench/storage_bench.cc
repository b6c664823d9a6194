// SPDX-License-Identifier: Apache-2.0
// The committer in one process, without gRPC and without domain logic: commands of seven rows in
// five tables beside one row of the same bytes, with sorted and with hashed memtables.
// Usage: loopdock-storage-bench [seconds a run, default 1] [rounds, default 3] [in flight, default
// 1, 64 and 256]. A soak with flushes inside: 60 1 256.

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "services/common/fileio.h"
#include "services/storage/committer.h"
#include "services/storage/rocksdb_driver.h"
#include "tests/bench/raw_write.h"

namespace loopdock::bench {
namespace {

using namespace loopdock::storage;  // NOLINT(google-build-using-namespace): one short program

constexpr TableId kAssets = 1, kIdentifiers = 2, kResponses = 3, kLocations = 4, kFeed = 5;
constexpr size_t kAssetBytes = 220, kResponseBytes = 60, kFeedBytes = 250;
constexpr size_t kRawBytes = 819;  // makes the bytes of both kinds equal

struct Load {
  Committer* committer = nullptr;
  bool raw = false;
  absl::Time end;
  std::atomic<uint64_t> done{0};
  std::atomic<uint64_t> failed{0};
  uint64_t sequence = 0;  // the applier's
  absl::BlockingCounter* finished = nullptr;
};

std::string Random(std::mt19937_64& random) {
  return absl::StrCat(absl::Hex(random(), absl::kZeroPad16), absl::Hex(random(), absl::kZeroPad16));
}

// One command in flight: its Done submits the next.
class BenchCommand : public Command {
 public:
  BenchCommand(Load* load, uint64_t seed) : load_(load), seed_(seed) {
    std::mt19937_64 random(seed);
    request_ = Random(random);
    for (std::string& identifier : identifiers_) {
      identifier = absl::StrCat("main/serial/", Random(random));
    }
  }
  void DeclareReads(ReadSet& reads) override {
    if (load_->raw) return;
    reads.Add(kResponses, request_);
    for (const std::string& identifier : identifiers_) reads.Add(kIdentifiers, identifier);
  }
  absl::Status Apply(View& view, Changes& changes) override {
    static const std::string kFill(1024, 'v');
    const std::string_view fill(kFill);
    const std::string sequence =
        absl::StrCat("main/", absl::Dec(++load_->sequence, absl::kZeroPad12));
    if (load_->raw) {
      changes.Put(kFeed, sequence, fill.substr(0, kRawBytes));
      return absl::OkStatus();
    }
    absl::StatusOr<std::optional<std::string_view>> known = view.Get(kResponses, request_);
    if (!known.ok()) return known.status();
    if (known->has_value()) return absl::AlreadyExistsError("request");
    for (const std::string& identifier : identifiers_) {
      known = view.Get(kIdentifiers, identifier);
      if (!known.ok()) return known.status();
      if (known->has_value()) return absl::AlreadyExistsError("identifier");
      changes.Put(kIdentifiers, identifier, sequence);
    }
    changes.Put(kAssets, request_, fill.substr(0, kAssetBytes));
    changes.Put(kResponses, request_, fill.substr(0, kResponseBytes));
    changes.Put(kLocations, absl::StrCat("main/dock/", request_), "");
    changes.Put(kFeed, sequence, fill.substr(0, kFeedBytes));
    return absl::OkStatus();
  }
  void Done(const absl::Status& outcome) override {
    if (outcome.ok()) {
      ++load_->done;
    } else {
      ++load_->failed;
    }
    const bool more =
        absl::Now() < load_->end &&
        load_->committer->Submit(std::make_unique<BenchCommand>(load_, seed_ + 1000)).ok();
    if (!more) load_->finished->DecrementCount();
  }

 private:
  Load* const load_;
  const uint64_t seed_;
  std::string request_;
  std::string identifiers_[3];
};

double RunOnce(const std::string& directory, bool raw, bool hash, int in_flight,
               absl::Duration duration, bool show) {
  StoreOptions options;
  options.name = "bench";
  options.hash_memtables = hash;
  options.tables = {{kAssets, "assets", true, 0, false},
                    {kIdentifiers, "identifiers", true, 0, false},
                    {kResponses, "responses", true, 0, false},
                    {kLocations, "locations", false, 0, false},
                    {kFeed, "feed", false, 0, false}};
  double rate = 0;
  {
    const std::unique_ptr<Store> store = MakeRocksDbDriver()->Open(directory, options).value();
    Committer committer(store.get(), {});
    Load load;
    absl::BlockingCounter finished(in_flight);
    load.committer = &committer;
    load.raw = raw;
    load.finished = &finished;
    const absl::Time start = absl::Now();
    load.end = start + duration;
    for (int i = 0; i < in_flight; ++i) {
      const absl::Status status =
          committer.Submit(std::make_unique<BenchCommand>(&load, static_cast<uint64_t>(i) << 40));
      if (!status.ok()) std::abort();
    }
    finished.Wait();
    rate = static_cast<double>(load.done) / absl::ToDoubleSeconds(absl::Now() - start);
    if (load.failed > 0) std::abort();
    const CommitterStats stats = committer.stats();
    const auto per = [&](absl::Duration time) {
      return absl::ToDoubleMicroseconds(time) / static_cast<double>(stats.commands);
    };
    if (show) {
      std::printf(
          "  %-4s %-6s in flight %4d: %9.0f/s  batch %5.1f  us a command: fetch %5.2f "
          "apply %5.2f write %5.2f  bytes %llu\n",
          raw ? "raw" : "rows", hash ? "hash" : "sorted", in_flight, rate,
          static_cast<double>(stats.commands) / static_cast<double>(stats.batches),
          per(stats.fetch_time), per(stats.apply_time), per(stats.write_time),
          static_cast<unsigned long long>(stats.row_bytes / stats.commands));
    }
  }
  std::filesystem::remove_all(directory);
  return rate;
}

int Main(int argc, char** argv) {
  const absl::Duration duration = absl::Seconds(argc > 1 ? std::atof(argv[1]) : 1.0);
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 3;
  const std::vector<int> loads =
      argc > 3 ? std::vector<int>{std::atoi(argv[3])} : std::vector<int>{1, 64, 256};
  const std::string root = common::MakeTemporaryDirectory("loopdock-bench").value();
  for (int round = 0; round < rounds; ++round) {
    std::printf("round %d\n", round + 1);
    for (const int in_flight : loads) {
      for (const bool hash : {false, true}) {
        const double raw = RunOnce(root + "/store", true, hash, in_flight, duration, true);
        const double rows = RunOnce(root + "/store", false, hash, in_flight, duration, true);
        std::printf("    share %.2f\n", rows / raw);
      }
    }
    const RawWriteResult plain = MeasureRawWrites(root + "/plain", 64, kRawBytes, duration).value();
    std::printf("  plain RocksDB, 64 threads: %9.0f/s  p50 %s p99 %s\n", plain.writes_per_second,
                absl::FormatDuration(plain.p50).c_str(), absl::FormatDuration(plain.p99).c_str());
  }
  std::filesystem::remove_all(root);
  return 0;
}

}  // namespace
}  // namespace loopdock::bench

int main(int argc, char** argv) { return loopdock::bench::Main(argc, argv); }
