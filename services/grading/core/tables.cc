// SPDX-License-Identifier: Apache-2.0
#include "services/grading/core/tables.h"

#include <algorithm>

namespace loopdock::grading {

storage::StoreOptions StoreOptions() {
  storage::StoreOptions options;
  options.name = "grading";
  options.tables = {
      {.id = kCounterTable, .name = "counters"},
      {.id = kVersionTable, .name = "inspection_versions"},
      {.id = kLatestTable, .name = "inspections"},
      {.id = kByAssetTable, .name = "inspections_by_asset"},
      {.id = kResponseTable, .name = "responses"},
      {.id = kOutboxTable, .name = "outbox"},
      {.id = kEvidenceTable, .name = "evidence", .large_values = true},
      {.id = kEvidenceRefTable, .name = "evidence_refs"},
      {.id = kReviewTable, .name = "review_queue"},
      {.id = kHoldTable, .name = "hold_outbox"},
      {.id = kCalibrationTable, .name = "calibrations"},
      {.id = kStationTable, .name = "stations"},
      {.id = kReferenceTable, .name = "references"},
      {.id = kReferenceFaceTable, .name = "reference_faces"},
      {.id = kStationResponseTable, .name = "station_responses"},
      {.id = kResultTable, .name = "results"},
      {.id = kResultWaitingTable, .name = "results_waiting"},
      {.id = kResultOutboxTable, .name = "results_outbox"},
      {.id = kResultResponseTable, .name = "result_responses"},
  };
  return options;
}

std::string SiteKey(std::string_view site, std::string_view rest) {
  std::string key(site);
  key.push_back('\0');
  key.append(rest);
  return key;
}

std::string InspectionKey(std::string_view site, std::string_view id) { return SiteKey(site, id); }

std::string VersionKey(std::string_view site, std::string_view id, std::int32_t version) {
  std::string key = SiteKey(site, id);
  key.push_back('\0');
  const auto number = static_cast<std::uint32_t>(version);
  for (int shift = 24; shift >= 0; shift -= 8) {
    key.push_back(static_cast<char>((number >> shift) & 0xff));
  }
  return key;
}

std::string InspectionKeyOf(std::string_view version_key) {
  constexpr size_t kVersionBytes = 5;  // With the zero byte before the number.
  return std::string(
      version_key.substr(0, version_key.size() - std::min(version_key.size(), kVersionBytes)));
}

std::string ReferenceFaceKey(std::string_view site, std::string_view model, int face) {
  return SiteKey(site, std::string(model) + '\0' + std::to_string(face));
}

std::string ByAssetKey(std::string_view site, std::string_view asset_id,
                       std::string_view inspection_id) {
  std::string key = SiteKey(site, asset_id);
  key.push_back('\0');
  key.append(inspection_id);
  return key;
}

}  // namespace loopdock::grading
