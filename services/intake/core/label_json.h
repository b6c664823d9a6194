// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_CORE_LABEL_JSON_H_
#define LOOPDOCK_SERVICES_INTAKE_CORE_LABEL_JSON_H_

// The JSON line of `loopdock label parse --json`, a contract (docs/reference/label-parse.md).
// Thread safety: pure function.

#include <string>

#include "services/intake/core/label_types.h"

namespace loopdock::intake {

// {"kind","elements":[{"id","value"}],"warnings":[...],"error":null|{"reason","message"}}, without
// a line end. A value that is not UTF-8 is written as if its bytes were ISO 8859-1; the warning
// NOT_UTF8 says so.
std::string ParseToJson(const Parsed& parsed);

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_CORE_LABEL_JSON_H_
