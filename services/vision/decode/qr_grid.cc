// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/qr_grid.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "services/vision/decode/outline.h"

namespace loopdock::vision {
namespace {

constexpr int kVersionMax = 12;
constexpr int kFinder = 7;
constexpr int kAlignmentReach = 2;
constexpr int kTiming = 6;
// Share of the patterns that must be as it should: at a first look, and in the end.
constexpr double kFirstLookMin = 0.6;
constexpr double kPatternMin = 0.85;
constexpr size_t kLookedAt = 8;
constexpr size_t kPursued = 2;

int SideOf(int version) { return 17 + 4 * version; }

// Middles of alignment patterns along a side, the first one and the last one in from the edges by
// seven modules.
std::vector<int> AlignmentPlaces(int version) {
  if (version == 1) return {};
  const int count = version / 7 + 2;
  const int step = (version * 4 + count * 2 + 1) / (count * 2 - 2) * 2;
  std::vector<int> places = {kTiming};
  for (int i = count - 2; i >= 0; --i) places.push_back(SideOf(version) - kFinder - i * step);
  return places;
}

// Dark rings around one another: what lies `away` rings from the middle of a finder, or of an
// alignment pattern.
bool FinderIsDark(int away) { return away != 2 && away != 4; }
bool AlignmentIsDark(int away) { return away != 1; }

// Calls `visit(x, y, dark)` with every module of the patterns.
template <typename Visit>
void VisitPatterns(int version, Visit visit) {
  const int side = SideOf(version);
  const auto finder = [&](int left, int top) {
    for (int y = std::max(0, top - 1); y < std::min(side, top + kFinder + 1); ++y) {
      for (int x = std::max(0, left - 1); x < std::min(side, left + kFinder + 1); ++x) {
        visit(x, y, FinderIsDark(std::max(std::abs(x - left - 3), std::abs(y - top - 3))));
      }
    }
  };
  finder(0, 0);
  finder(side - kFinder, 0);
  finder(0, side - kFinder);
  for (int i = kFinder + 1; i < side - kFinder - 1; ++i) {
    visit(i, kTiming, i % 2 == 0);
    visit(kTiming, i, i % 2 == 0);
  }
  const std::vector<int> places = AlignmentPlaces(version);
  const auto in_finder = [side](int cx, int cy) {
    const bool left = cx <= kFinder;
    const bool top = cy <= kFinder;
    return (left && top) || (left && cy >= side - kFinder) || (top && cx >= side - kFinder);
  };
  for (const int cy : places) {
    for (const int cx : places) {
      if (in_finder(cx, cy)) continue;
      for (int y = -kAlignmentReach; y <= kAlignmentReach; ++y) {
        for (int x = -kAlignmentReach; x <= kAlignmentReach; ++x) {
          visit(cx + x, cy + y, AlignmentIsDark(std::max(std::abs(x), std::abs(y))));
        }
      }
    }
  }
}

GridFit FitPatterns(const ModuleGrid& grid, int version, double level) {
  FitCounter count(level);
  VisitPatterns(version, [&](int x, int y, bool dark) { count.Expect(grid.At(x, y), dark); });
  return count.fit();
}

struct Placed {
  Shape shape;
  int version = 1;
  GridFit fit;
};

void Refine(const cv::Mat1b& grey, double level, const GridSteps& steps, Placed& placed) {
  const int side = SideOf(placed.version);
  const auto fit_of = [&](const Shape& shape) {
    return FitPatterns(ModuleGrid(grey, shape, side), placed.version, level);
  };
  RefineGrid(fit_of, side, steps, placed.shape, placed.fit);
}

bool Better(const Placed& a, const Placed& b) { return a.fit.rank() > b.fit.rank(); }

}  // namespace

std::vector<DrawnGrid> FindQrGrids(const cv::Mat& grey) {
  const double level = LevelOf(grey);
  const cv::Mat1b smooth = WithoutSpecks(grey);
  std::vector<Placed> placed;
  for (Quad outline : OutlinesOf(grey)) {
    for (int turn = 0; turn < 4; ++turn) {
      for (int version = 1; version <= kVersionMax; ++version) {
        const Shape shape{outline, {}};
        placed.push_back({shape, version,
                          FitPatterns(ModuleGrid(smooth, shape, SideOf(version)), version, level)});
      }
      std::rotate(outline.begin(), outline.begin() + 1, outline.end());
    }
  }
  std::sort(placed.begin(), placed.end(), Better);
  placed.resize(std::min(placed.size(), kLookedAt));
  std::erase_if(placed, [](const Placed& place) { return place.fit.share < kFirstLookMin; });
  for (Placed& place : placed) Refine(smooth, level, kFirstGridSteps, place);
  std::sort(placed.begin(), placed.end(), Better);
  placed.resize(std::min(placed.size(), kPursued));
  std::vector<DrawnGrid> grids;
  for (Placed& place : placed) {
    Refine(smooth, level, kGridSteps, place);
    if (place.fit.share < kPatternMin) continue;
    DrawnGrid grid = DrawGrid(smooth, place.shape, SideOf(place.version), level);
    VisitPatterns(place.version, [&](int x, int y, bool dark) { DrawModule(grid, x, y, dark); });
    grids.push_back(std::move(grid));
  }
  return grids;
}

}  // namespace loopdock::vision
