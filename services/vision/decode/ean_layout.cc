// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/ean_layout.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace loopdock::vision::ean {
namespace {

// A digit that is one step wider begins the next one sample later.
constexpr int kStretches = 9;
constexpr double kStretchStep = 1.0 / (7 * kGrid);
// What a change of width by one step from one part to the next costs, in modules unexplained.
constexpr float kStretchCost = 0.02F;
constexpr float kFar = 1e9F;
// The quiet zone that is looked at with a guard; of other parts what hardly depends on neighbours.
constexpr double kQuiet = 4;
constexpr double kBeside = 0.5;

double StretchOf(int step) { return 1 + (step - kStretches / 2) * kStretchStep; }

size_t Advance(Part part, int step) {
  return static_cast<size_t>(std::lround(ModulesOf(part) * kGrid * StretchOf(step)));
}

double Before(Part part) { return part == kStart ? kQuiet : kBeside; }
double After(Part part) { return part == kEnd || part == kLongEnd ? kQuiet : kBeside; }

// To mean 0 and length 1; what is flat stays near 0.
void Normalize(std::vector<float>& values) {
  Center(values);
  const float norm = std::sqrt(Dot(values, values) + 1e-3F);
  for (float& value : values) value /= norm;
}

// A part drawn alone between neighbours of two modules.
std::vector<float> Template(Part part, int glyph, double blur) {
  std::vector<double> edges;
  if (!BeginsDark(part)) edges.push_back(-2);
  AppendEdges(part, glyph, edges);
  edges.push_back(ModulesOf(part));
  if (edges.size() % 2 == 1) edges.push_back(ModulesOf(part) + 2);
  for (double& edge : edges) edge *= kGrid;
  std::vector<float> drawn(
      static_cast<size_t>((Before(part) + ModulesOf(part) + After(part)) * kGrid));
  Draw(edges, 0.5 - Before(part) * kGrid, blur * kGrid, drawn);
  Normalize(drawn);
  return drawn;
}

// All glyphs of a part at one sample, so that they are compared at once, in as many lanes as the
// processor takes in whole steps.
template <size_t kLanes>
using Lanes = std::array<float, kLanes>;

template <size_t kLanes>
std::vector<Lanes<kLanes>> TemplatesOf(Part part, double blur) {
  std::vector<Lanes<kLanes>> lanes(Template(part, 0, blur).size());
  for (int glyph = 0; glyph < GlyphsOf(part); ++glyph) {
    const std::vector<float> drawn = Template(part, glyph, blur);
    for (size_t i = 0; i < lanes.size(); ++i) lanes[i][static_cast<size_t>(glyph)] = drawn[i];
  }
  return lanes;
}

// How much the most similar glyph looks like the window, squared.
template <size_t kLanes>
float Likeness(const std::vector<Lanes<kLanes>>& templates, const std::vector<float>& window) {
  float likeness[kLanes] = {};
  const Lanes<kLanes>* row = templates.data();
  for (const float value : window) {
    const float* glyph = row++->data();
    for (float& sum : likeness) sum += value * *glyph++;
  }
  const float best = *std::max_element(std::begin(likeness), std::end(likeness));
  return best > 0 ? best * best : 0;
}

// What stays unexplained, in modules, when a part stands at a place in a width. `padded` is the
// grid with kPad samples more at both ends.
constexpr size_t kPad = 64;
template <size_t kLanes>
std::vector<float> CostsIn(const std::vector<float>& padded, Part part, double blur) {
  const std::vector<Lanes<kLanes>> templates = TemplatesOf<kLanes>(part, blur);
  const size_t places = padded.size() - 2 * kPad;
  std::vector<float> costs(places * kStretches, static_cast<float>(ModulesOf(part)));
  std::vector<float> window(templates.size());
  std::vector<std::ptrdiff_t> offsets(window.size());
  std::vector<float> shares(window.size());
  for (int step = 0; step < kStretches; ++step) {
    for (size_t i = 0; i < window.size(); ++i) {
      const double at = (double(i) + 0.5 - Before(part) * kGrid) * StretchOf(step) - 0.5;
      offsets[i] = static_cast<std::ptrdiff_t>(std::floor(at));
      shares[i] = static_cast<float>(at - std::floor(at));
    }
    for (size_t place = 0; place < places; ++place) {
      const float* here = &padded[kPad + place];
      const std::ptrdiff_t* offset = offsets.data();
      const float* share = shares.data();
      for (float& value : window) {
        const float* sample = here + *offset++;
        value = sample[0] + (sample[1] - sample[0]) * *share++;
      }
      Normalize(window);
      costs[place * kStretches + static_cast<size_t>(step)] *= 1 - Likeness(templates, window);
    }
  }
  return costs;
}

std::vector<float> PartCosts(const std::vector<float>& padded, Part part, double blur) {
  if (GlyphsOf(part) == 1) return CostsIn<4>(padded, part, blur);
  return GlyphsOf(part) == 10 ? CostsIn<12>(padded, part, blur) : CostsIn<20>(padded, part, blur);
}

}  // namespace

std::optional<Layout> LayOut(const std::vector<float>& grid, Parts parts, double blur) {
  std::vector<float> padded(kPad, grid.front());
  padded.insert(padded.end(), grid.begin(), grid.end());
  padded.insert(padded.end(), kPad, grid.back());
  std::array<std::vector<float>, kPartKinds> costs;
  for (const Part part : parts) {
    std::vector<float>& of_part = costs[static_cast<size_t>(part)];
    if (of_part.empty()) of_part = PartCosts(padded, part, blur);
  }
  const size_t cells = grid.size() * kStretches;
  std::vector<float> total(cells, 0);
  std::array<std::vector<signed char>, kPartsMax> came_from;
  for (size_t k = 0; k < parts.size(); ++k) {
    const std::vector<float>& part_costs = costs[static_cast<size_t>(parts[k])];
    std::vector<float> next(cells, kFar);
    came_from[k].assign(cells, 0);
    for (int step = 0; step < kStretches; ++step) {
      const size_t advance = Advance(parts[k], step);
      for (size_t place = 0; place + advance < grid.size(); ++place) {
        const size_t here = place * kStretches + static_cast<size_t>(step);
        if (total[here] >= kFar) continue;
        const float sum = total[here] + part_costs[here];
        for (int then = std::max(0, step - 1); then <= std::min(kStretches - 1, step + 1); ++then) {
          const size_t cell = (place + advance) * kStretches + static_cast<size_t>(then);
          const float with_change = sum + (then == step ? 0 : kStretchCost);
          if (with_change >= next[cell]) continue;
          next[cell] = with_change;
          came_from[k][cell] = static_cast<signed char>(step);
        }
      }
    }
    total = std::move(next);
  }
  const auto best = std::min_element(total.begin(), total.end());
  if (*best >= kFar) return std::nullopt;
  Layout layout;
  layout.parts = parts;
  layout.blur = blur;
  auto cell = static_cast<size_t>(best - total.begin());
  size_t place = cell / kStretches;
  layout.begins[parts.size()] = double(place);
  for (size_t k = parts.size(); k-- > 0;) {
    const int step = came_from[k][cell];
    place -= Advance(parts[k], step);
    cell = place * kStretches + static_cast<size_t>(step);
    layout.begins[k] = double(place);
  }
  return layout;
}

Layout Straightened(Layout layout) {
  const double module = layout.module();
  for (size_t k = 0; k < layout.parts.size(); ++k) {
    layout.begins[k + 1] = layout.begins[k] + ModulesOf(layout.parts[k]) * module;
  }
  return layout;
}

Layout Reversed(const Layout& layout, size_t size) {
  Layout reversed = layout;
  const size_t last = layout.parts.size();
  for (size_t i = 0; i <= last; ++i) reversed.begins[i] = double(size) - layout.begins[last - i];
  return reversed;
}

}  // namespace loopdock::vision::ean
