// SPDX-License-Identifier: Apache-2.0
#include "services/traceability/core/facts_table.h"

#include <algorithm>

#include "services/traceability/core/fact_details.h"
#include "services/traceability/core/text.h"

namespace loopdock::traceability {
namespace {

using inventory::v1::Fact;
namespace d = details;

constexpr std::string_view kMasterData = "master data of the facility: no goods are touched";
constexpr std::string_view kClaim = "a claim of the supplier: no goods are touched";
constexpr std::string_view kBookkeeping = "bookkeeping of the program: it says nothing of goods";

FactRow NoRecord(Fact::KindCase fact, std::string_view why) {
  return {fact, "", "", std::nullopt, "", "", "", why, nullptr};
}

using Fill = void (*)(const Fact&, FactDetails&);

FactRow NoEvent(Fact::KindCase fact, std::string_view kind, std::string_view clause,
                std::string_view why, Fill fill) {
  return {fact, kind, clause, std::nullopt, "", "", "", why, fill};
}

FactRow Aggregation(Fact::KindCase fact, std::string_view kind, std::string_view clause,
                    std::string_view action, std::string biz_step, Fill fill) {
  return {fact,          kind, clause, EventType::kAggregation, action, std::move(biz_step),
          "in_progress", "",   fill};
}

FactRow Object(Fact::KindCase fact, std::string_view kind, std::string_view clause,
               std::string_view action, std::string biz_step, std::string disposition, Fill fill,
               std::string_view note = "") {
  return {
      fact, kind, clause, EventType::kObject, action, std::move(biz_step), std::move(disposition),
      note, fill};
}

std::string Own(std::string_view step) { return OwnTerm("bizstep", step); }

std::vector<FactRow> SiteRows() {
  return {
      NoEvent(Fact::kSiteSet, "site.set", "CR1", kMasterData, d::SiteSet),
      NoEvent(Fact::kPartySet, "party.set", "Appendix A(8)", kMasterData, d::PartySet),
      NoEvent(Fact::kLocationSet, "location.set", "CR6(d)(2)", kMasterData, d::LocationSet),
      NoEvent(Fact::kStationSet, "station.set", "CR5(a)(2)", kMasterData, d::StationSet),
      NoEvent(Fact::kFacilityRulesSet, "facility_rules.set", "CR7(a)(1), CR5(b)(2)", kMasterData,
              d::FacilityRulesSet),
      NoEvent(Fact::kAuthorizationSet, "authorization.set", "CR7(a)(2)(D), CR7(b)(5)",
              "about a person: no goods are touched", d::AuthorizationSet),
      NoEvent(Fact::kIncidentSet, "incident.set", "CR7(b)(6)",
              "a report: what was done to goods has its own events", d::IncidentSet),
      NoEvent(Fact::kNonconformitySet, "nonconformity.set", "CR3",
              "a report: what was done to goods has its own events", d::NonconformitySet),
      NoEvent(Fact::kTermReached, "term.reached", "CR5(b)(3), Appendix C(3)",
              "time alone: no goods are touched", d::TermReached),
      NoEvent(Fact::kCapReached, "cap.reached", "CR5(b)(2)", "a sum: no goods are touched",
              d::CapReached),
      NoEvent(Fact::kCatalogEntrySet, "catalog.entry_set", "CR6(a)(2)", kMasterData,
              d::CatalogEntrySet),
      NoRecord(Fact::kColumnMappingSet, "a convenience for reading manifests"),
      NoRecord(Fact::kLabelLayoutSet, "a convenience for reading labels"),
      NoRecord(Fact::kConsumerPositionSet, kBookkeeping),
      NoRecord(Fact::kResponsesExpired, kBookkeeping),
  };
}

std::vector<FactRow> ReceivingRows() {
  return {
      NoEvent(Fact::kLoadSet, "load.set", "CR5(a)(1)",
              "an announcement; the receiving session tells what came", d::LoadSet),
      Object(Fact::kLoadClosed, "load.closed", "CR5(a)(2)", "OBSERVE", "accepting", "in_progress",
             d::LoadClosed),
      NoEvent(Fact::kManifestCreated, "manifest.created", "CR5(a)(2)", kClaim, d::ManifestCreated),
      NoEvent(Fact::kManifestLinesAdded, "manifest.lines_added", "CR5(a)(2)", kClaim,
              d::ManifestLinesAdded),
      NoEvent(Fact::kManifestActivated, "manifest.activated", "CR5(a)(2)", kClaim,
              d::ManifestActivated),
      NoEvent(Fact::kManifestLineMatched, "manifest.line_matched", "CR5(a)(2)",
              "claim and reality compared: the asset has its own event", d::ManifestLineMatched),
      NoEvent(Fact::kManifestLineReleased, "manifest.line_released", "CR5(a)(2), CR3(c)",
              "claim and reality compared: no goods are touched", d::ManifestLineReleased),
      NoEvent(Fact::kScanWithdrawn, "scan.withdrawn", "CR3(c)",
              "a correction; what it undoes has its own events", d::ScanWithdrawn),
      Object(Fact::kAssetReassigned, "asset.reassigned", "CR5(a)(2), CR3(c)", "OBSERVE",
             "receiving", "in_progress", d::AssetReassigned, "a correction by a new record"),
      Object(Fact::kWeighingRecorded, "weighing.recorded", "CR5(a)(2)", "OBSERVE", "inspecting",
             "in_progress", d::WeighingRecorded),
      Object(Fact::kSessionOpened, "session.opened", "CR5(a)(2)", "OBSERVE", "receiving",
             "in_progress", d::SessionOpened, "the load is what is received"),
      NoEvent(Fact::kSessionClosed, "session.closed", "CR5(a)(2)",
              "each asset's own event tells that it was received", d::SessionClosed),
      NoEvent(Fact::kScanRecorded, "scan.recorded", "CR5(a)(2)",
              "an observation; what it booked has its own event", d::ScanRecorded),
      Object(Fact::kAssetRegistered, "asset.registered", "CR5(a)(2), CR6(b)(2)", "ADD",
             "commissioning", "active", d::AssetRegistered, "maker, model and serial are ilmd"),
      Object(Fact::kAssetIdentified, "asset.identified", "CR5(a)(2)", "OBSERVE", "inspecting",
             "in_progress", d::AssetIdentified),
      Object(Fact::kAssetMerged, "asset.merged", "CR5(a)(2), CR3(c)", "DELETE", "decommissioning",
             "inactive", d::AssetMerged, "the identity that ends; mergedInto names the other"),
      Object(Fact::kAssetWithdrawn, "asset.withdrawn", "CR3(c)", "DELETE", "decommissioning",
             "inactive", d::AssetWithdrawn, "a correction by a new record"),
      Object(Fact::kLotSet, "lot.set", "CR5(a)(2)", "OBSERVE", "receiving", "in_progress",
             d::LotSet),
  };
}

std::vector<FactRow> HandlingRows() {
  return {
      Object(Fact::kContainerSet, "container.set", "CR5(b)(1)", "OBSERVE", "stocking",
             "container_open", d::ContainerSet,
             "container_closed when sealed; AggregationEvent OBSERVE packing in another container"),
      Object(Fact::kAssetMoved, "asset.moved", "CR5(b)(1)", "OBSERVE", "storing", "in_progress",
             d::AssetMoved,
             "AggregationEvent ADD packing into a container, DELETE unpacking out of one"),
      Object(Fact::kContainerMoved, "container.moved", "CR5(b)(1)", "OBSERVE", "storing",
             "in_progress", d::ContainerMoved),
      Object(Fact::kHoldPlaced, "hold.placed", "CR2, CR3(d)(4)", "OBSERVE", "holding",
             "unavailable", d::HoldPlaced, "stolen, recalled or non_sellable_other by its kind"),
      Object(Fact::kHoldReleased, "hold.released", "CR2, CR3(d)(4)", "OBSERVE", Own("releasing"),
             "in_progress", d::HoldReleased),
  };
}

std::vector<FactRow> ProcessingRows() {
  return {
      Object(Fact::kInspectionRecorded, "inspection.recorded", "CR6(b)(1)", "OBSERVE", "inspecting",
             "in_progress", d::InspectionRecorded, "damaged for C1, conformant from C2 on"),
      Object(Fact::kTestRecorded, "test.recorded", "Appendix C(4)", "OBSERVE", "inspecting",
             "in_progress", d::TestRecorded,
             "conformant from F3 on, non_conformant when a key function failed"),
      Object(Fact::kSanitizationRecorded, "sanitization.recorded", "CR7(c)(2), Appendix B(10)",
             "OBSERVE", Own("sanitizing"), "in_progress", d::SanitizationRecorded,
             "destroying and destroyed for destruction; sanitized is set when it succeeded"),
      Object(Fact::kSanitizationReleased, "sanitization.released", "Appendix B(16)", "OBSERVE",
             Own("sanitization_verifying"), "available", d::SanitizationReleased),
      Object(Fact::kProcessBegun, "process.begun", "CR6(d), Appendix C(3)", "OBSERVE", "inspecting",
             "in_progress", d::ProcessBegun,
             "sanitizing, repairing or disassembling by its process"),
      Object(Fact::kSanitizationVerified, "sanitization.verified", "Appendix B(13)", "OBSERVE",
             Own("sanitization_verifying"), "conformant", d::SanitizationVerified,
             "non_conformant when data could be recovered"),
      Object(Fact::kSanitizationReconciled, "sanitization.reconciled", "Appendix B(15)", "OBSERVE",
             Own("sanitization_reconciling"), "completeness_verified", d::SanitizationReconciled,
             "mismatch_quantity when pieces differ"),
      Object(Fact::kApplicabilityChanged, "applicability.changed", "CR6(b), CR6(a)(5)", "OBSERVE",
             Own("categorizing"), OwnTerm("disp", "controlled"), d::ApplicabilityChanged,
             "unrestricted when it left control"),
      Object(Fact::kDecisionRecorded, "decision.recorded", "CR2, CR6(a)(4)", "OBSERVE",
             Own("routing"), "in_progress", d::DecisionRecorded),
      NoEvent(Fact::kExceptionRecorded, "exception.recorded", "CR2, CR5(b)(3)",
              "a permission: no goods are touched", d::ExceptionRecorded),
  };
}

std::vector<FactRow> ComponentRows() {
  return {
      Aggregation(Fact::kComponentInstalled, "component.installed", "CR5(b)(1)", "ADD",
                  "installing", d::ComponentInstalled),
      Aggregation(Fact::kComponentRemoved, "component.removed", "CR5(b)(1), Appendix B(2)",
                  "DELETE", "removing", d::ComponentRemoved),
      {Fact::kTransformationRecorded, "transformation.recorded", "CR5(b)(1), Appendix E(9)",
       EventType::kTransformation, "", "disassembling", "in_progress",
       "destroying for shredding; loss and masses are extensions", d::TransformationRecorded},
      NoEvent(Fact::kAssetTransformed, "asset.transformed", "CR5(b)(1)",
              "the transformation's event names every input", d::AssetTransformed),
      NoEvent(Fact::kLotTaken, "lot.taken", "CR5(b)(1)",
              "the event of the shipment or transformation has the quantity", d::LotTaken),
  };
}

std::vector<FactRow> StockRows() {
  constexpr std::string_view kClause = "CR5(b)(1)";
  return {
      NoEvent(Fact::kStockTakeOpened, "stock_take.opened", kClause,
              "what is counted has its own events", d::StockTakeOpened),
      Object(Fact::kAssetCounted, "asset.counted", kClause, "OBSERVE", "stock_taking",
             "in_progress", d::AssetCounted),
      NoEvent(Fact::kStockTakeClosed, "stock_take.closed", kClause,
              "what was counted has its own events", d::StockTakeClosed),
      Object(Fact::kAssetLost, "asset.lost", kClause, "OBSERVE", "stock_taking", "unknown",
             d::AssetLost),
      Object(Fact::kAssetFound, "asset.found", kClause, "OBSERVE", "stock_taking", "in_progress",
             d::AssetFound),
  };
}

std::vector<FactRow> OutboundRows() {
  return {
      NoEvent(Fact::kCertificateRecorded, "certificate.recorded", "Appendix A(6)",
              "a paper about goods that have left: their shipment has its event",
              d::CertificateRecorded),
      Object(Fact::kShipmentShipped, "shipment.shipped", "CR5(c), CR6(e)(2)(B)", "OBSERVE",
             "shipping", "in_transit", d::ShipmentShipped),
      Object(Fact::kShipmentReceiptConfirmed, "shipment.receipt_confirmed", "Appendix A(6)",
             "OBSERVE", Own("receipt_confirming"), "inactive", d::ShipmentReceiptConfirmed),
      NoEvent(Fact::kAssetDeparted, "asset.departed", "CR5(c)",
              "the shipment's event names every asset", d::AssetDeparted),
  };
}

std::vector<FactRow> AllRows() {
  std::vector<FactRow> rows;
  for (const auto& part : {SiteRows(), ReceivingRows(), HandlingRows(), ProcessingRows(),
                           ComponentRows(), StockRows(), OutboundRows()}) {
    rows.insert(rows.end(), part.begin(), part.end());
  }
  std::sort(rows.begin(), rows.end(),
            [](const FactRow& a, const FactRow& b) { return a.fact < b.fact; });
  return rows;
}

std::string Shown(const std::string& term) {
  if (!term.starts_with(kVocabulary)) return term;
  return Cat(kVocabularyPrefix, ":", term.substr(kVocabulary.size()));
}

}  // namespace

const std::vector<FactRow>& FactsTable() {
  static const auto* const kRows = new std::vector<FactRow>(AllRows());
  return *kRows;
}

const FactRow* FindFactRow(Fact::KindCase fact) {
  for (const FactRow& row : FactsTable()) {
    if (row.fact == fact) return &row;
  }
  return nullptr;
}

std::string FactName(Fact::KindCase fact) {
  const auto* field = Fact::descriptor()->FindFieldByNumber(static_cast<int>(fact));
  return field == nullptr ? Cat(static_cast<int>(fact)) : field->name();
}

std::string FactsMarkdown() {
  std::string text = Cat(
      "# Facts, records and events\n\n"
      "Made from `services/traceability/core/facts_table.cc` by `traceability_facts_test` (run it "
      "with `LOOPDOCK_UPDATE=1` to make it anew).\n\n"
      "Every fact of the change feed becomes one R2 record in the log, one EPCIS 2.0 event, or "
      "neither, as its row says.\n\n"
      "* Event time is the station's clock if it is within 24 hours of the server's, else the "
      "server's; the record's `event_time_source` and the event's `",
      kVocabularyPrefix,
      ":timeSource` say which.\n"
      "* The offset from UTC is that of the site at the time of the fact.\n"
      "* `",
      kVocabularyPrefix, ":` stands for `", kVocabulary,
      "`: terms for which CBV 2.0 has no word.\n"
      "* An event that would not be valid is left out; the record says why in its attribute "
      "`event_problem`.\n\n"
      "| fact | record | clause of R2v3 | EPCIS event | business step | disposition | note |\n"
      "|---|---|---|---|---|---|---|\n");
  for (const FactRow& row : FactsTable()) {
    const bool record = !row.kind.empty();
    const std::string none = Cat("none because ", row.why);
    text += Cat("| `", FactName(row.fact), "` | ", record ? Cat("`", row.kind, "`") : none, " | ",
                row.clause, " | ");
    if (row.event) {
      text += Cat(EventTypeName(*row.event), " ", row.action, " | `", Shown(row.biz_step), "` | `",
                  Shown(row.disposition), "` | ", row.why, " |\n");
    } else {
      text += Cat(record ? none : "none", " | | | |\n");
    }
  }
  return text;
}

}  // namespace loopdock::traceability
