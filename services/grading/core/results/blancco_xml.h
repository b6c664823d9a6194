// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_BLANCCO_XML_H_
#define LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_BLANCCO_XML_H_

// XML in the form of Blancco's reports: `report` elements with `blancco_data`, whose values are
// `entry` elements in nested `entries`, each with its name as an attribute.
// Thread safety: pure functions.
// Errors: in the reading, by line and by the element.
// Limits: 32 levels, 200,000 elements, 64 KiB of text each; document types and with them entities
// of one's own are refused, nothing is fetched.

#include <string_view>

#include "services/grading/core/results/reading.h"

namespace loopdock::grading {

void ReadBlanccoXml(std::string_view text, ResultBuilder* builder);

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_BLANCCO_XML_H_
