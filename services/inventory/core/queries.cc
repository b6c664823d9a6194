// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/core/queries.h"

#include <algorithm>
#include <map>

#include "services/common/ids.h"
#include "services/common/names.h"
#include "services/common/page.h"
#include "services/common/status.h"
#include "services/inventory/core/manifest.h"
#include "services/inventory/core/paging.h"
#include "services/inventory/core/place.h"
#include "services/inventory/core/receipts.h"
#include "services/inventory/core/replay.h"
#include "services/inventory/query/stays.h"

namespace loopdock::inventory {
namespace {

absl::StatusOr<storage::ScanResult> ScanPage(const storage::Reader& reader, Table table,
                                             const std::string& prefix, const std::string& after,
                                             size_t limit) {
  storage::ScanOptions options;
  options.table = table;
  options.prefix = prefix;
  if (!after.empty()) options.after = after;
  options.limit = limit;
  options.bytes_max = kAnswerBytesMax;
  return reader.Scan(options);
}

absl::Status Unparsable(std::string_view what) {
  return common::Error(absl::StatusCode::kDataLoss, "STORE_CORRUPT",
                       Cat(what, " cannot be parsed; run fsck."));
}

}  // namespace

absl::Status Queries::CheckSite(std::string_view name) const {
  const auto site = common::ParseSite(name);
  if (!site.ok()) return site.status();
  return *site == inventory_.site() ? absl::OkStatus() : NotFound(name);
}

absl::Status Queries::Get(std::string_view name, std::string_view collection,
                          google::protobuf::Message* message) const {
  const auto parsed = common::ParseName(name, collection);
  if (!parsed.ok()) return parsed.status();
  const RowKey row = RowOf(name);
  const auto value = reader().Get(row.table, row.key);
  if (!value.ok()) return value.status();
  if (!value->has_value()) return NotFound(name);
  return message->ParseFromString(**value) ? absl::OkStatus() : Unparsable(name);
}

absl::Status Queries::GetByLookup(std::string_view site_name, Lookup what, std::string_view words,
                                  std::string_view collection,
                                  google::protobuf::Message* message) const {
  LOOPDOCK_RETURN_IF_ERROR(CheckSite(site_name));
  if (!IsPlainText(words.substr(words.rfind('\0') + 1), kTextMax)) return NotFound("such a key");
  const auto id = reader().Get(kLookups, LookupKey(inventory_.site(), what, words));
  if (!id.ok()) return id.status();
  if (!id->has_value()) {
    return NotFound(Cat(collection, " of ", words.substr(words.rfind('\0') + 1)));
  }
  return Get(common::FormatName(inventory_.site(), collection, **id), collection, message);
}

template <typename Request, typename Message>
absl::Status Queries::List(const Request& request, std::string_view site,
                           std::string_view collection,
                           google::protobuf::RepeatedPtrField<Message>* list,
                           std::string* next_page_token) const {
  const auto page = PageOf(request);
  LOOPDOCK_RETURN_IF_ERROR(page.status());
  const auto rows =
      ScanPage(reader(), kResources, ResourcePrefix(site, collection), page->second, page->first);
  LOOPDOCK_RETURN_IF_ERROR(rows.status());
  for (const storage::Row& row : rows->rows) {
    if (!list->Add()->ParseFromString(row.value)) return Unparsable(collection);
  }
  if (rows->more && !rows->rows.empty()) {
    *next_page_token = common::PageToken(Question(request), rows->rows.back().key);
  }
  return absl::OkStatus();
}

absl::Status Queries::Answer(const v1::GetSiteRequest& request, v1::Site* answer) const {
  LOOPDOCK_RETURN_IF_ERROR(CheckSite(request.name()));
  const RowKey row = RowOf(request.name());
  const auto value = reader().Get(row.table, row.key);
  LOOPDOCK_RETURN_IF_ERROR(value.status());
  if (!value->has_value()) return NotFound(request.name());
  return answer->ParseFromString(**value) ? absl::OkStatus() : Unparsable(request.name());
}

absl::Status Queries::Answer(const v1::GetPartyRequest& request, v1::Party* answer) const {
  return Get(request.name(), "parties", answer);
}

absl::Status Queries::Answer(const v1::ListPartiesRequest& request,
                             v1::ListPartiesResponse* answer) const {
  return List(request, kNoSite, "parties", answer->mutable_parties(),
              answer->mutable_next_page_token());
}

absl::Status Queries::Answer(const v1::GetLocationRequest& request, v1::Location* answer) const {
  return Get(request.name(), "locations", answer);
}

#define LOOPDOCK_INVENTORY_LIST(method, collection, field)                                       \
  absl::Status Queries::Answer(const v1::method##Request& request, v1::method##Response* answer) \
      const {                                                                                    \
    LOOPDOCK_RETURN_IF_ERROR(CheckSite(request.site()));                                         \
    return List(request, inventory_.site(), collection, answer->mutable_##field(),               \
                answer->mutable_next_page_token());                                              \
  }
LOOPDOCK_INVENTORY_LIST(ListLocations, "locations", locations)
LOOPDOCK_INVENTORY_LIST(ListStations, "stations", stations)
LOOPDOCK_INVENTORY_LIST(ListSessions, "sessions", sessions)
LOOPDOCK_INVENTORY_LIST(ListCatalogEntries, "catalog", entries)
LOOPDOCK_INVENTORY_LIST(ListContainers, "containers", containers)
LOOPDOCK_INVENTORY_LIST(ListLots, "lots", lots)
LOOPDOCK_INVENTORY_LIST(ListShipments, "shipments", shipments)
LOOPDOCK_INVENTORY_LIST(ListExceptions, "exceptions", exceptions)
LOOPDOCK_INVENTORY_LIST(ListFacilityRules, "rules", rules)
LOOPDOCK_INVENTORY_LIST(ListSamplingStates, "sampling", states)
LOOPDOCK_INVENTORY_LIST(ListCertificates, "certificates", certificates)
LOOPDOCK_INVENTORY_LIST(ListIncidents, "incidents", incidents)
LOOPDOCK_INVENTORY_LIST(ListNonconformities, "nonconformities", nonconformities)
LOOPDOCK_INVENTORY_LIST(ListAuthorizations, "authorizations", authorizations)
LOOPDOCK_INVENTORY_LIST(ListTransformations, "transformations", transformations)
LOOPDOCK_INVENTORY_LIST(ListStockTakes, "stocktakes", stock_takes)
#undef LOOPDOCK_INVENTORY_LIST

#define LOOPDOCK_INVENTORY_GET(method, response, collection)                                     \
  absl::Status Queries::Answer(const v1::method##Request& request, v1::response* answer) const { \
    return Get(request.name(), collection, answer);                                              \
  }
LOOPDOCK_INVENTORY_GET(GetShipment, Shipment, "shipments")
LOOPDOCK_INVENTORY_GET(GetIncident, Incident, "incidents")
LOOPDOCK_INVENTORY_GET(GetNonconformity, Nonconformity, "nonconformities")
LOOPDOCK_INVENTORY_GET(GetLot, Lot, "lots")
LOOPDOCK_INVENTORY_GET(GetTransformation, Transformation, "transformations")
LOOPDOCK_INVENTORY_GET(GetStockTake, StockTake, "stocktakes")
#undef LOOPDOCK_INVENTORY_GET

// A load learns the counts of a session when that is closed; open ones are added here.
absl::Status Queries::AddOpenSessions(v1::Load* load) const {
  for (const std::string& name : load->open_sessions()) {
    v1::ReceivingSession session;
    LOOPDOCK_RETURN_IF_ERROR(Get(name, "sessions", &session));
    load->set_asset_count(load->asset_count() + session.asset_count());
    load->set_scan_count(load->scan_count() + session.scan_count());
    AddCounts(session.counts(), load->mutable_counts());
  }
  return absl::OkStatus();
}

absl::Status Queries::Answer(const v1::GetLoadRequest& request, v1::Load* answer) const {
  if (request.name().empty()) {
    LOOPDOCK_RETURN_IF_ERROR(common::ParseName(request.supplier(), "parties").status());
    LOOPDOCK_RETURN_IF_ERROR(
        GetByLookup(request.site(), Lookup::kExternalRef,
                    ReferenceWords("loads", IdOf(request.supplier()), request.external_ref()),
                    "loads", answer));
  } else {
    LOOPDOCK_RETURN_IF_ERROR(Get(request.name(), "loads", answer));
  }
  return AddOpenSessions(answer);
}

absl::Status Queries::Answer(const v1::ListLoadsRequest& request,
                             v1::ListLoadsResponse* answer) const {
  LOOPDOCK_RETURN_IF_ERROR(CheckSite(request.site()));
  LOOPDOCK_RETURN_IF_ERROR(List(request, inventory_.site(), "loads", answer->mutable_loads(),
                                answer->mutable_next_page_token()));
  for (v1::Load& load : *answer->mutable_loads()) {
    LOOPDOCK_RETURN_IF_ERROR(AddOpenSessions(&load));
  }
  return absl::OkStatus();
}

absl::Status Queries::Answer(const v1::GetColumnMappingRequest& request,
                             v1::ColumnMapping* answer) const {
  LOOPDOCK_RETURN_IF_ERROR(CheckSite(request.site()));
  const auto party = common::ParseName(request.supplier(), "parties");
  LOOPDOCK_RETURN_IF_ERROR(party.status());
  const auto row = reader().Get(kResources, ResourceKey(inventory_.site(), "columns", party->id));
  LOOPDOCK_RETURN_IF_ERROR(row.status());
  if (!row->has_value()) return NotFound(Cat("column mapping of ", request.supplier()));
  return answer->ParseFromString(**row) ? absl::OkStatus() : Unparsable("column mapping");
}

absl::Status Queries::Answer(const v1::GetSessionRequest& request,
                             v1::ReceivingSession* answer) const {
  return Get(request.name(), "sessions", answer);
}

absl::Status Queries::Answer(const v1::GetLabelLayoutRequest& request,
                             v1::LabelLayout* answer) const {
  return Get(request.name(), "layouts", answer);
}

absl::Status Queries::Answer(const v1::FindCatalogEntryRequest& request,
                             v1::CatalogEntry* answer) const {
  return GetByLookup(request.site(), Lookup::kCatalogKey, request.key(), "catalog", answer);
}

absl::Status Queries::Answer(const v1::GetContainerRequest& request, v1::Container* answer) const {
  return Get(request.name(), "containers", answer);
}

absl::Status Queries::Answer(const v1::GetConsumerPositionRequest& request,
                             v1::ConsumerPosition* answer) const {
  LOOPDOCK_RETURN_IF_ERROR(CheckSite(request.site()));
  answer->set_consumer(request.consumer());
  const auto row =
      reader().Get(kResources, ResourceKey(inventory_.site(), "consumers", request.consumer()));
  LOOPDOCK_RETURN_IF_ERROR(row.status());
  if (!row->has_value()) return absl::OkStatus();  // one that has not begun stands at 0
  return answer->ParseFromString(**row) ? absl::OkStatus() : Unparsable("consumer position");
}

absl::Status Queries::Answer(const v1::GetStateHashRequest& request, v1::StateHash* answer) const {
  LOOPDOCK_RETURN_IF_ERROR(CheckSite(request.site()));
  const auto snapshot = inventory_.store().GetSnapshot();
  LOOPDOCK_RETURN_IF_ERROR(snapshot.status());
  auto hash = HashState(**snapshot, inventory_.site());
  LOOPDOCK_RETURN_IF_ERROR(hash.status());
  *answer = *std::move(hash);
  return absl::OkStatus();
}

absl::Status Queries::Answer(const v1::ListManifestLinesRequest& request,
                             v1::ListManifestLinesResponse* answer) const {
  v1::Manifest manifest;
  LOOPDOCK_RETURN_IF_ERROR(Get(request.manifest(), "manifests", &manifest));
  const auto page = PageOf(request);
  LOOPDOCK_RETURN_IF_ERROR(page.status());
  const std::string id(IdOf(request.manifest()));
  // The token has the number of the last line and the first number of the row that it was in.
  const bool goes_on = page->second.size() == 16;
  const auto last =
      goes_on ? static_cast<std::int64_t>(ReadBigEndian64(page->second)) : std::int64_t{0};
  std::string after;
  if (goes_on) {
    const auto first = static_cast<std::int64_t>(ReadBigEndian64(page->second.substr(8)));
    after = ManifestLinesKey(inventory_.site(), id, first - 1);
  }
  const std::string prefix = ManifestLinesKey(inventory_.site(), id, 0);
  const std::string whole = prefix.substr(0, prefix.size() - 8);
  for (;;) {
    const auto rows = ScanPage(reader(), kManifestLines, whole, after, 1);
    LOOPDOCK_RETURN_IF_ERROR(rows.status());
    if (rows->rows.empty()) return FillLines(id, answer->mutable_lines());
    after = rows->rows.back().key;
    v1::ManifestLinesAdded added;
    if (!added.ParseFromString(rows->rows.back().value)) return Unparsable("manifest lines");
    for (const v1::ManifestLine& line : added.lines()) {
      if (line.number() <= last) continue;
      if (static_cast<size_t>(answer->lines_size()) == page->first) {
        std::string token;
        AppendBigEndian64(&token, static_cast<std::uint64_t>(line.number() - 1));
        AppendBigEndian64(&token, static_cast<std::uint64_t>(added.lines(0).number()));
        answer->set_next_page_token(common::PageToken(Question(request), token));
        return FillLines(id, answer->mutable_lines());
      }
      *answer->add_lines() = line;
    }
  }
}

absl::Status Queries::FillLines(std::string_view manifest,
                                google::protobuf::RepeatedPtrField<v1::ManifestLine>* lines) const {
  std::vector<std::string> keys;
  for (const v1::ManifestLine& line : *lines) {
    const std::vector<std::string> values = ClaimedValues(line);
    keys.push_back(values.empty() ? LookupKey(inventory_.site(), Lookup::kManifestNumber,
                                              NumberWords(manifest, line.number()))
                                  : LookupKey(inventory_.site(), Lookup::kManifestValue,
                                              ValueWords(manifest, values.front())));
  }
  std::vector<storage::TableKey> wanted;
  for (const std::string& key : keys) wanted.push_back({kLookups, key});
  const auto rows = reader().MultiGet(wanted);
  LOOPDOCK_RETURN_IF_ERROR(rows.status());
  for (int i = 0; i < lines->size(); ++i) {
    const auto row = DecodeLine((*rows)[static_cast<size_t>(i)].value_or(""));
    LOOPDOCK_RETURN_IF_ERROR(row.status());
    *lines->Mutable(i) = row->line;
  }
  return absl::OkStatus();
}

absl::Status Queries::Answer(const v1::FindManifestLineRequest& request,
                             v1::ManifestLine* answer) const {
  v1::Load load;
  LOOPDOCK_RETURN_IF_ERROR(Get(request.load(), "loads", &load));
  const absl::Status none =
      NotFound(Cat("line of '", request.load(), "' with serial ", request.serial().substr(0, 100)));
  if (load.manifest().empty() || !IsIdentifierValue(request.serial())) return none;
  const auto found = FindByValue(
      [this](Lookup table, std::string_view words) {
        return reader().Get(kLookups, LookupKey(inventory_.site(), table, words));
      },
      IdOf(load.manifest()), request.serial());
  LOOPDOCK_RETURN_IF_ERROR(found.status());
  if (!found->has_value()) return none;
  *answer = (*found)->row.line;
  return absl::OkStatus();
}

// A scan's name is the sequence of the entry that recorded it.
absl::Status Queries::Answer(const v1::GetScanRequest& request, v1::Scan* answer) const {
  const auto name = common::ParseName(request.name(), "scans");
  LOOPDOCK_RETURN_IF_ERROR(name.status());
  const auto sequence = common::ParseCounterName(name->id.substr(0, name->id.find('-')));
  if (!sequence.ok() || *sequence == 0 || name->site != inventory_.site() ||
      *sequence > static_cast<std::uint64_t>(inventory_.last_sequence())) {
    return NotFound(request.name());
  }
  const auto entries = inventory_.ReadFeed(static_cast<std::int64_t>(*sequence), 1, 1 << 20);
  LOOPDOCK_RETURN_IF_ERROR(entries.status());
  for (const v1::FeedEntry& entry : *entries) {
    for (const v1::Fact& fact : entry.facts()) {
      if (!fact.has_scan_recorded() || fact.scan_recorded().name() != request.name()) continue;
      google::protobuf::RepeatedPtrField<v1::Scan> scans;
      *scans.Add() = fact.scan_recorded();
      LOOPDOCK_RETURN_IF_ERROR(FillWithdrawn(&scans));
      answer->Swap(scans.Mutable(0));
      return absl::OkStatus();
    }
  }
  return NotFound(request.name());
}

absl::Status Queries::FillWithdrawn(google::protobuf::RepeatedPtrField<v1::Scan>* scans) const {
  std::vector<std::string> keys;
  for (const v1::Scan& scan : *scans) {
    keys.push_back(LookupKey(inventory_.site(), Lookup::kScanWithdrawn, IdOf(scan.name())));
  }
  std::vector<storage::TableKey> wanted;
  for (const std::string& key : keys) wanted.push_back({kLookups, key});
  const auto rows = reader().MultiGet(wanted);
  LOOPDOCK_RETURN_IF_ERROR(rows.status());
  for (int i = 0; i < scans->size(); ++i) {
    if ((*rows)[static_cast<size_t>(i)].has_value()) scans->Mutable(i)->set_withdrawn(true);
  }
  return absl::OkStatus();
}

absl::Status Queries::Answer(const v1::ListScansRequest& request,
                             v1::ListScansResponse* answer) const {
  constexpr int kEntriesMax = 20'000;
  constexpr size_t kPage = 500;
  LOOPDOCK_RETURN_IF_ERROR(CheckSite(request.site()));
  const auto page = PageOf(request);
  LOOPDOCK_RETURN_IF_ERROR(page.status());
  std::int64_t next = 1;
  if (!request.session().empty()) {
    v1::ReceivingSession session;
    LOOPDOCK_RETURN_IF_ERROR(Get(request.session(), "sessions", &session));
    const std::string id(IdOf(request.session()));
    const auto opened = common::ParseCounterName(id.substr(0, id.find('-')));
    if (opened.ok()) next = static_cast<std::int64_t>(*opened);
  }
  if (!page->second.empty()) {
    next = static_cast<std::int64_t>(ReadBigEndian64(page->second)) + 1;
  }
  const auto token = [&](std::int64_t last) {
    std::string key;
    AppendBigEndian64(&key, static_cast<std::uint64_t>(last));
    return common::PageToken(Question(request), key);
  };
  size_t bytes = 0;
  for (int looked_at = 0; looked_at < kEntriesMax;) {
    const auto entries = inventory_.ReadFeed(next, kPage, size_t{4} << 20);
    LOOPDOCK_RETURN_IF_ERROR(entries.status());
    if (entries->empty()) return FillWithdrawn(answer->mutable_scans());
    for (const v1::FeedEntry& entry : *entries) {
      ++looked_at;
      next = entry.sequence() + 1;
      for (const v1::Fact& fact : entry.facts()) {
        if (!fact.has_scan_recorded()) continue;
        const v1::Scan& scan = fact.scan_recorded();
        if (!request.session().empty() && scan.session() != request.session()) continue;
        *answer->add_scans() = scan;
        bytes += scan.ByteSizeLong();
      }
      if (static_cast<size_t>(answer->scans_size()) >= page->first || bytes > kAnswerBytesMax) {
        if (entry.sequence() < inventory_.last_sequence()) {
          answer->set_next_page_token(token(entry.sequence()));
        }
        return FillWithdrawn(answer->mutable_scans());
      }
    }
  }
  answer->set_next_page_token(token(next - 1));
  return FillWithdrawn(answer->mutable_scans());
}

absl::Status Queries::Place(v1::Asset* asset) const {
  return FillPlace(asset, [this](std::string_view name, google::protobuf::Message* message) {
    const RowKey row = RowOf(name);
    const auto value = reader().Get(row.table, row.key);
    if (!value.ok()) return value.status();
    if (!value->has_value()) return NotFound(name);
    return message->ParseFromString(**value) ? absl::OkStatus() : Unparsable(name);
  });
}

absl::Status Queries::AssetByName(std::string_view name, v1::Asset* asset) const {
  LOOPDOCK_RETURN_IF_ERROR(Get(name, "assets", asset));
  return Place(asset);
}

absl::Status Queries::Answer(const v1::GetAssetRequest& request, v1::Asset* answer) const {
  return AssetByName(request.name(), answer);
}

absl::Status Queries::Answer(const v1::FindAssetRequest& request, v1::Asset* answer) const {
  LOOPDOCK_RETURN_IF_ERROR(CheckSite(request.site()));
  const v1::Identifier& wanted = request.identifier();
  if (!IsIdentifierValue(wanted.value())) {
    return common::Error(absl::StatusCode::kInvalidArgument, "INVALID_FIELDS",
                         Cat("identifier.value must have 1 to ", kIdentifierMax,
                             " bytes and no control characters."));
  }
  if (common::ParseName(wanted.value(), "assets").ok()) {
    return AssetByName(wanted.value(), answer);
  }
  std::vector<std::string> keys;
  for (int kind = v1::IdentifierKind_MIN; kind <= v1::IdentifierKind_MAX; ++kind) {
    if (!v1::IdentifierKind_IsValid(kind) || kind == v1::IDENTIFIER_KIND_UNSPECIFIED ||
        kind == v1::IDENTIFIER_KIND_SSCC) {
      continue;
    }
    // A serial number is asked for by its value also where it is unique within a GTIN.
    const bool serial = wanted.kind() == v1::IDENTIFIER_KIND_SERIAL && wanted.issuer().empty() &&
                        kind == v1::IDENTIFIER_KIND_SGTIN;
    if (wanted.kind() != v1::IDENTIFIER_KIND_UNSPECIFIED && wanted.kind() != kind && !serial) {
      continue;
    }
    keys.push_back(
        IdentifierKey(inventory_.site(), static_cast<v1::IdentifierKind>(kind), wanted.value()));
  }
  std::vector<storage::TableKey> wanted_keys;
  for (const std::string& key : keys) wanted_keys.push_back({kIdentifiers, key});
  const auto rows = reader().MultiGet(wanted_keys);
  LOOPDOCK_RETURN_IF_ERROR(rows.status());
  std::map<std::string, v1::Asset> found;  // by name: an asset may hold the value twice
  for (const auto& row : *rows) {
    for (const Holder& holder : DecodeHolders(row.value_or(""))) {
      if (!wanted.issuer().empty() && holder.issuer != NormaliseIssuer(wanted.issuer())) continue;
      const std::string name = Cat("sites/", inventory_.site(), "/", holder.target);
      LOOPDOCK_RETURN_IF_ERROR(AssetByName(name, &found[name]));
    }
  }
  std::vector<const v1::Asset*> open;
  for (const auto& [name, asset] : found) {
    if (IsOpen(asset)) open.push_back(&asset);
  }
  if (found.empty()) return NotFound(Cat("asset with ", wanted.value()));
  if (open.size() == 1 || found.size() == 1) {
    *answer = open.empty() ? found.begin()->second : *open.front();
    return absl::OkStatus();
  }
  const std::string first = found.begin()->first;
  const std::string second = std::next(found.begin())->first;
  return common::Error(absl::StatusCode::kFailedPrecondition, "IDENTIFIER_AMBIGUOUS",
                       Cat("'", wanted.value(), "' belongs to '", first, "' and '", second,
                           "' at least; ask with kind and issuer."),
                       {{"name", first}, {"other", second}});
}

absl::StatusOr<size_t> Queries::AddAssets(absl::Span<const std::string> ids,
                                          v1::ListAssetsResponse* answer) const {
  std::vector<std::string> keys;
  for (const std::string& id : ids) keys.push_back(AssetKey(inventory_.site(), id));
  std::vector<storage::TableKey> wanted;
  for (const std::string& key : keys) wanted.push_back({kAssets, key});
  const auto rows = reader().MultiGet(wanted);
  if (!rows.ok()) return rows.status();
  size_t bytes = 0;
  size_t added = 0;
  for (const auto& row : *rows) {
    if (bytes > kAnswerBytesMax) break;
    v1::Asset* asset = answer->add_assets();
    if (!row.has_value() || !asset->ParseFromString(*row)) return Unparsable("an asset");
    const absl::Status placed = Place(asset);
    if (!placed.ok()) return placed;
    bytes += row->size();
    ++added;
  }
  return added;
}

absl::Status Queries::AllAssets(const v1::ListAssetsRequest& request,
                                v1::ListAssetsResponse* answer) const {
  const auto page = PageOf(request);
  LOOPDOCK_RETURN_IF_ERROR(page.status());
  const auto rows =
      ScanPage(reader(), kAssets, SitePrefix(inventory_.site()), page->second, page->first);
  LOOPDOCK_RETURN_IF_ERROR(rows.status());
  for (const storage::Row& row : rows->rows) {
    v1::Asset* asset = answer->add_assets();
    if (!asset->ParseFromString(row.value)) return Unparsable("an asset");
    LOOPDOCK_RETURN_IF_ERROR(Place(asset));
  }
  if (rows->more && !rows->rows.empty()) {
    answer->set_next_page_token(common::PageToken(Question(request), rows->rows.back().key));
  }
  return absl::OkStatus();
}

absl::Status Queries::AssetsOfLoad(const v1::ListAssetsRequest& request,
                                   v1::ListAssetsResponse* answer) const {
  const auto load = common::ParseName(request.load(), "loads");
  LOOPDOCK_RETURN_IF_ERROR(load.status());
  const auto page = PageOf(request);
  LOOPDOCK_RETURN_IF_ERROR(page.status());
  const std::string prefix = LoadMemberKey(inventory_.site(), load->id, "");
  const auto rows = ScanPage(reader(), kMembers, prefix, page->second, page->first);
  LOOPDOCK_RETURN_IF_ERROR(rows.status());
  std::vector<std::string> ids;
  for (const storage::Row& row : rows->rows) ids.push_back(row.key.substr(prefix.size()));
  const auto added = AddAssets(ids, answer);
  LOOPDOCK_RETURN_IF_ERROR(added.status());
  if (*added > 0 && (rows->more || *added < ids.size())) {
    answer->set_next_page_token(common::PageToken(Question(request), rows->rows[*added - 1].key));
  }
  return absl::OkStatus();
}

absl::Status Queries::Walk(const std::string& place, absl::Span<const std::string> after,
                           size_t limit, Path* path, std::vector<Path>* found) const {
  if (path->size() > static_cast<size_t>(kContainerDepthMax)) return absl::OkStatus();
  if (after.size() > 1) {  // the last page ended inside a container of this place
    path->push_back(after.front());
    LOOPDOCK_RETURN_IF_ERROR(Walk(after.front(), after.subspan(1), limit, path, found));
    path->pop_back();
  }
  const std::string prefix = PlaceMemberKey(inventory_.site(), place, "");
  std::string last = after.empty() ? "" : prefix + after.front();
  while (found->size() < limit) {
    const auto rows = ScanPage(reader(), kMembers, prefix, last, limit - found->size());
    LOOPDOCK_RETURN_IF_ERROR(rows.status());
    for (const storage::Row& row : rows->rows) {
      const std::string member = row.key.substr(prefix.size());
      path->push_back(member);
      if (member.rfind("assets/", 0) == 0) {
        found->push_back(*path);
      } else {
        LOOPDOCK_RETURN_IF_ERROR(Walk(member, {}, limit, path, found));
      }
      path->pop_back();
      if (found->size() >= limit) return absl::OkStatus();
    }
    if (!rows->more || rows->rows.empty()) return absl::OkStatus();
    last = rows->rows.back().key;
  }
  return absl::OkStatus();
}

absl::Status Queries::AssetsOfPlace(const v1::ListAssetsRequest& request, std::string_view place,
                                    v1::ListAssetsResponse* answer) const {
  const auto page = PageOf(request);
  LOOPDOCK_RETURN_IF_ERROR(page.status());
  Path after;
  for (std::string_view rest = page->second; !rest.empty();) {
    const size_t end = std::min(rest.find(','), rest.size());
    after.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  Path path;
  std::vector<Path> found;
  LOOPDOCK_RETURN_IF_ERROR(Walk(std::string(place), after, page->first + 1, &path, &found));
  const bool more = found.size() > page->first;
  if (more) found.pop_back();
  std::vector<std::string> ids;
  for (const Path& one : found) ids.emplace_back(IdOf(one.back()));
  const auto added = AddAssets(ids, answer);
  LOOPDOCK_RETURN_IF_ERROR(added.status());
  if (*added > 0 && (more || *added < ids.size())) {
    std::string token;
    for (const std::string& part : found[*added - 1]) token += Cat(token.empty() ? "" : ",", part);
    answer->set_next_page_token(common::PageToken(Question(request), token));
  }
  return absl::OkStatus();
}

absl::Status Queries::Answer(const v1::ListAssetsRequest& request,
                             v1::ListAssetsResponse* answer) const {
  LOOPDOCK_RETURN_IF_ERROR(CheckSite(request.site()));
  Form form(inventory_.site());
  form.OptionalName("load", request.load(), "loads");
  form.OptionalName("container", request.container(), "containers");
  form.OptionalName("location", request.location(), "locations");
  const int filters = (request.load().empty() ? 0 : 1) + (request.container().empty() ? 0 : 1) +
                      (request.location().empty() ? 0 : 1);
  form.Check(filters <= 1, "load", "container and location exclude one another");
  const bool by_index = !request.filter().empty() || !request.order_by().empty();
  form.Check(filters == 0 || !by_index, "filter",
             "and order_by do not go with load, container or location; write them in the filter");
  LOOPDOCK_RETURN_IF_ERROR(form.status());
  if (by_index) return AssetsByFilter(request, answer);
  if (!request.load().empty()) return AssetsOfLoad(request, answer);
  if (!request.container().empty()) {
    return AssetsOfPlace(request, TailOf(request.container()), answer);
  }
  if (!request.location().empty()) {
    return AssetsOfPlace(request, TailOf(request.location()), answer);
  }
  return AllAssets(request, answer);
}

absl::StatusOr<std::vector<std::int64_t>> Queries::History(const v1::Asset& asset) const {
  std::vector<std::int64_t> sequences;
  const std::string key = HistoryKey(inventory_.site(), IdOf(asset.name()), 0);
  const std::string prefix = key.substr(0, key.size() - 8);
  for (std::string after;;) {
    const auto rows = ScanPage(reader(), kHistory, prefix, after, 1000);
    if (!rows.ok()) return rows.status();
    for (const storage::Row& row : rows->rows) {
      for (size_t at = 0; at + 8 <= row.value.size(); at += 8) {
        sequences.push_back(
            static_cast<std::int64_t>(ReadBigEndian64(std::string_view(row.value).substr(at))));
      }
    }
    if (!rows->more || rows->rows.empty()) break;
    after = rows->rows.back().key;
  }
  sequences.insert(sequences.end(), asset.history().begin(), asset.history().end());
  return sequences;
}

absl::Status Queries::Answer(const v1::GetTimelineRequest& request,
                             v1::GetTimelineResponse* answer) const {
  v1::Asset asset;
  LOOPDOCK_RETURN_IF_ERROR(Get(request.name(), "assets", &asset));
  const auto page = PageOf(request);
  LOOPDOCK_RETURN_IF_ERROR(page.status());
  auto history = History(asset);
  LOOPDOCK_RETURN_IF_ERROR(history.status());
  // With the moves of what it stood in.
  std::map<std::int64_t, std::string> moves;
  if (index_ != nullptr) {
    auto found = MovesAround(index_->store(), inventory_.site(), IdOf(request.name()));
    LOOPDOCK_RETURN_IF_ERROR(found.status());
    moves = *std::move(found);
  }
  for (const auto& [sequence, container] : moves) history->push_back(sequence);
  std::sort(history->begin(), history->end());
  history->erase(std::unique(history->begin(), history->end()), history->end());
  const auto concerns = [&](const v1::Fact& fact, std::int64_t sequence) {
    if (Mentions(fact, request.name())) return true;
    const auto move = moves.find(sequence);
    if (move == moves.end()) return false;
    const std::string& moved = fact.has_container_moved() ? fact.container_moved().container()
                                                          : fact.container_set().name();
    return IdOf(moved) == move->second;
  };
  const std::int64_t after =
      page->second.empty() ? 0 : static_cast<std::int64_t>(ReadBigEndian64(page->second));
  size_t bytes = 0;
  for (auto next = std::upper_bound(history->begin(), history->end(), after);
       next != history->end(); ++next) {
    if (static_cast<size_t>(answer->entries_size()) == page->first || bytes > kAnswerBytesMax) {
      std::string key;
      AppendBigEndian64(&key, static_cast<std::uint64_t>(*std::prev(next)));
      answer->set_next_page_token(common::PageToken(Question(request), key));
      return absl::OkStatus();
    }
    auto entries = inventory_.ReadFeed(*next, 1, 1 << 20);
    LOOPDOCK_RETURN_IF_ERROR(entries.status());
    if (entries->empty()) return Unparsable("a feed entry");
    v1::FeedEntry* kept = answer->add_entries();
    *kept = std::move(entries->front());
    auto* facts = kept->mutable_facts();
    facts->erase(
        std::remove_if(facts->begin(), facts->end(),
                       [&](const v1::Fact& fact) { return !concerns(fact, kept->sequence()); }),
        facts->end());
    bytes += kept->ByteSizeLong();
  }
  return absl::OkStatus();
}

}  // namespace loopdock::inventory
