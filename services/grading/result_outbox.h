// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_RESULT_OUTBOX_H_
#define LOOPDOCK_SERVICES_GRADING_RESULT_OUTBOX_H_

// Sends matched results to inventory; outbox_loop.h says how. A result is several commands, such as
// the drive that is made and its sanitization.
// Thread safety: all methods may be called from any thread; Stop from one.
// Ownership: store and committer outlive it.
// Durability: a row leaves the outbox only after inventory has taken its last command; every
// command keeps its request id, so that sending it twice has one effect. Errors: what inventory
// refuses waits for a person with the reason, and is tried again meanwhile. Results of one asset
// are sent in the order in which they came: what stands behind a refused one waits, so that an old
// test never comes after a new one.

#include <grpcpp/channel.h>

#include <memory>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"
#include "services/grading/core/results/ledger.h"
#include "services/grading/outbox_loop.h"
#include "services/storage/committer.h"

namespace loopdock::grading {

class ResultOutbox final : public OutboxLoop {
 public:
  ResultOutbox(storage::Store* store, storage::Committer* committer,
               std::shared_ptr<grpc::Channel> inventory, Authorize authorize, Pauses pauses);
  ~ResultOutbox() override;

 private:
  void BeginPass() override { held_up_.clear(); }
  Sent Send(const storage::Row& row) override;
  // The asset as it stands afterwards.
  absl::StatusOr<inventory::v1::Asset> Deliver(inventory::v1::ExecuteBatchRequest batch,
                                               std::string asset);
  absl::StatusOr<inventory::v1::Asset> DeliverOne(inventory::v1::Command& command,
                                                  const std::string& asset);
  absl::StatusOr<std::string> Make(const inventory::v1::CreateAssetRequest& request);
  absl::StatusOr<inventory::v1::Asset> Get(const std::string& asset);
  void Keep(const std::string& key, DeliveredCommand::Answer answer);

  storage::Store* const store_;
  storage::Committer* const committer_;
  const std::unique_ptr<inventory::v1::InventoryService::Stub> inventory_;
  // Assets, and serial numbers of drives to be made, of which a row was not taken in this pass; on
  // the thread only.
  std::set<std::string> held_up_;
};

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_RESULT_OUTBOX_H_
