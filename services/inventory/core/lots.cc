// SPDX-License-Identifier: Apache-2.0
// Lots: booked, moved, described, adjusted.
#include <algorithm>

#include "services/common/names.h"
#include "services/inventory/core/commands.h"
#include "services/inventory/core/guard_reads.h"
#include "services/inventory/core/guards.h"
#include "services/inventory/core/life.h"

namespace loopdock::inventory {
namespace {

void CheckLot(const v1::Lot& lot, Form& form) {
  form.Required("lot.description", lot.description());
  form.Required("lot.category", lot.category(), 64);
  form.Count("lot.piece_count", lot.piece_count(), kPiecesMax);
  form.Mass("lot.mass_g", lot.mass_g());
  form.OptionalName("lot.location", lot.location(), "locations");
  form.FocusMaterials("lot.focus_materials", lot.focus_materials());
  form.Text("lot.external_ref", lot.external_ref(), kIdentifierMax);
  form.Check(v1::R2Applicability_IsValid(lot.applicability()), "lot.applicability",
             "must be known");
  form.Check(v1::ControlledReason_IsValid(lot.controlled_reason()), "lot.controlled_reason",
             "must be known");
  form.Check(v1::UnrestrictedReason_IsValid(lot.unrestricted_reason()), "lot.unrestricted_reason",
             "must be known");
}

absl::Status NeedsReason(std::string_view name, std::string_view what) {
  return common::Error(absl::StatusCode::kFailedPrecondition, "REASON_REQUIRED",
                       Cat("'", name, "': ", what), {{"name", std::string(name)}});
}

// Where the lot comes from and on which terms.
absl::Status SetOrigin(const v1::Lot& wanted, Step& step, v1::Lot* lot) {
  if (!wanted.load().empty()) {
    const auto load = step.Find<v1::Load>(wanted.load());
    LOOPDOCK_RETURN_IF_ERROR(load.status());
    if (load->state() == v1::LOAD_STATE_CLOSED) {
      return common::Error(absl::StatusCode::kFailedPrecondition, "LOAD_CLOSED",
                           Cat("'", load->name(), "' is closed; receive under a new load."),
                           {{"name", load->name()}});
    }
    lot->set_supplier(load->supplier());
    lot->set_no_resale(wanted.no_resale() || load->no_resale());
  }
  if (lot->supplier().empty()) lot->set_supplier("parties/unknown");
  const auto supplier = step.Find<v1::Party>(lot->supplier());
  LOOPDOCK_RETURN_IF_ERROR(supplier.status());
  lot->set_no_resale(lot->no_resale() || supplier->no_resale());
  return step.ReferenceIsFree("lots", lot->supplier(), lot->external_ref(), "");
}

}  // namespace

void CheckForm(const v1::CreateLotRequest& request, Form& form) {
  const v1::Lot& lot = request.lot();
  form.Wish("lot.name", lot.name(), "lots");
  CheckLot(lot, form);
  form.Check(lot.piece_count() > 0 || lot.mass_g() > 0, "lot.piece_count",
             "or mass_g must be more than 0");
  form.OptionalName("lot.load", lot.load(), "loads");
  form.OptionalName("lot.supplier", lot.supplier(), "parties");
}

absl::Status Apply(const v1::CreateLotRequest& request, Step& step, v1::Lot* answer) {
  const auto name = step.WishedName("lots", request.lot().name());
  LOOPDOCK_RETURN_IF_ERROR(name.status());
  v1::Fact fact;
  v1::Lot* lot = fact.mutable_lot_set();
  *lot = request.lot();
  lot->set_name(*name);
  LOOPDOCK_RETURN_IF_ERROR(SetOrigin(request.lot(), step, lot));
  if (lot->location().empty()) {
    lot->set_location(common::FormatName(step.site(), "locations", "dock"));
  }
  LOOPDOCK_RETURN_IF_ERROR(step.Exists<v1::Location>(lot->location()));
  // What the caller leaves open starts as R-01 wants it; what it asks for otherwise is refused.
  if (lot->applicability() == v1::R2_APPLICABILITY_UNSPECIFIED) {
    lot->set_applicability(v1::R2_APPLICABILITY_CONTROLLED);
  }
  if (lot->controlled_reason() == v1::CONTROLLED_REASON_UNSPECIFIED) {
    lot->set_controlled_reason(v1::CONTROLLED_REASON_UNEVALUATED);
  }
  LOOPDOCK_RETURN_IF_ERROR(
      R01StartsControlled(*name, lot->applicability(), lot->controlled_reason()));
  lot->clear_unrestricted_reason();
  lot->clear_transformation();
  lot->clear_reported_days();
  lot->clear_etag();
  *lot->mutable_create_time() = step.server_time();
  *lot->mutable_received_time() = step.server_time();
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(*name, answer);
}

void CheckForm(const v1::UpdateLotRequest& request, Form& form) {
  const v1::Lot& lot = request.lot();
  form.Name("lot.name", lot.name(), "lots");
  CheckLot(lot, form);
  const bool controlled = lot.applicability() == v1::R2_APPLICABILITY_CONTROLLED;
  form.Check(controlled || lot.applicability() == v1::R2_APPLICABILITY_UNRESTRICTED,
             "lot.applicability", "must be controlled or unrestricted");
  form.Check(controlled == (lot.controlled_reason() != v1::CONTROLLED_REASON_UNSPECIFIED) &&
                 controlled == (lot.unrestricted_reason() == v1::UNRESTRICTED_REASON_UNSPECIFIED),
             "lot.controlled_reason",
             "must be given for controlled lots, unrestricted_reason for others, never both");
  form.Check(controlled || (lot.focus_materials_size() == 0 && !lot.data_bearing()),
             "lot.applicability",
             "must be controlled for what has focus materials in it or may hold data");
}

namespace {

bool Covers(const google::protobuf::RepeatedField<int>& all,
            const google::protobuf::RepeatedField<int>& some) {
  return std::all_of(some.begin(), some.end(),
                     [&](int one) { return std::find(all.begin(), all.end(), one) != all.end(); });
}

absl::Status MayChange(const v1::Lot& before, const v1::Lot& after, Step& step) {
  const bool explained = !step.reason().empty();
  if ((before.piece_count() != after.piece_count() || before.mass_g() != after.mass_g()) &&
      !explained) {
    return NeedsReason(before.name(), "a change of quantity needs a reason.");
  }
  if (before.applicability() != after.applicability() ||
      before.controlled_reason() != after.controlled_reason() ||
      before.unrestricted_reason() != after.unrestricted_reason() ||
      !Covers(after.focus_materials(), before.focus_materials())) {
    LOOPDOCK_RETURN_IF_ERROR(R16ChangeSaysWhy(before.name(), step.actor(), step.reason()));
  }
  const bool clears = (before.data_bearing() && !after.data_bearing()) ||
                      !Covers(after.focus_materials(), before.focus_materials());
  if (clears && (!explained || step.evidence().empty())) {
    return NeedsReason(before.name(),
                       "that it holds no data or none of a focus material any more needs a reason "
                       "and the document that shows it.");
  }
  // It leaves control as it was, not as the same change makes it.
  if (before.applicability() == v1::R2_APPLICABILITY_CONTROLLED &&
      after.applicability() == v1::R2_APPLICABILITY_UNRESTRICTED) {
    v1::Asset unit;
    unit.set_name(before.name());
    unit.set_data_status(before.data_bearing() ? v1::DATA_STATUS_UNEVALUATED
                                               : v1::DATA_STATUS_NO_STORAGE);
    *unit.mutable_focus_materials() = before.focus_materials();
    LOOPDOCK_RETURN_IF_ERROR(ExitIsJustified(unit, v1::CONTROL_EXIT_NOT_CONTROLLED,
                                             v1::UNRESTRICTED_REASON_UNSPECIFIED));
  }
  const auto from = step.Find<v1::Location>(before.location());
  LOOPDOCK_RETURN_IF_ERROR(from.status());
  const auto to = step.Find<v1::Location>(after.location());
  LOOPDOCK_RETURN_IF_ERROR(to.status());
  if (before.location() != after.location() || after.data_bearing() != before.data_bearing()) {
    LOOPDOCK_RETURN_IF_ERROR(R05StandsSecured(after, *to));
  }
  if (before.location() == after.location()) return absl::OkStatus();
  LOOPDOCK_RETURN_IF_ERROR(CheckMayCarry(step, before.data_bearing(), *from, *to));
  return CheckMayStand(step, after, *to);
}

}  // namespace

absl::Status Apply(const v1::UpdateLotRequest& request, Step& step, v1::Lot* answer) {
  const v1::Lot& wanted = request.lot();
  const auto before = step.Find<v1::Lot>(wanted.name());
  LOOPDOCK_RETURN_IF_ERROR(before.status());
  LOOPDOCK_RETURN_IF_ERROR(CheckEtag(wanted.etag(), before->etag(), wanted.name()));
  v1::Fact fact;
  v1::Lot* lot = fact.mutable_lot_set();
  *lot = *before;  // load, supplier, receipt and origin stay
  lot->set_description(wanted.description());
  lot->set_category(wanted.category());
  lot->set_piece_count(wanted.piece_count());
  lot->set_mass_g(wanted.mass_g());
  if (!wanted.location().empty()) lot->set_location(wanted.location());
  lot->set_applicability(wanted.applicability());
  lot->set_controlled_reason(wanted.controlled_reason());
  lot->set_unrestricted_reason(wanted.unrestricted_reason());
  lot->set_no_resale(before->no_resale() || wanted.no_resale());
  *lot->mutable_focus_materials() = wanted.focus_materials();
  lot->set_data_bearing(wanted.data_bearing());
  lot->set_external_ref(wanted.external_ref());
  LOOPDOCK_RETURN_IF_ERROR(MayChange(*before, *lot, step));
  LOOPDOCK_RETURN_IF_ERROR(
      step.ReferenceIsFree("lots", lot->supplier(), lot->external_ref(), lot->name()));
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(wanted.name(), answer);
}

}  // namespace loopdock::inventory
