// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_CORE_LABEL_GROUPS_H_
#define LOOPDOCK_SERVICES_INTAKE_CORE_LABEL_GROUPS_H_

// Which symbols of a picture stand on one label. Symbols are joined from the nearest on, and never
// across identities that cannot be of one device; a picture without two such identities is one
// label, however far its symbols lie apart.
// Thread safety: pure functions.
// Limits: kGroupedSymbolsMax symbols are grouped; the time grows with their square.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "loopdock/inventory/v1/resources.pb.h"
#include "services/intake/core/label_types.h"

namespace loopdock::intake {

inline constexpr std::size_t kGroupedSymbolsMax = 512;

struct LabelGroups {
  // Symbols of each label, both in reading order; one label of all symbols where nothing speaks for
  // several devices.
  std::vector<std::vector<std::size_t>> labels;
  // False when some symbol may as well belong to the label beside its own.
  bool certain = true;
};

LabelGroups GroupByLabel(const std::vector<inventory::v1::RawSymbol>& symbols,
                         const ParseOptions& options);

// Whether the text calls its IMEI the second one.
bool SaysSecondImei(std::string_view content);

// 16 hexadecimal digits over what the symbols say, whatever their order and place: the same label
// read again has the same one.
std::string LabelDigest(const std::vector<inventory::v1::RawSymbol>& symbols);

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_CORE_LABEL_GROUPS_H_
