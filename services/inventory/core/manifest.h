// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_MANIFEST_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_MANIFEST_H_

// The lines of manifests as a booking finds them. A line with a serial number, IMEI or asset tag
// claims one device and has one row under that value; a line without is a line by count and has one
// row under its number, in a chain with the others of its model. Thread safety: free functions,
// safe from any thread. Errors: those of the reads; INTERNAL INTERNAL for a row that cannot be
// parsed.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "loopdock/inventory/v1/feed.pb.h"
#include "loopdock/inventory/v1/resources.pb.h"
#include "services/inventory/core/tables.h"

namespace loopdock::inventory {

// What has come of a line, beside what it claims.
struct LineRow {
  std::int64_t first = 0;    // number of the first line that the row of kManifestLines has
  std::int64_t next = 0;     // line by count: the next one of its model, or 0
  std::int64_t weighed = 0;  // pieces that received_mass_g is about
  v1::ManifestLine line;     // as claimed, with its output fields
};
std::string EncodeLine(const LineRow& row);
absl::StatusOr<LineRow> DecodeLine(std::string_view value);
// The value of a further value of a line: it leads to the one that has the line's row.
std::string EncodeAlias(std::string_view value);

// The lines by count of one model: where the search for one that is not full begins, and the last.
struct ModelRow {
  std::int64_t open = 0;
  std::int64_t last = 0;
};
std::string EncodeModel(const ModelRow& row);
ModelRow DecodeModel(std::string_view value);

// The words of kManifestValue, kManifestNumber and kManifestModel; `manifest` is an id.
std::string ValueWords(std::string_view manifest, std::string_view value);
std::string NumberWords(std::string_view manifest, std::int64_t number);
std::string ModelWords(std::string_view manifest, std::string_view model);
std::string GtinWords(std::string_view manifest, std::string_view gtin);
// Of lines that have both a model, in whose chain they are, and a GTIN: leads to the first.
std::string AliasWords(std::string_view manifest, std::string_view gtin);

// Values that tell the claimed device from every other, normalised, each once: none for a line by
// count.
std::vector<std::string> ClaimedValues(const v1::ManifestLine& line);
// The values of an asset that a line may claim.
std::vector<std::string> ComparedValues(
    const google::protobuf::RepeatedPtrField<v1::Identifier>& identifiers);
// The words of the chain of a line by count: its model's, else its GTIN's; empty without either.
std::string ChainWords(std::string_view manifest, const v1::ManifestLine& line);
// Whether a line that claims the one claims the other: letters and digits alone, without case.
bool IsSameClaim(std::string_view claimed, std::string_view value);
// Both are known and neither contains the other, letters and digits alone compared without case.
bool IsAnotherModel(std::string_view claimed, std::string_view received);

// Takes what matched into a line, or out of it again.
void TakeIn(const v1::ManifestLineMatched& matched, LineRow* row);
void GiveBack(const v1::ManifestLineReleased& released, LineRow* row);
// Pieces beyond what a line by count claims.
std::int64_t OverOf(const LineRow& row);
bool IsFull(const LineRow& row);

// A line and where its row is.
struct FoundLine {
  Lookup table = Lookup::kManifestValue;
  std::string words;
  LineRow row;
};
using ManifestLook = absl::FunctionRef<absl::StatusOr<std::optional<std::string>>(
    Lookup table, std::string_view words)>;
// The line that claims a value, normalised or not.
absl::StatusOr<std::optional<FoundLine>> FindByValue(ManifestLook look, std::string_view manifest,
                                                     std::string_view value);
// The line by count of the number.
absl::StatusOr<std::optional<FoundLine>> FindByNumber(ManifestLook look, std::string_view manifest,
                                                      std::int64_t number);
// The first line by count of the model or GTIN that is not full, else the last.
absl::StatusOr<std::optional<FoundLine>> FindByModel(ManifestLook look, std::string_view manifest,
                                                     std::string_view model, std::string_view gtin);

// How something that came compares with a manifest.
struct Comparison {
  v1::ManifestMatch match = v1::MANIFEST_MATCH_UNSPECIFIED;
  std::string value;           // the one that a line claims; empty for a line by count
  LineRow row;                 // that line before
  std::string received_model;  // when it is not the claimed one
  std::vector<std::string> warnings;
};
// `asset` may be matched by the line already and is then no other; empty for a new one.
absl::StatusOr<Comparison> Compare(ManifestLook look, std::string_view manifest,
                                   const v1::Asset& asset, std::string_view gtin);

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_MANIFEST_H_
