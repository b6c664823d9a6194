// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/ean_blocks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "services/vision/decode/bar_strips.h"
#include "services/vision/decode/evidence.h"

namespace loopdock::vision {
namespace {

// A block may end with its symbol or hold an add-on as well.
constexpr double kShareMin = 0.6;
constexpr double kShareMax = 1.04;
constexpr double kMargin = 0.15;
// Pixels of the crop along the symbol: more add nothing to what a lens out of focus left.
constexpr double kCropPx = 1000;
constexpr double kScaleMax = 4;
constexpr double kModulePxMin = 1.1;
// Strips by the share of the height at which they begin; outer ones hold digits and edges.
constexpr std::array<double, 4> kStrips = {0.42, 0.62, 0.22, 0.08};
constexpr double kStripHeight = 0.16;
// How alike two strips of bars are; print is less.
constexpr double kAlikeMin = 0.6;
// Between dark and light on bare metal; light bars of more contrast are read without a fit.
constexpr float kMetalContrastMax = 80;
constexpr double kMisfitMax = 0.15;
// Strips that may be looked at without gain before one has given a value.
constexpr int kInVainMax = 2;
// Of the first strip, and of both multiplied.
constexpr double kMarginFirst = 1.25;
constexpr double kMarginBoth = 1.8;

Read ReadOf(const EanFit& fit, EanKind kind, const Crop& crop) {
  Read read;
  const bool upc = kind == EanKind::kEan13 && fit.digits[0] == '0';
  read.symbology = kind == EanKind::kUpcE ? Symbology::kUpcE
                   : upc                  ? Symbology::kUpcA
                                          : Symbology::kEan13;
  read.content = upc ? fit.digits.substr(1) : fit.digits;
  read.symbology_identifier = "]E0";
  const double first = fit.begin < fit.end ? 0 : crop.grey.rows;
  const double last = crop.grey.rows - first;
  read.corners = {
      cv::Point2d(fit.begin, first), {fit.end, first}, {fit.end, last}, {fit.begin, last}};
  read.lines = Evidence::kLinesAlone;
  return ToPicture(std::move(read), crop);
}

// In the middle, away from what stands around the symbol.
float ContrastOf(const std::vector<float>& strip) {
  const auto quarter = static_cast<std::ptrdiff_t>(strip.size() / 4);
  const auto [low, high] = std::minmax_element(strip.begin() + quarter, strip.end() - quarter);
  return *high - *low;
}

}  // namespace

std::optional<Read> FitEanBlock(const cv::Mat& grey, const Block& block, EanKind kind,
                                bool light_bars) {
  const double modules = ModulesOf(kind);
  const double scale = std::min(kScaleMax, kCropPx / block.width);
  if (block.width * kShareMax < modules * kModulePxMin) return std::nullopt;
  Crop crop = CutOutBars(grey, block, kMargin * block.width, 0, scale);
  if (light_bars) crop.grey = 255 - crop.grey;
  const double module = block.width * scale / modules;
  std::vector<std::vector<float>> strips;
  for (const double begin : kStrips) strips.push_back(StripOf(crop.grey, begin, kStripHeight));
  if (Alike(strips[0], strips[1]) < kAlikeMin && Alike(strips[0], strips[2]) < kAlikeMin) {
    return std::nullopt;
  }
  if (light_bars && ContrastOf(strips[0]) > kMetalContrastMax) return std::nullopt;
  std::optional<EanFit> first;
  int in_vain = 0;
  for (const std::vector<float>& strip : strips) {
    double module_min = module * kShareMin;
    double module_max = module * kShareMax;
    if (first.has_value()) {
      module_min = std::abs(first->end - first->begin) / modules * 0.95;
      module_max = module_min * 1.1;
    }
    const std::optional<EanFit> fit = FitEan(strip, kind, module_min, module_max);
    const bool fits = fit.has_value() && fit->misfit <= kMisfitMax;
    if (fits && first.has_value() && fit->digits == first->digits &&
        fit->margin * first->margin >= kMarginBoth) {
      return ReadOf(*first, kind, crop);
    }
    if (fits && fit->margin >= kMarginFirst &&
        (!first.has_value() || fit->margin > first->margin)) {
      first = fit;
    } else if (!first.has_value() && ++in_vain == kInVainMax) {
      break;
    }
  }
  return std::nullopt;
}

}  // namespace loopdock::vision
