// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_STEP_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_STEP_H_

// What a command sees and makes: the rows as they are for it, the entry it fills with facts, and
// the names that come from the entry's sequence. Nothing here reads a clock or chance.
// Thread safety: none; one command uses it.
// Errors: NOT_FOUND RESOURCE_NOT_FOUND, FAILED_PRECONDITION ASSET_NOT_OPEN, ABORTED ETAG_MISMATCH,
// ALREADY_EXISTS RESOURCE_EXISTS and EXTERNAL_REF_TAKEN.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "loopdock/inventory/v1/feed.pb.h"
#include "services/inventory/core/evolve.h"
#include "services/inventory/core/rows.h"
#include "services/inventory/core/text.h"

namespace loopdock::inventory {

absl::Status NotFound(std::string_view name);
// OK when `wanted` is empty or equal to `actual`.
absl::Status CheckEtag(std::string_view wanted, std::string_view actual, std::string_view name);

class Step {
 public:
  // `entry` has everything but facts; both must outlive the step.
  Step(v1::FeedEntry& entry, Rows& rows) : entry_(entry), rows_(rows) {}

  const std::string& site() const { return entry_.site(); }
  const std::string& actor() const { return entry_.actor(); }
  std::int64_t sequence() const { return entry_.sequence(); }
  const google::protobuf::Timestamp& server_time() const { return entry_.server_time(); }
  absl::Time now() const { return FromTimestamp(entry_.server_time()); }
  const v1::FeedEntry& entry() const { return entry_; }
  Rows& rows() { return rows_; }

  template <typename Message>
  absl::StatusOr<Message> Find(std::string_view name) {
    Message message;
    const absl::StatusOr<bool> found = rows_.Read(name, &message);
    if (!found.ok()) return found.status();
    if (!*found) return NotFound(name);
    return message;
  }

  // OK when the resource is there.
  template <typename Message>
  absl::Status Exists(std::string_view name) {
    return Find<Message>(name).status();
  }

  // An asset that is in the site's care, with the etag that the caller saw (empty: any).
  absl::StatusOr<v1::Asset> OpenAsset(std::string_view name, std::string_view etag = {});
  // The asset as callers see it, with the place where it really is.
  absl::Status Answer(std::string_view name, v1::Asset* asset);

  absl::StatusOr<std::optional<std::string>> Look(Lookup what, std::string_view words);
  absl::StatusOr<std::vector<Holder>> Holders(const v1::Identifier& identifier);

  // An id that nothing else of that collection can have: the entry's sequence in base32, with a
  // number behind it from the second one of the entry on.
  std::string NewId(std::string_view collection);
  std::string NewName(std::string_view collection);
  // The wished name if the caller wished one and nobody has it, else a new one.
  absl::StatusOr<std::string> WishedName(std::string_view collection, std::string_view wish);
  // OK when nobody else than `name` has the reference, or it is empty.
  absl::Status ReferenceIsFree(std::string_view collection, std::string_view reference,
                               std::string_view name = {});

  // Adds the fact and makes its rows, so that what follows sees them.
  absl::Status Emit(v1::Fact fact);

 private:
  v1::FeedEntry& entry_;
  Rows& rows_;
  absl::flat_hash_map<std::string, int> made_;  // by collection
};

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_STEP_H_
