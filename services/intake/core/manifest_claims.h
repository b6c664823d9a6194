// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_CORE_MANIFEST_CLAIMS_H_
#define LOOPDOCK_SERVICES_INTAKE_CORE_MANIFEST_CLAIMS_H_

// What the readers of manifest files share: a claim is one line as it stands in a file; it is
// judged here, whatever the file's form, and becomes one line of the manifest or one a serial
// number. Thread safety: none; one reading uses it.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "services/intake/core/manifest_file.h"

namespace loopdock::intake {

// The fields of ManifestLine that a file may state, in the order of kManifestFieldNames.
enum ManifestField {
  kSerial,
  kMaker,
  kModel,
  kQuantity,
  kMass,
  kGtin,
  kImei,
  kAssetTag,
  kCategory,
  kDescription,
  kPurchaseOrder,
  kContainer,
  kManifestFieldCount,
};

inline constexpr std::array<std::string_view, kManifestFieldCount> kManifestFieldNames = {
    "serial", "maker",     "model",    "quantity",    "mass_g",         "gtin",
    "imei",   "asset_tag", "category", "description", "purchase_order", "container"};

// kManifestFieldCount when there is no such field.
ManifestField ManifestFieldOf(std::string_view name);

// A value and where it stands: the heading, the element's reference, the field.
struct Stated {
  std::string_view text;
  std::string_view column;
};

struct ManifestClaim {
  std::int64_t line = 0;                           // as in ManifestProblem
  std::array<Stated, kManifestFieldCount> fields;  // without kSerial
  std::vector<Stated> serials;
  double mass_unit_g = 1;      // unless the text of the mass names its own
  char decimal = '.';          // what parts a fraction; the other one of ",." groups thousands
  bool counts_pieces = false;  // The file states quantities, so that a line without one is wrong.
};

class ManifestBuilder {
 public:
  explicit ManifestBuilder(ManifestReading* reading) : reading_(reading) {}

  // Counts the problem, and keeps it while there is room.
  void Report(std::int64_t line, std::string_view column, std::string_view problem,
              std::string_view value = "");
  // False when the file has too many lines: nothing more is taken then.
  bool Add(const ManifestClaim& claim);
  // Puts the problems in order and drops the lines of a file that has any.
  void Finish();

  std::int64_t mass_g() const { return mass_g_; }
  std::int64_t piece_count() const { return reading_->piece_count; }

 private:
  bool Judge(const ManifestClaim& claim, inventory::v1::ManifestLine* line);
  bool JudgeText(std::int64_t line, const Stated& stated, std::size_t bytes_max);
  bool JudgeNumbers(const ManifestClaim& claim, inventory::v1::ManifestLine* line);
  bool JudgeQuantity(const ManifestClaim& claim, inventory::v1::ManifestLine* line);
  bool JudgeIds(const ManifestClaim& claim, inventory::v1::ManifestLine* line);
  bool Remember(std::int64_t line, const Stated& stated, std::string_view what);
  void Emit(const ManifestClaim& claim, inventory::v1::ManifestLine line);

  ManifestReading* const reading_;
  absl::flat_hash_map<std::string, std::int64_t> seen_;  // identifier to the file's line
  std::int64_t claims_ = 0;
  std::int64_t mass_g_ = 0;
};

// A whole number of pieces, also written "3.0"; 0 when it is none.
std::int64_t ParsePieces(std::string_view text);

// Grams; -1 when it is no mass. A unit in the text wins over `unit_g`.
std::int64_t ParseMass(std::string_view text, double unit_g, char decimal);

// Grams that one of a unit has: "kg", "lb" and their spellings; 0 when it is none.
double GramsOfUnit(std::string_view unit);

// The text as UTF-8, from UTF-8, UTF-16 with a byte order mark or Windows-1252. False when some of
// it is no text of that encoding; it is U+FFFD then.
bool DecodeText(std::string_view bytes, std::string* text);

// The three forms.
void ReadManifestCsv(std::string_view text, const ManifestOptions& options,
                     ManifestReading* reading, ManifestBuilder* builder);
void ReadManifestX12(std::string_view text, ManifestBuilder* builder);
void ReadManifestJson(std::string_view text, ManifestBuilder* builder);

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_CORE_MANIFEST_CLAIMS_H_
