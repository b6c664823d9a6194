// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/core/step.h"

#include "services/common/ids.h"
#include "services/common/names.h"
#include "services/common/status.h"

namespace loopdock::inventory {

absl::Status NotFound(std::string_view name) {
  return common::Error(absl::StatusCode::kNotFound, "RESOURCE_NOT_FOUND",
                       Cat("There is no '", name, "'; check the name or make it first."),
                       {{"name", std::string(name)}});
}

absl::Status CheckEtag(std::string_view wanted, std::string_view actual, std::string_view name) {
  if (wanted.empty() || wanted == actual) return absl::OkStatus();
  return common::Error(
      absl::StatusCode::kAborted, "ETAG_MISMATCH",
      Cat("'", name, "' has changed since you read it; read it again and repeat your change."),
      {{"name", std::string(name)}, {"etag", std::string(actual)}});
}

absl::StatusOr<v1::Asset> Step::OpenAsset(std::string_view name, std::string_view etag) {
  absl::StatusOr<v1::Asset> asset = Find<v1::Asset>(name);
  if (!asset.ok()) return asset;
  if (!IsOpen(*asset)) {
    return common::Error(
        absl::StatusCode::kFailedPrecondition, "ASSET_NOT_OPEN",
        Cat("'", name, "' is ", v1::AssetState_Name(asset->state()),
            " and no longer here; if the device has come back, scan it in as a new life."),
        {{"name", std::string(name)}, {"state", v1::AssetState_Name(asset->state())}});
  }
  LOOPDOCK_RETURN_IF_ERROR(CheckEtag(etag, asset->etag(), name));
  return asset;
}

absl::Status Step::Answer(std::string_view name, v1::Asset* asset) {
  LOOPDOCK_RETURN_IF_ERROR(rows_.ReadExpected(name, asset));
  const auto location = ResolveLocation(rows_, asset->location(), asset->container());
  LOOPDOCK_RETURN_IF_ERROR(location.status());
  asset->set_location(*location);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> Step::Look(Lookup what, std::string_view words) {
  return rows_.Get(kLookups, LookupKey(site(), what, words));
}

absl::StatusOr<std::vector<Holder>> Step::Holders(const v1::Identifier& identifier) {
  auto row = rows_.Get(kIdentifiers, IdentifierKey(site(), identifier.kind(), identifier.value()));
  if (!row.ok()) return row.status();
  return DecodeHolders(row->value_or(""));
}

std::string Step::NewId(std::string_view collection) {
  const std::string id = common::CounterName(static_cast<std::uint64_t>(sequence()));
  const int made = ++made_[std::string(collection)];
  return made == 1 ? id : Cat(id, "-", made);
}

std::string Step::NewName(std::string_view collection) {
  if (collection == "parties") return Cat("parties/", NewId(collection));
  return common::FormatName(site(), collection, NewId(collection));
}

absl::StatusOr<std::string> Step::WishedName(std::string_view collection, std::string_view wish) {
  if (wish.empty()) return NewName(collection);
  const std::string name = collection == "parties"
                               ? Cat("parties/", IdOf(wish))
                               : common::FormatName(site(), collection, IdOf(wish));
  const RowKey row = RowOf(name);
  const auto taken = rows_.Get(row.table, row.key);
  if (!taken.ok()) return taken.status();
  if (!taken->has_value()) return name;
  return common::Error(absl::StatusCode::kAlreadyExists, "RESOURCE_EXISTS",
                       Cat("'", name, "' exists already; choose another id or use it."),
                       {{"name", name}});
}

absl::Status Step::ReferenceIsFree(std::string_view collection, std::string_view reference,
                                   std::string_view name) {
  if (reference.empty()) return absl::OkStatus();
  const std::string_view of = collection == "parties" ? kNoSite : std::string_view(site());
  const auto taken = rows_.Get(
      kLookups,
      LookupKey(of, Lookup::kExternalRef, Cat(collection, std::string_view("\0", 1), reference)));
  LOOPDOCK_RETURN_IF_ERROR(taken.status());
  if (!taken->has_value() || **taken == IdOf(name)) return absl::OkStatus();
  const std::string holder = collection == "parties"
                                 ? Cat("parties/", **taken)
                                 : common::FormatName(site(), collection, **taken);
  return common::Error(
      absl::StatusCode::kAlreadyExists, "EXTERNAL_REF_TAKEN",
      Cat("external_ref '", reference, "' belongs to '", holder, "'; use that one."),
      {{"external_ref", std::string(reference)}, {"name", holder}});
}

absl::Status Step::Emit(v1::Fact fact) {
  LOOPDOCK_RETURN_IF_ERROR(Evolve(fact, entry_, rows_));
  *entry_.add_facts() = std::move(fact);
  return absl::OkStatus();
}

}  // namespace loopdock::inventory
