// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_DECODE_EAN_FIT_H_
#define LOOPDOCK_SERVICES_VISION_DECODE_EAN_FIT_H_

// Reads EAN-13, UPC-A and UPC-E whose bars have melted together: instead of looking for edges, bars
// as they look through a lens out of focus are fitted to the grey levels (ean_model.h). A value's
// rivals are all values that differ in a few digits and keep the check digit.
// Thread safety: safe from any thread.
// Limits: profiles of 51 (UPC-E) or 95 to 4000 samples.

#include <optional>
#include <span>
#include <string>

namespace loopdock::vision {

enum class EanKind {
  // With UPC-A, which is one that begins with 0.
  kEan13,
  kUpcE,
};

struct EanFit {
  // Thirteen digits, or the eight of a UPC-E.
  std::string digits;
  // Where the outer guards end, in samples of the profile; begin is right of end when the symbol
  // reads from right to left.
  double begin = 0;
  double end = 0;
  // Share of what the picture shows that the drawn symbol leaves unexplained, 0 to 1.
  double misfit = 1;
  // The misfit of the best rival over this one's, at least 1.
  double margin = 1;
};

// `profile` holds grey levels along a line across the bars, dark bars low. The narrowest bar is
// `module_min` to `module_max` samples wide.
std::optional<EanFit> FitEan(std::span<const float> profile, EanKind kind, double module_min,
                             double module_max);

// Of a symbol of the kind, without its quiet zones.
int ModulesOf(EanKind kind);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_DECODE_EAN_FIT_H_
