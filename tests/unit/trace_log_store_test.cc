// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "services/common/hash.h"
#include "services/common/status.h"
#include "services/storage/memory_driver.h"
#include "services/traceability/core/verify.h"
#include "services/traceability/log_fsck.h"
#include "services/traceability/log_store.h"

namespace loopdock::traceability {
namespace {

using inventory::v1::FeedEntry;

FeedEntry Entry(std::int64_t sequence) {
  FeedEntry entry;
  entry.set_site("main");
  entry.set_epoch("e1");
  entry.set_sequence(sequence);
  entry.mutable_server_time()->set_seconds(1767323045 + sequence);
  entry.set_actor("demo");
  auto* asset = entry.add_facts()->mutable_asset_registered();
  asset->set_name("sites/main/assets/A" + std::to_string(sequence % 3));
  asset->set_load("sites/main/loads/L1");
  entry.add_facts()->mutable_consumer_position_set()->set_consumer("routing");
  entry.add_facts()->mutable_hold_placed()->set_asset(asset->name());
  return entry;
}

class LogStoreTest : public ::testing::Test {
 protected:
  void Open(const std::string& path = "/log") {
    log_.reset();
    store_.reset();
    auto store = driver_->Open(path, LogStoreOptions());
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    auto log = LogStore::Open({.site = "main",
                               .base_uri = "https://loopdock.example/",
                               .checkpoint_interval = absl::Minutes(1),
                               .store = store_.get(),
                               .signer = &signer_,
                               .clock = &clock_,
                               .on_fatal = nullptr});
    opened_ = log.status();
    if (log.ok()) log_ = *std::move(log);
  }

  absl::Status Append(std::int64_t first, std::int64_t last, std::int64_t end = 0,
                      const std::string& epoch = "e1") {
    std::vector<FeedEntry> entries;
    for (std::int64_t i = first; i <= last; ++i) entries.push_back(Entry(i));
    std::vector<const FeedEntry*> pointers;
    for (const FeedEntry& entry : entries) pointers.push_back(&entry);
    return log_->Append(pointers, epoch, end == 0 ? last : end);
  }

  absl::StatusOr<VerifyReport> Verify() {
    const auto published = log_->published();
    auto verifier = LogVerifier::Start(published.checkpoint.note, signer_.verifier().Vkey());
    if (!verifier.ok()) return verifier.status();
    for (std::uint64_t next = 0; next < published.checkpoint.size;) {
      auto entries = log_->GetEntries(next, published.checkpoint.size, 100);
      if (!entries.ok()) return entries.status();
      for (const std::string& entry : *entries) {
        if (auto status = verifier->Add(next++, entry); !status.ok()) return status;
      }
    }
    return verifier->Finish();
  }

  std::size_t Problems() {
    auto report = FsckLog(*store_, "main", &signer_.verifier());
    EXPECT_TRUE(report.ok()) << report.status();
    std::size_t count = report->problem_count;
    for (const auto& problem : report->problems)
      last_problem_ = problem.table + ": " + problem.what;
    return count;
  }

  // Changes rows as a fault of the disk would, behind the log's back.
  void Overwrite(storage::TableId table, const std::string& key, const std::string& value) {
    storage::WriteBatch batch;
    batch.Put(table, key, value);
    ASSERT_TRUE(store_->Write(batch).ok());
  }

  std::shared_ptr<storage::MemoryDisk> disk_ = std::make_shared<storage::MemoryDisk>();
  std::unique_ptr<storage::Driver> driver_ = storage::MakeMemoryDriver(disk_);
  NoteSigner signer_ = *NoteSigner::FromSeed("loopdock.example/main", std::string(32, '\x03'));
  common::ManualClock clock_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<LogStore> log_;
  absl::Status opened_;
  std::string last_problem_;
};

TEST(LogRows, GoldenKeysAndRows) {
  EXPECT_EQ(common::HexEncode(IndexKey("main", 258)), "6d61696e000000000000000102");
  EXPECT_EQ(common::HexEncode(TileKey("main", {1, 2})), "6d61696e00010000000000000002");
  EXPECT_EQ(common::HexEncode(SubjectKey("main", "a/b", 3)), "6d61696e00612f62000000000000000003");
  LogState state{"e1", 7, 5, 4, true, -360};
  EXPECT_EQ(EncodeState(state), R"({"version":1,"epoch":"e1","through_sequence":7,"size":5,)"
                                R"("checkpoint_size":4,"utc_offset_minutes":-360})");
  EXPECT_EQ(DecodeState(EncodeState(state))->through_sequence, 7u);
  for (const char* bad : {"", "{}", "[]", R"({"version":2})", R"({"version":1})",
                          R"({"version":1,"epoch":1,"through_sequence":7,"size":5})"}) {
    EXPECT_EQ(common::ReasonOf(DecodeState(bad).status()), "LOG_STORE_BROKEN") << bad;
    EXPECT_FALSE(DecodeSignedCheckpoint(bad).ok());
  }
}

TEST_F(LogStoreTest, AnEmptyLogHasASignedCheckpoint) {
  Open();
  ASSERT_TRUE(opened_.ok()) << opened_;
  EXPECT_EQ(log_->published().checkpoint.size, 0u);
  EXPECT_EQ(Verify()->Sentence(), "0 of 0 records included");
  EXPECT_EQ(Problems(), 0u) << last_problem_;
}

TEST_F(LogStoreTest, GrowsAcrossRestartsAndVerifies) {
  std::int64_t next = 1;
  for (const std::int64_t count : {1, 3, 150, 1, 200}) {
    Open();
    ASSERT_TRUE(opened_.ok()) << opened_;
    ASSERT_EQ(log_->published().state.through_sequence, static_cast<std::uint64_t>(next - 1));
    ASSERT_TRUE(Append(next, next + count - 1).ok());
    next += count;
    auto report = Verify();
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->record_count, static_cast<std::uint64_t>(2 * (next - 1)));
    EXPECT_EQ(Problems(), 0u) << last_problem_;
  }
}

TEST_F(LogStoreTest, ProofsHoldAgainstCheckpointsOfAllTimes) {
  Open();
  std::vector<SignedCheckpoint> checkpoints;
  for (std::int64_t i = 1; i <= 20; ++i) {
    ASSERT_TRUE(Append(i, i).ok());
    checkpoints.push_back(log_->published().checkpoint);
  }
  const SignedCheckpoint& last = checkpoints.back();
  for (const SignedCheckpoint& old : checkpoints) {
    auto proof = log_->ProveConsistency(old.size, last.size);
    ASSERT_TRUE(proof.ok());
    EXPECT_TRUE(VerifyConsistency(old.size, last.size, old.root, last.root, *proof).ok());
    const std::uint64_t index = old.size - 1;
    auto inclusion = log_->ProveInclusion(index, old.size);
    ASSERT_TRUE(inclusion.ok());
    EXPECT_TRUE(
        VerifyEntry(index, *log_->GetEntry(index), *inclusion, {"", old.size, old.root, {}}).ok());
  }
}

TEST_F(LogStoreTest, SignsAtTheEndOfTheFeedAndAtMostOneAnIntervalBefore) {
  Open();
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(Append(1, 2, 100).ok());
  EXPECT_EQ(log_->published().checkpoint.size, 0u);
  clock_.Advance(absl::Minutes(1));
  ASSERT_TRUE(Append(3, 4, 100).ok());
  EXPECT_EQ(log_->published().checkpoint.size, 8u);
  ASSERT_TRUE(Append(5, 5, 100).ok());
  EXPECT_EQ(log_->published().checkpoint.size, 8u);
  ASSERT_TRUE(Append(6, 6, 6).ok());
  EXPECT_EQ(log_->published().checkpoint.size, 12u);
  EXPECT_EQ(Problems(), 0u) << last_problem_;
}

TEST_F(LogStoreTest, GapsRepetitionsAndOtherEpochsAreRefused) {
  Open();
  ASSERT_TRUE(Append(1, 3).ok());
  EXPECT_EQ(common::ReasonOf(Append(5, 5)), "FEED_OUT_OF_ORDER");
  EXPECT_EQ(common::ReasonOf(Append(3, 4)), "FEED_OUT_OF_ORDER");
  EXPECT_EQ(common::ReasonOf(Append(4, 4, 0, "e2")), "FEED_EPOCH_CHANGED");
  ASSERT_TRUE(Append(4, 4).ok()) << "a refusal leaves the log as it was";
  EXPECT_EQ(Verify()->record_count, 8u);
}

TEST_F(LogStoreTest, SubjectsAndEventsAreFound) {
  Open();
  ASSERT_TRUE(Append(1, 6).ok());
  EXPECT_EQ(*log_->SubjectEntries("sites/main/assets/A1", 0, 10),
            (std::vector<std::uint64_t>{0, 1, 6, 7}));
  EXPECT_EQ(*log_->SubjectEntries("sites/main/assets/A1", 2, 1), (std::vector<std::uint64_t>{6}));
  EXPECT_TRUE(log_->SubjectEntries("sites/main/assets/A", 0, 10)->empty());
  EXPECT_EQ(log_->GetEvents(0, 100)->size(), 12u);
  EXPECT_EQ(log_->GetEvents(5, 2)->front().index, 5u);
  EXPECT_EQ(common::ReasonOf(log_->GetEntry(12).status()), "RECORD_NOT_FOUND");
}

// What a crash leaves is one of the states between the writes, and the log goes on from it.
TEST_F(LogStoreTest, GoesOnAfterACrash) {
  Open();
  ASSERT_TRUE(Append(1, 130).ok());
  ASSERT_TRUE(disk_->Clone("/log", "/crashed").ok());
  ASSERT_TRUE(Append(131, 140).ok());
  Open("/crashed");
  ASSERT_TRUE(opened_.ok()) << opened_;
  ASSERT_EQ(log_->published().state.through_sequence, 130u);
  ASSERT_TRUE(Append(131, 150).ok());
  EXPECT_EQ(Verify()->record_count, 300u);
  EXPECT_EQ(Problems(), 0u) << last_problem_;
}

TEST_F(LogStoreTest, FsckFindsEachDamage) {
  Open();
  ASSERT_TRUE(Append(1, 200).ok());
  ASSERT_EQ(Problems(), 0u) << last_problem_;
  const std::string key = IndexKey("main", 17);
  const std::string entry = *log_->GetEntry(17);
  const std::string event = *log_->GetEvent(17);

  std::string damaged = entry;
  damaged.back() ^= 1;
  Overwrite(kEntryTable, key, damaged);
  EXPECT_GT(Problems(), 0u);
  EXPECT_EQ(Verify().status().code(), absl::StatusCode::kDataLoss);
  Overwrite(kEntryTable, key, entry);
  ASSERT_EQ(Problems(), 0u) << last_problem_;

  damaged = event;
  damaged.replace(damaged.find("commissioning") == std::string::npos
                      ? damaged.find("holding")
                      : damaged.find("commissioning"),
                  1, "x");
  Overwrite(kEventTable, key, damaged);
  EXPECT_EQ(Problems(), 1u) << last_problem_;
  Overwrite(kEventTable, key, event);

  for (const std::uint64_t index : {0u, 1u}) {
    const std::string tile_key = TileKey("main", {0, index});
    const std::string tile = **store_->Get(kTileTable, tile_key);
    damaged = tile;
    damaged[40] ^= 1;
    Overwrite(kTileTable, tile_key, damaged);
    EXPECT_EQ(Problems(), 1u) << last_problem_;
    Overwrite(kTileTable, tile_key, tile);
  }
  Overwrite(kTileTable, TileKey("main", {0, 1}), damaged);
  Open();
  EXPECT_EQ(common::ReasonOf(opened_), "LOG_STORE_BROKEN") << "nothing is signed on a broken tree";
  damaged[40] ^= 1;
  Overwrite(kTileTable, TileKey("main", {0, 1}), damaged);
  ASSERT_EQ(Problems(), 0u) << last_problem_;

  storage::WriteBatch batch;
  batch.Delete(kSubjectTable, SubjectKey("main", "sites/main/loads/L1", 16));
  ASSERT_TRUE(store_->Write(batch).ok());
  EXPECT_EQ(Problems(), 1u) << last_problem_;
}

TEST_F(LogStoreTest, AnErasedRecordLeavesTheLogWhole) {
  Open();
  ASSERT_TRUE(Append(1, 5).ok());
  const std::string entry = *log_->GetEntry(3);
  Overwrite(kEntryTable, IndexKey("main", 3), EncodeErasedEntry(DecodeEntry(entry)->leaf_data));
  auto report = Verify();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->erased_count, 1u);
}

}  // namespace
}  // namespace loopdock::traceability
