// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_STORAGE_ROCKSDB_STORE_H_
#define LOOPDOCK_SERVICES_STORAGE_ROCKSDB_STORE_H_

// One open RocksDB behind the storage contract. Private to the driver: only rocksdb_*.cc include
// it, since it shows RocksDB's types.
//
// Thread safety, Ownership, Blocking, Durability, Errors: as the contract in store.h.

#include <rocksdb/db.h>
#include <rocksdb/listener.h>

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "services/storage/store.h"

namespace loopdock::storage {

// What RocksDB said, in the words of the contract; `what` is the work that failed.
absl::Status FromRocksDb(const rocksdb::Status& status, std::string_view what);

rocksdb::DBOptions MakeDbOptions(const StoreOptions& options);
rocksdb::ColumnFamilyOptions MakeTableOptions(const StoreOptions& options, const TableSpec& table,
                                              const std::shared_ptr<rocksdb::Cache>& cache);

// A database and its handles, all of which must be deleted before it: Debian's build asserts it.
class RocksDbHandles {
 public:
  static absl::StatusOr<std::unique_ptr<RocksDbHandles>> Open(
      const rocksdb::DBOptions& options, const std::string& path,
      const std::vector<rocksdb::ColumnFamilyDescriptor>& families);
  ~RocksDbHandles();

  rocksdb::DB* db() const { return db_.get(); }
  // In the order of the descriptors.
  const std::vector<rocksdb::ColumnFamilyHandle*>& families() const { return families_; }

 private:
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
};

// Keeps the first background error for good: from then on nothing is written.
class FatalErrorListener : public rocksdb::EventListener {
 public:
  explicit FatalErrorListener(std::function<void(const absl::Status&)> on_error)
      : on_error_(std::move(on_error)) {}
  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* error) override;
  absl::Status status() const;

 private:
  const std::function<void(const absl::Status&)> on_error_;
  std::atomic<bool> failed_{false};
  mutable absl::Mutex mutex_;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

class RocksDbStore : public Store {
 public:
  // handles->families(): the store's own table, then options.tables in order.
  RocksDbStore(std::string path, const StoreOptions& options, std::shared_ptr<rocksdb::Cache> cache,
               std::shared_ptr<FatalErrorListener> listener,
               std::unique_ptr<RocksDbHandles> handles, uint64_t incarnation);

  absl::StatusOr<std::optional<std::string>> Get(TableId table,
                                                 std::string_view key) const override;
  absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(
      absl::Span<const TableKey> keys) const override;
  absl::StatusOr<ScanResult> Scan(const ScanOptions& options) const override;

  absl::Status Write(const WriteBatch& batch) override;
  absl::StatusOr<std::unique_ptr<Snapshot>> GetSnapshot() const override;
  absl::Status PutFile(std::string_view name, std::string_view content) override;
  absl::StatusOr<std::optional<std::string>> GetFile(std::string_view name) const override;
  absl::StatusOr<BackupInfo> Backup(const std::string& directory) override;
  absl::Status VerifyChecksums() const override;
  absl::StatusOr<StoreStats> Stats() const override;
  uint64_t incarnation() const override { return incarnation_; }
  const std::vector<TableSpec>& tables() const override { return tables_; }

  // The reads, of the present state (null) or of a snapshot.
  absl::StatusOr<std::optional<std::string>> GetAt(const rocksdb::Snapshot* at, TableId table,
                                                   std::string_view key) const;
  absl::StatusOr<std::vector<std::optional<std::string>>> MultiGetAt(
      const rocksdb::Snapshot* at, absl::Span<const TableKey> keys) const;
  absl::StatusOr<ScanResult> ScanAt(const rocksdb::Snapshot* at, const ScanOptions& options) const;
  rocksdb::DB* db() const { return handles_->db(); }

 private:
  rocksdb::ColumnFamilyHandle* Find(TableId table) const;

  const std::string path_;
  const std::vector<TableSpec> tables_;
  const bool durable_;
  const std::shared_ptr<rocksdb::Cache> cache_;
  const std::shared_ptr<FatalErrorListener> listener_;
  const std::unique_ptr<RocksDbHandles> handles_;
  const uint64_t incarnation_;
  absl::flat_hash_map<TableId, rocksdb::ColumnFamilyHandle*> by_id_;
  absl::Mutex backup_mutex_;
};

}  // namespace loopdock::storage

#endif  // LOOPDOCK_SERVICES_STORAGE_ROCKSDB_STORE_H_
