// SPDX-License-Identifier: Apache-2.0
#include "services/traceability/log_store.h"

#include <algorithm>
#include <set>
#include <utility>

#include "services/common/hash.h"
#include "services/common/status.h"
#include "services/traceability/core/text.h"

namespace loopdock::traceability {
namespace {

constexpr std::size_t kPageMax = 1000;
// A message of the feed is one command; it is bounded by the size of a gRPC message.
constexpr std::size_t kRowsMax = 1000000;

absl::Status Broken(std::string_view what) {
  return common::Error(absl::StatusCode::kDataLoss, "LOG_STORE_BROKEN",
                       Cat(what, "; run fsck and restore from a backup."));
}

// Rows that were decided beforehand: the follower is the only writer, there is nothing to judge.
class WriteRows : public storage::Command {
 public:
  explicit WriteRows(storage::WriteBatch batch) : batch_(std::move(batch)) {}
  void DeclareReads(storage::ReadSet&) override {}
  absl::Status Apply(storage::View&, storage::Changes& changes) override {
    batch_.ForEach(
        [&](storage::TableId table, std::string_view key, std::string_view value) {
          changes.Put(table, key, value);
        },
        [&](storage::TableId table, std::string_view key) { changes.Delete(table, key); });
    return absl::OkStatus();
  }
  void Done(const absl::Status&) override {}

 private:
  storage::WriteBatch batch_;
};

class StoreTiles : public TileReader {
 public:
  StoreTiles(const storage::Reader& reader, std::string_view site) : reader_(reader), site_(site) {}
  absl::StatusOr<std::string> ReadTile(const TileId& id) override {
    auto row = reader_.Get(kTileTable, TileKey(site_, id));
    if (!row.ok()) return row.status();
    if (!row->has_value()) return Broken(Cat("tile ", id.level, "/", id.index, " is missing"));
    return **std::move(row);
  }

 private:
  const storage::Reader& reader_;
  std::string_view site_;
};

}  // namespace

LogStore::LogStore(Options options) : options_(std::move(options)) {
  context_.base_uri = options_.base_uri;
}

LogStore::~LogStore() = default;

absl::StatusOr<std::unique_ptr<LogStore>> LogStore::Open(Options options) {
  std::unique_ptr<LogStore> log(new LogStore(std::move(options)));
  if (auto status = log->Load(); !status.ok()) return status;
  storage::CommitterOptions committer;
  committer.command_rows_max = kRowsMax;
  committer.clock = log->options_.clock;
  committer.on_fatal = log->options_.on_fatal;
  log->committer_ = std::make_unique<storage::Committer>(log->options_.store, std::move(committer));
  if (!log->state_.has_checkpoint || log->state_.checkpoint_size != log->state_.size) {
    if (auto status = log->Commit({}, true); !status.ok()) return status;
  }
  absl::MutexLock lock(&log->mutex_);
  log->published_ = {log->state_, log->checkpoint_};
  return log;
}

absl::Status LogStore::Load() {
  auto row = options_.store->Get(kStateTable, SitePrefix(options_.site));
  if (!row.ok()) return row.status();
  if (row->has_value()) {
    auto state = DecodeState(**row);
    if (!state.ok()) return state.status();
    state_ = *std::move(state);
  }
  context_.utc_offset_minutes = state_.utc_offset_minutes;
  StoreTiles tiles(*options_.store, options_.site);
  auto tree = TileAppender::Open(state_.size, tiles);
  if (!tree.ok()) return tree.status();
  tree_ = std::make_unique<TileAppender>(*std::move(tree));
  return state_.has_checkpoint ? LoadCheckpoint() : absl::OkStatus();
}

// A checkpoint that the tree does not lead to means that one of them was changed on disk: nothing
// more may be signed then.
absl::Status LogStore::LoadCheckpoint() {
  auto row = options_.store->Get(kCheckpointTable, IndexKey(options_.site, state_.checkpoint_size));
  if (!row.ok()) return row.status();
  if (!row->has_value()) return Broken("the latest checkpoint is missing");
  auto checkpoint = DecodeSignedCheckpoint(**row);
  if (!checkpoint.ok()) return checkpoint.status();
  StoreTiles tiles(*options_.store, options_.site);
  TileHashes hashes(tiles);
  auto root = RootAt(checkpoint->size, hashes);
  if (!root.ok()) return root.status();
  if (checkpoint->size != state_.checkpoint_size || checkpoint->size > state_.size ||
      *root != checkpoint->root) {
    return Broken("the tree does not lead to the root of the latest checkpoint");
  }
  checkpoint_ = *std::move(checkpoint);
  return absl::OkStatus();
}

absl::Status LogStore::AddDerived(const Derived& derived, storage::WriteBatch& batch) {
  auto record = EncodeRecord(derived.record);
  if (!record.ok()) return record.status();
  const std::uint64_t index = tree_->size();
  const std::string salt = common::RandomBytes(kSaltBytes);
  tree_->Append(LeafHash(LeafData(salt, *record)));
  const std::string key = IndexKey(options_.site, index);
  batch.Put(kEntryTable, key, EncodeEntry(salt, *record));
  if (!derived.event_json.empty()) batch.Put(kEventTable, key, derived.event_json);
  const std::set<std::string> subjects(derived.record.subjects.begin(),
                                       derived.record.subjects.end());
  for (const std::string& subject : subjects) {
    batch.Put(kSubjectTable, SubjectKey(options_.site, subject, index), "");
  }
  return absl::OkStatus();
}

absl::Status LogStore::Append(const std::vector<const inventory::v1::FeedEntry*>& entries,
                              std::string_view epoch, std::int64_t last_sequence) {
  if (!broken_.ok()) return broken_;
  if (!state_.epoch.empty() && state_.epoch != epoch) {
    return common::Error(absl::StatusCode::kFailedPrecondition, "FEED_EPOCH_CHANGED",
                         "inventory was restored and its feed is another one: restore this "
                         "service's backup of the same time, or rebuild it.");
  }
  std::vector<Derived> all;
  SiteContext context = context_;
  std::uint64_t through = state_.through_sequence;
  for (const inventory::v1::FeedEntry* entry : entries) {
    if (entry->sequence() != static_cast<std::int64_t>(through + 1) ||
        entry->site() != options_.site) {
      return common::Error(
          absl::StatusCode::kDataLoss, "FEED_OUT_OF_ORDER",
          Cat("entry ", entry->sequence(), " of the feed does not follow ", through, "."));
    }
    ++through;
    auto derived = Derive(*entry, context);
    if (!derived.ok()) return derived.status();
    std::move(derived->begin(), derived->end(), std::back_inserter(all));
  }
  storage::WriteBatch batch;
  // From here on the tree in memory is ahead of the disk: any failure ends this log's writing.
  for (const Derived& derived : all) {
    broken_ = AddDerived(derived, batch);
    if (!broken_.ok()) return broken_;
  }
  context_ = context;
  state_.epoch = std::string(epoch);
  state_.through_sequence = through;
  const bool caught_up = static_cast<std::int64_t>(through) >= last_sequence;
  const bool due = absl::FromUnixMicros(checkpoint_.sign_time_us) + options_.checkpoint_interval <=
                   options_.clock->Now();
  return Commit(std::move(batch), caught_up || due);
}

absl::StatusOr<SignedCheckpoint> LogStore::Sign() const {
  SignedCheckpoint checkpoint;
  checkpoint.size = tree_->size();
  checkpoint.root = tree_->Root();
  checkpoint.sign_time_us = absl::ToUnixMicros(options_.clock->Now());
  checkpoint.through_sequence = state_.through_sequence;
  auto note = options_.signer->Sign(
      FormatCheckpoint({options_.signer->verifier().name(), checkpoint.size, checkpoint.root, {}}));
  if (!note.ok()) return note.status();
  checkpoint.note = FormatNote(*note);
  return checkpoint;
}

absl::Status LogStore::Commit(storage::WriteBatch batch, bool want_checkpoint) {
  state_.size = tree_->size();
  state_.utc_offset_minutes = context_.utc_offset_minutes;
  if (want_checkpoint && (!state_.has_checkpoint || state_.checkpoint_size != state_.size)) {
    auto checkpoint = Sign();
    if (!checkpoint.ok()) return broken_ = checkpoint.status();
    checkpoint_ = *std::move(checkpoint);
    state_.has_checkpoint = true;
    state_.checkpoint_size = checkpoint_.size;
    batch.Put(kCheckpointTable, IndexKey(options_.site, checkpoint_.size),
              EncodeSignedCheckpoint(checkpoint_));
  }
  for (const TileRow& tile : tree_->TakeChanged()) {
    batch.Put(kTileTable, TileKey(options_.site, tile.id), tile.hashes);
  }
  batch.Put(kStateTable, SitePrefix(options_.site), EncodeState(state_));
  WriteRows command(std::move(batch));
  broken_ = committer_->Run(command);
  if (!broken_.ok()) return broken_;
  absl::MutexLock lock(&mutex_);
  published_ = {state_, checkpoint_};
  return absl::OkStatus();
}

LogStore::Published LogStore::published() const {
  absl::MutexLock lock(&mutex_);
  return published_;
}

absl::StatusOr<std::string> LogStore::GetEntry(std::uint64_t index) const {
  auto row = options_.store->Get(kEntryTable, IndexKey(options_.site, index));
  if (!row.ok()) return row.status();
  if (!row->has_value()) {
    return common::Error(absl::StatusCode::kNotFound, "RECORD_NOT_FOUND",
                         Cat("there is no record ", index, " in the log."),
                         {{"index", Cat(index)}});
  }
  return **std::move(row);
}

absl::StatusOr<std::vector<std::string>> LogStore::GetEntries(std::uint64_t from,
                                                              std::uint64_t size,
                                                              std::size_t limit) const {
  std::vector<std::string> entries;
  if (from >= size) return entries;
  const std::string prefix = SitePrefix(options_.site);
  const std::string before = from == 0 ? prefix : IndexKey(options_.site, from - 1);
  storage::ScanOptions scan{.table = kEntryTable, .prefix = prefix, .after = before};
  scan.limit =
      static_cast<std::size_t>(std::min<std::uint64_t>(std::min(limit, kPageMax), size - from));
  auto result = options_.store->Scan(scan);
  if (!result.ok()) return result.status();
  for (storage::Row& row : result->rows) {
    auto index = IndexOfKey(row.key);
    if (!index.ok()) return index.status();
    if (*index != from + entries.size())
      return Broken(Cat("entry ", *index, " has no predecessor"));
    entries.push_back(std::move(row.value));
  }
  if (entries.empty()) return Broken(Cat("entry ", from, " is missing"));
  return entries;
}

absl::StatusOr<std::vector<std::uint64_t>> LogStore::SubjectEntries(std::string_view subject,
                                                                    std::uint64_t from,
                                                                    std::size_t limit) const {
  const std::string prefix = SubjectPrefix(options_.site, subject);
  const std::string before = from == 0 ? prefix : SubjectKey(options_.site, subject, from - 1);
  storage::ScanOptions scan{.table = kSubjectTable, .prefix = prefix, .after = before};
  scan.limit = std::min(limit, kPageMax);
  auto result = options_.store->Scan(scan);
  if (!result.ok()) return result.status();
  std::vector<std::uint64_t> indices;
  for (const storage::Row& row : result->rows) {
    if (row.key.size() != prefix.size() + 8) continue;
    auto index = IndexOfKey(row.key);
    if (!index.ok()) return index.status();
    indices.push_back(*index);
  }
  return indices;
}

absl::StatusOr<std::vector<LogStore::EventRow>> LogStore::GetEvents(std::uint64_t from,
                                                                    std::size_t limit) const {
  const std::string prefix = SitePrefix(options_.site);
  const std::string before = from == 0 ? prefix : IndexKey(options_.site, from - 1);
  storage::ScanOptions scan{.table = kEventTable, .prefix = prefix, .after = before};
  scan.limit = std::min(limit, kPageMax);
  auto result = options_.store->Scan(scan);
  if (!result.ok()) return result.status();
  std::vector<EventRow> events;
  for (storage::Row& row : result->rows) {
    auto index = IndexOfKey(row.key);
    if (!index.ok()) return index.status();
    events.push_back({*index, std::move(row.value)});
  }
  return events;
}

absl::StatusOr<std::string> LogStore::GetEvent(std::uint64_t index) const {
  auto row = options_.store->Get(kEventTable, IndexKey(options_.site, index));
  if (!row.ok()) return row.status();
  return row->value_or("");
}

absl::StatusOr<std::vector<Hash>> LogStore::ProveInclusion(std::uint64_t index,
                                                           std::uint64_t size) const {
  StoreTiles tiles(*options_.store, options_.site);
  TileHashes hashes(tiles);
  return InclusionProof(index, size, hashes);
}

absl::StatusOr<std::vector<Hash>> LogStore::ProveConsistency(std::uint64_t old_size,
                                                             std::uint64_t new_size) const {
  StoreTiles tiles(*options_.store, options_.site);
  TileHashes hashes(tiles);
  return ConsistencyProof(old_size, new_size, hashes);
}

}  // namespace loopdock::traceability
