// SPDX-License-Identifier: Apache-2.0
// What all facts share, and the kinds of which there are most: what a dock books.
#include "services/inventory/core/evolve.h"

#include <algorithm>

#include "services/common/ids.h"
#include "services/common/status.h"
#include "services/inventory/core/ages.h"
#include "services/inventory/core/evolver.h"
#include "services/inventory/core/receipts.h"
#include "services/inventory/core/stock.h"

namespace loopdock::inventory {
namespace {

// Things with data that whatever an asset is built into answers for.
int UnsafeWithin(const v1::Asset& asset) {
  if (!IsOpen(asset)) return 0;
  return (IsDataSafeItself(asset) ? 0 : 1) + asset.installed_unsafe_count();
}

Held HeldBy(const v1::Asset& asset) {
  if (!IsOpen(asset) || asset.container().empty()) return {};
  const std::int64_t typical_g = asset.mass_g() > 0 ? 0 : asset.typical_mass_g();
  return {.assets = 1,
          .with_mass = asset.mass_g() > 0 ? 1 : 0,
          .mass_g = asset.mass_g(),
          .with_typical = typical_g > 0 ? 1 : 0,
          .typical_g = typical_g,
          .unsanitized = IsDataSafe(asset) ? 0 : 1};
}

Held Difference(const Held& one, const Held& other) {
  return {.assets = one.assets - other.assets,
          .with_mass = one.with_mass - other.with_mass,
          .mass_g = one.mass_g - other.mass_g,
          .with_typical = one.with_typical - other.with_typical,
          .typical_g = one.typical_g - other.typical_g,
          .unsanitized = one.unsanitized - other.unsanitized};
}

}  // namespace

bool IsOpen(const v1::Asset& asset) { return asset.state() == v1::ASSET_STATE_IN_STOCK; }

bool IsDataSafe(const v1::Asset& asset) {
  return IsDataSafeItself(asset) && asset.installed_unsafe_count() == 0;
}

bool IsDataSafeItself(const v1::Asset& asset) {
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

std::string PlaceOf(const v1::Asset& asset) {
  if (!IsOpen(asset) || !asset.installed_in().empty()) return "";
  return std::string(TailOf(asset.container().empty() ? asset.location() : asset.container()));
}

std::string PlaceOf(const v1::Container& container) {
  return std::string(
      TailOf(container.parent().empty() ? container.location() : container.parent()));
}

void Evolver::SetReference(std::string_view collection, const Reference& before,
                           const Reference& after, std::string_view name) {
  if (before == after) return;
  const auto key = [&](const Reference& reference) {
    return LookupKey(collection == "parties" ? kNoSite : std::string_view(site()),
                     Lookup::kExternalRef,
                     ReferenceWords(collection, reference.owner, reference.value));
  };
  if (!before.value.empty()) rows_.Delete(kLookups, key(before));
  if (!after.value.empty()) rows_.Put(kLookups, key(after), IdOf(name));
}

absl::Status Evolver::Place(std::string_view before, std::string_view after,
                            std::string_view member) {
  if (before == after) return absl::OkStatus();
  if (!before.empty()) rows_.Delete(kMembers, PlaceMemberKey(entry_.site(), before, member));
  if (!after.empty()) rows_.Put(kMembers, PlaceMemberKey(entry_.site(), after, member), "");
  return absl::OkStatus();
}

absl::Status Evolver::Count(std::string_view container, const Held& change) {
  Held left = change;
  std::string name(container);
  for (int depth = 0; !name.empty() && depth < kContainerDepthMax; ++depth) {
    if (left == Held()) break;
    v1::Container outer;
    LOOPDOCK_RETURN_IF_ERROR(rows_.ReadExpected(name, &outer));
    outer.set_asset_count(outer.asset_count() + left.assets);
    outer.set_assets_with_mass_count(outer.assets_with_mass_count() + left.with_mass);
    outer.set_assets_mass_g(outer.assets_mass_g() + left.mass_g);
    outer.set_assets_typical_count(outer.assets_typical_count() + left.with_typical);
    outer.set_assets_typical_mass_g(outer.assets_typical_mass_g() + left.typical_g);
    outer.set_unsanitized_count(outer.unsanitized_count() + left.unsanitized);
    outer.set_etag(EtagOf(entry_));
    rows_.Write(name, outer);
    left = {.unsanitized = left.unsanitized};
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

absl::Status Evolver::CountInstalled(std::string_view host, int unsafe) {
  if (host.empty() || unsafe == 0) return absl::OkStatus();
  v1::Asset before;
  LOOPDOCK_RETURN_IF_ERROR(rows_.ReadExpected(host, &before));
  v1::Asset after = before;
  after.set_installed_unsafe_count(before.installed_unsafe_count() + unsafe);
  LOOPDOCK_RETURN_IF_ERROR(Settle(&before, after));
  // What happened to a component stands in its own history.
  WriteAsset(std::move(after), /*new_etag=*/true);
  return absl::OkStatus();
}

absl::Status Evolver::Settle(const v1::Asset* before, const v1::Asset& after) {
  const std::string_view old_host = before == nullptr ? std::string_view() : before->installed_in();
  const int was_carried = before == nullptr ? 0 : UnsafeWithin(*before);
  if (old_host == after.installed_in()) {
    LOOPDOCK_RETURN_IF_ERROR(CountInstalled(old_host, UnsafeWithin(after) - was_carried));
  } else {
    LOOPDOCK_RETURN_IF_ERROR(CountInstalled(old_host, -was_carried));
    LOOPDOCK_RETURN_IF_ERROR(CountInstalled(after.installed_in(), UnsafeWithin(after)));
  }
  const std::string old_place = before == nullptr ? "" : PlaceOf(*before);
  const std::string new_place = PlaceOf(after);
  const Held was = before == nullptr ? Held() : HeldBy(*before);
  const Held is = HeldBy(after);
  if (was.assets == is.assets && old_place == new_place) {
    LOOPDOCK_RETURN_IF_ERROR(Count(after.container(), Difference(is, was)));
  } else {
    if (was.assets > 0) {
      LOOPDOCK_RETURN_IF_ERROR(Count(before->container(), Difference(Held(), was)));
    }
    if (is.assets > 0) LOOPDOCK_RETURN_IF_ERROR(Count(after.container(), is));
  }
  return Place(old_place, new_place, TailOf(after.name()));
}

void Evolver::WriteAsset(v1::Asset asset, bool new_etag) {
  if (new_etag) asset.set_etag(EtagOf(entry_));
  *asset.mutable_update_time() = entry_.server_time();
  asset.set_last_sequence(entry_.sequence());
  rows_.Write(asset.name(), asset);
}

absl::Status Evolver::PutAsset(const v1::Asset* before, v1::Asset after, bool new_etag) {
  LOOPDOCK_RETURN_IF_ERROR(Settle(before, after));
  LOOPDOCK_RETURN_IF_ERROR(CountStock(before, after, *this));
  LOOPDOCK_RETURN_IF_ERROR(CountAges(before, after, *this));
  LOOPDOCK_RETURN_IF_ERROR(CountLoadData(before, after, *this));
  AddHistory(&after);
  WriteAsset(std::move(after), new_etag);
  return absl::OkStatus();
}

namespace {

// What a scan has booked its session counts with the scan.
absl::Status EnterLoad(const v1::Asset& asset, Evolver& evolver) {
  if (asset.load().empty()) return absl::OkStatus();
  const bool unexpected = asset.manifest_match() == v1::MANIFEST_MATCH_UNEXPECTED;
  if (asset.session().empty() || unexpected) {
    LOOPDOCK_RETURN_IF_ERROR(
        evolver.ChangeReceipt(asset.session(), asset.load(), [&](auto& receipt) {
          if (asset.session().empty()) receipt.set_asset_count(receipt.asset_count() + 1);
          if (!unexpected) return;
          receipt.mutable_counts()->set_unexpected(receipt.counts().unexpected() + 1);
        }));
  }
  return MarkMember(asset, asset.manifest_match(), evolver);
}

absl::Status AssetRegistered(const v1::Asset& asset, Evolver& evolver) {
  for (const v1::Identifier& identifier : asset.identifiers()) {
    LOOPDOCK_RETURN_IF_ERROR(evolver.Hold(identifier, asset.name()));
  }
  LOOPDOCK_RETURN_IF_ERROR(EnterLoad(asset, evolver));
  evolver.SetReference("assets", {}, ReferenceOf(asset), asset.name());
  v1::Asset registered = asset;
  *registered.mutable_create_time() = evolver.entry().server_time();
  return evolver.PutAsset(nullptr, std::move(registered));
}

absl::Status AssetIdentified(const v1::AssetIdentified& identified, Evolver& evolver) {
  for (const v1::Identifier& identifier : identified.removed()) {
    LOOPDOCK_RETURN_IF_ERROR(evolver.LetGo(identifier, identified.asset()));
  }
  for (const v1::Identifier& identifier : identified.added()) {
    LOOPDOCK_RETURN_IF_ERROR(evolver.Hold(identifier, identified.asset()));
  }
  return evolver.ChangeAsset(identified.asset(), [&](v1::Asset& asset) {
    auto* kept = asset.mutable_identifiers();
    for (const v1::Identifier& gone : identified.removed()) {
      const auto same = [&](const v1::Identifier& known) { return SameIdentifier(known, gone); };
      kept->erase(std::remove_if(kept->begin(), kept->end(), same), kept->end());
    }
    for (const v1::Identifier& added : identified.added()) *asset.add_identifiers() = added;
    for (const std::string& field : identified.cleared()) {
      if (field == "maker") asset.clear_maker();
      if (field == "model") asset.clear_model();
      if (field == "category") asset.clear_category();
      if (field == "mass_g") asset.clear_mass_g();
      if (field == "gtin") asset.clear_gtin();
      if (field == "typical_mass_g") asset.clear_typical_mass_g();
    }
    if (!identified.maker().empty()) asset.set_maker(identified.maker());
    if (!identified.model().empty()) asset.set_model(identified.model());
    if (!identified.category().empty()) asset.set_category(identified.category());
    if (identified.mass_g() > 0) asset.set_mass_g(identified.mass_g());
    if (!identified.gtin().empty()) asset.set_gtin(identified.gtin());
    if (identified.typical_mass_g() > 0) asset.set_typical_mass_g(identified.typical_mass_g());
    if (identified.focus_materials_size() > 0) {
      *asset.mutable_focus_materials() = identified.focus_materials();
    }
  });
}

absl::Status AssetMoved(const v1::AssetMoved& moved, Evolver& evolver) {
  v1::Location location;
  LOOPDOCK_RETURN_IF_ERROR(evolver.rows().ReadExpected(moved.to_location(), &location));
  return evolver.ChangeAsset(moved.asset(), [&](v1::Asset& asset) {
    asset.set_container(moved.to_container());
    asset.set_location(moved.to_container().empty() ? moved.to_location() : "");
    if (location.secured() && asset.data_device_state() == v1::DATA_DEVICE_STATE_DISCOVERED) {
      asset.set_data_device_state(v1::DATA_DEVICE_STATE_SECURED);
    }
  });
}

}  // namespace

absl::Status TakeAsset(const v1::Fact& fact, Evolver& evolver) {
  switch (fact.kind_case()) {
    case v1::Fact::kAssetRegistered:
      return AssetRegistered(fact.asset_registered(), evolver);
    case v1::Fact::kAssetIdentified:
      return AssetIdentified(fact.asset_identified(), evolver);
    case v1::Fact::kAssetMoved:
      return AssetMoved(fact.asset_moved(), evolver);
    default:
      return TakeReceiving(fact, evolver);
  }
}

absl::Status Evolve(const v1::Fact& fact, const v1::FeedEntry& entry, Rows& rows) {
  Evolver evolver(entry, rows);
  return TakeAsset(fact, evolver);
}

}  // namespace loopdock::inventory
