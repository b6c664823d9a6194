// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/core/guards.h"

#include <algorithm>

#include "absl/time/civil_time.h"
#include "services/common/status.h"
#include "services/inventory/core/evolve.h"
#include "services/inventory/core/text.h"

namespace loopdock::inventory {
namespace {

// Days that a confirmation of a vendor without R2 certificate holds, Appendix A(8).
constexpr int kQualificationDays = 365;

absl::Status Refuse(std::string_view id, std::string_view subject, std::string_view what) {
  const std::vector<Rule>& rules = Rules();
  const auto rule = std::find_if(rules.begin(), rules.end(),
                                 [&](const Rule& candidate) { return candidate.id == id; });
  return common::PreconditionError(
      rule->reason,
      Cat("'", subject, "' ", what, " (", id, ", R2v3 ", rule->clause, "). ", rule->remedy), id,
      subject, rule->remedy,
      {{"rule", std::string(id)},
       {"clause", std::string(rule->clause)},
       {"name", std::string(subject)}});
}

}  // namespace

const std::vector<Rule>& Rules() {
  static const auto* rules = new std::vector<Rule>{
      {"R-01", "CR6(b)(2)", "MUST_START_CONTROLLED",
       "An asset or lot that starts as anything but controlled and unevaluated.",
       "Book it as it comes and change its status afterwards with SetApplicability."},
      {"R-02", "CR5(a)", "LOAD_INCOMPLETE",
       "Closing a load without supplier, without anything received, or without a document.",
       "Scan or book what was received and give the load a bill of lading or a document."},
      {"R-03", "CR2", "NEVER_REUSED",
       "Sale of, or a decision to reuse, what is lost or stolen, counterfeit or recalled.",
       "Send it to materials recovery, or release the hold if it was placed by mistake."},
      {"R-04", "CR2", "FOCUS_MATERIAL_DISPOSAL",
       "A decision to dispose of or burn what contains focus materials.",
       "Choose materials recovery, or record the exception that the standard allows."},
      {"R-05", "CR6(d)(2), CR7", "DATA_NOT_SECURED",
       "A device that may hold data moving to a place that is not secured, or leaving to anybody "
       "but a vendor qualified for data.",
       "Record its sanitization or that it holds no data and have it released, or choose a "
       "secured place or a vendor qualified for data."},
      {"R-06", "CR6(d)(3)", "NO_RESALE",
       "Sale of, or a decision to reuse, what its supplier does not allow to be resold.",
       "Sanitize it and send it to materials recovery."},
      {"R-07", "CR6(e)(2)", "NOT_READY_FOR_SALE",
       "A sale without functional category, without finished data sanitization, without cosmetic "
       "category, or of a unit without identifier.",
       "Record what is missing: a passed test, the sanitization and its release, an inspection, "
       "a serial number or tag."},
      {"R-10", "Appendix A(7) and (8)", "VENDOR_NOT_QUALIFIED",
       "A controlled asset leaving to a vendor that is neither R2 certified nor confirmed within "
       "365 days.",
       "Confirm the vendor's qualification and update the party, or choose another vendor."},
      {"R-12", "Appendix B(14)", "ONLY_DESTRUCTION",
       "Anything but physical destruction after a failed sanitization.",
       "Destroy it and record the destruction."},
      {"R-13", "Appendix B(13)", "VERIFIER_IS_OPERATOR",
       "A sanitization that its own operator verified.", "Have another person verify it."},
      {"R-14", "Appendix B(15) and (16)", "NOT_RELEASABLE",
       "The release of a device that was neither sanitized nor destroyed.",
       "Record the sanitization or the destruction first."},
      {"R-19", "Appendix B(9)", "DESTRUCTION_NOT_FILMED", "A destruction without a recording.",
       "Put the recording into the evidence store and name it with media type video/*."},
      {"E-C", "CR6(b)(2)(C)", "EXIT_NOT_PROVEN",
       "Leaving control as sanitized and functional without records that prove both.",
       "Record the passed test and the released sanitization first."},
  };
  return *rules;
}

std::string RulesMarkdown() {
  std::string text =
      "# Rules\n\n"
      "The guards of inventory: what is refused, by which clause of R2v3, and what makes it\n"
      "possible. A refusal is FAILED_PRECONDITION with the reason below and names rule and clause\n"
      "in its details. Feed entries name the version of the rules in force.\n\n"
      "Made from `services/inventory/core/guards.cc`; do not edit by hand.\n\n"
      "| rule | clause | reason | refuses | what makes it possible |\n|---|---|---|---|---|\n";
  for (const Rule& rule : Rules()) {
    text += Cat("| ", rule.id, " | ", rule.clause, " | `", rule.reason, "` | ", rule.says, " | ",
                rule.remedy, " |\n");
  }
  return text;
}

bool IsReuse(v1::NextProcess next) {
  return next == v1::NEXT_PROCESS_REUSE || next == v1::NEXT_PROCESS_SPECIALTY_REUSE ||
         next == v1::NEXT_PROCESS_REUSE_DSV;
}

absl::Status R01StartsControlled(std::string_view name, v1::R2Applicability applicability,
                                 v1::ControlledReason reason) {
  if (applicability == v1::R2_APPLICABILITY_CONTROLLED &&
      reason == v1::CONTROLLED_REASON_UNEVALUATED) {
    return absl::OkStatus();
  }
  return Refuse("R-01", name, "must start as controlled and unevaluated");
}

absl::Status R02LoadIsComplete(const v1::Load& load) {
  std::string missing;
  if (load.supplier().empty()) missing += " supplier";
  if (load.asset_count() + load.lot_count() == 0) missing += " anything-received";
  if (load.bill_of_lading().empty() && load.documents_size() == 0) missing += " document";
  if (missing.empty()) return absl::OkStatus();
  return Refuse("R-02", load.name(), Cat("cannot be closed, it lacks:", missing));
}

absl::Status R03NeverReused(const v1::Asset& asset) {
  for (const v1::Hold& hold : asset.holds()) {
    if (hold.kind() == v1::HOLD_KIND_LOST_OR_STOLEN || hold.kind() == v1::HOLD_KIND_COUNTERFEIT ||
        hold.kind() == v1::HOLD_KIND_RECALLED) {
      return Refuse("R-03", asset.name(),
                    Cat("has the hold ", v1::HoldKind_Name(hold.kind()), " and is never reused"));
    }
  }
  return absl::OkStatus();
}

absl::Status R04NoDisposal(const v1::Asset& asset, v1::NextProcess next, bool has_exception) {
  const bool ends = next == v1::NEXT_PROCESS_ENERGY_RECOVERY || next == v1::NEXT_PROCESS_DISPOSAL;
  if (!ends || has_exception || asset.focus_materials_size() == 0) return absl::OkStatus();
  return Refuse("R-04", asset.name(), "contains focus materials");
}

absl::Status R05StandsSecured(const v1::Asset& asset, const v1::Location& to) {
  if (IsDataSafe(asset) || to.secured()) return absl::OkStatus();
  return Refuse("R-05", asset.name(), Cat("may hold data and '", to.name(), "' is not secured"));
}

absl::Status R05StandsSecured(const v1::Container& container, const v1::Location& to) {
  if (container.unsanitized_count() == 0 || to.secured()) return absl::OkStatus();
  return Refuse("R-05", container.name(),
                Cat("holds ", container.unsanitized_count(), " assets that may hold data and '",
                    to.name(), "' is not secured"));
}

absl::Status R05LeavesSafely(const v1::Asset& asset, v1::ShipmentKind kind,
                             const v1::Party& receiver) {
  if (IsDataSafe(asset)) return absl::OkStatus();
  if (kind == v1::SHIPMENT_KIND_DOWNSTREAM && receiver.data_qualified()) return absl::OkStatus();
  return Refuse("R-05", asset.name(),
                Cat("may hold data and '", receiver.name(), "' may not receive it"));
}

absl::Status R06NoResale(const v1::Asset& asset) {
  if (!asset.no_resale()) return absl::OkStatus();
  return Refuse("R-06", asset.name(), "may not be resold by its supplier's terms");
}

absl::Status R07MayBeSold(const v1::Asset& asset) {
  std::string missing;
  if (asset.functional() < v1::FUNCTIONAL_F1) missing += " functional-category";
  if (!IsDataSafe(asset)) missing += " data-sanitization";
  if (asset.cosmetic() < v1::COSMETIC_C1) missing += " cosmetic-category";
  if (asset.identifiers_size() == 0) missing += " identifier";
  if (missing.empty()) return absl::OkStatus();
  return Refuse("R-07", asset.name(), Cat("cannot be sold, it lacks:", missing));
}

absl::Status R10VendorIsQualified(const v1::Asset& asset, const v1::Party& vendor, absl::Time now) {
  if (asset.applicability() != v1::R2_APPLICABILITY_CONTROLLED) return absl::OkStatus();
  const auto& roles = vendor.roles();
  const bool is_vendor =
      std::find(roles.begin(), roles.end(), v1::PARTY_ROLE_DOWNSTREAM_VENDOR) != roles.end();
  absl::CivilDay confirmed;
  const absl::CivilDay today = absl::ToCivilDay(now, absl::UTCTimeZone());
  const bool recent = absl::ParseCivilTime(vendor.qualified_date(), &confirmed) &&
                      confirmed <= today && today - confirmed <= kQualificationDays;
  if (is_vendor && (recent || !vendor.r2_certificate().empty())) return absl::OkStatus();
  return Refuse("R-10", asset.name(),
                Cat("is controlled and '", vendor.name(), "' is not qualified to receive it"));
}

absl::Status R12OnlyDestruction(const v1::Asset& asset, v1::SanitizationMethod method) {
  if (asset.data_status() != v1::DATA_STATUS_SANITIZATION_FAILED ||
      method == v1::SANITIZATION_METHOD_DESTROY) {
    return absl::OkStatus();
  }
  return Refuse("R-12", asset.name(), "failed its sanitization");
}

absl::Status R13VerifierIsAnother(const v1::Sanitization& sanitization) {
  if (sanitization.verifier().empty() || sanitization.verifier() != sanitization.operator_()) {
    return absl::OkStatus();
  }
  return Refuse("R-13", sanitization.asset(), "was verified by the person who sanitized it");
}

absl::Status R14MayBeReleased(const v1::Asset& asset) {
  switch (asset.data_device_state()) {
    case v1::DATA_DEVICE_STATE_SANITIZED_LOGICAL:
    case v1::DATA_DEVICE_STATE_VERIFIED:
    case v1::DATA_DEVICE_STATE_DESTROYED:
    case v1::DATA_DEVICE_STATE_QC_RECONCILED:
      return absl::OkStatus();
    default:
      return Refuse("R-14", asset.name(), "has no sanitization or destruction to release");
  }
}

absl::Status R19DestructionIsFilmed(const v1::Sanitization& sanitization) {
  if (sanitization.method() != v1::SANITIZATION_METHOD_DESTROY) return absl::OkStatus();
  for (const auto& evidence : sanitization.evidence()) {
    if (evidence.media_type().rfind("video/", 0) == 0) return absl::OkStatus();
  }
  return Refuse("R-19", sanitization.asset(), "has no recording of its destruction");
}

absl::Status ExitIsProven(const v1::Asset& asset, v1::ControlExit exit) {
  if (exit != v1::CONTROL_EXIT_SANITIZED_FUNCTIONAL) return absl::OkStatus();
  if (IsDataSafe(asset) && asset.functional() >= v1::FUNCTIONAL_F3) return absl::OkStatus();
  return Refuse("E-C", asset.name(), "is not proven to be sanitized and functional");
}

}  // namespace loopdock::inventory
