// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_STREAM_REACTOR_H_
#define LOOPDOCK_SERVICES_COMMON_STREAM_REACTOR_H_

// The gRPC reactors behind Source and Sink. Handlers include shell.h.
// Limits: reads ahead at most 64 messages or 1 MiB, keeps at most 64 unwritten responses.
// Thread safety: a Source is for one thread, a Sink for any.
// Ownership: a reactor deletes itself when gRPC is done with it, which is after Close.
// Lock order: operations of gRPC are started without the lock held.

#include <grpcpp/support/server_callback.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "services/common/stream_io.h"

namespace loopdock::common {

namespace internal {

inline constexpr size_t kReadAheadMessages = 64;
inline constexpr size_t kReadAheadBytes = 1024 * 1024;
inline constexpr size_t kWriteQueueMax = 64;

template <typename Base, typename Request>
class Reading : public Base, public Source<Request> {
 public:
  bool Read(Request* request, absl::Status* checked) override {
    {
      absl::MutexLock lock(&this->mutex_);
      while (messages_.empty() && !this->over_ && !ended_) {
        if (MayRead()) {
          StartUnlocked();
        } else {
          this->changed_.Wait(&this->mutex_);
        }
      }
      if (messages_.empty() || this->over_) return false;
      *request = std::move(messages_.front());
      messages_.pop_front();
      bytes_ -= std::min(bytes_, request->ByteSizeLong());
      if (MayRead()) StartUnlocked();
    }
    const absl::Status status = this->check_(*request, std::exchange(first_, false));
    if (checked != nullptr) *checked = status;
    if (status.ok() || checked != nullptr) return true;
    this->failure_ = status;
    this->End();
    return false;
  }

  void OnReadDone(bool ok) override {
    {
      absl::MutexLock lock(&this->mutex_);
      reading_ = false;
      this->changed_.SignalAll();
      if (!ok) {
        ended_ = true;
        return;
      }
      bytes_ += incoming_.ByteSizeLong();
      messages_.push_back(std::move(incoming_));
      if (!MayRead()) return;
      reading_ = true;
    }
    Start();
  }

 private:
  bool MayRead() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(this->mutex_) {
    return !reading_ && !ended_ && !this->over_ && messages_.size() < kReadAheadMessages &&
           bytes_ < kReadAheadBytes;
  }
  void Start() {
    incoming_ = Request();
    this->StartRead(&incoming_);
  }
  void StartUnlocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(this->mutex_) {
    reading_ = true;
    this->mutex_.Unlock();
    Start();
    this->mutex_.Lock();
  }

  Request incoming_;  // gRPC's while reading_
  bool reading_ ABSL_GUARDED_BY(this->mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(this->mutex_) = false;
  size_t bytes_ ABSL_GUARDED_BY(this->mutex_) = 0;
  std::deque<Request> messages_ ABSL_GUARDED_BY(this->mutex_);
  bool first_ = true;  // of the handler's thread
};

template <typename Base, typename Response>
class Writing : public Base, public Sink<Response> {
 public:
  bool Write(Response response) override {
    WaitForRoom();
    return Push(std::move(response));
  }

  bool Push(Response response) override {
    {
      absl::MutexLock lock(&this->mutex_);
      if (this->over_) return false;
      queue_.push_back(std::move(response));
      if (writing_) return true;
      TakeNext();
    }
    this->StartWrite(&outgoing_);
    return true;
  }

  bool over() const override {
    absl::MutexLock lock(&this->mutex_);
    return this->over_;
  }

  bool WaitOver(absl::Duration time) override {
    const absl::Time until = absl::Now() + time;
    absl::MutexLock lock(&this->mutex_);
    while (!this->over_ && !this->changed_.WaitWithDeadline(&this->mutex_, until)) {
    }
    return this->over_;
  }

  void OnWriteDone(bool ok) override {
    {
      absl::MutexLock lock(&this->mutex_);
      writing_ = false;
      this->changed_.SignalAll();
      if (!ok) this->over_ = true;
      if (this->over_ || queue_.empty()) return;
      TakeNext();
    }
    this->StartWrite(&outgoing_);
  }

  // A write in flight always ends: a cancelled call fails it.
  void Drain() override {
    absl::MutexLock lock(&this->mutex_);
    while (writing_ || (!queue_.empty() && !this->over_)) this->changed_.Wait(&this->mutex_);
  }

 private:
  void WaitForRoom() {
    absl::MutexLock lock(&this->mutex_);
    while (queue_.size() >= kWriteQueueMax && !this->over_) this->changed_.Wait(&this->mutex_);
  }
  void TakeNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(this->mutex_) {
    writing_ = true;
    outgoing_ = std::move(queue_.front());
    queue_.pop_front();
  }

  Response outgoing_;  // gRPC's while writing_
  bool writing_ ABSL_GUARDED_BY(this->mutex_) = false;
  std::deque<Response> queue_ ABSL_GUARDED_BY(this->mutex_);
};

template <typename Response>
using ServerWriteStream = Writing<Running<grpc::ServerWriteReactor<Response>>, Response>;
template <typename Request>
using ServerReadStream = Reading<Running<grpc::ServerReadReactor<Request>>, Request>;

}  // namespace internal
}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_STREAM_REACTOR_H_
