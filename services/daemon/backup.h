// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_DAEMON_BACKUP_H_
#define LOOPDOCK_SERVICES_DAEMON_BACKUP_H_

// The folder of backups: series, each begun by a full copy, with a manifest a backup that says
// which copies of the stores belong together. docs/internals/formats/backup.md shows the layout.
//
// Thread safety: Backups may be used from any thread; the rest are free functions.
// Ownership: the stores of the sources outlive Backups.
// Blocking: all; Create copies and reads back whole stores.
// Durability: a store is named in a manifest only when its copy was read back from the disk.
// Errors: BACKUP_RUNNING, BACKUP_FAILED, BACKUP_CORRUPT, BACKUP_NOT_FOUND, INVALID_FIELDS.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "loopdock/common/v1/admin.pb.h"
#include "services/storage/store.h"

namespace loopdock::daemon {

// Where a store is in the change feed.
struct FeedPosition {
  std::string epoch;
  std::int64_t sequence = 0;
};

struct BackupSource {
  std::string name;  // "inventory"
  storage::Store* store = nullptr;
  // Null for a store that knows no feed.
  std::function<absl::StatusOr<FeedPosition>()> position;
  // Files outside of the rows without which the store is not served, such as a key; kept with the
  // series under their last part. They need not exist.
  std::vector<std::string> files;
};

// The stores in the order in which they are copied, so that none knows of a change that a store
// copied after it lacks.
const std::vector<std::string>& StoresInBackupOrder();

// "<folder>/20260302T091500Z" of "20260302T091500Z-2".
std::string SeriesFolder(const std::string& folder, const std::string& backup);
// A manifest's bytes, docs/internals/formats/backup.md.
absl::StatusOr<std::string> EncodeManifest(const common::v1::Backup& backup);
absl::StatusOr<common::v1::Backup> DecodeManifest(const std::string& text);
absl::StatusOr<common::v1::Backup> ReadBackup(const std::string& folder, const std::string& backup);
// Oldest first; what cannot be read is left out.
absl::StatusOr<std::vector<common::v1::Backup>> ReadBackups(const std::string& folder);

class Backups {
 public:
  Backups(std::string folder, std::vector<BackupSource> sources);

  // `step` hears of each store twice: when its copy begins, and when it is done, with `info`.
  absl::Status Create(const common::v1::CreateBackupRequest& request,
                      const std::function<void(const common::v1::CreateBackupResponse&)>& step);
  const std::string& folder() const { return folder_; }

 private:
  absl::StatusOr<common::v1::Backup> Begin(const common::v1::CreateBackupRequest& request) const;
  absl::StatusOr<common::v1::StoreBackup> Copy(const BackupSource& source,
                                               const std::string& series) const;

  const std::string folder_;
  const std::vector<BackupSource> sources_;
  absl::Mutex mutex_;
};

}  // namespace loopdock::daemon

#endif  // LOOPDOCK_SERVICES_DAEMON_BACKUP_H_
