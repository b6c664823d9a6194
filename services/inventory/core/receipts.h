// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_RECEIPTS_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_RECEIPTS_H_

// What is kept of what came with a load: how its members compare with its manifest, and how many of
// its assets are data devices. Thread safety: free functions, safe from any thread on Rows of their
// own. Errors: those of the rows.

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "loopdock/inventory/v1/resources.pb.h"
#include "services/inventory/core/rows.h"
#include "services/inventory/core/tables.h"

namespace loopdock::inventory {

class Evolver;

// Of the assets that a load counts, those that were never data devices or are no devices of their
// own, and those whose data is dealt with: the value of a kLoadData row, R2v3 Appendix B(15).
struct LoadData {
  std::int64_t without = 0;
  std::int64_t processed = 0;
  bool operator==(const LoadData&) const = default;
};
std::string EncodeLoadData(const LoadData& row);
LoadData DecodeLoadData(std::string_view value);
// Takes a change of an asset into its load's row; `before` is null for what is new.
absl::Status CountLoadData(const v1::Asset* before, const v1::Asset& after, Evolver& evolver);

// Data devices that came with a load, and those of them whose data is dealt with.
struct DataDevices {
  std::int64_t received = 0;
  std::int64_t processed = 0;
};
absl::StatusOr<DataDevices> DataDevicesOf(Rows& rows, std::string_view site, const v1::Load& load);

// The mark of an asset among the members of its load.
absl::StatusOr<MemberMark> MarkOf(Rows& rows, std::string_view site, const v1::Asset& asset);
// True when the asset was compared with the manifest of that name.
absl::StatusOr<bool> IsCompared(Rows& rows, std::string_view site, const v1::Asset& asset,
                                std::string_view manifest);
// Sets it for the manifest in force.
absl::Status MarkMember(const v1::Asset& asset, v1::ManifestMatch match, Evolver& evolver);
absl::Status EnterLoad(const v1::Lot& lot, Evolver& evolver);

// Adds what an asset or a scan was counted as, but not what the manifest claims.
void AddCounts(const v1::ReceivingCounts& more, v1::ReceivingCounts* counts);

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_RECEIPTS_H_
