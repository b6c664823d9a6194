// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/ean_fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include "services/vision/decode/ean_layout.h"
#include "services/vision/decode/ean_model.h"
#include "services/vision/decode/ean_speller.h"

namespace loopdock::vision {
namespace {

using ean::Glyphs;
using ean::kGrid;
using ean::kParts;
using ean::Layout;

constexpr size_t kProfileMin = 95;
constexpr size_t kProfileMax = 4000;
// The sharpest symbol that is looked for when its parts are placed.
constexpr double kLayoutBlur = 1;
// Blurs in which digits are spelled, in modules.
constexpr std::array<double, 6> kBlurs = {0.7, 1.1, 1.6, 2.0, 2.4, 2.8};
constexpr double kBlurStep = 0.6;
constexpr double kBlurMin = 0.5;
constexpr double kBlurMax = 3.5;
// Light and contrast may change over this many modules.
constexpr size_t kLightModules = 16;
constexpr int kQuietModules = 3;
// How many of the best are looked at more closely.
constexpr size_t kPursued = 2;
// What leaves more unexplained at a first look is no such symbol.
constexpr double kMisfitMax = 0.25;
// The same before its place has been improved, and how much worse than the best another start may
// be.
constexpr double kStartMisfitMax = 0.28;
constexpr double kStartApart = 1.6;
// Rivals that are drawn.
constexpr size_t kRivals = 8;

// The forms of the left half by the first digit, which they spell.
constexpr std::string_view kForms[10] = {"LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG",
                                         "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL"};

// Compares a whole drawn symbol with the picture.
class Comparison {
 public:
  explicit Comparison(const std::vector<float>& grid) : grid_(grid) {}

  // The share that stays unexplained.
  double Misfit(const Layout& layout) const {
    const double quiet = kQuietModules * layout.module();
    const double first = std::max(0.0, std::floor(layout.begins.front() - quiet));
    const double last = std::min(double(grid_.size()) - 1, std::ceil(layout.begins.back() + quiet));
    if (last - first < kLightModules * kGrid) return 1;
    std::vector<float> drawn(static_cast<size_t>(last - first));
    ean::Draw(Edges(layout), first + 0.5, layout.blur * layout.module(), drawn);
    return Unexplained(drawn, static_cast<size_t>(first));
  }

 private:
  static std::vector<double> Edges(const Layout& layout) {
    std::vector<double> edges;
    std::vector<double> of_part;
    size_t digit = 0;
    for (size_t k = 0; k < kParts.size(); ++k) {
      of_part.clear();
      AppendEdges(kParts[k], GlyphsOf(kParts[k]) > 1 ? layout.glyphs[digit++] : 0, of_part);
      const double module = (layout.begins[k + 1] - layout.begins[k]) / ModulesOf(kParts[k]);
      for (const double edge : of_part) edges.push_back(layout.begins[k] + edge * module);
    }
    edges.push_back(layout.begins.back());
    return edges;
  }

  // Fits gain and offset in overlapping windows; every window counts alike, well lit or not.
  double Unexplained(const std::vector<float>& drawn, size_t first) const {
    constexpr size_t kWindow = kLightModules * kGrid;
    double sum_d = 0;
    double sum_g = 0;
    double sum_dd = 0;
    double sum_gg = 0;
    double sum_dg = 0;
    const auto add = [&](size_t i, double sign) {
      const double d = drawn[i];
      const double g = grid_[first + i];
      sum_d += sign * d;
      sum_g += sign * g;
      sum_dd += sign * d * d;
      sum_gg += sign * g * g;
      sum_dg += sign * d * g;
    };
    double left = 0;
    for (size_t i = 0; i < drawn.size(); ++i) {
      add(i, 1);
      if (i + 1 < kWindow) continue;
      const double gg = sum_gg - sum_g * sum_g / kWindow;
      const double dg = std::max(0.0, sum_dg - sum_d * sum_g / kWindow);
      const double dd = std::max(1e-6, sum_dd - sum_d * sum_d / kWindow);
      left += gg > 1e-3 ? 1 - std::min(1.0, dg * dg / dd / gg) : 1;
      add(i + 1 - kWindow, -1);
    }
    return left / double(drawn.size() - kWindow + 1);
  }

  const std::vector<float>& grid_;
};

// Moves, stretches and bends the whole layout and changes its blur as long as that helps.
double Improve(const Comparison& comparison, Layout& layout) {
  double misfit = comparison.Misfit(layout);
  const auto attempt = [&](const Layout& changed) {
    const double then = comparison.Misfit(changed);
    if (then >= misfit) return false;
    misfit = then;
    layout = changed;
    return true;
  };
  double step = 0.5 * kGrid;
  for (int round = 0; round < 4; ++round, step /= 2) {
    for (int power = 0; power < 4; ++power) {
      for (const double sign : {1.0, -1.0}) {
        Layout changed = layout;
        const double middle = (layout.begins.front() + layout.begins.back()) / 2;
        const double half = (layout.begins.back() - layout.begins.front()) / 2;
        for (double& begin : changed.begins) {
          begin += sign * step * std::pow((begin - middle) / half, power);
        }
        if (attempt(changed)) break;
      }
    }
    for (const double factor : {1.2, 1 / 1.2, 1.08, 1 / 1.08}) {
      Layout changed = layout;
      changed.blur = std::clamp(layout.blur * factor, kBlurMin, kBlurMax);
      attempt(changed);
    }
  }
  return misfit;
}

// Spells the digits in the blurs from `least` to `most`; the one that explains most stays.
double Spell(const Comparison& comparison, const std::vector<float>& grid, double least,
             double most, Layout& layout) {
  static const auto* const kSpellers = [] {
    auto* spellers = new std::vector<std::pair<ean::Speller, ean::Speller>>;
    for (const double blur : kBlurs) {
      spellers->emplace_back(ean::Speller(ean::kLeft, blur), ean::Speller(ean::kRight, blur));
    }
    return spellers;
  }();
  double misfit = 1;
  const Layout start = layout;
  for (const auto& [left, right] : *kSpellers) {
    if (left.blur() < least || left.blur() > most) continue;
    Layout other = start;
    other.blur = left.blur();
    left.Spell(grid, other);
    right.Spell(grid, other);
    const double then = comparison.Misfit(other);
    if (then >= misfit) continue;
    misfit = then;
    layout = other;
  }
  return misfit;
}

// A value that keeps the rules, and what it costs.
struct Value {
  double cost = 0;
  int first_digit = 0;
  Glyphs glyphs{};
};

bool Cheaper(const Value& a, const Value& b) { return a.cost < b.cost; }

// What each glyph in place of the one chosen adds to the misfit.
using GlyphCosts = std::array<std::array<double, 20>, ean::kDigits>;

GlyphCosts CostsOf(const Comparison& comparison, const Layout& layout, double misfit) {
  GlyphCosts costs{};
  Layout changed = layout;
  for (size_t k = 0; k < costs.size(); ++k) {
    const int glyphs = GlyphsOf(k < ean::kDigits / 2 ? ean::kLeft : ean::kRight);
    for (int glyph = 0; glyph < glyphs; ++glyph) {
      changed.glyphs[k] = glyph;
      costs[k][static_cast<size_t>(glyph)] = comparison.Misfit(changed) - misfit;
    }
    changed.glyphs[k] = layout.glyphs[k];
  }
  return costs;
}

// The two cheapest values with this first digit whose check digit is right.
std::vector<Value> CheapestValues(int first_digit, const GlyphCosts& costs) {
  std::array<std::vector<Value>, 10> by_sum;
  by_sum[static_cast<size_t>(first_digit)].push_back({0, first_digit, {}});
  for (size_t k = 0; k < costs.size(); ++k) {
    const bool form_g = k < ean::kDigits / 2 && kForms[first_digit][k] == 'G';
    const size_t weight = k % 2 == 0 ? 3 : 1;
    std::array<std::vector<Value>, 10> next;
    for (size_t sum = 0; sum < 10; ++sum) {
      for (const Value& value : by_sum[sum]) {
        for (size_t digit = 0; digit < 10; ++digit) {
          const size_t glyph = form_g ? digit + 10 : digit;
          Value longer = value;
          longer.cost += costs[k][glyph];
          longer.glyphs[k] = static_cast<int>(glyph);
          std::vector<Value>& at = next[(sum + weight * digit) % 10];
          at.insert(std::upper_bound(at.begin(), at.end(), longer, Cheaper), longer);
          if (at.size() > 2) at.pop_back();
        }
      }
    }
    by_sum = std::move(next);
  }
  return by_sum[0];
}

// The best values drawn and compared, best first.
std::vector<Value> Ranked(const Comparison& comparison, const Layout& layout, double misfit) {
  const GlyphCosts costs = CostsOf(comparison, layout, misfit);
  std::vector<Value> values;
  for (int first = 0; first < 10; ++first) {
    const std::vector<Value> some = CheapestValues(first, costs);
    values.insert(values.end(), some.begin(), some.end());
  }
  std::sort(values.begin(), values.end(), Cheaper);
  values.resize(std::min(values.size(), kRivals));
  for (Value& value : values) {
    Layout drawn = layout;
    drawn.glyphs = value.glyphs;
    value.cost = comparison.Misfit(drawn);
  }
  std::sort(values.begin(), values.end(), Cheaper);
  return values;
}

// A line seen in one scale and direction, and where the symbol may lie on it.
struct Start {
  std::vector<float> grid;
  double step = 1;
  bool reversed = false;
  Layout layout;
  double misfit = 1;
};

// Layouts near the one found: the guards of a symbol that has melted together are grey, and the
// search takes one that is off by a bar.
std::vector<Layout> Nearby(const Layout& found) {
  constexpr double kOff = 1.2 * kGrid;
  std::vector<Layout> layouts = {found};
  for (const auto& [begin, end] :
       {std::pair(0.0, 0.0), {kOff, 0.0}, {-kOff, 0.0}, {0.0, kOff}, {0.0, -kOff}}) {
    Layout moved = found;
    moved.begins.front() += begin;
    moved.begins.back() += end;
    layouts.push_back(Straightened(moved));
  }
  return layouts;
}

// The best value of a symbol that lies about where the start says.
EanFit FitFrom(const Start& start) {
  const Comparison comparison(start.grid);
  std::vector<std::pair<double, Layout>> ranked;
  for (Layout layout : Nearby(start.layout)) {
    Spell(comparison, start.grid, start.layout.blur - kBlurStep, start.layout.blur + kBlurStep,
          layout);
    const double misfit = Improve(comparison, layout);
    ranked.emplace_back(misfit, layout);
  }
  std::sort(ranked.begin(), ranked.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  EanFit fit;
  if (ranked[0].first > kMisfitMax) return fit;
  ranked.resize(kPursued);
  Layout best;
  for (auto& [misfit, layout] : ranked) {
    Spell(comparison, start.grid, layout.blur - kBlurStep, layout.blur + kBlurStep, layout);
    misfit = Improve(comparison, layout);
    if (misfit >= fit.misfit) continue;
    fit.misfit = misfit;
    best = layout;
  }
  const std::vector<Value> values = Ranked(comparison, best, fit.misfit);
  fit.digits = std::to_string(values[0].first_digit);
  for (const int glyph : values[0].glyphs) fit.digits += static_cast<char>('0' + glyph % 10);
  const auto to_profile = [&start](double at) {
    return (start.reversed ? double(start.grid.size()) - at : at) * start.step;
  };
  fit.begin = to_profile(best.begins.front());
  fit.end = to_profile(best.begins.back());
  fit.misfit = values[0].cost;
  fit.margin = values[1].cost / std::max(1e-6, values[0].cost);
  return fit;
}

// The line in both directions with a module of about `module` samples.
void AddStarts(std::span<const float> profile, double module, std::vector<Start>& starts) {
  Start start;
  start.step = module / kGrid;
  start.grid.resize(static_cast<size_t>(double(profile.size()) / start.step));
  for (size_t i = 0; i < start.grid.size(); ++i) {
    start.grid[i] = -ean::At(profile, (double(i) + 0.5) * start.step);
  }
  const std::optional<Layout> found = ean::LayOut(start.grid, kLayoutBlur);
  if (!found.has_value()) return;
  for (const bool reversed : {false, true}) {
    start.layout = *found;
    start.reversed = reversed;
    if (reversed) {
      std::reverse(start.grid.begin(), start.grid.end());
      start.layout = Reversed(*found, start.grid.size());
    }
    const Comparison comparison(start.grid);
    Layout straight = Straightened(start.layout);
    start.misfit = Spell(comparison, start.grid, 0, kBlurMax, start.layout);
    const double then = Spell(comparison, start.grid, 0, kBlurMax, straight);
    if (then < start.misfit) {
      start.misfit = then;
      start.layout.blur = straight.blur;
    }
    starts.push_back(start);
  }
}

}  // namespace

std::optional<EanFit> FitEan(std::span<const float> profile, double module_min, double module_max) {
  if (profile.size() < kProfileMin || profile.size() > kProfileMax || module_min < 1) {
    return std::nullopt;
  }
  // As many widths, evenly apart, as it takes to cover all between the two with what may stretch.
  const double reach = std::log(ean::kStretchMax / ean::kStretchMin);
  const double widths = std::max(1.0, std::ceil(std::log(module_max / module_min) / reach));
  std::vector<Start> starts;
  for (double i = 0; i < widths; ++i) {
    AddStarts(profile, module_min * std::pow(module_max / module_min, (i + 0.5) / widths), starts);
  }
  std::sort(starts.begin(), starts.end(),
            [](const Start& a, const Start& b) { return a.misfit < b.misfit; });
  starts.resize(std::min(starts.size(), kPursued));
  if (starts.empty() || starts[0].misfit > kStartMisfitMax) return std::nullopt;
  EanFit best;
  for (const Start& start : starts) {
    if (start.misfit > std::min(kStartMisfitMax, kStartApart * starts[0].misfit)) break;
    EanFit fit = FitFrom(start);
    if (fit.misfit < best.misfit) best = std::move(fit);
  }
  if (best.digits.empty()) return std::nullopt;
  return best;
}

}  // namespace loopdock::vision
