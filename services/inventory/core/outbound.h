// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_OUTBOUND_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_OUTBOUND_H_

// What commands that take goods away share.
// Thread safety: free functions, safe from any thread.
// Errors: INVALID_ARGUMENT INVALID_FIELDS, FAILED_PRECONDITION LOT_SHORT.

#include <cstdint>

#include "absl/status/statusor.h"
#include "loopdock/inventory/v1/resources.pb.h"

namespace loopdock::inventory {

// A part of a lot, never more than is there. A lot that is counted gives pieces; where its mass is
// known and none is given, the part has its share of it.
absl::StatusOr<v1::ShippedLot> PartOfLot(const v1::Lot& lot, std::int64_t piece_count,
                                         std::int64_t mass_g);

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_OUTBOUND_H_
