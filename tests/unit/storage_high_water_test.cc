// SPDX-License-Identifier: Apache-2.0
// The golden bytes of docs/internals/formats/storage.md and the judgement of a history.

#include <gtest/gtest.h>

#include "services/common/hash.h"
#include "services/common/status.h"
#include "services/storage/high_water.h"
#include "services/storage/memory_driver.h"

namespace loopdock::storage {
namespace {

constexpr char kGolden[] =
    "loopdock.high_water/1 42 "
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad fcc9a365c631375e\n";

class HighWaterTest : public ::testing::Test {
 protected:
  static std::string DigestOf(uint64_t sequence) {
    return common::Sha256("entry " + std::to_string(sequence));
  }
  absl::Status Check(uint64_t last) {
    return HighWater(store_.get()).Check(last, [](uint64_t sequence) {
      return absl::StatusOr<std::string>(DigestOf(sequence));
    });
  }
  void Write(const HistoryMark& mark) {
    HighWater high_water(store_.get());
    high_water.Note(mark);
    ASSERT_TRUE(high_water.Flush().ok());
  }
  static StoreOptions Options() {
    StoreOptions options;
    options.name = "test";
    return options;
  }

  std::unique_ptr<Store> store_ =
      MakeMemoryDriver(std::make_shared<MemoryDisk>())->Open("store", Options()).value();
};

TEST(HighWaterFormatTest, HasItsGoldenBytes) {
  EXPECT_EQ(EncodeHighWater({42, common::Sha256("abc")}), kGolden);
  const HistoryMark mark = DecodeHighWater(kGolden).value();
  EXPECT_EQ(mark.sequence, 42u);
  EXPECT_EQ(mark.digest, common::Sha256("abc"));
}

TEST(HighWaterFormatTest, NoticesEveryDamagedByte) {
  const std::string good = kGolden;
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    EXPECT_EQ(common::ReasonOf(DecodeHighWater(bad).status()), "HIGH_WATER_DAMAGED") << i;
    EXPECT_FALSE(DecodeHighWater(good.substr(0, i)).ok()) << i;
  }
}

TEST_F(HighWaterTest, AcceptsAHistoryThatReachesTheMark) {
  EXPECT_TRUE(Check(0).ok());  // no file yet
  Write({7, DigestOf(7)});
  EXPECT_TRUE(Check(7).ok());
  EXPECT_TRUE(Check(9).ok());
}

TEST_F(HighWaterTest, RefusesAShorterOrAnotherHistory) {
  Write({7, DigestOf(7)});
  EXPECT_EQ(common::ReasonOf(Check(6)), "HISTORY_SHORTER");
  Write({8, DigestOf(7)});
  EXPECT_EQ(common::ReasonOf(Check(8)), "HISTORY_DIFFERS");
  ASSERT_TRUE(store_->PutFile("HIGH_WATER", "nonsense").ok());
  EXPECT_EQ(common::ReasonOf(Check(8)), "HIGH_WATER_DAMAGED");
}

TEST_F(HighWaterTest, KeepsTheHighestMarkAndWritesItWhenItEnds) {
  {
    HighWater high_water(store_.get(), absl::InfiniteDuration());
    high_water.Note({5, DigestOf(5)});
    high_water.Note({9, DigestOf(9)});
    high_water.Note({6, DigestOf(6)});
  }
  EXPECT_EQ(DecodeHighWater(store_->GetFile("HIGH_WATER").value().value()).value().sequence, 9u);
}

}  // namespace
}  // namespace loopdock::storage
