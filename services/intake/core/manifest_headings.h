// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_CORE_MANIFEST_HEADINGS_H_
#define LOOPDOCK_SERVICES_INTAKE_CORE_MANIFEST_HEADINGS_H_

// The words that suppliers write over the columns of a manifest, and around its lines.
// Thread safety: pure functions.

#include <string>
#include <string_view>
#include <vector>

#include "services/intake/core/manifest_claims.h"

namespace loopdock::intake {

// Letters and digits only, lower case, without accents: "N° de série" gives "ndeserie".
std::string PlainHeading(std::string_view heading);

// What a heading is recognised as. Of several columns for one field the lowest rank is the best.
struct HeadingMeaning {
  ManifestField field = kManifestFieldCount;
  int rank = 0;
  double mass_unit_g = 0;  // of a mass; 0 when the heading names no unit
};
HeadingMeaning MeaningOf(std::string_view heading);

// The unit in a heading such as "Weight (kg)"; 0 when there is none.
double HeadingUnit(std::string_view heading);

// For each column of a heading the field that it gives, kManifestFieldCount for none.
struct ColumnPlan {
  std::vector<std::string> headings;
  std::vector<ManifestField> fields;
  double mass_unit_g = 0;
  int recognised = 0;
  bool names_things = false;  // A column names devices or goods: else it is no heading line.
};
// A field that was given or remembered takes its own column and no other.
ColumnPlan PlanColumns(const std::vector<std::string_view>& cells, const ManifestOptions& options);

// "Total", "Summe", "Gesamt:".
bool IsTotalWord(std::string_view text);
// "n/a", "-", "none": the supplier says that there is nothing.
bool IsNothingWord(std::string_view text);

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_CORE_MANIFEST_HEADINGS_H_
