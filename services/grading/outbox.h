// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_OUTBOX_H_
#define LOOPDOCK_SERVICES_GRADING_OUTBOX_H_

// Sends settled inspections to inventory until inventory has answered, across restarts of either.
// Thread safety: all methods may be called from any thread; Stop from one.
// Ownership: store and committer outlive it.
// Blocking: Stop cancels the call under way and waits for the thread.
// Durability: a row leaves the outbox only after inventory's answer; the request id of a row never
// changes, so that sending it twice has one effect.
// Errors: while inventory does not answer, the rows wait with growing pauses. A row that it refuses
// is logged, kept and tried again; rows behind it are not held up. A version that inventory holds
// for overtaken by a later one is answered: its row goes.

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <functional>
#include <map>
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
  // Adds token and deadline to a call.
  using Authorize = std::function<void(grpc::ClientContext&)>;
  struct Pauses {
    absl::Duration min = absl::Milliseconds(100);
    absl::Duration max = absl::Seconds(5);
  };
  Outbox(storage::Store* store, storage::Committer* committer,
         std::shared_ptr<grpc::Channel> inventory, Authorize authorize, Pauses pauses);
  ~Outbox();

  // There is a new row.
  void Notify();
  void Stop();
  // Rows that were without an answer when last looked.
  std::int64_t waiting() const;

 private:
  enum class Sent { kAnswered, kRefused, kNoAnswer };

  void Run();
  // True when every row was answered.
  bool SendAll();
  Sent Send(const storage::Row& row);
  absl::Status Call(const inventory::v1::RecordInspectionRequest& request);
  void LogOnce(const std::string& key, const inventory::v1::RecordInspectionRequest& request,
               const absl::Status& status);

  storage::Store* const store_;
  storage::Committer* const committer_;
  const std::unique_ptr<inventory::v1::InventoryService::Stub> inventory_;
  const Authorize authorize_;
  const Pauses pauses_;
  // What was last said of a row that is refused again and again; on the thread only.
  std::map<std::string, std::string> logged_;

  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool notified_ ABSL_GUARDED_BY(mutex_) = true;  // Rows may be left from the last run.
  std::int64_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  grpc::ClientContext* call_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::thread thread_;
};

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_OUTBOX_H_
