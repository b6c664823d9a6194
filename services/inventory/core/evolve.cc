// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/core/evolve.h"

#include <algorithm>

#include "services/common/ids.h"
#include "services/common/status.h"
#include "services/inventory/core/text.h"

namespace loopdock::inventory {

bool IsOpen(const v1::Asset& asset) { return asset.state() == v1::ASSET_STATE_IN_STOCK; }

bool IsDataSafe(const v1::Asset& asset) {
  switch (asset.data_status()) {
    case v1::DATA_STATUS_NO_STORAGE:
    case v1::DATA_STATUS_EVALUATED_NO_DATA:
      return true;
    case v1::DATA_STATUS_SANITIZED_CLEAR:
    case v1::DATA_STATUS_SANITIZED_PURGE:
    case v1::DATA_STATUS_DESTROYED:
      return asset.data_device_state() == v1::DATA_DEVICE_STATE_RELEASED;
    default:
      return false;
  }
}

std::string EtagOf(const v1::FeedEntry& entry) {
  return common::CounterName(static_cast<std::uint64_t>(entry.sequence()));
}

namespace {

// Where an open asset stands: "containers/x", "locations/x", or nothing once it has left.
std::string PlaceOf(const v1::Asset& asset) {
  if (!IsOpen(asset)) return "";
  return std::string(TailOf(asset.container().empty() ? asset.location() : asset.container()));
}

std::string PlaceOf(const v1::Container& container) {
  return std::string(
      TailOf(container.parent().empty() ? container.location() : container.parent()));
}

class Evolver {
 public:
  Evolver(const v1::FeedEntry& entry, Rows& rows) : entry_(entry), rows_(rows) {}

  absl::Status Take(const v1::Fact& fact);

 private:
  // Writes a resource under its name, with etag and time of creation.
  template <typename Message>
  absl::Status Put(Message message) {
    if constexpr (requires { message.set_etag(""); }) message.set_etag(EtagOf(entry_));
    if constexpr (requires { message.mutable_create_time(); }) {
      if (!message.has_create_time()) *message.mutable_create_time() = entry_.server_time();
    }
    if constexpr (requires { message.mutable_update_time(); }) {
      *message.mutable_update_time() = entry_.server_time();
    }
    rows_.Write(message.name(), message);
    return absl::OkStatus();
  }

  // The same for a resource that has a unique reference in other systems.
  template <typename Message>
  absl::Status PutReferenced(const Message& message, std::string_view collection) {
    Message before;
    const auto found = rows_.Read(message.name(), &before);
    LOOPDOCK_RETURN_IF_ERROR(found.status());
    SetReference(collection, before.external_ref(), message.external_ref(), message.name());
    return Put(message);
  }

  void SetReference(std::string_view collection, std::string_view before, std::string_view after,
                    std::string_view name);
  absl::Status Place(std::string_view before, std::string_view after, std::string_view member);
  absl::Status Count(std::string_view container, int assets, std::int64_t unsanitized);
  absl::Status Hold(const v1::Identifier& identifier, std::string_view name);
  absl::Status LetGo(const v1::Identifier& identifier, std::string_view name);
  void AddHistory(v1::Asset* asset);
  absl::Status PutAsset(const v1::Asset* before, v1::Asset after, bool new_etag = true);
  template <typename ChangeFn>
  absl::Status ChangeAsset(std::string_view name, ChangeFn&& change, bool new_etag = true);

  absl::Status ManifestLinesAdded(const v1::ManifestLinesAdded& added);
  absl::Status ManifestActivated(const v1::ManifestActivated& activated);
  absl::Status ManifestLineMatched(const v1::ManifestLineMatched& matched);
  absl::Status SessionOpened(const v1::ReceivingSession& session);
  absl::Status SessionClosed(const v1::SessionClosed& closed);
  absl::Status ScanRecorded(const v1::Scan& scan);
  absl::Status AssetRegistered(const v1::Asset& asset);
  absl::Status AssetIdentified(const v1::AssetIdentified& identified);
  absl::Status AssetMoved(const v1::AssetMoved& moved);
  absl::Status CatalogEntrySet(const v1::CatalogEntry& set);
  absl::Status ContainerSet(const v1::Container& container);
  absl::Status ContainerMoved(const v1::ContainerMoved& moved);
  absl::Status ApplicabilityChanged(const v1::ApplicabilityChanged& changed);
  absl::Status ResponsesExpired(const v1::ResponsesExpired& expired);
  absl::Status TakeReference(const v1::Fact& fact);
  absl::Status TakeAsset(const v1::Fact& fact);
  absl::Status TakeProcessing(const v1::Fact& fact);
  absl::Status TakeOutbound(const v1::Fact& fact);

  const v1::FeedEntry& entry_;
  Rows& rows_;
};

void Evolver::SetReference(std::string_view collection, std::string_view before,
                           std::string_view after, std::string_view name) {
  if (before == after) return;
  const auto key = [&](std::string_view reference) {
    const std::string_view site = collection == "parties" ? kNoSite : entry_.site();
    return LookupKey(site, Lookup::kExternalRef,
                     Cat(collection, std::string_view("\0", 1), reference));
  };
  if (!before.empty()) rows_.Delete(kLookups, key(before));
  if (!after.empty()) rows_.Put(kLookups, key(after), std::string(IdOf(name)));
}

absl::Status Evolver::Place(std::string_view before, std::string_view after,
                            std::string_view member) {
  if (before == after) return absl::OkStatus();
  if (!before.empty()) rows_.Delete(kMembers, PlaceMemberKey(entry_.site(), before, member));
  if (!after.empty()) rows_.Put(kMembers, PlaceMemberKey(entry_.site(), after, member), "");
  return absl::OkStatus();
}

// Adds to what a container and those around it hold; assets count only where they stand.
absl::Status Evolver::Count(std::string_view container, int assets, std::int64_t unsanitized) {
  std::string name(container);
  for (int depth = 0; !name.empty() && depth < kContainerDepthMax; ++depth) {
    if (assets == 0 && unsanitized == 0) break;
    v1::Container outer;
    LOOPDOCK_RETURN_IF_ERROR(rows_.ReadExpected(name, &outer));
    outer.set_asset_count(outer.asset_count() + assets);
    outer.set_unsanitized_count(outer.unsanitized_count() + unsanitized);
    outer.set_etag(EtagOf(entry_));
    rows_.Write(name, outer);
    assets = 0;
    name = outer.parent();
  }
  return absl::OkStatus();
}

absl::Status Evolver::Hold(const v1::Identifier& identifier, std::string_view name) {
  const std::string key = IdentifierKey(entry_.site(), identifier.kind(), identifier.value());
  auto row = rows_.Get(kIdentifiers, key);
  LOOPDOCK_RETURN_IF_ERROR(row.status());
  std::vector<Holder> holders = DecodeHolders(row->value_or(""));
  const std::string issuer = NormaliseIssuer(identifier.issuer());
  const auto same = std::find_if(holders.begin(), holders.end(),
                                 [&](const Holder& holder) { return holder.issuer == issuer; });
  if (same == holders.end()) {
    holders.push_back({issuer, std::string(TailOf(name))});
  } else {
    same->target = std::string(TailOf(name));
  }
  rows_.Put(kIdentifiers, key, EncodeHolders(holders));
  return absl::OkStatus();
}

absl::Status Evolver::LetGo(const v1::Identifier& identifier, std::string_view name) {
  const std::string key = IdentifierKey(entry_.site(), identifier.kind(), identifier.value());
  auto row = rows_.Get(kIdentifiers, key);
  LOOPDOCK_RETURN_IF_ERROR(row.status());
  std::vector<Holder> holders = DecodeHolders(row->value_or(""));
  const Holder gone{NormaliseIssuer(identifier.issuer()), std::string(TailOf(name))};
  holders.erase(std::remove(holders.begin(), holders.end(), gone), holders.end());
  if (holders.empty()) {
    rows_.Delete(kIdentifiers, key);
  } else {
    rows_.Put(kIdentifiers, key, EncodeHolders(holders));
  }
  return absl::OkStatus();
}

void Evolver::AddHistory(v1::Asset* asset) {
  const int kept = asset->history_size();
  if (kept > 0 && asset->history(kept - 1) == entry_.sequence()) return;
  if (kept == kHistoryKept) {
    std::string moved;
    for (const std::int64_t sequence : asset->history()) {
      AppendBigEndian64(&moved, static_cast<std::uint64_t>(sequence));
    }
    rows_.Put(kHistory, HistoryKey(entry_.site(), IdOf(asset->name()), asset->history(0)),
              std::move(moved));
    asset->clear_history();
  }
  asset->add_history(entry_.sequence());
}

absl::Status Evolver::PutAsset(const v1::Asset* before, v1::Asset after, bool new_etag) {
  const std::string old_place = before == nullptr ? "" : PlaceOf(*before);
  const std::string new_place = PlaceOf(after);
  const bool was_inside = before != nullptr && IsOpen(*before) && !before->container().empty();
  const bool is_inside = IsOpen(after) && !after.container().empty();
  const int was_unsafe = was_inside && !IsDataSafe(*before) ? 1 : 0;
  const int is_unsafe = is_inside && !IsDataSafe(after) ? 1 : 0;
  if (was_inside && is_inside && old_place == new_place) {
    LOOPDOCK_RETURN_IF_ERROR(Count(after.container(), 0, is_unsafe - was_unsafe));
  } else {
    if (was_inside) LOOPDOCK_RETURN_IF_ERROR(Count(before->container(), -1, -was_unsafe));
    if (is_inside) LOOPDOCK_RETURN_IF_ERROR(Count(after.container(), 1, is_unsafe));
  }
  LOOPDOCK_RETURN_IF_ERROR(Place(old_place, new_place, TailOf(after.name())));
  if (new_etag) after.set_etag(EtagOf(entry_));
  *after.mutable_update_time() = entry_.server_time();
  after.set_last_sequence(entry_.sequence());
  AddHistory(&after);
  rows_.Write(after.name(), after);
  return absl::OkStatus();
}

template <typename ChangeFn>
absl::Status Evolver::ChangeAsset(std::string_view name, ChangeFn&& change, bool new_etag) {
  v1::Asset before;
  LOOPDOCK_RETURN_IF_ERROR(rows_.ReadExpected(name, &before));
  v1::Asset after = before;
  change(after);
  return PutAsset(&before, std::move(after), new_etag);
}

absl::Status Evolver::ManifestLinesAdded(const v1::ManifestLinesAdded& added) {
  v1::Manifest manifest;
  LOOPDOCK_RETURN_IF_ERROR(rows_.ReadExpected(added.manifest(), &manifest));
  manifest.set_line_count(manifest.line_count() + added.lines_size());
  if (added.lines_size() == 0) return Put(manifest);
  const std::string id(IdOf(added.manifest()));
  const std::int64_t first = added.lines(0).number();
  rows_.Write(kManifestLines, ManifestLinesKey(entry_.site(), id, first), added);
  for (const v1::ManifestLine& line : added.lines()) {
    if (line.serial().empty()) continue;
    rows_.Put(kLookups,
              LookupKey(entry_.site(), Lookup::kManifestSerial, SerialWords(id, line.serial())),
              EncodeSerialLine({line.number(), first, ""}));
  }
  return Put(manifest);
}

absl::Status Evolver::ManifestActivated(const v1::ManifestActivated& activated) {
  v1::Manifest manifest;
  LOOPDOCK_RETURN_IF_ERROR(rows_.ReadExpected(activated.manifest(), &manifest));
  manifest.set_active(true);
  LOOPDOCK_RETURN_IF_ERROR(Put(manifest));
  v1::Load load;
  LOOPDOCK_RETURN_IF_ERROR(rows_.ReadExpected(activated.load(), &load));
  load.set_manifest(activated.manifest());
  for (const std::string& name : load.open_sessions()) {
    v1::ReceivingSession session;
    LOOPDOCK_RETURN_IF_ERROR(rows_.ReadExpected(name, &session));
    session.set_manifest(activated.manifest());
    LOOPDOCK_RETURN_IF_ERROR(Put(session));
  }
  return Put(load);
}

absl::Status Evolver::ManifestLineMatched(const v1::ManifestLineMatched& matched) {
  const std::string key = LookupKey(entry_.site(), Lookup::kManifestSerial,
                                    SerialWords(IdOf(matched.manifest()), matched.serial()));
  const auto row = rows_.Get(kLookups, key);
  LOOPDOCK_RETURN_IF_ERROR(row.status());
  SerialLine line = DecodeSerialLine(row->value_or(""));
  line.number = matched.line();
  line.asset = std::string(IdOf(matched.asset()));
  rows_.Put(kLookups, key, EncodeSerialLine(line));
  return ChangeAsset(matched.asset(),
                     [&](v1::Asset& asset) { asset.set_manifest_line(matched.line()); });
}

absl::Status Evolver::SessionOpened(const v1::ReceivingSession& session) {
  LOOPDOCK_RETURN_IF_ERROR(Put(session));
  v1::Load load;
  LOOPDOCK_RETURN_IF_ERROR(rows_.ReadExpected(session.load(), &load));
  load.set_state(v1::LOAD_STATE_RECEIVING);
  load.add_open_sessions(session.name());
  return Put(load);
}

// Only now the load learns the session's counts: while it is open they are read from its own row,
// so that a scan changes one row of counts and not two.
absl::Status Evolver::SessionClosed(const v1::SessionClosed& closed) {
  v1::ReceivingSession session;
  LOOPDOCK_RETURN_IF_ERROR(rows_.ReadExpected(closed.session(), &session));
  session.set_open(false);
  *session.mutable_close_time() = entry_.server_time();
  LOOPDOCK_RETURN_IF_ERROR(Put(session));
  v1::Load load;
  LOOPDOCK_RETURN_IF_ERROR(rows_.ReadExpected(session.load(), &load));
  load.set_asset_count(load.asset_count() + session.asset_count());
  load.set_scan_count(load.scan_count() + session.scan_count());
  auto* open = load.mutable_open_sessions();
  open->erase(std::remove(open->begin(), open->end(), session.name()), open->end());
  return Put(load);
}

// The scan itself stays in the feed entry, whose sequence its name tells.
absl::Status Evolver::ScanRecorded(const v1::Scan& scan) {
  v1::ReceivingSession session;
  LOOPDOCK_RETURN_IF_ERROR(rows_.ReadExpected(scan.session(), &session));
  session.set_scan_count(session.scan_count() + 1);
  switch (scan.outcome()) {
    case v1::SCAN_OUTCOME_BOOKED:
      session.set_asset_count(session.asset_count() + 1);
      break;
    case v1::SCAN_OUTCOME_DUPLICATE:
      session.set_duplicate_count(session.duplicate_count() + 1);
      break;
    case v1::SCAN_OUTCOME_UNREAD:
      session.set_unread_count(session.unread_count() + 1);
      break;
    default:
      break;
  }
  if (!scan.asset_key().empty() && !scan.asset().empty() &&
      scan.outcome() != v1::SCAN_OUTCOME_UNREAD) {
    const bool duplicate = scan.outcome() == v1::SCAN_OUTCOME_DUPLICATE;
    const std::string key = LookupKey(entry_.site(), Lookup::kAssetKey, scan.asset_key());
    const auto known = rows_.Get(kLookups, key);
    LOOPDOCK_RETURN_IF_ERROR(known.status());
    // A key that has registered an asset keeps it, whatever else is scanned under it.
    if (!duplicate || !known->has_value()) {
      rows_.Put(kLookups, key, Cat(duplicate ? "D" : "A", IdOf(scan.asset())));
    }
  }
  return Put(session);
}

absl::Status Evolver::AssetRegistered(const v1::Asset& asset) {
  for (const v1::Identifier& identifier : asset.identifiers()) {
    LOOPDOCK_RETURN_IF_ERROR(Hold(identifier, asset.name()));
  }
  if (!asset.load().empty()) {
    rows_.Put(kMembers, LoadMemberKey(entry_.site(), IdOf(asset.load()), IdOf(asset.name())), "");
  }
  SetReference("assets", "", asset.external_ref(), asset.name());
  v1::Asset registered = asset;
  *registered.mutable_create_time() = entry_.server_time();
  return PutAsset(nullptr, std::move(registered));
}

absl::Status Evolver::AssetIdentified(const v1::AssetIdentified& identified) {
  for (const v1::Identifier& identifier : identified.removed()) {
    LOOPDOCK_RETURN_IF_ERROR(LetGo(identifier, identified.asset()));
  }
  for (const v1::Identifier& identifier : identified.added()) {
    LOOPDOCK_RETURN_IF_ERROR(Hold(identifier, identified.asset()));
  }
  return ChangeAsset(identified.asset(), [&](v1::Asset& asset) {
    auto* kept = asset.mutable_identifiers();
    for (const v1::Identifier& gone : identified.removed()) {
      const auto same = [&](const v1::Identifier& identifier) {
        return identifier.kind() == gone.kind() &&
               NormaliseIssuer(identifier.issuer()) == NormaliseIssuer(gone.issuer()) &&
               NormaliseIdentifier(identifier.kind(), identifier.value()) ==
                   NormaliseIdentifier(gone.kind(), gone.value());
      };
      kept->erase(std::remove_if(kept->begin(), kept->end(), same), kept->end());
    }
    for (const v1::Identifier& added : identified.added()) *asset.add_identifiers() = added;
    if (!identified.maker().empty()) asset.set_maker(identified.maker());
    if (!identified.model().empty()) asset.set_model(identified.model());
    if (!identified.category().empty()) asset.set_category(identified.category());
    if (identified.mass_g() > 0) asset.set_mass_g(identified.mass_g());
    if (identified.focus_materials_size() > 0) {
      *asset.mutable_focus_materials() = identified.focus_materials();
    }
  });
}

absl::Status Evolver::AssetMoved(const v1::AssetMoved& moved) {
  v1::Location location;
  LOOPDOCK_RETURN_IF_ERROR(rows_.ReadExpected(moved.to_location(), &location));
  return ChangeAsset(moved.asset(), [&](v1::Asset& asset) {
    asset.set_container(moved.to_container());
    asset.set_location(moved.to_container().empty() ? moved.to_location() : "");
    if (location.secured() && asset.data_device_state() == v1::DATA_DEVICE_STATE_DISCOVERED) {
      asset.set_data_device_state(v1::DATA_DEVICE_STATE_SECURED);
    }
  });
}

absl::Status Evolver::CatalogEntrySet(const v1::CatalogEntry& set) {
  v1::CatalogEntry before;
  LOOPDOCK_RETURN_IF_ERROR(rows_.Read(set.name(), &before).status());
  for (const std::string& key : before.keys()) {
    rows_.Delete(kLookups, LookupKey(entry_.site(), Lookup::kCatalogKey, key));
  }
  for (const std::string& key : set.keys()) {
    rows_.Put(kLookups, LookupKey(entry_.site(), Lookup::kCatalogKey, key),
              std::string(IdOf(set.name())));
  }
  return Put(set);
}

absl::Status Evolver::ContainerSet(const v1::Container& container) {
  v1::Container before;
  const auto found = rows_.Read(container.name(), &before);
  LOOPDOCK_RETURN_IF_ERROR(found.status());
  LOOPDOCK_RETURN_IF_ERROR(
      Place(*found ? PlaceOf(before) : "", PlaceOf(container), TailOf(container.name())));
  if (!*found && !container.sscc().empty()) {
    v1::Identifier identifier;
    identifier.set_kind(v1::IDENTIFIER_KIND_SSCC);
    identifier.set_value(container.sscc());
    LOOPDOCK_RETURN_IF_ERROR(Hold(identifier, container.name()));
  }
  return Put(container);
}

absl::Status Evolver::ContainerMoved(const v1::ContainerMoved& moved) {
  v1::Container container;
  LOOPDOCK_RETURN_IF_ERROR(rows_.ReadExpected(moved.container(), &container));
  const std::string before = PlaceOf(container);
  LOOPDOCK_RETURN_IF_ERROR(Count(container.parent(), 0, -container.unsanitized_count()));
  container.clear_parent();
  container.set_location(moved.to_location());
  LOOPDOCK_RETURN_IF_ERROR(Place(before, PlaceOf(container), TailOf(container.name())));
  return Put(container);
}

absl::Status Evolver::ApplicabilityChanged(const v1::ApplicabilityChanged& changed) {
  return ChangeAsset(changed.asset(), [&](v1::Asset& asset) {
    asset.set_applicability(changed.applicability());
    asset.set_controlled_reason(changed.controlled_reason());
    asset.set_unrestricted_reason(changed.unrestricted_reason());
    asset.set_control_exit(changed.control_exit());
  });
}

absl::Status Evolver::ResponsesExpired(const v1::ResponsesExpired& expired) {
  for (const std::string& request_id : expired.request_ids()) {
    rows_.Delete(kResponses, ResponseKey(entry_.site(), request_id));
  }
  rows_.Put(kLookups, LookupKey(entry_.site(), Lookup::kSweptThrough, ""),
            std::to_string(expired.through_sequence()));
  return absl::OkStatus();
}

absl::Status Evolver::TakeReference(const v1::Fact& fact) {
  switch (fact.kind_case()) {
    case v1::Fact::kSiteSet:
      return Put(fact.site_set());
    case v1::Fact::kPartySet:
      return PutReferenced(fact.party_set(), "parties");
    case v1::Fact::kLocationSet:
      return Put(fact.location_set());
    case v1::Fact::kStationSet:
      return Put(fact.station_set());
    case v1::Fact::kLoadSet:
      return PutReferenced(fact.load_set(), "loads");
    case v1::Fact::kLoadClosed: {
      v1::Load load;
      LOOPDOCK_RETURN_IF_ERROR(rows_.ReadExpected(fact.load_closed().load(), &load));
      load.set_state(v1::LOAD_STATE_CLOSED);
      return Put(load);
    }
    case v1::Fact::kManifestCreated:
      return Put(fact.manifest_created());
    case v1::Fact::kManifestLinesAdded:
      return ManifestLinesAdded(fact.manifest_lines_added());
    case v1::Fact::kManifestActivated:
      return ManifestActivated(fact.manifest_activated());
    case v1::Fact::kColumnMappingSet: {
      v1::ColumnMapping mapping = fact.column_mapping_set();
      *mapping.mutable_update_time() = entry_.server_time();
      rows_.Write(kResources, ResourceKey(entry_.site(), "columns", IdOf(mapping.supplier())),
                  mapping);
      return absl::OkStatus();
    }
    case v1::Fact::kLabelLayoutSet:
      return Put(fact.label_layout_set());
    case v1::Fact::kCatalogEntrySet:
      return CatalogEntrySet(fact.catalog_entry_set());
    default:
      return TakeAsset(fact);
  }
}

absl::Status Evolver::TakeAsset(const v1::Fact& fact) {
  switch (fact.kind_case()) {
    case v1::Fact::kSessionOpened:
      return SessionOpened(fact.session_opened());
    case v1::Fact::kSessionClosed:
      return SessionClosed(fact.session_closed());
    case v1::Fact::kScanRecorded:
      return ScanRecorded(fact.scan_recorded());
    case v1::Fact::kAssetRegistered:
      return AssetRegistered(fact.asset_registered());
    case v1::Fact::kAssetIdentified:
      return AssetIdentified(fact.asset_identified());
    case v1::Fact::kManifestLineMatched:
      return ManifestLineMatched(fact.manifest_line_matched());
    case v1::Fact::kContainerSet:
      return ContainerSet(fact.container_set());
    case v1::Fact::kAssetMoved:
      return AssetMoved(fact.asset_moved());
    case v1::Fact::kContainerMoved:
      return ContainerMoved(fact.container_moved());
    case v1::Fact::kHoldPlaced:
      return ChangeAsset(fact.hold_placed().asset(),
                         [&](v1::Asset& asset) { *asset.add_holds() = fact.hold_placed().hold(); });
    case v1::Fact::kHoldReleased:
      return ChangeAsset(fact.hold_released().asset(), [&](v1::Asset& asset) {
        auto* holds = asset.mutable_holds();
        holds->erase(std::remove_if(holds->begin(), holds->end(),
                                    [&](const v1::Hold& hold) {
                                      return hold.id() == fact.hold_released().hold_id();
                                    }),
                     holds->end());
      });
    case v1::Fact::kAssetWithdrawn:
      return ChangeAsset(fact.asset_withdrawn().asset(), [](v1::Asset& asset) {
        asset.set_state(v1::ASSET_STATE_WITHDRAWN);
        asset.clear_location();
        asset.clear_container();
      });
    default:
      return TakeProcessing(fact);
  }
}

absl::Status Evolver::TakeProcessing(const v1::Fact& fact) {
  switch (fact.kind_case()) {
    case v1::Fact::kInspectionRecorded:
      return ChangeAsset(fact.inspection_recorded().asset(), [&](v1::Asset& asset) {
        *asset.mutable_inspection() = fact.inspection_recorded().summary();
        asset.set_cosmetic(fact.inspection_recorded().summary().cosmetic());
      });
    case v1::Fact::kTestRecorded:
      return ChangeAsset(fact.test_recorded().asset(), [&](v1::Asset& asset) {
        asset.set_functional(fact.test_recorded().functional());
        asset.set_functional_gap(fact.test_recorded().gap());
      });
    case v1::Fact::kSanitizationRecorded:
      return ChangeAsset(
          fact.sanitization_recorded().sanitization().asset(), [&](v1::Asset& asset) {
            asset.set_data_status(fact.sanitization_recorded().data_status());
            asset.set_data_device_state(fact.sanitization_recorded().data_device_state());
          });
    case v1::Fact::kSanitizationReleased:
      return ChangeAsset(fact.sanitization_released().asset(), [](v1::Asset& asset) {
        asset.set_data_device_state(v1::DATA_DEVICE_STATE_RELEASED);
      });
    case v1::Fact::kApplicabilityChanged:
      return ApplicabilityChanged(fact.applicability_changed());
    case v1::Fact::kDecisionRecorded:
      // A decision depends on the facts, so it must not change their etag.
      return ChangeAsset(
          fact.decision_recorded().asset(),
          [&](v1::Asset& asset) {
            *asset.mutable_decision() = fact.decision_recorded();
            *asset.mutable_decision()->mutable_create_time() = entry_.server_time();
          },
          /*new_etag=*/false);
    default:
      return TakeOutbound(fact);
  }
}

absl::Status Evolver::TakeOutbound(const v1::Fact& fact) {
  switch (fact.kind_case()) {
    case v1::Fact::kLotSet: {
      if (!fact.lot_set().load().empty()) {
        v1::Load load;
        LOOPDOCK_RETURN_IF_ERROR(rows_.ReadExpected(fact.lot_set().load(), &load));
        load.set_lot_count(load.lot_count() + 1);
        LOOPDOCK_RETURN_IF_ERROR(Put(load));
      }
      return Put(fact.lot_set());
    }
    case v1::Fact::kShipmentShipped:
      return PutReferenced(fact.shipment_shipped(), "shipments");
    case v1::Fact::kShipmentReceiptConfirmed:
      return Put(fact.shipment_receipt_confirmed().shipment());
    case v1::Fact::kAssetDeparted:
      return ChangeAsset(fact.asset_departed().asset(), [&](v1::Asset& asset) {
        asset.set_state(fact.asset_departed().state());
        asset.set_shipment(fact.asset_departed().shipment());
        asset.clear_location();
        asset.clear_container();
      });
    case v1::Fact::kExceptionRecorded: {
      const v1::ExceptionRecord& exception = fact.exception_recorded();
      rows_.Put(kLookups,
                LookupKey(entry_.site(), Lookup::kException,
                          Cat(exception.rule(), std::string_view("\0", 1), exception.subject())),
                std::string(IdOf(exception.name())));
      return Put(exception);
    }
    case v1::Fact::kConsumerPositionSet:
      rows_.Write(kResources,
                  ResourceKey(entry_.site(), "consumers", fact.consumer_position_set().consumer()),
                  fact.consumer_position_set());
      return absl::OkStatus();
    case v1::Fact::kResponsesExpired:
      return ResponsesExpired(fact.responses_expired());
    default:
      return common::Error(absl::StatusCode::kInternal, "INTERNAL",
                           "The feed has a fact of an unknown kind; run a newer version.");
  }
}

absl::Status Evolver::Take(const v1::Fact& fact) { return TakeReference(fact); }

}  // namespace

absl::Status Evolve(const v1::Fact& fact, const v1::FeedEntry& entry, Rows& rows) {
  return Evolver(entry, rows).Take(fact);
}

}  // namespace loopdock::inventory
