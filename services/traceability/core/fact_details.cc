// SPDX-License-Identifier: Apache-2.0
#include "services/traceability/core/fact_details.h"

#include <string>

#include "services/traceability/core/fact_words.h"

namespace loopdock::traceability::details {

void SiteSet(const Fact& fact, FactDetails& details) {
  const v1::Site& site = fact.site_set();
  About(details, site.name());
  Put(details, "utc_offset", site.utc_offset());
  Put(details, "country", site.country());
  Put(details, "r2_certificate", site.r2_certificate());
  Put(details, "r2_appendices", Joined(site.r2_appendices()));
}

void PartySet(const Fact& fact, FactDetails& details) {
  const v1::Party& party = fact.party_set();
  About(details, party.name());
  std::string roles;
  for (const int role : party.roles()) {
    roles += (roles.empty() ? "" : ", ") + Word(static_cast<v1::PartyRole>(role), "PARTY_ROLE_");
  }
  Put(details, "roles", roles);
  PutFlag(details, "no_resale", party.no_resale());
  Put(details, "country", party.country());
  for (const v1::PartyCertificate& certificate : party.certificates()) {
    Put(details, "certificate",
        Cat(Word(certificate.standard(), "CERTIFICATE_STANDARD_"), " ",
            certificate.certificate_id(), " to ", certificate.expire_date(), " checked ",
            certificate.checked_date()));
    PutEvidence(details, certificate.evidence());
  }
  for (const v1::PartyAssessment& assessment : party.assessments()) {
    Put(details, "assessment",
        Cat(assessment.date(), assessment.passed() ? " passed" : " not passed",
            assessment.data_security() ? " with data security" : ""));
    PutEvidence(details, assessment.evidence());
  }
  for (const v1::PermittedStream& stream : party.streams()) {
    Put(details, "stream",
        Cat(Word(stream.stream(), "STREAM_KIND_"), " for ", Word(stream.process(), "NEXT_PROCESS_"),
            " then ", Joined(stream.tiers())));
  }
}

void LocationSet(const Fact& fact, FactDetails& details) {
  const v1::Location& location = fact.location_set();
  About(details, location.name());
  Put(details, "location_kind", Word(location.kind(), "LOCATION_KIND_"));
  PutFlag(details, "secured", location.secured());
  for (const int level : location.access_levels()) {
    Put(details, "access_level", Word(static_cast<v1::AccessLevel>(level), "ACCESS_LEVEL_"));
  }
}

void StationSet(const Fact& fact, FactDetails& details) {
  About(details, fact.station_set().name());
  details.location = fact.station_set().location();
}

void LoadSet(const Fact& fact, FactDetails& details) {
  const v1::Load& load = fact.load_set();
  About(details, load.name());
  About(details, load.supplier());
  Put(details, "state", Word(load.state(), "LOAD_STATE_"));
  Put(details, "supplier", load.supplier());
  Put(details, "carrier", load.carrier());
  Put(details, "bill_of_lading", load.bill_of_lading());
  Put(details, "purchase_order", load.purchase_order());
  Put(details, "external_ref", load.external_ref());
  Put(details, "seals", Joined(load.seals()));
  Put(details, "hazard_findings", Joined(load.hazard_findings()));
  PutFlag(details, "no_resale", load.no_resale());
  Put(details, "instruction", Word(load.instruction(), "SUPPLIER_INSTRUCTION_"));
  PutEvidence(details, load.documents());
}

void LoadClosed(const Fact& fact, FactDetails& details) {
  About(details, fact.load_closed().load());
}

void ManifestCreated(const Fact& fact, FactDetails& details) {
  About(details, fact.manifest_created().name());
  About(details, fact.manifest_created().load());
}

void ManifestLinesAdded(const Fact& fact, FactDetails& details) {
  About(details, fact.manifest_lines_added().manifest());
  PutCount(details, "line_count", fact.manifest_lines_added().lines_size());
}

void ManifestActivated(const Fact& fact, FactDetails& details) {
  About(details, fact.manifest_activated().manifest());
  About(details, fact.manifest_activated().load());
}

void SessionOpened(const Fact& fact, FactDetails& details) {
  const v1::ReceivingSession& session = fact.session_opened();
  About(details, session.name());
  About(details, session.load());
  details.location = session.location();
  details.epcs = {session.load().empty() ? session.name() : session.load()};
  Put(details, "session", session.name());
}

void SessionClosed(const Fact& fact, FactDetails& details) {
  const v1::SessionClosed& closed = fact.session_closed();
  About(details, closed.session());
  PutCount(details, "scan_count", closed.summary().scan_count());
  PutCount(details, "asset_count", closed.summary().asset_count());
  PutFlag(details, "hazard_inspected", closed.summary().hazard_inspected());
  Put(details, "hazard_findings", Joined(closed.summary().hazard_findings()));
  Put(details, "signed_by", closed.summary().signed_by());
  Put(details, "summary_sha256", closed.summary().sha256());
}

void ScanRecorded(const Fact& fact, FactDetails& details) {
  const v1::Scan& scan = fact.scan_recorded();
  About(details, scan.name());
  About(details, scan.asset());
  About(details, scan.container());
  Put(details, "session", scan.session());
  Put(details, "outcome", Word(scan.outcome(), "SCAN_OUTCOME_"));
  PutCount(details, "symbol_count", scan.symbols_size());
  for (const std::string& warning : scan.warnings()) Put(details, "warning", warning);
  if (!scan.picture().sha256().empty()) details.evidence_sha256.push_back(scan.picture().sha256());
}

void AssetRegistered(const Fact& fact, FactDetails& details) {
  const v1::Asset& asset = fact.asset_registered();
  About(details, asset.name());
  About(details, asset.load());
  About(details, asset.container());
  details.epcs = {asset.name()};
  details.location = asset.location();
  Put(details, "load", asset.load());
  Put(details, "supplier", asset.supplier());
  Put(details, "container", asset.container());
  Put(details, "parent", asset.parent());
  Put(details, "previous_life", asset.previous_life());
  Put(details, "installed_in", asset.installed_in());
  Put(details, "transformation", asset.transformation());
  Put(details, "categorized_by", asset.categorized_by());
  Put(details, "applicability", Word(asset.applicability(), "R2_APPLICABILITY_"));
  Put(details, "controlled_reason", Word(asset.controlled_reason(), "CONTROLLED_REASON_"));
  Put(details, "data_status", Word(asset.data_status(), "DATA_STATUS_"));
  PutCount(details, "mass_g", asset.mass_g());
  PutFlag(details, "no_resale", asset.no_resale());
  Put(details, "instruction", Word(asset.instruction(), "SUPPLIER_INSTRUCTION_"));
  details.event.ilmd = {
      {"manufacturer", asset.maker()}, {"model", asset.model()}, {"category", asset.category()}};
  for (const v1::Identifier& identifier : asset.identifiers()) {
    Put(details, "identifier", IdentifierText(identifier));
    if (identifier.kind() == v1::IDENTIFIER_KIND_SERIAL ||
        identifier.kind() == v1::IDENTIFIER_KIND_SGTIN) {
      details.event.ilmd.emplace_back("serial", identifier.value());
    }
  }
  Put(details, "maker", asset.maker());
  Put(details, "model", asset.model());
  Put(details, "category", asset.category());
}

void AssetIdentified(const Fact& fact, FactDetails& details) {
  const v1::AssetIdentified& identified = fact.asset_identified();
  About(details, identified.asset());
  for (const v1::Identifier& identifier : identified.added()) {
    Put(details, "identifier", IdentifierText(identifier));
  }
  for (const v1::Identifier& identifier : identified.removed()) {
    Put(details, "removed_identifier", IdentifierText(identifier));
  }
  Put(details, "maker", identified.maker());
  Put(details, "model", identified.model());
  Put(details, "category", identified.category());
  PutCount(details, "mass_g", identified.mass_g());
  Put(details, "reason", identified.reason());
  PutCount(details, "corrects_sequence", identified.corrects_sequence());
}

void ManifestLineMatched(const Fact& fact, FactDetails& details) {
  About(details, fact.manifest_line_matched().asset());
  About(details, fact.manifest_line_matched().lot());
  About(details, fact.manifest_line_matched().manifest());
  PutCount(details, "line", fact.manifest_line_matched().line());
  Put(details, "match", Word(fact.manifest_line_matched().match(), "MANIFEST_MATCH_"));
  Put(details, "received_model", fact.manifest_line_matched().received_model());
}

void ManifestLineReleased(const Fact& fact, FactDetails& details) {
  const v1::ManifestLineReleased& released = fact.manifest_line_released();
  About(details, released.asset());
  About(details, released.lot());
  About(details, released.manifest());
  PutCount(details, "line", released.line());
  PutCount(details, "quantity", released.quantity());
}

void ScanWithdrawn(const Fact& fact, FactDetails& details) {
  const v1::ScanWithdrawn& withdrawn = fact.scan_withdrawn();
  About(details, withdrawn.scan());
  About(details, withdrawn.asset());
  Put(details, "session", withdrawn.session());
  Put(details, "outcome", Word(withdrawn.outcome(), "SCAN_OUTCOME_"));
  Put(details, "reason", withdrawn.reason());
}

void AssetReassigned(const Fact& fact, FactDetails& details) {
  const v1::AssetReassigned& reassigned = fact.asset_reassigned();
  About(details, reassigned.asset());
  About(details, reassigned.to_load());
  About(details, reassigned.from_load());
  details.epcs = {reassigned.asset()};
  Put(details, "from_load", reassigned.from_load());
  Put(details, "to_load", reassigned.to_load());
  Put(details, "supplier", reassigned.supplier());
  Put(details, "instruction", Word(reassigned.instruction(), "SUPPLIER_INSTRUCTION_"));
  PutFlag(details, "no_resale", reassigned.no_resale());
  Put(details, "reason", reassigned.reason());
}

void WeighingRecorded(const Fact& fact, FactDetails& details) {
  const v1::Weighing& weighing = fact.weighing_recorded();
  About(details, weighing.subject());
  About(details, weighing.load());
  if (weighing.subject().find("/lots/") != std::string::npos) {
    AddQuantity(details.event.quantities, weighing.subject(), 0, weighing.net_mass_g());
  } else {
    details.epcs = {weighing.subject()};
  }
  PutCount(details, "gross_mass_g", weighing.gross_mass_g());
  PutCount(details, "tare_mass_g", weighing.tare_mass_g());
  PutCount(details, "net_mass_g", weighing.net_mass_g());
  Put(details, "scale", weighing.scale());
  PutFlag(details, "typed", weighing.typed());
  for (const std::string& warning : weighing.warnings()) Put(details, "warning", warning);
}

void CatalogEntrySet(const Fact& fact, FactDetails& details) {
  const v1::CatalogEntry& entry = fact.catalog_entry_set();
  About(details, entry.name());
  Put(details, "maker", entry.maker());
  Put(details, "model", entry.model());
  Put(details, "category", entry.category());
  Put(details, "unu_key", entry.unu_key());
  Put(details, "source", entry.source());
}

void ContainerSet(const Fact& fact, FactDetails& details) {
  const v1::Container& container = fact.container_set();
  About(details, container.name());
  About(details, container.load());
  details.epcs = {container.name()};
  details.location = container.location();
  details.event.disposition = container.sealed() ? "container_closed" : "container_open";
  Put(details, "sscc", container.sscc());
  Put(details, "load", container.load());
  Put(details, "parent", container.parent());
  if (container.parent().empty()) return;
  About(details, container.parent());
  details.parent = container.parent();
  details.event.type = EventType::kAggregation;
  details.event.biz_step = "packing";
}

void AssetMoved(const Fact& fact, FactDetails& details) {
  const v1::AssetMoved& moved = fact.asset_moved();
  About(details, moved.asset());
  details.epcs = {moved.asset()};
  details.location = moved.to_location();
  Put(details, "from_location", moved.from_location());
  Put(details, "from_container", moved.from_container());
  Put(details, "to_container", moved.to_container());
  if (moved.from_container() == moved.to_container()) return;
  const bool into = !moved.to_container().empty();
  details.parent = into ? moved.to_container() : moved.from_container();
  About(details, details.parent);
  details.event.type = EventType::kAggregation;
  details.event.action = into ? "ADD" : "DELETE";
  details.event.biz_step = into ? "packing" : "unpacking";
  details.event.disposition = "in_progress";
}

void ContainerMoved(const Fact& fact, FactDetails& details) {
  About(details, fact.container_moved().container());
  details.location = fact.container_moved().to_location();
  Put(details, "from_location", fact.container_moved().from_location());
}

void HoldPlaced(const Fact& fact, FactDetails& details) {
  const v1::HoldPlaced& placed = fact.hold_placed();
  About(details, placed.asset());
  Put(details, "hold", placed.hold().id());
  Put(details, "hold_kind", Word(placed.hold().kind(), "HOLD_KIND_"));
  Put(details, "reason", placed.hold().reason());
  switch (placed.hold().kind()) {
    case v1::HOLD_KIND_LOST_OR_STOLEN:
      details.event.disposition = "stolen";
      break;
    case v1::HOLD_KIND_RECALLED:
      details.event.disposition = "recalled";
      break;
    case v1::HOLD_KIND_COUNTERFEIT:
      details.event.disposition = "non_sellable_other";
      break;
    default:
      break;
  }
}

void HoldReleased(const Fact& fact, FactDetails& details) {
  About(details, fact.hold_released().asset());
  Put(details, "hold", fact.hold_released().hold_id());
  Put(details, "reason", fact.hold_released().reason());
}

void InspectionRecorded(const Fact& fact, FactDetails& details) {
  const v1::InspectionSummary& summary = fact.inspection_recorded().summary();
  About(details, fact.inspection_recorded().asset());
  Put(details, "inspection", summary.inspection());
  PutCount(details, "version", summary.version());
  Put(details, "cosmetic", Word(summary.cosmetic(), "COSMETIC_"));
  Put(details, "defect_count", Cat(summary.defect_count()));
  Put(details, "scale", summary.scale());
  Put(details, "scale_sha256", summary.scale_sha256());
  Put(details, "model_version", summary.model());
  Put(details, "reason", summary.reason());
  PutFlag(details, "overridden", summary.overridden());
  PutEvidence(details, summary.evidence());
  if (summary.cosmetic() == v1::COSMETIC_C1) details.event.disposition = "damaged";
  if (summary.cosmetic() > v1::COSMETIC_C1) details.event.disposition = "conformant";
}

void TestRecorded(const Fact& fact, FactDetails& details) {
  const v1::Test& test = fact.test_recorded();
  About(details, test.asset());
  Put(details, "plan", test.plan());
  Put(details, "functional", Word(test.functional(), "FUNCTIONAL_"));
  Put(details, "gap", Word(test.gap(), "FUNCTIONAL_GAP_"));
  Put(details, "operator", test.operator_());
  for (const v1::FunctionResult& result : test.results()) {
    Put(details, "result", Cat(result.function(), ":", Word(result.outcome(), "TEST_OUTCOME_")));
  }
  PutEvidence(details, test.evidence());
  if (test.functional() >= v1::FUNCTIONAL_F3) details.event.disposition = "conformant";
  if (test.gap() == v1::FUNCTIONAL_GAP_FAILED) details.event.disposition = "non_conformant";
}

void SanitizationRecorded(const Fact& fact, FactDetails& details) {
  const v1::Sanitization& sanitization = fact.sanitization_recorded().sanitization();
  About(details, sanitization.asset());
  Put(details, "method", Word(sanitization.method(), "SANITIZATION_METHOD_"));
  Put(details, "tool", sanitization.tool());
  Put(details, "standard", sanitization.standard());
  Put(details, "succeeded", sanitization.succeeded() ? "true" : "false");
  Put(details, "operator", sanitization.operator_());
  Put(details, "verifier", sanitization.verifier());
  Put(details, "tool_version", sanitization.tool_version());
  Put(details, "media_serial", sanitization.media_serial());
  Put(details, "media_maker", sanitization.media_maker());
  Put(details, "media_model", sanitization.media_model());
  Put(details, "media_type", sanitization.media_type());
  PutCount(details, "capacity_bytes", sanitization.capacity_bytes());
  Put(details, "verification_method", sanitization.verification_method());
  Put(details, "data_status", Word(fact.sanitization_recorded().data_status(), "DATA_STATUS_"));
  PutFlag(details, "chosen", fact.sanitization_recorded().chosen());
  PutCount(details, "rate_ppm", fact.sanitization_recorded().rate_ppm());
  Put(details, "secret_sha256", fact.sanitization_recorded().secret_sha256());
  PutEvidence(details, sanitization.evidence());
  if (!sanitization.succeeded()) return;
  if (sanitization.method() == v1::SANITIZATION_METHOD_DESTROY) {
    details.event.biz_step = "destroying";
    details.event.disposition = "destroyed";
  }
  details.event.persistent_set = {OwnTerm("disp", "sanitized")};
}

void SanitizationReleased(const Fact& fact, FactDetails& details) {
  About(details, fact.sanitization_released().asset());
  Put(details, "representative", fact.sanitization_released().representative());
}

void ApplicabilityChanged(const Fact& fact, FactDetails& details) {
  const v1::ApplicabilityChanged& changed = fact.applicability_changed();
  About(details, changed.asset());
  Put(details, "applicability", Word(changed.applicability(), "R2_APPLICABILITY_"));
  Put(details, "controlled_reason", Word(changed.controlled_reason(), "CONTROLLED_REASON_"));
  Put(details, "unrestricted_reason", Word(changed.unrestricted_reason(), "UNRESTRICTED_REASON_"));
  Put(details, "control_exit", Word(changed.control_exit(), "CONTROL_EXIT_"));
  Put(details, "reason", changed.reason());
  if (changed.applicability() == v1::R2_APPLICABILITY_UNRESTRICTED) {
    details.event.disposition = OwnTerm("disp", "unrestricted");
  }
}

void DecisionRecorded(const Fact& fact, FactDetails& details) {
  const v1::Decision& decision = fact.decision_recorded();
  About(details, decision.asset());
  About(details, decision.name());
  details.epcs = {decision.asset()};
  Put(details, "next_process", Word(decision.next(), "NEXT_PROCESS_"));
  for (const std::string& reason : decision.reasons()) Put(details, "reason", reason);
  Put(details, "policy", decision.policy());
  Put(details, "policy_sha256", decision.policy_sha256());
  Put(details, "rule", decision.rule());
}

void LotSet(const Fact& fact, FactDetails& details) {
  const v1::Lot& lot = fact.lot_set();
  About(details, lot.name());
  About(details, lot.load());
  AddQuantity(details.event.quantities, lot.name(), lot.piece_count(), lot.mass_g());
  details.location = lot.location();
  Put(details, "category", lot.category());
  PutCount(details, "piece_count", lot.piece_count());
  PutCount(details, "mass_g", lot.mass_g());
  Put(details, "load", lot.load());
  Put(details, "applicability", Word(lot.applicability(), "R2_APPLICABILITY_"));
  Put(details, "controlled_reason", Word(lot.controlled_reason(), "CONTROLLED_REASON_"));
  Put(details, "unrestricted_reason", Word(lot.unrestricted_reason(), "UNRESTRICTED_REASON_"));
  Put(details, "transformation", lot.transformation());
  Put(details, "external_ref", lot.external_ref());
}

namespace {

// The units and quantities of a shipment.
void PutGoods(const v1::Shipment& shipment, FactDetails& details) {
  details.epcs.assign(shipment.assets().begin(), shipment.assets().end());
  for (const v1::ShippedLot& part : shipment.lots()) {
    About(details, part.lot());
    AddQuantity(details.event.quantities, part.lot(), part.piece_count(), part.mass_g());
  }
}

}  // namespace

void ShipmentShipped(const Fact& fact, FactDetails& details) {
  const v1::Shipment& shipment = fact.shipment_shipped();
  About(details, shipment.name());
  for (const std::string& asset : shipment.assets()) About(details, asset);
  PutGoods(shipment, details);
  details.receiver = shipment.receiver();
  details.bill_of_lading = shipment.bill_of_lading();
  Put(details, "shipment_kind", Word(shipment.kind(), "SHIPMENT_KIND_"));
  Put(details, "receiver", shipment.receiver());
  Put(details, "bill_of_lading", shipment.bill_of_lading());
  Put(details, "seals", Joined(shipment.seals()));
  Put(details, "external_ref", shipment.external_ref());
  Put(details, "carrier", shipment.carrier());
  Put(details, "vehicle", shipment.vehicle());
  Put(details, "container_number", shipment.container_number());
  Put(details, "stream", Word(shipment.stream(), "STREAM_KIND_"));
  Put(details, "return_policy", shipment.return_policy());
  Put(details, "requested_part_number", shipment.requested_part_number());
  PutCount(details, "asset_count", shipment.assets_size());
  PutCount(details, "piece_count", shipment.piece_count());
  PutCount(details, "mass_g", shipment.mass_g());
  Put(details, "destination_country", shipment.destination_country());
  const v1::ExportLegality& legality = shipment.legality();
  Put(details, "export_country", legality.export_country());
  Put(details, "transit_countries", Joined(legality.transit_countries()));
  Put(details, "import_country", legality.import_country());
  PutFlag(details, "hazardous", legality.hazardous());
  Put(details, "legal_codes", Joined(legality.codes()));
  Put(details, "legal_basis", legality.basis());
  PutEvidence(details, legality.evidence());
}

void ShipmentReceiptConfirmed(const Fact& fact, FactDetails& details) {
  const v1::Shipment& shipment = fact.shipment_receipt_confirmed().shipment();
  About(details, shipment.name());
  PutGoods(shipment, details);
  details.receiver = shipment.receiver();
  Put(details, "receiver", shipment.receiver());
  const v1::ReceiptConfirmation& confirmation = shipment.confirmation();
  Put(details, "receipt_date", confirmation.date());
  Put(details, "confirmed_by", confirmation.confirmed_by());
  PutCount(details, "received_piece_count", confirmation.piece_count());
  PutCount(details, "received_mass_g", confirmation.mass_g());
  PutCount(details, "piece_variance", confirmation.piece_variance());
  PutCount(details, "mass_variance_g", confirmation.mass_variance_g());
  PutEvidence(details, shipment.receipt());
}

void AssetDeparted(const Fact& fact, FactDetails& details) {
  About(details, fact.asset_departed().asset());
  About(details, fact.asset_departed().shipment());
  Put(details, "state", Word(fact.asset_departed().state(), "ASSET_STATE_"));
}

void ExceptionRecorded(const Fact& fact, FactDetails& details) {
  const v1::ExceptionRecord& exception = fact.exception_recorded();
  About(details, exception.name());
  About(details, exception.subject());
  Put(details, "rule", exception.rule());
  Put(details, "reason", exception.reason());
  Put(details, "approver", exception.approver());
  PutEvidence(details, exception.evidence());
}

void AssetWithdrawn(const Fact& fact, FactDetails& details) {
  About(details, fact.asset_withdrawn().asset());
  Put(details, "reason", fact.asset_withdrawn().reason());
  PutCount(details, "corrects_sequence", fact.asset_withdrawn().corrects_sequence());
}

}  // namespace loopdock::traceability::details
