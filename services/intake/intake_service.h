// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_INTAKE_SERVICE_H_
#define LOOPDOCK_SERVICES_INTAKE_INTAKE_SERVICE_H_

// The gRPC shell of intake: what dock stations talk to. Keeps nothing.
// Thread safety: all methods may be called from any thread.
// Errors: those of scan_work.h, in a stream in the answer of their scan, and of manifest_import.h.
// Limits: 32 scans of a stream are worked on at a time, the rest wait in the station.

#include <memory>

#include "loopdock/intake/v1/intake.grpc.pb.h"
#include "services/common/shell.h"
#include "services/intake/manifest_import.h"
#include "services/intake/scan_work.h"
#include "services/vision/pool.h"

namespace loopdock::intake {

class IntakeService final : public v1::IntakeService::CallbackService {
 public:
  explicit IntakeService(vision::VisionPool* vision) : vision_(vision) {}
  void Attach(common::Shell* shell) { shell_ = shell; }
  // What a site decides about labels.
  struct Options {
    Catalog catalog;
    ParseOptions labels;
    double choice_threshold = kChoiceThreshold;
  };
  // Before the shell is made ready. `commands` leads to an inventory of this process, or is null.
  void Start(std::shared_ptr<grpc::Channel> inventory, std::shared_ptr<grpc::Channel> grading,
             client::CommandPort* commands, Options options);

  grpc::ServerBidiReactor<v1::ScanRequest, v1::ScanResponse>* Scan(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* ScanOne(grpc::CallbackServerContext* context,
                                    const v1::ScanRequest* request,
                                    v1::ScanResponse* response) override;
  grpc::ServerReadReactor<v1::ImportManifestRequest>* ImportManifest(
      grpc::CallbackServerContext* context, v1::ImportManifestResponse* response) override;
  grpc::ServerUnaryReactor* RenderContainerLabel(
      grpc::CallbackServerContext* context, const v1::RenderContainerLabelRequest* request,
      v1::RenderContainerLabelResponse* response) override;
  grpc::ServerUnaryReactor* Understand(grpc::CallbackServerContext* context,
                                       const v1::UnderstandRequest* request,
                                       v1::UnderstandResponse* response) override;
  grpc::ServerUnaryReactor* FindDeviceFacts(grpc::CallbackServerContext* context,
                                            const v1::FindDeviceFactsRequest* request,
                                            v1::FindDeviceFactsResponse* response) override;

 private:
  vision::VisionPool* const vision_;
  ParseOptions labels_;
  std::shared_ptr<DeviceFacts> facts_;
  std::shared_ptr<inventory::v1::InventoryService::StubInterface> inventory_;
  std::unique_ptr<ScanWork> work_;
  std::unique_ptr<ManifestImport> manifests_;
  common::Shell* shell_ = nullptr;
};

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_INTAKE_SERVICE_H_
