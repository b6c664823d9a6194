// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/timing_track.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace loopdock::vision {
namespace {

// Samples a module of the mean width.
constexpr int kSamples = 6;
// Modules that are looked at beyond each end; the track may begin so much within the side, too.
constexpr int kBeyond = 1;
// Of a module, in samples, and how much it may change from one to the next.
constexpr int kWidthMin = 3;
constexpr int kWidthMax = 11;
constexpr int kWidths = kWidthMax - kWidthMin + 1;
constexpr int kChangeMax = 2;
// What a change costs times its square, in samples that are met.
constexpr float kChangeCost = 0.6F;
// Modules around a sample that say what is dark there, and the least contrast that says anything.
constexpr int kAround = 3;
constexpr float kContrastMin = 24;
constexpr float kFar = -1e9F;
// Changes between dark and light, for each module, and how dark or light counts.
constexpr double kChangesMin = 0.75;
constexpr double kChangesMax = 1.4;
constexpr float kClear = 0.3F;

// From -1 to 1, by the levels around each sample.
std::vector<float> DarknessOf(std::span<const float> levels) {
  constexpr int kReach = kAround * kSamples / 2;
  const int size = static_cast<int>(levels.size());
  std::vector<float> darkness;
  for (int i = 0; i < size; ++i) {
    const auto from = levels.begin() + std::max(0, i - kReach);
    const auto to = levels.begin() + std::min(size, i + kReach);
    const auto [low, high] = std::minmax_element(from, to);
    const float half = std::max(kContrastMin, *high - *low) / 2;
    const float here = ((*low + *high) / 2 - levels[static_cast<size_t>(i)]) / half;
    darkness.push_back(std::clamp(here, -1.0F, 1.0F));
  }
  return darkness;
}

// Whether there are about as many changes as a track has: it saves looking for others closely.
bool ChangesAsOften(const std::vector<float>& darkness, int modules) {
  int changes = 0;
  bool dark = false;
  for (const float value : darkness) {
    if (dark ? value > -kClear : value < kClear) continue;
    dark = !dark;
    ++changes;
  }
  return changes >= kChangesMin * modules && changes <= kChangesMax * modules;
}

// What is met, and the widths that led there, by where a module ends and how wide it is.
class Ways {
 public:
  static size_t Cell(int place, int width) {
    return static_cast<size_t>(place * kWidths + width - kWidthMin);
  }

  // Any width may come first, anywhere in the first `slack` places.
  Ways(int places, int slack) : places_(places), met_(Cell(places, kWidthMin), kFar) {
    std::fill_n(met_.begin(), Cell(std::min(slack + 1, places), kWidthMin), 0.0F);
  }

  // One more module, of which `sums[b] - sums[a]` times `sign` is met between two places.
  void Step(const std::vector<float>& sums, float sign) {
    std::vector<float> next(met_.size(), kFar);
    before_.emplace_back(met_.size());
    for (int from = 0; from + kWidthMin < places_; ++from) {
      const float* met = &met_[Cell(from, kWidthMin)];
      if (*std::max_element(met, met + kWidths) <= kFar / 2) continue;
      for (int width = 0; width < std::min(kWidths, places_ - from - kWidthMin); ++width) {
        float best = kFar;
        int best_other = 0;
        for (int other = std::max(0, width - kChangeMax);
             other <= std::min(kWidths - 1, width + kChangeMax); ++other) {
          const auto change = static_cast<float>(width - other);
          const float sum = met[other] - kChangeCost * change * change;
          if (sum <= best) continue;
          best = sum;
          best_other = other;
        }
        const int place = from + width + kWidthMin;
        const size_t cell = Cell(place, width + kWidthMin);
        next[cell] =
            best + sign * (sums[static_cast<size_t>(place)] - sums[static_cast<size_t>(from)]);
        before_.back()[cell] = static_cast<signed char>(best_other + kWidthMin);
      }
    }
    met_ = std::move(next);
  }

  // The best way that ends in the last `slack` places: what it meets, and the middles of its
  // modules.
  float Best(int slack, std::vector<double>& middles) const {
    const auto ends = met_.begin() + static_cast<std::ptrdiff_t>(
                                         Cell(std::max(0, places_ - 1 - slack), kWidthMin));
    const auto best = std::max_element(ends, met_.end());
    const int at = static_cast<int>(best - met_.begin());
    int place = at / kWidths;
    int width = at % kWidths + kWidthMin;
    for (size_t k = before_.size(); k-- > 0 && *best > kFar / 2;) {
      middles.push_back(place - width / 2.0);
      const int earlier = before_[k][Cell(place, width)];
      place -= width;
      width = earlier;
    }
    std::reverse(middles.begin(), middles.end());
    return *best;
  }

 private:
  int places_;
  std::vector<float> met_;
  std::vector<std::vector<signed char>> before_;
};

}  // namespace

int TrackSamples(int modules) { return (modules + 2 * kBeyond) * kSamples; }

double TrackShare(int index, int modules) { return ((index + 0.5) / kSamples - kBeyond) / modules; }

std::optional<TimingTrack> LayTrack(std::span<const float> levels, int modules,
                                    bool first_is_dark) {
  const std::vector<float> darkness = DarknessOf(levels);
  if (!ChangesAsOften(darkness, modules)) return std::nullopt;
  std::vector<float> sums = {0};
  for (const float value : darkness) sums.push_back(sums.back() + value);
  constexpr int kSlack = 2 * kBeyond * kSamples;
  Ways ways(static_cast<int>(sums.size()), kSlack);
  for (int k = 0; k < modules; ++k) ways.Step(sums, (k % 2 == 0) == first_is_dark ? 1 : -1);
  std::vector<double> middles;
  const float met = ways.Best(kSlack, middles);
  if (middles.empty()) return std::nullopt;
  TimingTrack track;
  track.fit = met / float(modules * kSamples);
  for (const double middle : middles) {
    track.middles.push_back(float((middle / kSamples - kBeyond) / modules));
  }
  return track;
}

}  // namespace loopdock::vision
