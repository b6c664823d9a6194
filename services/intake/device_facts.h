// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_DEVICE_FACTS_H_
#define LOOPDOCK_SERVICES_INTAKE_DEVICE_FACTS_H_

// What is known of a device by its keys: the site's own entry in inventory goes before the
// project's row, and that before what is typical of a category. Thread safety: all methods may be
// called from any thread. Ownership: the clock must outlive it. Blocking: FindDevice waits for
// inventory, once for each key that the cache does not have, at most kAskDeadline each. Errors:
// what inventory says, but for "there is none". Limits: answers for kCachedKeysMax keys are kept
// for kCachedFor, also that there is none: so long may a changed entry go unseen.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"
#include "services/common/caller.h"
#include "services/common/clock.h"
#include "services/intake/core/catalog.h"

namespace loopdock::intake {

inline constexpr std::size_t kCachedKeysMax = 4096;
inline constexpr absl::Duration kCachedFor = absl::Seconds(30);
inline constexpr absl::Duration kAskDeadline = absl::Seconds(5);

class DeviceFacts {
 public:
  struct Found {
    inventory::v1::CatalogEntry entry;
    std::string key;          // that found it; empty for a category's
    std::string_view origin;  // "site", "project" or "category"
  };
  using Inventory = inventory::v1::InventoryService::StubInterface;

  DeviceFacts(std::shared_ptr<Inventory> inventory, Catalog catalog,
              const common::Clock& clock = common::SystemClock())
      : inventory_(std::move(inventory)), catalog_(std::move(catalog)), clock_(clock) {}

  // The first of the keys that is known; nothing when none is. `site` is `sites/{site}`.
  absl::StatusOr<std::optional<Found>> FindDevice(const common::Caller& caller,
                                                  const std::string& site,
                                                  const std::vector<std::string>& keys);
  // Whether the project's own catalog has one of the keys; asks nobody.
  bool Ships(const std::vector<std::string>& keys) const;
  std::optional<Found> FindCategory(const std::string& category) const;

 private:
  using Entry = std::shared_ptr<const inventory::v1::CatalogEntry>;  // Null: there is none.
  struct Cached {
    Entry entry;
    absl::Time until;
  };
  using Generation = std::unordered_map<std::string, Cached>;

  absl::StatusOr<Entry> OfSite(const common::Caller& caller, const std::string& site,
                               const std::string& key);
  std::optional<Entry> Known(const std::string& place);
  void Remember(std::string place, Entry entry);

  const std::shared_ptr<Inventory> inventory_;
  const Catalog catalog_;
  const common::Clock& clock_;
  absl::Mutex mutex_;
  // What was asked lately; when the young are full they become the old, and the old are dropped.
  Generation young_ ABSL_GUARDED_BY(mutex_);
  Generation old_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_DEVICE_FACTS_H_
