// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_CORE_STATIONS_H_
#define LOOPDOCK_SERVICES_GRADING_CORE_STATIONS_H_

// The commands that keep calibrations and reference pictures. None is ever changed or removed: the
// latest of a station, or of a model's face, is in force.
// Thread safety: as core/inspections.h. Errors: ALREADY_EXISTS REQUEST_ID_REUSED; DATA_LOSS
// RECORD_CORRUPT.

#include <functional>
#include <string>

#include "loopdock/grading/v1/stations.pb.h"
#include "services/grading/core/inspections.h"
#include "services/grading/core/tables.h"
#include "services/storage/command.h"

namespace loopdock::grading {

// Where a kind of record lies.
struct StationTables {
  const char* collection;  // of its names, and the key of its counter after the site
  storage::TableId records;
  storage::TableId in_force;  // key -> id of the latest
};
inline constexpr StationTables kCalibrations = {"calibrations", kCalibrationTable, kStationTable};
inline constexpr StationTables kReferences = {"references", kReferenceTable, kReferenceFaceTable};

std::string InForceKey(std::string_view site, const v1::Calibration& calibration);
std::string InForceKey(std::string_view site, const v1::Reference& reference);

// Keeps one record; it gets its name, its maker and its time here.
template <typename Record>
class KeepCommand final : public storage::Command {
 public:
  using Finished = std::function<void(const absl::Status&, const Record&)>;
  KeepCommand(const StationTables& tables, ChangeContext context, Record record, Finished finished)
      : tables_(tables),
        context_(std::move(context)),
        record_(std::move(record)),
        finished_(std::move(finished)) {}

  void DeclareReads(storage::ReadSet& reads) override;
  absl::Status Apply(storage::View& view, storage::Changes& changes) override;
  void Done(const absl::Status& outcome) override { finished_(outcome, record_); }

 private:
  const StationTables& tables_;
  const ChangeContext context_;
  Record record_;
  const Finished finished_;
};

extern template class KeepCommand<v1::Calibration>;
extern template class KeepCommand<v1::Reference>;

// What is remembered of a request, or nothing.
template <typename Record>
absl::StatusOr<std::optional<Record>> KeptBefore(const std::optional<std::string>& row,
                                                 const std::string& hash);
extern template absl::StatusOr<std::optional<v1::Calibration>> KeptBefore(
    const std::optional<std::string>& row, const std::string& hash);
extern template absl::StatusOr<std::optional<v1::Reference>> KeptBefore(
    const std::optional<std::string>& row, const std::string& hash);

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_CORE_STATIONS_H_
