// SPDX-License-Identifier: Apache-2.0
#include "services/routing/core/guards.h"

namespace loopdock::routing {
namespace {

using inventory::v1::NextProcess;

bool Is(const Facts& facts, const char* fact, std::string_view value) {
  const auto found = facts.find(fact);
  return found != facts.end() && found->second == value;
}

bool IsReuse(NextProcess next) {
  return next == inventory::v1::NEXT_PROCESS_REUSE ||
         next == inventory::v1::NEXT_PROCESS_REUSE_DSV ||
         next == inventory::v1::NEXT_PROCESS_SPECIALTY_REUSE;
}

bool IsDisposal(NextProcess next) {
  return next == inventory::v1::NEXT_PROCESS_DISPOSAL ||
         next == inventory::v1::NEXT_PROCESS_ENERGY_RECOVERY;
}

}  // namespace

std::optional<std::string> ForbiddenBy(NextProcess next, const Facts& facts) {
  // lost or stolen, counterfeit, recalled (CR2).
  if (IsReuse(next) && Is(facts, "excluded", "yes")) {
    return "R-03: lost or stolen, counterfeit or recalled equipment is never reused (CR2).";
  }
  // focus materials (CR2). An approved exception is inventory's to judge.
  if (IsDisposal(next) && Is(facts, "focus_material", "yes")) {
    return "R-04: focus materials are never disposed of or burnt without an approved exception "
           "(CR2).";
  }
  // data (CR7, CR6(e)(2)).
  if (IsReuse(next) && Is(facts, "data", "pre_sanitization")) {
    return "R-07: nothing is reused before its data is sanitized or found absent (CR6(e)(2)).";
  }
  // the supplier allows no resale (CR6(d)(3)).
  if (IsReuse(next) && Is(facts, "no_resale", "yes")) {
    return "R-06: the supplier allows no resale (CR6(d)(3)).";
  }
  // R-06, S-1: the supplier wants it destroyed or returned (CR6(d)(3)).
  if (IsReuse(next) && Is(facts, "instruction", "DESTROY")) {
    return "R-06: the supplier wants it destroyed (CR6(d)(3)).";
  }
  if (IsReuse(next) && Is(facts, "instruction", "RETURN")) {
    return "S-1: the supplier wants it back (CR6(d)(3)).";
  }
  return std::nullopt;
}

}  // namespace loopdock::routing
