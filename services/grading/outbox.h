// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_OUTBOX_H_
#define LOOPDOCK_SERVICES_GRADING_OUTBOX_H_

// Sends settled inspections to inventory until inventory has answered, across restarts of either.
// Thread safety: all methods may be called from any thread.
// Ownership: store and committer outlive it.
// Durability: a row leaves the outbox only after inventory's answer; the request id of a row never
// changes, so that sending it twice has one effect.
// Errors: a refusal of inventory is logged and tried again with growing pauses; rows behind it are
// not held up.

#include <grpcpp/channel.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"
#include "services/storage/committer.h"
#include "services/storage/store.h"

namespace loopdock::grading {

class Outbox {
 public:
  using Authorize = std::function<void(grpc::ClientContext&)>;
  Outbox(storage::Store* store, storage::Committer* committer,
         std::shared_ptr<grpc::Channel> inventory, Authorize authorize);
  ~Outbox();

  // There is a new row.
  void Notify();
  void Stop();
  // Rows that inventory had not answered when last looked.
  std::int64_t waiting() const;

 private:
  void Run();
  // True when every row was answered.
  bool SendAll();
  bool Send(const storage::Row& row);

  storage::Store* const store_;
  storage::Committer* const committer_;
  const std::unique_ptr<inventory::v1::InventoryService::Stub> inventory_;
  const Authorize authorize_;

  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool notified_ ABSL_GUARDED_BY(mutex_) = true;  // Rows may be left from the last run.
  std::int64_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  std::thread thread_;
};

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_OUTBOX_H_
