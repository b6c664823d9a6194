// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_UNIT_FAKE_INVENTORY_H_
#define LOOPDOCK_TESTS_UNIT_FAKE_INVENTORY_H_

// An inventory that answers what a test tells it, over gRPC in process: for what follows inventory
// or commands it, with the failures that a real one rarely shows.
// Thread safety: set the handlers before the first call; they are called on gRPC's threads.

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <functional>
#include <memory>
#include <thread>

#include "absl/time/clock.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"
#include "services/common/callback_queue.h"
#include "services/common/grpc_status.h"

namespace loopdock::testing {

class FakeInventory final : public inventory::v1::InventoryService::Service {
 public:
  template <typename Request, typename Response>
  using Handler = std::function<absl::Status(const Request&, Response*)>;

  FakeInventory() {
    common::HoldCallbackQueue();
    grpc::ServerBuilder builder;
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~FakeInventory() override { Stop(); }
  // Returns when no call is answered any more: what the answers use may go then.
  void Stop() { server_->Shutdown(absl::ToChronoTime(absl::Now())); }

  std::shared_ptr<grpc::Channel> Channel() { return server_->InProcessChannel({}); }

  Handler<inventory::v1::RecordInspectionRequest, inventory::v1::Asset> record_inspection;
  Handler<inventory::v1::PlaceHoldRequest, inventory::v1::Asset> place_hold;
  Handler<inventory::v1::RecordDecisionsRequest, inventory::v1::RecordDecisionsResponse>
      record_decisions;
  Handler<inventory::v1::RecordScanRequest, inventory::v1::RecordScanResponse> record_scan;
  // Asked before each command of a stream; an error ends the stream with it.
  std::function<absl::Status()> stream_ended;
  Handler<inventory::v1::GetAssetRequest, inventory::v1::Asset> get_asset;
  Handler<inventory::v1::FindCatalogEntryRequest, inventory::v1::CatalogEntry> find_catalog_entry;
  Handler<inventory::v1::GetLabelLayoutRequest, inventory::v1::LabelLayout> get_label_layout;
  Handler<inventory::v1::SetLabelLayoutRequest, inventory::v1::LabelLayout> set_label_layout;
  Handler<inventory::v1::GetConsumerPositionRequest, inventory::v1::ConsumerPosition> get_position;
  Handler<inventory::v1::GetLoadRequest, inventory::v1::Load> get_load;
  Handler<inventory::v1::GetColumnMappingRequest, inventory::v1::ColumnMapping> get_column_mapping;
  Handler<inventory::v1::SetColumnMappingRequest, inventory::v1::ColumnMapping> set_column_mapping;
  Handler<inventory::v1::CreateManifestRequest, inventory::v1::Manifest> create_manifest;
  Handler<inventory::v1::AddManifestLinesRequest, inventory::v1::Manifest> add_manifest_lines;
  Handler<inventory::v1::ActivateManifestRequest, inventory::v1::Manifest> activate_manifest;
  Handler<inventory::v1::GetReconciliationRequest, inventory::v1::Reconciliation>
      get_reconciliation;
  Handler<inventory::v1::CompareWithManifestRequest, inventory::v1::CompareWithManifestResponse>
      compare_with_manifest;
  // Writes what it likes; returning ends the stream.
  std::function<absl::Status(const inventory::v1::TailFeedRequest&, grpc::ServerContext*,
                             grpc::ServerWriter<inventory::v1::TailFeedResponse>*)>
      tail_feed;

  grpc::Status RecordInspection(grpc::ServerContext*,
                                const inventory::v1::RecordInspectionRequest* request,
                                inventory::v1::Asset* response) override {
    return common::ToGrpc(record_inspection(*request, response));
  }
  grpc::Status PlaceHold(grpc::ServerContext*, const inventory::v1::PlaceHoldRequest* request,
                         inventory::v1::Asset* response) override {
    return common::ToGrpc(place_hold(*request, response));
  }
  grpc::Status RecordDecisions(grpc::ServerContext*,
                               const inventory::v1::RecordDecisionsRequest* request,
                               inventory::v1::RecordDecisionsResponse* response) override {
    return common::ToGrpc(record_decisions(*request, response));
  }
  grpc::Status RecordScan(grpc::ServerContext*, const inventory::v1::RecordScanRequest* request,
                          inventory::v1::RecordScanResponse* response) override {
    return common::ToGrpc(record_scan(*request, response));
  }
  grpc::Status GetLoad(grpc::ServerContext*, const inventory::v1::GetLoadRequest* request,
                       inventory::v1::Load* response) override {
    return common::ToGrpc(get_load(*request, response));
  }
  grpc::Status GetColumnMapping(grpc::ServerContext*,
                                const inventory::v1::GetColumnMappingRequest* request,
                                inventory::v1::ColumnMapping* response) override {
    return common::ToGrpc(get_column_mapping(*request, response));
  }
  grpc::Status SetColumnMapping(grpc::ServerContext*,
                                const inventory::v1::SetColumnMappingRequest* request,
                                inventory::v1::ColumnMapping* response) override {
    return common::ToGrpc(set_column_mapping(*request, response));
  }
  grpc::Status CreateManifest(grpc::ServerContext*,
                              const inventory::v1::CreateManifestRequest* request,
                              inventory::v1::Manifest* response) override {
    return common::ToGrpc(create_manifest(*request, response));
  }
  grpc::Status ActivateManifest(grpc::ServerContext*,
                                const inventory::v1::ActivateManifestRequest* request,
                                inventory::v1::Manifest* response) override {
    return common::ToGrpc(activate_manifest(*request, response));
  }
  grpc::Status GetReconciliation(grpc::ServerContext*,
                                 const inventory::v1::GetReconciliationRequest* request,
                                 inventory::v1::Reconciliation* response) override {
    if (get_reconciliation == nullptr) return grpc::Status::OK;
    return common::ToGrpc(get_reconciliation(*request, response));
  }
  grpc::Status CompareWithManifest(grpc::ServerContext*,
                                   const inventory::v1::CompareWithManifestRequest* request,
                                   inventory::v1::CompareWithManifestResponse* response) override {
    return common::ToGrpc(compare_with_manifest(*request, response));
  }
  // Scans and lines of manifests, one answer a message.
  grpc::Status StreamCommands(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<inventory::v1::StreamCommandsResponse,
                               inventory::v1::StreamCommandsRequest>* stream) override {
    inventory::v1::StreamCommandsRequest request;
    while (stream->Read(&request)) {
      if (stream_ended != nullptr && !stream_ended().ok()) return common::ToGrpc(stream_ended());
      inventory::v1::StreamCommandsResponse response;
      auto* result = response.add_results();
      absl::Status recorded;
      if (request.command().has_add_manifest_lines()) {
        const auto& command = request.command().add_manifest_lines();
        result->set_request_id(command.request_id());
        recorded = add_manifest_lines(command, result->mutable_manifest());
      } else {
        const auto& command = request.command().record_scan();
        result->set_request_id(command.request_id());
        recorded = record_scan(command, result->mutable_record_scan());
      }
      if (!recorded.ok()) *result->mutable_error() = common::ToRpcStatus(recorded);
      if (!stream->Write(response)) break;
    }
    return grpc::Status::OK;
  }
  grpc::Status GetAsset(grpc::ServerContext*, const inventory::v1::GetAssetRequest* request,
                        inventory::v1::Asset* response) override {
    return common::ToGrpc(get_asset(*request, response));
  }
  grpc::Status FindCatalogEntry(grpc::ServerContext*,
                                const inventory::v1::FindCatalogEntryRequest* request,
                                inventory::v1::CatalogEntry* response) override {
    if (find_catalog_entry == nullptr) return grpc::Status(grpc::StatusCode::NOT_FOUND, "none");
    return common::ToGrpc(find_catalog_entry(*request, response));
  }
  grpc::Status GetLabelLayout(grpc::ServerContext*,
                              const inventory::v1::GetLabelLayoutRequest* request,
                              inventory::v1::LabelLayout* response) override {
    if (get_label_layout == nullptr) return grpc::Status(grpc::StatusCode::NOT_FOUND, "none");
    return common::ToGrpc(get_label_layout(*request, response));
  }
  grpc::Status SetLabelLayout(grpc::ServerContext*,
                              const inventory::v1::SetLabelLayoutRequest* request,
                              inventory::v1::LabelLayout* response) override {
    if (set_label_layout == nullptr) return grpc::Status(grpc::StatusCode::NOT_FOUND, "none");
    return common::ToGrpc(set_label_layout(*request, response));
  }
  grpc::Status GetConsumerPosition(grpc::ServerContext*,
                                   const inventory::v1::GetConsumerPositionRequest* request,
                                   inventory::v1::ConsumerPosition* response) override {
    return common::ToGrpc(get_position(*request, response));
  }
  grpc::Status TailFeed(grpc::ServerContext* context, const inventory::v1::TailFeedRequest* request,
                        grpc::ServerWriter<inventory::v1::TailFeedResponse>* writer) override {
    return common::ToGrpc(tail_feed(*request, context, writer));
  }

 private:
  std::unique_ptr<grpc::Server> server_;
};

// Waits until `holds`; false when it does not within ten seconds.
inline bool Eventually(const std::function<bool()>& holds) {
  const absl::Time until = absl::Now() + absl::Seconds(10);
  while (!holds()) {
    if (absl::Now() > until) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace loopdock::testing

#endif  // LOOPDOCK_TESTS_UNIT_FAKE_INVENTORY_H_
