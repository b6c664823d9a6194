// SPDX-License-Identifier: Apache-2.0
// Facts of reference data and of the life of assets, lots and containers.
#include <algorithm>

#include "services/common/status.h"
#include "services/inventory/core/ages.h"
#include "services/inventory/core/evolver.h"
#include "services/inventory/core/receipts.h"
#include "services/inventory/core/stock.h"

namespace loopdock::inventory {
namespace {

absl::Status CatalogEntrySet(const v1::CatalogEntry& set, Evolver& evolver) {
  v1::CatalogEntry before;
  LOOPDOCK_RETURN_IF_ERROR(evolver.rows().Read(set.name(), &before).status());
  for (const std::string& key : before.keys()) {
    evolver.rows().Delete(kLookups, LookupKey(evolver.entry().site(), Lookup::kCatalogKey, key));
  }
  for (const std::string& key : set.keys()) {
    evolver.rows().Put(kLookups, LookupKey(evolver.entry().site(), Lookup::kCatalogKey, key),
                       std::string(IdOf(set.name())));
  }
  return evolver.Put(set);
}

// How deep containers have stood in a container so far.
absl::StatusOr<int> HeightOf(std::string_view container, Evolver& evolver) {
  const auto row =
      evolver.rows().Get(kLookups, LookupKey(evolver.site(), Lookup::kHeight, IdOf(container)));
  if (!row.ok()) return row.status();
  return DecodeHeight(row->value_or(""));
}

// A container brings what it holds, and how deep, to the one that it now stands in.
absl::Status Enter(const v1::Container& container, Evolver& evolver) {
  if (container.parent().empty()) return absl::OkStatus();
  LOOPDOCK_RETURN_IF_ERROR(
      evolver.Count(container.parent(), {.unsanitized = container.unsanitized_count()}));
  auto height = HeightOf(container.name(), evolver);
  LOOPDOCK_RETURN_IF_ERROR(height.status());
  std::string outer = container.parent();
  while (!outer.empty()) {
    const auto known = HeightOf(outer, evolver);
    LOOPDOCK_RETURN_IF_ERROR(known.status());
    if (*known > *height) break;
    evolver.rows().Put(kLookups, LookupKey(evolver.site(), Lookup::kHeight, IdOf(outer)),
                       std::to_string(++*height));
    v1::Container next;
    LOOPDOCK_RETURN_IF_ERROR(evolver.rows().ReadExpected(outer, &next));
    outer = next.parent();
  }
  return absl::OkStatus();
}

absl::Status ContainerSet(const v1::Container& container, Evolver& evolver) {
  v1::Container before;
  const auto found = evolver.rows().Read(container.name(), &before);
  LOOPDOCK_RETURN_IF_ERROR(found.status());
  LOOPDOCK_RETURN_IF_ERROR(
      evolver.Place(*found ? PlaceOf(before) : "", PlaceOf(container), TailOf(container.name())));
  if (!*found && !container.sscc().empty()) {
    v1::Identifier identifier;
    identifier.set_kind(v1::IDENTIFIER_KIND_SSCC);
    identifier.set_value(container.sscc());
    LOOPDOCK_RETURN_IF_ERROR(evolver.Hold(identifier, container.name()));
  }
  if (!*found && container.sscc_serial() > 0) {
    evolver.rows().Put(kLookups, LookupKey(evolver.site(), Lookup::kSsccSerial, ""),
                       std::to_string(container.sscc_serial()));
  }
  if (before.parent() != container.parent()) {
    LOOPDOCK_RETURN_IF_ERROR(
        evolver.Count(before.parent(), {.unsanitized = -before.unsanitized_count()}));
    LOOPDOCK_RETURN_IF_ERROR(
        MoveAges(container.name(), before.parent(), container.parent(), evolver));
    LOOPDOCK_RETURN_IF_ERROR(Enter(container, evolver));
  }
  return evolver.Put(container);
}

absl::Status ContainerMoved(const v1::ContainerMoved& moved, Evolver& evolver) {
  v1::Container container;
  LOOPDOCK_RETURN_IF_ERROR(evolver.rows().ReadExpected(moved.container(), &container));
  const std::string before = PlaceOf(container);
  LOOPDOCK_RETURN_IF_ERROR(
      evolver.Count(container.parent(), {.unsanitized = -container.unsanitized_count()}));
  LOOPDOCK_RETURN_IF_ERROR(MoveAges(container.name(), container.parent(), "", evolver));
  container.clear_parent();
  container.set_location(moved.to_location());
  LOOPDOCK_RETURN_IF_ERROR(evolver.Place(before, PlaceOf(container), TailOf(container.name())));
  return evolver.Put(container);
}

absl::Status LotSet(const v1::Lot& lot, Evolver& evolver) {
  v1::Lot before;
  const auto found = evolver.rows().Read(lot.name(), &before);
  LOOPDOCK_RETURN_IF_ERROR(found.status());
  if (!*found) LOOPDOCK_RETURN_IF_ERROR(EnterLoad(lot, evolver));
  LOOPDOCK_RETURN_IF_ERROR(CountStock(*found ? &before : nullptr, lot, evolver));
  return evolver.PutReferenced(lot, "lots");
}

// Puts an asset where it was seen or set down.
void PutDown(v1::Asset& asset, std::string_view location, std::string_view container,
             bool secured) {
  asset.clear_installed_in();
  asset.set_container(std::string(container));
  asset.set_location(container.empty() ? std::string(location) : "");
  if (secured && asset.data_device_state() == v1::DATA_DEVICE_STATE_DISCOVERED) {
    asset.set_data_device_state(v1::DATA_DEVICE_STATE_SECURED);
  }
}

absl::Status ListComponent(std::string_view host, std::string_view component, bool there,
                           Evolver& evolver) {
  const std::string key = LookupKey(evolver.site(), Lookup::kComponents, IdOf(host));
  const auto row = evolver.rows().Get(kLookups, key);
  LOOPDOCK_RETURN_IF_ERROR(row.status());
  std::vector<std::string> ids = DecodeIds(row->value_or(""));
  if (there) {
    ids.emplace_back(IdOf(component));
  } else {
    ids.erase(std::remove(ids.begin(), ids.end(), IdOf(component)), ids.end());
  }
  if (ids.empty()) {
    evolver.rows().Delete(kLookups, key);
  } else {
    evolver.rows().Put(kLookups, key, EncodeIds(ids));
  }
  return absl::OkStatus();
}

absl::Status ComponentInstalled(const v1::ComponentInstalled& installed, Evolver& evolver) {
  v1::Asset before;
  LOOPDOCK_RETURN_IF_ERROR(evolver.rows().ReadExpected(installed.asset(), &before));
  if (!before.installed_in().empty()) {
    LOOPDOCK_RETURN_IF_ERROR(
        ListComponent(before.installed_in(), installed.asset(), false, evolver));
  }
  LOOPDOCK_RETURN_IF_ERROR(ListComponent(installed.host(), installed.asset(), true, evolver));
  LOOPDOCK_RETURN_IF_ERROR(evolver.ChangeAsset(installed.asset(), [&](v1::Asset& asset) {
    asset.set_installed_in(installed.host());
    asset.set_parent(installed.host());
    asset.clear_location();
    asset.clear_container();
  }));
  return evolver.ChangeAsset(installed.host(), [](v1::Asset&) {});  // its history
}

absl::Status ComponentRemoved(const v1::ComponentRemoved& removed, Evolver& evolver) {
  v1::Location place;
  LOOPDOCK_RETURN_IF_ERROR(evolver.rows().ReadExpected(removed.to_location(), &place));
  LOOPDOCK_RETURN_IF_ERROR(ListComponent(removed.host(), removed.asset(), false, evolver));
  LOOPDOCK_RETURN_IF_ERROR(evolver.ChangeAsset(removed.asset(), [&](v1::Asset& asset) {
    PutDown(asset, removed.to_location(), removed.to_container(), place.secured());
  }));
  return evolver.ChangeAsset(removed.host(), [](v1::Asset&) {});  // its history
}

const google::protobuf::Timestamp& Earlier(const google::protobuf::Timestamp& one,
                                           const google::protobuf::Timestamp& other) {
  return FromTimestamp(other) < FromTimestamp(one) ? other : one;
}

// What the asset that goes on takes over: what it lacks, and all that keeps it back.
void Absorb(const v1::Asset& other, v1::Asset& asset) {
  for (const v1::Identifier& identifier : other.identifiers()) {
    const auto same = [&](const v1::Identifier& known) {
      return SameIdentifier(known, identifier);
    };
    if (std::none_of(asset.identifiers().begin(), asset.identifiers().end(), same)) {
      *asset.add_identifiers() = identifier;
    }
  }
  if (asset.maker().empty()) asset.set_maker(other.maker());
  if (asset.model().empty()) asset.set_model(other.model());
  if (asset.category().empty()) asset.set_category(other.category());
  if (asset.mass_g() == 0) asset.set_mass_g(other.mass_g());
  if (asset.gtin().empty()) asset.set_gtin(other.gtin());
  if (asset.typical_mass_g() == 0) asset.set_typical_mass_g(other.typical_mass_g());
  if (asset.previous_life().empty()) asset.set_previous_life(other.previous_life());
  if (asset.external_ref().empty() && asset.supplier() == other.supplier()) {
    asset.set_external_ref(other.external_ref());
  }
  for (const int material : other.focus_materials()) {
    const auto& known = asset.focus_materials();
    if (std::find(known.begin(), known.end(), material) == known.end()) {
      asset.add_focus_materials(static_cast<v1::FocusMaterial>(material));
    }
  }
  asset.mutable_holds()->MergeFrom(other.holds());
  asset.set_no_resale(asset.no_resale() || other.no_resale());
  if (asset.instruction() != v1::SUPPLIER_INSTRUCTION_DESTROY &&
      other.instruction() != v1::SUPPLIER_INSTRUCTION_UNSPECIFIED) {
    asset.set_instruction(other.instruction());
  }
  asset.set_verification_required(asset.verification_required() || other.verification_required());
  if (other.applicability() == v1::R2_APPLICABILITY_CONTROLLED &&
      asset.applicability() != v1::R2_APPLICABILITY_CONTROLLED) {
    asset.set_applicability(other.applicability());
    asset.set_controlled_reason(other.controlled_reason());
    asset.clear_unrestricted_reason();
    asset.clear_control_exit();
  }
  if (other.data_status() == v1::DATA_STATUS_SANITIZATION_FAILED && !IsDataSafeItself(asset)) {
    asset.set_data_status(other.data_status());
    asset.set_data_device_state(other.data_device_state());
  }
  *asset.mutable_received_time() = Earlier(asset.received_time(), other.received_time());
  *asset.mutable_control_start_time() =
      Earlier(asset.control_start_time(), other.control_start_time());
}

absl::Status AssetWithdrawn(const v1::AssetWithdrawn& withdrawn, Evolver& evolver) {
  v1::Asset before;
  LOOPDOCK_RETURN_IF_ERROR(evolver.rows().ReadExpected(withdrawn.asset(), &before));
  v1::Asset after = before;
  LOOPDOCK_RETURN_IF_ERROR(evolver.ForgetUnexpected(&after));
  LOOPDOCK_RETURN_IF_ERROR(evolver.ChangeReceipt(
      before.session(), before.load(),
      [](auto& receipt) { receipt.set_asset_count(receipt.asset_count() - 1); }));
  after.set_state(v1::ASSET_STATE_WITHDRAWN);
  after.clear_location();
  after.clear_container();
  return evolver.PutAsset(&before, std::move(after));
}

absl::Status AssetMerged(const v1::AssetMerged& merged, Evolver& evolver) {
  v1::Asset absorbed;
  LOOPDOCK_RETURN_IF_ERROR(evolver.rows().ReadExpected(merged.absorbed(), &absorbed));
  for (const v1::Identifier& identifier : absorbed.identifiers()) {
    LOOPDOCK_RETURN_IF_ERROR(evolver.LetGo(identifier, merged.absorbed()));
    LOOPDOCK_RETURN_IF_ERROR(evolver.Hold(identifier, merged.asset()));
  }
  evolver.SetReference("assets", {}, ReferenceOf(absorbed), merged.asset());
  v1::Asset ended = absorbed;
  LOOPDOCK_RETURN_IF_ERROR(evolver.ForgetUnexpected(&ended));
  ended.set_state(v1::ASSET_STATE_MERGED);
  ended.set_merged_into(merged.asset());
  ended.clear_location();
  ended.clear_container();
  LOOPDOCK_RETURN_IF_ERROR(evolver.PutAsset(&absorbed, std::move(ended)));
  return evolver.ChangeAsset(merged.asset(), [&](v1::Asset& asset) { Absorb(absorbed, asset); });
}

// Harvest leaves the asset here, lighter by what was taken out of it.
absl::Status TransformationRecorded(const v1::Transformation& run, Evolver& evolver) {
  for (const v1::TransformationInput& input : run.inputs()) {
    if (input.asset().empty() || run.kind() != v1::TRANSFORMATION_KIND_HARVEST) continue;
    LOOPDOCK_RETURN_IF_ERROR(evolver.ChangeAsset(input.asset(), [&](v1::Asset& asset) {
      asset.set_transformation(run.name());
      asset.set_mass_g(std::max<std::int64_t>(0, asset.mass_g() - input.mass_g()));
    }));
  }
  return evolver.Put(run);
}

absl::Status AssetCounted(const v1::AssetCounted& counted, Evolver& evolver) {
  LOOPDOCK_RETURN_IF_ERROR(
      evolver.Change<v1::StockTake>(counted.stock_take(), [&](v1::StockTake& take) {
        take.set_counted(take.counted() + 1);
        take.set_found(take.found() + (counted.found() ? 1 : 0));
        take.set_moved(take.moved() + (counted.moved() ? 1 : 0));
      }));
  evolver.rows().Put(
      kMembers,
      PlaceMemberKey(evolver.site(), TailOf(counted.stock_take()), TailOf(counted.asset())), "");
  // Being seen where it should be changes nothing that a decision depends on.
  return evolver.ChangeAsset(
      counted.asset(), [](v1::Asset&) {}, /*new_etag=*/false);
}

absl::Status AssetLost(const v1::AssetLost& lost, Evolver& evolver) {
  v1::Asset asset;
  LOOPDOCK_RETURN_IF_ERROR(evolver.rows().ReadExpected(lost.asset(), &asset));
  if (asset.installed_in().empty()) {  // what is built in is missing with its host
    LOOPDOCK_RETURN_IF_ERROR(evolver.Change<v1::StockTake>(
        lost.stock_take(), [](v1::StockTake& take) { take.set_lost(take.lost() + 1); }));
  }
  return evolver.ChangeAsset(lost.asset(), [](v1::Asset& gone) {
    gone.set_state(v1::ASSET_STATE_LOST);
    gone.clear_location();
    gone.clear_container();
  });
}

// It turned up in the place of the stock take; what is built into another asset, with that one.
absl::Status AssetFound(const v1::AssetFound& found, Evolver& evolver) {
  v1::StockTake take;
  LOOPDOCK_RETURN_IF_ERROR(evolver.rows().ReadExpected(found.stock_take(), &take));
  const bool in_container = TailOf(take.place()).rfind("containers/", 0) == 0;
  return evolver.ChangeAsset(found.asset(), [&](v1::Asset& asset) {
    asset.set_state(v1::ASSET_STATE_IN_STOCK);
    if (!asset.installed_in().empty()) return;
    (in_container ? *asset.mutable_container() : *asset.mutable_location()) = take.place();
  });
}

absl::Status StockTakeOpened(const v1::StockTake& take, Evolver& evolver) {
  evolver.rows().Put(kLookups,
                     LookupKey(evolver.site(), Lookup::kOpenStockTake, TailOf(take.place())),
                     IdOf(take.name()));
  return evolver.Put(take);
}

absl::Status StockTakeClosed(const v1::StockTakeClosed& closed, Evolver& evolver) {
  v1::StockTake take;
  LOOPDOCK_RETURN_IF_ERROR(evolver.rows().ReadExpected(closed.stock_take(), &take));
  evolver.rows().Delete(kLookups,
                        LookupKey(evolver.site(), Lookup::kOpenStockTake, TailOf(take.place())));
  take.set_open(false);
  *take.mutable_close_time() = evolver.entry().server_time();
  return evolver.Put(take);
}

}  // namespace

absl::Status TakeReference(const v1::Fact& fact, Evolver& evolver) {
  switch (fact.kind_case()) {
    case v1::Fact::kSiteSet:
      return evolver.Put(fact.site_set());
    case v1::Fact::kPartySet:
      return evolver.PutReferenced(fact.party_set(), "parties");
    case v1::Fact::kLocationSet:
      return evolver.Put(fact.location_set());
    case v1::Fact::kStationSet:
      return evolver.Put(fact.station_set());
    case v1::Fact::kLoadSet:
      return evolver.PutReferenced(fact.load_set(), "loads");
    case v1::Fact::kLoadClosed: {
      v1::Load load;
      LOOPDOCK_RETURN_IF_ERROR(evolver.rows().ReadExpected(fact.load_closed().load(), &load));
      load.set_state(v1::LOAD_STATE_CLOSED);
      return evolver.Put(load);
    }
    case v1::Fact::kColumnMappingSet: {
      v1::ColumnMapping mapping = fact.column_mapping_set();
      *mapping.mutable_update_time() = evolver.entry().server_time();
      evolver.rows().Write(kResources,
                           ResourceKey(evolver.entry().site(), "columns", IdOf(mapping.supplier())),
                           mapping);
      return absl::OkStatus();
    }
    case v1::Fact::kLabelLayoutSet:
      return evolver.Put(fact.label_layout_set());
    case v1::Fact::kCatalogEntrySet:
      return CatalogEntrySet(fact.catalog_entry_set(), evolver);
    default:
      return TakeLife(fact, evolver);
  }
}

absl::Status TakeLife(const v1::Fact& fact, Evolver& evolver) {
  switch (fact.kind_case()) {
    case v1::Fact::kContainerSet:
      return ContainerSet(fact.container_set(), evolver);
    case v1::Fact::kContainerMoved:
      return ContainerMoved(fact.container_moved(), evolver);
    case v1::Fact::kHoldPlaced:
      return evolver.ChangeAsset(fact.hold_placed().asset(), [&](v1::Asset& asset) {
        *asset.add_holds() = fact.hold_placed().hold();
      });
    case v1::Fact::kHoldReleased:
      return evolver.ChangeAsset(fact.hold_released().asset(), [&](v1::Asset& asset) {
        auto* holds = asset.mutable_holds();
        holds->erase(std::remove_if(holds->begin(), holds->end(),
                                    [&](const v1::Hold& hold) {
                                      return hold.id() == fact.hold_released().hold_id();
                                    }),
                     holds->end());
      });
    case v1::Fact::kAssetWithdrawn:
      return AssetWithdrawn(fact.asset_withdrawn(), evolver);
    case v1::Fact::kLotSet:
      return LotSet(fact.lot_set(), evolver);
    case v1::Fact::kAssetMerged:
      return AssetMerged(fact.asset_merged(), evolver);
    case v1::Fact::kComponentInstalled:
      return ComponentInstalled(fact.component_installed(), evolver);
    case v1::Fact::kComponentRemoved:
      return ComponentRemoved(fact.component_removed(), evolver);
    case v1::Fact::kTransformationRecorded:
      return TransformationRecorded(fact.transformation_recorded(), evolver);
    case v1::Fact::kAssetTransformed:
      return evolver.ChangeAsset(fact.asset_transformed().asset(), [&](v1::Asset& asset) {
        asset.set_state(v1::ASSET_STATE_TRANSFORMED);
        asset.set_transformation(fact.asset_transformed().transformation());
        asset.clear_location();
        asset.clear_container();
      });
    default:
      return TakeStock(fact, evolver);
  }
}

absl::Status TakeStock(const v1::Fact& fact, Evolver& evolver) {
  switch (fact.kind_case()) {
    case v1::Fact::kStockTakeOpened:
      return StockTakeOpened(fact.stock_take_opened(), evolver);
    case v1::Fact::kAssetCounted:
      return AssetCounted(fact.asset_counted(), evolver);
    case v1::Fact::kAssetLost:
      return AssetLost(fact.asset_lost(), evolver);
    case v1::Fact::kAssetFound:
      return AssetFound(fact.asset_found(), evolver);
    case v1::Fact::kStockTakeClosed:
      return StockTakeClosed(fact.stock_take_closed(), evolver);
    default:
      return TakeRules(fact, evolver);
  }
}

}  // namespace loopdock::inventory
