// SPDX-License-Identifier: Apache-2.0
// Assets: moved, identified, described, held, withdrawn.
#include <algorithm>

#include "services/common/ids.h"
#include "services/common/names.h"
#include "services/inventory/core/commands.h"
#include "services/inventory/core/guard_reads.h"
#include "services/inventory/core/guards.h"
#include "services/inventory/core/life.h"

namespace loopdock::inventory {
namespace {

// An identifier that the asset is to get: free, or held by the asset itself or by a closed life.
absl::Status CheckFree(Step& step, const v1::Identifier& identifier, std::string_view name) {
  const auto holders = step.Holders(identifier);
  LOOPDOCK_RETURN_IF_ERROR(holders.status());
  for (const Holder& holder : *holders) {
    if (holder.issuer != NormaliseIssuer(identifier.issuer())) continue;
    const std::string other = Cat("sites/", step.site(), "/", holder.target);
    if (other == name) continue;
    const auto asset = step.Find<v1::Asset>(other);
    LOOPDOCK_RETURN_IF_ERROR(asset.status());
    if (!IsOpen(*asset)) continue;
    return common::Error(
        absl::StatusCode::kAlreadyExists, "IDENTIFIER_TAKEN",
        Cat("'", identifier.value(), "' belongs to '", other, "'; correct that asset first."),
        {{"value", identifier.value()}, {"name", other}});
  }
  return absl::OkStatus();
}

bool HasIdentifier(const v1::Asset& asset, const v1::Identifier& wanted) {
  return std::any_of(asset.identifiers().begin(), asset.identifiers().end(),
                     [&](const v1::Identifier& known) { return SameIdentifier(known, wanted); });
}

}  // namespace

void CheckForm(const v1::MoveAssetRequest& request, Form& form) {
  form.Name("name", request.name(), "assets");
  form.OptionalName("location", request.location(), "locations");
  form.OptionalName("container", request.container(), "containers");
  form.Check(request.location().empty() != request.container().empty(), "location",
             "must be given, or a container, but not both");
}

absl::Status Apply(const v1::MoveAssetRequest& request, Step& step, v1::Asset* answer) {
  const auto asset = LooseAsset(step, request.name(), request.etag());
  LOOPDOCK_RETURN_IF_ERROR(asset.status());
  LOOPDOCK_RETURN_IF_ERROR(NotSealed(step, asset->container()));
  const auto place = PlaceToPut(step, request.location(), request.container());
  LOOPDOCK_RETURN_IF_ERROR(place.status());
  const auto from = ResolveLocation(step.rows(), asset->location(), asset->container());
  LOOPDOCK_RETURN_IF_ERROR(from.status());
  const auto origin = step.Find<v1::Location>(*from);
  LOOPDOCK_RETURN_IF_ERROR(origin.status());
  LOOPDOCK_RETURN_IF_ERROR(CheckMayCarry(step, !IsDataSafe(*asset), *origin, *place));
  LOOPDOCK_RETURN_IF_ERROR(R05StandsSecured(*asset, *place));
  LOOPDOCK_RETURN_IF_ERROR(CheckMayStand(step, *asset, *origin, *place));
  v1::Fact fact;
  v1::AssetMoved* moved = fact.mutable_asset_moved();
  moved->set_asset(request.name());
  moved->set_from_location(*from);
  moved->set_to_location(place->name());
  moved->set_from_container(asset->container());
  moved->set_to_container(request.container());
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.Answer(request.name(), answer);
}

void CheckForm(const v1::CorrectIdentifiersRequest& request, Form& form) {
  form.Name("name", request.name(), "assets");
  form.Identifiers("add", request.add());
  form.Identifiers("remove", request.remove());
  form.Check(request.add_size() + request.remove_size() > 0, "add",
             "or remove must name an identifier");
  form.Required("reason", request.reason(), kReasonMax);
  form.Check(request.corrects_sequence() >= 0, "corrects_sequence", "must not be negative");
}

absl::Status Apply(const v1::CorrectIdentifiersRequest& request, Step& step, v1::Asset* answer) {
  const auto asset = step.OpenAsset(request.name(), request.etag());
  LOOPDOCK_RETURN_IF_ERROR(asset.status());
  for (const v1::Identifier& gone : request.remove()) {
    if (HasIdentifier(*asset, gone)) continue;
    return common::Error(absl::StatusCode::kFailedPrecondition, "IDENTIFIER_ABSENT",
                         Cat("'", request.name(), "' has no identifier '", gone.value(),
                             "' of that kind and issuer; read the asset again."),
                         {{"name", request.name()}, {"value", gone.value()}});
  }
  const auto claimed = IsClaimedBy(step, *asset, request.remove());
  LOOPDOCK_RETURN_IF_ERROR(claimed.status());
  if (*claimed) LOOPDOCK_RETURN_IF_ERROR(ReleaseLine(step, *asset));
  v1::Fact fact;
  v1::AssetIdentified* identified = fact.mutable_asset_identified();
  identified->set_asset(request.name());
  *identified->mutable_removed() = request.remove();
  for (const v1::Identifier& added : request.add()) {
    LOOPDOCK_RETURN_IF_ERROR(CheckFree(step, added, request.name()));
    if (!HasIdentifier(*asset, added)) *identified->add_added() = added;
  }
  identified->set_reason(request.reason());
  identified->set_corrects_sequence(request.corrects_sequence());
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  LOOPDOCK_RETURN_IF_ERROR(CompareAnew(step, request.name()));
  return step.Answer(request.name(), answer);
}

void CheckForm(const v1::DescribeAssetRequest& request, Form& form) {
  form.Name("name", request.name(), "assets");
  form.Text("maker", request.maker());
  form.Text("model", request.model());
  form.Text("category", request.category(), 64);
  form.Mass("mass_g", request.mass_g());
  form.Check(request.focus_materials_size() <= 8, "focus_materials", "may have at most 8 entries");
  for (const int material : request.focus_materials()) {
    form.Check(material != v1::FOCUS_MATERIAL_UNSPECIFIED && v1::FocusMaterial_IsValid(material),
               "focus_materials", "must be known focus materials");
  }
  form.Check(!request.maker().empty() || !request.model().empty() || !request.category().empty() ||
                 request.mass_g() > 0 || request.focus_materials_size() > 0,
             "maker", "or another field must say something");
}

absl::Status Apply(const v1::DescribeAssetRequest& request, Step& step, v1::Asset* answer) {
  LOOPDOCK_RETURN_IF_ERROR(step.OpenAsset(request.name(), request.etag()).status());
  v1::Fact fact;
  v1::AssetIdentified* identified = fact.mutable_asset_identified();
  identified->set_asset(request.name());
  identified->set_maker(request.maker());
  identified->set_model(request.model());
  identified->set_category(request.category());
  identified->set_mass_g(request.mass_g());
  *identified->mutable_focus_materials() = request.focus_materials();
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.Answer(request.name(), answer);
}

void CheckForm(const v1::WithdrawAssetRequest& request, Form& form) {
  form.Name("name", request.name(), "assets");
  form.Required("reason", request.reason(), kReasonMax);
  form.Check(request.corrects_sequence() >= 0, "corrects_sequence", "must not be negative");
}

absl::Status Apply(const v1::WithdrawAssetRequest& request, Step& step, v1::Asset* answer) {
  const auto asset = LooseAsset(step, request.name(), request.etag());
  LOOPDOCK_RETURN_IF_ERROR(asset.status());
  // An asset's name is the sequence of the entry that booked it.
  const auto booked = common::ParseCounterName(
      std::string(IdOf(request.name())).substr(0, IdOf(request.name()).find('-')));
  LOOPDOCK_RETURN_IF_ERROR(booked.status());
  const auto sequence = static_cast<std::int64_t>(*booked);
  if (request.corrects_sequence() != 0 && request.corrects_sequence() != sequence) {
    return common::Error(
        absl::StatusCode::kFailedPrecondition, "WRONG_SEQUENCE",
        Cat("'", request.name(), "' was booked by entry ", sequence, "; name that one or none."),
        {{"name", request.name()}, {"sequence", std::to_string(sequence)}});
  }
  LOOPDOCK_RETURN_IF_ERROR(Withdraw(step, *asset, request.reason(), sequence));
  return step.Answer(request.name(), answer);
}

void CheckForm(const v1::PlaceHoldRequest& request, Form& form) {
  form.Name("name", request.name(), "assets");
  form.Check(request.kind() != v1::HOLD_KIND_UNSPECIFIED && v1::HoldKind_IsValid(request.kind()),
             "kind", "must be a known kind of hold");
  form.Required("reason", request.reason(), kReasonMax);
}

absl::Status Apply(const v1::PlaceHoldRequest& request, Step& step, v1::Asset* answer) {
  const auto asset = step.OpenAsset(request.name());
  LOOPDOCK_RETURN_IF_ERROR(asset.status());
  if (asset->holds_size() >= kAssetHoldsMax) {
    return common::Error(
        absl::StatusCode::kFailedPrecondition, "TOO_MANY_HOLDS",
        Cat("'", request.name(), "' has ", kAssetHoldsMax, " holds; release one first."),
        {{"name", request.name()}});
  }
  v1::Fact fact;
  fact.mutable_hold_placed()->set_asset(request.name());
  v1::Hold* hold = fact.mutable_hold_placed()->mutable_hold();
  hold->set_id(step.NewId("holds"));
  hold->set_kind(request.kind());
  hold->set_reason(request.reason());
  *hold->mutable_since() = step.server_time();
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.Answer(request.name(), answer);
}

void CheckForm(const v1::ReleaseHoldRequest& request, Form& form) {
  form.Name("name", request.name(), "assets");
  form.Required("hold_id", request.hold_id(), 64);
  form.Required("reason", request.reason(), kReasonMax);
}

absl::Status Apply(const v1::ReleaseHoldRequest& request, Step& step, v1::Asset* answer) {
  const auto asset = step.OpenAsset(request.name());
  LOOPDOCK_RETURN_IF_ERROR(asset.status());
  const bool held =
      std::any_of(asset->holds().begin(), asset->holds().end(),
                  [&](const v1::Hold& hold) { return hold.id() == request.hold_id(); });
  if (!held) {
    return common::Error(
        absl::StatusCode::kNotFound, "HOLD_NOT_FOUND",
        Cat("'", request.name(), "' has no hold '", request.hold_id(), "'; read the asset again."),
        {{"name", request.name()}, {"hold_id", request.hold_id()}});
  }
  v1::Fact fact;
  fact.mutable_hold_released()->set_asset(request.name());
  fact.mutable_hold_released()->set_hold_id(request.hold_id());
  fact.mutable_hold_released()->set_reason(request.reason());
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.Answer(request.name(), answer);
}

}  // namespace loopdock::inventory
