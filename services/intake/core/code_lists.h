// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_CORE_CODE_LISTS_H_
#define LOOPDOCK_SERVICES_INTAKE_CORE_CODE_LISTS_H_

// The published code lists that values on labels are checked against.
// Thread safety: pure functions.

#include <string_view>

namespace loopdock::intake {

bool IsCountry(std::string_view digits);         // ISO 3166-1 numeric, three digits
bool IsCountryAlpha2(std::string_view letters);  // ISO 3166-1 alpha-2
bool IsCurrency(std::string_view digits);        // ISO 4217 numeric, three digits
bool IsPackageType(std::string_view code);       // UN/ECE Recommendation 21 as GS1 extends it

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_CORE_CODE_LISTS_H_
