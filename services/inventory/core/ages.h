// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_AGES_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_AGES_H_

// The days on which the controlled assets of a container were received, with their number, so that
// see through containers without looking at what is in them. A container has those of
// the containers in it, too. Days are of UTC: whatever was received on one counts as received at
// its end. Thread safety: free functions, safe from any thread on Rows of their own. Errors: those
// of the rows. Limits: a row has 12 bytes for each different day.

#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "loopdock/inventory/v1/resources.pb.h"

namespace loopdock::inventory {

class Evolver;
class Rows;

// Days since 1970 to assets; the value of a Lookup::kAges row.
using Ages = std::map<std::int32_t, std::int64_t>;
std::string EncodeAges(const Ages& ages);
Ages DecodeAges(std::string_view value);

absl::StatusOr<Ages> AgesOf(Rows& rows, std::string_view site, std::string_view container);
// The latest time at which what is oldest may have been received; the far future for nothing.
absl::Time OldestReceipt(const Ages& ages);

// Takes a change of an asset into the containers around it; `before` is null for what is new.
absl::Status CountAges(const v1::Asset* before, const v1::Asset& after, Evolver& evolver);
// Takes a container with all that is in it out of one (may be empty) and puts it into another.
absl::Status MoveAges(std::string_view container, std::string_view from, std::string_view to,
                      Evolver& evolver);

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_AGES_H_
