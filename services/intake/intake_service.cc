// SPDX-License-Identifier: Apache-2.0
#include "services/intake/intake_service.h"

#include <grpcpp/channel.h>

#include <atomic>

#include "absl/synchronization/notification.h"
#include "services/common/names.h"
#include "services/common/status.h"
#include "services/intake/container_label.h"
#include "services/intake/core/gs1.h"
#include "services/intake/core/scan_record.h"
#include "services/intake/station_queue.h"

namespace loopdock::intake {
namespace {

constexpr size_t kScansInFlightMax = 32;
constexpr int kAnswersTogetherMax = 64;
constexpr int kSymbolsMax = 256;
constexpr std::size_t kSymbolBytesMax = std::size_t{8} << 10;
constexpr int kKeysMax = 16;
constexpr std::size_t kKeyBytesMax = 256;

}  // namespace

void IntakeService::Start(std::shared_ptr<grpc::Channel> inventory,
                          std::shared_ptr<grpc::Channel> grading, client::CommandPort* commands,
                          Options options) {
  inventory_ = inventory::v1::InventoryService::NewStub(std::move(inventory));
  const std::shared_ptr<grading::v1::EvidenceService::StubInterface> evidence =
      grading::v1::EvidenceService::NewStub(std::move(grading));
  labels_ = options.labels;
  facts_ = std::make_shared<DeviceFacts>(inventory_, std::move(options.catalog));
  manifests_ = std::make_unique<ManifestImport>(ManifestImport::Parts{inventory_, evidence});
  work_ = std::make_unique<ScanWork>(
      ScanWork::Parts{.inventory = inventory_,
                      .evidence = evidence,
                      .read =
                          [vision = vision_](std::string picture, vision::v1::Request request) {
                            return vision->Run(std::move(picture), std::move(request));
                          },
                      .labels = std::move(options.labels),
                      .facts = facts_,
                      .choice_threshold = options.choice_threshold,
                      .commands = commands});
}

grpc::ServerBidiReactor<v1::ScanRequest, v1::ScanResponse>* IntakeService::Scan(
    grpc::CallbackServerContext* context) {
  // The reactor may be made before the guard has judged the call: the queue is made at the first
  // scan, when the service is known to be ready.
  auto queue = std::make_shared<std::shared_ptr<StationQueue>>();
  auto takes_more = std::make_shared<std::atomic<bool>>(false);
  return shell_->BidiItems<v1::ScanRequest, v1::ScanResponse>(
      context, "Scan", kScansInFlightMax,
      [this, queue, takes_more](const common::Caller& caller, const absl::Status& checked,
                                v1::ScanRequest request, common::Reply<v1::ScanResponse> reply) {
        if (*queue == nullptr) {
          *queue = std::make_shared<StationQueue>(work_.get(), &shell_->executor());
        }
        if (request.takes_more()) *takes_more = true;
        (*queue)->Add(caller, checked, std::move(request),
                      [reply](v1::ScanResponse response) { reply(std::move(response)); });
      },
      [takes_more](v1::ScanResponse& into, v1::ScanResponse& from) {
        if (!*takes_more || into.more_size() + 1 >= kAnswersTogetherMax) return false;
        into.add_more()->Swap(&from);
        return true;
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
    LabelReading reading =
        ReadLabel({request->symbols().begin(), request->symbols().end()}, labels_);
    response->mutable_symbols()->Assign(reading.symbols.begin(), reading.symbols.end());
    *response->mutable_understanding() = std::move(reading.understanding);
    response->mutable_warnings()->Assign(reading.warnings.begin(), reading.warnings.end());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* IntakeService::FindDeviceFacts(grpc::CallbackServerContext* context,
                                                         const v1::FindDeviceFactsRequest* request,
                                                         v1::FindDeviceFactsResponse* response) {
  return shell_->UnaryBlocking(
      context, "FindDeviceFacts", *request,
      [this, request, response](const common::Caller& caller) -> absl::Status {
        common::FieldViolations violations;
        if (!common::ParseSite(request->site()).ok()) violations.Add("site", "is `sites/{site}`");
        if (request->keys_size() > kKeysMax) violations.Add("keys", "has at most 16 keys");
        std::vector<std::string> keys;
        for (const std::string& key : request->keys()) {
          if (key.empty() || key.size() > kKeyBytesMax) {
            violations.Add("keys", "are of 1 to 256 bytes each");
            break;
          }
          AddCatalogKey(PadGtin(key), &keys);
          if (PadGtin(key) != key) AddCatalogKey(key, &keys);
        }
        if (keys.empty() && request->category().empty()) {
          violations.Add("keys", "needs a key or a category");
        }
        if (!violations.empty()) return violations.ToStatus();
        auto found = facts_->FindDevice(caller, request->site(), keys);
        if (!found.ok()) return found.status();
        if (!found->has_value()) *found = facts_->FindCategory(request->category());
        if (!found->has_value()) {
          return common::Error(absl::StatusCode::kNotFound, "RESOURCE_NOT_FOUND",
                               "The catalog has none of these keys and no such category.");
        }
        *response->mutable_entry() = std::move((*found)->entry);
        response->set_key((*found)->key);
        response->set_origin(std::string((*found)->origin));
        return absl::OkStatus();
      });
}

}  // namespace loopdock::intake
