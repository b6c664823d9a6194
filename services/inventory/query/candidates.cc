// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/query/candidates.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "services/inventory/core/tables.h"
#include "services/inventory/core/text.h"

namespace loopdock::inventory {
namespace {

using Kind = FilterNode::Kind;
using Operator = FilterNode::Operator;

constexpr size_t kFirstPage = 128;
constexpr size_t kPageMax = 2048;

// The rows of one list from a place on, read in pages that grow.
class ListCursor {
 public:
  ListCursor(const storage::Reader& reader, storage::TableId table, std::string prefix,
             std::string_view after, bool descending)
      : reader_(reader),
        table_(table),
        prefix_(std::move(prefix)),
        after_(after.empty() ? "" : Cat(prefix_, after)),
        descending_(descending) {}

  // What follows the prefix in the present row's key; nothing at the end.
  absl::StatusOr<std::optional<std::string_view>> Peek() {
    if (at_ == rows_.size() && !ended_) {
      const absl::Status read = Read();
      if (!read.ok()) return read;
    }
    if (at_ == rows_.size()) return std::optional<std::string_view>();
    return std::optional<std::string_view>(std::string_view(rows_[at_].key).substr(prefix_.size()));
  }
  // The present row's value.
  std::string TakeValue() { return std::move(rows_[at_].value); }
  void Advance() { ++at_; }

 private:
  absl::Status Read() {
    storage::ScanOptions options;
    options.table = table_;
    options.prefix = prefix_;
    if (!after_.empty()) options.after = after_;
    options.limit = limit_;
    options.reverse = descending_;
    auto page = reader_.Scan(options);
    LOOPDOCK_RETURN_IF_ERROR(page.status());
    rows_ = std::move(page->rows);
    ended_ = !page->more;
    at_ = 0;
    if (!rows_.empty()) after_ = rows_.back().key;
    limit_ = std::min(limit_ * 2, kPageMax);
    return absl::OkStatus();
  }

  const storage::Reader& reader_;
  const storage::TableId table_;
  const std::string prefix_;
  std::string after_;
  const bool descending_;
  size_t limit_ = kFirstPage;
  std::vector<storage::Row> rows_;
  size_t at_ = 0;
  bool ended_ = false;
};

class ListWalk final : public Candidates {
 public:
  ListWalk(std::vector<ListCursor> lists, bool descending)
      : lists_(std::move(lists)), descending_(descending) {}

  absl::StatusOr<bool> Next(Candidate* candidate) override {
    std::optional<std::string> first;
    for (ListCursor& list : lists_) {
      const auto id = list.Peek();
      if (!id.ok()) return id.status();
      if (!id->has_value()) continue;
      if (!first.has_value() || (descending_ ? **id > *first : **id < *first)) {
        first = std::string(**id);
      }
    }
    if (!first.has_value()) return false;
    *candidate = {*first, *first, ""};
    for (ListCursor& list : lists_) {
      const auto id = list.Peek();
      if (!id.ok()) return id.status();
      if (!id->has_value() || **id != *first) continue;
      candidate->row = list.TakeValue();  // postings have none
      list.Advance();
    }
    return true;
  }

 private:
  std::vector<ListCursor> lists_;
  const bool descending_;
};

class TimeWalk final : public Candidates {
 public:
  TimeWalk(ListCursor list, const TimeRange& range, bool descending)
      : list_(std::move(list)),
        first_(TimeBytes(range.first)),
        last_(TimeBytes(range.last)),
        descending_(descending) {}

  absl::StatusOr<bool> Next(Candidate* candidate) override {
    const auto key = list_.Peek();
    if (!key.ok()) return key.status();
    if (!key->has_value() || (*key)->size() <= kTimeBytes) return false;
    const std::string_view time = (*key)->substr(0, kTimeBytes);
    if (descending_ ? time < first_ : time > last_) return false;
    *candidate = {std::string(**key), std::string((*key)->substr(kTimeBytes)), ""};
    list_.Advance();
    return true;
  }

 private:
  ListCursor list_;
  const std::string first_;
  const std::string last_;
  const bool descending_;
};

}  // namespace

std::unique_ptr<Candidates> WalkLists(const storage::Reader& index, std::string_view site,
                                      const CandidatePlan& plan, std::string_view after,
                                      bool descending) {
  std::vector<ListCursor> lists;
  for (const std::string& term : plan.terms) {
    lists.emplace_back(index, kIndexPostings, PostingPrefix(site, term), after, descending);
  }
  return std::make_unique<ListWalk>(std::move(lists), descending);
}

std::unique_ptr<Candidates> WalkRecord(const storage::Reader& record, std::string_view site,
                                       std::string_view after, bool descending) {
  std::vector<ListCursor> lists;
  lists.emplace_back(record, kAssets, SitePrefix(site), after, descending);
  return std::make_unique<ListWalk>(std::move(lists), descending);
}

std::unique_ptr<Candidates> WalkTimes(const storage::Reader& index, std::string_view site,
                                      char letter, const TimeRange& range, std::string_view after,
                                      bool descending) {
  // The list begins at the end of the range that comes first.
  std::string from(after);
  if (from.empty() && !descending && range.first != INT64_MIN) from = TimeBytes(range.first);
  if (from.empty() && descending && range.last != INT64_MAX) from = TimeBytes(range.last + 1);
  return std::make_unique<TimeWalk>(
      ListCursor(index, kIndexPostings, TimePrefix(site, letter), from, descending), range,
      descending);
}

absl::StatusOr<std::int64_t> Planner::CountOf(std::string_view term) const {
  const bool counted = HasCounts(term);
  const std::string prefix = counted ? CountPrefix(site_, term) : PostingPrefix(site_, term);
  storage::ScanOptions options;
  options.table = counted ? kIndexCounts : kIndexPostings;
  options.prefix = prefix;
  const auto page = index_.Scan(options);
  if (!page.ok()) return page.status();
  if (!counted) return static_cast<std::int64_t>(page->rows.size());
  std::int64_t count = 0;
  for (const storage::Row& row : page->rows) count += std::atoll(row.value.c_str());
  return count;
}

Planner::MaybePlan Planner::OfTerms(std::vector<std::string> terms) const {
  if (terms.size() > kTermsMax) return std::nullopt;
  CandidatePlan plan;
  plan.terms = std::move(terms);
  for (const std::string& term : plan.terms) {
    const auto count = CountOf(term);
    if (!count.ok()) return count.status();
    plan.estimate += *count;
  }
  return plan;
}

Planner::MaybePlan Planner::OfLetter(char letter, std::string_view begin) const {
  if (!HasCounts(Term(letter, begin))) return std::nullopt;
  const std::string prefix = CountsOfLetter(site_, letter, begin);
  storage::ScanOptions options;
  options.table = kIndexCounts;
  options.prefix = prefix;
  options.limit = 1000;
  const auto page = index_.Scan(options);
  if (!page.ok()) return page.status();
  CandidatePlan plan;
  for (const storage::Row& row : page->rows) {
    const CountKey key = ParseCountKey(site_, row.key);
    const std::string term = Term(letter, key.value);
    if (!HasPostings(term)) continue;
    plan.estimate += std::atoll(row.value.c_str());
    if (plan.terms.empty() || plan.terms.back() != term) plan.terms.push_back(term);
    if (plan.terms.size() > kTermsMax) return std::nullopt;
  }
  if (page->more) return std::nullopt;
  return plan;
}

Planner::MaybePlan Planner::OfWords(const std::vector<std::string>& words, bool whole) const {
  std::optional<CandidatePlan> best;
  for (const std::string& word : words) {
    MaybePlan plan = whole ? OfTerms({Term(kWordLetter, word)}) : OfLetter(kWordLetter, word);
    if (!plan.ok()) return plan;
    if (!plan->has_value()) continue;
    if (!best.has_value() || (*plan)->estimate < best->estimate) best = **plan;
  }
  return best;
}

Planner::MaybePlan Planner::OfEnum(const FilterNode& node) const {
  std::vector<std::string> terms;
  const auto& values = *node.field->values();
  for (int i = 1; i < values.value_count(); ++i) {
    const int number = values.value(i)->number();
    const bool wanted = node.operation == Operator::kLess           ? number < node.number
                        : node.operation == Operator::kLessEqual    ? number <= node.number
                        : node.operation == Operator::kGreater      ? number > node.number
                        : node.operation == Operator::kGreaterEqual ? number >= node.number
                                                                    : number == node.number;
    if (wanted) terms.push_back(NumberTerm(node.field->index, number));
  }
  return OfTerms(std::move(terms));
}

// What stands before the first star begins the value, or a word of it.
Planner::MaybePlan Planner::OfPattern(const FilterNode& node) const {
  const std::string_view begin = std::string_view(node.text).substr(0, node.text.find('*'));
  if (begin.empty() || begin.size() > kIndexValueBytesMax) return std::nullopt;
  if (node.field->type == FieldType::kWords) return OfWords(WordsOf(begin), false);
  if (node.field->index == 0 || node.field->type == FieldType::kIdentifier) return std::nullopt;
  return OfLetter(node.field->index, begin);
}

Planner::MaybePlan Planner::OfCompare(const FilterNode& node) const {
  const FilterField& field = *node.field;
  if (node.pattern) return OfPattern(node);
  if (field.type == FieldType::kWords) {
    return OfWords(WordsOf(node.text), true);
  }
  if (field.index == 0 || field.index == kReceivedLetter) return std::nullopt;
  if (field.type == FieldType::kEnum) {
    if (node.number == 0) return std::nullopt;
    return OfEnum(node);
  }
  if (node.text.empty()) return std::nullopt;
  std::vector<std::string> terms;
  if (field.type == FieldType::kIdentifier) {
    for (int kind = v1::IdentifierKind_MIN; kind <= v1::IdentifierKind_MAX; ++kind) {
      if (!v1::IdentifierKind_IsValid(kind)) continue;
      terms.push_back(
          Term(field.index, NormaliseIdentifier(static_cast<v1::IdentifierKind>(kind), node.text)));
    }
    std::sort(terms.begin(), terms.end());
    terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  } else {
    terms.push_back(Term(field.index, node.text));
  }
  return OfTerms(std::move(terms));
}

Planner::MaybePlan Planner::OfAnd(const FilterNode& node) const {
  std::optional<CandidatePlan> best;
  for (const FilterNode& child : node.children) {
    MaybePlan plan = Plan(child);
    if (!plan.ok()) return plan;
    if (!plan->has_value()) continue;
    if (!best.has_value() || (*plan)->estimate < best->estimate) best = **plan;
  }
  return best;
}

Planner::MaybePlan Planner::OfOr(const FilterNode& node) const {
  CandidatePlan all;
  for (const FilterNode& child : node.children) {
    MaybePlan plan = Plan(child);
    if (!plan.ok() || !plan->has_value()) return plan;
    all.estimate += (*plan)->estimate;
    all.terms.insert(all.terms.end(), (*plan)->terms.begin(), (*plan)->terms.end());
  }
  std::sort(all.terms.begin(), all.terms.end());
  all.terms.erase(std::unique(all.terms.begin(), all.terms.end()), all.terms.end());
  if (all.terms.size() > kTermsMax) return std::nullopt;
  return all;
}

Planner::MaybePlan Planner::Plan(const FilterNode& filter) const {
  switch (filter.kind) {
    case Kind::kAnd:
      return OfAnd(filter);
    case Kind::kOr:
      return OfOr(filter);
    case Kind::kCompare:
      return OfCompare(filter);
    case Kind::kPresent:
      if (filter.field->index == 0 || filter.field->index == kReceivedLetter) return std::nullopt;
      return OfLetter(filter.field->index, "");
    case Kind::kWords:
      return OfWords(filter.words, false);
    case Kind::kNot:
      break;
  }
  return std::nullopt;
}

TimeRange Planner::Received(const FilterNode& filter) {
  TimeRange range;
  if (filter.kind == Kind::kAnd) {
    for (const FilterNode& child : filter.children) {
      const TimeRange one = Received(child);
      range.first = std::max(range.first, one.first);
      range.last = std::min(range.last, one.last);
    }
  }
  if (filter.kind != Kind::kCompare || filter.field->name != "received_time") return range;
  const bool from = filter.operation == Operator::kGreater ||
                    filter.operation == Operator::kGreaterEqual ||
                    filter.operation == Operator::kEqual;
  const bool up_to = filter.operation == Operator::kLess ||
                     filter.operation == Operator::kLessEqual ||
                     filter.operation == Operator::kEqual;
  if (from) range.first = filter.number;
  if (up_to) range.last = filter.number;
  return range;
}

}  // namespace loopdock::inventory
