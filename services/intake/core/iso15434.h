// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_CORE_ISO15434_H_
#define LOOPDOCK_SERVICES_INTAKE_CORE_ISO15434_H_

// ISO/IEC 15434 messages with ANSI MH10.8.2 data identifiers, and what scanners and careless
// printers make of them: no envelope, no trailer, a stray `>`, a separator inside a value.
// Thread safety: pure functions.
// Errors: INVALID_ARGUMENT ISO15434_INVALID, or GS1_* from a format 05 envelope. Everything of the
// text is in `elements` in any case, what was not understood under the id "raw".

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "services/intake/core/label_types.h"

namespace loopdock::intake {

// How many characters of `text` are a data identifier that MH10.8.2 assigns; 0 when none.
std::size_t DataIdentifierLength(std::string_view text);

// True when the text carries the header `[)>` (also behind a stray `>`).
bool HasIso15434Header(std::string_view text);

// A text with the header, or one that holds record separators.
absl::Status ParseIso15434(std::string_view text, std::vector<Element>* elements,
                           std::vector<std::string>* warnings);

// Fields between group separators without any envelope. False, and nothing changed, when the first
// field has no data identifier.
bool ParseBareFields(std::string_view text, std::vector<Element>* elements,
                     std::vector<std::string>* warnings);

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_CORE_ISO15434_H_
