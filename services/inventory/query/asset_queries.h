// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_QUERY_ASSET_QUERIES_H_
#define LOOPDOCK_SERVICES_INVENTORY_QUERY_ASSET_QUERIES_H_

// Lists and counts of assets by a filter: the query index gives candidates, the record's rows
// decide, so that no answer has an asset that does not match.
// Thread safety: none; one for each answer.
// Ownership: the readers must outlive it.
// Blocking: reads the disk, within the limits.
// Errors: INVALID_ARGUMENT FILTER_TOO_BROAD, ORDER_BY_INVALID, INVALID_FIELDS; what the readers
// answer.
// Limits: a page of a list looks at kLookedAtMax assets or for kListTime and then ends, short but
// with its place; a count looks at kCountedMax or for kCountTime and is then refused.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/inventory/query/candidates.h"
#include "services/inventory/query/filter.h"
#include "services/inventory/query/placer.h"
#include "services/storage/store.h"

namespace loopdock::inventory {

inline constexpr size_t kLookedAtMax = 20'000;
inline constexpr absl::Duration kListTime = absl::Milliseconds(150);
inline constexpr size_t kCountedMax = 100'000;
inline constexpr absl::Duration kCountTime = absl::Seconds(5);
inline constexpr size_t kGroupsMax = 10'000;

struct AssetOrder {
  enum class By { kName, kReceived, kUpdated };
  By by = By::kName;
  bool descending = false;
};

// "name", "create_time", "received_time" or "update_time" with nothing, " asc" or " desc" behind.
absl::StatusOr<AssetOrder> ParseOrderBy(std::string_view order_by);

struct AssetPage {
  std::vector<v1::Asset> assets;
  std::string last;   // the place to go on after
  bool more = false;  // there may be more
};

struct CountOfValue {
  std::string value;
  std::int64_t count = 0;
};

class AssetQueries {
 public:
  AssetQueries(const storage::Reader& record, const storage::Reader& index, std::string site)
      : record_(record), index_(index), site_(std::move(site)), placer_(record) {}

  // From now on no list is refused for being too broad: it takes its time, or ends a page that has
  // nothing yet. For exports.
  void BePatient() { patient_ = true; }

  absl::StatusOr<AssetPage> List(const FilterNode& filter, const AssetOrder& order,
                                 std::string_view after, size_t limit, size_t bytes_max);
  // By the values of a field, most first; of all in one count when the field is null.
  absl::StatusOr<std::vector<CountOfValue>> Count(const FilterNode& filter,
                                                  const FilterField* group_by, absl::Time now);

 private:
  struct Found {
    v1::Asset asset;
    size_t candidate;  // which one
  };

  absl::StatusOr<AssetPage> Sorted(const FilterNode& filter, const AssetOrder& order,
                                   const CandidatePlan& plan, std::string_view after, size_t limit);
  absl::StatusOr<AssetPage> Walk(const FilterNode& filter, Candidates& candidates,
                                 std::string_view after, size_t limit, size_t bytes_max);
  // The assets of the candidates that match, in their order.
  absl::StatusOr<std::vector<Found>> Fetch(absl::Span<const Candidate> candidates,
                                           const FilterNode& filter);
  absl::Status ForEachMatch(const FilterNode& filter,
                            const std::function<void(const v1::Asset&)>& visit);

  const storage::Reader& record_;
  const storage::Reader& index_;
  const std::string site_;
  Placer placer_;
  bool patient_ = false;
};

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_QUERY_ASSET_QUERIES_H_
