// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/core/sampling.h"

#include <algorithm>

#include "services/common/hash.h"
#include "services/inventory/core/evolver.h"
#include "services/inventory/core/facility.h"

namespace loopdock::inventory {
namespace {

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kOwnShareDivisor = 4;

// A number that only who knows the secret can tell.
std::uint64_t Draw(std::string_view secret, std::string_view what, std::string_view tool,
                   std::string_view about) {
  const std::string message =
      Cat(what, std::string_view("\0", 1), tool, std::string_view("\0", 1), about);
  return ReadBigEndian64(common::Sha256(Cat(secret, common::Sha256(message))));
}

std::string StateKey(std::string_view site, std::string_view tool) {
  return ResourceKey(site, "sampling", tool);
}

absl::StatusOr<v1::SamplingState> ReadState(Rows& rows, std::string_view site,
                                            std::string_view tool) {
  v1::SamplingState state;
  const auto found = rows.Read(kResources, StateKey(site, tool), &state);
  if (!found.ok()) return found.status();
  state.set_tool(std::string(tool));
  return state;
}

// The next lower step, or the share itself when it is the lowest.
std::int32_t Lower(std::int32_t rate_ppm, const v1::SamplingRules& rules) {
  for (const std::int32_t step : rules.steps_ppm()) {
    if (step < rate_ppm) return step;
  }
  return rate_ppm;
}

}  // namespace

std::int32_t RateInForce(const v1::SamplingState& state, const v1::SamplingRules& rules) {
  const auto& steps = rules.steps_ppm();
  if (state.rate_ppm() == 0) return steps.Get(0);
  if (state.rate_ppm() > steps.Get(0)) return state.rate_ppm();  // after a failure
  // Rules may have changed since: the highest of their steps that is not above what held.
  const auto step = std::find_if(steps.begin(), steps.end(),
                                 [&](std::int32_t ppm) { return ppm <= state.rate_ppm(); });
  return step == steps.end() ? steps.Get(steps.size() - 1) : *step;
}

bool IsChosen(const SamplingPlace& place, std::string_view secret) {
  const auto rate = static_cast<std::uint64_t>(place.rate_ppm);
  const std::uint64_t own = Draw(secret, "medium", place.tool, place.medium) % kMillion;
  if (own < rate / kOwnShareDivisor) return true;
  const std::int64_t run = kMillion / place.rate_ppm;
  const std::int64_t number = place.population / run;
  if (place.last_pick > number * run) return false;
  const std::uint64_t at =
      Draw(secret, "run", place.tool, Cat(run, "/", number)) % static_cast<std::uint64_t>(run);
  // Where the run has grown since by a change of the rate, the place may lie behind.
  return place.population % run >= static_cast<std::int64_t>(at);
}

absl::Status Choose(Step& step, const v1::Asset& asset, v1::SanitizationRecorded* recorded) {
  SamplingPlace place;
  place.tool = recorded->sanitization().tool();
  place.medium = asset.uid();
  const auto state = ReadState(step.rows(), step.site(), place.tool);
  LOOPDOCK_RETURN_IF_ERROR(state.status());
  const auto pick = step.Look(Lookup::kSamplingPick, place.tool);
  LOOPDOCK_RETURN_IF_ERROR(pick.status());
  place.population = state->population();
  if (pick->has_value()) place.last_pick = static_cast<std::int64_t>(ReadBigEndian64(**pick));
  place.rate_ppm = RateInForce(*state, step.facility_rules().sampling());
  // Who could ask beforehand could wipe with care only what will be verified.
  recorded->set_chosen(!step.is_dry_run() && IsChosen(place, step.sampling_secret()));
  recorded->set_rate_ppm(place.rate_ppm);
  recorded->set_secret_sha256(common::Sha256Hex(step.sampling_secret()));
  return absl::OkStatus();
}

absl::Status CountSanitized(const v1::SanitizationRecorded& recorded, Evolver& evolver) {
  const std::string& tool = recorded.sanitization().tool();
  auto state = ReadState(evolver.rows(), evolver.site(), tool);
  LOOPDOCK_RETURN_IF_ERROR(state.status());
  state->set_population(state->population() + 1);
  state->set_rate_ppm(recorded.rate_ppm());
  if (recorded.chosen()) {
    state->set_chosen(state->chosen() + 1);
    std::string place;
    AppendBigEndian64(&place, static_cast<std::uint64_t>(state->population()));
    evolver.rows().Put(kLookups, LookupKey(evolver.site(), Lookup::kSamplingPick, tool), place);
  }
  evolver.rows().Write(kResources, StateKey(evolver.site(), tool), *state);
  return absl::OkStatus();
}

absl::Status CountVerified(std::string_view tool, bool chosen, bool passed, Evolver& evolver) {
  auto state = ReadState(evolver.rows(), evolver.site(), tool);
  LOOPDOCK_RETURN_IF_ERROR(state.status());
  const auto rules = RulesInForce(evolver.rows(), evolver.site());
  LOOPDOCK_RETURN_IF_ERROR(rules.status());
  const v1::SamplingRules& sampling = rules->sampling();
  const std::int32_t rate = RateInForce(*state, sampling);
  state->set_rate_ppm(rate);
  state->set_verified(state->verified() + 1);
  if (!passed) {
    state->set_failed(state->failed() + 1);
    state->set_clean_count(0);
    const std::int64_t raised = std::max<std::int64_t>(4LL * rate, sampling.failure_ppm());
    state->set_rate_ppm(static_cast<std::int32_t>(std::min(raised, kMillion)));
  } else if (chosen) {
    state->set_clean_count(state->clean_count() + 1);
    const bool recovering = rate > sampling.steps_ppm(0);
    const std::int64_t needed =
        recovering ? sampling.clean_to_recover() : sampling.clean_to_lower();
    const std::int32_t lower = recovering ? sampling.steps_ppm(0) : Lower(rate, sampling);
    if (state->clean_count() >= needed && lower != rate) {
      state->set_rate_ppm(lower);
      state->set_clean_count(0);
    }
  }
  evolver.rows().Write(kResources, StateKey(evolver.site(), tool), *state);
  return absl::OkStatus();
}

}  // namespace loopdock::inventory
