// SPDX-License-Identifier: Apache-2.0
#include "services/daemon/restore.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/common/fileio.h"
#include "services/common/proto_time.h"
#include "services/common/status.h"
#include "services/daemon/backup.h"
#include "services/grading/core/tables.h"
#include "services/inventory/core/inventory.h"
#include "services/inventory/core/machine.h"
#include "services/inventory/core/replay.h"
#include "services/storage/rocksdb_driver.h"
#include "services/traceability/log_rows.h"

namespace loopdock::daemon {
namespace {

using common::Error;
using common::v1::Backup;
using common::v1::StoreBackup;
namespace fs = std::filesystem;

constexpr std::int64_t kSideFileBytesMax = 64 * 1024;

// What BackupSource::files keeps with a series, by its place in data_dir.
constexpr const char* kSideFiles[] = {"traceability/signing.key", "inventory-sampling.key"};

absl::Status Mixed(const std::string& backup, const std::string& what) {
  return Error(
      absl::StatusCode::kFailedPrecondition, "BACKUP_MIXED",
      absl::StrCat("Backup ", backup, " is not of one time: ", what, ". Restore another backup."),
      {{"backup", backup}});
}

absl::Status Moved(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (!error) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, "BACKUP_FAILED",
               absl::StrCat(from, " cannot be moved to ", to, ": ", error.message(), "."),
               {{"path", to}});
}

// An empty folder beside the stores' places, where nothing may be.
absl::StatusOr<std::string> MakeRoom(const std::string& data_dir,
                                     const std::vector<std::string>& stores) {
  for (const std::string& store : stores) {
    const std::string path = absl::StrCat(data_dir, "/", store);
    if (!fs::exists(path)) continue;
    return Error(absl::StatusCode::kFailedPrecondition, "RESTORE_TARGET_EXISTS",
                 absl::StrCat("There is something at ", path,
                              ". Give a data folder without stores, or move them away first."),
                 {{"path", path}});
  }
  const std::string room = data_dir + "/restoring";
  std::error_code error;
  fs::remove_all(room, error);
  if (auto made = common::MakeDirectories(room, 0700); !made.ok()) return made;
  return room;
}

absl::StatusOr<StoreBackup> StoreOf(const Backup& backup, const std::string& name) {
  const auto found = std::find_if(backup.stores().begin(), backup.stores().end(),
                                  [&](const StoreBackup& store) { return store.store() == name; });
  if (found != backup.stores().end()) return *found;
  return Mixed(backup.name(), absl::StrCat("it has no copy of ", name));
}

// The copy must be the one that the manifest speaks of.
absl::Status CheckCopy(const Backup& backup, const StoreBackup& store,
                       const std::string& directory) {
  const auto copies = storage::MakeRocksDbDriver()->ListBackups(directory);
  if (!copies.ok()) return copies.status();
  for (const storage::BackupInfo& copy : *copies) {
    if (copy.id != store.number()) continue;
    if (static_cast<std::int64_t>(copy.bytes) == store.size_bytes() &&
        copy.time == common::FromProto(store.create_time())) {
      return absl::OkStatus();
    }
    return Mixed(backup.name(), absl::StrCat("the copy of ", store.store(), " is another one"));
  }
  return Error(absl::StatusCode::kDataLoss, "BACKUP_CORRUPT",
               absl::StrCat("Copy ", store.number(), " of ", store.store(),
                            " is missing or damaged. Use another backup."),
               {{"backup", backup.name()}});
}

// Holds the restored stores against the manifest and each other, and gives the log inventory's new
// epoch.
absl::Status Join(const common::Config& config, const Backup& backup, const std::string& room) {
  const auto driver = storage::MakeRocksDbDriver();
  const auto inventory = driver->Open(room + "/inventory", inventory::Inventory::StoreOptions());
  if (!inventory.ok()) return inventory.status();
  const auto head = inventory::ReadHead(**inventory, config.site);
  if (!head.ok()) return head.status();
  const auto inventory_copy = StoreOf(backup, "inventory");
  if (!inventory_copy.ok()) return inventory_copy.status();
  if (head->sequence < inventory_copy->sequence()) {
    return Mixed(backup.name(), absl::StrCat("inventory ends at entry ", head->sequence,
                                             " and not ", inventory_copy->sequence()));
  }
  const auto log = driver->Open(room + "/traceability", traceability::LogStoreOptions());
  if (!log.ok()) return log.status();
  const std::string key = traceability::SitePrefix(config.site);
  const auto row = (*log)->Get(traceability::kStateTable, key);
  if (!row.ok()) return row.status();
  if (row->has_value()) {
    auto state = traceability::DecodeState(**row);
    if (!state.ok()) return state.status();
    const auto through = static_cast<std::int64_t>(state->through_sequence);
    const bool ahead = through > head->sequence;
    const bool stranger = !state->epoch.empty() && state->epoch != inventory_copy->epoch();
    if (ahead || stranger) {
      return Mixed(backup.name(), absl::StrCat("the log knows entry ", through, " of epoch ",
                                               state->epoch, ", inventory ends at ", head->sequence,
                                               " of epoch ", inventory_copy->epoch()));
    }
    if (!state->epoch.empty()) {
      state->epoch = absl::StrCat((*inventory)->incarnation());
      storage::WriteBatch batch;
      batch.Put(traceability::kStateTable, key, traceability::EncodeState(*state));
      if (auto written = (*log)->Write(batch); !written.ok()) return written;
    }
  }
  std::printf("inventory ends at entry %lld, its epoch is now %llu\n",
              static_cast<long long>(head->sequence),
              static_cast<unsigned long long>((*inventory)->incarnation()));
  return absl::OkStatus();
}

absl::Status RestoreStore(const Backup& backup, const std::string& name, const std::string& series,
                          const std::string& room) {
  const auto store = StoreOf(backup, name);
  if (!store.ok()) return store.status();
  const std::string directory = absl::StrCat(series, "/", name);
  if (auto checked = CheckCopy(backup, *store, directory); !checked.ok()) return checked;
  const absl::Time start = absl::Now();
  const std::string path = absl::StrCat(room, "/", name);
  auto restored = storage::MakeRocksDbDriver()->Restore(
      directory, static_cast<uint32_t>(store->number()), path);
  if (!restored.ok()) return restored;
  std::printf("%-14s %14lld bytes in %.1f s\n", name.c_str(),
              static_cast<long long>(store->size_bytes()),
              absl::ToDoubleSeconds(absl::Now() - start));
  std::fflush(stdout);
  return absl::OkStatus();
}

absl::Status RestoreSideFiles(const std::string& series, const std::string& room) {
  for (const char* name : kSideFiles) {
    const std::string kept = absl::StrCat(series, "/", fs::path(name).filename().string());
    const auto content = common::ReadFile(kept, kSideFileBytesMax);
    if (absl::IsNotFound(content.status())) continue;
    if (!content.ok()) return content.status();
    auto written = common::WriteFileAtomically(absl::StrCat(room, "/", name), *content, 0600);
    if (!written.ok()) return written;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RestoreBackup(const common::Config& config, const std::string& name) {
  const auto backup = ReadBackup(config.backup_path(), name);
  if (!backup.ok()) return backup.status();
  const auto room =
      MakeRoom(config.data_dir, {"traceability", "inventory", "grading", "inventory-sampling.key"});
  if (!room.ok()) return room.status();
  const std::string series = SeriesFolder(config.backup_path(), name);
  for (const std::string& store : StoresInBackupOrder()) {
    if (auto done = RestoreStore(*backup, store, series, *room); !done.ok()) return done;
  }
  if (auto joined = Join(config, *backup, *room); !joined.ok()) return joined;
  if (auto kept = RestoreSideFiles(series, *room); !kept.ok()) return kept;
  std::error_code error;
  for (fs::directory_iterator entry(*room, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string to = config.data_dir + "/" + entry->path().filename().string();
    if (auto moved = Moved(entry->path().string(), to); !moved.ok()) return moved;
  }
  fs::remove_all(*room, error);
  std::printf("restored backup %s into %s\n", name.c_str(), config.data_dir.c_str());
  return absl::OkStatus();
}

absl::Status ReplayFeed(const common::Config& config, const std::string& from,
                        std::int64_t through) {
  const std::string source_path = from + "/inventory";
  if (!fs::exists(source_path)) {
    return Error(absl::StatusCode::kNotFound, "FILE_NOT_FOUND",
                 absl::StrCat("There is no store at ", source_path, "."), {{"path", source_path}});
  }
  const auto driver = storage::MakeRocksDbDriver();
  const auto options = inventory::Inventory::StoreOptions();
  const auto source = driver->Open(source_path, options);
  if (!source.ok()) return source.status();
  const auto head = inventory::ReadHead(**source, config.site);
  if (!head.ok()) return head.status();
  if (through > head->sequence) {
    return Error(absl::StatusCode::kInvalidArgument, "REPLAY_BEYOND",
                 absl::StrCat("The feed ends at entry ", head->sequence, ", not at ", through, "."),
                 {{"last_sequence", absl::StrCat(head->sequence)}});
  }
  const std::int64_t last = through == 0 ? head->sequence : through;
  const auto room = MakeRoom(config.data_dir, {"inventory"});
  if (!room.ok()) return room.status();
  std::string epoch;
  {
    const auto target = driver->Open(*room + "/inventory", options);
    if (!target.ok()) return target.status();
    auto replayed = inventory::Replay(**source, config.site, target->get(), last);
    if (!replayed.ok()) return replayed;
    const auto hash = inventory::HashState(**target, config.site);
    if (!hash.ok()) return hash.status();
    epoch = absl::StrCat((*target)->incarnation());
    std::printf("state %s at entry %lld\n", hash->sha256().c_str(),
                static_cast<long long>(hash->sequence()));
  }
  if (auto moved = Moved(*room + "/inventory", config.data_dir + "/inventory"); !moved.ok()) {
    return moved;
  }
  std::error_code error;
  fs::remove_all(*room, error);
  std::printf("replayed entries 1 to %lld into %s, its epoch is %s\n", static_cast<long long>(last),
              config.data_dir.c_str(), epoch.c_str());
  return absl::OkStatus();
}

}  // namespace loopdock::daemon
