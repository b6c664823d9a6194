// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_CORE_UNDERSTANDING_H_
#define LOOPDOCK_SERVICES_INTAKE_CORE_UNDERSTANDING_H_

// What a label says about one thing, put together from all its symbols and typed texts: first by
// the identifiers that the values carry, then by the catalog, by their shape, and by their place.
// Thread safety: pure function, but for what the caller's `known_part` does.
// Limits: at most kUnderstoodTextsMax texts are weighed; what lies beyond is kept in `other`. The
// catalog is asked for at most kKnownPartsMax values, and only where serial numbers compete.

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "services/intake/core/label_types.h"

namespace loopdock::intake {

inline constexpr std::size_t kUnderstoodTextsMax = 256;
inline constexpr int kKnownPartsMax = 8;

// What a choice among several values rests on.
enum class Basis { kIdentifier, kShape, kPosition, kCatalog, kLayout, kPerson, kTyped };
// identifier shape position catalog layout person typed
std::string_view ToString(Basis basis);

// Where a value comes from and how sure it is. Empty `value`: not on the label.
struct Understood {
  std::string value;      // as it is stored and compared
  std::string written;    // as the label has it
  std::string kind, id;   // of the element, such as "gs1" and "21"
  std::size_t text = 0;   // index of the symbol or text
  double confidence = 0;  // 0 to 1
  Basis basis = Basis::kIdentifier;

  bool found() const { return !value.empty(); }
};

// A field for which several values compete.
struct Rivalry {
  std::string_view field;  // of LabelUnderstanding, such as "serial"
  Understood taken, runner_up;
  // How likely each is, given that both are there.
  double confidence = 0, runner_up_confidence = 0;
};

struct Understanding {
  Understood serial, part_number, gtin, manufacturer, asset_tag, sscc, quantity, purchase_order;
  std::vector<Understood> imeis, macs;  // every different one, in order of the label
  // All else, raw: further candidates for the fields above (most confident first among one `id`),
  // identifiers that have no field, texts that were not understood.
  std::vector<Understood> other;
  std::vector<Rivalry> rivalries;
  std::vector<std::string> warnings;  // of the texts and of the whole
  bool container() const { return sscc.found() && !serial.found() && imeis.empty(); }
};

// What is known beside the texts.
struct LabelContext {
  // Place of each text in the order in which a person reads the label; empty when it is unknown.
  std::vector<std::size_t> reading_order;
  // Whether the catalog knows a value as a part number; null when nobody can be asked.
  std::function<bool(std::string_view value)> known_part;
};

Understanding Understand(std::span<const Parsed> texts, const LabelContext& context = {});

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_CORE_UNDERSTANDING_H_
