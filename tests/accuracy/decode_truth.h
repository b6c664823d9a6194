// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_ACCURACY_DECODE_TRUTH_H_
#define LOOPDOCK_TESTS_ACCURACY_DECODE_TRUTH_H_

// The truth of the real barcode pictures, and when a value equals it.
// Thread safety: safe from any thread.

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace loopdock::accuracy {

// One row of manifest.tsv.
struct TruthRow {
  std::string source;
  std::string set;
  std::string symbology;
  std::string path;
  std::string kind;
  std::string text;
  // Stands in another source too.
  bool duplicate = false;

  // A picture that holds nothing that may be read.
  bool negative() const;
  // A picture whose one text is known.
  bool has_text() const { return !negative() && kind == "txt"; }
};

absl::StatusOr<std::vector<TruthRow>> LoadManifest(const std::string& path);

// Whether `value` is what stands in the picture, by the conventions in which the makers of the
// pictures and readers differ: layout characters, leading zeros of numbers, UPC-E short or long,
// add-ons, start and stop characters, application identifiers left out, extended Code 39, Code 32.
bool IsTruth(std::string_view symbology, std::string_view truth, std::string_view value);

}  // namespace loopdock::accuracy

#endif  // LOOPDOCK_TESTS_ACCURACY_DECODE_TRUTH_H_
