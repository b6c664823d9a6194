// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/query/index_builder.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "services/common/ids.h"
#include "services/common/status.h"
#include "services/inventory/core/evolve.h"
#include "services/inventory/core/place.h"
#include "services/inventory/core/rows.h"
#include "services/inventory/core/tables.h"
#include "services/inventory/core/text.h"

namespace loopdock::inventory {
namespace {

constexpr size_t kChunk = 1000;
constexpr size_t kPageRows = 1000;

// Calls visit(text) for every string that is anywhere in the message.
template <typename VisitFn>
void ForEachText(const google::protobuf::Message& message, VisitFn&& visit) {
  using Field = google::protobuf::FieldDescriptor;
  const auto* reflection = message.GetReflection();
  std::vector<const Field*> fields;
  reflection->ListFields(message, &fields);
  std::string scratch;
  for (const Field* field : fields) {
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->type() == Field::TYPE_STRING) {
        visit(field->is_repeated()
                  ? reflection->GetRepeatedStringReference(message, field, i, &scratch)
                  : reflection->GetStringReference(message, field, &scratch));
      } else if (field->cpp_type() == Field::CPPTYPE_MESSAGE) {
        ForEachText(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                         : reflection->GetMessage(message, field),
                    visit);
      }
    }
  }
}

}  // namespace

absl::Status IndexBuilder::Take(absl::Span<const v1::FeedEntry> entries,
                                std::string_view position) {
  auto snapshot = record_.GetSnapshot();
  LOOPDOCK_RETURN_IF_ERROR(snapshot.status());
  snapshot_ = *std::move(snapshot);
  placer_ = std::make_unique<Placer>(*snapshot_);
  assets_.clear();
  containers_.clear();
  stays_.clear();
  places_.clear();
  last_rows_.clear();
  counts_.clear();
  batch_.Clear();
  through_ = entries.empty() ? 0 : entries.back().sequence();
  for (const v1::FeedEntry& entry : entries) {
    Collect(entry);
    for (const v1::Fact& fact : entry.facts()) {
      LOOPDOCK_RETURN_IF_ERROR(TakeFact(fact, entry.sequence()));
    }
  }
  LOOPDOCK_RETURN_IF_ERROR(SettleContainers());
  LOOPDOCK_RETURN_IF_ERROR(IndexAssets());
  // Only now, with the position: taken twice, the facts would close stays that come after them.
  for (const auto& [key, value] : last_rows_) batch_.Put(kIndexStays, key, value);
  batch_.Put(kIndexCounts, PositionKey(site_), position);
  const absl::Status flushed = Flush();
  placer_.reset();
  snapshot_.reset();
  return flushed;
}

// Whatever a fact names may have changed; that also holds for facts of later versions.
void IndexBuilder::Collect(const v1::FeedEntry& entry) {
  const std::string assets = Cat("sites/", site_, "/assets/");
  const std::string containers = Cat("sites/", site_, "/containers/");
  const auto visit = [&](const std::string& text) {
    if (absl::StartsWith(text, assets)) {
      assets_[text.substr(assets.size())] = entry.sequence();
    } else if (absl::StartsWith(text, containers)) {
      containers_.insert(text.substr(containers.size()));
    }
  };
  for (const v1::Fact& fact : entry.facts()) {
    if (fact.has_scan_recorded()) {
      // At the rate of the dock, and mostly what was read.
      visit(fact.scan_recorded().asset());
      visit(fact.scan_recorded().container());
    } else {
      ForEachText(fact, visit);
    }
  }
}

absl::Status IndexBuilder::TakeFact(const v1::Fact& fact, std::int64_t sequence) {
  switch (fact.kind_case()) {
    case v1::Fact::kAssetRegistered:
      return MoveMember(fact.asset_registered().name(), fact.asset_registered().container(),
                        sequence);
    case v1::Fact::kAssetMoved:
      return MoveMember(fact.asset_moved().asset(), fact.asset_moved().to_container(), sequence);
    case v1::Fact::kComponentRemoved:
      return MoveMember(fact.component_removed().asset(), fact.component_removed().to_container(),
                        sequence);
    case v1::Fact::kComponentInstalled:
      return MoveMember(fact.component_installed().asset(), "", sequence);
    case v1::Fact::kAssetDeparted:
      return MoveMember(fact.asset_departed().asset(), "", sequence);
    case v1::Fact::kAssetWithdrawn:
      return MoveMember(fact.asset_withdrawn().asset(), "", sequence);
    case v1::Fact::kAssetTransformed:
      return MoveMember(fact.asset_transformed().asset(), "", sequence);
    case v1::Fact::kAssetMerged:
      return MoveMember(fact.asset_merged().absorbed(), "", sequence);
    case v1::Fact::kAssetLost:
      return MoveMember(fact.asset_lost().asset(), "", sequence);
    case v1::Fact::kLoadSet:
      return Refer(fact.load_set());
    case v1::Fact::kLotSet:
      return Refer(fact.lot_set());
    case v1::Fact::kShipmentShipped:
      return Refer(fact.shipment_shipped());
    case v1::Fact::kPartySet:
      return Refer(fact.party_set());
    case v1::Fact::kLocationSet:
      return LocationSet(fact.location_set());
    case v1::Fact::kContainerSet:
      return ContainerSet(fact.container_set().name(), fact.container_set().parent(),
                          fact.container_set().location(), sequence);
    case v1::Fact::kContainerMoved:
      return ContainerSet(fact.container_moved().container(), "",
                          fact.container_moved().to_location(), sequence);
    default:
      return absl::OkStatus();
  }
}

template <typename Message>
absl::Status IndexBuilder::Refer(const Message& message) {
  if (!message.external_ref().empty()) {
    last_rows_[Cat(ReferencePrefix(site_, message.external_ref()), TailOf(message.name()))] = "";
  }
  return absl::OkStatus();
}

// Ends the member's open stay and begins another, unless it stays where it is.
absl::Status IndexBuilder::MoveMember(std::string_view name, std::string_view container,
                                      std::int64_t sequence) {
  const std::string member = MemberOf(name);
  auto known = stays_.find(member);
  if (known == stays_.end()) {
    const std::string prefix = StaysOfPrefix(site_, member);
    storage::ScanOptions options;
    options.table = kIndexStays;
    options.prefix = prefix;
    options.limit = 1;
    options.reverse = true;
    const auto last = index_.Scan(options);
    LOOPDOCK_RETURN_IF_ERROR(last.status());
    std::optional<Stay> open;
    if (!last->rows.empty()) open = ParseStayOf(site_, member, last->rows.front());
    if (open.has_value() && open->to != 0) open.reset();
    known = stays_.emplace(member, std::move(open)).first;
  }
  std::optional<Stay>& open = known->second;
  const std::string id(IdOf(container));
  if ((open.has_value() ? open->container : "") == id) return absl::OkStatus();
  const auto put = [&](const Stay& stay) {
    std::string to;
    AppendBigEndian64(&to, static_cast<std::uint64_t>(stay.to));
    last_rows_[StayInKey(site_, stay)] = to;
    last_rows_[StayOfKey(site_, stay)] = EncodeStayOf(stay);
  };
  if (open.has_value()) {
    open->to = sequence;
    put(*open);
    open.reset();
  }
  if (!id.empty()) {
    open = Stay{member, id, sequence, 0};
    put(*open);
  }
  return absl::OkStatus();
}

absl::StatusOr<IndexedPlace*> IndexBuilder::PlaceOf(const std::string& container) {
  auto known = places_.find(container);
  if (known == places_.end()) {
    const auto row = index_.Get(kIndexStays, PlaceKey(site_, container));
    if (!row.ok()) return row.status();
    known = places_.emplace(container, DecodePlace(row->value_or(""))).first;
  }
  return &known->second;
}

absl::Status IndexBuilder::ContainerSet(std::string_view name, std::string_view parent,
                                        std::string_view location, std::int64_t sequence) {
  const std::string id(IdOf(name));
  const auto place = PlaceOf(id);
  LOOPDOCK_RETURN_IF_ERROR(place.status());
  const std::string parent_id(IdOf(parent));
  const std::string location_id(parent.empty() ? IdOf(location) : "");
  const bool is_new = (*place)->parent.empty() && (*place)->location.empty();
  if ((*place)->parent == parent_id && (*place)->location == location_id) return absl::OkStatus();
  (*place)->parent = parent_id;
  (*place)->location = location_id;
  last_rows_[PlaceKey(site_, id)] = EncodePlace(**place);
  if (!is_new) last_rows_[MoveKey(site_, id, sequence)] = "";
  return MoveMember(name, parent, sequence);
}

// Whether a data device counts as secured depends on where it stands.
absl::Status IndexBuilder::LocationSet(const v1::Location& location) {
  const std::string id(IdOf(location.name()));
  const std::string key = SecuredKey(site_, id);
  const auto kept = index_.Get(kIndexStays, key);
  LOOPDOCK_RETURN_IF_ERROR(kept.status());
  const std::string secured = location.secured() ? "1" : "0";
  last_rows_[key] = secured;
  if (!kept->has_value() || **kept == secured) return absl::OkStatus();
  const std::string prefix = PostingPrefix(site_, Term(FindFilterField("location")->index, id));
  std::string after;
  for (;;) {
    storage::ScanOptions options;
    options.table = kIndexPostings;
    options.prefix = prefix;
    if (!after.empty()) options.after = after;
    const auto page = index_.Scan(options);
    LOOPDOCK_RETURN_IF_ERROR(page.status());
    for (const storage::Row& row : page->rows) {
      assets_.try_emplace(row.key.substr(prefix.size()), 0);
    }
    if (!page->more || page->rows.empty()) return absl::OkStatus();
    after = page->rows.back().key;
  }
}

absl::Status IndexBuilder::SettleContainers() {
  for (const std::string& container : containers_) {
    // As with assets, the row corrects facts whose meaning is not known here.
    const std::string name = Cat("sites/", site_, "/containers/", container);
    v1::Container row;
    const auto value = snapshot_->Get(kResources, ResourceKey(site_, "containers", container));
    LOOPDOCK_RETURN_IF_ERROR(value.status());
    if (!value->has_value() || !row.ParseFromString(**value)) continue;
    const auto changed = common::ParseCounterName(row.etag());
    if (changed.ok() && *changed <= static_cast<std::uint64_t>(through_)) {
      LOOPDOCK_RETURN_IF_ERROR(ContainerSet(name, row.parent(), row.location(), through_));
    }
    LOOPDOCK_RETURN_IF_ERROR(SettleContainer(container, 0));
  }
  return absl::OkStatus();
}

// Where the container stands in the end has changed: so has it for all that is in it.
absl::Status IndexBuilder::SettleContainer(const std::string& container, int depth) {
  if (depth > kContainerDepthMax) return absl::OkStatus();
  const auto location = placer_->LocationOf(Cat("sites/", site_, "/containers/", container));
  LOOPDOCK_RETURN_IF_ERROR(location.status());
  const auto place = PlaceOf(container);
  LOOPDOCK_RETURN_IF_ERROR(place.status());
  const std::string resolved(IdOf(*location));
  if ((*place)->resolved == resolved) return absl::OkStatus();
  const bool is_new = (*place)->resolved.empty();
  (*place)->resolved = resolved;
  last_rows_[PlaceKey(site_, container)] = EncodePlace(**place);
  return is_new ? absl::OkStatus() : AddMembers(container, depth);
}

absl::Status IndexBuilder::AddMembers(const std::string& container, int depth) {
  const std::string prefix = PlaceMemberKey(site_, Cat("containers/", container), "");
  std::string after;
  for (;;) {
    storage::ScanOptions options;
    options.table = kMembers;
    options.prefix = prefix;
    if (!after.empty()) options.after = after;
    options.limit = kPageRows;
    const auto page = snapshot_->Scan(options);
    LOOPDOCK_RETURN_IF_ERROR(page.status());
    for (const storage::Row& row : page->rows) {
      const std::string member = row.key.substr(prefix.size());
      if (absl::StartsWith(member, "assets/")) {
        assets_.try_emplace(std::string(IdOf(member)), 0);
      } else {
        LOOPDOCK_RETURN_IF_ERROR(SettleContainer(std::string(IdOf(member)), depth + 1));
      }
    }
    if (!page->more || page->rows.empty()) return absl::OkStatus();
    after = page->rows.back().key;
  }
}

// What is built into an asset goes where it goes. Whether that has changed is not asked: if this
// step is cut off and taken again, the asset itself no longer differs.
absl::Status IndexBuilder::AddBuiltIn() {
  std::vector<std::string> hosts;
  for (const auto& [id, sequence] : assets_) hosts.push_back(id);
  for (int depth = 0; !hosts.empty() && depth < kComponentDepthMax; ++depth) {
    std::vector<std::string> keys;
    for (const std::string& id : hosts) keys.push_back(LookupKey(site_, Lookup::kComponents, id));
    std::vector<storage::TableKey> wanted;
    for (const std::string& key : keys) wanted.push_back({kLookups, key});
    const auto rows = snapshot_->MultiGet(wanted);
    LOOPDOCK_RETURN_IF_ERROR(rows.status());
    hosts.clear();
    for (const auto& row : *rows) {
      for (std::string& component : DecodeIds(row.value_or(""))) {
        if (assets_.try_emplace(component, 0).second) hosts.push_back(std::move(component));
      }
    }
  }
  return absl::OkStatus();
}

absl::Status IndexBuilder::IndexAssets() {
  LOOPDOCK_RETURN_IF_ERROR(AddBuiltIn());
  std::vector<std::string> ids;
  for (const auto& [id, sequence] : assets_) ids.push_back(id);
  for (size_t first = 0; first < ids.size(); first += kChunk) {
    if (first > 0) LOOPDOCK_RETURN_IF_ERROR(Flush());
    LOOPDOCK_RETURN_IF_ERROR(IndexChunk(absl::MakeSpan(ids).subspan(first, kChunk)));
  }
  return absl::OkStatus();
}

absl::Status IndexBuilder::IndexChunk(absl::Span<const std::string> ids) {
  std::vector<std::string> keys;
  for (const std::string& id : ids) keys.push_back(AssetKey(site_, id));
  std::vector<storage::TableKey> wanted;
  for (const std::string& key : keys) wanted.push_back({kAssets, key});
  const auto rows = snapshot_->MultiGet(wanted);
  LOOPDOCK_RETURN_IF_ERROR(rows.status());
  for (storage::TableKey& key : wanted) key.table = kIndexAssets;
  const auto kept = index_.MultiGet(wanted);
  LOOPDOCK_RETURN_IF_ERROR(kept.status());
  // A host changes with what is built into it, whether the fact names the host or not.
  std::vector<std::string> hosts;
  const auto add_host = [&](std::string_view id) {
    if (!id.empty() && assets_.try_emplace(std::string(id), 0).second) hosts.emplace_back(id);
  };
  for (size_t i = 0; i < ids.size(); ++i) {
    if (!(*rows)[i].has_value()) continue;  // named by a fact, but never booked
    v1::Asset asset;
    if (!asset.ParseFromString(*(*rows)[i])) {
      return common::Error(absl::StatusCode::kDataLoss, "STORE_CORRUPT",
                           Cat("Asset ", ids[i], " cannot be parsed; run fsck."));
    }
    add_host(IdOf(asset.installed_in()));
    std::optional<IndexedAsset> before;
    if ((*kept)[i].has_value()) {
      before = DecodeIndexed(*(*kept)[i]);
      if (!before.has_value()) {
        return common::Error(absl::StatusCode::kDataLoss, "STORE_CORRUPT",
                             Cat("What the index keeps of asset ", ids[i], " cannot be read."));
      }
    }
    const bool is_known = before.has_value();
    if (!is_known) before.emplace();
    for (const std::string& term : before->terms) {
      if (term.front() == kHostLetter) add_host(std::string_view(term).substr(1));
    }
    LOOPDOCK_RETURN_IF_ERROR(SettleStay(asset));
    LOOPDOCK_RETURN_IF_ERROR(IndexAsset(ids[i], &asset, is_known, *before));
  }
  return hosts.empty() ? absl::OkStatus() : IndexChunk(hosts);
}

absl::Status IndexBuilder::IndexAsset(const std::string& id, v1::Asset* asset, bool is_known,
                                      const IndexedAsset& before) {
  LOOPDOCK_RETURN_IF_ERROR(placer_->Place(asset));
  const IndexedAsset after = IndexedOf(*asset);
  std::vector<std::string> old_keys;
  if (is_known) {
    if (before == after) return absl::OkStatus();
    old_keys = PostingsOf(site_, id, before);
    Count(before, -1);
  }
  std::vector<std::string> new_keys = PostingsOf(site_, id, after);
  std::sort(old_keys.begin(), old_keys.end());
  std::sort(new_keys.begin(), new_keys.end());
  std::vector<std::string> changed;
  std::set_difference(old_keys.begin(), old_keys.end(), new_keys.begin(), new_keys.end(),
                      std::back_inserter(changed));
  for (const std::string& key : changed) batch_.Delete(kIndexPostings, key);
  changed.clear();
  std::set_difference(new_keys.begin(), new_keys.end(), old_keys.begin(), old_keys.end(),
                      std::back_inserter(changed));
  for (const std::string& key : changed) batch_.Put(kIndexPostings, key, "");
  Count(after, 1);
  batch_.Put(kIndexAssets, AssetKey(site_, id), EncodeIndexed(after));
  return absl::OkStatus();
}

// A stay follows the facts; where their meaning is not known here, the row corrects it, unless the
// row is ahead of the facts taken so far.
absl::Status IndexBuilder::SettleStay(const v1::Asset& asset) {
  const auto named = assets_.find(std::string(IdOf(asset.name())));
  if (named == assets_.end() || named->second == 0) return absl::OkStatus();
  if (asset.last_sequence() > through_) return absl::OkStatus();
  return MoveMember(asset.name(), IsOpen(asset) ? asset.container() : "", named->second);
}

void IndexBuilder::Count(const IndexedAsset& indexed, int change) {
  for (const std::string& term : indexed.terms) {
    if (!HasCounts(term)) continue;
    std::string key = CountPrefix(site_, term);
    key.push_back(static_cast<char>(indexed.state));
    counts_[key] += change;
  }
}

absl::Status IndexBuilder::Flush() {
  std::vector<storage::TableKey> wanted;
  std::vector<std::int64_t> changes;
  for (const auto& [key, change] : counts_) {
    if (change == 0) continue;
    wanted.push_back({kIndexCounts, key});
    changes.push_back(change);
  }
  const auto rows = index_.MultiGet(wanted);
  LOOPDOCK_RETURN_IF_ERROR(rows.status());
  for (size_t i = 0; i < wanted.size(); ++i) {
    std::int64_t count = 0;
    if ((*rows)[i].has_value() && !absl::SimpleAtoi(*(*rows)[i], &count)) count = 0;
    count += changes[i];
    if (count == 0) {
      batch_.Delete(kIndexCounts, wanted[i].key);
    } else {
      batch_.Put(kIndexCounts, wanted[i].key, std::to_string(count));
    }
  }
  batch_.Sort();
  LOOPDOCK_RETURN_IF_ERROR(index_.Write(batch_));
  counts_.clear();
  batch_.Clear();
  return absl::OkStatus();
}

}  // namespace loopdock::inventory
