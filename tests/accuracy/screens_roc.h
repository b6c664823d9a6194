// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_ACCURACY_SCREENS_ROC_H_
#define LOOPDOCK_TESTS_ACCURACY_SCREENS_ROC_H_

// How well a score tells damaged from clean.
// Thread safety: pure functions. Same input, same figures: the resampling has a fixed seed.

#include <optional>
#include <vector>

namespace loopdock::accuracy {

// A score that is missing counts against us: as the lowest of a damaged picture, as the highest of
// a clean one.
struct Scores {
  std::vector<std::optional<double>> damaged;
  std::vector<std::optional<double>> clean;
};

struct Interval {
  double low = 0;
  double high = 1;
};

// Share of all pairs in which the damaged picture scores higher; a tie counts half. 0 without
// pairs.
double RocArea(const Scores& scores);

// 95 % of `rounds` resamplings, damaged and clean each from their own.
Interval RocAreaInterval(const Scores& scores, int rounds);

// How many damaged pictures score above every clean one.
int FoundAtNoFalseAlarm(const Scores& scores);

// Wilson's 95 % interval of a share.
Interval ShareInterval(int hits, int all);

}  // namespace loopdock::accuracy

#endif  // LOOPDOCK_TESTS_ACCURACY_SCREENS_ROC_H_
