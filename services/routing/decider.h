// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_ROUTING_DECIDER_H_
#define LOOPDOCK_SERVICES_ROUTING_DECIDER_H_

// Follows inventory's feed, decides again for every asset whose facts changed, and sends decisions
// together with its position in the feed. Keeps nothing itself.
// Thread safety: all methods may be called from any thread; Start and Stop from one.
// Blocking: Stop waits for the call under way, at most 10 seconds.
// Durability: the position that goes with decisions is that of the part of the feed before them: a
// decision is recorded, and recorded again if it was stale, before the position moves past the
// facts that caused it. A crash at any point repeats work and loses none.
// Errors: while inventory does not answer it is tried again with growing pauses. A decision that
// inventory refuses is logged and left out, so that one bad rule does not stop the others. After a
// restore of inventory it begins again at the position that was restored.

#include <grpcpp/channel.h>

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "clients/cpp/feed_follower.h"
#include "services/routing/core/policy.h"

namespace loopdock::routing {

class Decider {
 public:
  struct Options {
    std::string site;  // "sites/main"
    std::shared_ptr<grpc::Channel> inventory;
    client::FeedFollower::Authorize authorize;  // As the role service.
    const Policy* policy = nullptr;             // Outlives the decider.
    absl::Duration pause_min = absl::Milliseconds(50);
    absl::Duration pause_max = absl::Seconds(5);
  };

  explicit Decider(Options options);
  ~Decider();

  // Starts to follow, on a thread of its own; keeps trying while inventory does not answer.
  void Start();
  void Stop();

  absl::Status status() const;
  std::int64_t through_sequence() const;
  std::int64_t feed_sequence() const;

 private:
  using Decisions = std::vector<inventory::v1::Decision>;

  void Run();
  // Until stopped (false) or until the feed became another one (true).
  bool FollowFrom(std::int64_t position);
  absl::StatusOr<std::int64_t> RecordedPosition();
  absl::Status Consume(const inventory::v1::TailFeedResponse& part);
  // The assets whose decisions were stale when inventory got them.
  absl::StatusOr<std::vector<std::string>> DecideOnce(const std::vector<std::string>& assets);
  absl::StatusOr<std::vector<std::string>> Send(const Decisions& decisions);
  absl::StatusOr<std::vector<std::string>> Record(const Decisions& decisions,
                                                  std::int64_t through_sequence);
  bool stopping() const;

  const Options options_;
  const std::unique_ptr<inventory::v1::InventoryService::Stub> inventory_;
  std::thread thread_;
  std::int64_t recorded_sequence_ = 0;  // On the follower's thread only.

  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool restart_ ABSL_GUARDED_BY(mutex_) = false;
  std::unique_ptr<client::FeedFollower> follower_ ABSL_GUARDED_BY(mutex_);
  std::int64_t through_sequence_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status start_status_ ABSL_GUARDED_BY(mutex_) = absl::UnavailableError("not connected yet");
};

// The decision that the policy makes for an asset as it is; names and times are inventory's.
inventory::v1::Decision DecisionFor(const Policy& policy, const inventory::v1::Asset& asset,
                                    const Facts& facts);

}  // namespace loopdock::routing

#endif  // LOOPDOCK_SERVICES_ROUTING_DECIDER_H_
