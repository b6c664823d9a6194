// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_CLAIM_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_CLAIM_H_

// What the supplier's claim settles about a scan: those very numbers were to come, so that a bare
// text is what the manifest says it is, and two numbers of one line are one device's.
// Thread safety: from the thread of the step.
// Errors: those of reading the manifest's rows.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "loopdock/inventory/v1/inventory_service.pb.h"
#include "loopdock/inventory/v1/resources.pb.h"
#include "services/inventory/core/step.h"

namespace loopdock::inventory {

// As sure as an identifier that names its value.
inline constexpr double kSureOfSerial = 0.9;

// Nothing on the label says that its serial number is one.
bool IsGuessed(const v1::LabelUnderstanding& label);

// The request as it is booked, where the label leaves open what it says and a line claims it: as
// serial number or asset tag. Nothing where the label is sure, or where two lines claim values
// that it may mean. Not for what a person has said.
absl::StatusOr<std::optional<v1::RecordScanRequest>> SettledByClaim(
    std::string_view manifest, const v1::RecordScanRequest& request, Step& step);

// The asset that a line has matched already which claims one of the numbers, too.
struct ClaimedAsset {
  std::string asset;             // empty: none
  std::int64_t line = 0;         // its number
  bool is_known_number = false;  // the asset has this number, spelt otherwise
};
// Of the session's load, open, and without a serial number or tag that contradicts what was shown.
absl::StatusOr<ClaimedAsset> HereByClaim(const v1::ReceivingSession& session,
                                         const std::vector<v1::Identifier>& shown, Step& step);

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_CLAIM_H_
