// SPDX-License-Identifier: Apache-2.0
#include "services/common/executor.h"

#include <algorithm>
#include <utility>

#include "services/common/status.h"

namespace loopdock::common {

Executor::Executor(size_t threads_max, size_t queue_max)
    : threads_max_(std::max<size_t>(threads_max, 1)), queue_max_(queue_max) {}

Executor::~Executor() { Stop(); }

absl::Status Executor::Post(std::function<void()> task) {
  absl::MutexLock lock(&mutex_);
  if (stopping_) {
    return Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN",
                 "the server is stopping; send the same request again");
  }
  const size_t idle = threads_.size() - running_;
  const size_t may_start = threads_max_ - threads_.size();
  if (queue_.size() >= idle + may_start + queue_max_) {
    return Overloaded("all workers are busy and their queue is full; send again later");
  }
  queue_.push_back(std::move(task));
  if (queue_.size() > idle && may_start > 0) threads_.emplace_back([this] { Work(); });
  wake_.Signal();
  return absl::OkStatus();
}

void Executor::Work() {
  mutex_.Lock();
  while (true) {
    while (queue_.empty() && !stopping_) wake_.Wait(&mutex_);
    if (queue_.empty()) break;
    std::function<void()> task = std::move(queue_.front());
    queue_.pop_front();
    ++running_;
    mutex_.Unlock();
    task();
    task = nullptr;  // what the task holds is gone before the thread counts as idle
    mutex_.Lock();
    --running_;
  }
  mutex_.Unlock();
}

void Executor::Stop() {
  std::vector<std::thread> threads;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    threads.swap(threads_);
    wake_.SignalAll();
  }
  for (std::thread& thread : threads) thread.join();
}

size_t Executor::queued() const {
  absl::MutexLock lock(&mutex_);
  return queue_.size();
}

size_t Executor::running() const {
  absl::MutexLock lock(&mutex_);
  return running_;
}

}  // namespace loopdock::common
