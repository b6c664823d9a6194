// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/raw_write.h"

#include <rocksdb/db.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace loopdock::bench {
namespace {

// Writes until the end; what each write took.
std::vector<absl::Duration> WriteUntil(rocksdb::DB& db, int thread, const std::string& value,
                                       absl::Time end, std::atomic<bool>& failed) {
  std::vector<absl::Duration> taken;
  rocksdb::WriteOptions options;
  options.sync = true;
  uint64_t number = 0;
  for (absl::Time now = absl::Now(); now < end && !failed;) {
    const std::string key = absl::StrCat(thread, "/", ++number * 0x9e3779b97f4a7c15u);
    if (!db.Put(options, key, value).ok()) failed = true;
    const absl::Time done = absl::Now();
    taken.push_back(done - now);
    now = done;
  }
  return taken;
}

}  // namespace

absl::StatusOr<RawWriteResult> MeasureRawWrites(const std::string& directory, int threads,
                                                size_t value_bytes, absl::Duration duration) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.error_if_exists = true;
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(options, directory, &opened);
  if (!status.ok()) return absl::UnavailableError(status.ToString());
  std::unique_ptr<rocksdb::DB> db(opened);

  std::atomic<bool> failed{false};
  std::vector<std::vector<absl::Duration>> taken(static_cast<size_t>(threads));
  const std::string value(value_bytes, 'v');
  const absl::Time start = absl::Now();
  std::vector<std::thread> writers;
  for (int i = 0; i < threads; ++i) {
    writers.emplace_back([&, i] {
      taken[static_cast<size_t>(i)] = WriteUntil(*db, i, value, start + duration, failed);
    });
  }
  for (std::thread& writer : writers) writer.join();
  const absl::Duration elapsed = absl::Now() - start;
  db.reset();
  std::error_code error;
  std::filesystem::remove_all(directory, error);
  if (failed) return absl::UnavailableError("a plain write failed");

  std::vector<absl::Duration> all;
  for (const auto& some : taken) all.insert(all.end(), some.begin(), some.end());
  if (all.empty()) return absl::DeadlineExceededError("no write finished in time");
  std::sort(all.begin(), all.end());
  return RawWriteResult{all.size(),
                        static_cast<double>(all.size()) / absl::ToDoubleSeconds(elapsed),
                        all[all.size() / 2], all[all.size() * 99 / 100]};
}

}  // namespace loopdock::bench
