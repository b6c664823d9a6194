// SPDX-License-Identifier: Apache-2.0
#include "tests/crash/script.h"

#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/common/hash.h"
#include "services/storage/committer.h"
#include "services/storage/fsck.h"
#include "services/storage/high_water.h"

namespace loopdock::storage {
namespace {

constexpr TableId kSlots = 1;
constexpr TableId kHistory = 2;
constexpr TableId kPapers = 3;
constexpr int kSlotCount = 7;
constexpr int kPaperEvery = 5;

std::string HistoryKey(int n) { return absl::StrFormat("%05d", n); }

// Bytes that say to which command they belong and do not compress.
std::string Bytes(int n, size_t size) {
  std::string bytes = absl::StrCat("command ", n, " ");
  while (bytes.size() < size) bytes += common::Sha256(absl::StrCat(n, "/", bytes.size()));
  return bytes;
}

std::string HistoryValue(int n) { return Bytes(n, 1500 + 100 * static_cast<size_t>(n % 9)); }

using State = std::map<std::pair<TableId, std::string>, std::string>;

// The state after the first n commands.
State Expected(int n) {
  State state;
  for (int i = 1; i <= n; ++i) {
    state[{kHistory, HistoryKey(i)}] = HistoryValue(i);
    state[{kSlots, absl::StrCat("slot", i % kSlotCount)}] = absl::StrCat(i);
    if (i % kPaperEvery == 0) state[{kPapers, HistoryKey(i)}] = Bytes(i, 6000);
  }
  return state;
}

// One command of the script: its rows are one atomic write.
class ScriptCommand : public Command {
 public:
  explicit ScriptCommand(int n) : n_(n) {}
  void DeclareReads(ReadSet& reads) override { reads.Add(kSlots, Slot()); }
  absl::Status Apply(View& view, Changes& changes) override {
    if (auto read = view.Get(kSlots, Slot()); !read.ok()) return read.status();
    changes.Put(kHistory, HistoryKey(n_), HistoryValue(n_));
    changes.Put(kSlots, Slot(), absl::StrCat(n_));
    if (n_ % kPaperEvery == 0) changes.Put(kPapers, HistoryKey(n_), Bytes(n_, 6000));
    return absl::OkStatus();
  }
  void Done(const absl::Status&) override {}

 private:
  std::string Slot() const { return absl::StrCat("slot", n_ % kSlotCount); }
  const int n_;
};

// One command a batch, so the mark follows the commands.
class Marks : public BatchHook {
 public:
  explicit Marks(int sequence) : sequence_(sequence) {}
  void Begin(absl::Time) override { ++sequence_; }
  HistoryMark End() override {
    return {static_cast<uint64_t>(sequence_), common::Sha256(HistoryValue(sequence_))};
  }
  void Committed(const HistoryMark&) override {}

 private:
  int sequence_;
};

absl::Status Send(Store* store, int first, int last, std::atomic<int>* acknowledged) {
  HighWater high_water(store);
  Marks marks(first - 1);
  CommitterOptions options;
  options.hook = &marks;
  options.high_water = &high_water;
  Committer committer(store, options);
  absl::Status stopped;
  for (int n = first; n <= last; ++n) {
    ScriptCommand command(n);
    const absl::Status outcome = committer.Run(command);
    if (outcome.ok() && !stopped.ok()) return absl::UnknownError("acknowledged after a failure");
    if (outcome.ok()) {
      *acknowledged = n;
    } else if (stopped.ok()) {
      stopped = outcome;
    }
  }
  return stopped;
}

absl::Status CheckRows(const Store& store, int n) {
  const State expected = Expected(n);
  State found;
  for (const TableSpec& table : store.tables()) {
    ScanOptions options;
    options.table = table.id;
    auto page = store.Scan(options);
    if (!page.ok()) return page.status();
    for (Row& row : page->rows) found[{table.id, row.key}] = std::move(row.value);
  }
  for (const auto& [key, value] : expected) {
    const auto row = found.find(key);
    if (row == found.end() || row->second != value) {
      return absl::UnknownError(
          absl::StrCat("row ", key.first, "/", key.second, " of ", n, " commands is wrong"));
    }
    // The same by key, which reads filters and indexes that a scan does not.
    const auto read = store.Get(key.first, key.second);
    if (!read.ok()) return read.status();
    if (*read != value) return absl::UnknownError(absl::StrCat("no key ", key.second));
  }
  if (found.size() == expected.size()) return absl::OkStatus();
  return absl::UnknownError(absl::StrCat(found.size(), " rows instead of ", expected.size()));
}

}  // namespace

StoreOptions ScriptOptions() {
  StoreOptions options;
  options.name = "script";
  options.tables = {{kSlots, "slots", true, 0, false},
                    {kHistory, "history", false, 0, false},
                    {kPapers, "papers", false, 0, true}};
  options.cache_bytes = 1 << 20;
  options.memtable_bytes = 1 << 16;
  return options;
}

absl::Status RunScript(Driver& driver, const std::string& path, const std::string& backups,
                       std::atomic<int>* acknowledged) {
  for (const int first : {1, kScriptCommands / 2 + 1}) {
    auto store = driver.Open(path, ScriptOptions());
    if (!store.ok()) return store.status();
    const int last = first + kScriptCommands / 2 - 1;
    if (auto sent = Send(store->get(), first, last, acknowledged); !sent.ok()) return sent;
    // A backup that fails is refused; the store goes on, or refuses the next command.
    if (first == 1 && !backups.empty()) (*store)->Backup(backups).IgnoreError();
  }
  return absl::OkStatus();
}

absl::StatusOr<int> Recovered(Driver& driver, const std::string& path) {
  auto store = driver.Open(path, ScriptOptions());
  if (!store.ok()) return store.status();
  int n = 0;
  for (;; ++n) {
    auto row = (*store)->Get(kHistory, HistoryKey(n + 1));
    if (!row.ok()) return row.status();
    if (!row->has_value()) break;
  }
  const HighWater high_water(store->get());
  const absl::Status marked = high_water.Check(
      static_cast<uint64_t>(n), [&](uint64_t sequence) -> absl::StatusOr<std::string> {
        auto row = (*store)->Get(kHistory, HistoryKey(static_cast<int>(sequence)));
        if (!row.ok()) return row.status();
        return common::Sha256(row->value_or(""));
      });
  if (!marked.ok()) return marked;
  const FsckReport report = Fsck(**store);
  if (!report.ok()) {
    return absl::DataLossError(
        absl::StrCat("fsck: ", report.problems.front().table, " ", report.problems.front().what));
  }
  if (absl::Status rows = CheckRows(**store, n); !rows.ok()) return rows;
  return n;
}

}  // namespace loopdock::storage
