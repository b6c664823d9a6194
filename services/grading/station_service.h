// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_STATION_SERVICE_H_
#define LOOPDOCK_SERVICES_GRADING_STATION_SERVICE_H_

// The gRPC shell of inspection stations: calibrates their cameras, keeps reference pictures.
// Thread safety: all methods may be called from any thread.
// Durability: pictures are durable evidence before the record that names them; an answer means that
// the record is durable.
// Errors: FAILED_PRECONDITION CALIBRATION_POOR, REFERENCE_UNFIT; those of inspector.h and
// core/stations.h.
// Limits: 4 to 32 pictures of a board, 16 MiB inline together; a reference has at most 8 MiB.

#include <string>

#include "loopdock/grading/v1/stations.grpc.pb.h"
#include "services/common/shell.h"
#include "services/grading/core/grader.h"
#include "services/grading/core/stations.h"
#include "services/grading/inspector.h"
#include "services/storage/committer.h"

namespace loopdock::grading {

class StationService final : public v1::StationService::CallbackService {
 public:
  // All outlive the service.
  struct Parts {
    storage::Store* store = nullptr;
    storage::Committer* committer = nullptr;
    const Inspector* inspector = nullptr;
    const Grader* grader = nullptr;
    VisionWork vision;
    absl::Duration calibration_holds = absl::Hours(24 * 90);
    // A root mean square above this is no calibration.
    double reprojection_px_max = 1;
  };
  explicit StationService(Parts parts) : parts_(std::move(parts)) {}

  void Attach(common::Shell* shell) { shell_ = shell; }

  grpc::ServerUnaryReactor* CalibrateStation(grpc::CallbackServerContext* context,
                                             const v1::CalibrateStationRequest* request,
                                             v1::Calibration* response) override;
  grpc::ServerUnaryReactor* ListCalibrations(grpc::CallbackServerContext* context,
                                             const v1::ListCalibrationsRequest* request,
                                             v1::ListCalibrationsResponse* response) override;
  grpc::ServerUnaryReactor* RegisterReference(grpc::CallbackServerContext* context,
                                              const v1::RegisterReferenceRequest* request,
                                              v1::Reference* response) override;
  grpc::ServerUnaryReactor* ListReferences(grpc::CallbackServerContext* context,
                                           const v1::ListReferencesRequest* request,
                                           v1::ListReferencesResponse* response) override;

 private:
  absl::Status Calibrate(const common::Caller& caller, const v1::CalibrateStationRequest& request,
                         v1::Calibration* response);
  absl::Status FindBoards(const common::Caller& caller, const std::string& site,
                          const v1::CalibrateStationRequest& request, v1::Calibration* calibration,
                          vision::v1::SolveLensRequest* solve, std::vector<int>* used) const;
  absl::Status Solve(vision::v1::SolveLensRequest solve, v1::Calibration* calibration) const;
  absl::Status Register(const common::Caller& caller, const v1::RegisterReferenceRequest& request,
                        v1::Reference* response);
  // Why the device of a reference is not clean by the default scale; empty when it is.
  std::string DamageOf(const vision::v1::Measurement& measurement) const;
  // A page of the records of one kind, all or those about one station or model.
  template <typename Request, typename Record>
  absl::Status List(const StationTables& tables, const Request& request, const std::string& about,
                    google::protobuf::RepeatedPtrField<Record>* records,
                    std::string* next_page_token) const;
  // Whether a record is the one in force for its key.
  absl::StatusOr<bool> InForce(const StationTables& tables, const std::string& key,
                               const std::string& name) const;

  const Parts parts_;
  common::Shell* shell_ = nullptr;
};

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_STATION_SERVICE_H_
