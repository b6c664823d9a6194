// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_REPLY_H_
#define LOOPDOCK_SERVICES_COMMON_REPLY_H_

// How the handler of an item answers it: once, from any thread, now or later.
// Thread safety: a Reply is safe from any thread; who has a ReplyOrder locks it.
// Ownership: the stream waits until every Reply is answered or dropped; copies share the item.
// Errors: an item whose Reply goes without an answer ends its stream with INTERNAL.

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace loopdock::common {

namespace internal {

template <typename Response>
class ReplyTarget {
 public:
  virtual ~ReplyTarget() = default;
  // Nothing for an item that will never be answered.
  virtual void Settle(std::uint64_t item, std::optional<Response> response) = 0;
};

// The answers of a stream's items, put back into the order of the items.
template <typename Response>
class ReplyOrder {
 public:
  // Moves what fits of its second into its first, or says false.
  using Merge = std::function<bool(Response& into, Response& from)>;
  explicit ReplyOrder(Merge merge) : merge_(std::move(merge)) {}

  void Open() { items_.emplace_back(); }
  // The last ones, which will not be handled.
  void Drop(size_t items) { items_.resize(items_.size() - items); }
  // The number of the item that was opened with so many after it.
  std::uint64_t NumberBefore(size_t later) const { return first_ + items_.size() - later - 1; }
  void Settle(std::uint64_t item, std::optional<Response> response) {
    failed_ = failed_ || !response;
    items_[item - first_] = {true, std::move(response)};
    for (; !items_.empty() && items_.front().settled; items_.pop_front(), ++first_) {
      if (items_.front().response && !failed_) Queue(*std::move(items_.front().response));
    }
  }

  // Items that are opened and not yet ready.
  size_t open() const { return items_.size(); }
  // An item will never be answered: nothing behind it becomes ready any more.
  bool failed() const { return failed_; }
  // In order, to be written.
  std::deque<Response>& ready() { return ready_; }
  const std::deque<Response>& ready() const { return ready_; }

 private:
  struct Item {
    bool settled = false;
    std::optional<Response> response;
  };
  void Queue(Response response) {
    if (merge_ && !ready_.empty() && merge_(ready_.back(), response)) return;
    ready_.push_back(std::move(response));
  }

  const Merge merge_;        // may be empty
  std::uint64_t first_ = 0;  // the number of the first of items_
  std::deque<Item> items_;
  std::deque<Response> ready_;
  bool failed_ = false;
};

}  // namespace internal

template <typename Response>
class Reply {
 public:
  Reply(internal::ReplyTarget<Response>* target, std::uint64_t item)
      : once_(std::make_shared<Once>(target, item)) {}

  void operator()(Response response) const {
    if (!once_->answered.exchange(true)) once_->target->Settle(once_->item, std::move(response));
  }

 private:
  struct Once {
    Once(internal::ReplyTarget<Response>* to, std::uint64_t number) : target(to), item(number) {}
    ~Once() {
      if (!answered) target->Settle(item, std::nullopt);
    }
    internal::ReplyTarget<Response>* const target;
    const std::uint64_t item;
    std::atomic<bool> answered{false};
  };
  std::shared_ptr<Once> once_;
};

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_REPLY_H_
