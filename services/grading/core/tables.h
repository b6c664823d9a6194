// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_CORE_TABLES_H_
#define LOOPDOCK_SERVICES_GRADING_CORE_TABLES_H_

// Tables and keys of the grading store; docs/internals/formats/grading.md describes them.
// Thread safety: free functions, safe from any thread.

#include <cstdint>
#include <string>
#include <string_view>

#include "services/storage/store.h"

namespace loopdock::grading {

inline constexpr storage::TableId kCounterTable = 1;         // site -> inspections made so far
inline constexpr storage::TableId kVersionTable = 2;         // every version of every inspection
inline constexpr storage::TableId kLatestTable = 3;          // the latest version of each
inline constexpr storage::TableId kByAssetTable = 4;         // asset, inspection -> nothing
inline constexpr storage::TableId kResponseTable = 5;        // request id -> hash, response
inline constexpr storage::TableId kOutboxTable = 6;          // what inventory has not answered yet
inline constexpr storage::TableId kEvidenceTable = 7;        // SHA-256, hexadecimal -> bytes
inline constexpr storage::TableId kEvidenceRefTable = 8;     // the same -> reference and time
inline constexpr storage::TableId kReviewTable = 9;          // inspections that wait for a person
inline constexpr storage::TableId kHoldTable = 10;           // holds that inventory has not placed
inline constexpr storage::TableId kCalibrationTable = 11;    // every calibration
inline constexpr storage::TableId kStationTable = 12;        // station -> its latest calibration
inline constexpr storage::TableId kReferenceTable = 13;      // every reference picture
inline constexpr storage::TableId kReferenceFaceTable = 14;  // model, face -> its latest reference
inline constexpr storage::TableId kStationResponseTable = 15;  // request id -> hash, response
// What other tools hand in; core/results/ledger.h.
inline constexpr storage::TableId kResultTable = 20;          // result -> how it stands
inline constexpr storage::TableId kResultWaitingTable = 21;   // time, result -> nothing
inline constexpr storage::TableId kResultOutboxTable = 22;    // time, result -> what is sent
inline constexpr storage::TableId kResultResponseTable = 23;  // request id -> hash, response

storage::StoreOptions StoreOptions();

// "main\0" + id; the site first, as everywhere.
std::string InspectionKey(std::string_view site, std::string_view id);
// The inspection's key and its version as 4 bytes, big-endian, so that versions sort.
std::string VersionKey(std::string_view site, std::string_view id, std::int32_t version);
// The InspectionKey that a VersionKey begins with.
std::string InspectionKeyOf(std::string_view version_key);
// "main\0" + asset id + "\0" + inspection id.
std::string ByAssetKey(std::string_view site, std::string_view asset_id,
                       std::string_view inspection_id);
// "main\0" + model + "\0" + the face's number.
std::string ReferenceFaceKey(std::string_view site, std::string_view model, int face);
std::string SiteKey(std::string_view site, std::string_view rest);

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_CORE_TABLES_H_
