// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_SAMPLING_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_SAMPLING_H_

// Which logically sanitized media a second person verifies, R2v3 Appendix B(13). The choice follows
// from the rules, the medium, its place in the stream of its tool, and a secret that whoever
// sanitizes does not know; an auditor who is given the secret can repeat every choice. The fact has
// the choice itself, so that replay needs no secret.
// Thread safety: free functions, safe from any thread on Rows of their own.
// Errors: those of the rows.

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "loopdock/inventory/v1/facility.pb.h"
#include "loopdock/inventory/v1/feed.pb.h"
#include "services/inventory/core/step.h"

namespace loopdock::inventory {

class Evolver;

// The share in a million that holds for a stream: its own after a failure, else a step of the
// rules.
std::int32_t RateInForce(const v1::SamplingState& state, const v1::SamplingRules& rules);

// Whether a medium is chosen. Of every full run of a million / `rate_ppm` media at least one is;
// each is also chosen by itself with a quarter of the rate, so that after one choice of a run
// nobody can know that none follows.
struct SamplingPlace {
  std::string tool;
  std::string medium;           // the asset's uid
  std::int64_t population = 0;  // media of the stream before this one
  std::int64_t last_pick = 0;   // place from 1 of the last that was chosen, or 0
  std::int32_t rate_ppm = 0;
};
bool IsChosen(const SamplingPlace& place, std::string_view secret);

// Fills in what the plan says of a logical sanitization.
absl::Status Choose(Step& step, const v1::Asset& asset, v1::SanitizationRecorded* recorded);

// Takes a logical sanitization and a verification into the stream's state. Only chosen media count
// towards a lower share; every failure raises it.
absl::Status CountSanitized(const v1::SanitizationRecorded& recorded, Evolver& evolver);
absl::Status CountVerified(std::string_view tool, bool chosen, bool passed, Evolver& evolver);

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_SAMPLING_H_
