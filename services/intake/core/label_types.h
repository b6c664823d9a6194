// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_CORE_LABEL_TYPES_H_
#define LOOPDOCK_SERVICES_INTAKE_CORE_LABEL_TYPES_H_

// What a scanned text is understood as.

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace loopdock::intake {

enum class LabelKind {
  kGs1,
  kDigitalLink,
  kIso15434,
  kImei,
  kImeisv,
  kMeid,
  kMac,
  kIccid,
  kEid,
  kSscc,
  kSerial,
  kTag,
  kPlain,
};

// gs1 digital_link iso15434 imei imeisv meid mac iccid eid sscc serial tag plain
std::string_view ToString(LabelKind kind);

// `id` as printed for identified data (AI "01", data identifier "1P"); for the other kinds the name
// of the kind, "text" for plain, "part_number", "model", "asset_tag" where the text says so itself
// ("P/N: ..."), "raw" for a part that was not understood.
struct Element {
  std::string id;
  std::string value;

  friend bool operator==(const Element&, const Element&) = default;
};

struct ScanText {
  std::string text;
  std::string symbology_identifier;  // such as "]C1"; empty when unknown
  std::string format;                // such as "Code128"; empty when typed
};

struct ParseOptions {
  // Stands for FNC1 besides the group separator, such as '^'; 0 for none.
  char fnc1_alias = 0;
  // A site's own shapes: '#' a digit, '@' a letter, '?' either, '*' any run of characters, all
  // else itself; case is ignored. At most 100 are tried, in order, tags before serials.
  std::vector<std::string> serial_patterns, tag_patterns;
  // Control characters that a keyboard wedge spells: <GS> ^] ~029 and those of RS, EOT, FS, US.
  bool wedge_aliases = true;
};

struct Parsed {
  LabelKind kind = LabelKind::kPlain;
  std::vector<Element> elements;      // empty only when there was no data or too much
  std::vector<std::string> warnings;  // each "CODE: sentence"
  std::string normalized;             // compares equal for the same thing; empty without elements
  double confidence = 0;              // 0 to 1, that `kind` is right
  std::string maker_hint;             // the maker whose serial shape this is; may be wrong
  absl::Status error;                 // why the text is not a right one of its kind
};

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_CORE_LABEL_TYPES_H_
