// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_STATION_QUEUE_H_
#define LOOPDOCK_SERVICES_INTAKE_STATION_QUEUE_H_

// The scans of one station's stream: prepared side by side, recorded in the order in which they
// came over one stream of commands, so that what is scanned in turn is booked in turn.
// Thread safety: all methods may be called from any thread; the owner adds in order.
// Blocking: Add waits while the pictures that are not yet read have more than 32 MiB together.
// Ownership: held by shared_ptr; work under way keeps the queue alive. `work` outlives it.
// Errors: a scan that cannot be prepared or recorded is answered with its error; the scans behind
// it go on.

#include <deque>
#include <functional>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/common/executor.h"
#include "services/intake/scan_work.h"

namespace loopdock::intake {

class StationQueue : public std::enable_shared_from_this<StationQueue> {
 public:
  using Answer = std::function<void(v1::ScanResponse)>;
  // `executor` runs what waits for others.
  StationQueue(const ScanWork* work, common::Executor* executor)
      : work_(work), executor_(executor), commands_(work->OpenStream()) {}

  // `refusal` is set for a scan that is refused already. Answers come as they are ready: a refusal
  // may pass those before it. The caller lives until the answer.
  void Add(const common::Caller& caller, const absl::Status& refusal, v1::ScanRequest request,
           Answer answer);

 private:
  struct Item {
    const common::Caller* caller;
    v1::ScanRequest request;
    Answer answer;
    std::size_t bytes = 0;  // Of the picture, while it is not yet read.
    bool is_prepared = false;
    absl::StatusOr<PreparedScan> prepared = absl::UnknownError("not prepared");
  };

  void Prepare(const std::shared_ptr<Item>& item);
  void SetPrepared(const std::shared_ptr<Item>& item, absl::StatusOr<PreparedScan> prepared);
  // Sends what is prepared on its way, from the front on.
  void Advance();
  void Record(const std::shared_ptr<Item>& item);

  const ScanWork* const work_;
  common::Executor* const executor_;
  const std::unique_ptr<CommandStream> commands_;
  absl::Mutex mutex_;
  std::deque<std::shared_ptr<Item>> items_ ABSL_GUARDED_BY(mutex_);
  std::size_t picture_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool sending_ ABSL_GUARDED_BY(mutex_) = false;  // by one thread at a time, for the order
};

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_STATION_QUEUE_H_
