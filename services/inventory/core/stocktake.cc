// SPDX-License-Identifier: Apache-2.0
// Stock takes: what is seen in a place, and what is not. Who counts asks ListAssets what should be
// there; commands look only at the assets they name.
#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "services/inventory/core/commands.h"
#include "services/inventory/core/life.h"

namespace loopdock::inventory {
namespace {

constexpr int kCountMax = 200;

absl::StatusOr<v1::StockTake> OpenTake(Step& step, std::string_view name) {
  auto take = step.Find<v1::StockTake>(name);
  if (!take.ok() || take->open()) return take;
  return common::Error(
      absl::StatusCode::kFailedPrecondition, "STOCK_TAKE_CLOSED",
      Cat("'", name, "' is closed; open a new stock take of '", take->place(), "'."),
      {{"name", std::string(name)}});
}

bool IsContainer(std::string_view place) { return TailOf(place).rfind("containers/", 0) == 0; }

// The asset itself, or the outermost one that it is built into.
absl::StatusOr<v1::Asset> OutermostHost(Step& step, v1::Asset asset) {
  while (!asset.installed_in().empty()) {
    auto host = step.Find<v1::Asset>(asset.installed_in());
    if (!host.ok()) return host;
    asset = *std::move(host);
  }
  return asset;
}

// True when the record has the asset in the place, directly or in a container there.
absl::StatusOr<bool> StandsIn(Step& step, const v1::Asset& asset, std::string_view place) {
  const auto host = OutermostHost(step, asset);
  if (!host.ok()) return host.status();
  if (host->location() == place) return true;
  std::string name = host->container();
  while (!name.empty()) {
    if (name == place) return true;
    const auto outer = step.Find<v1::Container>(name);
    if (!outer.ok()) return outer.status();
    if (outer->location() == place) return true;
    name = outer->parent();
  }
  return false;
}

absl::StatusOr<bool> IsCounted(Step& step, const v1::StockTake& take, std::string_view asset) {
  const auto row =
      step.rows().Get(kMembers, PlaceMemberKey(step.site(), TailOf(take.name()), TailOf(asset)));
  if (!row.ok()) return row.status();
  return row->has_value();
}

absl::Status EmitFound(Step& step, const v1::StockTake& take, const v1::Asset& asset) {
  const auto emit = [&](const std::string& name) {
    v1::Fact fact;
    fact.mutable_asset_found()->set_asset(name);
    fact.mutable_asset_found()->set_stock_take(take.name());
    return step.Emit(std::move(fact));
  };
  LOOPDOCK_RETURN_IF_ERROR(emit(asset.name()));
  const auto components = ComponentsOf(step.rows(), step.site(), asset.name());
  LOOPDOCK_RETURN_IF_ERROR(components.status());
  for (const std::string& name : *components) {
    const auto component = step.Find<v1::Asset>(name);
    LOOPDOCK_RETURN_IF_ERROR(component.status());
    if (component->state() == v1::ASSET_STATE_LOST) LOOPDOCK_RETURN_IF_ERROR(emit(name));
  }
  return absl::OkStatus();
}

// The record follows what was seen; no guard keeps it from saying where a thing really is. What was
// built in and is seen elsewhere than its host was taken out.
absl::Status EmitMoved(Step& step, const v1::StockTake& take, const v1::Asset& asset) {
  const bool in_container = IsContainer(take.place());
  const auto to = ResolveLocation(step.rows(), in_container ? "" : take.place(),
                                  in_container ? take.place() : "");
  LOOPDOCK_RETURN_IF_ERROR(to.status());
  v1::Fact fact;
  const auto put_down = [&](auto* fact_of_move) {
    fact_of_move->set_asset(asset.name());
    fact_of_move->set_to_location(*to);
    if (in_container) fact_of_move->set_to_container(take.place());
  };
  if (!asset.installed_in().empty()) {
    put_down(fact.mutable_component_removed());
    fact.mutable_component_removed()->set_host(asset.installed_in());
    return step.Emit(std::move(fact));
  }
  const auto from = ResolveLocation(step.rows(), asset.location(), asset.container());
  LOOPDOCK_RETURN_IF_ERROR(from.status());
  put_down(fact.mutable_asset_moved());
  fact.mutable_asset_moved()->set_from_location(*from);
  fact.mutable_asset_moved()->set_from_container(asset.container());
  return step.Emit(std::move(fact));
}

absl::Status Count(Step& step, const v1::StockTake& take, const std::string& name) {
  const auto counted = IsCounted(step, take, name);
  LOOPDOCK_RETURN_IF_ERROR(counted.status());
  if (*counted) return absl::OkStatus();
  const auto asset = step.Find<v1::Asset>(name);
  LOOPDOCK_RETURN_IF_ERROR(asset.status());
  const bool found = asset->state() == v1::ASSET_STATE_LOST;
  if (!found) LOOPDOCK_RETURN_IF_ERROR(step.OpenAsset(name).status());
  const auto here = StandsIn(step, *asset, take.place());
  LOOPDOCK_RETURN_IF_ERROR(here.status());
  const bool moved = !found && !*here;
  v1::Fact fact;
  fact.mutable_asset_counted()->set_stock_take(take.name());
  fact.mutable_asset_counted()->set_asset(name);
  fact.mutable_asset_counted()->set_found(found);
  fact.mutable_asset_counted()->set_moved(moved);
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  if (moved || (found && !asset->installed_in().empty())) {
    LOOPDOCK_RETURN_IF_ERROR(EmitMoved(step, take, *asset));
  }
  return found ? EmitFound(step, take, *asset) : absl::OkStatus();
}

absl::Status Miss(Step& step, const v1::StockTake& take, const std::string& name) {
  const auto asset = LooseAsset(step, name);
  LOOPDOCK_RETURN_IF_ERROR(asset.status());
  const auto counted = IsCounted(step, take, name);
  LOOPDOCK_RETURN_IF_ERROR(counted.status());
  if (*counted) {
    return common::Error(
        absl::StatusCode::kFailedPrecondition, "ASSET_COUNTED",
        Cat("'", name, "' was counted in '", take.name(), "', so it is not missing."),
        {{"name", name}});
  }
  const auto here = StandsIn(step, *asset, take.place());
  LOOPDOCK_RETURN_IF_ERROR(here.status());
  if (!*here) {
    return common::Error(absl::StatusCode::kFailedPrecondition, "ASSET_ELSEWHERE",
                         Cat("'", name, "' does not stand in '", take.place(),
                             "'; record it missing in a stock take of the place where it should "
                             "be."),
                         {{"name", name}});
  }
  auto lost = ComponentsOf(step.rows(), step.site(), name);
  LOOPDOCK_RETURN_IF_ERROR(lost.status());
  lost->insert(lost->begin(), name);
  for (const std::string& gone : *lost) {
    v1::Fact fact;
    fact.mutable_asset_lost()->set_asset(gone);
    fact.mutable_asset_lost()->set_stock_take(take.name());
    LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  }
  return absl::OkStatus();
}

template <typename Request>
void CheckNames(const Request& request, Form& form) {
  form.Name("name", request.name(), "stocktakes");
  form.Check(request.assets_size() > 0 && request.assets_size() <= kCountMax, "assets",
             Cat("must have 1 to ", kCountMax, " entries"));
  absl::flat_hash_set<std::string> seen;
  for (int i = 0; i < std::min(request.assets_size(), kCountMax); ++i) {
    form.Name(Cat("assets[", i, "]"), request.assets(i), "assets");
    form.Check(seen.insert(request.assets(i)).second, Cat("assets[", i, "]"), "is there twice");
  }
}

template <typename Request>
void DeclareNames(const Request& request, Reads& reads) {
  reads.Name(request.name());
  for (const std::string& asset : request.assets()) {
    reads.Name(asset);
    reads.Row(kMembers, PlaceMemberKey(reads.site(), TailOf(request.name()), TailOf(asset)));
  }
}

}  // namespace

void CheckForm(const v1::OpenStockTakeRequest& request, Form& form) {
  form.Name("place", request.place(), IsContainer(request.place()) ? "containers" : "locations");
}

absl::Status Apply(const v1::OpenStockTakeRequest& request, Step& step, v1::StockTake* answer) {
  LOOPDOCK_RETURN_IF_ERROR(IsContainer(request.place())
                               ? step.Exists<v1::Container>(request.place())
                               : step.Exists<v1::Location>(request.place()));
  const auto open = step.Look(Lookup::kOpenStockTake, TailOf(request.place()));
  LOOPDOCK_RETURN_IF_ERROR(open.status());
  if (open->has_value()) {
    const std::string name = Cat("sites/", step.site(), "/stocktakes/", **open);
    return common::Error(
        absl::StatusCode::kFailedPrecondition, "STOCK_TAKE_OPEN",
        Cat("'", name, "' of '", request.place(), "' is open; go on with it or close it."),
        {{"name", name}});
  }
  v1::Fact fact;
  v1::StockTake* take = fact.mutable_stock_take_opened();
  take->set_name(step.NewName("stocktakes"));
  take->set_place(request.place());
  take->set_open(true);
  take->set_operator_(step.actor());
  *take->mutable_create_time() = step.server_time();
  const std::string name = take->name();
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(name, answer);
}

void CheckForm(const v1::RecordStockCountRequest& request, Form& form) {
  CheckNames(request, form);
}

void DeclareReads(const v1::RecordStockCountRequest& request, Reads& reads) {
  DeclareNames(request, reads);
}

absl::Status Apply(const v1::RecordStockCountRequest& request, Step& step, v1::StockTake* answer) {
  const auto take = OpenTake(step, request.name());
  LOOPDOCK_RETURN_IF_ERROR(take.status());
  // Hosts first: a lost one that turns up brings what is built into it.
  for (const bool built_in : {false, true}) {
    for (const std::string& name : request.assets()) {
      const auto asset = step.Find<v1::Asset>(name);
      LOOPDOCK_RETURN_IF_ERROR(asset.status());
      if (asset->installed_in().empty() == built_in) continue;
      LOOPDOCK_RETURN_IF_ERROR(Count(step, *take, name));
    }
  }
  return step.rows().ReadExpected(request.name(), answer);
}

void CheckForm(const v1::RecordMissingRequest& request, Form& form) { CheckNames(request, form); }

void DeclareReads(const v1::RecordMissingRequest& request, Reads& reads) {
  DeclareNames(request, reads);
}

absl::Status Apply(const v1::RecordMissingRequest& request, Step& step, v1::StockTake* answer) {
  const auto take = OpenTake(step, request.name());
  LOOPDOCK_RETURN_IF_ERROR(take.status());
  for (const std::string& name : request.assets()) {
    LOOPDOCK_RETURN_IF_ERROR(Miss(step, *take, name));
  }
  return step.rows().ReadExpected(request.name(), answer);
}

void CheckForm(const v1::CloseStockTakeRequest& request, Form& form) {
  form.Name("name", request.name(), "stocktakes");
}

absl::Status Apply(const v1::CloseStockTakeRequest& request, Step& step, v1::StockTake* answer) {
  LOOPDOCK_RETURN_IF_ERROR(OpenTake(step, request.name()).status());
  v1::Fact fact;
  fact.mutable_stock_take_closed()->set_stock_take(request.name());
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(request.name(), answer);
}

}  // namespace loopdock::inventory
