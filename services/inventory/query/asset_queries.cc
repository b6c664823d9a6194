// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/query/asset_queries.h"

#include <algorithm>
#include <map>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "services/common/status.h"
#include "services/common/utf8.h"
#include "services/inventory/core/tables.h"
#include "services/inventory/core/text.h"

namespace loopdock::inventory {
namespace {

using By = AssetOrder::By;

constexpr size_t kFetchFirst = 64;
constexpr size_t kFetchMax = 512;
// As many candidates are read and sorted where no list has the wanted order.
constexpr std::int64_t kSortedMax = 10'000;
// Below that many candidates no better way is looked for.
constexpr std::int64_t kFewCandidates = 1000;

absl::Status TooBroad(std::string_view what) {
  std::string indexed;
  for (const FilterField& field : FilterFields()) {
    if (field.index != 0) indexed += Cat(indexed.empty() ? "" : ", ", field.name);
  }
  return common::Error(absl::StatusCode::kInvalidArgument, "FILTER_TOO_BROAD",
                       Cat(what, "; add a condition that fewer assets meet, on an indexed field: ",
                           indexed, ", or on words of maker and model."));
}

char LetterOf(By by) { return by == By::kReceived ? kReceivedLetter : kUpdatedLetter; }

// The place of an asset in an order, as the walks give it.
std::string KeyOf(const v1::Asset& asset, By by) {
  const std::string id(IdOf(asset.name()));
  if (by == By::kName) return id;
  const auto& time = by == By::kReceived ? asset.received_time() : asset.update_time();
  return Cat(TimeBytes(absl::ToUnixMicros(FromTimestamp(time))), id);
}

// The letter whose counts are the counts by this field; 0 when there is none.
char CountLetter(const FilterField& field) {
  if (field.name == "maker") return kMakerLetter;
  if (field.name == "model") return kModelLetter;
  if (field.index == 0 || field.index == kReceivedLetter) return 0;
  return HasCounts(Term(field.index, "")) ? field.index : '\0';
}

// Whether the filter says nothing but one state; 0 for a filter that says nothing at all.
std::optional<std::int64_t> OnlyState(const FilterNode& filter) {
  if (filter.kind == FilterNode::Kind::kAnd && filter.children.empty()) return 0;
  const bool is_state =
      filter.kind == FilterNode::Kind::kCompare && filter.field->index == 's' && filter.number != 0;
  return is_state ? std::optional<std::int64_t>(filter.number) : std::nullopt;
}

// The term that says the same as the filter, where there is one that is counted.
std::optional<std::string> OnlyTerm(const FilterNode& filter) {
  if (filter.kind != FilterNode::Kind::kCompare || filter.pattern ||
      filter.operation != FilterNode::Operator::kEqual || CountLetter(*filter.field) == 0 ||
      filter.field->type == FieldType::kWords) {
    return std::nullopt;
  }
  if (filter.field->values != nullptr) {
    if (filter.number == 0) return std::nullopt;
    return NumberTerm(filter.field->index, filter.number);
  }
  if (filter.text.size() > kIndexValueBytesMax) return std::nullopt;
  return Term(filter.field->index, filter.text);
}

// What an asset counts for when counted by the field.
std::vector<std::string> GroupsOf(const FilterField& field, const v1::Asset& asset,
                                  absl::Time now) {
  if (field.get == nullptr) {  // age_days
    if (!asset.has_received_time()) return {""};
    const absl::Duration age = now - FromTimestamp(asset.received_time());
    return {std::to_string(absl::ToInt64Hours(age) / 24)};
  }
  FieldValues values;
  field.get(asset, &values);
  std::vector<std::string> groups(values.texts.begin(), values.texts.end());
  for (const std::int64_t number : values.numbers) {
    groups.push_back(field.values != nullptr ? ShortEnumName(*field.values(), number)
                                             : std::to_string(number));
  }
  if (groups.empty()) groups.emplace_back();
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  return groups;
}

std::vector<CountOfValue> MostFirst(const std::map<std::string, std::int64_t>& counts) {
  std::vector<CountOfValue> sorted;
  for (const auto& [value, count] : counts) sorted.push_back({value, count});
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const CountOfValue& a, const CountOfValue& b) { return a.count > b.count; });
  return sorted;
}

// From the counts that the index keeps.
absl::StatusOr<std::vector<CountOfValue>> CountKept(const storage::Reader& index,
                                                    std::string_view site, std::int64_t state,
                                                    const FilterField* group_by) {
  const char letter = group_by == nullptr ? 's' : CountLetter(*group_by);
  const std::string prefix = CountsOfLetter(site, letter, "");
  std::map<std::string, std::int64_t> counts;
  std::string after;
  for (;;) {
    storage::ScanOptions options;
    options.table = kIndexCounts;
    options.prefix = prefix;
    if (!after.empty()) options.after = after;
    const auto page = index.Scan(options);
    if (!page.ok()) return page.status();
    for (const storage::Row& row : page->rows) {
      const CountKey key = ParseCountKey(site, row.key);
      if (state != 0 && key.state != state) continue;
      std::string value = key.value;
      if (group_by == nullptr) {
        value.clear();
      } else if (group_by->values != nullptr && !value.empty()) {
        value = ShortEnumName(*group_by->values(), std::atoll(value.c_str()));
      }
      counts[value] += std::atoll(row.value.c_str());
    }
    if (counts.size() > kGroupsMax) {
      return TooBroad(Cat("There are more than ", kGroupsMax, " values to count by"));
    }
    if (!page->more || page->rows.empty()) break;
    after = page->rows.back().key;
  }
  if (group_by == nullptr && counts.empty()) counts[""] = 0;
  return MostFirst(counts);
}

}  // namespace

absl::StatusOr<AssetOrder> ParseOrderBy(std::string_view order_by) {
  const std::vector<std::string> words =
      absl::StrSplit(std::string(order_by), absl::ByAnyChar(" \t"), absl::SkipEmpty());
  AssetOrder order;
  bool good = words.size() <= 2;
  if (!words.empty()) {
    // A name is made from the sequence that made the asset, so it sorts as the time of making does.
    good = good && (words[0] == "name" || words[0] == "create_time" ||
                    words[0] == "received_time" || words[0] == "update_time");
    if (words[0] == "received_time") order.by = By::kReceived;
    if (words[0] == "update_time") order.by = By::kUpdated;
  }
  if (words.size() == 2) {
    good = good && (words[1] == "asc" || words[1] == "desc");
    order.descending = words[1] == "desc";
  }
  if (good) return order;
  return common::Error(
      absl::StatusCode::kInvalidArgument, "ORDER_BY_INVALID",
      Cat("'", common::CleanUtf8Prefix(order_by, 60),
          "' is no order; use name, create_time, received_time or update_time, with asc or desc."),
      {{"order_by", common::CleanUtf8Prefix(order_by, 60)}});
}

absl::StatusOr<std::vector<AssetQueries::Found>> AssetQueries::Fetch(
    absl::Span<const Candidate> candidates, const FilterNode& filter) {
  std::vector<std::string> keys;
  for (const Candidate& candidate : candidates) keys.push_back(AssetKey(site_, candidate.id));
  std::vector<storage::TableKey> wanted;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (candidates[i].row.empty()) wanted.push_back({kAssets, keys[i]});
  }
  const auto rows = record_.MultiGet(wanted);
  if (!rows.ok()) return rows.status();
  std::vector<Found> found;
  size_t read = 0;
  for (size_t i = 0; i < candidates.size(); ++i) {
    const std::string* row = &candidates[i].row;
    if (row->empty()) {
      const auto& got = (*rows)[read++];
      if (!got.has_value()) continue;
      row = &*got;
    }
    v1::Asset asset;
    if (!asset.ParseFromString(*row)) {
      return common::Error(absl::StatusCode::kDataLoss, "STORE_CORRUPT",
                           "An asset cannot be parsed; run fsck.");
    }
    if (const absl::Status placed = placer_.Place(&asset); !placed.ok()) return placed;
    if (Matches(filter, asset)) found.push_back({std::move(asset), i});
  }
  return found;
}

absl::StatusOr<AssetPage> AssetQueries::List(const FilterNode& filter, const AssetOrder& order,
                                             std::string_view after, size_t limit,
                                             size_t bytes_max) {
  const Planner planner(index_, site_);
  const auto plan = planner.Plan(filter);
  if (!plan.ok()) return plan.status();
  const TimeRange range = Planner::Received(filter);
  std::unique_ptr<Candidates> walk;
  if (order.by == By::kName) {
    walk = plan->has_value() ? WalkLists(index_, site_, **plan, after, order.descending)
                             : WalkRecord(record_, site_, after, order.descending);
    if (range.bounded() && (!plan->has_value() || (*plan)->estimate > kFewCandidates)) {
      // What was received within a few days is fewer than what is in a list.
      CandidatePlan by_time;
      by_time.by_received = true;
      const auto received = WalkTimes(index_, site_, kReceivedLetter, range, "", false);
      Candidate candidate;
      for (;;) {
        const auto next = received->Next(&candidate);
        if (!next.ok()) return next.status();
        if (!*next) return Sorted(filter, order, by_time, after, limit);
        if (++by_time.estimate > kSortedMax) break;
      }
    }
  } else if (plan->has_value() && (*plan)->estimate <= kSortedMax) {
    return Sorted(filter, order, **plan, after, limit);
  } else {
    const bool by_received = order.by == By::kReceived;
    walk = WalkTimes(index_, site_, LetterOf(order.by), by_received ? range : TimeRange(), after,
                     order.descending);
  }
  return Walk(filter, *walk, after, limit, bytes_max);
}

absl::StatusOr<AssetPage> AssetQueries::Walk(const FilterNode& filter, Candidates& candidates,
                                             std::string_view after, size_t limit,
                                             size_t bytes_max) {
  const absl::Time until = absl::Now() + kListTime;
  AssetPage page;
  size_t bytes = 0;
  size_t chunk = std::clamp(limit, kFetchFirst, kFetchMax);
  for (size_t looked_at = 0;;) {
    std::vector<Candidate> wanted;
    page.more = true;
    while (wanted.size() < chunk && page.more) {
      Candidate candidate;
      const auto next = candidates.Next(&candidate);
      if (!next.ok()) return next.status();
      page.more = *next;
      if (*next) wanted.push_back(std::move(candidate));
    }
    auto found = Fetch(wanted, filter);
    if (!found.ok()) return found.status();
    for (size_t i = 0; i < found->size(); ++i) {
      // Its place in the list, which its row may have left meanwhile.
      page.last = wanted[(*found)[i].candidate].key;
      bytes += (*found)[i].asset.ByteSizeLong();
      page.assets.push_back(std::move((*found)[i].asset));
      if (page.assets.size() < limit && bytes <= bytes_max) continue;
      page.more = page.more || i + 1 < found->size();
      return page;
    }
    if (!page.more) return page;
    looked_at += wanted.size();
    page.last = wanted.back().key;
    if (looked_at >= kLookedAtMax || absl::Now() >= until) break;
    chunk = kFetchMax;
  }
  if (page.assets.empty() && after.empty() && !patient_) {
    return TooBroad("None of the assets looked at matches, and there are too many to look at all");
  }
  return page;
}

absl::StatusOr<AssetPage> AssetQueries::Sorted(const FilterNode& filter, const AssetOrder& order,
                                               const CandidatePlan& plan, std::string_view after,
                                               size_t limit) {
  const absl::Time until = absl::Now() + kListTime;
  // Without terms the candidates are those of the time of receipt.
  const auto candidates = plan.terms.empty() ? WalkTimes(index_, site_, kReceivedLetter,
                                                         Planner::Received(filter), "", false)
                                             : WalkLists(index_, site_, plan, "", false);
  const auto before = [&order](const std::string& a, const std::string& b) {
    return order.descending ? b < a : a < b;
  };
  std::map<std::string, v1::Asset, decltype(before)> first(before);
  AssetPage page;
  for (bool ended = false; !ended;) {
    std::vector<Candidate> wanted;
    while (wanted.size() < kFetchMax && !ended) {
      Candidate candidate;
      const auto next = candidates->Next(&candidate);
      if (!next.ok()) return next.status();
      ended = !*next;
      if (*next) wanted.push_back(std::move(candidate));
    }
    auto found = Fetch(wanted, filter);
    if (!found.ok()) return found.status();
    for (Found& one : *found) {
      std::string key = KeyOf(one.asset, order.by);
      if (!after.empty() && !before(std::string(after), key)) continue;
      first.emplace(std::move(key), std::move(one.asset));
      if (first.size() <= limit) continue;
      first.erase(std::prev(first.end()));
      page.more = true;
    }
    if (!ended && !patient_ && absl::Now() >= until) {
      return TooBroad(Cat("About ", plan.estimate, " assets would have to be sorted"));
    }
  }
  for (auto& [key, asset] : first) {
    page.last = key;
    page.assets.push_back(std::move(asset));
  }
  return page;
}

absl::Status AssetQueries::ForEachMatch(const FilterNode& filter,
                                        const std::function<void(const v1::Asset&)>& visit) {
  const absl::Time until = absl::Now() + kCountTime;
  const auto plan = Planner(index_, site_).Plan(filter);
  LOOPDOCK_RETURN_IF_ERROR(plan.status());
  const auto candidates = plan->has_value() ? WalkLists(index_, site_, **plan, "", false)
                                            : WalkRecord(record_, site_, "", false);
  size_t looked_at = 0;
  for (bool ended = false; !ended;) {
    std::vector<Candidate> wanted;
    while (wanted.size() < kFetchMax && !ended) {
      Candidate candidate;
      const auto next = candidates->Next(&candidate);
      LOOPDOCK_RETURN_IF_ERROR(next.status());
      ended = !*next;
      if (*next) wanted.push_back(std::move(candidate));
    }
    looked_at += wanted.size();
    if (looked_at > kCountedMax || absl::Now() >= until) {
      return TooBroad(Cat("More than ", std::min(looked_at, kCountedMax),
                          " assets would have to be looked at"));
    }
    const auto found = Fetch(wanted, filter);
    LOOPDOCK_RETURN_IF_ERROR(found.status());
    for (const Found& one : *found) visit(one.asset);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<CountOfValue>> AssetQueries::Count(const FilterNode& filter,
                                                              const FilterField* group_by,
                                                              absl::Time now) {
  const auto state = OnlyState(filter);
  if (state.has_value() && (group_by == nullptr || CountLetter(*group_by) != 0)) {
    return CountKept(index_, site_, *state, group_by);
  }
  if (const auto term = OnlyTerm(filter); group_by == nullptr && term.has_value()) {
    const auto count = Planner(index_, site_).CountOf(*term);
    if (!count.ok()) return count.status();
    return std::vector<CountOfValue>{{"", *count}};
  }
  std::map<std::string, std::int64_t> counts;
  if (group_by == nullptr) counts[""] = 0;
  LOOPDOCK_RETURN_IF_ERROR(ForEachMatch(filter, [&](const v1::Asset& asset) {
    if (group_by == nullptr) {
      ++counts[""];
      return;
    }
    for (const std::string& value : GroupsOf(*group_by, asset, now)) ++counts[value];
  }));
  if (counts.size() > kGroupsMax) {
    return TooBroad(Cat("There are more than ", kGroupsMax, " values to count by"));
  }
  return MostFirst(counts);
}

}  // namespace loopdock::inventory
