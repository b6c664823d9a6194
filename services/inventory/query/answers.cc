// SPDX-License-Identifier: Apache-2.0
// The questions that the query index answers.
#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/time/clock.h"
#include "services/common/names.h"
#include "services/common/page.h"
#include "services/common/status.h"
#include "services/common/utf8.h"
#include "services/inventory/core/form.h"
#include "services/inventory/core/paging.h"
#include "services/inventory/core/queries.h"
#include "services/inventory/query/asset_queries.h"
#include "services/inventory/query/stays.h"

namespace loopdock::inventory {
namespace {

constexpr absl::Duration kIndexPatience = absl::Seconds(5);
constexpr int kMatchesMax = 50;
constexpr std::array<std::string_view, 6> kFindable = {"assets", "containers", "loads",
                                                       "lots",   "shipments",  "parties"};

// "asset_tag" of IDENTIFIER_KIND_ASSET_TAG.
std::string KindName(int kind) {
  std::string name = ShortEnumName(*v1::IdentifierKind_descriptor(), kind);
  absl::AsciiStrToLower(&name);
  return name;
}

absl::StatusOr<const FilterField*> GroupField(std::string_view name) {
  if (name.empty()) return nullptr;
  const FilterField* field = FindFilterField(name);
  std::string known;
  for (const FilterField& one : FilterFields()) {
    const bool good = one.type != FieldType::kIdentifier && one.type != FieldType::kTime &&
                      one.name != "name" && one.name != "uid" && one.name != "external_ref" &&
                      one.name != "mass_g";
    if (good && field == &one) return field;
    if (good) known += Cat(known.empty() ? "" : " ", one.name);
  }
  return common::Error(absl::StatusCode::kInvalidArgument, "INVALID_FIELDS",
                       Cat("group_by: '", common::CleanUtf8Prefix(name, 60),
                           "' is nothing to count by; there are ", known, "."),
                       {{"field", "group_by"}});
}

}  // namespace

absl::StatusOr<std::int64_t> Queries::AwaitIndex(std::int64_t min_sequence) const {
  if (index_ == nullptr) {
    return common::Error(absl::StatusCode::kUnavailable, "INDEX_UNAVAILABLE",
                         "No query index is kept here.");
  }
  const absl::Status reached = index_->Await(min_sequence, kIndexPatience);
  if (!reached.ok()) return reached;
  return index_->position();
}

absl::Status Queries::AssetsByFilter(const v1::ListAssetsRequest& request,
                                     v1::ListAssetsResponse* answer) const {
  const auto page = PageOf(request);
  LOOPDOCK_RETURN_IF_ERROR(page.status());
  const auto filter = ParseFilter(request.filter(), absl::Now());
  LOOPDOCK_RETURN_IF_ERROR(filter.status());
  const auto order = ParseOrderBy(request.order_by());
  LOOPDOCK_RETURN_IF_ERROR(order.status());
  const auto position = AwaitIndex(request.min_sequence());
  LOOPDOCK_RETURN_IF_ERROR(position.status());
  AssetQueries queries(reader(), index_->store(), inventory_.site());
  auto found = queries.List(*filter, *order, page->second, page->first, kAnswerBytesMax);
  LOOPDOCK_RETURN_IF_ERROR(found.status());
  for (v1::Asset& asset : found->assets) *answer->add_assets() = std::move(asset);
  if (found->more) answer->set_next_page_token(common::PageToken(Question(request), found->last));
  answer->set_index_sequence(*position);
  return absl::OkStatus();
}

absl::Status Queries::Answer(const v1::CountAssetsRequest& request,
                             v1::CountAssetsResponse* answer) const {
  LOOPDOCK_RETURN_IF_ERROR(CheckSite(request.site()));
  const absl::Time now = absl::Now();
  const auto filter = ParseFilter(request.filter(), now);
  LOOPDOCK_RETURN_IF_ERROR(filter.status());
  const auto field = GroupField(request.group_by());
  LOOPDOCK_RETURN_IF_ERROR(field.status());
  const auto position = AwaitIndex(request.min_sequence());
  LOOPDOCK_RETURN_IF_ERROR(position.status());
  AssetQueries queries(reader(), index_->store(), inventory_.site());
  const auto counts = queries.Count(*filter, *field, now);
  LOOPDOCK_RETURN_IF_ERROR(counts.status());
  for (const CountOfValue& count : *counts) {
    v1::AssetCount* added = answer->add_counts();
    added->set_value(count.value);
    added->set_count(count.count);
  }
  answer->set_index_sequence(*position);
  return absl::OkStatus();
}

absl::Status Queries::Answer(const v1::ListContainerContentsRequest& request,
                             v1::ListContainerContentsResponse* answer) const {
  v1::Container container;
  LOOPDOCK_RETURN_IF_ERROR(Get(request.name(), "containers", &container));
  const auto page = PageOf(request);
  LOOPDOCK_RETURN_IF_ERROR(page.status());
  const auto position = AwaitIndex(request.min_sequence());
  LOOPDOCK_RETURN_IF_ERROR(position.status());
  std::int64_t sequence = *position;
  if (request.has_time()) {
    const auto at = SequenceAt(inventory_, FromTimestamp(request.time()));
    LOOPDOCK_RETURN_IF_ERROR(at.status());
    sequence = std::min(sequence, *at);
  }
  const auto contents = ContentsAt(index_->store(), inventory_.site(), IdOf(request.name()),
                                   sequence, page->second, page->first);
  LOOPDOCK_RETURN_IF_ERROR(contents.status());
  const auto time_of = [&](std::int64_t entry, google::protobuf::Timestamp* time) {
    const auto entries = inventory_.ReadFeed(entry, 1, 1);
    if (!entries.ok()) return entries.status();
    if (!entries->empty()) *time = entries->front().server_time();
    return absl::OkStatus();
  };
  for (const Stay& stay : contents->stays) {
    v1::ContainedItem* item = answer->add_items();
    item->set_name(MemberName(inventory_.site(), stay.member));
    LOOPDOCK_RETURN_IF_ERROR(time_of(stay.from, item->mutable_enter_time()));
    if (stay.to != 0) LOOPDOCK_RETURN_IF_ERROR(time_of(stay.to, item->mutable_leave_time()));
  }
  if (contents->more) {
    answer->set_next_page_token(common::PageToken(Question(request), contents->last));
  }
  answer->set_index_sequence(sequence);
  return absl::OkStatus();
}

absl::Status Queries::AddMatch(std::string_view matched, std::string_view name,
                               v1::FindResponse* answer) const {
  if (answer->matches_size() >= kMatchesMax) return absl::OkStatus();
  const std::string_view tail = TailOf(name);
  const std::string collection(tail.substr(0, tail.find('/')));
  v1::FindMatch match;
  match.set_matched(std::string(matched));
  google::protobuf::Message* resource = nullptr;
  if (collection == "assets") resource = match.mutable_asset();
  if (collection == "containers") resource = match.mutable_container();
  if (collection == "loads") resource = match.mutable_load();
  if (collection == "lots") resource = match.mutable_lot();
  if (collection == "shipments") resource = match.mutable_shipment();
  if (collection == "parties") resource = match.mutable_party();
  if (resource == nullptr) return absl::OkStatus();
  const absl::Status read = Get(name, collection, resource);
  if (absl::IsNotFound(read)) return absl::OkStatus();
  LOOPDOCK_RETURN_IF_ERROR(read);
  if (match.has_load()) LOOPDOCK_RETURN_IF_ERROR(AddOpenSessions(match.mutable_load()));
  std::string merged_into;
  if (match.has_asset()) {
    LOOPDOCK_RETURN_IF_ERROR(Place(match.mutable_asset()));
    merged_into = match.asset().merged_into();
  }
  for (const v1::FindMatch& known : answer->matches()) {
    if (known.matched() == matched && Serialize(known) == Serialize(match)) {
      return absl::OkStatus();
    }
  }
  *answer->add_matches() = std::move(match);
  // An old name also leads to the asset that goes on.
  return merged_into.empty() ? absl::OkStatus() : AddMatch("merged", merged_into, answer);
}

absl::Status Queries::FindNamed(const std::string& value, v1::FindResponse* answer) const {
  const auto name = common::ParseName(value);
  if (name.ok() && !name->id.empty()) {
    if (!name->site.empty() && name->site != inventory_.site()) return absl::OkStatus();
    return AddMatch("name", value, answer);
  }
  if (!common::IsValidId(value)) return absl::OkStatus();
  for (const std::string_view collection : kFindable) {
    const std::string full = collection == "parties"
                                 ? Cat("parties/", value)
                                 : common::FormatName(inventory_.site(), collection, value);
    LOOPDOCK_RETURN_IF_ERROR(AddMatch("name", full, answer));
  }
  return absl::OkStatus();
}

absl::Status Queries::FindIdentified(const std::string& value, v1::FindResponse* answer) const {
  for (int kind = v1::IdentifierKind_MIN; kind <= v1::IdentifierKind_MAX; ++kind) {
    if (!v1::IdentifierKind_IsValid(kind) || kind == v1::IDENTIFIER_KIND_UNSPECIFIED) continue;
    const auto row = reader().Get(
        kIdentifiers,
        IdentifierKey(inventory_.site(), static_cast<v1::IdentifierKind>(kind), value));
    LOOPDOCK_RETURN_IF_ERROR(row.status());
    for (const Holder& holder : DecodeHolders(row->value_or(""))) {
      LOOPDOCK_RETURN_IF_ERROR(
          AddMatch(KindName(kind), Cat("sites/", inventory_.site(), "/", holder.target), answer));
    }
  }
  return absl::OkStatus();
}

absl::Status Queries::FindIndexed(const std::string& value, v1::FindResponse* answer) const {
  const auto scan = [&](storage::TableId table, const std::string& prefix, std::string_view matched,
                        std::string_view collection) {
    storage::ScanOptions options;
    options.table = table;
    options.prefix = prefix;
    options.limit = kMatchesMax;
    const auto rows = index_->store().Scan(options);
    LOOPDOCK_RETURN_IF_ERROR(rows.status());
    for (const storage::Row& row : rows->rows) {
      const std::string tail = Cat(collection, std::string_view(row.key).substr(prefix.size()));
      const std::string name =
          tail.starts_with("parties/") ? tail : Cat("sites/", inventory_.site(), "/", tail);
      LOOPDOCK_RETURN_IF_ERROR(AddMatch(matched, name, answer));
    }
    return absl::OkStatus();
  };
  const std::string& site = inventory_.site();
  std::string uid = value;
  absl::AsciiStrToLower(&uid);
  LOOPDOCK_RETURN_IF_ERROR(
      scan(kIndexPostings, PostingPrefix(site, Term(kUidLetter, uid)), "uid", "assets/"));
  LOOPDOCK_RETURN_IF_ERROR(scan(kIndexPostings, PostingPrefix(site, Term(kReferenceLetter, value)),
                                "external_ref", "assets/"));
  LOOPDOCK_RETURN_IF_ERROR(scan(kIndexStays, ReferencePrefix(site, value), "external_ref", ""));
  // References change: what no longer has this one is no match.
  auto* matches = answer->mutable_matches();
  matches->erase(std::remove_if(matches->begin(), matches->end(),
                                [&](const v1::FindMatch& match) {
                                  if (match.matched() != "external_ref") return false;
                                  return (match.has_asset()  ? match.asset().external_ref()
                                          : match.has_load() ? match.load().external_ref()
                                          : match.has_lot()  ? match.lot().external_ref()
                                          : match.has_shipment()
                                              ? match.shipment().external_ref()
                                              : match.party().external_ref()) != value;
                                }),
                 matches->end());
  return absl::OkStatus();
}

absl::Status Queries::Answer(const v1::FindRequest& request, v1::FindResponse* answer) const {
  LOOPDOCK_RETURN_IF_ERROR(CheckSite(request.site()));
  const std::string value(Trim(request.value()));
  if (!IsIdentifierValue(value)) {
    return common::Error(
        absl::StatusCode::kInvalidArgument, "INVALID_FIELDS",
        Cat("value must have 1 to ", kIdentifierMax, " bytes and no control characters."),
        {{"field", "value"}});
  }
  LOOPDOCK_RETURN_IF_ERROR(FindNamed(value, answer));
  LOOPDOCK_RETURN_IF_ERROR(FindIdentified(value, answer));
  return index_ == nullptr ? absl::OkStatus() : FindIndexed(value, answer);
}

}  // namespace loopdock::inventory
