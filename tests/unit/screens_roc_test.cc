// SPDX-License-Identifier: Apache-2.0
#include "tests/accuracy/screens_roc.h"

#include <gtest/gtest.h>

namespace loopdock::accuracy {
namespace {

TEST(Roc, AreaIsTheShareOfWonPairs) {
  EXPECT_DOUBLE_EQ(RocArea({{3, 4}, {1, 2}}), 1);
  EXPECT_DOUBLE_EQ(RocArea({{1, 2}, {3, 4}}), 0);
  EXPECT_DOUBLE_EQ(RocArea({{1, 3}, {2, 1}}), 0.625);
  EXPECT_DOUBLE_EQ(RocArea({{}, {1}}), 0);
}

TEST(Roc, AMissingScoreCountsAgainstUs) {
  EXPECT_DOUBLE_EQ(RocArea({{5, std::nullopt}, {0, 0}}), 0.5);
  EXPECT_DOUBLE_EQ(RocArea({{5, 5}, {0, std::nullopt}}), 0.5);
  EXPECT_EQ(FoundAtNoFalseAlarm({{5, std::nullopt}, {0, 1}}), 1);
  EXPECT_EQ(FoundAtNoFalseAlarm({{5, 6}, {0, std::nullopt}}), 0);
}

TEST(Roc, IntervalHoldsTheArea) {
  Scores scores;
  for (int i = 0; i < 40; ++i) {
    scores.damaged.push_back(i % 10);
    scores.clean.push_back(i % 7);
  }
  const double area = RocArea(scores);
  const Interval interval = RocAreaInterval(scores, 500);
  EXPECT_LT(interval.low, area);
  EXPECT_GT(interval.high, area);
  EXPECT_LT(interval.high - interval.low, 0.4);
}

TEST(Roc, WilsonOfNoneAndAll) {
  EXPECT_NEAR(ShareInterval(0, 10).high, 0.2775, 1e-3);
  EXPECT_DOUBLE_EQ(ShareInterval(0, 10).low, 0);
  EXPECT_NEAR(ShareInterval(39, 42).low, 0.81, 5e-3);
  EXPECT_NEAR(ShareInterval(39, 42).high, 0.975, 5e-3);
}

}  // namespace
}  // namespace loopdock::accuracy
