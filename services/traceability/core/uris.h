// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_TRACEABILITY_CORE_URIS_H_
#define LOOPDOCK_SERVICES_TRACEABILITY_CORE_URIS_H_

// URIs as EPCIS needs them: form, GS1 Digital Links with their check digits, and the one canonical
// form that event hashes are made from.
//
// Thread safety: free functions.
// Limits: a URI has at most 2,048 bytes.

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace loopdock::traceability {

// True for an absolute URI: a scheme, a colon, something, and only characters of RFC 3986.
bool IsUri(std::string_view text);

// The mod-10 check digit that GS1 puts behind `digits`.
char Gs1CheckDigit(std::string_view digits);

// OK for a URI that is no Digital Link, or one whose key has the right length and check digit;
// INVALID_ARGUMENT EPCIS_INVALID otherwise.
absl::Status CheckDigitalLink(std::string_view uri);

// "https://id.gs1.org/..." for an EPC URN or a Digital Link of any domain, with the finest key and
// without a query; every other text unchanged.
std::string CanonicalUri(std::string_view uri);

}  // namespace loopdock::traceability

#endif  // LOOPDOCK_SERVICES_TRACEABILITY_CORE_URIS_H_
