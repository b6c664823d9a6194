// SPDX-License-Identifier: Apache-2.0
#include "services/storage/memory_driver.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "services/common/status.h"
#include "services/storage/format.h"

namespace loopdock::storage {
namespace {

using common::Error;

constexpr size_t kScanRowsMax = 100'000;

using Rows = std::map<std::string, std::string, std::less<>>;

std::optional<std::string> Find(const Rows& rows, std::string_view key) {
  const auto found = rows.find(key);
  if (found == rows.end()) return std::nullopt;
  return found->second;
}

// Fills the page with the rows from `it` to `end`.
template <typename Iterator>
ScanResult TakeRows(Iterator it, Iterator end, const ScanOptions& options) {
  const size_t limit = std::clamp<size_t>(options.limit, 1, kScanRowsMax);
  ScanResult result;
  size_t bytes = 0;
  for (; it != end && it->first.compare(0, options.prefix.size(), options.prefix) == 0; ++it) {
    if (result.rows.size() == limit || bytes > options.bytes_max) {
      result.more = true;
      break;
    }
    result.rows.push_back({it->first, it->second});
    bytes += it->first.size() + it->second.size();
  }
  return result;
}

ScanResult ScanRows(const Rows& rows, const ScanOptions& options) {
  if (!options.reverse) {
    const bool from_after = options.after.has_value() && *options.after >= options.prefix;
    return TakeRows(
        from_after ? rows.upper_bound(*options.after) : rows.lower_bound(options.prefix),
        rows.end(), options);
  }
  const std::string end = PrefixEnd(options.prefix);
  const bool before = options.after.has_value() && (end.empty() || *options.after < end);
  const auto from = before        ? rows.lower_bound(*options.after)
                    : end.empty() ? rows.end()
                                  : rows.lower_bound(end);
  return TakeRows(std::make_reverse_iterator(from), rows.rend(), options);
}

// One store as it lies on the disk. Rows are shared with snapshots and copied before a change if
// a snapshot has them.
struct Image {
  StoreFormat format;
  std::map<std::string, std::shared_ptr<Rows>> tables;
  std::map<std::string, std::string, std::less<>> files;
  bool open = false;

  Image Copy() const {
    Image copy;
    copy.format = format;
    for (const auto& [name, rows] : tables) copy.tables[name] = std::make_shared<Rows>(*rows);
    return copy;
  }
};

struct MemoryBackup {
  BackupInfo info;
  Image image;
};

}  // namespace

struct MemoryDisk::State {
  absl::Mutex mutex;
  std::map<std::string, std::shared_ptr<Image>> stores ABSL_GUARDED_BY(mutex);
  std::map<std::string, std::vector<MemoryBackup>> backups ABSL_GUARDED_BY(mutex);
};

MemoryDisk::MemoryDisk() : state_(std::make_unique<State>()) {}
MemoryDisk::~MemoryDisk() = default;

absl::Status MemoryDisk::Clone(const std::string& from, const std::string& to) {
  absl::MutexLock lock(&state_->mutex);
  const auto found = state_->stores.find(from);
  if (found == state_->stores.end()) {
    return Error(absl::StatusCode::kNotFound, "FILE_NOT_FOUND",
                 absl::StrCat("There is no store at ", from, "."), {{"path", from}});
  }
  auto copy = std::make_shared<Image>(found->second->Copy());
  copy->files = found->second->files;
  state_->stores[to] = std::move(copy);
  return absl::OkStatus();
}

namespace {

using TableRows = absl::flat_hash_map<TableId, std::shared_ptr<const Rows>>;

absl::StatusOr<std::optional<std::string>> GetFrom(const TableRows& tables, TableId table,
                                                   std::string_view key) {
  const auto rows = tables.find(table);
  if (rows == tables.end()) return UnknownTable(table);
  return Find(*rows->second, key);
}

absl::StatusOr<std::vector<std::optional<std::string>>> MultiGetFrom(
    const TableRows& tables, absl::Span<const TableKey> keys) {
  std::vector<std::optional<std::string>> values;
  values.reserve(keys.size());
  for (const TableKey& key : keys) {
    auto value = GetFrom(tables, key.table, key.key);
    if (!value.ok()) return value.status();
    values.push_back(*std::move(value));
  }
  return values;
}

absl::StatusOr<ScanResult> ScanFrom(const TableRows& tables, const ScanOptions& options) {
  const auto rows = tables.find(options.table);
  if (rows == tables.end()) return UnknownTable(options.table);
  return ScanRows(*rows->second, options);
}

class MemorySnapshot : public Snapshot {
 public:
  MemorySnapshot(MemoryDisk::State& state, TableRows tables)
      : state_(state), tables_(std::move(tables)) {}
  ~MemorySnapshot() override {
    absl::MutexLock lock(&state_.mutex);
    tables_.clear();
  }
  absl::StatusOr<std::optional<std::string>> Get(TableId table,
                                                 std::string_view key) const override {
    return GetFrom(tables_, table, key);
  }
  absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(
      absl::Span<const TableKey> keys) const override {
    return MultiGetFrom(tables_, keys);
  }
  absl::StatusOr<ScanResult> Scan(const ScanOptions& options) const override {
    return ScanFrom(tables_, options);
  }

 private:
  MemoryDisk::State& state_;
  TableRows tables_;
};

class MemoryStore : public Store {
 public:
  MemoryStore(std::shared_ptr<MemoryDisk> disk, std::shared_ptr<Image> image,
              const StoreOptions& options)
      : disk_(std::move(disk)),
        state_(disk_->state()),
        image_(std::move(image)),
        tables_(options.tables),
        incarnation_(image_->format.incarnation) {
    for (const TableSpec& table : tables_) names_[table.id] = table.name;
  }
  ~MemoryStore() override {
    absl::MutexLock lock(&state_.mutex);
    image_->open = false;
  }

  absl::StatusOr<std::optional<std::string>> Get(TableId table,
                                                 std::string_view key) const override {
    absl::MutexLock lock(&state_.mutex);
    return GetFrom(Present(), table, key);
  }
  absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(
      absl::Span<const TableKey> keys) const override {
    absl::MutexLock lock(&state_.mutex);
    return MultiGetFrom(Present(), keys);
  }
  absl::StatusOr<ScanResult> Scan(const ScanOptions& options) const override {
    absl::MutexLock lock(&state_.mutex);
    return ScanFrom(Present(), options);
  }

  absl::Status Write(const WriteBatch& batch) override;

  absl::StatusOr<std::unique_ptr<Snapshot>> GetSnapshot() const override {
    absl::MutexLock lock(&state_.mutex);
    return std::make_unique<MemorySnapshot>(state_, Present());
  }

  absl::Status PutFile(std::string_view name, std::string_view content) override {
    if (absl::Status status = CheckFile(name, content); !status.ok()) return status;
    absl::MutexLock lock(&state_.mutex);
    image_->files[std::string(name)] = std::string(content);
    return absl::OkStatus();
  }
  absl::StatusOr<std::optional<std::string>> GetFile(std::string_view name) const override {
    if (absl::Status status = CheckFile(name, ""); !status.ok()) return status;
    absl::MutexLock lock(&state_.mutex);
    return Find(image_->files, name);
  }

  absl::StatusOr<BackupInfo> Backup(const std::string& directory) override;
  absl::Status VerifyChecksums() const override { return absl::OkStatus(); }
  absl::StatusOr<StoreStats> Stats() const override;
  uint64_t incarnation() const override { return incarnation_; }
  const std::vector<TableSpec>& tables() const override { return tables_; }

 private:
  // The rows at this moment; who holds them sees no later change. References are taken and given
  // back under the mutex only.
  TableRows Present() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(state_.mutex) {
    TableRows tables;
    for (const auto& [id, name] : names_) tables[id] = image_->tables[name];
    return tables;
  }

  const std::shared_ptr<MemoryDisk> disk_;
  MemoryDisk::State& state_;
  const std::shared_ptr<Image> image_;  // guarded by state_.mutex
  const std::vector<TableSpec> tables_;
  const uint64_t incarnation_;
  std::map<TableId, std::string> names_;
};

absl::Status MemoryStore::Write(const WriteBatch& batch) {
  if (absl::Status status = CheckBatch(batch); !status.ok()) return status;
  absl::Status unknown;
  const auto check = [&](TableId table) {
    if (unknown.ok() && names_.count(table) == 0) unknown = UnknownTable(table);
  };
  batch.ForEach([&](TableId table, std::string_view, std::string_view) { check(table); },
                [&](TableId table, std::string_view) { check(table); });
  if (!unknown.ok()) return unknown;
  absl::MutexLock lock(&state_.mutex);
  const auto rows_of = [&](TableId table) -> Rows& {
    std::shared_ptr<Rows>& rows = image_->tables[names_[table]];
    if (rows.use_count() > 1) rows = std::make_shared<Rows>(*rows);
    return *rows;
  };
  batch.ForEach(
      [&](TableId table, std::string_view key, std::string_view value) {
        rows_of(table).insert_or_assign(std::string(key), std::string(value));
      },
      [&](TableId table, std::string_view key) {
        Rows& rows = rows_of(table);
        if (const auto found = rows.find(key); found != rows.end()) rows.erase(found);
      });
  return absl::OkStatus();
}

absl::StatusOr<BackupInfo> MemoryStore::Backup(const std::string& directory) {
  absl::MutexLock lock(&state_.mutex);
  std::vector<MemoryBackup>& backups = state_.backups[directory];
  BackupInfo info;
  info.id = static_cast<uint32_t>(backups.size()) + 1;
  info.time = absl::Now();
  for (const auto& [name, rows] : image_->tables) {
    for (const auto& [key, value] : *rows) info.bytes += key.size() + value.size();
  }
  backups.push_back({info, image_->Copy()});
  return info;
}

absl::StatusOr<StoreStats> MemoryStore::Stats() const {
  absl::MutexLock lock(&state_.mutex);
  StoreStats stats;
  for (const TableSpec& table : tables_) {
    stats.tables.push_back({table.name, image_->tables[table.name]->size(), 0});
  }
  return stats;
}

class MemoryDriver : public Driver {
 public:
  explicit MemoryDriver(std::shared_ptr<MemoryDisk> disk) : disk_(std::move(disk)) {}
  absl::StatusOr<std::unique_ptr<Store>> Open(const std::string& path,
                                              const StoreOptions& options) override;
  absl::StatusOr<std::vector<BackupInfo>> ListBackups(const std::string& directory) override;
  absl::Status Restore(const std::string& directory, uint32_t id, const std::string& path) override;

 private:
  const std::shared_ptr<MemoryDisk> disk_;
};

absl::StatusOr<std::unique_ptr<Store>> MemoryDriver::Open(const std::string& path,
                                                          const StoreOptions& options) {
  if (absl::Status status = CheckOptions(options); !status.ok()) return status;
  std::shared_ptr<Image> image;
  {
    absl::MutexLock lock(&disk_->state().mutex);
    std::shared_ptr<Image>& slot = disk_->state().stores[path];
    if (slot == nullptr) {
      slot = std::make_shared<Image>();
      slot->format = {kStoreVersion, options.name, options.record_version, NextIncarnation(0)};
    }
    if (slot->open) {
      return Error(absl::StatusCode::kFailedPrecondition, "STORE_LOCKED",
                   absl::StrCat("The store at ", path, " is open already; close it first."),
                   {{"path", path}});
    }
    if (absl::Status status = CheckFormat(slot->format, options); !status.ok()) return status;
    for (const auto& [name, rows] : slot->tables) {
      const bool known = std::any_of(options.tables.begin(), options.tables.end(),
                                     [&n = name](const TableSpec& t) { return t.name == n; });
      if (known) continue;
      return Error(absl::StatusCode::kFailedPrecondition, "STORE_UNKNOWN_TABLE",
                   absl::StrCat("The store at ", path, " has a table \"", name,
                                "\" that this program does not know."),
                   {{"path", path}, {"table", name}});
    }
    for (const TableSpec& table : options.tables) {
      std::shared_ptr<Rows>& rows = slot->tables[table.name];
      if (rows == nullptr) rows = std::make_shared<Rows>();
    }
    slot->open = true;
    image = slot;
  }
  return std::make_unique<MemoryStore>(disk_, image, options);
}

absl::StatusOr<std::vector<BackupInfo>> MemoryDriver::ListBackups(const std::string& directory) {
  absl::MutexLock lock(&disk_->state().mutex);
  std::vector<BackupInfo> infos;
  for (const MemoryBackup& backup : disk_->state().backups[directory]) {
    infos.push_back(backup.info);
  }
  return infos;
}

absl::Status MemoryDriver::Restore(const std::string& directory, uint32_t id,
                                   const std::string& path) {
  absl::MutexLock lock(&disk_->state().mutex);
  if (disk_->state().stores.count(path) > 0) {
    return Error(absl::StatusCode::kFailedPrecondition, "RESTORE_TARGET_EXISTS",
                 absl::StrCat("Something is at ", path, "; choose a path where nothing is."),
                 {{"path", path}});
  }
  const std::vector<MemoryBackup>& backups = disk_->state().backups[directory];
  if (id == 0 || id > backups.size()) {
    return Error(absl::StatusCode::kNotFound, "BACKUP_NOT_FOUND",
                 absl::StrCat("There is no backup ", id, " in ", directory, "."),
                 {{"id", absl::StrCat(id)}, {"directory", directory}});
  }
  auto image = std::make_shared<Image>(backups[id - 1].image.Copy());
  image->format.incarnation = NextIncarnation(image->format.incarnation);
  disk_->state().stores[path] = std::move(image);
  return absl::OkStatus();
}

}  // namespace

std::unique_ptr<Driver> MakeMemoryDriver(std::shared_ptr<MemoryDisk> disk) {
  return std::make_unique<MemoryDriver>(std::move(disk));
}

}  // namespace loopdock::storage
