// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/core/replay.h"

#include <limits>
#include <memory>

#include "services/common/hash.h"
#include "services/common/status.h"
#include "services/inventory/core/evolve.h"
#include "services/inventory/core/machine.h"
#include "services/inventory/core/text.h"
#include "services/storage/memory_driver.h"
#include "services/storage/workspace.h"

namespace loopdock::inventory {
namespace {

constexpr size_t kPageRows = 1000;
constexpr size_t kReplayBytes = size_t{1} << 20;  // of rows a write

absl::Status Corrupt(std::string_view what) {
  return common::Error(absl::StatusCode::kDataLoss, "STORE_CORRUPT",
                       Cat(what, "; restore a verified backup."));
}

// Calls visit(key, value) for every row of the site in a table, in byte order.
template <typename VisitFn>
absl::Status ForEachRow(const storage::Reader& reader, storage::TableId table,
                        std::string_view prefix, VisitFn&& visit) {
  std::string after;
  for (;;) {
    storage::ScanOptions options;
    options.table = table;
    options.prefix = prefix;
    if (!after.empty()) options.after = after;
    options.limit = kPageRows;
    auto page = reader.Scan(options);
    if (!page.ok()) return page.status();
    for (const storage::Row& row : page->rows) {
      LOOPDOCK_RETURN_IF_ERROR(visit(row.key, row.value));
    }
    if (!page->more || page->rows.empty()) return absl::OkStatus();
    after = page->rows.back().key;
  }
}

// Calls visit(table, prefix) for the state tables, first with what belongs to no site.
template <typename VisitFn>
absl::Status ForEachStateTable(std::string_view site, VisitFn&& visit) {
  for (const storage::TableSpec& table : TableSpecs()) {
    if (table.id < kFirstStateTable || table.id > kLastStateTable) continue;
    LOOPDOCK_RETURN_IF_ERROR(visit(table, SitePrefix(kNoSite)));
    LOOPDOCK_RETURN_IF_ERROR(visit(table, SitePrefix(site)));
  }
  return absl::OkStatus();
}

// Makes the rows of entries again, several entries a write.
class Replayer {
 public:
  explicit Replayer(storage::Store* into)
      : into_(into), rows_(into, TableIds(), std::numeric_limits<size_t>::max()) {}

  absl::Status Take(const v1::FeedEntry& entry, std::string_view key, std::string_view value) {
    parsed_.Trim();
    Rows rows(rows_, rows_, parsed_);
    v1::FeedEntry head = entry;
    head.clear_facts();
    rows_.BeginCommand();
    absl::Status made;
    for (int i = 0; made.ok() && i < entry.facts_size(); ++i) {
      made = Evolve(entry.facts(i), head, rows);
    }
    rows.Put(kFeed, key, value);
    LOOPDOCK_RETURN_IF_ERROR(rows_.EndCommand(std::move(made)));
    return rows_.row_bytes() < kReplayBytes ? absl::OkStatus() : Write();
  }

  absl::Status Write() {
    batch_.Clear();
    rows_.BuildWrite(batch_);
    rows_.Reset(nullptr, absl::InfinitePast());
    return batch_.empty() ? absl::OkStatus() : into_->Write(batch_);
  }

 private:
  static absl::flat_hash_set<storage::TableId> TableIds() {
    absl::flat_hash_set<storage::TableId> ids;
    for (const storage::TableSpec& table : TableSpecs()) ids.insert(table.id);
    return ids;
  }

  storage::Store* const into_;
  storage::Workspace rows_;
  storage::WriteBatch batch_;
  ParsedRows parsed_;
};

void AddProblem(storage::FsckReport* report, std::string_view table, std::string_view key,
                std::string_view what) {
  ++report->problem_count;
  if (report->problems.size() < storage::kFsckProblemsKept) {
    report->problems.push_back({std::string(table), std::string(key), std::string(what)});
  }
}

// Names every row that is in one store and not, or not so, in the other.
absl::Status Compare(const storage::Reader& store, const storage::Reader& made,
                     std::string_view site, storage::FsckReport* report) {
  return ForEachStateTable(site, [&](const storage::TableSpec& table, const std::string& prefix) {
    LOOPDOCK_RETURN_IF_ERROR(
        ForEachRow(store, table.id, prefix, [&](const std::string& key, const std::string& value) {
          const auto other = made.Get(table.id, key);
          if (!other.ok()) return other.status();
          if (!other->has_value()) {
            AddProblem(report, table.name, key, "the feed does not make this row");
          } else if (**other != value) {
            AddProblem(report, table.name, key, "the feed makes another value");
          }
          return absl::OkStatus();
        }));
    return ForEachRow(made, table.id, prefix, [&](const std::string& key, const std::string&) {
      const auto other = store.Get(table.id, key);
      if (!other.ok()) return other.status();
      if (!other->has_value()) AddProblem(report, table.name, key, "a row is missing");
      return absl::OkStatus();
    });
  });
}

absl::Status CheckAgainstFeed(const storage::Store& store, std::string_view site,
                              storage::FsckReport* report) {
  const auto snapshot = store.GetSnapshot();
  LOOPDOCK_RETURN_IF_ERROR(snapshot.status());
  const auto driver = storage::MakeMemoryDriver(std::make_shared<storage::MemoryDisk>());
  storage::StoreOptions options;
  options.name = "inventory";
  options.tables = TableSpecs();
  auto made = driver->Open("replay", options);
  LOOPDOCK_RETURN_IF_ERROR(made.status());
  LOOPDOCK_RETURN_IF_ERROR(Replay(**snapshot, site, made->get()));
  return Compare(**snapshot, **made, site, report);
}

}  // namespace

absl::Status Replay(const storage::Reader& from, std::string_view site, storage::Store* into,
                    std::int64_t through) {
  std::int64_t expected = 1;
  Replayer replayer(into);
  const auto take = [&](const std::string& key, const std::string& value) {
    if (FeedSequence(key) > through) return absl::OkStatus();
    v1::FeedEntry entry;
    if (!entry.ParseFromString(value)) {
      return Corrupt(Cat("Feed entry ", FeedSequence(key), " cannot be parsed"));
    }
    if (FeedSequence(key) != expected || entry.sequence() != expected) {
      return Corrupt(Cat("Feed entry ", expected, " is missing"));
    }
    ++expected;
    return replayer.Take(entry, key, value);
  };
  LOOPDOCK_RETURN_IF_ERROR(ForEachRow(from, kFeed, SitePrefix(site), take));
  return replayer.Write();
}

absl::StatusOr<v1::StateHash> HashState(const storage::Reader& reader, std::string_view site) {
  const absl::StatusOr<Head> head = ReadHead(reader, site);
  LOOPDOCK_RETURN_IF_ERROR(head.status());
  common::Sha256Stream hash;
  const auto add = [&hash](std::string_view bytes) {
    std::string length;
    AppendBigEndian64(&length, bytes.size());
    hash.Update(length);
    hash.Update(bytes);
  };
  LOOPDOCK_RETURN_IF_ERROR(
      ForEachStateTable(site, [&](const storage::TableSpec& table, const std::string& prefix) {
        add(table.name);
        return ForEachRow(reader, table.id, prefix,
                          [&](const std::string& key, const std::string& value) {
                            add(key);
                            add(value);
                            return absl::OkStatus();
                          });
      }));
  v1::StateHash answer;
  answer.set_sha256(common::HexEncode(hash.Finish()));
  answer.set_sequence(head->sequence);
  return answer;
}

storage::FsckReport FsckInventory(const storage::Store& store, std::string_view site) {
  storage::FsckReport report = storage::Fsck(store);
  const absl::Status checked = CheckAgainstFeed(store, site, &report);
  if (!checked.ok()) AddProblem(&report, "feed", "", std::string(checked.message()));
  return report;
}

}  // namespace loopdock::inventory
