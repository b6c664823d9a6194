// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/core/replay.h"

#include <memory>
#include <optional>

#include "services/common/hash.h"
#include "services/common/status.h"
#include "services/inventory/core/evolve.h"
#include "services/inventory/core/machine.h"
#include "services/inventory/core/text.h"
#include "services/storage/memory_driver.h"

namespace loopdock::inventory {
namespace {

constexpr size_t kPageRows = 1000;

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

absl::Status ReplayEntry(const v1::FeedEntry& entry, std::string_view key, std::string_view value,
                         storage::Store* into) {
  ReaderSource source(*into);
  Rows rows(source);
  v1::FeedEntry head = entry;
  head.clear_facts();
  for (const v1::Fact& fact : entry.facts()) {
    LOOPDOCK_RETURN_IF_ERROR(Evolve(fact, head, rows));
  }
  storage::WriteBatch batch;
  rows.ForEachChange(
      [&](storage::TableId table, std::string_view row_key, std::string_view row_value) {
        batch.Put(table, row_key, row_value);
      },
      [&](storage::TableId table, std::string_view row_key) { batch.Delete(table, row_key); });
  batch.Put(kFeed, key, value);
  return into->Write(batch);
}

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

absl::Status Replay(const storage::Reader& from, std::string_view site, storage::Store* into) {
  std::int64_t expected = 1;
  return ForEachRow(from, kFeed, SitePrefix(site),
                    [&](const std::string& key, const std::string& value) {
                      v1::FeedEntry entry;
                      if (!entry.ParseFromString(value)) {
                        return Corrupt(Cat("Feed entry ", FeedSequence(key), " cannot be parsed"));
                      }
                      if (FeedSequence(key) != expected || entry.sequence() != expected) {
                        return Corrupt(Cat("Feed entry ", expected, " is missing"));
                      }
                      ++expected;
                      return ReplayEntry(entry, key, value, into);
                    });
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
