// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_OUTBOX_H_
#define LOOPDOCK_SERVICES_GRADING_OUTBOX_H_

// Sends settled inspections, or the holds of hazards, to inventory; outbox_loop.h says how.
// Thread safety: all methods may be called from any thread; Stop from one.
// Ownership: store and committer outlive it.
// Durability: a row leaves the outbox only after inventory's answer; the request id of a row never
// changes, so that sending it twice has one effect.
// Errors: a row that inventory refuses is logged. A version that inventory holds for overtaken by a
// later one is answered: its row goes.

#include <grpcpp/channel.h>

#include <map>
#include <memory>
#include <string>

#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"
#include "services/grading/outbox_loop.h"
#include "services/storage/committer.h"

namespace loopdock::grading {

class Outbox final : public OutboxLoop {
 public:
  // The table is kOutboxTable or kHoldTable; each has a loop of its own, so that a hazard does not
  // wait behind grades.
  Outbox(storage::Store* store, storage::Committer* committer, storage::TableId table,
         std::shared_ptr<grpc::Channel> inventory, Authorize authorize, Pauses pauses);
  ~Outbox() override;

 private:
  Sent Send(const storage::Row& row) override;
  absl::Status Tell(const storage::Row& row);
  void LogOnce(const std::string& key, const absl::Status& status);

  storage::Committer* const committer_;
  const storage::TableId table_;
  const std::unique_ptr<inventory::v1::InventoryService::Stub> inventory_;
  // What was last said of a row that is refused again and again; on the thread only.
  std::map<std::string, std::string> logged_;
};

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_OUTBOX_H_
