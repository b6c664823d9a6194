// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_EXECUTOR_H_
#define LOOPDOCK_SERVICES_COMMON_EXECUTOR_H_

// A bounded thread pool for work that blocks: never more threads and never a longer queue than
// told; what does not fit is refused.
// Thread safety: every function is safe from any thread; Stop not from a task.
// Ownership: the destructor stops the pool and waits for what runs.
// Errors: RESOURCE_EXHAUSTED OVERLOADED with RetryInfo; UNAVAILABLE SHUTTING_DOWN after Stop.

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace loopdock::common {

class Executor {
 public:
  // Threads start when first needed. With `queue_max` 0 a task is taken only when a thread is free.
  Executor(size_t threads_max, size_t queue_max);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  [[nodiscard]] absl::Status Post(std::function<void()> task);

  // Takes no more tasks, runs those queued, waits for all. May be called again.
  void Stop();

  size_t queued() const;
  size_t running() const;

 private:
  void Work();

  const size_t threads_max_;
  const size_t queue_max_;
  mutable absl::Mutex mutex_;
  absl::CondVar wake_;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
  size_t running_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_EXECUTOR_H_
