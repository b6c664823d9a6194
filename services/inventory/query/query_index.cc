// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/query/query_index.h"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "services/common/status.h"
#include "services/inventory/core/tables.h"
#include "services/inventory/core/text.h"

namespace loopdock::inventory {
namespace {

constexpr size_t kEntriesMax = 1000;
constexpr size_t kBytesMax = size_t{4} << 20;
// How long the follower lets entries gather, so that an asset that changes often is indexed once.
constexpr absl::Duration kGather = absl::Milliseconds(20);
constexpr absl::Duration kPatience = absl::Milliseconds(100);
// The commit path comes first where cores are few.
constexpr int kNiceness = 10;

std::string PositionValue(std::string_view epoch, std::int64_t sequence) {
  return Cat(kIndexVersion, " ", epoch, " ", sequence);
}

}  // namespace

absl::StatusOr<std::optional<std::int64_t>> IndexPosition(const storage::Reader& index,
                                                          std::string_view site,
                                                          std::string_view epoch) {
  const auto row = index.Get(kIndexCounts, PositionKey(site));
  if (!row.ok()) return row.status();
  if (!row->has_value()) return std::nullopt;
  const std::vector<std::string> parts = absl::StrSplit(**row, ' ');
  std::int64_t sequence = 0;
  if (parts.size() != 3 || parts[0] != std::to_string(kIndexVersion) || parts[1] != epoch ||
      !absl::SimpleAtoi(parts[2], &sequence)) {
    return std::nullopt;
  }
  return sequence;
}

absl::Status CatchUpIndex(const storage::Store& record, std::string_view site,
                          std::string_view epoch, storage::Store* index) {
  const auto position = IndexPosition(*index, site, epoch);
  LOOPDOCK_RETURN_IF_ERROR(position.status());
  if (!position->has_value()) {
    return common::Error(absl::StatusCode::kUnavailable, "INDEX_UNAVAILABLE",
                         "The query index is of another history or version.");
  }
  IndexBuilder builder{std::string(site), &record, index};
  const std::string prefix = SitePrefix(site);
  std::string after = FeedKey(site, **position);
  for (;;) {
    storage::ScanOptions options;
    options.table = kFeed;
    options.prefix = prefix;
    options.after = after;
    options.limit = kEntriesMax;
    options.bytes_max = kBytesMax;
    const auto page = record.Scan(options);
    LOOPDOCK_RETURN_IF_ERROR(page.status());
    if (page->rows.empty()) return absl::OkStatus();
    std::vector<v1::FeedEntry> entries(page->rows.size());
    for (size_t i = 0; i < entries.size(); ++i) {
      if (!entries[i].ParseFromString(page->rows[i].value)) {
        return common::Error(absl::StatusCode::kDataLoss, "STORE_CORRUPT",
                             "A feed entry cannot be parsed; run fsck.");
      }
    }
    after = page->rows.back().key;
    LOOPDOCK_RETURN_IF_ERROR(
        builder.Take(entries, PositionValue(epoch, entries.back().sequence())));
  }
}

absl::StatusOr<std::unique_ptr<QueryIndex>> QueryIndex::Open(const Inventory& inventory,
                                                             Options options) {
  std::string why;
  auto store = options.open(/*fresh=*/false);
  std::optional<std::int64_t> position;
  if (!store.ok()) {
    // One that another process has open must not be removed under it.
    if (common::ReasonOf(store.status()) == "STORE_LOCKED") return store.status();
    why = std::string(store.status().message());
  } else {
    const auto found = IndexPosition(**store, inventory.site(), inventory.epoch());
    if (found.ok()) position = *found;
    if (!position.has_value()) why = "it is new, or of another history or version";
    if (position.value_or(0) > inventory.last_sequence()) {
      position.reset();
      why = "it is ahead of the record";
    }
  }
  if (!position.has_value()) {
    if (options.on_rebuild) options.on_rebuild(why);
    store = absl::CancelledError();  // closes what was opened
    store = options.open(/*fresh=*/true);
    LOOPDOCK_RETURN_IF_ERROR(store.status());
  }
  std::unique_ptr<QueryIndex> index(
      new QueryIndex(inventory, std::move(options), *std::move(store)));
  absl::MutexLock lock(&index->mutex_);
  index->position_ = position.value_or(0);
  return index;
}

QueryIndex::QueryIndex(const Inventory& inventory, Options options,
                       std::unique_ptr<storage::Store> store)
    : inventory_(inventory),
      options_(std::move(options)),
      store_(std::move(store)),
      builder_(inventory.site(), &inventory.store(), store_.get()) {}

QueryIndex::~QueryIndex() { Stop(); }

void QueryIndex::Start() {
  follower_ = std::thread([this] { Follow(); });
}

void QueryIndex::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (follower_.joinable()) follower_.join();
}

std::int64_t QueryIndex::position() const {
  absl::MutexLock lock(&mutex_);
  return position_;
}

absl::StatusOr<bool> QueryIndex::TakeSome() {
  const std::int64_t from = position() + 1;
  const auto entries = inventory_.ReadFeed(from, kEntriesMax, kBytesMax);
  if (!entries.ok()) return entries.status();
  if (entries->empty()) return false;
  const std::int64_t through = entries->back().sequence();
  const absl::Status taken = builder_.Take(*entries, PositionValue(inventory_.epoch(), through));
  if (!taken.ok()) return taken;
  absl::MutexLock lock(&mutex_);
  position_ = through;
  return true;
}

absl::Status QueryIndex::CatchUp() {
  for (;;) {
    const auto took = TakeSome();
    if (!took.ok()) return took.status();
    if (!*took) return absl::OkStatus();
  }
}

void QueryIndex::Follow() {
  // Of this thread alone, as Linux has it; without it all still works.
  static_cast<void>(setpriority(PRIO_PROCESS, 0, kNiceness));
  for (;;) {
    const auto took = TakeSome();
    if (!took.ok()) {
      if (options_.on_failure) options_.on_failure(took.status());
      absl::MutexLock lock(&mutex_);
      failure_ = took.status();
      return;
    }
    if (options_.on_progress) options_.on_progress(position(), inventory_.last_sequence());
    if (!*took) inventory_.WaitForEntries(position(), kPatience);
    const auto hurried = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return stopping_ || waiting_ > 0;
    };
    absl::MutexLock lock(&mutex_);
    if (inventory_.last_sequence() < position_ + static_cast<std::int64_t>(kEntriesMax)) {
      mutex_.AwaitWithTimeout(absl::Condition(&hurried), kGather);
    }
    if (stopping_) return;
  }
}

absl::Status QueryIndex::Await(std::int64_t sequence, absl::Duration time) const {
  const std::int64_t last = inventory_.last_sequence();
  if (sequence > last) {
    return common::Error(absl::StatusCode::kFailedPrecondition, "FEED_POSITION_AHEAD",
                         Cat("min_sequence is ", sequence, ", but the feed ends at ", last, "."),
                         {{"last_sequence", std::to_string(last)}});
  }
  absl::MutexLock lock(&mutex_);
  const auto reached = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return position_ >= sequence || stopping_ || !failure_.ok();
  };
  ++waiting_;
  mutex_.AwaitWithTimeout(absl::Condition(&reached), time);
  --waiting_;
  if (!failure_.ok()) {
    return common::Error(absl::StatusCode::kUnavailable, "INDEX_UNAVAILABLE",
                         Cat("The query index has failed: ", std::string(failure_.message())));
  }
  if (position_ >= sequence) return absl::OkStatus();
  return common::Error(absl::StatusCode::kUnavailable, "INDEX_BEHIND",
                       Cat("The query index is at ", position_, " and not yet at ", sequence,
                           "; ask again in a moment."),
                       {{"index_sequence", std::to_string(position_)}});
}

}  // namespace loopdock::inventory
