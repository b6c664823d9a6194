// SPDX-License-Identifier: Apache-2.0
#include "services/traceability/core/fact_details.h"

#include <google/protobuf/generated_enum_reflection.h>

#include <string>

#include "services/traceability/core/text.h"

namespace loopdock::traceability::details {
namespace {

namespace v1 = inventory::v1;

// COSMETIC_C4 without its prefix, in lower case: "c4"; empty when not set.
template <typename E>
std::string Word(E value, std::string_view prefix) {
  const int number = static_cast<int>(value);
  if (number == 0) return "";
  const auto* known = google::protobuf::GetEnumDescriptor<E>()->FindValueByNumber(number);
  if (known == nullptr) return Cat(number);
  std::string name = known->name();
  if (name.starts_with(prefix)) name.erase(0, prefix.size());
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return name;
}

void Put(FactDetails& details, std::string_view key, std::string_view text) {
  if (!text.empty()) details.attributes.emplace_back(key, text);
}

void PutCount(FactDetails& details, std::string_view key, std::int64_t value) {
  if (value != 0) details.attributes.emplace_back(key, Cat(value));
}

void PutFlag(FactDetails& details, std::string_view key, bool value) {
  if (value) details.attributes.emplace_back(key, "true");
}

void About(FactDetails& details, const std::string& name) {
  if (!name.empty()) details.subjects.push_back(name);
}

template <typename Refs>
void PutEvidence(FactDetails& details, const Refs& refs) {
  for (const auto& ref : refs) details.evidence_sha256.push_back(ref.sha256());
}

std::string IdentifierText(const v1::Identifier& identifier) {
  return Cat(Word(identifier.kind(), "IDENTIFIER_KIND_"), ":", identifier.value());
}

template <typename Texts>
std::string Joined(const Texts& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out;
}

}  // namespace

void SiteSet(const Fact& fact, FactDetails& details) {
  const v1::Site& site = fact.site_set();
  About(details, site.name());
  Put(details, "utc_offset", site.utc_offset());
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
  Put(details, "r2_certificate", party.r2_certificate());
  Put(details, "qualified_date", party.qualified_date());
  PutFlag(details, "no_resale", party.no_resale());
  PutFlag(details, "data_qualified", party.data_qualified());
}

void LocationSet(const Fact& fact, FactDetails& details) {
  const v1::Location& location = fact.location_set();
  About(details, location.name());
  Put(details, "location_kind", Word(location.kind(), "LOCATION_KIND_"));
  PutFlag(details, "secured", location.secured());
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
  About(details, fact.session_closed().session());
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
  Put(details, "applicability", Word(asset.applicability(), "R2_APPLICABILITY_"));
  Put(details, "controlled_reason", Word(asset.controlled_reason(), "CONTROLLED_REASON_"));
  Put(details, "data_status", Word(asset.data_status(), "DATA_STATUS_"));
  PutCount(details, "mass_g", asset.mass_g());
  PutFlag(details, "no_resale", asset.no_resale());
  details.event.ilmd = {
      {"manufacturer", asset.maker()}, {"model", asset.model()}, {"category", asset.category()}};
  for (const v1::Identifier& identifier : asset.identifiers()) {
    Put(details, "identifier", IdentifierText(identifier));
    if (identifier.kind() == v1::IDENTIFIER_KIND_SERIAL) {
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
  About(details, fact.manifest_line_matched().manifest());
  PutCount(details, "line", fact.manifest_line_matched().line());
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
  Put(details, "media_serial", sanitization.media_serial());
  Put(details, "data_status", Word(fact.sanitization_recorded().data_status(), "DATA_STATUS_"));
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
  // Grams are thousandths of a kilogram; pieces have no unit.
  if (lot.mass_g() > 0) {
    details.event.quantities.push_back({lot.name(), lot.mass_g(), "KGM"});
  } else if (lot.piece_count() > 0) {
    details.event.quantities.push_back({lot.name(), lot.piece_count() * 1000, ""});
  }
  details.location = lot.location();
  Put(details, "category", lot.category());
  PutCount(details, "piece_count", lot.piece_count());
  PutCount(details, "mass_g", lot.mass_g());
  Put(details, "load", lot.load());
  Put(details, "applicability", Word(lot.applicability(), "R2_APPLICABILITY_"));
  Put(details, "controlled_reason", Word(lot.controlled_reason(), "CONTROLLED_REASON_"));
}

void ShipmentShipped(const Fact& fact, FactDetails& details) {
  const v1::Shipment& shipment = fact.shipment_shipped();
  About(details, shipment.name());
  for (const std::string& asset : shipment.assets()) About(details, asset);
  details.epcs.assign(shipment.assets().begin(), shipment.assets().end());
  details.receiver = shipment.receiver();
  details.bill_of_lading = shipment.bill_of_lading();
  Put(details, "shipment_kind", Word(shipment.kind(), "SHIPMENT_KIND_"));
  Put(details, "receiver", shipment.receiver());
  Put(details, "bill_of_lading", shipment.bill_of_lading());
  Put(details, "seals", Joined(shipment.seals()));
  Put(details, "external_ref", shipment.external_ref());
  PutCount(details, "asset_count", shipment.assets_size());
}

void ShipmentReceiptConfirmed(const Fact& fact, FactDetails& details) {
  const v1::Shipment& shipment = fact.shipment_receipt_confirmed().shipment();
  About(details, shipment.name());
  details.epcs.assign(shipment.assets().begin(), shipment.assets().end());
  details.receiver = shipment.receiver();
  Put(details, "receiver", shipment.receiver());
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
