// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_CORE_DEVICE_IDS_H_
#define LOOPDOCK_SERVICES_INTAKE_CORE_DEVICE_IDS_H_

// Numbers of phones, SIMs, network interfaces and containers, and the serial shapes of makers, told
// by their form alone.
// Thread safety: pure functions.

#include <string>
#include <string_view>
#include <vector>

#include "services/intake/core/label_types.h"

namespace loopdock::intake {

// Fills kind, elements, normalized, confidence and warnings when `text` has the form of one of
// them; false, and nothing changed, when not.
bool ParseDeviceId(std::string_view text, Parsed* parsed);

// The same for a text that the label itself calls so ("IMEI: ..."): the form must hold, and an
// error says what does not.
void ParseNamedDeviceId(LabelKind kind, std::string_view text, Parsed* parsed);

// The maker whose serial numbers have this shape, most particular first; empty when none is known.
// A hint: shapes overlap.
std::string_view MakerOfSerial(std::string_view serial);

// Dell's service tag of an express service code, "5RFDP01" for "125-423-316-01"; empty when the
// text is none.
std::string TagOfExpressCode(std::string_view text);

// Upper case without blanks, dashes and dots: two spellings of one serial compare equal.
std::string NormalizeSerial(std::string_view text);

// A site's pattern (label_types.h, ParseOptions) over the whole text.
bool MatchesPattern(std::string_view pattern, std::string_view text);

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_CORE_DEVICE_IDS_H_
