// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_ITEM_STREAM_H_
#define LOOPDOCK_SERVICES_COMMON_ITEM_STREAM_H_

// A stream of items, each answered on its own and in order, as a reactor of gRPC. It holds a thread
// only while items wait to be handled, so that thousands of stations may keep one open.
// Thread safety: a Reply is for any thread; the rest is for the Shell and gRPC.
// Ownership: deletes itself when gRPC is done with it, after every Reply is answered or dropped.
// Blocking: handlers run on the executor's threads and may block; those of one stream in turn.
// Limits: reads ahead at most 1 MiB of the items in flight, keeps at most 64 unwritten responses.
// Lock order: operations of gRPC are started without the lock held.

#include <grpcpp/support/server_callback.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "services/common/reply.h"
#include "services/common/status.h"
#include "services/common/stream_io.h"

namespace loopdock::common::internal {

template <typename Request, typename Response>
class ItemStream final : public grpc::ServerBidiReactor<Request, Response>,
                         public ItemControl,
                         public ReplyTarget<Response> {
 public:
  using Handler =
      std::function<void(const Caller&, const absl::Status& checked, Request, Reply<Response>)>;
  using Merge = typename ReplyOrder<Response>::Merge;

  ItemStream(size_t in_flight_max, Handler handler, Merge merge)
      : in_flight_max_(in_flight_max), handler_(std::move(handler)), order_(std::move(merge)) {}

  void SetCheck(Check check) override { check_ = std::move(check); }
  void Begin(const Caller* caller, Executor* executor, EndFn end) override {
    caller_ = caller;
    end_ = std::move(end);
    Update([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { executor_ = executor; });
  }
  void Abandon() override { End(/*abandoned=*/true); }
  bool abandoned() const override { return abandoned_; }
  void Close(const grpc::Status& status) override { this->Finish(status); }

  void OnReadDone(bool ok) override {
    Update([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      reading_ = false;
      ended_ = ended_ || !ok;
      if (!ok) return;
      pending_bytes_ += incoming_.ByteSizeLong();
      pending_.push_back(std::move(incoming_));
      order_.Open();
    });
  }
  void OnWriteDone(bool ok) override {
    Update([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      writing_ = false;
      over_ = over_ || !ok;
    });
  }
  void OnCancel() override { End(/*abandoned=*/false); }
  void OnDone() override { delete this; }

  void Settle(std::uint64_t item, std::optional<Response> response) override {
    Update([&]()
               ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { order_.Settle(item, std::move(response)); });
  }

 private:
  static constexpr size_t kReadAheadBytes = 1024 * 1024;
  static constexpr size_t kWriteQueueMax = 64;

  bool MayRead() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !reading_ && !ended_ && !over_ && !order_.failed() && order_.open() < in_flight_max_ &&
           order_.ready().size() < kWriteQueueMax && pending_bytes_ < kReadAheadBytes;
  }
  bool IsFinished() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return (ended_ || over_ || order_.failed()) && pending_.empty() && order_.open() == 0 &&
           !writing_ && (order_.ready().empty() || over_) && starting_ == 0 && !closed_;
  }

  void End(bool abandoned) {
    absl::MutexLock lock(&mutex_);
    over_ = true;
    abandoned_ = abandoned_ || abandoned;
    ScheduleIfDue();
  }

  // Changes what the lock guards, then starts what may be read and written.
  template <typename Change>
  void Update(const Change& change) {
    bool read = false, write = false;
    grpc::WriteOptions options;
    {
      absl::MutexLock lock(&mutex_);
      change();
      read = MayRead();
      write = !writing_ && !order_.ready().empty() && !over_;
      if (!read && !write) return ScheduleIfDue();
      reading_ = reading_ || read;
      if (write) {
        writing_ = true;
        outgoing_ = std::move(order_.ready().front());
        order_.ready().pop_front();
        // The next one follows at once: both leave in one packet.
        if (!order_.ready().empty()) options.set_buffer_hint();
      }
      ++starting_;
      ScheduleIfDue();
    }
    if (write) this->StartWrite(&outgoing_, options);
    if (read) this->StartRead(&incoming_);
    absl::MutexLock lock(&mutex_);
    --starting_;
    ScheduleIfDue();
  }

  void ScheduleIfDue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (scheduled_ || executor_ == nullptr || (pending_.empty() && !IsFinished())) return;
    scheduled_ = true;
    // Refused only once the service has stopped, which waits for its streams.
    executor_->Post([this] { Work(); }).IgnoreError();
  }

  static absl::Status Unanswered() {
    return Error(absl::StatusCode::kInternal, "INTERNAL",
                 "an item was not answered; send it again on a new stream");
  }

  // Handles what waits, and ends the stream when it is finished: then it may be gone.
  void Work() {
    mutex_.Lock();
    while (!pending_.empty()) {
      if (over_ || order_.failed()) {
        order_.Drop(pending_.size());  // nobody waits for them
        pending_.clear();
        break;
      }
      Request request = std::move(pending_.front());
      pending_.pop_front();
      const std::uint64_t item = order_.NumberBefore(pending_.size());
      pending_bytes_ -= std::min<size_t>(pending_bytes_, request.ByteSizeLong());
      mutex_.Unlock();
      const absl::Status checked = check_(request, item == 0);
      handler_(*caller_, checked, std::move(request), Reply<Response>(this, item));
      Update([] {});
      mutex_.Lock();
    }
    scheduled_ = false;
    const bool finished = IsFinished();
    closed_ = closed_ || finished;
    const bool failed = order_.failed();
    mutex_.Unlock();
    if (!finished) return;
    const EndFn end = std::move(end_);  // which outlives this stream
    end(failed ? Unanswered() : absl::OkStatus());
  }

  const size_t in_flight_max_;
  const Handler handler_;
  Check check_;
  const Caller* caller_ = nullptr;
  EndFn end_;

  Request incoming_;   // gRPC's while reading_
  Response outgoing_;  // gRPC's while writing_
  mutable absl::Mutex mutex_;
  Executor* executor_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::deque<Request> pending_ ABSL_GUARDED_BY(mutex_);  // not yet handled
  size_t pending_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  ReplyOrder<Response> order_ ABSL_GUARDED_BY(mutex_);
  int starting_ ABSL_GUARDED_BY(mutex_) = 0;  // threads that start operations
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool scheduled_ ABSL_GUARDED_BY(mutex_) = false;  // Work runs or will
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;      // nothing more will come
  bool over_ ABSL_GUARDED_BY(mutex_) = false;       // nobody reads any more
  std::atomic<bool> abandoned_{false};
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace loopdock::common::internal

#endif  // LOOPDOCK_SERVICES_COMMON_ITEM_STREAM_H_
