// SPDX-License-Identifier: Apache-2.0
// The checker itself: it accepts what one register could have answered, and nothing else.
#include "tests/contract/linearizability.h"

#include <gtest/gtest.h>

namespace loopdock::testing_tools {
namespace {

using Op = Operation<int>;

Op Write(int client, std::int64_t begin, std::int64_t end, int value) {
  return {client, begin, end, "write " + std::to_string(value),
          [value](int) { return std::optional<int>(value); }};
}

Op Read(int client, std::int64_t begin, std::int64_t end, int seen) {
  return {client, begin, end, "read " + std::to_string(seen),
          [seen](int state) { return state == seen ? std::optional<int>(state) : std::nullopt; }};
}

// Writes `value` where `expected` stood, and says whether it did.
Op Swap(int client, std::int64_t begin, std::int64_t end, int expected, int value, bool done) {
  return {client, begin, end, "swap", [=](int state) -> std::optional<int> {
            if ((state == expected) != done) return std::nullopt;
            return done ? value : state;
          }};
}

bool Accepts(std::vector<Op> history) {
  return LinearizabilityChecker<int>(std::move(history), 0).Check();
}

TEST(Linearizability, AcceptsOneAfterTheOther) {
  EXPECT_TRUE(Accepts({}));
  EXPECT_TRUE(Accepts({Write(1, 1, 2, 7), Read(2, 3, 4, 7), Write(1, 5, 6, 8), Read(2, 7, 8, 8)}));
}

TEST(Linearizability, AcceptsAnyOrderOfWhatOverlaps) {
  EXPECT_TRUE(Accepts({Write(1, 1, 10, 7), Read(2, 2, 3, 0), Read(2, 4, 5, 7)}));
  EXPECT_TRUE(Accepts({Write(1, 1, 10, 7), Write(2, 2, 9, 8), Read(3, 11, 12, 7)}));
  EXPECT_TRUE(Accepts({Write(1, 1, 10, 7), Write(2, 2, 9, 8), Read(3, 11, 12, 8)}));
}

TEST(Linearizability, RejectsStaleReads) {
  EXPECT_FALSE(Accepts({Write(1, 1, 2, 7), Read(2, 3, 4, 0)}));
  // Each alone is fine; the second reader goes back in time.
  EXPECT_FALSE(Accepts({Write(1, 1, 10, 7), Read(2, 2, 3, 7), Read(3, 4, 5, 0)}));
}

TEST(Linearizability, RejectsLostAndInventedWrites) {
  EXPECT_FALSE(Accepts({Write(1, 1, 2, 7), Write(2, 3, 4, 8), Read(3, 5, 6, 7)}));
  EXPECT_FALSE(Accepts({Write(1, 1, 2, 7), Read(2, 3, 4, 9)}));
}

TEST(Linearizability, RejectsTwoWinnersOfOneSwap) {
  EXPECT_TRUE(Accepts({Swap(1, 1, 10, 0, 7, true), Swap(2, 2, 9, 0, 8, false)}));
  EXPECT_FALSE(Accepts({Swap(1, 1, 10, 0, 7, true), Swap(2, 2, 9, 0, 8, true)}));
  EXPECT_FALSE(Accepts({Swap(1, 1, 10, 0, 7, false), Swap(2, 2, 9, 0, 8, false)}));
}

TEST(Linearizability, TellsTheOrderAndTheHistory) {
  LinearizabilityChecker<int> checker({Write(1, 1, 10, 7), Read(2, 2, 3, 0)}, 0);
  ASSERT_TRUE(checker.Check());
  EXPECT_EQ(checker.order(), (std::vector<size_t>{1, 0}));
  EXPECT_EQ(checker.Words(), "client 1 [1, 10] write 7\nclient 2 [2, 3] read 0\n");
}

// Many clients that all overlap: the memory of positions keeps the search small.
TEST(Linearizability, IsQuickWhereEverythingOverlaps) {
  std::vector<Op> history;
  for (int i = 0; i < 20; ++i) history.push_back(Swap(i, i, 100 + i, i, i + 1, true));
  EXPECT_TRUE(Accepts(history));
  history.push_back(Swap(20, 20, 120, 30, 31, true));
  EXPECT_FALSE(Accepts(history));
}

}  // namespace
}  // namespace loopdock::testing_tools
