// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CPP_FEED_FOLLOWER_H_
#define LOOPDOCK_CLIENTS_CPP_FEED_FOLLOWER_H_

// Follows inventory's change feed on a thread of its own: every entry in order without gaps, across
// broken connections and restarts of the server.
// Thread safety: all methods may be called from any thread; `consume` is called on one thread.
// Blocking: the destructor and Stop wait for the running `consume`.
// Durability: the follower keeps no position; the consumer keeps it with what it derives and gives
// it as `from_sequence` at the next start.
// Errors: a failed stream or a failed `consume` is tried again from the last accepted entry, with
// growing pauses; FEED_EPOCH_CHANGED is final, since what was derived belongs to another history.

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"

namespace loopdock::client {

class FeedFollower {
 public:
  struct Options {
    std::string site;  // "sites/main"
    std::int64_t from_sequence = 1;
    std::string epoch;  // Empty when nothing was derived yet.
    absl::Duration pause_min = absl::Milliseconds(50);
    absl::Duration pause_max = absl::Seconds(5);
    // Called once, on the follower's thread, with the error that is final; may be empty.
    std::function<void(const absl::Status&)> on_final;
  };
  // Adds token and station to a call.
  using Authorize = std::function<void(grpc::ClientContext&)>;
  // Gets entries in order, or none in a heartbeat; OK means that they need not come again.
  using Consume = std::function<absl::Status(const inventory::v1::TailFeedResponse&)>;

  FeedFollower(std::shared_ptr<grpc::Channel> channel, Authorize authorize, Options options,
               Consume consume);
  ~FeedFollower();
  FeedFollower(const FeedFollower&) = delete;
  FeedFollower& operator=(const FeedFollower&) = delete;

  void Stop();

  // OK while the stream is up; why not otherwise.
  absl::Status status() const;
  // The last sequence that the server has told of, 0 before the first answer.
  std::int64_t feed_sequence() const;

 private:
  void Run();
  absl::Status FollowOnce();
  void SetStatus(absl::Status status);

  const std::unique_ptr<inventory::v1::InventoryService::Stub> stub_;
  const Authorize authorize_;
  const Consume consume_;
  const Options options_;
  std::int64_t next_sequence_;  // On the thread only.
  std::string epoch_;           // On the thread only.

  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::ClientContext* call_ ABSL_GUARDED_BY(mutex_) = nullptr;
  absl::Status status_ ABSL_GUARDED_BY(mutex_) = absl::UnavailableError("not connected yet");
  std::int64_t feed_sequence_ ABSL_GUARDED_BY(mutex_) = 0;
  std::thread thread_;
};

}  // namespace loopdock::client

#endif  // LOOPDOCK_CLIENTS_CPP_FEED_FOLLOWER_H_
