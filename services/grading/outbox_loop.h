// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_OUTBOX_LOOP_H_
#define LOOPDOCK_SERVICES_GRADING_OUTBOX_LOOP_H_

// Sends the rows of an outbox table to inventory until inventory has answered, across restarts of
// either. What a row says is the deriving class's.
// Thread safety: all public methods may be called from any thread; Stop from one. Send and
// BeginPass are called on the loop's own thread. Ownership: the store outlives it. The deriving
// class calls Start at the end of its constructor and Stop in its destructor. Blocking: Stop
// cancels the call under way and waits for the thread. Errors: while inventory does not answer, the
// rows wait with growing pauses. A row that it refuses is kept and tried again; rows behind it are
// not held up.

#include <grpcpp/client_context.h>

#include <functional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/storage/store.h"

namespace loopdock::grading {

class OutboxLoop {
 public:
  // Adds token and deadline to a call.
  using Authorize = std::function<void(grpc::ClientContext&)>;
  struct Pauses {
    absl::Duration min = absl::Milliseconds(100);
    absl::Duration max = absl::Seconds(5);
  };
  virtual ~OutboxLoop() = default;

  // There is a new row.
  void Notify();
  void Stop();
  // Rows that were without an answer when last looked.
  std::int64_t waiting() const;

 protected:
  enum class Sent { kAnswered, kRefused, kNoAnswer };

  OutboxLoop(storage::Store* store, storage::TableId table, Authorize authorize, Pauses pauses)
      : store_(store), table_(table), authorize_(std::move(authorize)), pauses_(pauses) {}

  void Start();
  // Before the rows are gone through.
  virtual void BeginPass() {}
  virtual Sent Send(const storage::Row& row) = 0;
  // One call that Stop can cancel.
  absl::Status Call(const std::function<grpc::Status(grpc::ClientContext&)>& call);
  // Inventory did not judge the call: it is down, full, or its answer is lost.
  static bool IsNoAnswer(const absl::Status& status);

 private:
  void Run();
  // True when every row was answered.
  bool SendAll();

  storage::Store* const store_;
  const storage::TableId table_;
  const Authorize authorize_;
  const Pauses pauses_;

  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool notified_ ABSL_GUARDED_BY(mutex_) = true;  // Rows may be left from the last run.
  std::int64_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  grpc::ClientContext* call_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::thread thread_;
};

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_OUTBOX_LOOP_H_
