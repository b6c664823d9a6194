// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_DAEMON_RESTORE_H_
#define LOOPDOCK_SERVICES_DAEMON_RESTORE_H_

// What brings stores back without a server: `loopdockd --restore` from a backup, and
// `loopdockd --replay-from` from the feed up to an entry. Both print what they do.
//
// Thread safety: free functions, one at a time.
// Blocking: both read and write whole stores.
// Durability: the stores appear in data_dir when they are complete and on the disk; a run that is
//   cut off leaves a folder `restoring` there, which the next run removes.
// Errors: RESTORE_TARGET_EXISTS, BACKUP_NOT_FOUND, BACKUP_CORRUPT, BACKUP_MIXED, REPLAY_BEYOND,
//   those of the stores.

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "services/common/config.h"

namespace loopdock::daemon {

// Restores all stores of the backup in config.backup_path(). Inventory gets a new epoch, which the
// log of the same backup takes over: other followers hear of it as FEED_EPOCH_CHANGED.
absl::Status RestoreBackup(const common::Config& config, const std::string& backup);

// Makes inventory in config.data_dir from the entries 1 to `through` (0: all) of the feed of the
// store in another data folder, with an epoch of its own.
absl::Status ReplayFeed(const common::Config& config, const std::string& from,
                        std::int64_t through);

}  // namespace loopdock::daemon

#endif  // LOOPDOCK_SERVICES_DAEMON_RESTORE_H_
