// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_CORE_ZPL_H_
#define LOOPDOCK_SERVICES_INTAKE_CORE_ZPL_H_

// The label of a container in ZPL II: its SSCC as GS1-128 with the number in print, its name as QR
// code, and what people want to read on a pallet.
// Thread safety: pure functions.
// Errors: INVALID_FIELDS for an SSCC or a size that is none.
// Limits: texts are cut to the width of the label.

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace loopdock::intake {

struct ContainerLabel {
  std::string name;          // resource name; the QR code says it whole
  std::string sscc;          // 18 digits, or empty: then there is no linear symbol
  std::string number;        // the site's own, or empty
  std::string supplier;      // what people call it
  std::string load;          // id
  std::int64_t gross_g = 0;  // 0 when it was not weighed
  std::int64_t net_g = 0;
  std::string date;  // YYYY-MM-DD, or empty
};

struct LabelSize {
  int width_mm = 100;
  int height_mm = 150;
  int dots_per_mm = 8;  // 6, 8, 12 or 24
  int copies = 1;       // 1 to 99
};

absl::StatusOr<std::string> ContainerLabelZpl(const ContainerLabel& label, const LabelSize& size);

// The SSCC as a GS1 element string in brackets: "(00)106141412345678908".
std::string SsccElementString(std::string_view sscc);

// A text as data of a field with ^FH: printable ASCII but for ^, ~, _ and \, the rest as _hh.
std::string ZplText(std::string_view text);

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_CORE_ZPL_H_
