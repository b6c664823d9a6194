// SPDX-License-Identifier: Apache-2.0
// The contract of store.h, held against every driver.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>

#include "services/common/hash.h"
#include "services/common/status.h"
#include "services/storage/fsck.h"
#include "services/storage/high_water.h"
#include "tests/contract/store_harness.h"

namespace loopdock::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

class StoreContractTest : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { store_ = harness_.Open(path_); }

  void Reopen() {
    store_.reset();
    store_ = harness_.Open(path_);
  }
  void Put(TableId table, std::string_view key, std::string_view value) {
    WriteBatch batch;
    batch.Put(table, key, value);
    ASSERT_TRUE(store_->Write(batch).ok());
  }
  std::optional<std::string> Get(TableId table, std::string_view key) {
    return store_->Get(table, key).value();
  }
  static std::vector<std::string> Keys(const Reader& reader, TableId table,
                                       std::string_view prefix = "") {
    ScanOptions options;
    options.table = table;
    options.prefix = prefix;
    std::vector<std::string> keys;
    const ScanResult page = reader.Scan(options).value();
    for (const Row& row : page.rows) keys.push_back(row.key);
    return keys;
  }

  StoreHarness harness_{GetParam()};
  std::string path_ = harness_.Path("store");
  std::unique_ptr<Store> store_;
};

TEST_P(StoreContractTest, WritesABatchAsAWholeAndTheLastChangeOfAKeyWins) {
  Put(kFeed, "gone", "x");
  WriteBatch batch;
  batch.Put(kAssets, "a", "first");
  batch.Put(kAssets, "a", "last");
  batch.Delete(kFeed, "gone");
  batch.Delete(kFeed, "never there");
  batch.Put(kFeed, "b", "2");
  ASSERT_TRUE(store_->Write(batch).ok());
  EXPECT_THAT(Get(kAssets, "a"), Optional(std::string("last")));
  EXPECT_THAT(Get(kFeed, "b"), Optional(std::string("2")));
  EXPECT_EQ(Get(kFeed, "gone"), std::nullopt);
  EXPECT_TRUE(store_->Write(WriteBatch()).ok());
}

TEST_P(StoreContractTest, ASortedBatchHasTheSameEffect) {
  Put(kFeed, "gone", "x");
  WriteBatch batch;
  batch.Put(kFeed, "b", "2");
  batch.Put(kAssets, "z", "kept");
  batch.Put(kAssets, "a", "first");
  batch.Delete(kAssets, "a");
  batch.Put(kAssets, "a", "last");
  batch.Put(kAssets, "c", "came");
  batch.Delete(kAssets, "c");
  batch.Delete(kFeed, "gone");
  const size_t rows = batch.rows(), bytes = batch.bytes();
  batch.Sort();
  EXPECT_EQ(batch.rows(), rows);
  EXPECT_EQ(batch.bytes(), bytes);
  std::vector<std::pair<TableId, std::string>> order;
  const auto note = [&](TableId table, std::string_view key) { order.emplace_back(table, key); };
  batch.ForEach([&](TableId table, std::string_view key, std::string_view) { note(table, key); },
                note);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  ASSERT_TRUE(store_->Write(batch).ok());
  EXPECT_THAT(Keys(*store_, kAssets), ElementsAre("a", "z"));
  EXPECT_THAT(Keys(*store_, kFeed), ElementsAre("b"));
  EXPECT_THAT(Get(kAssets, "a"), Optional(std::string("last")));
  EXPECT_THAT(Get(kAssets, "z"), Optional(std::string("kept")));
}

TEST_P(StoreContractTest, RefusesAWholeBatchForOneBadRow) {
  WriteBatch unknown;
  unknown.Put(kAssets, "a", "1");
  unknown.Put(99, "b", "2");
  EXPECT_EQ(common::ReasonOf(store_->Write(unknown)), "UNKNOWN_TABLE");
  WriteBatch large;
  large.Put(kAssets, "a", "1");
  large.Put(kAssets, std::string(kKeyBytesMax + 1, 'k'), "2");
  EXPECT_EQ(common::ReasonOf(store_->Write(large)), "ROW_TOO_LARGE");
  EXPECT_EQ(Get(kAssets, "a"), std::nullopt);
  EXPECT_EQ(common::ReasonOf(store_->Get(99, "a").status()), "UNKNOWN_TABLE");
}

TEST_P(StoreContractTest, ScansInOrderOfUnsignedBytes) {
  for (const std::string& key : {std::string("\xff\xff"), std::string("b"), std::string("a\0b", 3),
                                 std::string("a"), std::string("\x80"), std::string()}) {
    Put(kAssets, key, "v");
  }
  EXPECT_THAT(Keys(*store_, kAssets),
              ElementsAre("", "a", std::string("a\0b", 3), "b", "\x80", "\xff\xff"));
  EXPECT_THAT(Keys(*store_, kAssets, "a"), ElementsAre("a", std::string("a\0b", 3)));
  EXPECT_THAT(Keys(*store_, kAssets, "\xff"), ElementsAre("\xff\xff"));
  EXPECT_THAT(Keys(*store_, kFeed), ElementsAre());
}

TEST_P(StoreContractTest, ScansBackwardsWithinAPrefix) {
  for (const std::string& key :
       {std::string("o"), std::string("p"), std::string("p/1"), std::string("p/2"),
        std::string("p/3"), std::string("q"), std::string("\xff"), std::string("\xff\xff")}) {
    Put(kAssets, key, "v");
  }
  const auto keys = [&](std::string_view prefix, std::optional<std::string_view> after,
                        size_t limit) {
    ScanOptions options;
    options.table = kAssets;
    options.prefix = prefix;
    options.after = after;
    options.limit = limit;
    options.reverse = true;
    std::string found;
    const ScanResult page = store_->Scan(options).value();
    for (const Row& row : page.rows) found += row.key + " ";
    return found + (page.more ? "more" : "");
  };
  EXPECT_EQ(keys("p/", std::nullopt, 10), "p/3 p/2 p/1 ");
  EXPECT_EQ(keys("p/", std::nullopt, 2), "p/3 p/2 more");
  EXPECT_EQ(keys("p/", "p/2", 2), "p/1 ");
  EXPECT_EQ(keys("p/", "p/1", 2), "");
  EXPECT_EQ(keys("p/", "a", 2), "");
  EXPECT_EQ(keys("p/", "z", 1), "p/3 more");
  EXPECT_EQ(keys("p", std::nullopt, 10), "p/3 p/2 p/1 p ");
  EXPECT_EQ(keys("\xff", std::nullopt, 10), "\xff\xff \xff ");
  EXPECT_EQ(keys("", std::nullopt, 3), "\xff\xff \xff q more");
  EXPECT_EQ(keys("none", std::nullopt, 3), "");
}

TEST_P(StoreContractTest, KeepsWhatWasWrittenWithoutWaitingForTheDisk) {
  store_.reset();
  harness_.options().durable = false;
  const std::string path = harness_.Path("derived");
  store_ = harness_.Open(path);
  Put(kAssets, "a", "1");
  Put(kFeed, "b", "2");
  const std::string crashed = harness_.Crash(path);
  store_.reset();
  store_ = harness_.Open(crashed);
  EXPECT_THAT(Get(kAssets, "a"), Optional(std::string("1")));
  EXPECT_THAT(Get(kFeed, "b"), Optional(std::string("2")));
}

TEST_P(StoreContractTest, KeepsEmptyKeysAndValues) {
  Put(kAssets, "", "");
  Put(kAssets, "k", "");
  Reopen();
  EXPECT_THAT(Get(kAssets, ""), Optional(std::string()));
  EXPECT_THAT(Get(kAssets, "k"), Optional(std::string()));
  WriteBatch batch;
  batch.Delete(kAssets, "");
  ASSERT_TRUE(store_->Write(batch).ok());
  EXPECT_EQ(Get(kAssets, ""), std::nullopt);
}

TEST_P(StoreContractTest, PagesThroughAPrefixWhileRowsAreWritten) {
  WriteBatch batch;
  for (int i = 100; i < 200; ++i) batch.Put(kAssets, absl::StrCat("p/", i), "v");
  batch.Put(kAssets, "o", "before");
  batch.Put(kAssets, "q", "after");
  ASSERT_TRUE(store_->Write(batch).ok());
  std::vector<std::string> seen;
  std::string last;
  ScanOptions options;
  options.table = kAssets;
  options.prefix = "p/";
  options.limit = 7;
  while (true) {
    const ScanResult page = store_->Scan(options).value();
    ASSERT_LE(page.rows.size(), 7u);
    for (const Row& row : page.rows) seen.push_back(row.key);
    if (!page.more) break;
    last = page.rows.back().key;
    options.after = last;
    // Changes behind the reader and beyond the prefix must not disturb what follows.
    WriteBatch change;
    change.Delete(kAssets, last);
    change.Put(kAssets, "p/0 behind", "v");
    change.Put(kAssets, absl::StrCat("q/", last), "beyond");
    ASSERT_TRUE(store_->Write(change).ok());
  }
  ASSERT_EQ(seen.size(), 100u);
  for (int i = 100; i < 200; ++i) {
    EXPECT_EQ(seen[static_cast<size_t>(i - 100)], absl::StrCat("p/", i));
  }
  options.after = "a";  // before the prefix: from its start
  EXPECT_EQ(store_->Scan(options).value().rows.front().key, "p/0 behind");
  options.after = "p/199";
  EXPECT_TRUE(store_->Scan(options).value().rows.empty());
}

TEST_P(StoreContractTest, EndsAPageAfterTheRowThatPassesItsBytes) {
  for (int i = 0; i < 4; ++i) Put(kAssets, absl::StrCat(i), std::string(100, 'v'));
  ScanOptions options;
  options.table = kAssets;
  options.bytes_max = 150;
  const ScanResult page = store_->Scan(options).value();
  EXPECT_EQ(page.rows.size(), 2u);
  EXPECT_TRUE(page.more);
}

TEST_P(StoreContractTest, KeepsASnapshotAsItWas) {
  Put(kAssets, "a", "old");
  Put(kAssets, "b", "old");
  const std::unique_ptr<Snapshot> snapshot = store_->GetSnapshot().value();
  WriteBatch batch;
  batch.Put(kAssets, "a", "new");
  batch.Delete(kAssets, "b");
  batch.Put(kAssets, "c", "new");
  ASSERT_TRUE(store_->Write(batch).ok());
  EXPECT_THAT(snapshot->Get(kAssets, "a").value(), Optional(std::string("old")));
  EXPECT_THAT(Keys(*snapshot, kAssets), ElementsAre("a", "b"));
  EXPECT_THAT(Keys(*store_, kAssets), ElementsAre("a", "c"));
  const std::vector<TableKey> keys = {{kAssets, "b"}, {kAssets, "c"}};
  EXPECT_THAT(snapshot->MultiGet(keys).value(),
              ElementsAre(Optional(std::string("old")), std::nullopt));
}

TEST_P(StoreContractTest, AnswersManyKeysInTheirOrder) {
  Put(kAssets, "a", "1");
  Put(kFeed, "a", "2");
  const std::vector<TableKey> keys = {{kFeed, "a"}, {kAssets, "x"}, {kAssets, "a"}, {kFeed, "a"}};
  EXPECT_THAT(store_->MultiGet(keys).value(),
              ElementsAre(Optional(std::string("2")), std::nullopt, Optional(std::string("1")),
                          Optional(std::string("2"))));
  EXPECT_TRUE(store_->MultiGet({}).value().empty());
  const std::vector<TableKey> unknown = {{kFeed, "a"}, {77, "a"}};
  EXPECT_EQ(common::ReasonOf(store_->MultiGet(unknown).status()), "UNKNOWN_TABLE");
}

TEST_P(StoreContractTest, HasEveryAcknowledgedWriteAfterACrash) {
  for (int i = 0; i < 20; ++i) {
    WriteBatch batch;
    batch.Put(kAssets, absl::StrCat("a", i), absl::StrCat(i));
    batch.Put(kFeed, absl::StrCat("f", i), absl::StrCat(i));
    ASSERT_TRUE(store_->Write(batch).ok());
    if (i % 5 != 4) continue;
    const std::unique_ptr<Store> after = harness_.Open(harness_.Crash(path_));
    EXPECT_EQ(Keys(*after, kAssets).size(), static_cast<size_t>(i + 1));
    EXPECT_EQ(Keys(*after, kFeed).size(), static_cast<size_t>(i + 1));
    EXPECT_EQ(after->incarnation(), store_->incarnation());
  }
}

TEST_P(StoreContractTest, KeepsLargeValues) {
  std::string picture(static_cast<size_t>(5) << 20, 'p');
  for (size_t i = 0; i < picture.size(); i += 997) picture[i] = static_cast<char>(i);
  Put(kEvidence, "digest", picture);
  Put(kAssets, "digest", picture);
  EXPECT_THAT(Get(kEvidence, "digest"), Optional(picture));
  Reopen();
  EXPECT_TRUE(Get(kEvidence, "digest") == picture);
  EXPECT_TRUE(Get(kAssets, "digest") == picture);
  EXPECT_TRUE(Fsck(*store_).ok());
}

TEST_P(StoreContractTest, RestoresABackupByIdUnderANewIncarnation) {
  Put(kAssets, "a", "1");
  Put(kEvidence, "e", std::string(10'000, 'e'));
  const std::string backups = harness_.Path("backups");
  const BackupInfo first = store_->Backup(backups).value();
  Put(kAssets, "a", "2");
  Put(kAssets, "b", "2");
  const BackupInfo second = store_->Backup(backups).value();
  EXPECT_LT(first.id, second.id);
  EXPECT_GT(first.bytes, 0u);
  const std::vector<BackupInfo> listed = harness_.driver().ListBackups(backups).value();
  ASSERT_EQ(listed.size(), 2u);
  EXPECT_EQ(listed[0].id, first.id);

  const std::string restored = harness_.Path("restored");
  ASSERT_TRUE(harness_.driver().Restore(backups, first.id, restored).ok());
  const std::unique_ptr<Store> old = harness_.Open(restored);
  EXPECT_THAT(old->Get(kAssets, "a").value(), Optional(std::string("1")));
  EXPECT_EQ(old->Get(kAssets, "b").value(), std::nullopt);
  EXPECT_THAT(old->Get(kEvidence, "e").value(), Optional(std::string(10'000, 'e')));
  EXPECT_GT(old->incarnation(), store_->incarnation());

  EXPECT_EQ(common::ReasonOf(harness_.driver().Restore(backups, second.id, restored)),
            "RESTORE_TARGET_EXISTS");
  EXPECT_EQ(common::ReasonOf(harness_.driver().Restore(backups, 77, harness_.Path("none"))),
            "BACKUP_NOT_FOUND");
}

TEST_P(StoreContractTest, OpensOnceAndOnlyWhatItKnows) {
  EXPECT_EQ(common::ReasonOf(harness_.driver().Open(path_, harness_.options()).status()),
            "STORE_LOCKED");
  store_.reset();
  StoreOptions other = harness_.options();
  other.name = "other";
  EXPECT_EQ(common::ReasonOf(harness_.driver().Open(path_, other).status()), "STORE_WRONG_NAME");
  StoreOptions fewer = harness_.options();
  fewer.tables.pop_back();
  EXPECT_EQ(common::ReasonOf(harness_.driver().Open(path_, fewer).status()), "STORE_UNKNOWN_TABLE");
  StoreOptions more = harness_.options();
  more.tables.push_back({9, "labels", false, 0, false});
  EXPECT_TRUE(harness_.driver().Open(path_, more).ok());
  StoreOptions newer = harness_.options();
  newer.record_version = 2;
  const std::string newer_path = harness_.Path("newer");
  ASSERT_TRUE(harness_.driver().Open(newer_path, newer).ok());
  EXPECT_EQ(common::ReasonOf(harness_.driver().Open(newer_path, harness_.options()).status()),
            "STORE_TOO_NEW");
  newer.record_version = 3;
  newer.oldest_record_version = 3;
  EXPECT_EQ(common::ReasonOf(harness_.driver().Open(newer_path, newer).status()), "STORE_TOO_OLD");
  StoreOptions twice = harness_.options();
  twice.tables.push_back(twice.tables.front());
  EXPECT_EQ(common::ReasonOf(harness_.driver().Open(path_, twice).status()), "INTERNAL");
}

TEST_P(StoreContractTest, KeepsSmallFilesBesideTheRows) {
  EXPECT_EQ(store_->GetFile("NOTE").value(), std::nullopt);
  ASSERT_TRUE(store_->PutFile("NOTE", "one").ok());
  ASSERT_TRUE(store_->PutFile("NOTE", "two").ok());
  Reopen();
  EXPECT_THAT(store_->GetFile("NOTE").value(), Optional(std::string("two")));
  EXPECT_FALSE(store_->PutFile("../NOTE", "x").ok());
  EXPECT_FALSE(store_->PutFile("NOTE", std::string(5000, 'x')).ok());
}

TEST_P(StoreContractTest, ReportsWhatItHolds) {
  for (int i = 0; i < 10; ++i) Put(kAssets, absl::StrCat(i), "v");
  const StoreStats stats = store_->Stats().value();
  ASSERT_EQ(stats.tables.size(), 3u);
  EXPECT_EQ(stats.tables[0].name, "assets");
  EXPECT_EQ(stats.tables[0].rows_estimate, 10u);
}

TEST_P(StoreContractTest, FsckCountsRowsAndAsksTheOwner) {
  for (int i = 0; i < 2500; i += 100) {
    WriteBatch batch;
    for (int j = i; j < i + 100; ++j) batch.Put(kAssets, absl::StrCat(10'000 + j), "good");
    ASSERT_TRUE(store_->Write(batch).ok());
  }
  EXPECT_TRUE(Fsck(*store_).ok());
  Put(kFeed, "x", "bad");
  const FsckReport report = Fsck(*store_, [](TableId, std::string_view, std::string_view value) {
    return value == "good" ? absl::OkStatus() : absl::DataLossError("not good");
  });
  EXPECT_EQ(report.tables[0].rows, 2500u);
  EXPECT_EQ(report.tables[0].bytes, 2500u * 9);
  ASSERT_EQ(report.problem_count, 1u);
  EXPECT_EQ(report.problems[0].table, "feed");
  EXPECT_EQ(report.problems[0].key, "x");
  EXPECT_EQ(report.problems[0].what, "not good");
}

// A random history against std::map, with snapshots, reopening and crashes.
class History {
 public:
  using Model = std::map<std::pair<TableId, std::string>, std::string>;
  History(StoreHarness& harness, std::string path, uint32_t seed)
      : harness_(harness), path_(std::move(path)), random_(seed) {}

  void Run(std::unique_ptr<Store> store, int steps) {
    store_ = std::move(store);
    for (int step = 0; step < steps && !::testing::Test::HasFailure(); ++step) Step();
    snapshot_.reset();
    Compare(*store_, model_);
  }

 private:
  size_t Pick(size_t count) { return std::uniform_int_distribution<size_t>(0, count - 1)(random_); }
  std::string Key() {
    static constexpr std::string_view kAlphabet("\0a\xff", 3);
    std::string key;
    for (size_t length = Pick(5); length > 0; --length) key += kAlphabet[Pick(3)];
    return key;
  }
  TableId Table() { return static_cast<TableId>(1 + Pick(3)); }

  void Step() {
    switch (Pick(12)) {
      case 0:
        snapshot_ = store_->GetSnapshot().value();
        snapshot_model_ = model_;
        break;
      case 1:
        if (snapshot_ != nullptr) Compare(*snapshot_, snapshot_model_);
        break;
      case 2:
        CheckScan();
        break;
      case 3:
        if (Pick(8) == 0) Restart();
        break;
      default:
        WriteSome();
    }
  }
  void Restart() {
    snapshot_.reset();
    if (Pick(2) == 0) path_ = harness_.Crash(path_);
    store_.reset();
    store_ = harness_.Open(path_);
    Compare(*store_, model_);
  }
  void WriteSome() {
    WriteBatch batch;
    for (size_t i = Pick(8); i > 0; --i) {
      const TableId table = Table();
      const std::string key = Key();
      if (Pick(3) == 0) {
        batch.Delete(table, key);
        model_.erase({table, key});
      } else {
        const std::string value(Pick(4) == 0 ? Pick(6000) : Pick(4), 'v');
        batch.Put(table, key, value);
        model_[{table, key}] = value;
      }
    }
    ASSERT_TRUE(store_->Write(batch).ok());
  }
  void CheckScan() {
    ScanOptions options;
    options.table = Table();
    const std::string prefix = Key();
    const std::string after = Key();
    options.prefix = prefix;
    if (Pick(2) == 0) options.after = after;
    options.limit = 1 + Pick(20);
    std::vector<std::string> expected;
    for (const auto& [key, value] : model_) {
      if (key.first != options.table || key.second.substr(0, prefix.size()) != prefix) continue;
      if (options.after.has_value() && key.second <= after) continue;
      expected.push_back(key.second);
    }
    const ScanResult page = store_->Scan(options).value();
    EXPECT_EQ(page.more, expected.size() > options.limit);
    expected.resize(std::min(expected.size(), options.limit));
    std::vector<std::string> found;
    for (const Row& row : page.rows) found.push_back(row.key);
    EXPECT_EQ(found, expected);
  }
  static void Compare(const Reader& reader, const Model& model) {
    Model found;
    std::vector<TableKey> keys;
    for (TableId table = 1; table <= 3; ++table) {
      ScanOptions options;
      options.table = table;
      const ScanResult page = reader.Scan(options).value();
      for (const Row& row : page.rows) found[{table, row.key}] = row.value;
    }
    EXPECT_TRUE(found == model);
    for (const auto& [key, value] : model) keys.push_back({key.first, key.second});
    const auto values = reader.MultiGet(keys).value();
    size_t i = 0;
    for (const auto& [key, value] : model) EXPECT_EQ(values[i++], value);
  }

  StoreHarness& harness_;
  std::string path_;
  std::mt19937 random_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Snapshot> snapshot_;
  Model model_;
  Model snapshot_model_;
};

TEST_P(StoreContractTest, AgreesWithAMapOverRandomHistories) {
  const char* fixed = std::getenv("LOOPDOCK_SEED");
  const uint32_t seed =
      fixed != nullptr ? static_cast<uint32_t>(std::atoi(fixed)) : std::random_device{}();
  std::cout << "LOOPDOCK_SEED=" << seed << std::endl;
  SCOPED_TRACE(absl::StrCat("LOOPDOCK_SEED=", seed));
  History(harness_, path_, seed).Run(std::move(store_), 300);
}

INSTANTIATE_TEST_SUITE_P(Drivers, StoreContractTest,
                         ::testing::Values("memory", "rocksdb", "rocksdb_hash"),
                         [](const auto& test) { return std::string(test.param); });

// What only a disk can suffer.
class RocksDbDamageTest : public ::testing::Test {
 protected:
  std::vector<std::string> Files(const std::string& extension) const {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      if (entry.path().extension() == extension) files.push_back(entry.path());
    }
    return files;
  }
  static void Flip(const std::string& file, double at) {
    const auto size = static_cast<double>(std::filesystem::file_size(file));
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(size * at));
    const int byte = stream.get();
    stream.seekp(static_cast<std::streamoff>(size * at));
    stream.put(static_cast<char>(byte ^ 1));
  }
  void Fill(Store& store) {
    WriteBatch batch;
    for (int i = 0; i < 2000; ++i) {
      batch.Put(kAssets, absl::StrCat(i), common::Sha256Hex(absl::StrCat(i)));
    }
    batch.Put(kEvidence, "picture", std::string(100'000, 'p'));
    ASSERT_TRUE(store.Write(batch).ok());
    ASSERT_TRUE(store.Backup(harness_.Path("backups")).ok());  // everything is in tables now
  }

  StoreHarness harness_{"rocksdb"};
  std::string path_ = harness_.Path("store");
};

TEST_F(RocksDbDamageTest, FsckFindsAFlippedBitWhereverItIs) {
  Fill(*harness_.Open(path_));
  const std::string whole = path_;
  int damaged = 0;
  for (const std::string extension : {".sst", ".blob"}) {
    for (const double at : {0.1, 0.5, 0.9}) {
      path_ = harness_.Crash(whole);
      for (const std::string& file : Files(extension)) {
        if (std::filesystem::file_size(file) < 50'000) continue;
        Flip(file, at);
        ++damaged;
      }
      absl::StatusOr<std::unique_ptr<Store>> store =
          harness_.driver().Open(path_, harness_.options());
      if (!store.ok()) {
        EXPECT_TRUE(absl::IsDataLoss(store.status())) << store.status();
        continue;
      }
      const FsckReport report = Fsck(**store);
      EXPECT_FALSE(report.ok()) << extension << " at " << at;
    }
  }
  EXPECT_EQ(damaged, 6);
}

TEST_F(RocksDbDamageTest, AMissingCurrentIsDamageAndNoEmptyStore) {
  Fill(*harness_.Open(path_));
  std::filesystem::remove(path_ + "/CURRENT");
  EXPECT_EQ(common::ReasonOf(harness_.driver().Open(path_, harness_.options()).status()),
            "STORE_CORRUPT");
}

TEST_F(RocksDbDamageTest, ADamagedBackupIsNotRestored) {
  Fill(*harness_.Open(path_));
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(harness_.Path("backups/shared_checksum"))) {
    if (entry.is_regular_file()) Flip(entry.path(), 0.5);
  }
  EXPECT_EQ(
      common::ReasonOf(harness_.driver().Restore(harness_.Path("backups"), 1, harness_.Path("to"))),
      "BACKUP_CORRUPT");
  EXPECT_FALSE(std::filesystem::exists(harness_.Path("to")));
}

// RocksDB takes a log that is damaged in its middle for one that ends there.
TEST_F(RocksDbDamageTest, TheHighWaterMarkTellsALogThatLostItsEnd) {
  {
    const std::unique_ptr<Store> store = harness_.Open(path_);
    HighWater high_water(store.get(), absl::InfiniteDuration());
    for (uint64_t i = 1; i <= 50; ++i) {
      WriteBatch batch;
      const std::string entry = absl::StrCat("entry ", i, std::string(200, '.'));
      batch.Put(kFeed, absl::StrCat(1000 + i), entry);
      ASSERT_TRUE(store->Write(batch).ok());
      high_water.Note({i, common::Sha256(entry)});
    }
  }
  const auto check = [&]() -> absl::Status {
    const std::unique_ptr<Store> store = harness_.Open(path_);
    ScanOptions options;
    options.table = kFeed;
    const std::vector<Row> rows = store->Scan(options).value().rows;
    return HighWater(store.get()).Check(rows.size(), [&](uint64_t sequence) {
      return absl::StatusOr<std::string>(common::Sha256(rows.at(sequence - 1).value));
    });
  };
  const std::string whole = path_;
  path_ = harness_.Crash(whole);
  EXPECT_TRUE(check().ok());
  path_ = harness_.Crash(whole);
  for (const std::string& log : Files(".log")) Flip(log, 0.5);
  EXPECT_EQ(common::ReasonOf(check()), "HISTORY_SHORTER");
}

}  // namespace
}  // namespace loopdock::storage
