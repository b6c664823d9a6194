// SPDX-License-Identifier: Apache-2.0
#include "services/daemon/backup.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/common/fileio.h"
#include "services/common/hash.h"
#include "services/common/json.h"
#include "services/common/proto_time.h"
#include "services/common/status.h"

namespace loopdock::daemon {
namespace {

using common::Error;
using common::v1::Backup;
using common::v1::CreateBackupRequest;
using common::v1::CreateBackupResponse;
using common::v1::StoreBackup;
namespace fs = std::filesystem;

constexpr char kMagic[] = "loopdock.backup/1 ";
constexpr size_t kSeriesLength = sizeof("20260302T091500Z") - 1;
constexpr std::int64_t kManifestBytesMax = 64 * 1024;
constexpr std::int64_t kNumberMax = 999'999;

bool IsSeries(const std::string& text) {
  if (text.size() != kSeriesLength || text[8] != 'T' || text.back() != 'Z') return false;
  return std::count_if(text.begin(), text.end(), [](char c) {
           return absl::ascii_isdigit(static_cast<unsigned char>(c));
         }) == kSeriesLength - 2;
}

// The number of "20260302T091500Z-2"; 0 for what is no name of a backup.
std::int64_t NumberOf(const std::string& backup) {
  std::int64_t number = 0;
  if (backup.size() < kSeriesLength + 2 || backup[kSeriesLength] != '-' ||
      !IsSeries(backup.substr(0, kSeriesLength)) ||
      !absl::SimpleAtoi(backup.substr(kSeriesLength + 1), &number) || number < 1 ||
      number > kNumberMax || absl::StrCat(number) != backup.substr(kSeriesLength + 1)) {
    return 0;
  }
  return number;
}

absl::Status NotFound(const std::string& folder, const std::string& backup) {
  return Error(absl::StatusCode::kNotFound, "BACKUP_NOT_FOUND",
               absl::StrCat("There is no backup '", backup.substr(0, 64), "' in ", folder,
                            "; 'loopdock admin backups' lists them."),
               {{"backup", backup.substr(0, 64)}, {"folder", folder}});
}

std::string ManifestPath(const std::string& folder, const std::string& backup) {
  return absl::StrCat(SeriesFolder(folder, backup), "/", backup, ".json");
}

absl::Status WriteManifest(const std::string& folder, const Backup& backup) {
  const auto text = EncodeManifest(backup);
  if (!text.ok()) return text.status();
  return common::WriteFileAtomically(ManifestPath(folder, backup.name()), *text, 0600);
}

}  // namespace

const std::vector<std::string>& StoresInBackupOrder() {
  static const auto* names = new std::vector<std::string>{"traceability", "inventory", "grading"};
  return *names;
}

std::string SeriesFolder(const std::string& folder, const std::string& backup) {
  return absl::StrCat(folder, "/", backup.substr(0, kSeriesLength));
}

absl::StatusOr<std::string> EncodeManifest(const Backup& backup) {
  const auto json = common::ProtoToJson(backup, true);
  if (!json.ok()) return json.status();
  return absl::StrCat(kMagic, common::Sha256Hex(*json), "\n", *json);
}

absl::StatusOr<Backup> DecodeManifest(const std::string& text) {
  const size_t line = text.find('\n');
  const std::string json = line == std::string::npos ? "" : text.substr(line + 1);
  Backup backup;
  if (text.substr(0, line) == absl::StrCat(kMagic, common::Sha256Hex(json)) &&
      common::JsonToProto(json, &backup).ok()) {
    return backup;
  }
  return Error(absl::StatusCode::kDataLoss, "BACKUP_CORRUPT",
               "The manifest of the backup is damaged, or of a newer Loopdock. Use another one.");
}

absl::StatusOr<Backup> ReadBackup(const std::string& folder, const std::string& backup) {
  if (NumberOf(backup) == 0) return NotFound(folder, backup);
  const auto text = common::ReadFile(ManifestPath(folder, backup), kManifestBytesMax);
  if (absl::IsNotFound(text.status())) return NotFound(folder, backup);
  if (!text.ok()) return text.status();
  auto read = DecodeManifest(*text);
  if (read.ok() && read->name() != backup) return NotFound(folder, backup);
  return read;
}

absl::StatusOr<std::vector<Backup>> ReadBackups(const std::string& folder) {
  std::vector<Backup> backups;
  std::error_code error;
  for (fs::directory_iterator series(folder, error), end; !error && series != end;
       series.increment(error)) {
    if (!IsSeries(series->path().filename().string())) continue;
    for (fs::directory_iterator file(series->path(), error); !error && file != end;
         file.increment(error)) {
      if (file->path().extension() != ".json") continue;
      auto backup = ReadBackup(folder, file->path().stem().string());
      if (backup.ok()) backups.push_back(*std::move(backup));
    }
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return Error(absl::StatusCode::kUnavailable, "BACKUP_FAILED",
                 absl::StrCat("The backup folder ", folder, " cannot be read: ", error.message()),
                 {{"folder", folder}});
  }
  std::sort(backups.begin(), backups.end(), [](const Backup& a, const Backup& b) {
    return std::make_pair(a.name().substr(0, kSeriesLength), NumberOf(a.name())) <
           std::make_pair(b.name().substr(0, kSeriesLength), NumberOf(b.name()));
  });
  return backups;
}

Backups::Backups(std::string folder, std::vector<BackupSource> sources)
    : folder_(std::move(folder)), sources_(std::move(sources)) {}

// The backup to add to: the one that was named, or the next of the latest series, or the first of
// a new one.
absl::StatusOr<Backup> Backups::Begin(const CreateBackupRequest& request) const {
  if (!request.backup().empty()) return ReadBackup(folder_, request.backup());
  const auto known = ReadBackups(folder_);
  if (!known.ok()) return known.status();
  const absl::Time now = absl::Now();
  Backup backup;
  *backup.mutable_create_time() = common::ToProto(now);
  if (!known->empty() && !request.full()) {
    const std::string& latest = known->back().name();
    backup.set_name(absl::StrCat(latest.substr(0, kSeriesLength), "-", NumberOf(latest) + 1));
    return backup;
  }
  backup.set_full(true);
  // One series a second, and a later one never before an earlier one.
  absl::Time named = now;
  do {
    const std::string series = absl::FormatTime("%Y%m%dT%H%M%SZ", named, absl::UTCTimeZone());
    backup.set_name(absl::StrCat(series, "-1"));
    named += absl::Seconds(1);
  } while (fs::exists(SeriesFolder(folder_, backup.name())));
  return backup;
}

absl::StatusOr<StoreBackup> Backups::Copy(const BackupSource& source,
                                          const std::string& series) const {
  StoreBackup info;
  info.set_store(source.name);
  // Inventory has at least what it had before, a follower at most what it has afterwards.
  const bool before = source.name == "inventory";
  absl::StatusOr<FeedPosition> position = FeedPosition();
  if (source.position != nullptr && before) position = source.position();
  const auto copied = source.store->Backup(absl::StrCat(series, "/", source.name));
  if (!copied.ok()) return copied.status();
  if (source.position != nullptr && !before) position = source.position();
  if (!position.ok()) return position.status();
  info.set_epoch(position->epoch);
  info.set_sequence(position->sequence);
  info.set_number(copied->id);
  info.set_size_bytes(static_cast<std::int64_t>(copied->bytes));
  *info.mutable_create_time() = common::ToProto(copied->time);
  for (const std::string& path : source.files) {
    const auto content = common::ReadFile(path, kManifestBytesMax);
    if (absl::IsNotFound(content.status())) continue;
    if (!content.ok()) return content.status();
    const std::string name = fs::path(path).filename().string();
    auto written = common::WriteFileAtomically(absl::StrCat(series, "/", name), *content, 0600);
    if (!written.ok()) return written;
  }
  return info;
}

absl::Status Backups::Create(const CreateBackupRequest& request,
                             const std::function<void(const CreateBackupResponse&)>& step) {
  if (!mutex_.TryLock()) {
    return Error(absl::StatusCode::kFailedPrecondition, "BACKUP_RUNNING",
                 "Another backup of this process is being made. Wait for it.");
  }
  const std::unique_ptr<absl::Mutex, void (*)(absl::Mutex*)> unlock(
      &mutex_, [](absl::Mutex* mutex) { mutex->Unlock(); });
  const auto known = ReadBackups(folder_);
  if (!known.ok()) return known.status();
  auto backup = Begin(request);
  for (const Backup& old : *known) {
    const bool same = std::any_of(
        old.stores().begin(), old.stores().end(),
        [&](const StoreBackup& store) { return store.request_id() == request.request_id(); });
    if (same) backup = old;
  }
  if (!backup.ok()) return backup.status();
  const std::string series = SeriesFolder(folder_, backup->name());
  if (auto made = common::MakeDirectories(series, 0700); !made.ok()) return made;
  for (const BackupSource& source : sources_) {
    CreateBackupResponse progress;
    progress.set_backup(backup->name());
    progress.set_store(source.name);
    step(progress);
    const auto done =
        std::find_if(backup->stores().begin(), backup->stores().end(),
                     [&](const StoreBackup& store) { return store.store() == source.name; });
    if (done != backup->stores().end()) {
      *progress.mutable_info() = *done;
    } else {
      auto info = Copy(source, series);
      if (!info.ok()) return info.status();
      info->set_request_id(request.request_id());
      *backup->add_stores() = *info;
      if (auto written = WriteManifest(folder_, *backup); !written.ok()) return written;
      *progress.mutable_info() = *std::move(info);
    }
    step(progress);
  }
  return absl::OkStatus();
}

}  // namespace loopdock::daemon
