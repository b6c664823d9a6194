// SPDX-License-Identifier: Apache-2.0
// What the query index costs and gives on a store of many assets with ten facts each:
// `loopdock-index-bench ASSETS FOLDER`. The store is made once and kept in the folder.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/inventory/core/queries.h"
#include "services/inventory/core/text.h"
#include "services/storage/rocksdb_driver.h"
#include "tests/bench/big_store.h"

namespace loopdock::bench {
namespace {

namespace pb = inventory::v1;

// Resident memory of this process, MiB.
long ResidentMib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmRSS:", 0) == 0) return std::atol(line.c_str() + 6) / 1024;
  }
  return 0;
}

// Bytes of all files below a folder, an asset.
double BytesAnAsset(const std::string& directory, std::uint64_t assets) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (const auto& file : std::filesystem::recursive_directory_iterator(directory, error)) {
    if (file.is_regular_file(error)) bytes += file.file_size(error);
  }
  return static_cast<double>(bytes) / static_cast<double>(assets);
}

class Measure {
 public:
  Measure(const inventory::Queries& queries, std::uint64_t assets)
      : queries_(queries), assets_(assets) {}

  void List(const char* what, const std::string& filter, const std::string& order_by,
            bool many = true) {
    Report(what, many ? 200 : 20, [&]() -> std::string {
      pb::ListAssetsRequest request;
      request.set_site("sites/main");
      request.set_filter(filter);
      request.set_order_by(order_by);
      request.set_page_size(100);
      pb::ListAssetsResponse answer;
      const absl::Status status = queries_.Answer(request, &answer);
      return status.ok() ? absl::StrCat(answer.assets_size(), " assets")
                         : std::string(status.message().substr(0, 60));
    });
  }

  void Count(const char* what, const std::string& filter, const std::string& group_by) {
    Report(what, 10, [&]() -> std::string {
      pb::CountAssetsRequest request;
      request.set_site("sites/main");
      request.set_filter(filter);
      request.set_group_by(group_by);
      pb::CountAssetsResponse answer;
      const absl::Status status = queries_.Answer(request, &answer);
      return status.ok() ? absl::StrCat(answer.counts_size(), " values")
                         : std::string(status.message().substr(0, 60));
    });
  }

  void Find() {
    Report("find by serial", 2000, [&]() -> std::string {
      pb::FindRequest request;
      request.set_site("sites/main");
      request.set_value(BigStoreSerial(random_() % assets_));
      pb::FindResponse answer;
      const absl::Status status = queries_.Answer(request, &answer);
      return status.ok() ? absl::StrCat(answer.matches_size(), " match")
                         : std::string(status.message().substr(0, 60));
    });
  }

 private:
  template <typename AskFn>
  void Report(const char* what, int rounds, AskFn&& ask) {
    std::vector<double> times;
    std::string said;
    for (int i = 0; i < rounds; ++i) {
      const absl::Time begun = absl::Now();
      said = ask();
      times.push_back(absl::ToDoubleMilliseconds(absl::Now() - begun));
    }
    std::sort(times.begin(), times.end());
    std::printf("%-42s median %8.2f ms  p99 %8.2f ms  %s\n", what, times[times.size() / 2],
                times[times.size() * 99 / 100], said.c_str());
    std::fflush(stdout);
  }

  const inventory::Queries& queries_;
  const std::uint64_t assets_;
  std::mt19937_64 random_{7};
};

absl::Status Run(std::uint64_t assets, const std::string& directory) {
  const std::string record_path = directory + "/record";
  if (absl::Status made = MakeBigStore(record_path, assets); !made.ok()) return made;
  auto store =
      storage::MakeRocksDbDriver()->Open(record_path, inventory::Inventory::StoreOptions());
  if (!store.ok()) return store.status();
  auto record = inventory::Inventory::Open(*std::move(store), {});
  if (!record.ok()) return record.status();
  std::printf("record: %lld entries, %.0f bytes an asset, %ld MiB resident\n",
              static_cast<long long>((*record)->last_sequence()), BytesAnAsset(record_path, assets),
              ResidentMib());
  const std::string index_path = directory + "/index";
  inventory::QueryIndex::Options options;
  options.open = [&](bool fresh) {
    if (fresh) std::filesystem::remove_all(index_path);
    return storage::MakeRocksDbDriver()->Open(index_path, inventory::IndexStoreOptions());
  };
  auto index = inventory::QueryIndex::Open(**record, options);
  if (!index.ok()) return index.status();
  const std::int64_t from = (*index)->position();
  const absl::Time begun = absl::Now();
  if (absl::Status caught_up = (*index)->CatchUp(); !caught_up.ok()) return caught_up;
  const double seconds = absl::ToDoubleSeconds(absl::Now() - begun);
  std::printf("index: %lld entries in %.1f s, %.0f a second\n",
              static_cast<long long>((*index)->position() - from), seconds,
              static_cast<double>((*index)->position() - from) / seconds);
  std::printf("index: %.0f bytes an asset, %ld MiB resident\n", BytesAnAsset(index_path, assets),
              ResidentMib());
  const inventory::Queries queries(**record, index->get());
  Measure measure(queries, assets);
  measure.List("list 100, category = laptop", "category = laptop", "");
  measure.List("list 100, state = IN_STOCK, desc", "state = IN_STOCK", "name desc");
  measure.List("list 100, location = cage", "location = cage", "");
  measure.List("list 100, newest changes first", "state = IN_STOCK", "update_time desc");
  measure.List("list 100, oldest first", "applicability = CONTROLLED", "received_time");
  measure.List("list 100, words", "acme x-1000", "");
  measure.List("two conditions, none matches", "category = laptop AND cosmetic = C1", "", false);
  measure.List("not indexed, few match", "mass_g = 1801", "", false);
  measure.List("not indexed, none matches", "mass_g = 1", "", false);
  measure.Count("count by location", "state = IN_STOCK", "location");
  measure.Count("count of two conditions", "category = laptop AND cosmetic = C4", "");
  measure.Find();
  std::printf("%ld MiB resident\n", ResidentMib());
  return absl::OkStatus();
}

}  // namespace
}  // namespace loopdock::bench

int main(int argc, char** argv) {
  if (argc != 3 || std::atoll(argv[1]) <= 0) {
    std::fprintf(stderr, "loopdock-index-bench ASSETS FOLDER\n");
    return EXIT_FAILURE;
  }
  const absl::Status status =
      loopdock::bench::Run(static_cast<std::uint64_t>(std::atoll(argv[1])), argv[2]);
  if (status.ok()) return EXIT_SUCCESS;
  std::fprintf(stderr, "loopdock-index-bench: %s\n", status.ToString().c_str());
  return EXIT_FAILURE;
}
