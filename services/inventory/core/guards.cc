// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/core/guards.h"

#include <algorithm>

#include "absl/strings/str_join.h"
#include "absl/time/civil_time.h"
#include "services/common/status.h"
#include "services/inventory/core/evolve.h"
#include "services/inventory/core/text.h"

namespace loopdock::inventory {
namespace {

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

absl::CivilDay Today(absl::Time now) { return absl::ToCivilDay(now, absl::UTCTimeZone()); }

// True when the date lies at most so many days back.
bool IsWithin(std::string_view date, absl::Time now, int days) {
  absl::CivilDay day;
  return absl::ParseCivilTime(std::string(date), &day) && day <= Today(now) &&
         Today(now) - day <= days;
}

// True when the last day is today or later.
bool Holds(std::string_view last_day, absl::Time now) {
  absl::CivilDay last;
  return absl::ParseCivilTime(std::string(last_day), &last) && Today(now) <= last;
}

// An assessment that holds on the day, Appendix A(8); of data security for data.
bool IsAssessed(const v1::Party& party, v1::StreamKind stream, const v1::FacilityRules& rules,
                absl::Time now) {
  return std::any_of(
      party.assessments().begin(), party.assessments().end(),
      [&](const v1::PartyAssessment& assessment) {
        return assessment.passed() && IsWithin(assessment.date(), now, rules.assessment_days()) &&
               (stream != v1::STREAM_KIND_DATA_DEVICES || assessment.data_security());
      });
}

bool HasEvidence(const EvidenceRefs& evidence, std::string_view purpose) {
  return std::any_of(evidence.begin(), evidence.end(),
                     [&](const common::v1::EvidenceRef& ref) { return ref.purpose() == purpose; });
}

bool IsControlled(const v1::Asset& asset) {
  return asset.applicability() == v1::R2_APPLICABILITY_CONTROLLED;
}

std::string CapWords(const v1::InventoryCap& cap) {
  if (cap.focus_material() != v1::FOCUS_MATERIAL_UNSPECIFIED) {
    return v1::FocusMaterial_Name(cap.focus_material());
  }
  return cap.category().empty() ? "everything" : cap.category();
}

std::string SumWords(const StockRow& sum, const v1::InventoryCap& cap) {
  std::string words;
  if (cap.pieces() > 0) words += Cat(sum.pieces, " of ", cap.pieces(), " pieces");
  if (cap.pieces() > 0 && cap.mass_g() > 0) words += ", ";
  if (cap.mass_g() > 0) words += Cat(sum.mass_g, " of ", cap.mass_g(), " g");
  return words;
}

StockRow Against(const StockRow& sum, const v1::InventoryCap& cap) {
  StockRow row = sum;
  row.cap_pieces = cap.pieces();
  row.cap_mass_g = cap.mass_g();
  return row;
}

bool MayReceive(const v1::Party& party, v1::StreamKind stream) {
  for (const v1::PermittedStream& permitted : party.streams()) {
    if (permitted.stream() == stream) return true;
  }
  return false;
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
       "A device that may hold data, by itself or by what is built into it, moving to a place that "
       "is not secured, being taken apart, or leaving to anybody but a vendor qualified for data.",
       "Record its sanitization or that it holds no data and have it released, or take out what "
       "may "
       "hold data, or choose a secured place or a vendor qualified for data."},
      {"R-06", "CR6(d)(3)", "NO_RESALE",
       "Sale of, or a decision to reuse, what its supplier does not allow to be resold.",
       "Sanitize it and send it to materials recovery."},
      {"R-07", "CR6(e)(2)", "NOT_READY_FOR_SALE",
       "A sale without functional category, without finished data sanitization, without cosmetic "
       "category, or of a unit without identifier.",
       "Record what is missing: a passed test, the sanitization and its release, an inspection, "
       "a serial number or tag."},
      {"R-08", "CR5(b)(3)", "STORED_TOO_LONG",
       "Putting controlled stock into storage after the days of the facility's rules, at most 365 "
       "from receipt. Never its leaving, recovery, securing or sanitization.",
       "Test, recover or ship it, or record the exception: (A) components evaluated under Appendix "
       "C, (B) an export permit that was applied for in time."},
      {"R-09", "CR6(e)(3)", "SPECIALTY_SHARE",
       "A sale after which untested specialty units (F1) would be more than one in a hundred of "
       "all "
       "units sold in this month and the eleven before it.",
       "Test it, have it verified as specialty under Appendix D, or sell it once more other units "
       "were sold."},
      {"R-10", "Appendix A(4), (7) and (8)", "VENDOR_NOT_QUALIFIED",
       "A controlled stream, or what may hold data, leaving to a vendor that is not permitted to "
       "receive it, that has neither an R2 certificate which holds today and was looked at in time "
       "nor an assessment in time, or whose chain to final disposition is not known; and anything "
       "leaving the site by a move.",
       "Record the vendor's certificate, assessment and permitted stream with UpdateParty, or "
       "choose another vendor; ship with ShipAssets."},
      {"R-11", "CR4, Appendix A(3)", "EXPORT_NOT_LEGAL",
       "A shipment to another country without a record that names the countries of export and "
       "import, says why it is legal, and has evidence.",
       "Record the legality with its permits in the shipment."},
      {"R-12", "Appendix B(14)", "ONLY_DESTRUCTION",
       "Anything but physical destruction after a failed sanitization.",
       "Destroy it and record the destruction."},
      {"R-13", "Appendix B(13)", "VERIFIER_IS_OPERATOR",
       "A sanitization that its own operator verified.", "Have another person verify it."},
      {"R-14", "Appendix B(13), (15) and (16)", "NOT_RELEASABLE",
       "A reconciliation of quantities that differ without notice to the supplier or that has "
       "chosen samples nobody verified, and the release of what is not reconciled.",
       "Have chosen samples verified, tell the supplier of a difference, reconcile with "
       "ReconcileSanitization, then release."},
      {"R-15", "CR3(c)", "CORRECTION_UNKNOWN",
       "A correction that names an entry which the feed does not have. Entries themselves are "
       "never "
       "changed, and evidence is not deleted before its time (EVIDENCE_RETAINED).",
       "Name the sequence of the entry that was wrong, as GetTimeline shows it, or none."},
      {"R-16", "CR6(a)(5)", "CHANGE_UNEXPLAINED",
       "A change of category without a reason or without somebody who answers for it.",
       "Say why in the reason."},
      {"R-17", "CR5(b)(2)", "INVENTORY_CAP",
       "Opening a receiving session while a cap of the facility's rules leaves no room, and "
       "putting "
       "more into storage while a cap is exceeded. What is here is always recorded, as over the "
       "cap.",
       "Process or ship some of it first, or change the cap where law, closure plan and insurance "
       "allow it."},
      {"R-18", "Appendix C(3)", "TEST_TOO_LATE",
       "Beginning test or repair of controlled stock after the days of the facility's rules, at "
       "most "
       "365 from receipt. Never its leaving, recovery or sanitization.",
       "Recover or ship it, or record the exception: evaluated and inventoried as components."},
      {"R-19", "Appendix B(9)", "DESTRUCTION_NOT_FILMED",
       "A destruction without a recording. The evidence store keeps recordings at least 60 days "
       "(EVIDENCE_RETAINED).",
       "Put the recording into the evidence store and name it with media type video/*."},
      {"R-20", "CR6(b)(2)(A) and (B)", "CATEGORIES_NOT_ACCEPTED",
       "Leaving control by the categories of another facility when that one's R2 certificate does "
       "not hold today or was not looked at in time, or, for one without R2, without evidence of "
       "our "
       "evaluation and sampling.",
       "Look at the certificate and record it with UpdateParty, or attach evidence with the "
       "purposes "
       "'evaluation' and 'sampling'."},
      {"E-C", "CR6(b)(2)(C)", "EXIT_NOT_PROVEN",
       "Leaving control as sanitized and functional without records that prove both.",
       "Record the passed test and the released sanitization first."},
      {"E-D", "CR6(b)(2)(D)", "STILL_CONTROLLED",
       "Leaving control as no longer controlled while it may hold data, unless it is new and "
       "unopened or planned to go back, or while it contains focus materials and no unrestricted "
       "reason is given; a lot is judged as it was before the change.",
       "Sanitize it, remove the focus materials, or give the unrestricted reason that applies."},
      {"S-1", "CR6(d)(3)", "SUPPLIER_INSTRUCTION",
       "What its supplier wants back being sold or shipped to anybody else.",
       "Ship it to the supplier that its record names."},
      {"P-1", "CR7(a)(2)(D) and (b)(5)", "PERSON_NOT_AUTHORIZED",
       "Moving what may hold data into or out of secured places, sanitizing and verifying, by a "
       "person without authorization, when the facility's rules or the place ask for one.",
       "Have the training and the confidentiality recorded with GrantAuthorization, or let an "
       "authorized person do it."},
  };
  return *rules;
}

std::string RulesMarkdown() {
  std::string text =
      "# Rules\n\n"
      "The guards of inventory: what is refused, by which clause of R2v3, and what makes it\n"
      "possible. A refusal is FAILED_PRECONDITION with the reason below and names rule and clause\n"
      "in its details. Feed entries name the version of these rules (`guards/2`) and that of the\n"
      "facility's own (`facility/0` before the first change), which SetFacilityRules changes "
      "within\n"
      "the limits of the standard.\n\n"
      "The exceptions that the standard allows are records with approver, evidence and expiry\n"
      "(RecordException): R-04 for an asset; R-08 and R-18 for an asset or for its load.\n\n"
      "No rule keeps a thing from leaving or the record from saying what is so: age rules refuse\n"
      "storing on and beginning test or repair, caps refuse opening a session and putting away.\n"
      "Days are counted whole from receipt: day 365 is allowed, day 366 is not.\n\n"
      "Where a remedy names a method that has no command of its own, `loopdock call METHOD JSON`\n"
      "calls it; `loopdock methods METHOD` shows what it takes.\n\n"
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
  std::vector<std::string> missing;
  if (load.supplier().empty()) missing.push_back("a supplier");
  if (load.asset_count() + load.lot_count() == 0) {
    missing.push_back("anything received, as an asset or a lot");
  }
  if (load.bill_of_lading().empty() && load.documents_size() == 0) {
    missing.push_back("a bill of lading or another document");
  }
  if (missing.empty()) return absl::OkStatus();
  return Refuse("R-02", load.name(),
                Cat("cannot be closed, it lacks ", absl::StrJoin(missing, ", ")));
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

absl::Status R05StandsSecured(const v1::Lot& lot, const v1::Location& to) {
  if (!lot.data_bearing() || to.secured()) return absl::OkStatus();
  return Refuse("R-05", lot.name(), Cat("may hold data and '", to.name(), "' is not secured"));
}

absl::Status R05MayBeTakenApart(const v1::Asset& asset) {
  if (IsDataSafe(asset)) return absl::OkStatus();
  return Refuse("R-05", asset.name(),
                "may hold data and cannot be taken apart before that is dealt with or taken out");
}

absl::Status R05MayBeTakenApart(const v1::Lot& lot, bool comes_out) {
  if (!lot.data_bearing() || comes_out) return absl::OkStatus();
  return Refuse("R-05", lot.name(),
                "may hold data, and nothing that comes out of it is said to hold it");
}

absl::Status R05LeavesSafely(const v1::Asset& asset, v1::ShipmentKind kind,
                             const v1::Party& receiver) {
  if (IsDataSafe(asset)) return absl::OkStatus();
  if (kind == v1::SHIPMENT_KIND_DOWNSTREAM && MayReceive(receiver, v1::STREAM_KIND_DATA_DEVICES))
    return absl::OkStatus();
  return Refuse("R-05", asset.name(),
                Cat("may hold data and '", receiver.name(), "' may not receive it"));
}

absl::Status R06NoResale(const v1::Asset& asset) {
  if (!asset.no_resale()) return absl::OkStatus();
  return Refuse("R-06", asset.name(), "may not be resold by its supplier's terms");
}

absl::Status S1GoesToSupplier(const v1::Asset& asset, const v1::Party& receiver) {
  if (asset.instruction() != v1::SUPPLIER_INSTRUCTION_RETURN ||
      receiver.name() == asset.supplier()) {
    return absl::OkStatus();
  }
  return Refuse("S-1", asset.name(),
                Cat("goes back to '", asset.supplier(), "', which wants it returned, and not to '",
                    receiver.name(), "'"));
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

namespace {

template <typename Stock>
absl::Status NotStoredOn(const Stock& stock, const v1::Location& to, const v1::FacilityRules& rules,
                         absl::Time now, bool has_exception) {
  if (stock.applicability() != v1::R2_APPLICABILITY_CONTROLLED || !IsStorage(to) || has_exception) {
    return absl::OkStatus();
  }
  const std::int64_t days = AgeInDays(stock.received_time(), now);
  if (days <= rules.storage_days()) return absl::OkStatus();
  return Refuse(
      "R-08", stock.name(),
      Cat("was received ", days, " days ago and may be stored for ", rules.storage_days()));
}

}  // namespace

absl::Status R08NotStoredOn(const v1::Asset& asset, const v1::Location& to,
                            const v1::FacilityRules& rules, absl::Time now, bool has_exception) {
  return NotStoredOn(asset, to, rules, now, has_exception);
}

absl::Status R08NotStoredOn(const v1::Lot& lot, const v1::Location& to,
                            const v1::FacilityRules& rules, absl::Time now, bool has_exception) {
  return NotStoredOn(lot, to, rules, now, has_exception);
}

absl::Status R09SpecialtyShare(std::string_view name, const SalesRow& year,
                               std::int64_t adds_specialty, const v1::FacilityRules& rules) {
  if (adds_specialty == 0 || year.specialty * 1'000'000 <= year.sold * rules.specialty_ppm()) {
    return absl::OkStatus();
  }
  return Refuse("R-09", name,
                Cat("would make ", year.specialty, " of ", year.sold,
                    " units sold in 12 months untested specialty"));
}

absl::Status R10VendorIsQualified(std::string_view name, v1::R2Applicability applicability,
                                  v1::StreamKind stream, const v1::Party& vendor,
                                  const v1::FacilityRules& rules, absl::Time now) {
  if (applicability == v1::R2_APPLICABILITY_UNRESTRICTED &&
      stream != v1::STREAM_KIND_DATA_DEVICES) {
    return absl::OkStatus();
  }
  const auto refuse = [&](std::string_view why) {
    return Refuse("R-10", name, Cat("goes downstream and '", vendor.name(), "' ", why));
  };
  const auto& roles = vendor.roles();
  if (std::find(roles.begin(), roles.end(), v1::PARTY_ROLE_DOWNSTREAM_VENDOR) == roles.end()) {
    return refuse("is no downstream vendor");
  }
  const bool certified =
      IsCertified(vendor, rules, now, stream == v1::STREAM_KIND_DATA_DEVICES ? "B" : "");
  if (!certified && !IsAssessed(vendor, stream, rules, now)) {
    return refuse(stream == v1::STREAM_KIND_DATA_DEVICES
                      ? "has no R2 certificate or assessment of data security that holds today"
                      : "has no R2 certificate or assessment that holds today");
  }
  if (stream == v1::STREAM_KIND_UNSPECIFIED) return absl::OkStatus();
  const auto& streams = vendor.streams();
  const auto permitted =
      std::find_if(streams.begin(), streams.end(),
                   [&](const v1::PermittedStream& one) { return one.stream() == stream; });
  if (permitted == streams.end()) {
    return refuse(Cat("is not permitted to receive ", v1::StreamKind_Name(stream)));
  }
  // An R2 facility answers for what follows; of others the whole chain is known, Appendix A(4),
  // (7).
  if (certified || permitted->reaches_final_disposition()) return absl::OkStatus();
  return refuse("has no known chain to final disposition for it");
}

absl::Status R10LeavesByShipment(std::string_view name, const v1::Location& to) {
  if (to.kind() != v1::LOCATION_KIND_OUTSIDE) return absl::OkStatus();
  return Refuse("R-10", name,
                Cat("cannot be put into '", to.name(),
                    "', which is outside the site: goods leave with ShipAssets only"));
}

absl::Status R11ExportIsLegal(const v1::Shipment& shipment, const v1::Site& site) {
  const std::string& to = shipment.destination_country();
  if (to.empty() || to == site.country()) return absl::OkStatus();
  const v1::ExportLegality& legality = shipment.legality();
  std::string missing;
  if (legality.export_country().empty() ||
      (!site.country().empty() && legality.export_country() != site.country())) {
    missing += " country-of-export";
  }
  if (legality.import_country() != to) missing += " country-of-import";
  if (Trim(legality.basis()).empty()) missing += " basis";
  if (legality.evidence().empty()) missing += " evidence";
  if (missing.empty()) return absl::OkStatus();
  return Refuse("R-11", shipment.name().empty() ? "shipment" : shipment.name(),
                Cat("goes to ", to, " and its legality record lacks:", missing));
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

absl::Status R13VerifierIsAnother(const v1::Asset& asset, std::string_view verifier) {
  if (verifier != asset.sanitized_by()) return absl::OkStatus();
  return Refuse("R-13", asset.name(), Cat("was sanitized by ", verifier, ", who verifies it"));
}

absl::Status R14Reconciles(std::string_view name, std::int64_t received, std::int64_t processed,
                           std::string_view supplier_notice) {
  if (received == processed || !Trim(supplier_notice).empty()) return absl::OkStatus();
  return Refuse("R-14", name,
                Cat("are ", processed, " processed of ", received,
                    " received, and the supplier was not told"));
}

absl::Status R14SampleIsVerified(const v1::Asset& asset) {
  if (!asset.verification_required() ||
      asset.data_device_state() != v1::DATA_DEVICE_STATE_SANITIZED_LOGICAL) {
    return absl::OkStatus();
  }
  return Refuse("R-14", asset.name(), "was chosen as a sample and nobody has verified it");
}

absl::Status R14MayBeReleased(const v1::Asset& asset) {
  if (asset.data_device_state() == v1::DATA_DEVICE_STATE_QC_RECONCILED) return absl::OkStatus();
  return Refuse("R-14", asset.name(), "is not reconciled");
}

absl::Status R15NamesWhatItCorrects(std::string_view name, std::int64_t corrects_sequence,
                                    std::int64_t last) {
  if (corrects_sequence >= 0 && corrects_sequence <= last) return absl::OkStatus();
  return Refuse("R-15", name,
                Cat("names entry ", corrects_sequence, ", and the feed ends at ", last));
}

absl::Status R16ChangeSaysWhy(std::string_view name, std::string_view actor,
                              std::string_view reason) {
  if (!Trim(actor).empty() && !Trim(reason).empty()) return absl::OkStatus();
  return Refuse("R-16", name, "changes its category without a reason");
}

absl::Status R17HasRoom(std::string_view name, const StockRow& sum, const v1::InventoryCap& cap) {
  if (!IsFull(Against(sum, cap))) return absl::OkStatus();
  return Refuse("R-17", name,
                Cat("finds the cap for ", CapWords(cap), " reached: ", SumWords(sum, cap)));
}

absl::Status R17MayBePutAway(std::string_view name, const StockRow& sum,
                             const v1::InventoryCap& cap) {
  if (LevelOf(Against(sum, cap)) != CapLevel::kOver) return absl::OkStatus();
  return Refuse("R-17", name,
                Cat("finds the cap for ", CapWords(cap), " exceeded: ", SumWords(sum, cap)));
}

absl::Status R18BeginsInTime(const v1::Asset& asset, const v1::FacilityRules& rules, absl::Time now,
                             bool has_exception) {
  // What has begun in time may take its time.
  if (!IsControlled(asset) || has_exception || asset.process() == v1::NEXT_PROCESS_TEST_REPAIR) {
    return absl::OkStatus();
  }
  const std::int64_t days = AgeInDays(asset.received_time(), now);
  if (days <= rules.test_days()) return absl::OkStatus();
  return Refuse(
      "R-18", asset.name(),
      Cat("was received ", days, " days ago; test and repair begin within ", rules.test_days()));
}

absl::Status R19DestructionIsFilmed(const v1::Sanitization& sanitization) {
  if (sanitization.method() != v1::SANITIZATION_METHOD_DESTROY) return absl::OkStatus();
  for (const auto& evidence : sanitization.evidence()) {
    if (evidence.media_type().rfind("video/", 0) == 0) return absl::OkStatus();
  }
  return Refuse("R-19", sanitization.asset(), "has no recording of its destruction");
}

absl::Status R20CategoriesAreBacked(std::string_view name, v1::ControlExit exit,
                                    const v1::Party& facility, const EvidenceRefs& evidence,
                                    const v1::FacilityRules& rules, absl::Time now) {
  if (exit == v1::CONTROL_EXIT_R2_CATEGORIZED && !IsCertified(facility, rules, now)) {
    return Refuse("R-20", name,
                  facility.name().empty()
                      ? "does not say which facility categorized it"
                      : Cat("was categorized by '", facility.name(),
                            "', whose R2 certificate does not hold today or was not checked"));
  }
  if (exit == v1::CONTROL_EXIT_NON_R2_SAMPLED &&
      (!HasEvidence(evidence, "evaluation") || !HasEvidence(evidence, "sampling"))) {
    return Refuse("R-20", name, "lacks the evidence of our evaluation and sampling");
  }
  return absl::OkStatus();
}

absl::Status ExitIsProven(const v1::Asset& asset, v1::ControlExit exit) {
  if (exit != v1::CONTROL_EXIT_SANITIZED_FUNCTIONAL) return absl::OkStatus();
  if (IsDataSafe(asset) && asset.functional() >= v1::FUNCTIONAL_F3) return absl::OkStatus();
  return Refuse("E-C", asset.name(), "is not proven to be sanitized and functional");
}

absl::Status ExitIsJustified(const v1::Asset& asset, v1::ControlExit exit,
                             v1::UnrestrictedReason reason) {
  if (reason != v1::UNRESTRICTED_REASON_UNSPECIFIED) {
    // What is new in its box or planned to go back is not opened to look for data.
    if (IsDataSafe(asset) || reason == v1::UNRESTRICTED_REASON_NEW_UNOPENED ||
        reason == v1::UNRESTRICTED_REASON_PLANNED_RETURN) {
      return absl::OkStatus();
    }
    return Refuse("E-D", asset.name(), "may hold data, which the reason given does not allow for");
  }
  if (exit != v1::CONTROL_EXIT_NOT_CONTROLLED) return absl::OkStatus();
  if (IsDataSafe(asset) && asset.focus_materials().empty()) return absl::OkStatus();
  return Refuse("E-D", asset.name(), "may hold data or contains focus materials");
}

absl::Status PersonIsAuthorized(std::string_view person, v1::AccessLevel level,
                                const v1::Authorization* authorization, absl::Time now) {
  if (authorization == nullptr || authorization->person() != person) {
    return Refuse("P-1", person, "has no authorization");
  }
  if (authorization->revoked()) return Refuse("P-1", person, "has no authorization any more");
  if (!authorization->expire_date().empty() && !Holds(authorization->expire_date(), now)) {
    return Refuse("P-1", person,
                  Cat("has an authorization that ended on ", authorization->expire_date()));
  }
  const auto& levels = authorization->levels();
  if (std::find(levels.begin(), levels.end(), level) != levels.end()) return absl::OkStatus();
  return Refuse("P-1", person, Cat("is not authorized for ", v1::AccessLevel_Name(level)));
}

bool IsStorage(const v1::Location& location) {
  return location.kind() == v1::LOCATION_KIND_STORAGE ||
         location.kind() == v1::LOCATION_KIND_FINISHED_GOODS;
}

std::int64_t AgeInDays(const google::protobuf::Timestamp& received, absl::Time now) {
  return (now - FromTimestamp(received)) / absl::Hours(24);
}

bool IsCertified(const v1::Party& party, const v1::FacilityRules& rules, absl::Time now,
                 std::string_view appendix) {
  const auto has_appendix = [&](const v1::PartyCertificate& certificate) {
    const auto& appendices = certificate.appendices();
    return appendix.empty() ||
           std::find(appendices.begin(), appendices.end(), appendix) != appendices.end();
  };
  return std::any_of(party.certificates().begin(), party.certificates().end(),
                     [&](const v1::PartyCertificate& certificate) {
                       return certificate.standard() == v1::CERTIFICATE_STANDARD_R2V3 &&
                              has_appendix(certificate) && Holds(certificate.expire_date(), now) &&
                              IsWithin(certificate.checked_date(), now,
                                       rules.certificate_check_days());
                     });
}

}  // namespace loopdock::inventory
