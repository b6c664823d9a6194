// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/core/guard_reads.h"

#include <algorithm>
#include <string>

#include "services/common/names.h"
#include "services/inventory/core/ages.h"
#include "services/inventory/core/guards.h"

namespace loopdock::inventory {
namespace {

absl::StatusOr<bool> IsExcepted(Step& step, std::string_view rule, std::string_view subject) {
  if (subject.empty()) return false;
  const auto id = step.Look(Lookup::kException, Cat(rule, std::string_view("\0", 1), subject));
  if (!id.ok()) return id.status();
  if (!id->has_value()) return false;
  const auto record =
      step.Find<v1::ExceptionRecord>(common::FormatName(step.site(), "exceptions", **id));
  if (!record.ok()) return record.status();
  return FromTimestamp(record->expire_time()) >= step.now();
}

bool Concerns(const v1::InventoryCap& cap, const v1::Asset& asset) {
  if (cap.focus_material() != v1::FOCUS_MATERIAL_UNSPECIFIED) {
    const auto& materials = asset.focus_materials();
    return std::find(materials.begin(), materials.end(), cap.focus_material()) != materials.end();
  }
  return cap.category().empty() || cap.category() == asset.category();
}

}  // namespace

bool AllowsException(std::string_view rule) {
  return rule == "R-04" || rule == "R-08" || rule == "R-18";
}

absl::StatusOr<bool> HasException(Step& step, std::string_view rule, std::string_view name,
                                  std::string_view load) {
  const auto own = IsExcepted(step, rule, name);
  if (!own.ok() || *own || rule == "R-04") return own;
  return IsExcepted(step, rule, load);
}

absl::Status CheckMayBeTested(Step& step, const v1::Asset& asset) {
  const v1::FacilityRules& rules = step.facility_rules();
  if (R18BeginsInTime(asset, rules, step.now(), false).ok()) return absl::OkStatus();
  const auto excepted = HasException(step, "R-18", asset.name(), asset.load());
  LOOPDOCK_RETURN_IF_ERROR(excepted.status());
  return R18BeginsInTime(asset, rules, step.now(), *excepted);
}

absl::Status CheckAuthorized(Step& step, std::string_view person, v1::AccessLevel level) {
  const auto id = step.Look(Lookup::kAuthorization, person);
  LOOPDOCK_RETURN_IF_ERROR(id.status());
  if (!id->has_value()) return PersonIsAuthorized(person, level, nullptr, step.now());
  const auto authorization =
      step.Find<v1::Authorization>(common::FormatName(step.site(), "authorizations", **id));
  LOOPDOCK_RETURN_IF_ERROR(authorization.status());
  return PersonIsAuthorized(person, level, &*authorization, step.now());
}

absl::Status CheckMayCarry(Step& step, bool has_data, const v1::Location& from,
                           const v1::Location& to) {
  if (step.facility_rules().require_authorization() && has_data &&
      (from.secured() || to.secured())) {
    LOOPDOCK_RETURN_IF_ERROR(CheckAuthorized(step, step.actor(), v1::ACCESS_LEVEL_HANDLE_DATA));
  }
  for (const v1::Location* place : {&from, &to}) {
    for (const int level : place->access_levels()) {
      LOOPDOCK_RETURN_IF_ERROR(
          CheckAuthorized(step, step.actor(), static_cast<v1::AccessLevel>(level)));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckNotStoredOn(Step& step, const v1::Asset& asset, const v1::Location& to) {
  const v1::FacilityRules& rules = step.facility_rules();
  if (R08NotStoredOn(asset, to, rules, step.now(), false).ok()) return absl::OkStatus();
  const auto excepted = HasException(step, "R-08", asset.name(), asset.load());
  LOOPDOCK_RETURN_IF_ERROR(excepted.status());
  return R08NotStoredOn(asset, to, rules, step.now(), *excepted);
}

absl::Status CheckPutAway(Step& step, const v1::Asset& asset, const v1::Location& from,
                          const v1::Location& to) {
  if (!IsStorage(to) || IsStorage(from)) return absl::OkStatus();
  for (const v1::InventoryCap& cap : step.facility_rules().caps()) {
    if (!Concerns(cap, asset)) continue;
    const auto sum = ReadStock(step.rows(), step.site(), cap.focus_material(), cap.category());
    LOOPDOCK_RETURN_IF_ERROR(sum.status());
    LOOPDOCK_RETURN_IF_ERROR(R17MayBePutAway(asset.name(), *sum, cap));
  }
  return absl::OkStatus();
}

absl::Status CheckMayStand(Step& step, const v1::Asset& asset, const v1::Location& from,
                           const v1::Location& to) {
  LOOPDOCK_RETURN_IF_ERROR(R10LeavesByShipment(asset.name(), to));
  if (to.kind() == v1::LOCATION_KIND_TEST && from.name() != to.name()) {
    LOOPDOCK_RETURN_IF_ERROR(CheckMayBeTested(step, asset));
  }
  LOOPDOCK_RETURN_IF_ERROR(CheckNotStoredOn(step, asset, to));
  return CheckPutAway(step, asset, from, to);
}

namespace {

// The container as the guards of age see it: as old as the oldest controlled asset in it.
absl::StatusOr<v1::Asset> AsStock(Step& step, const v1::Container& container) {
  const auto ages = AgesOf(step.rows(), step.site(), container.name());
  if (!ages.ok()) return ages.status();
  v1::Asset stock;
  stock.set_name(container.name());
  stock.set_load(container.load());
  if (ages->empty()) return stock;
  stock.set_applicability(v1::R2_APPLICABILITY_CONTROLLED);
  *stock.mutable_received_time() = ToTimestamp(OldestReceipt(*ages));
  return stock;
}

}  // namespace

absl::Status CheckMayStand(Step& step, const v1::Container& container, const v1::Location& from,
                           const v1::Location& to) {
  LOOPDOCK_RETURN_IF_ERROR(R10LeavesByShipment(container.name(), to));
  const auto stock = AsStock(step, container);
  LOOPDOCK_RETURN_IF_ERROR(stock.status());
  if (to.kind() == v1::LOCATION_KIND_TEST && from.name() != to.name()) {
    LOOPDOCK_RETURN_IF_ERROR(CheckMayBeTested(step, *stock));
  }
  LOOPDOCK_RETURN_IF_ERROR(CheckNotStoredOn(step, *stock, to));
  if (!IsStorage(to) || IsStorage(from)) return absl::OkStatus();
  for (const v1::InventoryCap& cap : step.facility_rules().caps()) {
    if (cap.focus_material() != v1::FOCUS_MATERIAL_UNSPECIFIED || !cap.category().empty()) continue;
    const auto sum = ReadStock(step.rows(), step.site(), cap.focus_material(), cap.category());
    LOOPDOCK_RETURN_IF_ERROR(sum.status());
    LOOPDOCK_RETURN_IF_ERROR(R17MayBePutAway(container.name(), *sum, cap));
  }
  return absl::OkStatus();
}

absl::Status CheckMayStand(Step& step, const v1::Lot& lot, const v1::Location& from,
                           const v1::Location& to) {
  LOOPDOCK_RETURN_IF_ERROR(R10LeavesByShipment(lot.name(), to));
  const v1::FacilityRules& rules = step.facility_rules();
  if (!R08NotStoredOn(lot, to, rules, step.now(), false).ok()) {
    const auto excepted = HasException(step, "R-08", lot.name(), lot.load());
    LOOPDOCK_RETURN_IF_ERROR(excepted.status());
    LOOPDOCK_RETURN_IF_ERROR(R08NotStoredOn(lot, to, rules, step.now(), *excepted));
  }
  v1::Asset stock;  // the lot as caps see it
  stock.set_name(lot.name());
  stock.set_category(lot.category());
  *stock.mutable_focus_materials() = lot.focus_materials();
  return CheckPutAway(step, stock, from, to);
}

absl::Status CheckHasRoom(Step& step, std::string_view load) {
  for (const v1::InventoryCap& cap : step.facility_rules().caps()) {
    const auto sum = ReadStock(step.rows(), step.site(), cap.focus_material(), cap.category());
    LOOPDOCK_RETURN_IF_ERROR(sum.status());
    LOOPDOCK_RETURN_IF_ERROR(R17HasRoom(load, *sum, cap));
  }
  return absl::OkStatus();
}

}  // namespace loopdock::inventory
