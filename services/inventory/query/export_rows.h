// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_QUERY_EXPORT_ROWS_H_
#define LOOPDOCK_SERVICES_INVENTORY_QUERY_EXPORT_ROWS_H_

// The values of one exported row, in the order of ExportColumns.
// Thread safety: free functions, safe from any thread.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "loopdock/inventory/v1/feed.pb.h"
#include "loopdock/inventory/v1/resources.pb.h"

namespace loopdock::inventory {

std::vector<std::string> AssetRow(const v1::Asset& asset);
std::vector<std::string> LotRow(const v1::Lot& lot);
std::vector<std::string> LoadRow(const v1::Load& load);
std::vector<std::string> ShipmentRow(const v1::Shipment& shipment);
// Of one fact of the entry.
absl::StatusOr<std::vector<std::string>> FactRow(const v1::FeedEntry& entry, int fact);

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_QUERY_EXPORT_ROWS_H_
