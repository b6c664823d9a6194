// SPDX-License-Identifier: Apache-2.0
// How often the disk's free space is asked, and what is said when there is too little.
#include <gtest/gtest.h>

#include "services/common/status.h"
#include "services/storage/disk_reserve.h"

namespace loopdock::storage {
namespace {

TEST(DiskReserveTest, AsksOnceAnInterval) {
  int asked = 0;
  DiskReserve reserve(
      [&]() -> absl::StatusOr<uint64_t> {
        ++asked;
        return uint64_t{5};
      },
      10, absl::Hours(1));
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(common::ReasonOf(reserve.Check()), "DISK_RESERVE");
  EXPECT_EQ(asked, 1);
}

TEST(DiskReserveTest, TheReserveItselfIsEnoughAndZeroNeverAsks) {
  const auto five = []() -> absl::StatusOr<uint64_t> { return uint64_t{5}; };
  EXPECT_TRUE(DiskReserve(five, 5).Check().ok());
  EXPECT_FALSE(DiskReserve(five, 6).Check().ok());
  DiskReserve none([]() -> absl::StatusOr<uint64_t> { return absl::InternalError("asked"); }, 0);
  EXPECT_TRUE(none.Check().ok());
}

TEST(DiskReserveTest, ADiskThatDoesNotAnswerRefuses) {
  EXPECT_EQ(common::ReasonOf(DiskReserve("/no/such/folder", 1).Check()), "STORE_IO");
  EXPECT_TRUE(DiskReserve("/", 1).Check().ok());
}

}  // namespace
}  // namespace loopdock::storage
