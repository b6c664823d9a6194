// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_INVENTORY_SERVICE_H_
#define LOOPDOCK_SERVICES_INVENTORY_INVENTORY_SERVICE_H_

// The gRPC shell of inventory: every method of InventoryService is one call of the Shell and one of
// the core.
// Thread safety: every method may be called from any thread.
// Ownership: shell and inventory must outlive it.
// Blocking: commands are queued and answered from the committer; lists run on blocking threads.
// Errors: those of the guard and of core/inventory.h and core/queries.h; TailFeed also
// FAILED_PRECONDITION FEED_EPOCH_CHANGED and FEED_POSITION_AHEAD.
// Limits: a stream of commands has at most 256 unanswered; a message of TailFeed has at most 256
// entries or, but for its last entry, 256 KiB.

#include "clients/cpp/command_port.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"
#include "services/common/shell.h"
#include "services/inventory/core/batch.h"
#include "services/inventory/core/inventory.h"
#include "services/inventory/core/queries.h"

namespace loopdock::inventory {

class InventoryService final : public v1::InventoryService::CallbackService,
                               public client::CommandPort {
 public:
  // Without an index what needs one is refused.
  InventoryService(common::Shell& shell, Inventory& inventory, const QueryIndex* index = nullptr)
      : shell_(shell), inventory_(inventory), index_(index), queries_(inventory, index) {}

  using Context = grpc::CallbackServerContext;

#define LOOPDOCK_INVENTORY_METHOD(method, response)                                      \
  grpc::ServerUnaryReactor* method(Context* context, const v1::method##Request* request, \
                                   v1::response* answer) override;
  LOOPDOCK_INVENTORY_COMMANDS(LOOPDOCK_INVENTORY_METHOD)
  LOOPDOCK_INVENTORY_QUERIES(LOOPDOCK_INVENTORY_METHOD)
#undef LOOPDOCK_INVENTORY_METHOD

  grpc::ServerUnaryReactor* ExecuteBatch(Context* context, const v1::ExecuteBatchRequest* request,
                                         v1::ExecuteBatchResponse* answer) override;
  grpc::ServerBidiReactor<v1::StreamCommandsRequest, v1::StreamCommandsResponse>* StreamCommands(
      Context* context) override;
  void Send(const common::Caller& caller, v1::Command command,
            client::CommandPort::Answer answer) override;
  grpc::ServerWriteReactor<v1::ExportResponse>* Export(Context* context,
                                                       const v1::ExportRequest* request) override;
  grpc::ServerWriteReactor<v1::TailFeedResponse>* TailFeed(
      Context* context, const v1::TailFeedRequest* request) override;

 private:
  // For the commands of a call or stream, as long as its caller lives.
  MayUse MayUseFor(const common::Caller& caller);
  // `checked` is what the guard says of what carries the command.
  void Carry(const common::Caller& caller, const absl::Status& checked, v1::Command command,
             client::CommandPort::Answer answer);
  void RecordRefusals(const common::Caller& caller, const v1::ExecuteBatchRequest& request,
                      const v1::ExecuteBatchResponse& answer);
  absl::Status Tail(const v1::TailFeedRequest& request,
                    common::Sink<v1::TailFeedResponse>& sink) const;
  v1::TailFeedResponse FeedMessage() const;

  common::Shell& shell_;
  Inventory& inventory_;
  const QueryIndex* const index_;
  const Queries queries_;
};

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_INVENTORY_SERVICE_H_
