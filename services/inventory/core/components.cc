// SPDX-License-Identifier: Apache-2.0
// Components: built in and taken out; and two identities of one device made one.
#include <algorithm>

#include "services/common/names.h"
#include "services/inventory/core/commands.h"
#include "services/inventory/core/guard_reads.h"
#include "services/inventory/core/guards.h"
#include "services/inventory/core/life.h"

namespace loopdock::inventory {
namespace {

absl::Status Refusal(std::string_view reason, std::string_view name, std::string_view what) {
  return common::Error(absl::StatusCode::kFailedPrecondition, reason, Cat("'", name, "' ", what),
                       {{"name", std::string(name)}});
}

// The host and what it is built into do not contain `name`, and leave room for `deep` levels.
absl::Status CheckHosts(Step& step, const v1::Asset& host, std::string_view name, int deep) {
  int depth = 0;
  for (std::string outer = host.name(); !outer.empty(); ++depth) {
    if (outer == name) {
      return Refusal("COMPONENT_CYCLE", name,
                     Cat("cannot be built into '", host.name(), "', which is a part of it."));
    }
    const auto asset = step.Find<v1::Asset>(outer);
    LOOPDOCK_RETURN_IF_ERROR(asset.status());
    outer = asset->installed_in();
  }
  if (depth + deep <= kComponentDepthMax) return absl::OkStatus();
  return Refusal("COMPONENT_TOO_DEEP", host.name(),
                 Cat("would have components in components more than ", kComponentDepthMax,
                     " deep; build it into an outer asset."));
}

// Nothing goes in or out of the host while what it stands in is sealed.
absl::Status HostIsReachable(Step& step, std::string_view host) {
  std::string name(host);
  for (;;) {
    const auto asset = step.Find<v1::Asset>(name);
    LOOPDOCK_RETURN_IF_ERROR(asset.status());
    if (asset->installed_in().empty()) return NotSealed(step, asset->container());
    name = asset->installed_in();
  }
}

absl::StatusOr<v1::Location> WhereItIs(Step& step, const v1::Asset& asset) {
  const auto name =
      LocationOf(asset, [&](std::string_view what, google::protobuf::Message* message) {
        return step.rows().ReadExpected(what, message);
      });
  if (!name.ok()) return name.status();
  return step.Find<v1::Location>(*name);
}

absl::Status EmitInstalled(Step& step, std::string_view asset, std::string_view host) {
  v1::Fact fact;
  fact.mutable_component_installed()->set_asset(std::string(asset));
  fact.mutable_component_installed()->set_host(std::string(host));
  return step.Emit(std::move(fact));
}

}  // namespace

void CheckForm(const v1::InstallComponentRequest& request, Form& form) {
  form.Name("name", request.name(), "assets");
  form.Name("host", request.host(), "assets");
}

absl::Status Apply(const v1::InstallComponentRequest& request, Step& step, v1::Asset* answer) {
  const auto asset = LooseAsset(step, request.name(), request.etag());
  LOOPDOCK_RETURN_IF_ERROR(asset.status());
  const auto host = step.OpenAsset(request.host());
  LOOPDOCK_RETURN_IF_ERROR(host.status());
  const auto deep = ComponentDepth(step.rows(), step.site(), request.name());
  LOOPDOCK_RETURN_IF_ERROR(deep.status());
  LOOPDOCK_RETURN_IF_ERROR(CheckHosts(step, *host, request.name(), *deep));
  const auto direct = DirectComponents(step.rows(), step.site(), request.host());
  LOOPDOCK_RETURN_IF_ERROR(direct.status());
  if (static_cast<int>(direct->size()) >= kComponentsMax) {
    return Refusal("TOO_MANY_COMPONENTS", request.host(),
                   Cat("has ", kComponentsMax, " components; take one out first."));
  }
  LOOPDOCK_RETURN_IF_ERROR(NotSealed(step, asset->container()));
  LOOPDOCK_RETURN_IF_ERROR(HostIsReachable(step, request.host()));
  const auto from = WhereItIs(step, *asset);
  LOOPDOCK_RETURN_IF_ERROR(from.status());
  const auto to = WhereItIs(step, *host);
  LOOPDOCK_RETURN_IF_ERROR(to.status());
  LOOPDOCK_RETURN_IF_ERROR(R05StandsSecured(*asset, *to));
  LOOPDOCK_RETURN_IF_ERROR(CheckMayCarry(step, !IsDataSafe(*asset), *from, *to));
  LOOPDOCK_RETURN_IF_ERROR(CheckMayStand(step, *asset, *from, *to));
  LOOPDOCK_RETURN_IF_ERROR(EmitInstalled(step, request.name(), request.host()));
  return step.Answer(request.name(), answer);
}

void CheckForm(const v1::RemoveComponentRequest& request, Form& form) {
  form.Name("name", request.name(), "assets");
  form.OptionalName("location", request.location(), "locations");
  form.OptionalName("container", request.container(), "containers");
  form.Check(request.location().empty() != request.container().empty(), "location",
             "must be given, or a container, but not both");
}

absl::Status Apply(const v1::RemoveComponentRequest& request, Step& step, v1::Asset* answer) {
  const auto asset = step.OpenAsset(request.name(), request.etag());
  LOOPDOCK_RETURN_IF_ERROR(asset.status());
  if (asset->installed_in().empty()) {
    return Refusal("COMPONENT_ABSENT", request.name(),
                   "is not built into another asset; move it with MoveAsset.");
  }
  LOOPDOCK_RETURN_IF_ERROR(HostIsReachable(step, asset->installed_in()));
  const auto place = PlaceToPut(step, request.location(), request.container());
  LOOPDOCK_RETURN_IF_ERROR(place.status());
  LOOPDOCK_RETURN_IF_ERROR(R05StandsSecured(*asset, *place));
  const auto origin = WhereItIs(step, *asset);
  LOOPDOCK_RETURN_IF_ERROR(origin.status());
  LOOPDOCK_RETURN_IF_ERROR(CheckMayCarry(step, !IsDataSafe(*asset), *origin, *place));
  LOOPDOCK_RETURN_IF_ERROR(CheckMayStand(step, *asset, *origin, *place));
  v1::Fact fact;
  v1::ComponentRemoved* removed = fact.mutable_component_removed();
  removed->set_asset(request.name());
  removed->set_host(asset->installed_in());
  removed->set_to_location(place->name());
  removed->set_to_container(request.container());
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.Answer(request.name(), answer);
}

void CheckForm(const v1::MergeAssetsRequest& request, Form& form) {
  form.Name("name", request.name(), "assets");
  form.Name("absorbed", request.absorbed(), "assets");
  form.Check(request.name() != request.absorbed(), "absorbed", "must be another asset");
}

namespace {

// A person says that two records are of one device. What the one that ends says of data, holds and
// terms must not get lost by that.
absl::Status MayMerge(Step& step, const v1::Asset& kept, const v1::Asset& absorbed) {
  LOOPDOCK_RETURN_IF_ERROR(NotSealed(step, absorbed.container()));
  const bool counts_as_done = kept.data_status() >= v1::DATA_STATUS_NO_STORAGE;
  if (counts_as_done && !IsDataSafeItself(absorbed)) {
    return Refusal("MERGE_UNSAFE", absorbed.name(),
                   Cat("may hold data and '", kept.name(),
                       "' counts as sanitized or without data; record the sanitization of the one "
                       "that ends and have it released, or merge the other way round."));
  }
  if (kept.identifiers_size() + absorbed.identifiers_size() > kAssetIdentifiersMax) {
    return Refusal("TOO_MANY_IDENTIFIERS", kept.name(),
                   Cat("would have more than ", kAssetIdentifiersMax,
                       " identifiers; remove wrong ones with CorrectIdentifiers first."));
  }
  if (kept.holds_size() + absorbed.holds_size() > kAssetHoldsMax) {
    return Refusal("TOO_MANY_HOLDS", kept.name(),
                   Cat("would have more than ", kAssetHoldsMax, " holds; release some first."));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Apply(const v1::MergeAssetsRequest& request, Step& step, v1::Asset* answer) {
  const auto kept = step.OpenAsset(request.name(), request.etag());
  LOOPDOCK_RETURN_IF_ERROR(kept.status());
  const auto absorbed = LooseAsset(step, request.absorbed());
  LOOPDOCK_RETURN_IF_ERROR(absorbed.status());
  LOOPDOCK_RETURN_IF_ERROR(MayMerge(step, *kept, *absorbed));
  if (absorbed->installed_unsafe_count() > 0) {  // its components go where the other one is
    const auto place = WhereItIs(step, *kept);
    LOOPDOCK_RETURN_IF_ERROR(place.status());
    LOOPDOCK_RETURN_IF_ERROR(R05StandsSecured(*absorbed, *place));
  }
  const auto theirs = DirectComponents(step.rows(), step.site(), request.absorbed());
  LOOPDOCK_RETURN_IF_ERROR(theirs.status());
  const auto ours = DirectComponents(step.rows(), step.site(), request.name());
  LOOPDOCK_RETURN_IF_ERROR(ours.status());
  if (static_cast<int>(theirs->size() + ours->size()) > kComponentsMax) {
    return Refusal("TOO_MANY_COMPONENTS", request.name(),
                   Cat("would have more than ", kComponentsMax, " components; take some out."));
  }
  const auto deep = ComponentDepth(step.rows(), step.site(), request.absorbed());
  LOOPDOCK_RETURN_IF_ERROR(deep.status());
  LOOPDOCK_RETURN_IF_ERROR(CheckHosts(step, *kept, request.absorbed(), *deep - 1));
  for (const std::string& component : *theirs) {
    LOOPDOCK_RETURN_IF_ERROR(EmitInstalled(step, component, request.name()));
  }
  LOOPDOCK_RETURN_IF_ERROR(ReleaseLine(step, *absorbed));
  v1::Fact fact;
  fact.mutable_asset_merged()->set_asset(request.name());
  fact.mutable_asset_merged()->set_absorbed(request.absorbed());
  fact.mutable_asset_merged()->set_load(absorbed->load());
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  LOOPDOCK_RETURN_IF_ERROR(CompareAnew(step, request.name()));
  return step.Answer(request.name(), answer);
}

}  // namespace loopdock::inventory
