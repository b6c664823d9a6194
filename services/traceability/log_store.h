// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_TRACEABILITY_LOG_STORE_H_
#define LOOPDOCK_SERVICES_TRACEABILITY_LOG_STORE_H_

// One site's log on a store: appends what was derived from the feed, signs checkpoints, answers
// reads and proofs.
//
// Thread safety: Append from one thread at a time; every other method from any thread.
// Ownership: store, clock and signer must outlive the log; the committer inside is the only writer.
// Blocking: all methods but `published` read or write the disk.
// Durability: OK from Append means that entries, events, tree, checkpoint and feed position are on
//   disk, in one write.
// Errors: DATA_LOSS LOG_STORE_BROKEN, LOG_TILE_BROKEN; FEED_OUT_OF_ORDER, FEED_EPOCH_CHANGED and
//   FACT_UNKNOWN from Append; NOT_FOUND RECORD_NOT_FOUND; those of the store. After a failed write
//   every Append is refused until the next start.
// Limits: pages of 1,000 entries.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "loopdock/inventory/v1/feed.pb.h"
#include "services/common/clock.h"
#include "services/storage/committer.h"
#include "services/storage/store.h"
#include "services/traceability/core/derive.h"
#include "services/traceability/core/note.h"
#include "services/traceability/log_rows.h"

namespace loopdock::traceability {

class LogStore {
 public:
  struct Options {
    std::string site;      // "main"
    std::string base_uri;  // of the URIs in events, ends in a slash
    absl::Duration checkpoint_interval = absl::Seconds(1);
    storage::Store* store = nullptr;
    const NoteSigner* signer = nullptr;
    common::Clock* clock = nullptr;
    std::function<void(const absl::Status&)> on_fatal;
  };

  // Reads the state and the unfinished tiles, and checks them against the latest checkpoint. Signs
  // a checkpoint where there is none for the log's size.
  static absl::StatusOr<std::unique_ptr<LogStore>> Open(Options options);
  ~LogStore();

  // Entries of the feed that follow what is there. `last_sequence` is the feed's end: with it
  // reached a checkpoint is signed, on the way to it at most one an interval.
  absl::Status Append(const std::vector<const inventory::v1::FeedEntry*>& entries,
                      std::string_view epoch, std::int64_t last_sequence);

  // What readers may see.
  struct Published {
    LogState state;
    SignedCheckpoint checkpoint;
  };
  Published published() const;

  absl::StatusOr<std::string> GetEntry(std::uint64_t index) const;
  // Entries from `from` on, at most `limit`, none at or beyond `size`.
  absl::StatusOr<std::vector<std::string>> GetEntries(std::uint64_t from, std::uint64_t size,
                                                      std::size_t limit) const;
  // Indices of the entries about a subject, after `after_index` when given.
  absl::StatusOr<std::vector<std::uint64_t>> SubjectEntries(std::string_view subject,
                                                            std::uint64_t from,
                                                            std::size_t limit) const;
  struct EventRow {
    std::uint64_t index = 0;
    std::string json;
  };
  absl::StatusOr<std::vector<EventRow>> GetEvents(std::uint64_t from, std::size_t limit) const;
  // Empty when the entry has no event.
  absl::StatusOr<std::string> GetEvent(std::uint64_t index) const;

  absl::StatusOr<std::vector<Hash>> ProveInclusion(std::uint64_t index, std::uint64_t size) const;
  absl::StatusOr<std::vector<Hash>> ProveConsistency(std::uint64_t old_size,
                                                     std::uint64_t new_size) const;

 private:
  explicit LogStore(Options options);
  absl::Status Load();
  absl::Status LoadCheckpoint();
  absl::Status AddDerived(const Derived& derived, storage::WriteBatch& batch);
  absl::Status Commit(storage::WriteBatch batch, bool want_checkpoint);
  absl::StatusOr<SignedCheckpoint> Sign() const;

  const Options options_;
  std::unique_ptr<storage::Committer> committer_;

  // The writer's own view; ahead of what is published while a write is on its way.
  LogState state_;
  SignedCheckpoint checkpoint_;
  SiteContext context_;
  std::unique_ptr<TileAppender> tree_;
  absl::Status broken_;

  mutable absl::Mutex mutex_;
  Published published_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace loopdock::traceability

#endif  // LOOPDOCK_SERVICES_TRACEABILITY_LOG_STORE_H_
