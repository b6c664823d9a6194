// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_TRACEABILITY_CORE_FACT_DETAILS_H_
#define LOOPDOCK_SERVICES_TRACEABILITY_CORE_FACT_DETAILS_H_

// What each fact says beyond its row in the table: one function a fact, called with that fact.
//
// Thread safety: free functions.

#include "services/traceability/core/facts_table.h"

namespace loopdock::traceability::details {

using Fact = inventory::v1::Fact;

void SiteSet(const Fact& fact, FactDetails& details);
void PartySet(const Fact& fact, FactDetails& details);
void LocationSet(const Fact& fact, FactDetails& details);
void StationSet(const Fact& fact, FactDetails& details);
void LoadSet(const Fact& fact, FactDetails& details);
void LoadClosed(const Fact& fact, FactDetails& details);
void ManifestCreated(const Fact& fact, FactDetails& details);
void ManifestLinesAdded(const Fact& fact, FactDetails& details);
void ManifestActivated(const Fact& fact, FactDetails& details);
void SessionOpened(const Fact& fact, FactDetails& details);
void SessionClosed(const Fact& fact, FactDetails& details);
void ScanRecorded(const Fact& fact, FactDetails& details);
void AssetRegistered(const Fact& fact, FactDetails& details);
void AssetIdentified(const Fact& fact, FactDetails& details);
void ManifestLineMatched(const Fact& fact, FactDetails& details);
void ManifestLineReleased(const Fact& fact, FactDetails& details);
void ScanWithdrawn(const Fact& fact, FactDetails& details);
void AssetReassigned(const Fact& fact, FactDetails& details);
void WeighingRecorded(const Fact& fact, FactDetails& details);
void CatalogEntrySet(const Fact& fact, FactDetails& details);
void ContainerSet(const Fact& fact, FactDetails& details);
void AssetMoved(const Fact& fact, FactDetails& details);
void ContainerMoved(const Fact& fact, FactDetails& details);
void HoldPlaced(const Fact& fact, FactDetails& details);
void HoldReleased(const Fact& fact, FactDetails& details);
void InspectionRecorded(const Fact& fact, FactDetails& details);
void TestRecorded(const Fact& fact, FactDetails& details);
void SanitizationRecorded(const Fact& fact, FactDetails& details);
void SanitizationReleased(const Fact& fact, FactDetails& details);
void ApplicabilityChanged(const Fact& fact, FactDetails& details);
void DecisionRecorded(const Fact& fact, FactDetails& details);
void LotSet(const Fact& fact, FactDetails& details);
void ShipmentShipped(const Fact& fact, FactDetails& details);
void ShipmentReceiptConfirmed(const Fact& fact, FactDetails& details);
void AssetDeparted(const Fact& fact, FactDetails& details);
void ExceptionRecorded(const Fact& fact, FactDetails& details);
void AssetWithdrawn(const Fact& fact, FactDetails& details);
void AssetMerged(const Fact& fact, FactDetails& details);
void ComponentInstalled(const Fact& fact, FactDetails& details);
void ComponentRemoved(const Fact& fact, FactDetails& details);
void TransformationRecorded(const Fact& fact, FactDetails& details);
void AssetTransformed(const Fact& fact, FactDetails& details);
void LotTaken(const Fact& fact, FactDetails& details);
void StockTakeOpened(const Fact& fact, FactDetails& details);
void AssetCounted(const Fact& fact, FactDetails& details);
void StockTakeClosed(const Fact& fact, FactDetails& details);
void AssetLost(const Fact& fact, FactDetails& details);
void AssetFound(const Fact& fact, FactDetails& details);
void ProcessBegun(const Fact& fact, FactDetails& details);
void SanitizationVerified(const Fact& fact, FactDetails& details);
void SanitizationReconciled(const Fact& fact, FactDetails& details);
void CertificateRecorded(const Fact& fact, FactDetails& details);
void IncidentSet(const Fact& fact, FactDetails& details);
void NonconformitySet(const Fact& fact, FactDetails& details);
void AuthorizationSet(const Fact& fact, FactDetails& details);
void FacilityRulesSet(const Fact& fact, FactDetails& details);
void TermReached(const Fact& fact, FactDetails& details);
void CapReached(const Fact& fact, FactDetails& details);

}  // namespace loopdock::traceability::details

#endif  // LOOPDOCK_SERVICES_TRACEABILITY_CORE_FACT_DETAILS_H_
