// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_CORE_LAYOUT_H_
#define LOOPDOCK_SERVICES_INTAKE_CORE_LAYOUT_H_

// The shape of a label: what labels of one kind have in common whatever their values say. A choice
// that a person made is remembered under it.
// Thread safety: pure functions.

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "loopdock/inventory/v1/resources.pb.h"

namespace loopdock::intake {

// The symbols in the order in which a person reads them: rows from the top, each from the left.
// Symbols without corners keep their order, behind those with.
std::vector<std::size_t> ReadingOrder(const std::vector<inventory::v1::RawSymbol>& symbols);

// 32 hexadecimal digits over number, formats, kinds, identifiers, and for every value its length
// and which characters it has where (digit, letter, other), in reading order. Empty for a label of
// fewer than two symbols. Symbols have been parsed.
std::string LayoutOf(const std::vector<inventory::v1::RawSymbol>& symbols);

// Choices are field -> value; a layout keeps place -> field, and only for values that stand on the
// label. A place is that of the symbol in reading order, from "0"; "2.1" is the second of several
// elements of the third.
std::map<std::string, std::string> PlacesOf(const std::map<std::string, std::string>& choices,
                                            const std::vector<inventory::v1::RawSymbol>& symbols);

// Field -> value for the symbols of this label. A place without a fitting value is left out.
std::map<std::string, std::string> ChoicesOf(const std::map<std::string, std::string>& places,
                                             const std::vector<inventory::v1::RawSymbol>& symbols);

// Where a value stands: the first symbol that says it, by itself or as one of its elements,
// whatever the spelling; `symbol` is -1 when none does.
struct Place {
  int symbol = -1;
  int element = 0;
};
Place PlaceOf(const std::vector<inventory::v1::RawSymbol>& symbols, const std::string& value);

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_CORE_LAYOUT_H_
