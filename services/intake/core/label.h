// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_CORE_LABEL_H_
#define LOOPDOCK_SERVICES_INTAKE_CORE_LABEL_H_

// Understands one scanned or typed text: which kind of identifier it is and what it says.
// Thread safety: pure functions.
// Errors: in Parsed::error, always INVALID_ARGUMENT: TEXT_TOO_LONG, SCAN_EMPTY,
// SYMBOLOGY_IDENTIFIER_INVALID, GS1_*, DIGITAL_LINK_INVALID, ISO15434_INVALID, IDENTIFIER_INVALID.
// A text that is merely unknown is no error: it is kept as kSerial or kPlain.
// Limits: any bytes; a text over kLabelTextMax is not parsed and not copied, so that the caller
// keeps it raw. Memory is a small multiple of the text.

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/intake/core/label_types.h"

namespace loopdock::intake {

// Twice what the largest symbol holds (QR, 7,089 digits) and then some.
inline constexpr std::size_t kLabelTextMax = 16'384;

Parsed ParseLabel(const ScanText& scan, const ParseOptions& options = {});

// The escapes of the command line: \uXXXX (surrogate pairs too), \xHH, \n, \r, \t, \0 and \\; any
// other backslash stands for itself, as in the bracketed form of GS1. ESCAPE_INVALID when digits
// are missing.
absl::StatusOr<std::string> Unescape(std::string_view text);

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_CORE_LABEL_H_
