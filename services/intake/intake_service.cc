// SPDX-License-Identifier: Apache-2.0
#include "services/intake/intake_service.h"

#include <grpcpp/channel.h>

#include "absl/synchronization/notification.h"
#include "services/common/status.h"
#include "services/intake/container_label.h"
#include "services/intake/core/scan_record.h"
#include "services/intake/station_queue.h"

namespace loopdock::intake {
namespace {

constexpr size_t kScansInFlightMax = 32;
constexpr int kSymbolsMax = 256;
constexpr std::size_t kSymbolBytesMax = std::size_t{8} << 10;

}  // namespace

void IntakeService::Start(std::shared_ptr<grpc::Channel> inventory,
                          std::shared_ptr<grpc::Channel> grading) {
  inventory_ = inventory::v1::InventoryService::NewStub(std::move(inventory));
  const std::shared_ptr<grading::v1::EvidenceService::StubInterface> evidence =
      grading::v1::EvidenceService::NewStub(std::move(grading));
  manifests_ = std::make_unique<ManifestImport>(ManifestImport::Parts{inventory_, evidence});
  work_ = std::make_unique<ScanWork>(
      ScanWork::Parts{.inventory = inventory_,
                      .evidence = evidence,
                      .read = [vision = vision_](std::string picture, vision::v1::Request request) {
                        return vision->Run(std::move(picture), std::move(request));
                      }});
}

grpc::ServerBidiReactor<v1::ScanRequest, v1::ScanResponse>* IntakeService::Scan(
    grpc::CallbackServerContext* context) {
  // The reactor may be made before the guard has judged the call: the queue is made at the first
  // scan, when the service is known to be ready.
  auto queue = std::make_shared<std::shared_ptr<StationQueue>>();
  return shell_->BidiItems<v1::ScanRequest, v1::ScanResponse>(
      context, "Scan", kScansInFlightMax,
      [this, queue](const common::Caller& caller, const absl::Status& checked,
                    v1::ScanRequest request, common::Reply<v1::ScanResponse> reply) {
        if (*queue == nullptr) {
          *queue = std::make_shared<StationQueue>(work_.get(), &shell_->executor());
        }
        (*queue)->Add(caller, checked, std::move(request),
                      [reply](v1::ScanResponse response) { reply(std::move(response)); });
      });
}

grpc::ServerUnaryReactor* IntakeService::ScanOne(grpc::CallbackServerContext* context,
                                                 const v1::ScanRequest* request,
                                                 v1::ScanResponse* response) {
  return shell_->UnaryBlocking(context, "ScanOne", *request,
                               [this, request, response](const common::Caller& caller) {
                                 auto prepared = work_->Prepare(caller, *request);
                                 if (!prepared.ok()) return prepared.status();
                                 absl::Notification answered;
                                 absl::Status status;
                                 work_->Record(caller, *std::move(prepared), nullptr,
                                               [&](absl::StatusOr<v1::ScanResponse> answer) {
                                                 status = answer.status();
                                                 if (answer.ok()) *response = *std::move(answer);
                                                 answered.Notify();
                                               });
                                 answered.WaitForNotification();
                                 return status;
                               });
}

grpc::ServerReadReactor<v1::ImportManifestRequest>* IntakeService::ImportManifest(
    grpc::CallbackServerContext* context, v1::ImportManifestResponse* response) {
  return shell_->ClientStream<v1::ImportManifestRequest>(
      context, "ImportManifest",
      [this, response](const common::Caller& caller,
                       common::Source<v1::ImportManifestRequest>& source) {
        return manifests_->Import(caller, source, response);
      });
}

grpc::ServerUnaryReactor* IntakeService::RenderContainerLabel(
    grpc::CallbackServerContext* context, const v1::RenderContainerLabelRequest* request,
    v1::RenderContainerLabelResponse* response) {
  return shell_->UnaryBlocking(context, "RenderContainerLabel", *request,
                               [this, request, response](const common::Caller& caller) {
                                 return intake::RenderContainerLabel(*inventory_, caller, *request,
                                                                     response);
                               });
}

grpc::ServerUnaryReactor* IntakeService::Understand(grpc::CallbackServerContext* context,
                                                    const v1::UnderstandRequest* request,
                                                    v1::UnderstandResponse* response) {
  return shell_->Unary(context, "Understand", *request, [&](const common::Caller&) -> absl::Status {
    common::FieldViolations violations;
    if (request->symbols_size() > kSymbolsMax) violations.Add("symbols", "has at most 256 symbols");
    for (const auto& symbol : request->symbols()) {
      if (symbol.content().size() <= kSymbolBytesMax) continue;
      violations.Add("symbols.content", "has at most 8192 bytes");
      break;
    }
    if (!violations.empty()) return violations.ToStatus();
    LabelReading reading = ReadLabel({request->symbols().begin(), request->symbols().end()}, {});
    response->mutable_symbols()->Assign(reading.symbols.begin(), reading.symbols.end());
    *response->mutable_understanding() = std::move(reading.understanding);
    response->mutable_warnings()->Assign(reading.warnings.begin(), reading.warnings.end());
    return absl::OkStatus();
  });
}

}  // namespace loopdock::intake
