// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_GRADING_SERVICE_H_
#define LOOPDOCK_SERVICES_GRADING_GRADING_SERVICE_H_

// The gRPC shell of grading: inspects pictures, proposes a grade, takes the grader's word, tells
// inventory of grades and of hazards, and reports how far camera and graders agree.
// Thread safety: all methods may be called from any thread.
// Durability: pictures are durable evidence before the inspection that names them; an answer means
// that the version is durable.
// Errors: those of core/inspections.h, core/grader.h, inspector.h; a picture that cannot be
// measured is no error of the call but a `problem` of that picture. Limits: 16 pictures an
// inspection, 16 MiB inline together, 100 answers.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "loopdock/grading/v1/grading.grpc.pb.h"
#include "services/common/shell.h"
#include "services/grading/core/grader.h"
#include "services/grading/core/inspections.h"
#include "services/grading/inspector.h"
#include "services/grading/outbox.h"
#include "services/storage/committer.h"

namespace loopdock::grading {

class GradingService final : public v1::GradingService::CallbackService {
 public:
  // All outlive the service.
  struct Parts {
    storage::Store* store = nullptr;
    storage::Committer* committer = nullptr;
    const Inspector* inspector = nullptr;
    const Grader* grader = nullptr;
    // Text of each scale of the grader, in its order.
    std::vector<std::string> scale_texts;
    VisionWork vision;
    EvidenceStore* evidence = nullptr;
  };
  explicit GradingService(Parts parts);
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
  grpc::ServerUnaryReactor* EditInspection(grpc::CallbackServerContext* context,
                                           const v1::EditInspectionRequest* request,
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
  grpc::ServerUnaryReactor* GetScale(grpc::CallbackServerContext* context,
                                     const v1::GetScaleRequest* request,
                                     v1::GradeScale* response) override;
  grpc::ServerUnaryReactor* ListChecklists(grpc::CallbackServerContext* context,
                                           const v1::ListChecklistsRequest* request,
                                           v1::ListChecklistsResponse* response) override;
  grpc::ServerUnaryReactor* DrawInspection(grpc::CallbackServerContext* context,
                                           const v1::DrawInspectionRequest* request,
                                           v1::DrawInspectionResponse* response) override;
  grpc::ServerUnaryReactor* ReportAgreement(grpc::CallbackServerContext* context,
                                            const v1::ReportAgreementRequest* request,
                                            v1::AgreementReport* response) override;

 private:
  absl::Status Inspect(const common::Caller& caller, const v1::InspectRequest& request,
                       v1::Inspection* response);
  absl::StatusOr<inventory::v1::Asset> OpenAsset(const common::Caller& caller,
                                                 const std::string& asset);
  // HAZARD_HOLD while a hazard that an inspection found is not released.
  absl::Status CheckNoHazard(const common::Caller& caller, const v1::Inspection& inspection);
  absl::StatusOr<v1::Inspection> Find(const std::string& name, std::int32_t version) const;
  absl::Status List(const v1::ListInspectionsRequest& request,
                    v1::ListInspectionsResponse* response);
  absl::Status Settle(const common::Caller& caller, const std::string& name, ChangeContext change,
                      SettleCommand::Settlement settlement, v1::Inspection* response);
  absl::Status Edit(const common::Caller& caller, const v1::EditInspectionRequest& request,
                    v1::Inspection* response);
  absl::Status Draw(const v1::DrawInspectionRequest& request, v1::DrawInspectionResponse* response);
  absl::Status Report(const common::Caller& caller, const v1::ReportAgreementRequest& request,
                      v1::AgreementReport* response) const;

  const Parts parts_;
  std::unique_ptr<inventory::v1::InventoryService::Stub> inventory_;
  std::unique_ptr<Outbox> outbox_;
  std::unique_ptr<Outbox> holds_;
  common::Shell* shell_ = nullptr;
};

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_GRADING_SERVICE_H_
