// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_STORAGE_COMMITTER_H_
#define LOOPDOCK_SERVICES_STORAGE_COMMITTER_H_

// The one bounded queue with group commit: commands are applied in the order of their Submit, the
// rows of a batch are one durable write, and batch N+1 is prepared while N is on its way to disk.
//
// Thread safety: every method may be called from any thread, except Run and Stop from Done.
// Ownership: the store and what the options point to must outlive the committer; it must be the
// only
//   writer of the tables that commands read. Rows that no command reads, such as evidence bytes,
//   may be written with Store::Write beside it.
// Blocking: Submit never waits; Run and Stop do.
// Durability: Done(OK) comes after the store said that the batch is durable; refusals too come
//   only after everything that they saw is durable.
// Errors: RESOURCE_EXHAUSTED OVERLOADED from Submit when the queue is full, UNAVAILABLE
//   STORE_FAILED after a failure, UNAVAILABLE SHUTTING_DOWN after Stop. Commands of a batch that
//   would begin below the disk's reserve are refused DISK_RESERVE without an Apply. A failed read
//   or write ends the committer: its batch and all later commands are answered STORE_FAILED, then
//   on_fatal runs.
// Limits: CommitterOptions; what exceeds command_rows_max is refused COMMAND_TOO_LARGE.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/common/clock.h"
#include "services/storage/command.h"
#include "services/storage/disk_reserve.h"
#include "services/storage/high_water.h"
#include "services/storage/store.h"

namespace loopdock::storage {

// What the owner of a store hears of batches. All methods must be quick.
class BatchHook {
 public:
  virtual ~BatchHook() = default;
  // Applier's thread, before the first Apply of a batch.
  virtual void Begin(absl::Time server_time) = 0;
  // Applier's thread, after the last Apply: the history's end once this batch is durable.
  virtual HistoryMark End() = 0;
  // Writer's thread, after the batch is durable and before its commands are answered; not called
  // for a batch without rows.
  virtual void Committed(const HistoryMark& mark) = 0;
};

struct CommitterOptions {
  size_t queue_commands_max = 4096;
  size_t batch_commands_max = 1024;
  size_t batch_bytes_max = size_t{32} << 20;  // a batch is cut after the command that passes it
  size_t command_rows_max = 1000;
  absl::Time server_time_floor = absl::InfinitePast();  // server time of the newest stored entry
  const common::Clock* clock = nullptr;                 // the system's if null
  BatchHook* hook = nullptr;                            // may be null
  HighWater* high_water = nullptr;                      // may be null; told every mark
  DiskReserve* disk_reserve = nullptr;                  // may be null; asked before every batch
  // Called once, from a thread of the committer, after the first failure has been answered; the
  // process should stop, the next start recovers.
  std::function<void(const absl::Status&)> on_fatal;
};

struct CommitterStats {
  uint64_t commands = 0;
  uint64_t refused = 0;
  uint64_t batches = 0;
  uint64_t rows = 0;
  uint64_t row_bytes = 0;
  uint64_t reads_fetched = 0;  // by MultiGet
  uint64_t reads_single = 0;   // not declared: worth a look when it grows
  absl::Duration fetch_time;
  absl::Duration apply_time;
  absl::Duration write_time;
  size_t queued = 0;
};

class Committer {
 public:
  Committer(Store* store, CommitterOptions options);
  // Stops; everything submitted is answered.
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  // OK: Done will be called exactly once. Otherwise the command was destroyed unheard.
  absl::Status Submit(std::unique_ptr<Command> command);

  // The same for several, in their order: all are taken or none.
  absl::Status SubmitAll(std::vector<std::unique_ptr<Command>> commands);

  // Submits and waits: the outcome is what Done heard. The command stays the caller's.
  absl::Status Run(Command& command);

  // Refuses new commands, commits and answers what is queued, ends the threads.
  void Stop();

  CommitterStats stats() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace loopdock::storage

#endif  // LOOPDOCK_SERVICES_STORAGE_COMMITTER_H_
