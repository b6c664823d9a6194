// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_CORE_NAMED_TEXT_H_
#define LOOPDOCK_SERVICES_INTAKE_CORE_NAMED_TEXT_H_

// Texts that say in words what they are, one value or a few lines of them: "S/N: ABC123",
// "IMEI1: 490154203237518", "P/N 12-345".
// Thread safety: pure function.

#include <string_view>

#include "services/intake/core/label_types.h"

namespace loopdock::intake {

// False, and nothing changed, when no line begins with a known name. At most 50 lines are split.
bool ParseNamedText(std::string_view text, Parsed* parsed);

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_CORE_NAMED_TEXT_H_
