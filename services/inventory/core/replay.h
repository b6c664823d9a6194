// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_REPLAY_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_REPLAY_H_

// The state made again from the feed, its hash, and the check of a whole store by both.
// Thread safety: free functions; the source may be read and written meanwhile, the target not.
// Blocking: all read the whole store.
// Errors: DATA_LOSS STORE_CORRUPT for a feed with a gap or an entry that cannot be parsed.
// Limits: FsckInventory keeps a second copy of the state in memory.

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "loopdock/inventory/v1/inventory_service.pb.h"
#include "services/storage/fsck.h"
#include "services/storage/store.h"

namespace loopdock::inventory {

// Writes the rows of every entry of the feed up to `through` into an empty store, the feed too.
absl::Status Replay(const storage::Reader& from, std::string_view site, storage::Store* into,
                    std::int64_t through = std::numeric_limits<std::int64_t>::max());

// SHA-256 over all rows of the state tables of a site, in table and byte order.
absl::StatusOr<v1::StateHash> HashState(const storage::Reader& reader, std::string_view site);

// Checksums, every row parsed, the feed without gaps, and every state row as the feed makes it.
storage::FsckReport FsckInventory(const storage::Store& store, std::string_view site);

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_REPLAY_H_
