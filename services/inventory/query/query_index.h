// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_QUERY_QUERY_INDEX_H_
#define LOOPDOCK_SERVICES_INVENTORY_QUERY_QUERY_INDEX_H_

// The query index: a store of its own beside the record, derived by following the feed, that can be
// deleted at any time and is then made anew.
// Thread safety: every method may be called from any thread; Open, Start and Stop from one.
// Ownership: owns its store; the inventory must outlive it.
// Blocking: Await waits, CatchUp and Check read much.
// Durability: not waited for. After a crash it goes on from the position that its store has.
// Errors: FAILED_PRECONDITION FEED_POSITION_AHEAD, UNAVAILABLE INDEX_BEHIND and INDEX_UNAVAILABLE.
// The index failing never stops the record.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/inventory/core/inventory.h"
#include "services/inventory/query/index_builder.h"
#include "services/storage/fsck.h"
#include "services/storage/store.h"

namespace loopdock::inventory {

class QueryIndex {
 public:
  struct Options {
    // Opens the store; with `fresh` an empty one, after what was there is removed.
    std::function<absl::StatusOr<std::unique_ptr<storage::Store>>(bool fresh)> open;
    // Called by the follower's thread: how far index and record are.
    std::function<void(std::int64_t position, std::int64_t last)> on_progress;
    // Called once when the index is made anew, with why, and when it fails.
    std::function<void(std::string_view why)> on_rebuild;
    std::function<void(const absl::Status&)> on_failure;
  };

  // An index of another history or version, ahead of the record, or damaged is begun anew.
  static absl::StatusOr<std::unique_ptr<QueryIndex>> Open(const Inventory& inventory,
                                                          Options options);
  ~QueryIndex();

  // Follows the feed from now on, in a thread of low priority.
  void Start();
  void Stop();
  // Takes what the feed has, in this thread; not after Start.
  absl::Status CatchUp();

  // The last sequence that it has.
  std::int64_t position() const;
  // Waits until it has the sequence, at most so long.
  absl::Status Await(std::int64_t sequence, absl::Duration time) const;

  const storage::Store& store() const { return *store_; }

 private:
  QueryIndex(const Inventory& inventory, Options options, std::unique_ptr<storage::Store> store);
  void Follow();
  // False when there was nothing to take.
  absl::StatusOr<bool> TakeSome();

  const Inventory& inventory_;
  const Options options_;
  std::unique_ptr<storage::Store> store_;
  IndexBuilder builder_;
  mutable absl::Mutex mutex_;
  std::int64_t position_ ABSL_GUARDED_BY(mutex_) = 0;
  mutable int waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  std::thread follower_;
};

// How far an index store is: nothing when it belongs to another history or version.
absl::StatusOr<std::optional<std::int64_t>> IndexPosition(const storage::Reader& index,
                                                          std::string_view site,
                                                          std::string_view epoch);
// Takes what the feed of the record has and the index has not, for the check of stores that nobody
// serves. The index must be of that epoch.
absl::Status CatchUpIndex(const storage::Store& record, std::string_view site,
                          std::string_view epoch, storage::Store* index);
// Every row of the index against the record, which must not be written meanwhile; the index must
// have the whole feed.
storage::FsckReport FsckIndex(const storage::Store& index, const storage::Store& record,
                              std::string_view site);

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_QUERY_QUERY_INDEX_H_
