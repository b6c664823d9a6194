// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_CORE_UNDERSTANDING_H_
#define LOOPDOCK_SERVICES_INTAKE_CORE_UNDERSTANDING_H_

// What a label says about one thing, put together from all its symbols and typed texts: first by
// the identifiers that the values carry, then by their shape.
// Thread safety: pure function.
// Limits: at most kUnderstoodTextsMax texts are weighed; what lies beyond is kept in `other`.

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "services/intake/core/label_types.h"

namespace loopdock::intake {

inline constexpr std::size_t kUnderstoodTextsMax = 256;

// Where a value comes from and how sure it is. Empty `value`: not on the label.
struct Understood {
  std::string value;      // as it is stored and compared
  std::string written;    // as the label has it
  std::string kind, id;   // of the element, such as "gs1" and "21"
  std::size_t text = 0;   // index of the symbol or text
  double confidence = 0;  // 0 to 1

  bool found() const { return !value.empty(); }
};

struct Understanding {
  Understood serial, part_number, gtin, manufacturer, asset_tag, sscc, quantity, purchase_order;
  std::vector<Understood> imeis, macs;  // every different one, in order of the label
  // All else, raw: further candidates for the fields above (most confident first among one `id`),
  // identifiers that have no field, texts that were not understood.
  std::vector<Understood> other;
  std::vector<std::string> warnings;  // of the texts and of the whole
  bool container() const { return sscc.found() && !serial.found() && imeis.empty(); }
};

Understanding Understand(std::span<const Parsed> texts);

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_CORE_UNDERSTANDING_H_
