// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_INSPECTOR_H_
#define LOOPDOCK_SERVICES_GRADING_INSPECTOR_H_

// From pictures to measurements: keeps each picture as evidence and has the worker measure it with
// all that is known of its station and its model.
// Thread safety: all methods may be called from any thread.
// Ownership: what Parts points to outlives it.
// Blocking: waits for the disk, the workers and, for the size of a model, for intake.
// Errors: those of EvidenceStore and VisionPool; FAILED_PRECONDITION CALIBRATION_EXPIRED; NOT_FOUND
// STATION_NOT_CALIBRATED. A picture that cannot be measured is no error but a `problem` of it.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "loopdock/grading/v1/grading.pb.h"
#include "loopdock/grading/v1/stations.pb.h"
#include "loopdock/inventory/v1/resources.pb.h"
#include "services/common/caller.h"
#include "services/common/clock.h"
#include "services/grading/evidence_store.h"
#include "services/storage/store.h"

namespace loopdock::grading {

// The work of the vision pool.
using VisionWork =
    std::function<absl::StatusOr<vision::v1::Response>(std::string, vision::v1::Request)>;

// The size of a model's body, in micrometres; 0 for what is not known.
struct BodySize {
  double length_um = 0;
  double width_um = 0;
};
// Of the first key that the catalog knows; zeros when it knows none or cannot be asked.
using BodySizes = std::function<BodySize(const common::Caller& caller, const std::string& site,
                                         const std::vector<std::string>& keys)>;

class Inspector {
 public:
  struct Parts {
    const storage::Store* store = nullptr;
    EvidenceStore* evidence = nullptr;
    const common::Clock* clock = nullptr;
    VisionWork vision;
    BodySizes body_sizes;  // may be empty
    std::optional<double> um_per_px;
  };
  explicit Inspector(Parts parts) : parts_(std::move(parts)) {}

  // The station's calibration, nothing when it has none.
  absl::StatusOr<std::optional<v1::Calibration>> CalibrationOf(const std::string& site,
                                                               const std::string& station) const;
  // Measures every picture and sets what was used for it.
  absl::Status Measure(const common::Caller& caller, const v1::InspectRequest& request,
                       const inventory::v1::Asset& asset, v1::Inspection* inspection) const;
  // Has the calibration of the station that a request names used, else of the one that calls, which
  // need have none; answers what was used, nothing for none.
  absl::StatusOr<std::optional<v1::Calibration>> UseStation(
      const std::string& site, const std::string& named, const common::Caller& caller,
      vision::v1::MeasureRequest* measure) const;
  // The bytes of a picture; nothing is kept.
  absl::StatusOr<std::string> Bytes(const std::string& site, const v1::Picture& picture) const;
  // The bytes of a picture, kept as evidence.
  struct Kept {
    std::string bytes;
    loopdock::common::v1::EvidenceRef evidence;
  };
  absl::StatusOr<Kept> Keep(const std::string& site, const v1::Picture& picture,
                            const std::string& purpose) const;

 private:
  absl::Status NotCalibrated(const std::string& site, const std::string& station) const;
  void SetBody(const common::Caller& caller, const std::string& site,
               const inventory::v1::Asset& asset, v1::Inspection* inspection,
               vision::v1::MeasureRequest* measure) const;
  absl::Status SetReference(const std::string& site, vision::v1::Face face,
                            v1::Inspection* inspection, v1::InspectedPicture* inspected,
                            vision::v1::MeasureRequest* measure) const;
  absl::StatusOr<v1::InspectedPicture> MeasureOne(const std::string& site,
                                                  const v1::Picture& picture,
                                                  vision::v1::MeasureRequest measure,
                                                  v1::Inspection* inspection) const;

  const Parts parts_;
};

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_INSPECTOR_H_
