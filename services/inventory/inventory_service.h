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
// Limits: a message of TailFeed has at most 256 entries or, but for its last entry, 256 KiB.

#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"
#include "services/common/shell.h"
#include "services/inventory/core/inventory.h"
#include "services/inventory/core/queries.h"

namespace loopdock::inventory {

class InventoryService final : public v1::InventoryService::CallbackService {
 public:
  InventoryService(common::Shell& shell, Inventory& inventory)
      : shell_(shell), inventory_(inventory), queries_(inventory) {}

  using Context = grpc::CallbackServerContext;

#define LOOPDOCK_INVENTORY_METHOD(method, response)                                      \
  grpc::ServerUnaryReactor* method(Context* context, const v1::method##Request* request, \
                                   v1::response* answer) override;
  LOOPDOCK_INVENTORY_COMMANDS(LOOPDOCK_INVENTORY_METHOD)
  LOOPDOCK_INVENTORY_QUERIES(LOOPDOCK_INVENTORY_METHOD)
#undef LOOPDOCK_INVENTORY_METHOD

  grpc::ServerWriteReactor<v1::TailFeedResponse>* TailFeed(
      Context* context, const v1::TailFeedRequest* request) override;

 private:
  absl::Status Tail(const v1::TailFeedRequest& request,
                    common::Sink<v1::TailFeedResponse>& sink) const;
  v1::TailFeedResponse FeedMessage() const;

  common::Shell& shell_;
  Inventory& inventory_;
  const Queries queries_;
};

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_INVENTORY_SERVICE_H_
