// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/core/step.h"

#include <algorithm>
#include <utility>

#include "services/common/ids.h"
#include "services/common/names.h"
#include "services/common/status.h"
#include "services/inventory/core/guards.h"
#include "services/inventory/core/place.h"

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

const EvidenceRefs& NoEvidence() {
  static const auto* none = new EvidenceRefs();
  return *none;
}

absl::Status Step::Begin(std::string_view reason, const EvidenceRefs& evidence,
                         std::int64_t corrects_sequence) {
  reason_ = reason;
  evidence_ = &evidence;
  if (!reason.empty() && entry_.reason() != reason) {
    if (!entry_.reason().empty()) entry_.mutable_reason()->append("; ");
    entry_.mutable_reason()->append(reason);
  }
  for (const common::v1::EvidenceRef& ref : evidence) {
    const auto& kept = entry_.evidence();
    const auto same = [&](const common::v1::EvidenceRef& other) {
      return other.sha256() == ref.sha256() && other.purpose() == ref.purpose();
    };
    if (std::none_of(kept.begin(), kept.end(), same)) *entry_.add_evidence() = ref;
  }
  if (corrects_sequence == 0) return absl::OkStatus();
  LOOPDOCK_RETURN_IF_ERROR(
      R15NamesWhatItCorrects(common::SiteName(site()), corrects_sequence, sequence() - 1));
  if (entry_.corrects_sequence() != 0 && entry_.corrects_sequence() != corrects_sequence) {
    return common::Error(absl::StatusCode::kInvalidArgument, "INVALID_FIELDS",
                         "corrects_sequence: commands that are all or nothing correct one entry; "
                         "send the others by themselves.");
  }
  entry_.set_corrects_sequence(corrects_sequence);
  return absl::OkStatus();
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
  LOOPDOCK_RETURN_IF_ERROR(
      FillSecured(&*asset, [this](std::string_view what, google::protobuf::Message* message) {
        return rows_.ReadExpected(what, message);
      }));
  return asset;
}

absl::Status Step::Answer(std::string_view name, v1::Asset* asset) {
  LOOPDOCK_RETURN_IF_ERROR(rows_.ReadExpected(name, asset));
  return FillPlace(asset, [this](std::string_view what, google::protobuf::Message* message) {
    return rows_.ReadExpected(what, message);
  });
}

absl::StatusOr<std::optional<std::string_view>> Step::Look(Lookup what, std::string_view words) {
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

absl::Status Step::ReferenceIsFree(std::string_view collection, std::string_view owner,
                                   std::string_view reference, std::string_view name) {
  if (reference.empty()) return absl::OkStatus();
  const std::string_view of = collection == "parties" ? kNoSite : std::string_view(site());
  const auto taken = rows_.Get(
      kLookups,
      LookupKey(of, Lookup::kExternalRef, ReferenceWords(collection, IdOf(owner), reference)));
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
  for (v1::CapReached& reached : std::exchange(rows_.caps_reached(), {})) {
    *entry_.add_facts()->mutable_cap_reached() = std::move(reached);
  }
  return absl::OkStatus();
}

}  // namespace loopdock::inventory
