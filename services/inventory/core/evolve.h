// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_EVOLVE_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_EVOLVE_H_

// The one function that turns facts into rows, at commit and at replay alike: state, identifiers,
// look-ups, memberships and history are made here and nowhere else.
// Thread safety: free functions, safe from any thread on Rows of their own.
// Errors: those of the rows; INTERNAL INTERNAL when a fact speaks of what is not there.

#include <string>

#include "absl/status/status.h"
#include "loopdock/inventory/v1/feed.pb.h"
#include "services/inventory/core/rows.h"

namespace loopdock::inventory {

// `entry` says who, when and which sequence; its facts are not looked at.
absl::Status Evolve(const v1::Fact& fact, const v1::FeedEntry& entry, Rows& rows);

// True while the asset is in the site's care and its identifiers are taken.
bool IsOpen(const v1::Asset& asset);

// True when no data can be left on it or on what is built into it: it never had any, or it was
// sanitized or destroyed and the data protection representative released it, R2v3 Appendix B(16).
bool IsDataSafe(const v1::Asset& asset);
// The same without what is built into it.
bool IsDataSafeItself(const v1::Asset& asset);

// The etag of what an entry changed.
std::string EtagOf(const v1::FeedEntry& entry);

// Sequences that an asset's row keeps; older ones move to the history table.
inline constexpr int kHistoryKept = 32;

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_EVOLVE_H_
