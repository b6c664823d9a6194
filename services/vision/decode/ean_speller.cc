// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/ean_speller.h"

#include <algorithm>
#include <span>
#include <utility>

namespace loopdock::vision::ean {
namespace {

constexpr int kDigitModules = 7;
// Modules that are looked at on both sides of a digit.
constexpr int kReach = 2;
constexpr size_t kSamples = (kDigitModules + 2 * kReach) * kGrid;
// Ways that cost so much more than the best, in digits unexplained, are not followed.
constexpr float kBeam = 0.6F;

// The bars of a part that begins `offset` modules from the digit in the middle.
std::vector<float> Piece(Part part, int glyph, int offset, double blur) {
  std::vector<double> edges;
  AppendEdges(part, glyph, edges);
  edges.push_back(ModulesOf(part));
  if (!BeginsDark(part)) edges.erase(edges.begin());
  if (edges.size() % 2 == 1) edges.pop_back();
  for (double& edge : edges) edge = (edge + offset) * kGrid;
  std::vector<float> drawn(kSamples);
  Draw(edges, 0.5 - kReach * kGrid, blur * kGrid, drawn);
  Center(drawn);
  return drawn;
}

// The part of |a + b + c|^2 that the pairs of one table contribute.
std::vector<float> Products(std::span<const std::vector<float>> a,
                            std::span<const std::vector<float>> b) {
  std::vector<float> products;
  for (const auto& one : a) {
    for (const auto& other : b) {
      products.push_back(2 * Dot(one, other) + (Dot(one, one) + Dot(other, other)) / 2);
    }
  }
  return products;
}

}  // namespace

Speller::Speller(Parts parts, size_t first_part, double blur)
    : first_part_(first_part),
      blur_(blur),
      glyphs_(static_cast<size_t>(GlyphsOf(parts[first_part]))) {
  const Part half = parts[first_part];
  for (int glyph = 0; glyph < GlyphsOf(half); ++glyph) {
    pieces_[0].push_back(Piece(half, glyph, -kDigitModules, blur));
    pieces_[1].push_back(Piece(half, glyph, 0, blur));
    pieces_[2].push_back(Piece(half, glyph, kDigitModules, blur));
  }
  const Part before = parts[first_part - 1];
  const Part after = parts[first_part + kRun];
  pieces_[0].push_back(Piece(before, 0, -ModulesOf(before), blur));
  pieces_[2].push_back(Piece(after, 0, kDigitModules, blur));
  before_at_ = Products(pieces_[0], pieces_[1]);
  before_after_ = Products(pieces_[0], pieces_[2]);
  at_after_ = Products(pieces_[1], pieces_[2]);
}

Speller::Sight Speller::Look(const std::vector<float>& grid, const Layout& layout,
                             size_t part) const {
  const double begin = layout.begins[part];
  const double module = (layout.begins[part + 1] - begin) / kDigitModules;
  std::vector<float> window(kSamples);
  for (size_t i = 0; i < kSamples; ++i) {
    window[i] = At(grid, begin + ((double(i) + 0.5) / kGrid - kReach) * module);
  }
  Center(window);
  Sight sight;
  sight.energy = Dot(window, window) + 1e-3F;
  for (size_t i = 0; i < sight.likeness.size(); ++i) {
    for (const auto& piece : pieces_[i]) sight.likeness[i].push_back(Dot(piece, window));
  }
  return sight;
}

void Speller::Spell(const std::vector<float>& grid, Layout& layout) const {
  // Over pairs of a digit and the one after it; the guard counts as digit `glyphs_`.
  const size_t width = glyphs_ + 1;
  std::array<std::vector<size_t>, kRun> came_from;
  std::vector<float> total;
  float worst = 0;
  for (size_t k = 0; k < kRun; ++k) {
    const Sight sight = Look(grid, layout, first_part_ + k);
    const auto [before_from, before_to] =
        k == 0 ? std::pair(glyphs_, width) : std::pair(size_t{0}, glyphs_);
    const auto [after_from, after_to] =
        k + 1 == kRun ? std::pair(glyphs_, width) : std::pair(size_t{0}, glyphs_);
    std::vector<float> next(glyphs_ * width, 1e9F);
    came_from[k].assign(next.size(), 0);
    for (size_t before = before_from; before < before_to; ++before) {
      for (size_t at = 0; at < glyphs_; ++at) {
        const float so_far = k == 0 ? 0 : total[before * width + at];
        if (so_far > worst) continue;
        const float like_two = sight.likeness[0][before] + sight.likeness[1][at];
        const float square_two = before_at_[before * glyphs_ + at];
        const float* like_after = sight.likeness[2].data();
        const float* square_before = &before_after_[before * width];
        const float* square_at = &at_after_[at * width];
        for (size_t after = after_from; after < after_to; ++after) {
          const float like = std::max(0.0F, like_two + like_after[after]);
          const float square = square_two + square_before[after] + square_at[after];
          const float sum = so_far + 1 - like * like / (square * sight.energy);
          if (sum >= next[at * width + after]) continue;
          next[at * width + after] = sum;
          came_from[k][at * width + after] = before;
        }
      }
    }
    total = std::move(next);
    worst = *std::min_element(total.begin(), total.end()) + kBeam;
  }
  auto state = static_cast<size_t>(std::min_element(total.begin(), total.end()) - total.begin());
  // Of a second run, whose digits follow the middle guard.
  const size_t first_digit = first_part_ > kRun ? kRun : 0;
  for (size_t k = kRun; k-- > 0;) {
    layout.glyphs[first_digit + k] = static_cast<int>(state / width);
    state = came_from[k][state] * width + state / width;
  }
}

}  // namespace loopdock::vision::ean
