// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_CORE_SCAN_RECORD_H_
#define LOOPDOCK_SERVICES_INTAKE_CORE_SCAN_RECORD_H_

// From what a scanner or camera gave to what inventory records, and back to one sentence for the
// worker.
// Thread safety: pure functions.
// Limits: those of inventory's RecordScan: 64 symbols, 64 KiB of symbols and understanding, 256
// values, 32 warnings.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "loopdock/intake/v1/intake.pb.h"
#include "loopdock/inventory/v1/inventory_service.pb.h"
#include "loopdock/vision/v1/vision.pb.h"
#include "services/intake/core/label_types.h"

namespace loopdock::intake {

// What one label says: its symbols as they came with how each was understood, what they mean
// together, and what looks odd.
struct LabelReading {
  std::vector<inventory::v1::RawSymbol> symbols;
  inventory::v1::LabelUnderstanding understanding;
  bool understood = false;  // False when nothing on the label says anything.
  std::vector<std::string> warnings;
};

// Whether the field of LabelUnderstanding tells one device from all others, and whether anything on
// the label does, or names a container.
bool IsIdentity(std::string_view field);
bool Identifies(const inventory::v1::LabelUnderstanding& label);

// One symbol as it was scanned or seen. Spellings of control characters are a keyboard wedge's: in
// what a camera read they are what the label says.
Parsed ParseSymbol(const inventory::v1::RawSymbol& symbol, const ParseOptions& options);

// Each symbol has content, format, symbology identifier and corners; kind and elements are filled
// in. `known_part` says whether the catalog has a value as a part number; it is asked only where
// serial numbers compete, and may be null.
LabelReading ReadLabel(std::vector<inventory::v1::RawSymbol> symbols, const ParseOptions& options,
                       const std::function<bool(std::string_view)>& known_part = nullptr);

// The symbols that the vision worker read from a picture.
std::vector<inventory::v1::RawSymbol> SymbolsOf(const vision::v1::DecodeResult& decoded);

// Makes the command fit what inventory takes in one scan, so that nothing that was scanned is
// refused for saying too much: what does not fit is left out of the symbols, the understanding and
// the warnings, and a warning says so.
void FitToRecord(inventory::v1::RecordScanRequest* command);

// One short sentence: what became of the scan, what was understood, what looks wrong first.
std::string SentenceFor(const inventory::v1::RecordScanResponse& recorded);

// The answer to a picture of several labels, given what became of each, in order: that of the first
// recorded one with the others as `further`, and how many there are of which outcome. `recorded` is
// not empty. What the server may yet record makes the whole answer its error, so that the scan is
// sent again; so does a refusal of all.
absl::StatusOr<v1::ScanResponse> JoinAnswers(std::vector<absl::StatusOr<v1::ScanResponse>> labels,
                                             const std::vector<std::string>& request_ids);

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_CORE_SCAN_RECORD_H_
