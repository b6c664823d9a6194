// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_GRADING_SERVICE_H_
#define LOOPDOCK_SERVICES_GRADING_GRADING_SERVICE_H_

// The gRPC shell of grading: inspects pictures, proposes a grade, takes the grader's word, and
// tells inventory.
// Thread safety: all methods may be called from any thread.
// Durability: pictures are durable evidence before the inspection that names them; an answer means
// that the version is durable.
// Errors: those of loopdock/grading/v1/grading.proto, core/inspections.h, evidence_store.h; a
// picture that cannot be measured is no error of the call but a `problem` of that picture.
// Limits: 16 pictures an inspection, 16 MiB inline together.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "loopdock/grading/v1/grading.grpc.pb.h"
#include "services/common/shell.h"
#include "services/grading/core/inspections.h"
#include "services/grading/core/scale.h"
#include "services/grading/evidence_store.h"
#include "services/grading/outbox.h"
#include "services/storage/committer.h"
#include "services/vision/pool.h"

namespace loopdock::grading {

class GradingService final : public v1::GradingService::CallbackService {
 public:
  // All outlive the service.
  struct Parts {
    storage::Store* store = nullptr;
    storage::Committer* committer = nullptr;
    EvidenceStore* evidence = nullptr;
    vision::VisionPool* vision = nullptr;
  };
  // The first scale is the default.
  GradingService(Parts parts, std::vector<Scale> scales, std::optional<double> um_per_px);
  ~GradingService() override;

  void Attach(common::Shell* shell) { shell_ = shell; }
  // Before the shell is made ready; `as_service` authorizes what the outbox sends.
  void Start(std::shared_ptr<grpc::Channel> inventory, Outbox::Authorize as_service);
  void Stop();

  grpc::ServerUnaryReactor* Inspect(grpc::CallbackServerContext* context,
                                    const v1::InspectRequest* request,
                                    v1::Inspection* response) override;
  grpc::ServerUnaryReactor* ConfirmInspection(grpc::CallbackServerContext* context,
                                              const v1::ConfirmInspectionRequest* request,
                                              v1::Inspection* response) override;
  grpc::ServerUnaryReactor* OverrideInspection(grpc::CallbackServerContext* context,
                                               const v1::OverrideInspectionRequest* request,
                                               v1::Inspection* response) override;
  grpc::ServerUnaryReactor* GetInspection(grpc::CallbackServerContext* context,
                                          const v1::GetInspectionRequest* request,
                                          v1::Inspection* response) override;
  grpc::ServerUnaryReactor* ListInspections(grpc::CallbackServerContext* context,
                                            const v1::ListInspectionsRequest* request,
                                            v1::ListInspectionsResponse* response) override;
  grpc::ServerUnaryReactor* ListScales(grpc::CallbackServerContext* context,
                                       const v1::ListScalesRequest* request,
                                       v1::ListScalesResponse* response) override;

 private:
  absl::Status Inspect(const common::Caller& caller, const v1::InspectRequest& request,
                       v1::Inspection* response);
  absl::Status CheckAsset(const common::Caller& caller, const std::string& asset);
  absl::StatusOr<const Scale*> FindScale(const std::string& id) const;
  absl::StatusOr<v1::InspectedPicture> Measure(const std::string& site, const v1::Picture& picture,
                                               v1::Inspection* inspection);
  void Grade(const Scale& scale, v1::Inspection* inspection) const;
  absl::Status List(const v1::ListInspectionsRequest& request,
                    v1::ListInspectionsResponse* response);
  void Settle(const common::Caller& caller, ChangeContext change,
              SettleCommand::Settlement settlement, v1::Inspection* response,
              const common::Done& done);

  const Parts parts_;
  const std::vector<Scale> scales_;
  const std::optional<double> um_per_px_;
  std::unique_ptr<inventory::v1::InventoryService::Stub> inventory_;
  std::unique_ptr<Outbox> outbox_;
  common::Shell* shell_ = nullptr;
};

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_GRADING_SERVICE_H_
