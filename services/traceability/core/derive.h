// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_TRACEABILITY_CORE_DERIVE_H_
#define LOOPDOCK_SERVICES_TRACEABILITY_CORE_DERIVE_H_

// From one feed entry to its R2 records and EPCIS events: a pure function of the entry, the site's
// offset and the base of our URIs.
//
// Thread safety: free functions.
// Errors: FAILED_PRECONDITION FACT_UNKNOWN for a fact without a row, so that nothing is left out of
//   the log in silence.
// Limits: 900 subjects and 100 attributes of a record are kept, each text cut at 500 bytes; the
//   hash of the fact commits to all of it.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "loopdock/inventory/v1/feed.pb.h"
#include "services/traceability/core/epcis.h"
#include "services/traceability/core/record.h"

namespace loopdock::traceability {

// What the facts so far say about the site.
struct SiteContext {
  std::string base_uri;  // ends in a slash; our names follow
  int utc_offset_minutes = 0;
};

struct Derived {
  Record record;
  std::string event_json;  // empty without an event
};

// Records in the order of the facts. `context` learns the site's offset from a site_set fact.
absl::StatusOr<std::vector<Derived>> Derive(const inventory::v1::FeedEntry& entry,
                                            SiteContext& context);

}  // namespace loopdock::traceability

#endif  // LOOPDOCK_SERVICES_TRACEABILITY_CORE_DERIVE_H_
