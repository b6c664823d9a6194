// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_STREAM_H_
#define LOOPDOCK_SERVICES_COMMON_STREAM_H_

// Streams as a handler sees them: a Source that is read and a Sink that is written, both blocking,
// over gRPC's callback reactors.
// Thread safety: a Source is for one thread, a Sink and a Reply for any.
// Ownership: valid while the handler runs; a stream of items lives until every Reply is answered
// or dropped.
// Limits: reads ahead at most 64 messages or 1 MiB, keeps at most 64 unwritten responses.

#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "services/common/caller.h"
#include "services/common/status.h"
#include "services/common/stream_reactor.h"

namespace loopdock::common {

namespace internal {

// Replies of one stream of items, put back into the order of the requests.
template <typename Response>
class ReplyWindow {
 public:
  using Merge = typename Sink<Response>::Merge;
  ReplyWindow(Sink<Response>& sink, size_t in_flight_max, Merge merge)
      : sink_(sink),
        in_flight_max_(in_flight_max == 0 ? 1 : in_flight_max),
        merge_(std::move(merge)) {}

  // Waits for a free place; the number of the next item.
  std::uint64_t Open() {
    absl::MutexLock lock(&mutex_);
    while (items_.size() >= in_flight_max_) changed_.Wait(&mutex_);
    items_.emplace_back();
    return written_ + items_.size() - 1;
  }

  // Nothing for an item that will never be answered: the stream ends after the others.
  void Settle(std::uint64_t item, std::optional<Response> response) {
    absl::MutexLock lock(&mutex_);
    failed_ = failed_ || !response;
    items_[item - written_] = {true, std::move(response)};
    for (; !items_.empty() && items_.front().settled; items_.pop_front(), ++written_) {
      if (items_.front().response && !failed_) Write(*std::move(items_.front().response));
    }
    changed_.SignalAll();
  }

  bool failed() const {
    absl::MutexLock lock(&mutex_);
    return failed_;
  }

  // Gives back the number of an item that was opened and never came.
  void Close() {
    absl::MutexLock lock(&mutex_);
    items_.pop_back();
  }

  absl::Status WaitForAll() {
    absl::MutexLock lock(&mutex_);
    while (!items_.empty()) changed_.Wait(&mutex_);
    if (!failed_) return absl::OkStatus();
    return Error(absl::StatusCode::kInternal, "INTERNAL",
                 "an item was not answered; send it again on a new stream");
  }

 private:
  struct Item {
    bool settled = false;
    std::optional<Response> response;
  };

  void Write(Response response) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (merge_) {
      sink_.PushMerged(std::move(response), merge_);
    } else {
      sink_.Push(std::move(response));
    }
  }

  mutable absl::Mutex mutex_;
  absl::CondVar changed_;
  Sink<Response>& sink_;  // used only while an item is open, which the stream waits for
  const size_t in_flight_max_;
  const Merge merge_;                                  // may be empty
  std::uint64_t written_ ABSL_GUARDED_BY(mutex_) = 0;  // the number of the first of items_
  std::deque<Item> items_ ABSL_GUARDED_BY(mutex_);     // opened and not yet written
  bool failed_ ABSL_GUARDED_BY(mutex_) = false;
};

// Closes the item when the last copy of a Reply goes without an answer.
template <typename Response>
struct ReplyOnce {
  std::shared_ptr<ReplyWindow<Response>> window;
  std::uint64_t item;
  std::atomic<bool> answered{false};
  ~ReplyOnce() {
    if (!answered) window->Settle(item, std::nullopt);
  }
};

}  // namespace internal

// Answers one item of a stream, once, from any thread. Copies share the item.
template <typename Response>
class Reply {
 public:
  Reply(std::shared_ptr<internal::ReplyWindow<Response>> window, std::uint64_t item)
      : once_(new internal::ReplyOnce<Response>{std::move(window), item}) {}

  void operator()(Response response) const {
    if (!once_->answered.exchange(true)) {
      once_->window->Settle(once_->item, std::move(response));
    }
  }

 private:
  std::shared_ptr<internal::ReplyOnce<Response>> once_;
};

namespace internal {

template <typename Request, typename Response>
absl::Status RunItems(const Caller& caller, Source<Request>& source, Sink<Response>& sink,
                      size_t in_flight_max,
                      const std::function<void(const Caller&, const absl::Status&, Request,
                                               Reply<Response>)>& handler,
                      typename Sink<Response>::Merge merge) {
  auto window = std::make_shared<ReplyWindow<Response>>(sink, in_flight_max, std::move(merge));
  while (!window->failed()) {
    const std::uint64_t item = window->Open();
    sink.WaitForRoom();
    Request request;
    absl::Status checked;
    if (!source.Read(&request, &checked)) {
      window->Close();
      break;
    }
    handler(caller, checked, std::move(request), Reply<Response>(window, item));
  }
  return window->WaitForAll();
}

}  // namespace internal
}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_STREAM_H_
