// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_CORE_GS1_H_
#define LOOPDOCK_SERVICES_INTAKE_CORE_GS1_H_

// GS1 element strings and GS1 Digital Link URIs against the table of application identifiers (AI).
// Thread safety: pure functions.
// Errors: INVALID_ARGUMENT with a reason GS1_* (metadata `ai`, and `rule`: the published name of
// the broken rule) or DIGITAL_LINK_INVALID. What was read before the error stays in `elements`, the
// rest of an element string under the id "raw".
// Limits: kGs1ElementsMax elements; the caller bounds the length of the text, time is linear in it.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "services/intake/core/label_types.h"

namespace loopdock::intake {

inline constexpr std::size_t kGs1ElementsMax = 256;

// One row of gs1_ai_table.inc, where the columns are described.
struct Gs1Ai {
  std::string_view first, last, flags, parts, needs, clashes, path;
  bool Is(char flag) const { return flags.find(flag) != std::string_view::npos; }
};

// The row of the AI that `text` begins with, or null. The AI is as long as `first`.
const Gs1Ai* FindAi(std::string_view text);

absl::Status CheckElement(const Gs1Ai& row, std::string_view ai, std::string_view value);

// Data after the first FNC1; `separators` are the characters that stand for the later ones.
absl::Status ParseElementString(std::string_view data, std::string_view separators,
                                std::vector<Element>* elements);

// "(01)...(21)..."; a bracket inside a value is written `\(`.
absl::Status ParseBracketed(std::string_view text, std::vector<Element>* elements);

// Identifiers that may not stand together and repeated ones of different value are an error.
absl::Status CheckTogether(const std::vector<Element>& elements);

// One sentence for every identifier that needs another which is not there; a label may carry it in
// another symbol, so that this is a warning.
std::vector<std::string> MissingCompanions(const std::vector<Element>& elements);

// False when the URI names no GS1 key in its path: an ordinary web address. True otherwise, and
// then `status` says whether it is a right Digital Link.
bool ParseDigitalLink(std::string_view uri, std::vector<Element>* elements, absl::Status* status);

// A GTIN of 8, 12, 13 or 14 digits as 14; other text unchanged.
std::string PadGtin(std::string_view digits);

// The GTIN-12 that a UPC-E of 8 digits stands for; empty when it stands for none.
std::string ExpandUpcE(std::string_view digits);

// "(01)...(21)..." of what identifies the thing; of all elements when nothing does.
std::string Gs1Key(const std::vector<Element>& elements);

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_CORE_GS1_H_
