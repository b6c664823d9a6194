// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_STREAM_IO_H_
#define LOOPDOCK_SERVICES_COMMON_STREAM_IO_H_

// What a handler reads from and writes to, and what a Shell steers a stream by.
// Thread safety: a Source is for one thread, a Sink for any.

#include <google/protobuf/message.h>
#include <grpcpp/support/status.h>

#include <atomic>
#include <functional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/common/caller.h"
#include "services/common/executor.h"

namespace loopdock::common {

template <typename Request>
class Source {
 public:
  virtual ~Source() = default;
  // Waits for the next message; false at the end or when the stream is over. What the guard says
  // of the message goes to `checked`; without `checked` a refused message ends the stream with
  // that status.
  virtual bool Read(Request* request, absl::Status* checked = nullptr) = 0;
};

template <typename Response>
class Sink {
 public:
  virtual ~Sink() = default;
  // Waits for room, then queues; false when the stream is over.
  virtual bool Write(Response response) = 0;
  // Queues without waiting, for callers that bound themselves.
  virtual bool Push(Response response) = 0;
  // True when nobody reads any more: cancelled, broken, or the server stops.
  virtual bool over() const = 0;
  // Waits until over or until the time has passed; what `over` says.
  virtual bool WaitOver(absl::Duration time) = 0;
};

namespace internal {

// How a Shell runs a stream.
class StreamControl {
 public:
  using Check = std::function<absl::Status(const google::protobuf::Message&, bool first)>;
  virtual ~StreamControl() = default;
  virtual void SetCheck(Check check) = 0;
  // Ends it soon, whatever the client does.
  virtual void Abandon() = 0;
  virtual bool abandoned() const = 0;
  // The last word; the stream may be gone afterwards.
  virtual void Close(const grpc::Status& status) = 0;
};

// One whose handler has a thread of its own.
class ThreadedControl : public StreamControl {
 public:
  // Waits until everything queued is with gRPC, or the stream is over.
  virtual void Drain() = 0;
  // Why a read ended the stream; OK otherwise.
  virtual absl::Status failure() const = 0;
};

// One of items, which runs itself.
class ItemControl : public StreamControl {
 public:
  using EndFn = std::function<void(absl::Status)>;
  // Items are handled on the executor from now on. `end` is called once, when all are answered; the
  // caller lives until then.
  virtual void Begin(const Caller* caller, Executor* executor, EndFn end) = 0;
};

// What the reactors with a thread share: their end, and the lock that the parts below share.
template <typename Base>
class Running : public Base, public ThreadedControl {
 public:
  void OnCancel() override { End(); }
  void OnDone() override { delete this; }
  void SetCheck(Check check) override { check_ = std::move(check); }
  void Abandon() override {
    abandoned_ = true;
    End();
  }
  bool abandoned() const override { return abandoned_; }
  void Drain() override {}
  absl::Status failure() const override { return failure_; }
  void Close(const grpc::Status& status) override { this->Finish(status); }

 protected:
  void End() {
    absl::MutexLock lock(&mutex_);
    over_ = true;
    changed_.SignalAll();
  }

  mutable absl::Mutex mutex_;
  absl::CondVar changed_;
  bool over_ ABSL_GUARDED_BY(mutex_) = false;
  std::atomic<bool> abandoned_{false};
  Check check_;           // set before the handler starts
  absl::Status failure_;  // of the handler's thread
};

}  // namespace internal
}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_STREAM_IO_H_
