// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_QUERY_INDEX_BUILDER_H_
#define LOOPDOCK_SERVICES_INVENTORY_QUERY_INDEX_BUILDER_H_

// Brings the query index up to a part of the feed. What is indexed of an asset comes from its
// present row, so that many entries about one asset cost one change; stays in containers come from
// the facts, one by one.
// Thread safety: none; one thread builds.
// Ownership: the stores must outlive it.
// Blocking: reads both stores and writes the index; a move of a container writes all that is in it.
// Durability: the position is in the last write; cut off before it, the same entries are taken
// again with the same result.
// Errors: what the stores answer; DATA_LOSS STORE_CORRUPT for a row that cannot be parsed.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "loopdock/inventory/v1/feed.pb.h"
#include "services/inventory/query/index_tables.h"
#include "services/inventory/query/placer.h"
#include "services/storage/store.h"

namespace loopdock::inventory {

class IndexBuilder {
 public:
  IndexBuilder(std::string site, const storage::Store* record, storage::Store* index)
      : site_(std::move(site)), record_(*record), index_(*index) {}

  // `position` is what the index says of itself once it has the entries.
  absl::Status Take(absl::Span<const v1::FeedEntry> entries, std::string_view position);

 private:
  void Collect(const v1::FeedEntry& entry);
  absl::Status TakeFact(const v1::Fact& fact, std::int64_t sequence);
  template <typename Message>
  absl::Status Refer(const Message& message);
  absl::Status MoveMember(std::string_view name, std::string_view container, std::int64_t sequence);
  absl::Status ContainerSet(std::string_view name, std::string_view parent,
                            std::string_view location, std::int64_t sequence);
  absl::Status LocationSet(const v1::Location& location);
  absl::StatusOr<IndexedPlace*> PlaceOf(const std::string& container);
  absl::Status SettleContainers();
  absl::Status SettleContainer(const std::string& container, int depth);
  absl::Status AddMembers(const std::string& container, int depth);
  absl::Status AddBuiltIn();
  absl::Status IndexAssets();
  absl::Status IndexChunk(absl::Span<const std::string> ids);
  absl::Status IndexAsset(const std::string& id, v1::Asset* asset, bool is_known,
                          const IndexedAsset& before);
  absl::Status SettleStay(const v1::Asset& asset);
  void Count(const IndexedAsset& indexed, int change);
  absl::Status Flush();

  const std::string site_;
  const storage::Store& record_;
  storage::Store& index_;

  // Of one Take.
  std::unique_ptr<storage::Snapshot> snapshot_;
  std::unique_ptr<Placer> placer_;
  std::int64_t through_ = 0;
  std::map<std::string, std::int64_t> assets_;         // id -> the last entry that names it, or 0
  absl::btree_set<std::string> containers_;            // ids
  std::map<std::string, std::optional<Stay>> stays_;   // member -> its open stay
  std::map<std::string, IndexedPlace> places_;         // container -> what is known of it
  std::map<std::string, std::string> last_rows_;       // of kIndexStays, for the last write
  absl::btree_map<std::string, std::int64_t> counts_;  // key -> change
  storage::WriteBatch batch_;
};

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_QUERY_INDEX_BUILDER_H_
