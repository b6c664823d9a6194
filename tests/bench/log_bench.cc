// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/storage/rocksdb_driver.h"
#include "services/traceability/core/note.h"
#include "services/traceability/core/record.h"
#include "services/traceability/log_store.h"
#include "tests/bench/commands_bench.h"

namespace loopdock::bench {
namespace {

using inventory::v1::FeedEntry;
namespace log = traceability;

constexpr int kCommands = 4000;
constexpr size_t kEntriesTogether = 256;  // as the feed hands them out

// Appends all to an empty log; what it kept.
struct Appended {
  absl::Duration taken;
  std::vector<std::string> entries;
};

absl::StatusOr<Appended> AppendAll(const std::string& folder, const std::vector<FeedEntry>& feed,
                                   const log::NoteSigner& signer) {
  auto store = storage::MakeRocksDbDriver()->Open(folder, log::LogStoreOptions());
  if (!store.ok()) return store.status();
  auto opened = log::LogStore::Open({.site = "main",
                                     .base_uri = "https://loopdock.invalid/main/",
                                     .checkpoint_interval = absl::Seconds(1),
                                     .store = store->get(),
                                     .signer = &signer,
                                     .clock = &common::SystemClock(),
                                     .on_fatal = nullptr});
  if (!opened.ok()) return opened.status();
  log::LogStore& store_of_log = **opened;
  const absl::Time start = absl::Now();
  for (size_t from = 0; from < feed.size(); from += kEntriesTogether) {
    std::vector<const FeedEntry*> part;
    for (size_t i = from; i < std::min(from + kEntriesTogether, feed.size()); ++i) {
      part.push_back(&feed[i]);
    }
    const absl::Status status = store_of_log.Append(part, feed[0].epoch(), feed.back().sequence());
    if (!status.ok()) return status;
  }
  Appended appended{absl::Now() - start, {}};
  const std::uint64_t size = store_of_log.published().state.size;
  while (appended.entries.size() < size) {
    auto page = store_of_log.GetEntries(appended.entries.size(), size, 1000);
    if (!page.ok()) return page.status();
    if (page->empty()) return absl::InternalError("the log has a gap");
    for (std::string& entry : *page) appended.entries.push_back(std::move(entry));
  }
  return appended;
}

// The records of the entries, each hashed once.
absl::Duration HashAll(const std::vector<std::string>& entries) {
  const absl::Time start = absl::Now();
  unsigned check = 0;
  for (const std::string& entry : entries) check += log::Sha256(entry)[0];
  const absl::Duration taken = absl::Now() - start;
  return check == 0 ? taken + absl::Nanoseconds(1) : taken;
}

}  // namespace

absl::StatusOr<Measured> LogAppend(const BenchOptions& options) {
  const std::string folder = options.directory + "/log";
  const auto feed = MakeFeed(folder, kCommands);
  std::filesystem::remove_all(folder);
  if (!feed.ok()) return feed.status();
  const auto signer = log::NoteSigner::Generate("loopdock.invalid/main");
  if (!signer.ok()) return signer.status();
  std::vector<Pair> pairs;
  std::string note;
  for (int i = 0; i < options.pairs; ++i) {
    const auto appended = AppendAll(folder, *feed, *signer);
    std::filesystem::remove_all(folder);
    if (!appended.ok()) return appended.status();
    const auto records = static_cast<double>(appended->entries.size());
    size_t bytes = 0;
    for (const std::string& entry : appended->entries) bytes += entry.size();
    pairs.push_back({records / absl::ToDoubleSeconds(appended->taken),
                     records / absl::ToDoubleSeconds(HashAll(appended->entries))});
    note = absl::StrCat(bytes / appended->entries.size(), " B a record, ", feed->size(),
                        " feed entries");
  }
  return FromPairs("log/append", "records/s", std::move(pairs), note);
}

}  // namespace loopdock::bench
