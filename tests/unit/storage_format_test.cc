// SPDX-License-Identifier: Apache-2.0
// The golden bytes of docs/internals/formats/storage.md and the batch.

#include <gtest/gtest.h>

#include "services/common/status.h"
#include "services/storage/format.h"

namespace loopdock::storage {
namespace {

constexpr char kGolden[] = "loopdock.store/1 inventory/3 1767323045000000\n";

StoreOptions Inventory(uint32_t record_version) {
  StoreOptions options;
  options.name = "inventory";
  options.record_version = record_version;
  return options;
}

TEST(StoreFormatTest, HasItsGoldenBytes) {
  EXPECT_EQ(EncodeFormat({1, "inventory", 3, 1767323045000000}), kGolden);
  const StoreFormat format = DecodeFormat(kGolden).value();
  EXPECT_EQ(format.store_version, 1u);
  EXPECT_EQ(format.name, "inventory");
  EXPECT_EQ(format.record_version, 3u);
  EXPECT_EQ(format.incarnation, 1767323045000000u);
}

TEST(StoreFormatTest, RefusesWhatIsNoFormat) {
  const std::string good = kGolden;
  for (size_t length = 0; length < good.size(); ++length) {
    EXPECT_FALSE(DecodeFormat(good.substr(0, length)).ok()) << length;
  }
  for (const char* bad : {"loopdock.stare/1 inventory/3 1\n", "loopdock.store/x inventory/3 1\n",
                          "loopdock.store/1 inventory 1\n", "loopdock.store/1 inventory/3 1 2\n",
                          "loopdock.store/-1 inventory/3 1\n"}) {
    EXPECT_EQ(common::ReasonOf(DecodeFormat(bad).status()), "STORE_CORRUPT") << bad;
  }
}

TEST(StoreFormatTest, OpensOlderRecordsAndRefusesNewer) {
  const StoreFormat format = DecodeFormat(kGolden).value();
  EXPECT_TRUE(CheckFormat(format, Inventory(3)).ok());
  EXPECT_TRUE(CheckFormat(format, Inventory(4)).ok());
  EXPECT_EQ(common::ReasonOf(CheckFormat(format, Inventory(2))), "STORE_TOO_NEW");
  StoreOptions reads_from = Inventory(5);
  reads_from.oldest_record_version = 3;
  EXPECT_TRUE(CheckFormat(format, reads_from).ok());
  reads_from.oldest_record_version = 4;
  EXPECT_EQ(common::ReasonOf(CheckFormat(format, reads_from)), "STORE_TOO_OLD");
  // Of a newer layout nothing but its version can be known.
  const StoreFormat newer = DecodeFormat("loopdock.store/2 ? ? ?\n").value();
  EXPECT_EQ(common::ReasonOf(CheckFormat(newer, Inventory(3))), "STORE_TOO_NEW");
}

TEST(StoreFormatTest, IncarnationsAlwaysGrow) {
  const uint64_t first = NextIncarnation(0);
  EXPECT_GT(NextIncarnation(first), first);
  EXPECT_EQ(NextIncarnation(first + 1'000'000'000'000'000), first + 1'000'000'000'000'001);
}

TEST(WriteBatchTest, GivesBackWhatWasPutInOrder) {
  WriteBatch batch;
  batch.Put(1, "a", "x");
  batch.Delete(2, "b");
  batch.Put(3, "", "");
  std::string seen;
  const auto walk = [&] {
    batch.ForEach(
        [&](TableId table, std::string_view key, std::string_view value) {
          seen += std::to_string(table) + "+" + std::string(key) + "=" + std::string(value) + ";";
        },
        [&](TableId table, std::string_view key) {
          seen += std::to_string(table) + "-" + std::string(key) + ";";
        });
  };
  walk();
  EXPECT_EQ(seen, "1+a=x;2-b;3+=;");
  EXPECT_EQ(batch.rows(), 3u);
  EXPECT_EQ(batch.bytes(), 3u);
  batch.Clear();
  seen.clear();
  walk();
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(seen, "");
  EXPECT_EQ(batch.key_bytes_largest(), 0u);
}

}  // namespace
}  // namespace loopdock::storage
