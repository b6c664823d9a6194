// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/core/inventory.h"

#include "services/common/hash.h"
#include "services/common/ids.h"
#include "services/common/names.h"
#include "services/common/status.h"
#include "services/inventory/core/facility.h"
#include "services/inventory/core/replay.h"

namespace loopdock::inventory {
namespace {

class FirstStartCommand : public storage::Command {
 public:
  explicit FirstStartCommand(Machine& machine) : machine_(machine) {
    context_.actor = std::string(kOwnActor);
    context_.request_id = common::DerivedUuidV7(absl::UnixEpoch(), "first start");
    context_.request_hash = common::Sha256("first start");
  }
  void DeclareReads(storage::ReadSet&) override {}
  absl::Status Apply(storage::View& view, storage::Changes& changes) override {
    return machine_.Apply(context_, view, changes, &answer_,
                          [](Step& step) { return ApplyFirstStart(step); });
  }
  void Done(const absl::Status&) override {}

 private:
  Machine& machine_;
  CommandContext context_;
  v1::Site answer_;
};

}  // namespace

storage::StoreOptions Inventory::StoreOptions() {
  storage::StoreOptions options;
  options.name = "inventory";
  options.record_version = 4;  // docs/internals/formats/inventory.md
  // Before, numbers with a dash had other keys: what is here already would not be found again.
  options.oldest_record_version = 4;
  options.tables = TableSpecs();
  return options;
}

absl::StatusOr<std::unique_ptr<Inventory>> Inventory::Open(std::unique_ptr<storage::Store> store,
                                                           Options options) {
  std::unique_ptr<Inventory> inventory(new Inventory(std::move(store), std::move(options)));
  LOOPDOCK_RETURN_IF_ERROR(inventory->Recover());
  return inventory;
}

Inventory::Inventory(std::unique_ptr<storage::Store> store, Options options)
    : options_(std::move(options)), store_(std::move(store)) {}

Inventory::~Inventory() { Stop(); }

absl::Status Inventory::Recover() {
  const absl::StatusOr<Head> head = ReadHead(*store_, options_.site);
  LOOPDOCK_RETURN_IF_ERROR(head.status());
  Standing standing{DefaultRules(), options_.sampling_secret};
  const auto rules = store_->Get(kLookups, LookupKey(options_.site, Lookup::kFacilityRules, ""));
  LOOPDOCK_RETURN_IF_ERROR(rules.status());
  if (rules->has_value() && !standing.rules.ParseFromString(**rules)) {
    return common::Error(absl::StatusCode::kDataLoss, "STORE_CORRUPT",
                         "The facility's rules cannot be parsed; run fsck.");
  }
  machine_ = std::make_unique<Machine>(options_.site, std::to_string(store_->incarnation()), *head,
                                       std::move(standing));
  {
    absl::MutexLock lock(&mutex_);
    last_sequence_ = head->sequence;
  }
  mark_.sequence = static_cast<std::uint64_t>(head->sequence);
  if (head->sequence > 0) mark_.digest = common::Sha256(head->entry_bytes);
  if (options_.high_water) LOOPDOCK_RETURN_IF_ERROR(CheckHighWater(*head));
  storage::CommitterOptions committer;
  committer.queue_commands_max = options_.queue_commands_max;
  committer.command_rows_max = kBatchRowsMax;
  committer.server_time_floor = head->server_time;
  committer.clock = options_.clock;
  committer.hook = this;
  committer.high_water = high_water_.get();
  committer.disk_reserve = options_.disk_reserve;
  committer.on_fatal = options_.on_fatal;
  committer_ = std::make_unique<storage::Committer>(store_.get(), std::move(committer));
  return head->sequence == 0 ? FirstStart() : absl::OkStatus();
}

absl::Status Inventory::CheckHighWater(const Head& head) {
  high_water_ = std::make_unique<storage::HighWater>(store_.get());
  return high_water_->Check(
      static_cast<std::uint64_t>(head.sequence),
      [this](std::uint64_t sequence) -> absl::StatusOr<std::string> {
        auto row = store_->Get(kFeed, FeedKey(options_.site, static_cast<std::int64_t>(sequence)));
        if (!row.ok()) return row.status();
        return common::Sha256(row->value_or(""));
      });
}

absl::Status Inventory::FirstStart() {
  FirstStartCommand command(*machine_);
  return committer_->Run(command);
}

absl::Status Inventory::CheckRequest(std::string_view site_words,
                                     const std::string& request_id) const {
  if (!common::IsUuidV7(request_id)) {
    return common::Error(absl::StatusCode::kInvalidArgument, "REQUEST_ID_INVALID",
                         "request_id must be a UUIDv7 in lower case; make one for each change.");
  }
  if (site_words == kAnySite) return absl::OkStatus();
  const std::string wanted = common::SiteOf(site_words);
  if (wanted.empty()) {
    return common::Error(
        absl::StatusCode::kInvalidArgument, "INVALID_NAME",
        Cat("'", site_words.substr(0, 100), "' does not name a site; begin with sites/{site}."),
        {{"name", std::string(site_words.substr(0, 100))}});
  }
  return wanted == site() ? absl::OkStatus() : NotFound(common::SiteName(wanted));
}

storage::HistoryMark Inventory::End() {
  const Head& head = machine_->head();
  const auto sequence = static_cast<std::uint64_t>(head.sequence);
  if (sequence != mark_.sequence) {
    mark_.sequence = sequence;
    mark_.digest = common::Sha256(head.entry_bytes);
  }
  return mark_;
}

void Inventory::Committed(const storage::HistoryMark& mark) {
  absl::MutexLock lock(&mutex_);
  last_sequence_ = static_cast<std::int64_t>(mark.sequence);
  changed_.SignalAll();
}

std::int64_t Inventory::last_sequence() const {
  absl::MutexLock lock(&mutex_);
  return last_sequence_;
}

absl::StatusOr<std::vector<v1::FeedEntry>> Inventory::ReadFeed(std::int64_t from,
                                                               size_t entries_max,
                                                               size_t bytes_max) const {
  const std::int64_t last = last_sequence();
  std::vector<v1::FeedEntry> entries;
  if (from > last) return entries;
  const std::string prefix = SitePrefix(site());
  const std::string after = FeedKey(site(), from - 1);
  storage::ScanOptions options;
  options.table = kFeed;
  options.prefix = prefix;
  options.after = after;
  options.limit = entries_max;
  options.bytes_max = bytes_max;
  auto page = store_->Scan(options);
  if (!page.ok()) return page.status();
  for (const storage::Row& row : page->rows) {
    const std::int64_t sequence = FeedSequence(row.key);
    if (sequence > last) break;
    v1::FeedEntry entry;
    if (sequence != from + static_cast<std::int64_t>(entries.size()) ||
        !entry.ParseFromString(row.value)) {
      return common::Error(absl::StatusCode::kDataLoss, "STORE_CORRUPT",
                           Cat("Feed entry ", from + static_cast<std::int64_t>(entries.size()),
                               " is missing or damaged; run fsck."));
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

bool Inventory::WaitForEntries(std::int64_t after, absl::Duration time) const {
  const absl::Time until = absl::Now() + time;
  absl::MutexLock lock(&mutex_);
  while (last_sequence_ <= after && !stopped_) {
    if (changed_.WaitWithDeadline(&mutex_, until)) break;
  }
  return last_sequence_ > after;
}

absl::StatusOr<std::int64_t> Inventory::SweepAll() {
  std::int64_t total = 0;
  for (;;) {
    v1::SweepRequest request;
    request.set_site(common::SiteName(site()));
    request.set_request_id(common::NewUuidV7());
    const auto swept = Run(Sender{std::string(kOwnActor), ""}, request);
    if (!swept.ok()) return swept.status();
    total += swept->responses_expired_count() + swept->terms_reached_count();
    if (!swept->more()) return total;
  }
}

absl::Time Inventory::now() const {
  return options_.clock == nullptr ? absl::Now() : options_.clock->Now();
}

storage::FsckReport Inventory::Fsck() const { return FsckInventory(*store_, site()); }

void Inventory::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    changed_.SignalAll();
  }
  if (committer_ != nullptr) committer_->Stop();
}

}  // namespace loopdock::inventory
