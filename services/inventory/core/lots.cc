// SPDX-License-Identifier: Apache-2.0
// Lots: booked, moved, described, adjusted.
#include <algorithm>

#include "services/common/names.h"
#include "services/inventory/core/commands.h"
#include "services/inventory/core/guard_reads.h"
#include "services/inventory/core/guards.h"
#include "services/inventory/core/life.h"
#include "services/inventory/core/receipts.h"

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
  form.Text("lot.model", lot.model());
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

// The load of the session that books it, which must be open.
absl::Status SetSession(const v1::Lot& wanted, Step& step, v1::Lot* lot) {
  if (wanted.session().empty()) return absl::OkStatus();
  const auto session = step.Peek<v1::ReceivingSession>(wanted.session());
  LOOPDOCK_RETURN_IF_ERROR(session.status());
  if (!(*session)->open()) {
    return common::Error(absl::StatusCode::kFailedPrecondition, "SESSION_CLOSED",
                         Cat("'", wanted.session(), "' is closed; open a new session on the load."),
                         {{"name", wanted.session()}});
  }
  if (!wanted.load().empty() && wanted.load() != (*session)->load()) {
    return common::Error(
        absl::StatusCode::kInvalidArgument, "INVALID_FIELDS",
        Cat("lot.load must be empty or that of the session, '", (*session)->load(), "'."),
        {{"name", (*session)->load()}});
  }
  lot->set_load((*session)->load());
  return absl::OkStatus();
}

// Where the lot comes from and on which terms.
absl::Status SetOrigin(const v1::Lot& wanted, Step& step, v1::Lot* lot) {
  LOOPDOCK_RETURN_IF_ERROR(SetSession(wanted, step, lot));
  if (!lot->load().empty()) {
    const auto load = step.Find<v1::Load>(lot->load());
    LOOPDOCK_RETURN_IF_ERROR(load.status());
    if (load->state() == v1::LOAD_STATE_CLOSED) {
      return common::Error(absl::StatusCode::kFailedPrecondition, "LOAD_CLOSED",
                           Cat("'", load->name(), "' is closed; receive under a new load."),
                           {{"name", load->name()}});
    }
    lot->set_supplier(load->supplier());
    lot->set_no_resale(wanted.no_resale() || load->no_resale());
    if (load->instruction() != v1::SUPPLIER_INSTRUCTION_UNSPECIFIED) {
      lot->set_instruction(load->instruction());
    }
  }
  if (lot->supplier().empty()) lot->set_supplier("parties/unknown");
  const auto supplier = step.Find<v1::Party>(lot->supplier());
  LOOPDOCK_RETURN_IF_ERROR(supplier.status());
  lot->set_no_resale(lot->no_resale() || supplier->no_resale() ||
                     lot->instruction() == v1::SUPPLIER_INSTRUCTION_DESTROY);
  return step.ReferenceIsFree("lots", lot->supplier(), lot->external_ref(), "");
}

// The line by count that the lot is counted against: the one that it names, else one of its model.
absl::StatusOr<std::optional<FoundLine>> LineOf(Step& step, const v1::Lot& lot,
                                                std::string_view manifest) {
  if (manifest.empty()) return std::nullopt;
  if (lot.manifest_line() == 0) return FindByModel(LookIn(step), IdOf(manifest), lot.model(), "");
  auto found = FindByNumber(LookIn(step), IdOf(manifest), lot.manifest_line());
  if (!found.ok() || found->has_value()) return found;
  return common::Error(absl::StatusCode::kFailedPrecondition, "MANIFEST_LINE_ABSENT",
                       Cat("'", manifest, "' has no line ", lot.manifest_line(),
                           " by count; name another one or none."),
                       {{"name", std::string(manifest)}});
}

absl::StatusOr<std::string> ManifestOf(Step& step, const v1::Lot& lot) {
  if (lot.load().empty()) return std::string();
  const auto load = step.Peek<v1::Load>(lot.load());
  if (!load.ok()) return load.status();
  return (*load)->manifest();
}

// Counts pieces and grams of a lot against a line.
absl::Status EmitCounted(Step& step, const v1::Lot& lot, std::string_view manifest,
                         const LineRow& row, std::int64_t pieces, std::int64_t mass_g) {
  v1::Fact fact;
  v1::ManifestLineMatched* matched = fact.mutable_manifest_line_matched();
  matched->set_manifest(std::string(manifest));
  matched->set_line(row.line.number());
  matched->set_lot(lot.name());
  matched->set_quantity(pieces);
  matched->set_mass_g(mass_g);
  matched->set_session(lot.session());
  matched->set_load(lot.load());
  LineRow after = row;
  TakeIn(*matched, &after);
  matched->set_match(OverOf(after) > OverOf(row) ? v1::MANIFEST_MATCH_OVER
                                                 : v1::MANIFEST_MATCH_MATCHED);
  return step.Emit(std::move(fact));
}

// Counts pieces more or less of a lot that no line claims.
absl::Status EmitUnexpected(Step& step, const v1::Lot& lot, std::string_view manifest,
                            std::int64_t pieces) {
  if (pieces == 0) return absl::OkStatus();
  v1::Fact fact;
  v1::ManifestLineMatched* matched = fact.mutable_manifest_line_matched();
  matched->set_manifest(std::string(manifest));
  matched->set_lot(lot.name());
  matched->set_quantity(pieces);
  matched->set_session(lot.session());
  matched->set_load(lot.load());
  matched->set_match(v1::MANIFEST_MATCH_UNEXPECTED);
  return step.Emit(std::move(fact));
}

// Takes a corrected quantity to the line that the lot was counted against, if there is one.
absl::Status Recount(Step& step, const v1::Lot& before, const v1::Lot& after) {
  const std::int64_t pieces = after.piece_count() - before.piece_count();
  const std::int64_t mass_g = after.mass_g() - before.mass_g();
  const auto manifest = ManifestOf(step, before);
  LOOPDOCK_RETURN_IF_ERROR(manifest.status());
  if (manifest->empty() || (pieces == 0 && mass_g == 0)) return absl::OkStatus();
  const auto mark =
      step.rows().Get(kMembers, LoadLotKey(step.site(), IdOf(before.load()), IdOf(before.name())));
  LOOPDOCK_RETURN_IF_ERROR(mark.status());
  if (DecodeMark(mark->value_or("")).manifest != IdOf(*manifest)) return absl::OkStatus();
  if (before.manifest_line() == 0) return EmitUnexpected(step, before, *manifest, pieces);
  if (pieces < 0 || mass_g < 0) {
    v1::Fact fact;
    v1::ManifestLineReleased* released = fact.mutable_manifest_line_released();
    released->set_manifest(*manifest);
    released->set_line(before.manifest_line());
    released->set_lot(before.name());
    released->set_load(before.load());
    released->set_quantity(std::max<std::int64_t>(0, -pieces));
    released->set_mass_g(std::max<std::int64_t>(0, -mass_g));
    LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  }
  if (pieces <= 0 && mass_g <= 0) return absl::OkStatus();
  const auto found = FindByNumber(LookIn(step), IdOf(*manifest), before.manifest_line());
  LOOPDOCK_RETURN_IF_ERROR(found.status());
  if (!found->has_value()) return absl::OkStatus();
  return EmitCounted(step, before, *manifest, (*found)->row, std::max<std::int64_t>(0, pieces),
                     std::max<std::int64_t>(0, mass_g));
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
  form.OptionalName("lot.session", lot.session(), "sessions");
  form.Check(lot.manifest_line() >= 0, "lot.manifest_line", "must not be negative");
  form.Check(lot.manifest_line() == 0 || !lot.load().empty() || !lot.session().empty(),
             "lot.manifest_line", "must be 0 for a lot of no load");
  form.Check(v1::SupplierInstruction_IsValid(lot.instruction()), "lot.instruction",
             "must be known");
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
  lot->clear_weighing();
  lot->clear_reported_days();
  lot->clear_etag();
  *lot->mutable_create_time() = step.server_time();
  *lot->mutable_received_time() = step.server_time();
  const auto manifest = ManifestOf(step, *lot);
  LOOPDOCK_RETURN_IF_ERROR(manifest.status());
  const auto line = LineOf(step, *lot, *manifest);
  LOOPDOCK_RETURN_IF_ERROR(line.status());
  lot->set_manifest_line(line->has_value() ? (*line)->row.line.number() : 0);
  const v1::Lot booked = *lot;
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  if (line->has_value()) {
    LOOPDOCK_RETURN_IF_ERROR(
        EmitCounted(step, booked, *manifest, (*line)->row, booked.piece_count(), booked.mass_g()));
  }
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
  return CheckMayStand(step, after, *from, *to);
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
  lot->set_model(wanted.model());
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
  const v1::Lot corrected = *lot;
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  LOOPDOCK_RETURN_IF_ERROR(Recount(step, *before, corrected));
  return step.rows().ReadExpected(wanted.name(), answer);
}

}  // namespace loopdock::inventory
