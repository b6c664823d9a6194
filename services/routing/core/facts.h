// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_ROUTING_CORE_FACTS_H_
#define LOOPDOCK_SERVICES_ROUTING_CORE_FACTS_H_

// The facts of an asset that a policy may ask for: one table from fact name to how it is read from
// the asset, from which docs/reference/routing-facts.md is made.
// Thread safety: free functions, safe from any thread.

#include <string>
#include <string_view>
#include <vector>

#include "loopdock/inventory/v1/resources.pb.h"
#include "services/routing/core/policy.h"

namespace loopdock::routing {

// Every known fact of the asset; a value that is not known is "unknown".
Facts FactsOf(const inventory::v1::Asset& asset);

bool IsKnownFact(std::string_view fact);
std::vector<std::string> KnownFacts();

// What a fact means and which values it takes, for the documentation.
std::string_view DescribeFact(std::string_view fact);

// docs/reference/routing-facts.md.
std::string FactsMarkdown();

// True for the statuses that R2's tables call Non-Data; everything else is Pre-Sanitization.
bool IsNonData(inventory::v1::DataStatus status);

}  // namespace loopdock::routing

#endif  // LOOPDOCK_SERVICES_ROUTING_CORE_FACTS_H_
