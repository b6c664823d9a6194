// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/core/life.h"

#include <algorithm>

#include "services/common/ids.h"
#include "services/common/names.h"
#include "services/common/status.h"
#include "services/inventory/core/guards.h"
#include "services/inventory/core/receipts.h"

namespace loopdock::inventory {
namespace {

std::string AssetName(std::string_view site, std::string_view id) {
  return common::FormatName(site, "assets", id);
}

absl::Status AddComponents(Rows& rows, std::string_view site, std::string_view name, int depth,
                           int* deepest, std::vector<std::string>* found) {
  const auto direct = DirectComponents(rows, site, name);
  LOOPDOCK_RETURN_IF_ERROR(direct.status());
  if (direct->empty() || depth > kComponentDepthMax) return absl::OkStatus();
  *deepest = std::max(*deepest, depth);
  for (const std::string& component : *direct) {
    found->push_back(component);
    LOOPDOCK_RETURN_IF_ERROR(AddComponents(rows, site, component, depth + 1, deepest, found));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> DirectComponents(Rows& rows, std::string_view site,
                                                          std::string_view name) {
  const auto row = rows.Get(kLookups, LookupKey(site, Lookup::kComponents, IdOf(name)));
  if (!row.ok()) return row.status();
  std::vector<std::string> names = DecodeIds(row->value_or(""));
  for (std::string& component : names) component = AssetName(site, component);
  return names;
}

absl::StatusOr<std::vector<std::string>> ComponentsOf(Rows& rows, std::string_view site,
                                                      std::string_view name) {
  std::vector<std::string> found;
  int deepest = 0;
  LOOPDOCK_RETURN_IF_ERROR(AddComponents(rows, site, name, 1, &deepest, &found));
  return found;
}

absl::StatusOr<int> ComponentDepth(Rows& rows, std::string_view site, std::string_view name) {
  std::vector<std::string> found;
  int deepest = 0;
  LOOPDOCK_RETURN_IF_ERROR(AddComponents(rows, site, name, 1, &deepest, &found));
  return deepest;
}

absl::StatusOr<v1::Asset> LooseAsset(Step& step, std::string_view name, std::string_view etag) {
  auto asset = step.OpenAsset(name, etag);
  if (!asset.ok() || asset->installed_in().empty()) return asset;
  return common::Error(absl::StatusCode::kFailedPrecondition, "COMPONENT_INSTALLED",
                       Cat("'", name, "' is built into '", asset->installed_in(),
                           "' and goes with it; take it out with RemoveComponent first."),
                       {{"name", std::string(name)}, {"host", asset->installed_in()}});
}

absl::Status NotSealed(Step& step, std::string_view container) {
  std::string name(container);
  for (int depth = 0; !name.empty() && depth < kContainerDepthMax; ++depth) {
    const auto outer = step.Find<v1::Container>(name);
    LOOPDOCK_RETURN_IF_ERROR(outer.status());
    if (outer->sealed()) {
      return common::Error(
          absl::StatusCode::kFailedPrecondition, "CONTAINER_SEALED",
          Cat("'", name, "' is sealed; nothing goes in or out. Choose another container."),
          {{"name", name}});
    }
    name = outer->parent();
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::Location> PlaceToPut(Step& step, std::string_view location,
                                        std::string_view container) {
  LOOPDOCK_RETURN_IF_ERROR(NotSealed(step, container));
  const auto name = ResolveLocation(step.rows(), location, container);
  LOOPDOCK_RETURN_IF_ERROR(name.status());
  return step.Find<v1::Location>(*name);
}

namespace {

// Takes what a holder of the same value says about who shows it: `twin` where it holds a serial
// number under the other kind.
absl::Status Weigh(Step& step, const Shown& shown, const v1::Identifier& identifier,
                   const Holder& holder, bool twin, std::vector<std::string>* warnings,
                   Identity* identity) {
  const std::string name = AssetName(step.site(), IdOf(holder.target));
  const auto asset = step.Find<v1::Asset>(name);
  LOOPDOCK_RETURN_IF_ERROR(asset.status());
  const std::string gtin = GtinOf(*asset);
  Likeness likeness = Likeness::kOther;
  if (twin) {
    likeness = Compare(shown.maker, shown.gtin, asset->maker(), gtin);
  } else if (holder.issuer == NormaliseIssuer(identifier.issuer()) ||
             (!gtin.empty() && gtin == shown.gtin)) {
    likeness = Likeness::kSame;
  }
  if (!IsOpen(*asset)) {
    if (likeness == Likeness::kSame) identity->previous_life = name;
    return absl::OkStatus();
  }
  switch (likeness) {
    case Likeness::kSame:
      if (!identity->duplicates.empty()) break;
      identity->duplicates = name;
      identity->taken = identifier.value();
      break;
    case Likeness::kUnclear:
      identity->unclear = name;
      identity->unclear_value = identifier.value();
      break;
    case Likeness::kOther:
      identity->clash = name;
      warnings->push_back(Cat("Serial number '", identifier.value(), "' belongs to '", name,
                              "' under another maker or GTIN; a person must look."));
      break;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Identity> Identify(Step& step, const Shown& shown, std::string_view self,
                                  std::vector<std::string>* warnings) {
  Identity identity;
  for (const v1::Identifier& identifier : shown.identifiers) {
    const auto holders = step.Holders(identifier);
    LOOPDOCK_RETURN_IF_ERROR(holders.status());
    bool keep = true;
    for (const Holder& holder : *holders) {
      const bool same_issuer = holder.issuer == NormaliseIssuer(identifier.issuer());
      if (!same_issuer && identifier.kind() != v1::IDENTIFIER_KIND_SERIAL) continue;
      if (AssetName(step.site(), IdOf(holder.target)) == self) {
        // The same label again, or the same serial now with its maker: nothing new to hold.
        keep = keep && !same_issuer;
        continue;
      }
      LOOPDOCK_RETURN_IF_ERROR(Weigh(step, shown, identifier, holder, false, warnings, &identity));
    }
    if (keep) identity.added.push_back(identifier);
    v1::Identifier twin = identifier;
    twin.set_kind(TwinOf(identifier.kind()));
    if (twin.kind() == v1::IDENTIFIER_KIND_UNSPECIFIED) continue;
    const auto others = step.Holders(twin);
    LOOPDOCK_RETURN_IF_ERROR(others.status());
    for (const Holder& holder : *others) {
      if (AssetName(step.site(), IdOf(holder.target)) == self) continue;
      LOOPDOCK_RETURN_IF_ERROR(Weigh(step, shown, identifier, holder, true, warnings, &identity));
    }
  }
  return identity;
}

absl::Status HoldClash(Step& step, const Identity& identity, std::string_view name) {
  if (identity.clash.empty()) return absl::OkStatus();
  v1::Fact fact;
  v1::HoldPlaced* placed = fact.mutable_hold_placed();
  placed->set_asset(std::string(name));
  placed->mutable_hold()->set_id(step.NewId("holds"));
  placed->mutable_hold()->set_kind(v1::HOLD_KIND_IDENTITY);
  placed->mutable_hold()->set_reason(Cat("Same serial number as '", identity.clash, "'."));
  *placed->mutable_hold()->mutable_since() = step.server_time();
  return step.Emit(std::move(fact));
}

absl::StatusOr<Comparison> CompareWith(Step& step, std::string_view manifest,
                                       const v1::Asset& asset, std::string_view gtin,
                                       std::vector<std::string>* warnings) {
  if (manifest.empty()) return Comparison();
  auto comparison = Compare(LookIn(step), IdOf(manifest), asset, gtin);
  if (comparison.ok() && warnings != nullptr) {
    warnings->insert(warnings->end(), comparison->warnings.begin(), comparison->warnings.end());
  }
  return comparison;
}

absl::Status EmitLateMatch(Step& step, std::string_view manifest, const v1::Asset& asset,
                           const Comparison& comparison) {
  v1::Fact fact;
  v1::ManifestLineMatched* matched = fact.mutable_manifest_line_matched();
  matched->set_manifest(std::string(manifest));
  matched->set_line(comparison.row.line.number());
  matched->set_asset(asset.name());
  matched->set_serial(comparison.value);
  matched->set_quantity(1);
  matched->set_mass_g(asset.mass_g());
  matched->set_received_model(comparison.received_model);
  matched->set_match(comparison.match);
  matched->set_session(asset.session());
  matched->set_load(asset.load());
  return step.Emit(std::move(fact));
}

absl::Status EmitMatch(Step& step, std::string_view manifest, const v1::Asset& asset,
                       const Comparison& comparison) {
  if (comparison.row.line.number() == 0) return absl::OkStatus();
  return EmitLateMatch(step, manifest, asset, comparison);
}

absl::StatusOr<bool> IsClaimedBy(
    Step& step, const v1::Asset& asset,
    const google::protobuf::RepeatedPtrField<v1::Identifier>& identifiers) {
  if (asset.load().empty() || asset.manifest_line() == 0) return false;
  const auto load = step.Peek<v1::Load>(asset.load());
  if (!load.ok()) return load.status();
  const std::string manifest = (*load)->manifest();
  for (const std::string& value : ComparedValues(identifiers)) {
    const auto found = FindByValue(LookIn(step), IdOf(manifest), value);
    if (!found.ok()) return found.status();
    if (found->has_value() && (*found)->row.line.asset() == asset.name()) return true;
  }
  return false;
}

absl::Status ReleaseLine(Step& step, const v1::Asset& asset) {
  if (asset.load().empty()) return absl::OkStatus();
  const auto load = step.Peek<v1::Load>(asset.load());
  LOOPDOCK_RETURN_IF_ERROR(load.status());
  const std::string manifest = (*load)->manifest();
  const auto compared = IsCompared(step.rows(), step.site(), asset, manifest);
  LOOPDOCK_RETURN_IF_ERROR(compared.status());
  if (!*compared || asset.manifest_line() == 0) return absl::OkStatus();
  v1::Fact fact;
  v1::ManifestLineReleased* released = fact.mutable_manifest_line_released();
  released->set_manifest(manifest);
  released->set_line(asset.manifest_line());
  released->set_asset(asset.name());
  released->set_quantity(1);
  released->set_load(asset.load());
  released->set_mass_g(asset.mass_g());
  for (const std::string& value : ComparedValues(asset.identifiers())) {
    const auto found = FindByValue(LookIn(step), IdOf(manifest), value);
    LOOPDOCK_RETURN_IF_ERROR(found.status());
    if (!found->has_value() || (*found)->row.line.asset() != asset.name()) continue;
    released->set_serial(value);
    released->set_mass_g((*found)->row.line.received_mass_g());
    break;
  }
  return step.Emit(std::move(fact));
}

absl::Status CompareAnew(Step& step, std::string_view name) {
  const auto asset = step.Find<v1::Asset>(name);
  LOOPDOCK_RETURN_IF_ERROR(asset.status());
  if (asset->load().empty()) return absl::OkStatus();
  const auto load = step.Peek<v1::Load>(asset->load());
  LOOPDOCK_RETURN_IF_ERROR(load.status());
  const std::string manifest = (*load)->manifest();
  const auto mark = MarkOf(step.rows(), step.site(), *asset);
  LOOPDOCK_RETURN_IF_ERROR(mark.status());
  const bool compared = mark->manifest == IdOf(manifest);
  if (manifest.empty() || (compared && asset->manifest_line() > 0)) return absl::OkStatus();
  const auto comparison = CompareWith(step, manifest, *asset, "", nullptr);
  LOOPDOCK_RETURN_IF_ERROR(comparison.status());
  return compared ? EmitMatch(step, manifest, *asset, *comparison)
                  : EmitLateMatch(step, manifest, *asset, *comparison);
}

absl::Status Withdraw(Step& step, const v1::Asset& asset, std::string_view reason,
                      std::int64_t corrects_sequence) {
  LOOPDOCK_RETURN_IF_ERROR(NotSealed(step, asset.container()));
  const auto components = DirectComponents(step.rows(), step.site(), asset.name());
  LOOPDOCK_RETURN_IF_ERROR(components.status());
  if (!components->empty()) {
    return common::Error(absl::StatusCode::kFailedPrecondition, "COMPONENT_INSTALLED",
                         Cat("'", components->front(), "' is built into '", asset.name(),
                             "'; take it out with RemoveComponent first."),
                         {{"name", components->front()}, {"host", asset.name()}});
  }
  LOOPDOCK_RETURN_IF_ERROR(ReleaseLine(step, asset));
  v1::Fact fact;
  fact.mutable_asset_withdrawn()->set_asset(asset.name());
  fact.mutable_asset_withdrawn()->set_reason(std::string(reason));
  fact.mutable_asset_withdrawn()->set_corrects_sequence(corrects_sequence);
  fact.mutable_asset_withdrawn()->set_load(asset.load());
  return step.Emit(std::move(fact));
}

v1::Asset StartAsset(Step& step) {
  v1::Asset asset;
  asset.set_name(step.NewName("assets"));
  asset.set_uid(common::DerivedUuidV7(
      step.now(), Cat(step.site(), "/", step.entry().request_id(), "/", IdOf(asset.name()))));
  asset.set_state(v1::ASSET_STATE_IN_STOCK);
  asset.set_applicability(v1::R2_APPLICABILITY_CONTROLLED);
  asset.set_controlled_reason(v1::CONTROLLED_REASON_UNEVALUATED);
  asset.set_data_status(v1::DATA_STATUS_UNEVALUATED);
  asset.set_data_device_state(v1::DATA_DEVICE_STATE_DISCOVERED);
  asset.set_functional_gap(v1::FUNCTIONAL_GAP_UNTESTED);
  *asset.mutable_control_start_time() = step.server_time();
  *asset.mutable_received_time() = step.server_time();
  *asset.mutable_create_time() = step.server_time();
  return asset;
}

absl::Status Inherit(Step& step, v1::Asset* asset) {
  if (asset->previous_life().empty()) return absl::OkStatus();
  const auto before = step.Find<v1::Asset>(asset->previous_life());
  LOOPDOCK_RETURN_IF_ERROR(before.status());
  if (before->state() != v1::ASSET_STATE_WITHDRAWN && before->state() != v1::ASSET_STATE_LOST) {
    return absl::OkStatus();
  }
  *asset->mutable_control_start_time() = before->control_start_time();
  *asset->mutable_received_time() = before->received_time();
  asset->set_reported_days(before->reported_days());
  asset->set_no_resale(asset->no_resale() || before->no_resale());
  if (asset->instruction() == v1::SUPPLIER_INSTRUCTION_UNSPECIFIED) {
    asset->set_instruction(before->instruction());
  }
  *asset->mutable_holds() = before->holds();
  *asset->mutable_focus_materials() = before->focus_materials();
  if (before->data_status() == v1::DATA_STATUS_SANITIZATION_FAILED) {
    asset->set_data_status(before->data_status());
    asset->set_data_device_state(before->data_device_state());
  }
  return absl::OkStatus();
}

absl::Status RegisterAsset(Step& step, v1::Asset asset,
                           const std::vector<v1::Identifier>& identifiers,
                           std::string_view manifest) {
  std::vector<std::string> warnings;  // each of them is a hold or nothing that stops a booking
  auto identity = Identify(step, {identifiers, asset.maker(), GtinOf(asset)}, "", &warnings);
  LOOPDOCK_RETURN_IF_ERROR(identity.status());
  if (identity->clash.empty()) identity->clash = identity->unclear;
  if (!identity->duplicates.empty()) {
    return common::Error(
        absl::StatusCode::kAlreadyExists, "IDENTIFIER_TAKEN",
        Cat("'", identity->taken, "' belongs to '", identity->duplicates, "'; use that asset."),
        {{"value", identity->taken}, {"name", identity->duplicates}});
  }
  if (asset.previous_life().empty()) asset.set_previous_life(identity->previous_life);
  LOOPDOCK_RETURN_IF_ERROR(Inherit(step, &asset));
  for (const v1::Identifier& identifier : identity->added) *asset.add_identifiers() = identifier;
  const auto comparison = CompareWith(step, manifest, asset, "", &warnings);
  LOOPDOCK_RETURN_IF_ERROR(comparison.status());
  asset.set_manifest_match(comparison->match);
  asset.set_manifest_line(comparison->row.line.number());
  v1::Fact fact;
  *fact.mutable_asset_registered() = asset;
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  LOOPDOCK_RETURN_IF_ERROR(HoldClash(step, *identity, asset.name()));
  return EmitMatch(step, manifest, asset, *comparison);
}

}  // namespace loopdock::inventory
