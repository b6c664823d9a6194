// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_CORE_GS1_RULES_H_
#define LOOPDOCK_SERVICES_INTAKE_CORE_GS1_RULES_H_

// The checks that the GS1 table of application identifiers asks for by name, each over one part of
// a value. A broken rule is answered by its published name (such as INCORRECT_CHECK_DIGIT), so that
// results can be compared with GS1's own engine.
// Thread safety: pure functions.
// Errors: empty when the rule holds; a name that the table does not know is UNKNOWN_RULE.

#include <string_view>

namespace loopdock::intake {

// `type` is n, x, y or z as in gs1_ai_table.inc.
std::string_view CheckCharacters(char type, std::string_view part);

std::string_view CheckRule(std::string_view rule, std::string_view part);

// The reason of services/common/reasons.h that a broken rule is reported under.
std::string_view ReasonOfRule(std::string_view broken);

// Coupon codes of AI 8110 and AI 8112 (gs1_coupon.cc).
std::string_view CheckCoupon(std::string_view part);
std::string_view CheckOffer(std::string_view part);

// "date0" admits day 00, "date" does not; six digits YYMMDD.
std::string_view CheckDate(std::string_view digits, bool day_zero);

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_CORE_GS1_RULES_H_
