// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_ROUTING_CORE_GUARDS_H_
#define LOOPDOCK_SERVICES_ROUTING_CORE_GUARDS_H_

// What R2 forbids whatever a policy says. Inventory holds the same rules on its side; here they
// keep a badly written policy from asking for what would be refused.
// Thread safety: a free function, safe from any thread.

#include <optional>
#include <string>

#include "services/routing/core/policy.h"

namespace loopdock::routing {

// The reason why `next` is forbidden for an asset with these facts, or nothing.
std::optional<std::string> ForbiddenBy(inventory::v1::NextProcess next, const Facts& facts);

}  // namespace loopdock::routing

#endif  // LOOPDOCK_SERVICES_ROUTING_CORE_GUARDS_H_
