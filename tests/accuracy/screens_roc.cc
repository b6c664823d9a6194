// SPDX-License-Identifier: Apache-2.0
#include "tests/accuracy/screens_roc.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace loopdock::accuracy {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<double> Filled(const std::vector<std::optional<double>>& scores, double missing) {
  std::vector<double> filled;
  for (const auto& score : scores) filled.push_back(score.value_or(missing));
  return filled;
}

double Area(const std::vector<double>& damaged, const std::vector<double>& clean) {
  if (damaged.empty() || clean.empty()) return 0;
  double won = 0;
  for (const double high : damaged) {
    for (const double low : clean) won += high > low ? 1 : high == low ? 0.5 : 0;
  }
  return won / (static_cast<double>(damaged.size()) * static_cast<double>(clean.size()));
}

}  // namespace

double RocArea(const Scores& scores) {
  return Area(Filled(scores.damaged, -kInfinity), Filled(scores.clean, kInfinity));
}

Interval RocAreaInterval(const Scores& scores, int rounds) {
  const std::vector<double> damaged = Filled(scores.damaged, -kInfinity);
  const std::vector<double> clean = Filled(scores.clean, kInfinity);
  if (damaged.empty() || clean.empty() || rounds < 1) return {};
  std::mt19937 random(1);
  const auto drawn = [&](const std::vector<double>& from) {
    std::vector<double> sample;
    for (size_t i = 0; i < from.size(); ++i) sample.push_back(from[random() % from.size()]);
    return sample;
  };
  std::vector<double> areas;
  for (int round = 0; round < rounds; ++round) areas.push_back(Area(drawn(damaged), drawn(clean)));
  std::sort(areas.begin(), areas.end());
  const auto at = [&](double share) {
    return areas[static_cast<size_t>(share * static_cast<double>(areas.size() - 1))];
  };
  return {at(0.025), at(0.975)};
}

int FoundAtNoFalseAlarm(const Scores& scores) {
  double highest = -kInfinity;
  for (const double score : Filled(scores.clean, kInfinity)) highest = std::max(highest, score);
  return static_cast<int>(
      std::count_if(scores.damaged.begin(), scores.damaged.end(),
                    [&](const auto& score) { return score.has_value() && *score > highest; }));
}

Interval ShareInterval(int hits, int all) {
  if (all == 0) return {};
  constexpr double kZ = 1.959964;
  const double n = all;
  const double share = hits / n;
  const double middle = share + kZ * kZ / (2 * n);
  const double reach = kZ * std::sqrt(share * (1 - share) / n + kZ * kZ / (4 * n * n));
  const double scale = 1 + kZ * kZ / n;
  return {std::max(0.0, (middle - reach) / scale), std::min(1.0, (middle + reach) / scale)};
}

}  // namespace loopdock::accuracy
