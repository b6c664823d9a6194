// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_ACCURACY_RENDERED_KINDS_H_
#define LOOPDOCK_TESTS_ACCURACY_RENDERED_KINDS_H_

// Whether the rendered defects of each kind are found as that kind where they are, and how often a
// kind is seen where there is none.
// Thread safety: pure functions.

#include <string>
#include <vector>

#include "tests/accuracy/rendered_run.h"

namespace loopdock::accuracy {

struct KindPlan {
  // As in budgets: "chip".
  std::string name;
  vision::v1::DefectType type = vision::v1::DEFECT_TYPE_UNSPECIFIED;
  std::vector<render::Shot> shots;
  bool with_reference = false;
  // Only marks there count, where it is said.
  vision::v1::Zone zone = vision::v1::ZONE_UNSPECIFIED;
};

// Chips, dents, discolourations, wear, missing parts, and scratches in bezels.
std::vector<KindPlan> KindPlans(int pictures_a_kind, uint64_t seed);

// Counts only what the scale counts: marks surer than `confidence_min`.
bool KindFound(const MeasuredShot& shot, const KindPlan& plan, double confidence_min);

// A mark of that kind that is not the rendered one.
bool KindFalse(const MeasuredShot& shot, const KindPlan& plan, double confidence_min);

}  // namespace loopdock::accuracy

#endif  // LOOPDOCK_TESTS_ACCURACY_RENDERED_KINDS_H_
