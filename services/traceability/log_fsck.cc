// SPDX-License-Identifier: Apache-2.0
#include "services/traceability/log_fsck.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "services/common/json.h"
#include "services/traceability/core/epcis.h"
#include "services/traceability/core/record.h"
#include "services/traceability/core/text.h"
#include "services/traceability/core/tiles.h"
#include "services/traceability/log_rows.h"

namespace loopdock::traceability {
namespace {

constexpr std::size_t kPage = 500;

// An appender needs a reader only for a log that is not empty.
class NoTiles : public TileReader {
 public:
  absl::StatusOr<std::string> ReadTile(const TileId&) override {
    return absl::InternalError("an empty log has no tiles");
  }
};

class Checker {
 public:
  Checker(const storage::Snapshot& snapshot, std::string_view site, const NoteVerifier* verifier,
          storage::FsckReport& report)
      : snapshot_(snapshot), site_(site), verifier_(verifier), report_(report) {}

  absl::Status Run() {
    auto row = snapshot_.Get(kStateTable, SitePrefix(site_));
    if (!row.ok()) return row.status();
    LogState state;
    if (row->has_value()) {
      auto decoded = DecodeState(**row);
      if (!decoded.ok()) {
        Problem("state", site_, Cat(decoded.status().message()));
        return absl::OkStatus();
      }
      state = *std::move(decoded);
    }
    NoTiles none;
    auto tree = TileAppender::Open(0, none);
    if (!tree.ok()) return tree.status();
    tree_ = std::make_unique<TileAppender>(*std::move(tree));
    if (auto status = LoadCheckpoints(); !status.ok()) return status;
    CheckCheckpointHere();
    if (auto status = Entries(); !status.ok()) return status;
    if (tree_->size() != state.size) {
      Problem("state", site_, Cat("says ", state.size, " entries, there are ", tree_->size()));
    }
    if (last_sequence_ > state.through_sequence) {
      Problem("state", site_, "an entry is newer than the position in the feed");
    }
    if (next_checkpoint_ < checkpoints_.size()) {
      Problem("checkpoints", site_, "a checkpoint speaks of more entries than there are");
    }
    if (state.has_checkpoint &&
        (checkpoints_.empty() || checkpoints_.back().size != state.checkpoint_size)) {
      Problem("state", site_, "the latest checkpoint is another one");
    }
    return Tiles();
  }

 private:
  void Problem(std::string_view table, std::string_view key, std::string what) {
    ++report_.problem_count;
    if (report_.problems.size() == storage::kFsckProblemsKept) return;
    report_.problems.push_back({std::string(table), std::string(key), std::move(what)});
  }
  absl::Status LoadCheckpoints() {
    return Pages(kCheckpointTable, [&](const storage::Row& row) {
      auto checkpoint = DecodeSignedCheckpoint(row.value);
      const std::uint64_t size = IndexOfKey(row.key).value_or(0);
      if (!checkpoint.ok() || checkpoint->size != size) {
        Problem("checkpoints", Cat(size), "is not a checkpoint of its size");
        return;
      }
      if (verifier_ != nullptr && !OpenNote(checkpoint->note, *verifier_).ok()) {
        Problem("checkpoints", Cat(size), "has no valid signature of the log's key");
      }
      checkpoints_.push_back({checkpoint->size, checkpoint->root});
    });
  }

  void CheckCheckpointHere() {
    while (next_checkpoint_ < checkpoints_.size() &&
           checkpoints_[next_checkpoint_].size == tree_->size()) {
      if (checkpoints_[next_checkpoint_].root != tree_->Root()) {
        Problem("checkpoints", Cat(tree_->size()), "the entries do not lead to its root");
      }
      ++next_checkpoint_;
    }
  }

  absl::Status Entries() {
    return Pages(kEntryTable, [&](const storage::Row& row) {
      const std::uint64_t index = IndexOfKey(row.key).value_or(0);
      if (index != tree_->size()) Problem("entries", Cat(tree_->size()), "is missing");
      auto entry = DecodeEntry(row.value);
      if (!entry.ok()) {
        Problem("entries", Cat(index), Cat(entry.status().message()));
        return;
      }
      tree_->Append(LeafHash(entry->leaf_data));
      CheckFullTiles();
      CheckCheckpointHere();
      if (!entry->erased()) CheckRecord(index, entry->record_bytes);
    });
  }

  void CheckRecord(std::uint64_t index, const std::string& bytes) {
    auto record = DecodeRecord(bytes);
    if (!record.ok()) {
      Problem("entries", Cat(index), Cat(record.status().message()));
      return;
    }
    if (record->site != site_) Problem("entries", Cat(index), "belongs to another site");
    if (record->sequence < last_sequence_) Problem("entries", Cat(index), "is out of order");
    last_sequence_ = record->sequence;
    for (const std::string& subject : record->subjects) {
      auto row = snapshot_.Get(kSubjectTable, SubjectKey(site_, subject, index));
      if (!row.ok() || !row->has_value()) {
        Problem("subjects", subject, Cat("entry ", index, " is not listed"));
      }
    }
    CheckEvent(index, record->event_id);
  }

  void CheckEvent(std::uint64_t index, const std::string& event_id) {
    auto row = snapshot_.Get(kEventTable, IndexKey(site_, index));
    if (!row.ok() || row->has_value() == event_id.empty()) {
      Problem("events", Cat(index), "is missing, or there and unknown to its record");
      return;
    }
    if (event_id.empty()) return;
    const Json event = Json::parse(**row, nullptr, false);
    auto id = event.is_discarded() ? absl::InvalidArgumentError("no JSON") : EventId(event);
    if (!id.ok() || *id != event_id) {
      Problem("events", Cat(index), "is not the event that its record names");
    }
  }

  // Full tiles are compared as they come, so that they need not be kept.
  void CheckFullTiles() {
    if (tree_->size() % kTileWidth == 0) Compare(tree_->TakeChanged());
  }

  void Compare(const std::vector<TileRow>& tiles) {
    for (const TileRow& tile : tiles) {
      auto row = snapshot_.Get(kTileTable, TileKey(site_, tile.id));
      const std::string stored = row.ok() ? row->value_or("") : "";
      // A tile that is still growing here may be wider on disk.
      if (stored.substr(0, tile.hashes.size()) != tile.hashes) {
        Problem("tiles", TilePath(tile.id, kTileWidth), "differs from the entries");
      }
    }
  }

  absl::Status Tiles() {
    Compare(tree_->TakeChanged());
    return Pages(kTileTable, [&](const storage::Row& row) {
      const std::uint64_t index = IndexOfKey(row.key).value_or(0);
      const TileId id{static_cast<unsigned char>(row.key[row.key.size() - 9]), index};
      if (row.value.size() != static_cast<std::size_t>(TileWidthAt(id, tree_->size())) * 32) {
        Problem("tiles", TilePath(id, kTileWidth),
                "has another width than the log's size asks for");
      }
    });
  }

  template <typename F>
  absl::Status Pages(storage::TableId table, F&& each) {
    const std::string prefix = SitePrefix(site_);
    std::string after = prefix;
    while (true) {
      auto page = snapshot_.Scan(
          {.table = table, .prefix = prefix, .after = std::string_view(after), .limit = kPage});
      if (!page.ok()) return page.status();
      for (const storage::Row& row : page->rows) each(row);
      if (!page->more || page->rows.empty()) return absl::OkStatus();
      after = page->rows.back().key;
    }
  }

  struct Root {
    std::uint64_t size;
    Hash root;
  };

  const storage::Snapshot& snapshot_;
  const std::string site_;
  const NoteVerifier* verifier_;
  storage::FsckReport& report_;
  std::unique_ptr<TileAppender> tree_;
  std::vector<Root> checkpoints_;
  std::size_t next_checkpoint_ = 0;
  std::uint64_t last_sequence_ = 0;
};

}  // namespace

absl::StatusOr<storage::FsckReport> FsckLog(const storage::Store& store, std::string_view site,
                                            const NoteVerifier* verifier) {
  storage::FsckReport report = storage::Fsck(store);
  auto snapshot = store.GetSnapshot();
  if (!snapshot.ok()) return snapshot.status();
  if (auto status = Checker(**snapshot, site, verifier, report).Run(); !status.ok()) return status;
  return report;
}

}  // namespace loopdock::traceability
