// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_LIFE_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_LIFE_H_

// What the commands about the life of things share: what is built into what, what may be put where,
// and who an identifier belongs to.
// Thread safety: free functions, safe from any thread on rows of their own.
// Errors: FAILED_PRECONDITION COMPONENT_INSTALLED, CONTAINER_SEALED, ALREADY_EXISTS
// IDENTIFIER_TAKEN, and those of step.h.
// Limits: the constants below.

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "loopdock/inventory/v1/resources.pb.h"
#include "services/inventory/core/identity.h"
#include "services/inventory/core/manifest.h"
#include "services/inventory/core/place.h"
#include "services/inventory/core/step.h"

namespace loopdock::inventory {

// Pieces that a lot, or a part of one, may have.
inline constexpr std::int64_t kPiecesMax = 1'000'000'000;

inline constexpr int kComponentsMax = 64;         // built into one asset
inline constexpr int kAssetIdentifiersMax = 128;  // of one asset
inline constexpr int kAssetHoldsMax = 32;         // of one asset

// The components built into an asset.
absl::StatusOr<std::vector<std::string>> DirectComponents(Rows& rows, std::string_view site,
                                                          std::string_view name);
// These and what is built into them, hosts before what is in them.
absl::StatusOr<std::vector<std::string>> ComponentsOf(Rows& rows, std::string_view site,
                                                      std::string_view name);
// How deep components stand in it: 0 when there are none.
absl::StatusOr<int> ComponentDepth(Rows& rows, std::string_view site, std::string_view name);

// An open asset that is not built into another one.
absl::StatusOr<v1::Asset> LooseAsset(Step& step, std::string_view name, std::string_view etag = {});
// OK unless the container is sealed; an empty name is no container.
absl::Status NotSealed(Step& step, std::string_view container);
// The location that a location or a container (one of them is empty) stands for, and that it takes
// something in.
absl::StatusOr<v1::Location> PlaceToPut(Step& step, std::string_view location,
                                        std::string_view container);

// Who has the identifiers that a device shows.
struct Identity {
  std::vector<v1::Identifier> added;  // those that the device itself does not have yet
  std::string duplicates;             // open asset that has one of them
  std::string taken;                  // the value that it has
  std::string previous_life;          // closed asset that had one of them
  std::string clash;                  // open asset with the same serial of another product
  std::string unclear;                // open asset with the same serial, perhaps the same device
  std::string unclear_value;          // that serial
};
// `self` is the open asset that shows them, or empty for a new one. What a person must look at goes
// to `warnings`.
absl::StatusOr<Identity> Identify(Step& step, const Shown& shown, std::string_view self,
                                  std::vector<std::string>* warnings);
// Places a hold on an asset whose serial number another one has, too.
absl::Status HoldClash(Step& step, const Identity& identity, std::string_view name);

// Looks of manifest.h through the rows of a command.
inline auto LookIn(Step& step) {
  return
      [&step](Lookup table, std::string_view words) -> absl::StatusOr<std::optional<std::string>> {
        const auto row = step.Look(table, words);
        if (!row.ok()) return row.status();
        if (!row->has_value()) return std::nullopt;
        return std::string(**row);
      };
}
// Compares an asset with a manifest (may be empty); what a person must look at goes to `warnings`.
// `gtin` is what a label said just now, beside the asset's own.
absl::StatusOr<Comparison> CompareWith(Step& step, std::string_view manifest,
                                       const v1::Asset& asset, std::string_view gtin,
                                       std::vector<std::string>* warnings);
// Says which line the asset matched; nothing when none did.
absl::Status EmitMatch(Step& step, std::string_view manifest, const v1::Asset& asset,
                       const Comparison& comparison);
// The same for an asset that was registered before, which also may have matched nothing.
absl::Status EmitLateMatch(Step& step, std::string_view manifest, const v1::Asset& asset,
                           const Comparison& comparison);
// True when the asset matches its line by one of the identifiers.
absl::StatusOr<bool> IsClaimedBy(
    Step& step, const v1::Asset& asset,
    const google::protobuf::RepeatedPtrField<v1::Identifier>& identifiers);
// Opens the line that an asset matches in the manifest in force, if it matches one.
absl::Status ReleaseLine(Step& step, const v1::Asset& asset);
// Compares an asset, as it is now, with the manifest in force for its load, if no line of it is the
// asset's.
absl::Status CompareAnew(Step& step, std::string_view name);

// Withdraws a loose asset of no sealed container, without components, and opens its line.
absl::Status Withdraw(Step& step, const v1::Asset& asset, std::string_view reason,
                      std::int64_t corrects_sequence);

// What was withdrawn or lost never left: booked again it keeps the clocks, holds, terms and failed
// sanitization of its earlier life, so that neither is a way round a rule.
absl::Status Inherit(Step& step, v1::Asset* asset);

// A new asset as everything starts, R2v3 CR6(b)(2): controlled, unevaluated, in stock, named.
v1::Asset StartAsset(Step& step);
// Registers it with identifiers that are free, finds its earlier life, matches the manifest.
absl::Status RegisterAsset(Step& step, v1::Asset asset,
                           const std::vector<v1::Identifier>& identifiers,
                           std::string_view manifest);

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_LIFE_H_
