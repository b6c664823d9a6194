// SPDX-License-Identifier: Apache-2.0
#include "services/storage/committer.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/types/span.h"
#include "services/common/status.h"
#include "services/storage/crash_point.h"
#include "services/storage/workspace.h"

namespace loopdock::storage {
namespace {

using common::Error;

absl::Status StoreFailed(const absl::Status& cause) {
  return Error(absl::StatusCode::kUnavailable, "STORE_FAILED",
               "The store failed and the server stops; send the same request again after its "
               "next start.",
               {{"cause", common::ReasonOf(cause)}});
}

// One place between two threads: the giver waits until it is free, the taker until it is full.
template <typename T>
class Handoff {
 public:
  void Give(T item) {
    absl::MutexLock lock(&mutex_);
    while (full_) changed_.Wait(&mutex_);
    item_ = std::move(item);
    full_ = true;
    changed_.SignalAll();
  }
  // The item stays in its place, and the place taken, until Release.
  std::optional<T> Take() {
    absl::MutexLock lock(&mutex_);
    while (!full_ && !closed_) changed_.Wait(&mutex_);
    if (!full_) return std::nullopt;
    return std::move(item_);
  }
  void Release() {
    absl::MutexLock lock(&mutex_);
    full_ = false;
    changed_.SignalAll();
  }
  // Take answers nothing once the place is free.
  void Close() {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
    changed_.SignalAll();
  }

 private:
  absl::Mutex mutex_;
  absl::CondVar changed_;
  T item_ ABSL_GUARDED_BY(mutex_);
  bool full_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

using Commands = std::vector<std::unique_ptr<Command>>;

struct Batch {
  Commands commands;
  std::vector<absl::Status> outcomes;  // one a command
  WriteBatch rows;
  HistoryMark mark;
  absl::Status failure;  // of the store, while the batch was prepared
};

struct Answers {
  Commands commands;
  std::vector<absl::Status> outcomes;
  absl::Status failure;  // if not OK, what all of them hear
};

// Lets a caller keep the command and wait for its outcome.
class Waiting : public Command {
 public:
  struct Result {
    absl::Notification done;
    absl::Status outcome;
  };
  Waiting(Command* command, Result* result) : command_(command), result_(result) {}
  void DeclareReads(ReadSet& reads) override { command_->DeclareReads(reads); }
  absl::Status Apply(View& view, Changes& changes) override {
    return command_->Apply(view, changes);
  }
  void Done(const absl::Status& outcome) override {
    command_->Done(outcome);
    result_->outcome = outcome;
    result_->done.Notify();
  }

 private:
  Command* const command_;
  Result* const result_;
};

absl::flat_hash_set<TableId> TableIds(const Store& store) {
  absl::flat_hash_set<TableId> ids;
  for (const TableSpec& table : store.tables()) ids.insert(table.id);
  return ids;
}

}  // namespace

class Committer::Impl {
 public:
  Impl(Store* store, CommitterOptions options);

  absl::Status Submit(absl::Span<std::unique_ptr<Command>> commands);
  void Stop();
  CommitterStats stats() const;

 private:
  // Applier: waits for commands; false when there will be none.
  bool TakeQueue();
  void ApplyLoop();
  // Applies the next commands of taken_ to the workspace and fills the batch with them.
  void Prepare(Workspace& workspace, const Workspace* before, Batch& batch);
  void ApplyAll(Workspace& workspace, Batch& batch, size_t count);
  void WriteLoop();
  absl::Status Commit(const Batch& batch);
  void AnswerLoop();

  Store* const store_;
  const CommitterOptions options_;
  const common::Clock& clock_;

  mutable absl::Mutex mutex_;
  absl::CondVar arrived_;
  Commands queue_ ABSL_GUARDED_BY(mutex_);
  size_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;  // in queue_ and not yet applied of taken_
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  CommitterStats stats_ ABSL_GUARDED_BY(mutex_);

  absl::Mutex failure_mutex_;
  absl::Status failure_ ABSL_GUARDED_BY(failure_mutex_);
  std::atomic<bool> failed_{false};

  // The applier's own.
  Commands taken_;
  size_t next_ = 0;  // of taken_
  absl::Time server_time_;
  std::array<Workspace, 2> workspaces_;
  std::array<Batch, 2> batches_;

  Handoff<Batch*> to_writer_;
  Handoff<Answers> to_answerer_;
  absl::Mutex stop_mutex_;
  std::thread applier_;
  std::thread writer_;
  std::thread answerer_;
};

Committer::Impl::Impl(Store* store, CommitterOptions options)
    : store_(store),
      options_(std::move(options)),
      clock_(options_.clock != nullptr ? *options_.clock : common::SystemClock()),
      server_time_(options_.server_time_floor),
      workspaces_{Workspace(store, TableIds(*store), options_.command_rows_max),
                  Workspace(store, TableIds(*store), options_.command_rows_max)},
      applier_([this] { ApplyLoop(); }),
      writer_([this] { WriteLoop(); }),
      answerer_([this] { AnswerLoop(); }) {}

absl::Status Committer::Impl::Submit(absl::Span<std::unique_ptr<Command>> commands) {
  if (failed_.load(std::memory_order_acquire)) {
    absl::MutexLock lock(&failure_mutex_);
    return StoreFailed(failure_);
  }
  absl::MutexLock lock(&mutex_);
  if (stopping_) {
    return Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN",
                 "The server is stopping; send the same request again.");
  }
  if (waiting_ + commands.size() > options_.queue_commands_max) {
    return common::Overloaded("The queue of changes is full; wait and send it again.");
  }
  const bool was_empty = queue_.empty();
  queue_.insert(queue_.end(), std::make_move_iterator(commands.begin()),
                std::make_move_iterator(commands.end()));
  waiting_ += commands.size();
  if (was_empty) arrived_.Signal();
  return absl::OkStatus();
}

void Committer::Impl::Stop() {
  absl::MutexLock stop_lock(&stop_mutex_);
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    arrived_.Signal();
  }
  if (applier_.joinable()) applier_.join();
  to_writer_.Close();
  if (writer_.joinable()) writer_.join();
  to_answerer_.Close();
  if (answerer_.joinable()) answerer_.join();
}

CommitterStats Committer::Impl::stats() const {
  absl::MutexLock lock(&mutex_);
  CommitterStats stats = stats_;
  stats.queued = waiting_;
  return stats;
}

bool Committer::Impl::TakeQueue() {
  absl::MutexLock lock(&mutex_);
  while (queue_.empty() && !stopping_) arrived_.Wait(&mutex_);
  if (queue_.empty()) return false;
  taken_.clear();
  taken_.swap(queue_);
  next_ = 0;
  return true;
}

void Committer::Impl::ApplyLoop() {
  size_t turn = 0;
  const Workspace* before = nullptr;
  while (next_ < taken_.size() || TakeQueue()) {
    Workspace& workspace = workspaces_[turn];
    Batch& batch = batches_[turn];
    Prepare(workspace, before, batch);
    // Waits until the batch before is durable: from here on its rows are read from the store, and
    // its workspace and batch are free for the turn after this.
    to_writer_.Give(&batch);
    before = &workspace;
    turn = 1 - turn;
  }
}

void Committer::Impl::Prepare(Workspace& workspace, const Workspace* before, Batch& batch) {
  const absl::Time start = absl::Now();
  const size_t count = std::min(options_.batch_commands_max, taken_.size() - next_);
  const absl::Time now = absl::FromUnixMicros(absl::ToUnixMicros(clock_.Now()));
  server_time_ = std::max(server_time_, now);
  workspace.Reset(before, server_time_);
  batch.commands.clear();
  batch.outcomes.clear();
  batch.rows.Clear();
  batch.mark = HistoryMark();
  batch.failure = absl::OkStatus();

  for (size_t i = 0; i < count; ++i) taken_[next_ + i]->DeclareReads(workspace);
  batch.failure = workspace.Fetch();
  const absl::Time fetched = absl::Now();
  const absl::Status room =
      options_.disk_reserve != nullptr ? options_.disk_reserve->Check() : absl::OkStatus();
  if (!room.ok()) {
    batch.outcomes.assign(count, room);
  } else if (batch.failure.ok() && !failed_.load(std::memory_order_acquire)) {
    ApplyAll(workspace, batch, count);
  } else {
    batch.outcomes.resize(count);
  }
  const auto first = taken_.begin() + static_cast<std::ptrdiff_t>(next_);
  const size_t applied = batch.outcomes.size();
  batch.commands.assign(std::make_move_iterator(first),
                        std::make_move_iterator(first + static_cast<std::ptrdiff_t>(applied)));
  next_ += applied;

  absl::MutexLock lock(&mutex_);
  waiting_ -= applied;
  stats_.commands += applied;
  stats_.refused += static_cast<uint64_t>(
      std::count_if(batch.outcomes.begin(), batch.outcomes.end(),
                    [](const absl::Status& outcome) { return !outcome.ok(); }));
  ++stats_.batches;
  stats_.rows += batch.rows.rows();
  stats_.row_bytes += batch.rows.bytes();
  stats_.reads_fetched += workspace.reads_fetched();
  stats_.reads_single += workspace.reads_single();
  stats_.fetch_time += fetched - start;
  stats_.apply_time += absl::Now() - fetched;
}

void Committer::Impl::ApplyAll(Workspace& workspace, Batch& batch, size_t count) {
  if (options_.hook != nullptr) options_.hook->Begin(server_time_);
  batch.outcomes.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    workspace.BeginCommand();
    absl::Status applied = taken_[next_ + i]->Apply(workspace, workspace);
    batch.outcomes.push_back(workspace.EndCommand(std::move(applied)));
    if (!workspace.store_error().ok()) {
      // What later commands would see is unknown: nothing of this batch may be written.
      batch.failure = workspace.store_error();
      batch.outcomes.resize(count);
      break;
    }
    if (workspace.row_bytes() > options_.batch_bytes_max) break;
  }
  if (options_.hook != nullptr) batch.mark = options_.hook->End();
  if (batch.failure.ok()) workspace.BuildWrite(batch.rows);
}

void Committer::Impl::WriteLoop() {
  absl::Status failure;
  while (std::optional<Batch*> taken = to_writer_.Take()) {
    Batch& batch = **taken;
    if (failure.ok()) {
      const absl::Status status = Commit(batch);
      if (!status.ok()) {
        {
          absl::MutexLock lock(&failure_mutex_);
          failure_ = status;
        }
        failed_.store(true, std::memory_order_release);
        failure = StoreFailed(status);
      }
    }
    to_answerer_.Give({std::move(batch.commands), std::move(batch.outcomes), failure});
    to_writer_.Release();
  }
}

absl::Status Committer::Impl::Commit(const Batch& batch) {
  if (!batch.failure.ok()) return batch.failure;
  if (batch.rows.empty()) return absl::OkStatus();
  const absl::Time start = absl::Now();
  CrashPoint("before_write");
  absl::Status status = store_->Write(batch.rows);
  CrashPoint("after_write");
  {
    absl::MutexLock lock(&mutex_);
    stats_.write_time += absl::Now() - start;
  }
  if (!status.ok()) return status;
  if (options_.high_water != nullptr) options_.high_water->Note(batch.mark);
  if (options_.hook != nullptr) options_.hook->Committed(batch.mark);
  return absl::OkStatus();
}

void Committer::Impl::AnswerLoop() {
  bool told = false;
  while (std::optional<Answers> taken = to_answerer_.Take()) {
    Answers answers = *std::move(taken);
    // Free at once: the next batch need not wait for these callers.
    to_answerer_.Release();
    for (size_t i = 0; i < answers.commands.size(); ++i) {
      CrashPoint("before_answer");
      answers.commands[i]->Done(answers.failure.ok() ? answers.outcomes[i] : answers.failure);
      answers.commands[i].reset();
    }
    if (!answers.failure.ok() && !told) {
      told = true;
      absl::Status cause;
      {
        absl::MutexLock lock(&failure_mutex_);
        cause = failure_;
      }
      if (options_.on_fatal) options_.on_fatal(cause);
    }
  }
}

Committer::Committer(Store* store, CommitterOptions options)
    : impl_(std::make_unique<Impl>(store, std::move(options))) {}

Committer::~Committer() { Stop(); }

absl::Status Committer::Submit(std::unique_ptr<Command> command) {
  return impl_->Submit(absl::MakeSpan(&command, 1));
}

absl::Status Committer::SubmitAll(std::vector<std::unique_ptr<Command>> commands) {
  return commands.empty() ? absl::OkStatus() : impl_->Submit(absl::MakeSpan(commands));
}

absl::Status Committer::Run(Command& command) {
  Waiting::Result result;
  absl::Status status = Submit(std::make_unique<Waiting>(&command, &result));
  if (!status.ok()) return status;
  result.done.WaitForNotification();
  return result.outcome;
}

void Committer::Stop() { impl_->Stop(); }

CommitterStats Committer::stats() const { return impl_->stats(); }

}  // namespace loopdock::storage
