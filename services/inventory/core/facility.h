// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_FACILITY_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_FACILITY_H_

// What R2v3 leaves to the facility: the defaults, the limits of the standard, and the rules in
// force. The machine keeps those in force in memory, so that no command reads them.
// Thread safety: free functions, safe from any thread on Rows of their own.
// Errors: those of the rows.

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "loopdock/inventory/v1/facility.pb.h"

namespace loopdock::inventory {

class Rows;

// Years that records are kept where the facility has not said more.
inline constexpr int kRetentionYears = 7;

// Version 0: what holds before the first change.
const v1::FacilityRules& DefaultRules();
// The same with every number that `rules` leaves open taken from the defaults.
v1::FacilityRules WithDefaults(v1::FacilityRules rules);
// The rules in force as a row of kLookups has them; the defaults when there is none.
absl::StatusOr<v1::FacilityRules> RulesInForce(Rows& rows, std::string_view site);
// How feed entries name a version: "facility/3".
std::string FacilityVersion(const v1::FacilityRules& rules);
// The id of a version's row in the collection "rules", such that rows sort by version.
std::string FacilityRowId(std::int64_t version);

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_FACILITY_H_
