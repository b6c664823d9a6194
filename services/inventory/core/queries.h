// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_QUERIES_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_QUERIES_H_

// The questions of inventory, answered from committed rows: who was told OK finds it here.
// Thread safety: every method may be called from any thread.
// Ownership: the inventory must outlive it.
// Blocking: Get and Find make a few point reads, List scans; all may read the disk.
// Errors: NOT_FOUND RESOURCE_NOT_FOUND, INVALID_ARGUMENT INVALID_NAME, INVALID_FIELDS,
// PAGE_SIZE_INVALID and PAGE_TOKEN_INVALID, FAILED_PRECONDITION IDENTIFIER_AMBIGUOUS.
// Limits: a page has at most 1,000 rows and about 3 MiB; a page of scans looks at no more than
// 20,000 entries.

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "loopdock/inventory/v1/inventory_service.pb.h"
#include "services/inventory/core/inventory.h"
#include "services/inventory/query/query_index.h"

// X(method, response): every method that reads the record and answers once.
#define LOOPDOCK_INVENTORY_QUERIES(X)                     \
  X(GetSite, Site)                                        \
  X(GetParty, Party)                                      \
  X(ListParties, ListPartiesResponse)                     \
  X(GetLocation, Location)                                \
  X(ListLocations, ListLocationsResponse)                 \
  X(ListStations, ListStationsResponse)                   \
  X(GetLoad, Load)                                        \
  X(ListLoads, ListLoadsResponse)                         \
  X(ListManifestLines, ListManifestLinesResponse)         \
  X(FindManifestLine, ManifestLine)                       \
  X(GetColumnMapping, ColumnMapping)                      \
  X(GetSession, ReceivingSession)                         \
  X(ListSessions, ListSessionsResponse)                   \
  X(GetScan, Scan)                                        \
  X(ListScans, ListScansResponse)                         \
  X(GetLabelLayout, LabelLayout)                          \
  X(ListCatalogEntries, ListCatalogEntriesResponse)       \
  X(FindCatalogEntry, CatalogEntry)                       \
  X(GetContainer, Container)                              \
  X(ListContainers, ListContainersResponse)               \
  X(GetAsset, Asset)                                      \
  X(FindAsset, Asset)                                     \
  X(ListAssets, ListAssetsResponse)                       \
  X(GetTimeline, GetTimelineResponse)                     \
  X(GetFacilityRules, FacilityRules)                      \
  X(ListFacilityRules, ListFacilityRulesResponse)         \
  X(GetStockSums, GetStockSumsResponse)                   \
  X(ListSamplingStates, ListSamplingStatesResponse)       \
  X(ExplainBlocks, ExplainBlocksResponse)                 \
  X(GetConsumerPosition, ConsumerPosition)                \
  X(Find, FindResponse)                                   \
  X(CountAssets, CountAssetsResponse)                     \
  X(ListContainerContents, ListContainerContentsResponse) \
  X(GetLot, Lot)                                          \
  X(GetTransformation, Transformation)                    \
  X(ListTransformations, ListTransformationsResponse)     \
  X(GetStockTake, StockTake)                              \
  X(ListStockTakes, ListStockTakesResponse)               \
  X(ListLots, ListLotsResponse)                           \
  X(ListShipments, ListShipmentsResponse)                 \
  X(GetShipment, Shipment)                                \
  X(ListCertificates, ListCertificatesResponse)           \
  X(GetIncident, Incident)                                \
  X(ListIncidents, ListIncidentsResponse)                 \
  X(GetNonconformity, Nonconformity)                      \
  X(ListNonconformities, ListNonconformitiesResponse)     \
  X(ListAuthorizations, ListAuthorizationsResponse)       \
  X(ListExceptions, ListExceptionsResponse)               \
  X(GetReconciliation, Reconciliation)                    \
  X(ListDiscrepancies, ListDiscrepanciesResponse)         \
  X(GetStateHash, StateHash)

namespace loopdock::inventory {

class Queries {
 public:
  // Without an index what needs one is refused INDEX_UNAVAILABLE.
  explicit Queries(const Inventory& inventory, const QueryIndex* index = nullptr)
      : inventory_(inventory), index_(index) {}

#define LOOPDOCK_INVENTORY_QUERY(method, response) \
  absl::Status Answer(const v1::method##Request& request, v1::response* answer) const;
  LOOPDOCK_INVENTORY_QUERIES(LOOPDOCK_INVENTORY_QUERY)
#undef LOOPDOCK_INVENTORY_QUERY

 private:
  using Path = std::vector<std::string>;

  const storage::Reader& reader() const { return inventory_.store(); }
  absl::Status CheckSite(std::string_view name) const;
  // Reads the resource of a name of that collection.
  absl::Status Get(std::string_view name, std::string_view collection,
                   google::protobuf::Message* message) const;
  absl::Status GetByLookup(std::string_view site_name, Lookup what, std::string_view words,
                           std::string_view collection, google::protobuf::Message* message) const;
  // The lines of a manifest with what has come of them.
  absl::Status FillLines(std::string_view manifest,
                         google::protobuf::RepeatedPtrField<v1::ManifestLine>* lines) const;
  // Tells of scans whether they were withdrawn.
  absl::Status FillWithdrawn(google::protobuf::RepeatedPtrField<v1::Scan>* scans) const;
  absl::Status AddOpenSessions(v1::Load* load) const;
  absl::StatusOr<v1::FacilityRules> FacilityRulesNow() const;
  absl::Status AssetByName(std::string_view name, v1::Asset* asset) const;
  absl::Status Place(v1::Asset* asset) const;
  // Waits for the index; the sequence that it has.
  absl::StatusOr<std::int64_t> AwaitIndex(std::int64_t min_sequence) const;
  absl::Status AssetsByFilter(const v1::ListAssetsRequest& request,
                              v1::ListAssetsResponse* answer) const;
  absl::Status FindNamed(const std::string& value, v1::FindResponse* answer) const;
  absl::Status FindIdentified(const std::string& value, v1::FindResponse* answer) const;
  absl::Status FindIndexed(const std::string& value, v1::FindResponse* answer) const;
  // Adds the resource of the name, if there is one.
  absl::Status AddMatch(std::string_view matched, std::string_view name,
                        v1::FindResponse* answer) const;
  template <typename Request, typename Message>
  absl::Status List(const Request& request, std::string_view site, std::string_view collection,
                    google::protobuf::RepeatedPtrField<Message>* list,
                    std::string* next_page_token) const;
  absl::Status AllAssets(const v1::ListAssetsRequest& request,
                         v1::ListAssetsResponse* answer) const;
  absl::Status AssetsOfLoad(const v1::ListAssetsRequest& request,
                            v1::ListAssetsResponse* answer) const;
  absl::Status AssetsOfPlace(const v1::ListAssetsRequest& request, std::string_view place,
                             v1::ListAssetsResponse* answer) const;
  // Adds assets until the answer is large; the number added, at least one.
  absl::StatusOr<size_t> AddAssets(absl::Span<const std::string> ids,
                                   v1::ListAssetsResponse* answer) const;
  // Adds paths from the place down to assets, in order, going on after the path `after`.
  absl::Status Walk(const std::string& place, absl::Span<const std::string> after, size_t limit,
                    Path* path, std::vector<Path>* found) const;
  absl::StatusOr<std::vector<std::int64_t>> History(const v1::Asset& asset) const;

  const Inventory& inventory_;
  const QueryIndex* const index_;
};

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_QUERIES_H_
