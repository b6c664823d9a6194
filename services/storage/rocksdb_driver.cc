// SPDX-License-Identifier: Apache-2.0
#include "services/storage/rocksdb_driver.h"

#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/utilities/backup_engine.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/common/fileio.h"
#include "services/common/status.h"
#include "services/storage/format.h"
#include "services/storage/rocksdb_store.h"

namespace loopdock::storage {
namespace {

using common::Error;
namespace fs = std::filesystem;

// RocksDB makes a new store wherever CURRENT is missing. A directory that has rows but no CURRENT
// was damaged, and must not be taken for an empty one.
absl::StatusOr<bool> IsThere(const std::string& path) {
  std::error_code error;
  if (fs::exists(path + "/CURRENT", error)) return true;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
    const fs::path extension = it->path().extension();
    if (extension == ".sst" || extension == ".blob" || extension == ".log") {
      return Error(absl::StatusCode::kDataLoss, "STORE_CORRUPT",
                   absl::StrCat("The store at ", path,
                                " has rows but no file CURRENT; restore a verified backup."),
                   {{"path", path}});
    }
  }
  return false;
}

rocksdb::DBOptions PlainOptions(rocksdb::Env* env) {
  rocksdb::DBOptions options;
  options.env = env;
  return options;
}

absl::StatusOr<std::vector<std::string>> ListFamilies(rocksdb::Env* env, const std::string& path) {
  std::vector<std::string> names;
  const rocksdb::Status status = rocksdb::DB::ListColumnFamilies(PlainOptions(env), path, &names);
  if (!status.ok()) return FromRocksDb(status, absl::StrCat("Opening the store at ", path));
  return names;
}

absl::Status CheckFamilies(rocksdb::Env* env, const std::string& path,
                           const StoreOptions& options) {
  absl::StatusOr<std::vector<std::string>> names = ListFamilies(env, path);
  if (!names.ok()) return names.status();
  std::set<std::string> known = {rocksdb::kDefaultColumnFamilyName};
  for (const TableSpec& table : options.tables) known.insert(table.name);
  for (const std::string& name : *names) {
    if (known.count(name) > 0) continue;
    return Error(absl::StatusCode::kFailedPrecondition, "STORE_UNKNOWN_TABLE",
                 absl::StrCat("The store at ", path, " has a table \"", name,
                              "\" that this program does not know; run the version that wrote it."),
                 {{"path", path}, {"table", name}});
  }
  return absl::OkStatus();
}

absl::Status WriteFormat(rocksdb::DB* db, const StoreFormat& format) {
  rocksdb::WriteOptions write;
  write.sync = true;
  return FromRocksDb(
      db->Put(write, rocksdb::Slice(kFormatKey.data(), kFormatKey.size()), EncodeFormat(format)),
      "Writing the format row");
}

absl::StatusOr<std::optional<StoreFormat>> ReadFormat(rocksdb::DB* db) {
  std::string value;
  const rocksdb::Status status =
      db->Get(rocksdb::ReadOptions(), rocksdb::Slice(kFormatKey.data(), kFormatKey.size()), &value);
  if (status.IsNotFound()) return std::optional<StoreFormat>();
  if (!status.ok()) return FromRocksDb(status, "Reading the format row");
  absl::StatusOr<StoreFormat> format = DecodeFormat(value);
  if (!format.ok()) return format.status();
  return std::optional<StoreFormat>(*std::move(format));
}

bool AllEmpty(const RocksDbHandles& handles) {
  return std::all_of(handles.families().begin(), handles.families().end(), [&](auto* family) {
    rocksdb::ReadOptions read;
    read.total_order_seek = true;
    const std::unique_ptr<rocksdb::Iterator> it(handles.db()->NewIterator(read, family));
    it->SeekToFirst();
    return !it->Valid() && it->status().ok();
  });
}

// The format of an open database: checked if it has one, written if it is new.
absl::StatusOr<StoreFormat> SettleFormat(const RocksDbHandles& handles,
                                         const StoreOptions& options) {
  absl::StatusOr<std::optional<StoreFormat>> found = ReadFormat(handles.db());
  if (!found.ok()) return found.status();
  if (found->has_value()) {
    const absl::Status status = CheckFormat(**found, options);
    if (!status.ok()) return status;
    return **found;
  }
  if (!AllEmpty(handles)) {
    return Error(absl::StatusCode::kDataLoss, "STORE_CORRUPT",
                 "The store has rows but no format row; restore a verified backup.");
  }
  const StoreFormat format{kStoreVersion, options.name, options.record_version, NextIncarnation(0)};
  const absl::Status status = WriteFormat(handles.db(), format);
  if (!status.ok()) return status;
  return format;
}

// Gives a restored database its new incarnation.
absl::Status MarkRestored(rocksdb::Env* env, const std::string& path) {
  absl::StatusOr<std::vector<std::string>> names = ListFamilies(env, path);
  if (!names.ok()) return names.status();
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const std::string& name : *names)
    families.emplace_back(name, rocksdb::ColumnFamilyOptions());
  absl::StatusOr<std::unique_ptr<RocksDbHandles>> handles =
      RocksDbHandles::Open(PlainOptions(env), path, families);
  if (!handles.ok()) return handles.status();
  absl::StatusOr<std::optional<StoreFormat>> format = ReadFormat((*handles)->db());
  if (!format.ok()) return format.status();
  if (!format->has_value()) {
    return Error(absl::StatusCode::kDataLoss, "BACKUP_CORRUPT",
                 "The backup has no format row; use another one.");
  }
  (*format)->incarnation = NextIncarnation((*format)->incarnation);
  return WriteFormat((*handles)->db(), **format);
}

absl::StatusOr<std::unique_ptr<rocksdb::BackupEngineReadOnly>> OpenBackups(
    rocksdb::Env* env, const std::string& directory) {
  rocksdb::BackupEngineReadOnly* engine = nullptr;
  const rocksdb::IOStatus status =
      rocksdb::BackupEngineReadOnly::Open(env, rocksdb::BackupEngineOptions(directory), &engine);
  std::unique_ptr<rocksdb::BackupEngineReadOnly> owned(engine);
  if (!status.ok()) {
    return Error(absl::StatusCode::kUnavailable, "BACKUP_FAILED",
                 absl::StrCat("The backup directory ", directory,
                              " cannot be read: ", status.ToString(), "."),
                 {{"directory", directory}, {"detail", status.ToString()}});
  }
  return owned;
}

class RocksDbDriver : public Driver {
 public:
  explicit RocksDbDriver(rocksdb::Env* env) : env_(env) {}
  absl::StatusOr<std::unique_ptr<Store>> Open(const std::string& path,
                                              const StoreOptions& options) override;
  absl::StatusOr<std::vector<BackupInfo>> ListBackups(const std::string& directory) override;
  absl::Status Restore(const std::string& directory, uint32_t id, const std::string& path) override;

 private:
  rocksdb::Env* const env_;
};

absl::StatusOr<std::unique_ptr<Store>> RocksDbDriver::Open(const std::string& path,
                                                           const StoreOptions& options) {
  if (absl::Status status = CheckOptions(options); !status.ok()) return status;
  if (absl::Status status = common::MakeDirectories(path, 0700); !status.ok()) return status;
  absl::StatusOr<bool> there = IsThere(path);
  if (!there.ok()) return there.status();
  if (*there) {
    if (absl::Status status = CheckFamilies(env_, path, options); !status.ok()) return status;
  }
  // Where cores are few a compaction would slow down commands for seconds: it can wait.
  env_->LowerThreadPoolCPUPriority(rocksdb::Env::Priority::LOW, rocksdb::CpuPriority::kLow)
      .PermitUncheckedError();
  const std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(options.cache_bytes);
  const auto listener = std::make_shared<FatalErrorListener>(options.on_background_error);
  rocksdb::DBOptions db_options = MakeDbOptions(options);
  db_options.env = env_;
  db_options.listeners.push_back(listener);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions());
  for (const TableSpec& table : options.tables) {
    families.emplace_back(table.name, MakeTableOptions(options, table, cache));
  }
  absl::StatusOr<std::unique_ptr<RocksDbHandles>> handles =
      RocksDbHandles::Open(db_options, path, families);
  if (!handles.ok()) return handles.status();
  absl::StatusOr<StoreFormat> format = SettleFormat(**handles, options);
  if (!format.ok()) return format.status();
  return std::make_unique<RocksDbStore>(path, options, cache, listener, *std::move(handles),
                                        format->incarnation);
}

absl::StatusOr<std::vector<BackupInfo>> RocksDbDriver::ListBackups(const std::string& directory) {
  auto engine = OpenBackups(env_, directory);
  if (!engine.ok()) return engine.status();
  std::vector<rocksdb::BackupInfo> found;
  (*engine)->GetBackupInfo(&found);
  std::vector<BackupInfo> backups;
  for (const rocksdb::BackupInfo& info : found) {
    backups.push_back({info.backup_id, absl::FromUnixSeconds(info.timestamp), info.size});
  }
  return backups;
}

absl::Status RocksDbDriver::Restore(const std::string& directory, uint32_t id,
                                    const std::string& path) {
  std::error_code error;
  if (fs::exists(path, error)) {
    return Error(absl::StatusCode::kFailedPrecondition, "RESTORE_TARGET_EXISTS",
                 absl::StrCat("Something is at ", path, "; choose a path where nothing is."),
                 {{"path", path}});
  }
  auto engine = OpenBackups(env_, directory);
  if (!engine.ok()) return engine.status();
  // RocksDB 7.8.3 does not always notice damage while it restores, so all is read first.
  rocksdb::Status status = (*engine)->VerifyBackup(id, /*verify_with_checksum=*/true);
  if (status.IsNotFound()) {
    return Error(absl::StatusCode::kNotFound, "BACKUP_NOT_FOUND",
                 absl::StrCat("There is no backup ", id, " in ", directory, "."),
                 {{"id", absl::StrCat(id)}, {"directory", directory}});
  }
  if (!status.ok()) {
    return Error(
        absl::StatusCode::kDataLoss, "BACKUP_CORRUPT",
        absl::StrCat("Backup ", id, " is damaged: ", status.ToString(), ". Use another one."),
        {{"id", absl::StrCat(id)}, {"detail", status.ToString()}});
  }
  // A restore that is cut off must not leave half a store under the name of a whole one.
  const std::string partial = path + ".restoring";
  fs::remove_all(partial, error);
  if (absl::Status made = common::MakeDirectories(partial, 0700); !made.ok()) return made;
  status = (*engine)->RestoreDBFromBackup(id, partial, partial);
  absl::Status result = FromRocksDb(status, "Restoring the backup");
  if (result.ok()) result = MarkRestored(env_, partial);
  if (result.ok()) {
    fs::rename(partial, path, error);
    if (error) {
      result = Error(
          absl::StatusCode::kUnavailable, "BACKUP_FAILED",
          absl::StrCat("The restored store cannot be moved to ", path, ": ", error.message(), "."),
          {{"path", path}});
    }
  }
  if (!result.ok()) fs::remove_all(partial, error);
  return result;
}

}  // namespace

std::unique_ptr<Driver> MakeRocksDbDriver(RocksDbDriverOptions options) {
  return std::make_unique<RocksDbDriver>(options.env != nullptr ? options.env
                                                                : rocksdb::Env::Default());
}

}  // namespace loopdock::storage
