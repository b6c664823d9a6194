// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_PLACE_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_PLACE_H_

// Where an asset really is: rows say only in which container or host it stands, so that moving
// these changes one row and not those of all that goes with them.
// Thread safety: free functions, safe from any thread.
// Errors: those of the reads.

#include <google/protobuf/message.h>

#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "loopdock/inventory/v1/resources.pb.h"

namespace loopdock::inventory {

inline constexpr int kComponentDepthMax = 4;  // components in components

// Reads the resource of a name; NOT_FOUND or INTERNAL when there is none.
using ReadFn = absl::FunctionRef<absl::Status(std::string_view, google::protobuf::Message*)>;

// Where an asset is in the end: its own location, or that of the outermost container or host.
absl::StatusOr<std::string> LocationOf(const v1::Asset& asset, ReadFn read);
// What a row leaves to where the asset is: its location, and that a discovered data device is
// secured once it stands in a secured place, alone or with its container or host.
absl::Status FillPlace(v1::Asset* asset, ReadFn read);
// Only the second.
absl::Status FillSecured(v1::Asset* asset, ReadFn read);

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_PLACE_H_
