// SPDX-License-Identifier: Apache-2.0
#include "services/storage/rocksdb_store.h"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/memtablerep.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/backup_engine.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/common/fileio.h"
#include "services/common/status.h"
#include "services/storage/crash_point.h"
#include "services/storage/format.h"

namespace loopdock::storage {
namespace {

using common::Error;

constexpr size_t kScanRowsMax = 100'000;
constexpr size_t kSideFileBytesMax = 4096;

rocksdb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

rocksdb::ReadOptions MakeReadOptions(const rocksdb::Snapshot* at) {
  rocksdb::ReadOptions options;
  options.snapshot = at;
  options.verify_checksums = true;
  // Without it an iterator over a hashed memtable silently skips rows.
  options.total_order_seek = true;
  return options;
}

// Moves to the first row of the page. `end` follows all keys with the prefix; empty: none does.
void SeekFirst(rocksdb::Iterator& it, const ScanOptions& options, const std::string& end) {
  if (!options.reverse) {
    const bool from_after = options.after.has_value() && *options.after >= options.prefix;
    it.Seek(ToSlice(from_after ? *options.after : options.prefix));
    if (from_after && it.Valid() && it.key() == ToSlice(*options.after)) it.Next();
    return;
  }
  const bool before = options.after.has_value() && (end.empty() || *options.after < end);
  if (!before && end.empty()) {
    it.SeekToLast();
    return;
  }
  const std::string_view bound = before ? *options.after : std::string_view(end);
  it.SeekForPrev(ToSlice(bound));
  if (it.Valid() && it.key() == ToSlice(bound)) it.Prev();
}

class RocksDbSnapshot : public Snapshot {
 public:
  explicit RocksDbSnapshot(const RocksDbStore* store)
      : store_(store), at_(store->db()->GetSnapshot()) {}
  ~RocksDbSnapshot() override { store_->db()->ReleaseSnapshot(at_); }

  absl::StatusOr<std::optional<std::string>> Get(TableId table,
                                                 std::string_view key) const override {
    return store_->GetAt(at_, table, key);
  }
  absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(
      absl::Span<const TableKey> keys) const override {
    return store_->MultiGetAt(at_, keys);
  }
  absl::StatusOr<ScanResult> Scan(const ScanOptions& options) const override {
    return store_->ScanAt(at_, options);
  }

 private:
  const RocksDbStore* const store_;
  const rocksdb::Snapshot* const at_;
};

}  // namespace

absl::Status FromRocksDb(const rocksdb::Status& status, std::string_view what) {
  if (status.ok()) return absl::OkStatus();
  const std::string detail = status.ToString();
  const auto make = [&](absl::StatusCode code, std::string_view reason, std::string_view advice) {
    return Error(code, reason,
                 absl::StrCat(std::string(what), " failed: ", detail, ". ", std::string(advice)),
                 {{"work", std::string(what)}, {"detail", detail}});
  };
  if (status.IsNoSpace()) {
    return make(absl::StatusCode::kResourceExhausted, "DISK_FULL", "Free space on the disk.");
  }
  if (status.IsCorruption()) {
    return make(absl::StatusCode::kDataLoss, "STORE_CORRUPT",
                "Run fsck and restore a verified backup.");
  }
  if (status.IsIOError() && (absl::StrContains(detail, "lock hold by current process") ||
                             absl::StrContains(detail, "While lock file"))) {
    return make(absl::StatusCode::kFailedPrecondition, "STORE_LOCKED",
                "Another process has this store open: stop it, or choose another data directory.");
  }
  if (status.IsInvalidArgument() || status.IsNotSupported()) {
    return make(absl::StatusCode::kInternal, "INTERNAL", "Report this with the log.");
  }
  return make(absl::StatusCode::kUnavailable, "STORE_IO", "Check the disk and the system log.");
}

rocksdb::DBOptions MakeDbOptions(const StoreOptions& options) {
  rocksdb::DBOptions db;
  db.create_if_missing = true;
  db.create_missing_column_families = true;
  db.paranoid_checks = true;
  // One writer at a time is the rule here, and the hashed memtable demands it.
  db.allow_concurrent_memtable_write = false;
  // More than two write buffers with parallel flushes may reorder updates in 7.8.3.
  db.max_background_jobs = 2;
  // A background error is fatal: resuming on its own has lost and doubled entries.
  db.max_bgerror_resume_count = 0;
  db.recycle_log_file_num = 0;
  db.manual_wal_flush = false;
  db.wal_compression = rocksdb::kNoCompression;
  db.track_and_verify_wals_in_manifest = false;
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  // Bounds the time to open after a crash.
  db.max_total_wal_size = std::max<uint64_t>(uint64_t{64} << 20, options.memtable_bytes * 2);
  db.max_open_files = 512;
  db.keep_log_file_num = 4;
  db.max_log_file_size = size_t{4} << 20;
  db.bytes_per_sync = size_t{1} << 20;
  return db;
}

rocksdb::ColumnFamilyOptions MakeTableOptions(const StoreOptions& options, const TableSpec& table,
                                              const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions family;
  family.max_write_buffer_number = 2;
  family.write_buffer_size = options.memtable_bytes;
  family.compression = rocksdb::kLZ4Compression;
  rocksdb::BlockBasedTableOptions blocks;
  blocks.block_cache = cache;
  blocks.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  blocks.whole_key_filtering = true;
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(blocks));
  if (table.point_lookups_only) {
    // Most point reads of a new device find nothing: this answers them without a search.
    family.memtable_prefix_bloom_size_ratio = 0.02;
    family.memtable_whole_key_filtering = true;
  }
  // A batch comes in the order of its keys: each insert begins its search where the last one ended.
  family.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewCappedPrefixTransform(1));
  if (options.hash_memtables && table.point_lookups_only) {
    family.prefix_extractor.reset(table.prefix_bytes == 0
                                      ? rocksdb::NewNoopTransform()
                                      : rocksdb::NewCappedPrefixTransform(table.prefix_bytes));
    // The buckets are allocated at once and must leave most of the memtable to rows.
    const size_t buckets = std::clamp<size_t>(options.memtable_bytes / 128, 256, 1'000'000);
    family.memtable_factory.reset(rocksdb::NewHashSkipListRepFactory(buckets));
  }
  if (table.large_values) {
    family.enable_blob_files = true;
    family.min_blob_size = 4096;
    family.blob_file_size = uint64_t{256} << 20;
    family.enable_blob_garbage_collection = true;
  }
  return family;
}

absl::StatusOr<std::unique_ptr<RocksDbHandles>> RocksDbHandles::Open(
    const rocksdb::DBOptions& options, const std::string& path,
    const std::vector<rocksdb::ColumnFamilyDescriptor>& families) {
  auto handles = std::make_unique<RocksDbHandles>();
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      rocksdb::DB::Open(options, path, families, &handles->families_, &db);
  handles->db_.reset(db);
  if (!status.ok()) return FromRocksDb(status, absl::StrCat("Opening the store at ", path));
  return handles;
}

RocksDbHandles::~RocksDbHandles() {
  if (db_ == nullptr) return;
  // The handle of the default family too, or Debian's build aborts on an assertion.
  for (rocksdb::ColumnFamilyHandle* family : families_) {
    db_->DestroyColumnFamilyHandle(family).PermitUncheckedError();
  }
  db_->Close().PermitUncheckedError();
}

void FatalErrorListener::OnBackgroundError(rocksdb::BackgroundErrorReason /*reason*/,
                                           rocksdb::Status* error) {
  const absl::Status status = FromRocksDb(*error, "Work of the store in the background");
  {
    absl::MutexLock lock(&mutex_);
    if (!status_.ok()) return;
    status_ = status;
    failed_.store(true, std::memory_order_release);
  }
  if (on_error_) on_error_(status);
}

absl::Status FatalErrorListener::status() const {
  if (!failed_.load(std::memory_order_acquire)) return absl::OkStatus();
  absl::MutexLock lock(&mutex_);
  return status_;
}

RocksDbStore::RocksDbStore(std::string path, const StoreOptions& options,
                           std::shared_ptr<rocksdb::Cache> cache,
                           std::shared_ptr<FatalErrorListener> listener,
                           std::unique_ptr<RocksDbHandles> handles, uint64_t incarnation)
    : path_(std::move(path)),
      tables_(options.tables),
      durable_(options.durable),
      cache_(std::move(cache)),
      listener_(std::move(listener)),
      handles_(std::move(handles)),
      incarnation_(incarnation) {
  for (size_t i = 0; i < tables_.size(); ++i) {
    by_id_[tables_[i].id] = handles_->families()[i + 1];
  }
}

rocksdb::ColumnFamilyHandle* RocksDbStore::Find(TableId table) const {
  const auto found = by_id_.find(table);
  return found == by_id_.end() ? nullptr : found->second;
}

absl::StatusOr<std::optional<std::string>> RocksDbStore::GetAt(const rocksdb::Snapshot* at,
                                                               TableId table,
                                                               std::string_view key) const {
  rocksdb::ColumnFamilyHandle* family = Find(table);
  if (family == nullptr) return UnknownTable(table);
  std::string value;
  const rocksdb::Status status = db()->Get(MakeReadOptions(at), family, ToSlice(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return FromRocksDb(status, "Reading a row");
  return std::optional<std::string>(std::move(value));
}

absl::StatusOr<std::vector<std::optional<std::string>>> RocksDbStore::MultiGetAt(
    const rocksdb::Snapshot* at, absl::Span<const TableKey> keys) const {
  const size_t count = keys.size();
  std::vector<std::optional<std::string>> values(count);
  if (count == 0) return values;
  std::vector<rocksdb::ColumnFamilyHandle*> families(count);
  std::vector<rocksdb::Slice> slices(count);
  for (size_t i = 0; i < count; ++i) {
    families[i] = Find(keys[i].table);
    if (families[i] == nullptr) return UnknownTable(keys[i].table);
    slices[i] = ToSlice(keys[i].key);
  }
  std::vector<rocksdb::PinnableSlice> found(count);
  std::vector<rocksdb::Status> statuses(count);
  db()->MultiGet(MakeReadOptions(at), count, families.data(), slices.data(), found.data(),
                 statuses.data());
  for (size_t i = 0; i < count; ++i) {
    if (statuses[i].ok()) {
      values[i].emplace(found[i].data(), found[i].size());
    } else if (!statuses[i].IsNotFound()) {
      return FromRocksDb(statuses[i], "Reading rows");
    }
  }
  return values;
}

absl::StatusOr<ScanResult> RocksDbStore::ScanAt(const rocksdb::Snapshot* at,
                                                const ScanOptions& options) const {
  rocksdb::ColumnFamilyHandle* family = Find(options.table);
  if (family == nullptr) return UnknownTable(options.table);
  rocksdb::ReadOptions read = MakeReadOptions(at);
  const std::string end = PrefixEnd(options.prefix);
  const rocksdb::Slice end_slice(end);
  if (!end.empty()) read.iterate_upper_bound = &end_slice;
  const std::unique_ptr<rocksdb::Iterator> it(db()->NewIterator(read, family));
  SeekFirst(*it, options, end);

  ScanResult result;
  const size_t limit = std::clamp<size_t>(options.limit, 1, kScanRowsMax);
  size_t bytes = 0;
  for (; it->Valid(); options.reverse ? it->Prev() : it->Next()) {
    if (options.reverse && !it->key().starts_with(ToSlice(options.prefix))) break;
    if (result.rows.size() == limit || bytes > options.bytes_max) {
      result.more = true;
      break;
    }
    result.rows.push_back({it->key().ToString(), it->value().ToString()});
    bytes += it->key().size() + it->value().size();
  }
  if (!it->status().ok()) return FromRocksDb(it->status(), "Scanning rows");
  return result;
}

absl::StatusOr<std::optional<std::string>> RocksDbStore::Get(TableId table,
                                                             std::string_view key) const {
  return GetAt(nullptr, table, key);
}

absl::StatusOr<std::vector<std::optional<std::string>>> RocksDbStore::MultiGet(
    absl::Span<const TableKey> keys) const {
  return MultiGetAt(nullptr, keys);
}

absl::StatusOr<ScanResult> RocksDbStore::Scan(const ScanOptions& options) const {
  return ScanAt(nullptr, options);
}

absl::Status RocksDbStore::Write(const WriteBatch& batch) {
  if (absl::Status status = CheckBatch(batch); !status.ok()) return status;
  if (absl::Status status = listener_->status(); !status.ok()) return status;
  if (batch.empty()) return absl::OkStatus();
  rocksdb::WriteBatch rows(batch.bytes() + batch.rows() * 12 + 12);
  TableId unknown = 0;
  bool all_known = true;
  rocksdb::Status status;
  const auto add = [&](TableId table, auto&& operation) {
    rocksdb::ColumnFamilyHandle* family = Find(table);
    if (family == nullptr) {
      all_known = false;
      unknown = table;
    } else if (status.ok()) {
      status = operation(family);
    }
  };
  batch.ForEach(
      [&](TableId table, std::string_view key, std::string_view value) {
        add(table, [&](auto* family) { return rows.Put(family, ToSlice(key), ToSlice(value)); });
      },
      [&](TableId table, std::string_view key) {
        add(table, [&](auto* family) { return rows.Delete(family, ToSlice(key)); });
      });
  if (!all_known) return UnknownTable(unknown);
  if (!status.ok()) return FromRocksDb(status, "Building a write");
  rocksdb::WriteOptions options;
  options.sync = durable_;
  return FromRocksDb(db()->Write(options, &rows), "Writing rows");
}

absl::StatusOr<std::unique_ptr<Snapshot>> RocksDbStore::GetSnapshot() const {
  return std::make_unique<RocksDbSnapshot>(this);
}

absl::Status RocksDbStore::PutFile(std::string_view name, std::string_view content) {
  if (absl::Status status = CheckFile(name, content); !status.ok()) return status;
  return common::WriteFileAtomically(absl::StrCat(path_, "/", std::string(name)), content, 0600);
}

absl::StatusOr<std::optional<std::string>> RocksDbStore::GetFile(std::string_view name) const {
  if (absl::Status status = CheckFile(name, ""); !status.ok()) return status;
  absl::StatusOr<std::string> content =
      common::ReadFile(absl::StrCat(path_, "/", std::string(name)), kSideFileBytesMax);
  if (absl::IsNotFound(content.status())) return std::optional<std::string>();
  if (!content.ok()) return content.status();
  return std::optional<std::string>(*std::move(content));
}

absl::StatusOr<BackupInfo> RocksDbStore::Backup(const std::string& directory) {
  absl::MutexLock lock(&backup_mutex_);
  if (absl::Status status = common::MakeDirectories(directory, 0700); !status.ok()) return status;
  rocksdb::BackupEngineOptions options(directory);
  options.sync = true;
  options.callback_trigger_interval_size = uint64_t{256} << 10;
  rocksdb::BackupEngine* opened = nullptr;
  rocksdb::IOStatus status = rocksdb::BackupEngine::Open(db()->GetEnv(), options, &opened);
  const std::unique_ptr<rocksdb::BackupEngine> engine(opened);
  if (!status.ok()) return FromRocksDb(status, "Opening the backup directory");
  rocksdb::CreateBackupOptions create;
  // A write-ahead log that is copied while it grows may not be whole: everything goes to tables.
  create.flush_before_backup = true;
  create.progress_callback = [] { CrashPoint("in_backup"); };
  CrashPoint("in_backup");
  rocksdb::BackupID id = 0;
  status = engine->CreateNewBackup(create, db(), &id);
  if (!status.ok()) return FromRocksDb(status, "Making the backup");
  CrashPoint("in_backup");
  status = engine->VerifyBackup(id, /*verify_with_checksum=*/true);
  if (!status.ok()) {
    engine->DeleteBackup(id).PermitUncheckedError();
    return Error(absl::StatusCode::kDataLoss, "BACKUP_CORRUPT",
                 absl::StrCat("The new backup did not read back and was removed: ",
                              status.ToString(), ". Check the disk, then try again."),
                 {{"detail", status.ToString()}});
  }
  rocksdb::BackupInfo info;
  const rocksdb::Status found = engine->GetBackupInfo(id, &info);
  if (!found.ok()) return FromRocksDb(found, "Reading the new backup");
  return BackupInfo{info.backup_id, absl::FromUnixSeconds(info.timestamp), info.size};
}

absl::Status RocksDbStore::VerifyChecksums() const {
  return FromRocksDb(db()->VerifyChecksum(MakeReadOptions(nullptr)), "Verifying checksums");
}

absl::StatusOr<StoreStats> RocksDbStore::Stats() const {
  StoreStats stats;
  stats.cache_bytes = cache_->GetUsage();
  for (const TableSpec& table : tables_) {
    const auto property = [&](const std::string& name) {
      uint64_t value = 0;
      db()->GetIntProperty(Find(table.id), name, &value);
      return value;
    };
    stats.tables.push_back({table.name, property(rocksdb::DB::Properties::kEstimateNumKeys),
                            property(rocksdb::DB::Properties::kTotalSstFilesSize) +
                                property(rocksdb::DB::Properties::kTotalBlobFileSize)});
    stats.memtable_bytes += property(rocksdb::DB::Properties::kSizeAllMemTables);
  }
  return stats;
}

}  // namespace loopdock::storage
