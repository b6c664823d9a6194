// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_SWEEP_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_SWEEP_H_

// The terms that time alone reaches: ages at which stored stock is reported, and the facility's own
// plan for sanitization. Each term walks the feed once, entry by entry behind a cursor of its own,
// and looks at what those entries registered: an entry is due when it is as old as the term. The
// cursor is a consumer's position, moved by a fact, so that the walk goes on where it ended. Thread
// safety: free functions, safe from any thread.

#include <string>
#include <string_view>
#include <vector>

#include "loopdock/inventory/v1/facility.pb.h"

namespace loopdock::inventory {

// What TermReached names as its rule.
inline constexpr std::string_view kAgeRule = "R-08";
inline constexpr std::string_view kSanitizeRule = "SANITIZE";

// One term: reached by what was registered `days` ago. The cursor stays with the rank of an alert,
// not with its days, so that changed rules report nothing twice.
struct SweepTerm {
  std::string cursor;  // the consumer whose position it is
  std::string_view rule;
  int days = 0;
};
std::vector<SweepTerm> TermsOf(const v1::FacilityRules& rules);

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_SWEEP_H_
