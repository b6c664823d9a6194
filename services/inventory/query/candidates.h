// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_QUERY_CANDIDATES_H_
#define LOOPDOCK_SERVICES_INVENTORY_QUERY_CANDIDATES_H_

// Which assets may match a filter: the most selective part of it that the index can answer, and
// walks over the lists of the index in order.
// Thread safety: none; one for each answer.
// Ownership: the readers must outlive it.
// Errors: what the readers answer.
// Limits: at most kTermsMax lists are joined; what needs more is looked for without them.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/inventory/query/filter.h"
#include "services/inventory/query/index_tables.h"
#include "services/storage/store.h"

namespace loopdock::inventory {

inline constexpr size_t kTermsMax = 64;

struct Candidate {
  std::string key;  // the place in the order, to go on after
  std::string id;
  std::string row;  // the asset's, where the walk has read it anyway; else empty
};

// Every match is in one of the lists.
struct CandidatePlan {
  std::vector<std::string> terms;
  bool by_received = false;   // in the list of times of receipt, within the filter's range
  std::int64_t estimate = 0;  // rows of the lists together
};

// Unix microseconds, both ends with.
struct TimeRange {
  std::int64_t first = INT64_MIN;
  std::int64_t last = INT64_MAX;
  bool bounded() const { return first != INT64_MIN || last != INT64_MAX; }
};

class Planner {
 public:
  Planner(const storage::Reader& index, std::string_view site) : index_(index), site_(site) {}

  // Nothing when no part of the filter is indexed.
  absl::StatusOr<std::optional<CandidatePlan>> Plan(const FilterNode& filter) const;
  // What the filter says of received_time.
  static TimeRange Received(const FilterNode& filter);
  absl::StatusOr<std::int64_t> CountOf(std::string_view term) const;

 private:
  using MaybePlan = absl::StatusOr<std::optional<CandidatePlan>>;
  MaybePlan OfTerms(std::vector<std::string> terms) const;
  MaybePlan OfCompare(const FilterNode& node) const;
  MaybePlan OfEnum(const FilterNode& node) const;
  MaybePlan OfPattern(const FilterNode& node) const;
  MaybePlan OfWords(const std::vector<std::string>& words, bool whole) const;
  // All terms of a letter whose values begin so.
  MaybePlan OfLetter(char letter, std::string_view begin) const;
  MaybePlan OfAnd(const FilterNode& node) const;
  MaybePlan OfOr(const FilterNode& node) const;

  const storage::Reader& index_;
  const std::string_view site_;
};

// Candidates one by one, in order, each once.
class Candidates {
 public:
  virtual ~Candidates() = default;
  // False at the end.
  virtual absl::StatusOr<bool> Next(Candidate* candidate) = 0;
};

// In order of name, those of the lists of the plan.
std::unique_ptr<Candidates> WalkLists(const storage::Reader& index, std::string_view site,
                                      const CandidatePlan& plan, std::string_view after,
                                      bool descending);
// In order of name, all of the record.
std::unique_ptr<Candidates> WalkRecord(const storage::Reader& record, std::string_view site,
                                       std::string_view after, bool descending);
// In order of a time.
std::unique_ptr<Candidates> WalkTimes(const storage::Reader& index, std::string_view site,
                                      char letter, const TimeRange& range, std::string_view after,
                                      bool descending);

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_QUERY_CANDIDATES_H_
