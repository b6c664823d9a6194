// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_QUERY_STAYS_H_
#define LOOPDOCK_SERVICES_INVENTORY_QUERY_STAYS_H_

// What stood in which container when, from the query index.
// Thread safety: free functions, safe from any thread.
// Errors: what the readers answer.
// Limits: a page of contents looks at 100,000 stays and then ends, short but with its place; a
// timeline has at most 10,000 moves of containers.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/inventory/core/inventory.h"
#include "services/inventory/query/index_tables.h"

namespace loopdock::inventory {

struct ContentsPage {
  std::vector<Stay> stays;
  std::string last;   // the place to go on after
  bool more = false;  // there may be more
};

// What stood directly in the container (an id) right after the entry, in order of name.
absl::StatusOr<ContentsPage> ContentsAt(const storage::Reader& index, std::string_view site,
                                        std::string_view container, std::int64_t sequence,
                                        std::string_view after, size_t limit);

// The entries that moved a container while the asset (an id) stood in it, directly or not:
// sequence -> the container's id.
absl::StatusOr<std::map<std::int64_t, std::string>> MovesAround(const storage::Reader& index,
                                                                std::string_view site,
                                                                std::string_view asset);

// The last entry that was committed at or before the time; 0 when there is none.
absl::StatusOr<std::int64_t> SequenceAt(const Inventory& inventory, absl::Time time);

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_QUERY_STAYS_H_
