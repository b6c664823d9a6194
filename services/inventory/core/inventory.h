// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_INVENTORY_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_INVENTORY_H_

// The record of one site over a store: commands in, answers and the feed out, without gRPC.
// Thread safety: every method may be called from any thread, except Run and Stop from a callback.
// Ownership: owns the store; request and response of Submit stay the caller's and must live until
// its callback has been called.
// Blocking: Submit never; Run, Stop and WaitForEntries do.
// Durability: a callback with OK comes after the command's entry is durable; refusals come after
// everything they saw is durable.
// Errors: INVALID_ARGUMENT INVALID_FIELDS, INVALID_NAME, REQUEST_ID_INVALID; NOT_FOUND for another
// site; those of machine.h, commands.h and committer.h. DATA_LOSS at Open as in high_water.h.
// Limits: Options; the rows of machine.h.

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "services/common/clock.h"
#include "services/inventory/core/command_call.h"
#include "services/inventory/core/commands.h"
#include "services/inventory/core/machine.h"
#include "services/storage/committer.h"
#include "services/storage/fsck.h"
#include "services/storage/high_water.h"
#include "services/storage/store.h"

namespace loopdock::inventory {

// Who sends a command.
struct Sender {
  std::string actor;
  std::string station;
};

// The actor of what inventory does by itself.
inline constexpr std::string_view kOwnActor = "loopdock";

class Inventory : private storage::BatchHook {
 public:
  struct Options {
    std::string site = "main";
    const common::Clock* clock = nullptr;  // the system's if null
    size_t queue_commands_max = 4096;
    // Asked before every batch; may be null, and must outlive the inventory.
    storage::DiskReserve* disk_reserve = nullptr;
    // Behind the choice of samples for verification, Appendix B(13); kept from who sanitizes.
    std::string sampling_secret;
    // Keeps and checks the store's high-water mark.
    bool high_water = true;
    // Called once when the store can no longer be written; the process should stop.
    std::function<void(const absl::Status&)> on_fatal;
  };
  using Callback = std::function<void(const absl::Status&)>;

  // The options of a store that can hold an inventory.
  static storage::StoreOptions StoreOptions();

  // Recovers the end of the feed, checks the high-water mark, and makes what the first start makes.
  static absl::StatusOr<std::unique_ptr<Inventory>> Open(std::unique_ptr<storage::Store> store,
                                                         Options options);
  ~Inventory() override;

  template <typename Request>
  void Submit(const Sender& sender, const Request& request,
              typename ResponseOf<Request>::Type* response, Callback done);

  template <typename Request>
  absl::StatusOr<typename ResponseOf<Request>::Type> Run(const Sender& sender,
                                                         const Request& request);

  // The parts of Submit, for batches: the request's form judged, its command made.
  absl::Status CheckRequest(std::string_view site_words, const std::string& request_id) const;
  template <typename Request>
  absl::Status CheckForms(const std::string& request_id, const Request& request) const;
  template <typename Request>
  absl::StatusOr<std::unique_ptr<storage::Command>> MakeCall(
      CommandContext context, const Request& request, typename ResponseOf<Request>::Type* response,
      Callback done);

  // Forgets responses that are older than 90 days and reports the terms that time has reached; the
  // number of both.
  absl::StatusOr<std::int64_t> SweepAll();

  // The feed: the last durable sequence, and entries from one on, as many as fit.
  std::int64_t last_sequence() const;
  absl::StatusOr<std::vector<v1::FeedEntry>> ReadFeed(std::int64_t from, size_t entries_max,
                                                      size_t bytes_max) const;
  // True once there is an entry after `after`; false when the time is over or after Stop.
  bool WaitForEntries(std::int64_t after, absl::Duration time) const;

  // The clock's time.
  absl::Time now() const;
  storage::FsckReport Fsck() const;
  void Stop();

  const storage::Store& store() const { return *store_; }
  storage::Store& store() { return *store_; }
  storage::Committer& committer() { return *committer_; }
  Machine& machine() { return *machine_; }
  const std::string& site() const { return machine_->site(); }
  const std::string& epoch() const { return machine_->epoch(); }

 private:
  Inventory(std::unique_ptr<storage::Store> store, Options options);
  absl::Status Recover();
  absl::Status CheckHighWater(const Head& head);
  absl::Status FirstStart();

  void Begin(absl::Time) override {}
  storage::HistoryMark End() override;
  void Committed(const storage::HistoryMark& mark) override;

  const Options options_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<Machine> machine_;
  std::unique_ptr<storage::HighWater> high_water_;
  storage::HistoryMark mark_;  // of the applier's thread
  mutable absl::Mutex mutex_;
  mutable absl::CondVar changed_;
  std::int64_t last_sequence_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::unique_ptr<storage::Committer> committer_;  // last: it calls the others
};

template <typename Request>
CommandContext ContextOf(const Sender& sender, const Request& request) {
  CommandContext context;
  context.actor = sender.actor;
  context.station = sender.station;
  context.request_id = request.request_id();
  if (request.has_station_time()) context.station_time = request.station_time();
  context.validate_only = request.validate_only();
  return context;
}

template <typename Request>
absl::Status Inventory::CheckForms(const std::string& request_id, const Request& request) const {
  if (absl::Status status = CheckRequest(SiteWords(request), request_id); !status.ok()) {
    return status;
  }
  Form form(site());
  CheckForm(request, form);
  CheckWords(request, form);
  return form.status();
}

template <typename Request>
absl::StatusOr<std::unique_ptr<storage::Command>> Inventory::MakeCall(
    CommandContext context, const Request& request, typename ResponseOf<Request>::Type* response,
    Callback done) {
  if (absl::Status status = CheckForms(context.request_id, request); !status.ok()) return status;
  context.request_hash = HashRequest(request);
  return std::make_unique<CommandCall<Request>>(*machine_, std::move(context), request, response,
                                                std::move(done));
}

template <typename Request>
void Inventory::Submit(const Sender& sender, const Request& request,
                       typename ResponseOf<Request>::Type* response, Callback done) {
  auto call = MakeCall(ContextOf(sender, request), request, response, done);
  absl::Status status = call.ok() ? committer_->Submit(*std::move(call)) : call.status();
  if (!status.ok()) done(status);
}

template <typename Request>
absl::StatusOr<typename ResponseOf<Request>::Type> Inventory::Run(const Sender& sender,
                                                                  const Request& request) {
  typename ResponseOf<Request>::Type response;
  absl::Status outcome;
  absl::Mutex mutex;
  bool finished = false;
  Submit(sender, request, &response, [&](const absl::Status& status) {
    absl::MutexLock lock(&mutex);
    outcome = status;
    finished = true;
  });
  mutex.LockWhen(absl::Condition(&finished));
  mutex.Unlock();
  if (!outcome.ok()) return outcome;
  return response;
}

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_INVENTORY_H_
