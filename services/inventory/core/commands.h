// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_COMMANDS_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_COMMANDS_H_

// The commands of inventory: for each request of a change, how its form is judged, which rows it
// reads, and what it makes of them. All are pure: the same state and request give the same facts.
// Thread safety: free functions, safe from any thread on a Step of their own.
// Errors: CheckForm collects in the Form; Apply refuses with the reasons of reasons.h and the rules
// of guards.h, and then nothing of the command remains.

#include <string>
#include <string_view>
#include <type_traits>

#include "absl/status/status.h"
#include "loopdock/inventory/v1/inventory_service.pb.h"
#include "services/inventory/core/form.h"
#include "services/inventory/core/reads.h"
#include "services/inventory/core/step.h"

// X(method, response): every method that changes the record.
#define LOOPDOCK_INVENTORY_COMMANDS(X)                    \
  X(UpdateSite, Site)                                     \
  X(CreateParty, Party)                                   \
  X(UpdateParty, Party)                                   \
  X(CreateLocation, Location)                             \
  X(CreateStation, Station)                               \
  X(CreateLoad, Load)                                     \
  X(CloseLoad, Load)                                      \
  X(CreateManifest, Manifest)                             \
  X(AddManifestLines, Manifest)                           \
  X(ActivateManifest, Manifest)                           \
  X(SetColumnMapping, ColumnMapping)                      \
  X(OpenSession, ReceivingSession)                        \
  X(CloseSession, ReceivingSession)                       \
  X(RecordScan, RecordScanResponse)                       \
  X(WithdrawScan, Scan)                                   \
  X(ReassignAsset, Asset)                                 \
  X(CompareWithManifest, CompareWithManifestResponse)     \
  X(RecordWeighing, Weighing)                             \
  X(SetLabelLayout, LabelLayout)                          \
  X(SetCatalogEntry, CatalogEntry)                        \
  X(CreateContainer, Container)                           \
  X(SealContainer, Container)                             \
  X(MoveContainer, Container)                             \
  X(MoveAsset, Asset)                                     \
  X(CorrectIdentifiers, Asset)                            \
  X(DescribeAsset, Asset)                                 \
  X(WithdrawAsset, Asset)                                 \
  X(PlaceHold, Asset)                                     \
  X(ReleaseHold, Asset)                                   \
  X(RecordInspection, Asset)                              \
  X(RecordTest, Asset)                                    \
  X(RecordSanitization, Asset)                            \
  X(ReleaseSanitization, Asset)                           \
  X(SetApplicability, Asset)                              \
  X(RecordDecisions, RecordDecisionsResponse)             \
  X(CreateLot, Lot)                                       \
  X(ShipAssets, Shipment)                                 \
  X(ConfirmReceipt, Shipment)                             \
  X(RecordCertificate, Certificate)                       \
  X(CreateIncident, Incident)                             \
  X(UpdateIncident, Incident)                             \
  X(CreateNonconformity, Nonconformity)                   \
  X(UpdateNonconformity, Nonconformity)                   \
  X(GrantAuthorization, Authorization)                    \
  X(RevokeAuthorization, Authorization)                   \
  X(RecordException, ExceptionRecord)                     \
  X(SetFacilityRules, FacilityRules)                      \
  X(BeginProcess, Asset)                                  \
  X(RecordVerification, Asset)                            \
  X(ReconcileSanitization, ReconcileSanitizationResponse) \
  X(UpdateLocation, Location)                             \
  X(UpdateLoad, Load)                                     \
  X(CreateAsset, Asset)                                   \
  X(MergeAssets, Asset)                                   \
  X(InstallComponent, Asset)                              \
  X(RemoveComponent, Asset)                               \
  X(RecordTransformation, Transformation)                 \
  X(UpdateLot, Lot)                                       \
  X(OpenStockTake, StockTake)                             \
  X(RecordStockCount, StockTake)                          \
  X(RecordMissing, StockTake)                             \
  X(CloseStockTake, StockTake)                            \
  X(Sweep, SweepResponse)

namespace loopdock::inventory {

#define LOOPDOCK_INVENTORY_DECLARE(method, response)              \
  void CheckForm(const v1::method##Request& request, Form& form); \
  absl::Status Apply(const v1::method##Request& request, Step& step, v1::response* answer);
LOOPDOCK_INVENTORY_COMMANDS(LOOPDOCK_INVENTORY_DECLARE)
#undef LOOPDOCK_INVENTORY_DECLARE

// The response of a request.
template <typename Request>
struct ResponseOf;
#define LOOPDOCK_INVENTORY_RESPONSE(method, response) \
  template <>                                         \
  struct ResponseOf<v1::method##Request> {            \
    using Type = v1::response;                        \
  };
LOOPDOCK_INVENTORY_COMMANDS(LOOPDOCK_INVENTORY_RESPONSE)
#undef LOOPDOCK_INVENTORY_RESPONSE

// What a request about a party says instead of a site: every site's feed takes it.
inline constexpr std::string_view kAnySite = "parties";

// The name by which a request says its site.
template <typename Request>
std::string SiteWords(const Request& request) {
  if constexpr (requires { request.party(); }) {
    return std::string(kAnySite);
  } else if constexpr (requires { std::string(request.site()); }) {
    return request.site();
  } else if constexpr (requires { request.site().name(); }) {
    return request.site().name();
  } else if constexpr (requires { request.incident().name(); }) {
    return request.incident().name();
  } else if constexpr (requires { request.nonconformity().name(); }) {
    return request.nonconformity().name();
  } else if constexpr (requires { request.lot().name(); }) {
    return request.lot().name();
  } else if constexpr (requires { request.name(); }) {
    return request.name();
  } else if constexpr (requires { request.session(); }) {
    return request.session();
  } else if constexpr (requires { request.test().asset(); }) {
    return request.test().asset();
  } else if constexpr (requires { request.sanitization().asset(); }) {
    return request.sanitization().asset();
  } else if constexpr (requires { request.manifest(); }) {
    return request.manifest();
  } else if constexpr (requires { request.location().name(); }) {
    return request.location().name();
  } else if constexpr (requires { request.load().name(); }) {
    return request.load().name();
  } else {
    return request.load();
  }
}

// What the fields of a request name.
template <typename Request>
void DeclareReads(const Request& request, Reads& reads) {
  const auto read = [&reads](const auto& value) {
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>) reads.Name(value);
  };
  if constexpr (requires { request.name(); }) read(request.name());
  if constexpr (requires { request.load(); }) read(request.load());
  if constexpr (requires { request.manifest(); }) read(request.manifest());
  if constexpr (requires { request.location(); }) read(request.location());
  if constexpr (requires { request.container(); }) read(request.container());
  if constexpr (requires { request.host(); }) read(request.host());
  if constexpr (requires { request.absorbed(); }) read(request.absorbed());
  if constexpr (requires { request.lot().name(); }) read(request.lot().name());
  if constexpr (requires { request.load().name(); }) read(request.load().name());
  if constexpr (requires { request.test().asset(); }) read(request.test().asset());
  if constexpr (requires { request.sanitization().asset(); }) read(request.sanitization().asset());
}
void DeclareReads(const v1::RecordScanRequest& request, Reads& reads);
void DeclareReads(const v1::AddManifestLinesRequest& request, Reads& reads);
void DeclareReads(const v1::CompareWithManifestRequest& request, Reads& reads);
void DeclareReads(const v1::RecordWeighingRequest& request, Reads& reads);
void DeclareReads(const v1::RecordDecisionsRequest& request, Reads& reads);
void DeclareReads(const v1::ShipAssetsRequest& request, Reads& reads);
void DeclareReads(const v1::CreateAssetRequest& request, Reads& reads);
void DeclareReads(const v1::RecordTransformationRequest& request, Reads& reads);
void DeclareReads(const v1::RecordStockCountRequest& request, Reads& reads);
void DeclareReads(const v1::RecordMissingRequest& request, Reads& reads);
void DeclareReads(const v1::ReconcileSanitizationRequest& request, Reads& reads);

// What every request may say of itself, judged and taken into the entry.
template <typename Request>
void CheckWords(const Request& request, Form& form) {
  if constexpr (requires { std::string(request.reason()); }) {
    form.Text("reason", request.reason(), kReasonMax);
  }
  if constexpr (requires { request.corrects_sequence(); }) {
    form.Evidence("evidence", request.evidence());
    form.Check(request.corrects_sequence() >= 0, "corrects_sequence", "must not be negative");
  }
}
template <typename Request>
absl::Status ApplyCommand(const Request& request, Step& step,
                          typename ResponseOf<Request>::Type* answer) {
  if constexpr (requires { std::string(request.reason()); }) {
    const absl::Status begun =
        step.Begin(request.reason(), request.evidence(), request.corrects_sequence());
    if (!begun.ok()) return begun;
  }
  return Apply(request, step, answer);
}

// What the first start makes: the site, its places, and the supplier of what comes without papers.
absl::Status ApplyFirstStart(Step& step);

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_COMMANDS_H_
