// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_STORAGE_STORE_H_
#define LOOPDOCK_SERVICES_STORAGE_STORE_H_

// The storage contract: a store is a fixed list of named tables of byte rows, ordered by the
// unsigned bytes of the key; a driver opens stores, lists and restores their backups.
//
// Thread safety: every method of Store, Snapshot and Driver may be called from any thread.
// Ownership: a snapshot must be destroyed before its store; destroying a store closes it.
// Blocking: every method may read or write the disk; Write waits for the disk to have it.
// Durability: OK from Write or PutFile means that a crash or loss of power no longer undoes it
//   (see StoreOptions::durable); of a failed Write either all rows or none are there after the next
//   open.
// Errors: RESOURCE_EXHAUSTED DISK_FULL, DATA_LOSS STORE_CORRUPT, UNAVAILABLE STORE_IO,
//   INVALID_ARGUMENT ROW_TOO_LARGE, INTERNAL UNKNOWN_TABLE; at open also FAILED_PRECONDITION
//   STORE_LOCKED, STORE_WRONG_NAME, STORE_UNKNOWN_TABLE, STORE_TOO_NEW, STORE_TOO_OLD.
// Limits: keys and values as in write_batch.h; a scan page as in ScanOptions.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/storage/write_batch.h"

namespace loopdock::storage {

struct TableSpec {
  TableId id = 0;    // from 1; 0 is the store's own table
  std::string name;  // lower_snake_case, never reused for other content
  // The table is read by key on the hot path and scanned rarely: it may use a memtable hashed by
  // the first prefix_bytes of the key (0: by the whole key), which makes writing cheaper.
  bool point_lookups_only = false;
  size_t prefix_bytes = 0;
  // Values are pictures and papers: they go to blob files instead of being moved by compaction.
  bool large_values = false;
};

struct StoreOptions {
  std::string name;             // e.g. "inventory"; a store opens only under its own name
  uint32_t record_version = 1;  // of the owner's records; a store written by a newer one is refused
  uint32_t oldest_record_version = 1;  // so is one with older records, whose meaning is not known
  std::vector<TableSpec> tables;
  size_t cache_bytes = size_t{64} << 20;
  size_t memtable_bytes = size_t{32} << 20;  // a table; two of them may be in memory
  // Off: a write is handed to the operating system and not waited for. A crash of the process loses
  // nothing, a loss of power the last writes: what is left is the store as it was after one of
  // them. For what can be derived again.
  bool durable = true;
  // Off: every table uses the sorted memtable whatever it allows.
  bool hash_memtables = false;
  // Called once, from a thread of the driver, when the store can no longer be trusted to write.
  std::function<void(const absl::Status&)> on_background_error;
};

struct TableKey {
  TableId table = 0;
  std::string_view key;
};

struct Row {
  std::string key;
  std::string value;
};

struct ScanOptions {
  TableId table = 0;
  std::string_view prefix;                // empty: the whole table
  std::optional<std::string_view> after;  // only keys greater than this one (less, if reverse)
  bool reverse = false;                   // from the greatest key to the smallest
  size_t limit = 1000;                    // rows; at most 100,000
  size_t bytes_max = size_t{16} << 20;    // the page ends after the row that passes it
};

struct ScanResult {
  std::vector<Row> rows;
  bool more = false;  // rows follow: go on with after = rows.back().key
};

struct BackupInfo {
  uint32_t id = 0;
  absl::Time time;
  uint64_t bytes = 0;
};

struct TableStats {
  std::string name;
  uint64_t rows_estimate = 0;
  uint64_t disk_bytes = 0;
};

struct StoreStats {
  std::vector<TableStats> tables;
  uint64_t memtable_bytes = 0;
  uint64_t cache_bytes = 0;
};

// What a store and a snapshot of it can both be asked.
class Reader {
 public:
  virtual ~Reader() = default;

  virtual absl::StatusOr<std::optional<std::string>> Get(TableId table,
                                                         std::string_view key) const = 0;
  // One answer a key, in the order of the keys, all from one moment.
  virtual absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(
      absl::Span<const TableKey> keys) const = 0;
  virtual absl::StatusOr<ScanResult> Scan(const ScanOptions& options) const = 0;
};

// The store as it was at one moment, whatever is written later.
class Snapshot : public Reader {};

class Store : public Reader {
 public:
  virtual absl::Status Write(const WriteBatch& batch) = 0;
  virtual absl::StatusOr<std::unique_ptr<Snapshot>> GetSnapshot() const = 0;

  // A small file (at most 4 KiB) beside the rows, replaced as a whole; it is not in a backup.
  // name is UPPER_SNAKE.
  virtual absl::Status PutFile(std::string_view name, std::string_view content) = 0;
  virtual absl::StatusOr<std::optional<std::string>> GetFile(std::string_view name) const = 0;

  // Adds one backup to the directory, made if missing, and reads it back before it says OK.
  virtual absl::StatusOr<BackupInfo> Backup(const std::string& directory) = 0;

  // Reads everything on disk and compares checksums (see fsck.h for the check of the rows).
  virtual absl::Status VerifyChecksums() const = 0;
  virtual absl::StatusOr<StoreStats> Stats() const = 0;

  // Unix microseconds of the creation or of the latest restore: greater after every restore, so
  // that a follower can tell a history that was turned back.
  virtual uint64_t incarnation() const = 0;
  virtual const std::vector<TableSpec>& tables() const = 0;
};

class Driver {
 public:
  virtual ~Driver() = default;

  // Opens the store at the path, made if missing. One handle at a time.
  virtual absl::StatusOr<std::unique_ptr<Store>> Open(const std::string& path,
                                                      const StoreOptions& options) = 0;
  // Oldest first.
  virtual absl::StatusOr<std::vector<BackupInfo>> ListBackups(const std::string& directory) = 0;
  // Writes the backup to a path where nothing is yet (FAILED_PRECONDITION RESTORE_TARGET_EXISTS).
  virtual absl::Status Restore(const std::string& directory, uint32_t id,
                               const std::string& path) = 0;
};

// The drivers by name, as the configuration has them: "rocksdb" is in rocksdb_driver.h, "memory"
// in memory_driver.h.

}  // namespace loopdock::storage

#endif  // LOOPDOCK_SERVICES_STORAGE_STORE_H_
