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
using ean::Layout;

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
// Those of a UPC-E that begins with 0 by its check digit; one that begins with 1 has the others.
constexpr std::string_view kUpcEForms[10] = {"GGGLLL", "GGLGLL", "GGLLGL", "GGLLLG", "GLGGLL",
                                             "GLLGGL", "GLLLGG", "GLGLGL", "GLGLLG", "GLLGLG"};

bool IsUpcE(const Layout& layout) { return layout.parts.size() == ean::kUpcE.size(); }

// Compares a whole drawn symbol with the picture.
class Comparison {
 public:
  explicit Comparison(const std::vector<float>& grid) : grid_(grid) {}

  // The share that stays unexplained.
  double Misfit(const Layout& layout) const {
    const double quiet = kQuietModules * layout.module();
    const double first = std::max(0.0, std::floor(layout.begin() - quiet));
    const double last = std::min(double(grid_.size()) - 1, std::ceil(layout.end() + quiet));
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
    for (size_t k = 0; k < layout.parts.size(); ++k) {
      const ean::Part part = layout.parts[k];
      of_part.clear();
      AppendEdges(part, GlyphsOf(part) > 1 ? layout.glyphs[digit++] : 0, of_part);
      const double module = (layout.begins[k + 1] - layout.begins[k]) / ModulesOf(part);
      for (const double edge : of_part) edges.push_back(layout.begins[k] + edge * module);
    }
    edges.push_back(layout.end());
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
        const double middle = (layout.begin() + layout.end()) / 2;
        const double half = (layout.end() - layout.begin()) / 2;
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

// For each blur one for every run of digits.
using Spellers = std::vector<std::vector<ean::Speller>>;

Spellers SpellersOf(ean::Parts parts) {
  Spellers spellers;
  for (const double blur : kBlurs) {
    spellers.emplace_back();
    for (size_t part = 1; part + ean::kRun < parts.size(); part += ean::kRun + 1) {
      spellers.back().emplace_back(parts, part, blur);
    }
  }
  return spellers;
}

// Spells the digits in the blurs from `least` to `most`; the one that explains most stays.
double Spell(const Comparison& comparison, const std::vector<float>& grid, double least,
             double most, Layout& layout) {
  static const auto* const kEan13 = new Spellers(SpellersOf(ean::kEan13));
  static const auto* const kUpcE = new Spellers(SpellersOf(ean::kUpcE));
  double misfit = 1;
  const Layout start = layout;
  for (const auto& runs : IsUpcE(layout) ? *kUpcE : *kEan13) {
    const double blur = runs[0].blur();
    if (blur < least || blur > most) continue;
    Layout other = start;
    other.blur = blur;
    for (const ean::Speller& run : runs) run.Spell(grid, other);
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
  // The first digit, and behind those that are drawn the check digit, where a kind spells them by
  // the forms alone.
  int first_digit = 0;
  int check_digit = 0;
  Glyphs glyphs{};
};

bool Cheaper(const Value& a, const Value& b) { return a.cost < b.cost; }

// What each glyph in place of the one chosen adds to the misfit.
using GlyphCosts = std::array<std::array<double, 20>, ean::kDigitsMax>;

GlyphCosts CostsOf(const Comparison& comparison, const Layout& layout, double misfit) {
  GlyphCosts costs{};
  Layout changed = layout;
  size_t k = 0;
  for (const ean::Part part : layout.parts) {
    const int glyphs = GlyphsOf(part);
    if (glyphs == 1) continue;
    for (int glyph = 0; glyph < glyphs; ++glyph) {
      changed.glyphs[k] = glyph;
      costs[k][static_cast<size_t>(glyph)] = comparison.Misfit(changed) - misfit;
    }
    changed.glyphs[k] = layout.glyphs[k];
    ++k;
  }
  return costs;
}

// How the digits of a value are written, and what their weighted sum must leave modulo 10.
struct Rule {
  Value start;
  // A letter for every digit: L, G, or R.
  std::string_view forms;
  bool others;
  std::array<size_t, ean::kDigitsMax> weights;
  size_t sum;
};

bool IsFormG(const Rule& rule, size_t k) {
  return k < rule.forms.size() && (rule.forms[k] == 'G') != rule.others;
}

// Adds the two cheapest values of `digits` digits that keep the rule; where `last` is given, only
// such as end with it.
void AddCheapest(const Rule& rule, size_t digits, std::optional<size_t> last,
                 const GlyphCosts& costs, std::vector<Value>& values) {
  std::array<std::vector<Value>, 10> by_sum;
  by_sum[0].push_back(rule.start);
  for (size_t k = 0; k < digits; ++k) {
    std::array<std::vector<Value>, 10> next;
    for (size_t sum = 0; sum < 10; ++sum) {
      for (const Value& value : by_sum[sum]) {
        for (size_t digit = 0; digit < 10; ++digit) {
          if (k + 1 == digits && last.has_value() && digit != *last) continue;
          const size_t glyph = IsFormG(rule, k) ? digit + 10 : digit;
          Value longer = value;
          longer.cost += costs[k][glyph];
          longer.glyphs[k] = static_cast<int>(glyph);
          std::vector<Value>& at = next[(sum + rule.weights[k] * digit) % 10];
          at.insert(std::upper_bound(at.begin(), at.end(), longer, Cheaper), longer);
          if (at.size() > 2) at.pop_back();
        }
      }
    }
    by_sum = std::move(next);
  }
  values.insert(values.end(), by_sum[rule.sum].begin(), by_sum[rule.sum].end());
}

std::vector<Value> CheapestEan13(const GlyphCosts& costs) {
  std::vector<Value> values;
  for (size_t first = 0; first < 10; ++first) {
    const Rule rule{{0, static_cast<int>(first), 0, {}},
                    kForms[first],
                    false,
                    {3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1},
                    (10 - first) % 10};
    AddCheapest(rule, ean::kDigitsMax, std::nullopt, costs, values);
  }
  return values;
}

// The six digits stand for ten of a UPC-A; the last one says where its zeros are.
std::vector<Value> CheapestUpcE(const GlyphCosts& costs) {
  std::vector<Value> values;
  for (size_t first = 0; first < 2; ++first) {
    for (size_t check = 0; check < 10; ++check) {
      for (size_t last = 0; last < 10; ++last) {
        // Weights of the digits in the twelve of the UPC-A, where odd places count three times.
        Rule rule{{0, static_cast<int>(first), static_cast<int>(check), {}},
                  kUpcEForms[check],
                  first == 1,
                  {1, 3, 3, 1, 3, 1},
                  (10 - (3 * first + check) % 10) % 10};
        if (last == 3) rule.weights = {1, 3, 1, 1, 3, 0};
        if (last == 4) rule.weights = {1, 3, 1, 3, 3, 0};
        if (last >= 5) rule.weights = {1, 3, 1, 3, 1, 3};
        AddCheapest(rule, ean::kRun, last, costs, values);
      }
    }
  }
  return values;
}

// The best values drawn and compared, best first.
std::vector<Value> Ranked(const Comparison& comparison, const Layout& layout, double misfit) {
  const GlyphCosts costs = CostsOf(comparison, layout, misfit);
  std::vector<Value> values = IsUpcE(layout) ? CheapestUpcE(costs) : CheapestEan13(costs);
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

std::string DigitsOf(const Value& value, bool upc_e) {
  std::string digits = std::to_string(value.first_digit);
  const size_t drawn = upc_e ? ean::kRun : ean::kDigitsMax;
  for (size_t k = 0; k < drawn; ++k) digits += static_cast<char>('0' + value.glyphs[k] % 10);
  if (upc_e) digits += std::to_string(value.check_digit);
  return digits;
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
    moved.begins[found.parts.size()] += end;
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
  fit.digits = DigitsOf(values[0], IsUpcE(best));
  const auto to_profile = [&start](double at) {
    return (start.reversed ? double(start.grid.size()) - at : at) * start.step;
  };
  fit.begin = to_profile(best.begin());
  fit.end = to_profile(best.end());
  fit.misfit = values[0].cost;
  fit.margin = values[1].cost / std::max(1e-6, values[0].cost);
  return fit;
}

// The line in both directions with a module of about `module` samples.
void AddStarts(std::span<const float> profile, ean::Parts parts, double module,
               std::vector<Start>& starts) {
  Start start;
  start.step = module / kGrid;
  start.grid.resize(static_cast<size_t>(double(profile.size()) / start.step));
  for (size_t i = 0; i < start.grid.size(); ++i) {
    start.grid[i] = -ean::At(profile, (double(i) + 0.5) * start.step);
  }
  const std::optional<Layout> found = ean::LayOut(start.grid, parts, kLayoutBlur);
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

ean::Parts PartsOf(EanKind kind) {
  return kind == EanKind::kUpcE ? ean::Parts(ean::kUpcE) : ean::Parts(ean::kEan13);
}

}  // namespace

int ModulesOf(EanKind kind) { return ean::ModulesOf(PartsOf(kind)); }

std::optional<EanFit> FitEan(std::span<const float> profile, EanKind kind, double module_min,
                             double module_max) {
  if (profile.size() < static_cast<size_t>(ModulesOf(kind)) || profile.size() > kProfileMax ||
      module_min < 1) {
    return std::nullopt;
  }
  // As many widths, evenly apart, as it takes to cover all between the two with what may stretch.
  const double reach = std::log(ean::kStretchMax / ean::kStretchMin);
  const double widths = std::max(1.0, std::ceil(std::log(module_max / module_min) / reach));
  std::vector<Start> starts;
  for (double i = 0; i < widths; ++i) {
    AddStarts(profile, PartsOf(kind),
              module_min * std::pow(module_max / module_min, (i + 0.5) / widths), starts);
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
