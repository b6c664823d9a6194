// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_GUARD_READS_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_GUARD_READS_H_

// What guards must know of the record: exceptions, authorizations, caps, and the guards of a move
// as a whole. Thread safety: free functions, safe from any thread on a Step of their own. Errors:
// those of the rows and of guards.h.

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "loopdock/inventory/v1/resources.pb.h"
#include "services/inventory/core/step.h"

namespace loopdock::inventory {

// The rules from which the standard allows exceptions.
bool AllowsException(std::string_view rule);
// True while an exception from the rule is in force for what has the name or, from,
// for the load it came with.
absl::StatusOr<bool> HasException(Step& step, std::string_view rule, std::string_view name,
                                  std::string_view load);

// P-1: OK when the person may do what the level says, or the facility's rules do not ask.
absl::Status CheckAuthorized(Step& step, std::string_view person, v1::AccessLevel level);
// P-1: the sender may take what may hold data (`has_data`) from one place to the other.
absl::Status CheckMayCarry(Step& step, bool has_data, const v1::Location& from,
                           const v1::Location& to);

// for an asset that is to stand in a place.
absl::Status CheckNotStoredOn(Step& step, const v1::Asset& asset, const v1::Location& to);
absl::Status CheckPutAway(Step& step, const v1::Asset& asset, const v1::Location& from,
                          const v1::Location& to);
// These and, where the place is for testing, R-18.
absl::Status CheckMayStand(Step& step, const v1::Asset& asset, const v1::Location& from,
                           const v1::Location& to);
// for a container: its oldest controlled asset counts, and of the caps only
// that for everything; an exception is for the container or its load.
absl::Status CheckMayStand(Step& step, const v1::Container& container, const v1::Location& from,
                           const v1::Location& to);
// R-18 for an asset that is to be tested or repaired.
absl::Status CheckMayBeTested(Step& step, const v1::Asset& asset);
// for a lot that is to stand in a place.
absl::Status CheckMayStand(Step& step, const v1::Lot& lot, const v1::Location& from,
                           const v1::Location& to);
// R-17 for a receiving session of a load.
absl::Status CheckHasRoom(Step& step, std::string_view load);

// What can follow on the state of a data device, in words, and the refusal of what cannot.
std::string_view NextSteps(const v1::Asset& asset);
absl::Status NoSuchStep(const v1::Asset& asset, std::string_view wanted);

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_GUARD_READS_H_
