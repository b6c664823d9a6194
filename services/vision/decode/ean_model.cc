// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/ean_model.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace loopdock::vision::ean {
namespace {

// Widths of the elements of a digit, from its first space; the G form is the mirrored one.
constexpr int kWidths[10][4] = {{3, 2, 1, 1}, {2, 2, 2, 1}, {2, 1, 2, 2}, {1, 4, 1, 1},
                                {1, 1, 3, 2}, {1, 2, 3, 1}, {1, 1, 1, 4}, {1, 3, 1, 2},
                                {1, 2, 1, 3}, {3, 1, 1, 2}};

// A step from 0 to 1 seen through a disc of radius 1: the share of the disc on the dark side.
float BlurredStep(double distance) {
  constexpr int kEntries = 4096;
  static const auto* const kTable = [] {
    auto* table = new std::array<float, kEntries>;
    for (int i = 0; i < kEntries; ++i) {
      const double x = 2.0 * i / (kEntries - 1) - 1;
      const double inside = std::sqrt(std::max(0.0, 1 - x * x));
      (*table)[static_cast<size_t>(i)] =
          static_cast<float>(0.5 + (x * inside + std::asin(x)) / std::numbers::pi);
    }
    return table;
  }();
  const double at = (distance + 1) * (kEntries / 2);
  if (at <= 0) return 0;
  return at >= kEntries - 1 ? 1 : (*kTable)[static_cast<size_t>(at)];
}

}  // namespace

int ModulesOf(Part part) {
  if (GlyphsOf(part) > 1) return 7;
  return part == kMiddle ? 5 : part == kLongEnd ? 6 : 3;
}

int ModulesOf(Parts parts) {
  return std::accumulate(parts.begin(), parts.end(), 0,
                         [](int sum, Part part) { return sum + ModulesOf(part); });
}

bool BeginsDark(Part part) { return part == kStart || part == kRight || part == kEnd; }

int GlyphsOf(Part part) { return part == kLeft ? 20 : part == kRight ? 10 : 1; }

void AppendEdges(Part part, int glyph, std::vector<double>& edges) {
  if (GlyphsOf(part) == 1) {
    for (int i = 0; i < ModulesOf(part); ++i) edges.push_back(i);
    return;
  }
  int at = 0;
  for (int i = 0; i < 4; ++i) {
    edges.push_back(at);
    at += kWidths[glyph % 10][glyph >= 10 ? 3 - i : i];
  }
}

void Draw(std::span<const double> edges, double first, double blur, std::vector<float>& drawn) {
  const auto size = static_cast<double>(drawn.size());
  // Within the blur of an edge the step is added as it is, beyond it as one change of level.
  std::vector<float> change(drawn.size() + 1);
  std::fill(drawn.begin(), drawn.end(), 0.0F);
  float sign = 1;
  const double sharpness = 1 / blur;
  for (const double edge : edges) {
    const double from = std::clamp(std::ceil(edge - blur - first), 0.0, size);
    const double to = std::clamp(std::ceil(edge + blur - first), from, size);
    float* at = drawn.data();
    for (auto i = static_cast<size_t>(from); i < static_cast<size_t>(to); ++i) {
      at[i] += sign * BlurredStep((first + double(i) - edge) * sharpness);
    }
    change[static_cast<size_t>(to)] += sign;
    sign = -sign;
  }
  float level = 0;
  for (size_t i = 0; i < drawn.size(); ++i) {
    level += change[i];
    drawn[i] += level;
  }
}

void Center(std::vector<float>& values) {
  const float mean =
      std::accumulate(values.begin(), values.end(), 0.0F) / static_cast<float>(values.size());
  for (float& value : values) value -= mean;
}

float Dot(std::span<const float> a, std::span<const float> b) {
  // Several sums at once: one alone would wait for itself.
  constexpr size_t kLanes = 8;
  float sums[kLanes] = {};
  const size_t whole = a.size() / kLanes * kLanes;
  const float* x = a.data();
  const float* y = b.data();
  for (size_t i = 0; i < whole; i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) sums[lane] += x[i + lane] * y[i + lane];
  }
  for (size_t i = whole; i < a.size(); ++i) sums[0] += x[i] * y[i];
  return std::accumulate(std::begin(sums), std::end(sums), 0.0F);
}

float At(std::span<const float> grid, double x) {
  const double clamped = std::clamp(x - 0.5, 0.0, double(grid.size() - 1));
  const auto low = static_cast<size_t>(clamped);
  const size_t high = std::min(low + 1, grid.size() - 1);
  const auto share = static_cast<float>(clamped - double(low));
  return grid[low] * (1 - share) + grid[high] * share;
}

}  // namespace loopdock::vision::ean
