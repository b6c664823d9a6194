// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/data_matrix_grid.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <utility>

#include "services/vision/decode/outline.h"
#include "services/vision/decode/timing_track.h"

namespace loopdock::vision {
namespace {

// Modules a side, and of a region with its border.
struct Size {
  int side;
  int region;
};
constexpr Size kSizes[] = {{10, 10}, {12, 12}, {14, 14}, {16, 16}, {18, 18},
                           {20, 20}, {22, 22}, {24, 24}, {26, 26}, {32, 16},
                           {36, 18}, {40, 20}, {44, 22}, {48, 24}, {52, 26}};
// Share of the border that must be as it should.
constexpr double kBorderMin = 0.82;
// The same before the grid has been moved closely to where it fits.
constexpr double kFirstLookMin = 0.7;
constexpr size_t kPursued = 4;
// How dark the solid sides of a second turn are, over those of the first.
constexpr double kSolidShare = 0.85;
// Of the solid sides, what is dark in any case; print has less.
constexpr double kSolidMin = 0.5;
// The same after they have been moved to where they fit, in a size between all.
constexpr double kSolidRefinedMin = 0.8;
constexpr Size kSolidSize{20, 20};
// A track of the symbol's size fits this well, from -1 to 1; one of another size does not.
constexpr double kTrackFitMin = 0.45;
// How deep below its side a track is looked for, in modules: the side of a bent label bulges.
constexpr float kTrackDepths[] = {0, 0.3F, 0.6F, 0.9F, 1.2F};
// A module stands out from this many around it; its own edges are sharpened.
constexpr int kAroundModules = 7;
constexpr double kSharpenAmount = 1.5;
constexpr double kSharpenPxMax = 8;

// Calls `visit(x, y, dark)` with every module of the borders of all regions: solid left and below,
// alternating above and right.
template <typename Visit>
void VisitBorders(const Size& size, Visit visit) {
  for (int region = 0; region < size.side; region += size.region) {
    const int last = region + size.region - 1;
    for (int i = 0; i < size.side; ++i) {
      const int within = i % size.region;
      visit(region, i, true);
      visit(i, last, true);
      if (within != 0) visit(i, region, within % 2 == 0);
      if (within != size.region - 1) visit(last, i, within % 2 == 1);
    }
  }
}

GridFit FitBorder(const ModuleGrid& grid, const Size& size, double level) {
  FitCounter count(level);
  VisitBorders(size, [&](int x, int y, bool dark) { count.Expect(grid.At(x, y), dark); });
  return count.fit();
}

// The two solid sides alone.
GridFit FitSolid(const ModuleGrid& grid, const Size& size, double level) {
  FitCounter count(level);
  for (int i = 0; i < size.side; ++i) {
    count.Expect(grid.At(0, i), true);
    count.Expect(grid.At(i, size.side - 1), true);
  }
  return count.fit();
}

using Fit = GridFit (*)(const ModuleGrid& grid, const Size& size, double level);

struct Placed {
  Shape shape;
  const Size* size = nullptr;
  GridFit fit;
};

void Refine(const cv::Mat1b& grey, double level, Fit fit_of, const GridSteps& steps,
            Placed& placed) {
  const auto fit = [&](const Shape& shape) {
    return fit_of(ModuleGrid(grey, shape, placed.size->side), *placed.size, level);
  };
  placed.fit = fit(placed.shape);
  RefineGrid(fit, placed.size->side, steps, placed.shape, placed.fit);
}

// The turns of the outline whose left and lower side are darkest, at most two, best first: those
// sides are solid whatever the size.
std::vector<Quad> Turns(const cv::Mat1b& grey, const Quad& outline, double level) {
  constexpr int kPlaces = 64;
  const ModuleGrid grid(grey, {outline, {}}, kPlaces);
  std::array<int, 4> dark{};  // upper, right, lower, left
  for (int i = 0; i < kPlaces; ++i) {
    dark[0] += grid.At(i, 0) < level ? 1 : 0;
    dark[1] += grid.At(kPlaces - 1, i) < level ? 1 : 0;
    dark[2] += grid.At(i, kPlaces - 1) < level ? 1 : 0;
    dark[3] += grid.At(0, i) < level ? 1 : 0;
  }
  const auto solid = [&dark](size_t turn) { return dark[(turn + 2) % 4] + dark[(turn + 3) % 4]; };
  std::array<size_t, 4> turns = {0, 1, 2, 3};
  std::stable_sort(turns.begin(), turns.end(),
                   [&solid](size_t a, size_t b) { return solid(a) > solid(b); });
  std::vector<Quad> quads;
  for (size_t i = 0; i < 2; ++i) {
    if (solid(turns[i]) < std::max(kSolidMin * 2 * kPlaces, kSolidShare * solid(turns[0]))) break;
    quads.push_back(outline);
    std::rotate(quads[i].begin(), quads[i].begin() + static_cast<std::ptrdiff_t>(turns[i]),
                quads[i].end());
  }
  return quads;
}

// Whether the left and the lower side can be laid where they are solid, whatever the size.
bool HasSolidSides(const cv::Mat1b& grey, const Quad& quad, double level) {
  Placed placed{{quad, {}}, &kSolidSize, {}};
  Refine(grey, level, FitSolid, kFirstGridSteps, placed);
  return placed.fit.share >= kSolidRefinedMin;
}

// The upper track, or the one on the right, at the depth where it fits best.
std::optional<TimingTrack> FindTrack(const ModuleGrid& grid, int side, bool upper) {
  const int samples = TrackSamples(side);
  std::vector<float> levels(static_cast<size_t>(samples));
  std::optional<TimingTrack> best;
  for (const float depth : kTrackDepths) {
    const float across = depth / float(side);
    for (int i = 0; i < samples; ++i) {
      const auto along = float(TrackShare(i, side));
      levels[static_cast<size_t>(i)] =
          float(upper ? grid.AtShare(along, across) : grid.AtShare(1 - across, along));
    }
    auto track = LayTrack(levels, side, upper);
    if (track.has_value() && (!best.has_value() || track->fit > best->fit)) best = std::move(track);
  }
  if (best.has_value() && best->fit < kTrackFitMin) return std::nullopt;
  return best;
}

// Draws the modules where the tracks say, dark where they are darker than what is around them.
DrawnGrid DrawTimed(const cv::Mat& grey, double level, const Quad& quad, const Size& size,
                    const TimingTrack& upper, const TimingTrack& right) {
  const double module = cv::norm(quad[1] - quad[0]) / size.side;
  cv::Mat1b sharp;
  cv::Mat1b around;
  cv::GaussianBlur(grey, around, {}, std::min(module, kSharpenPxMax));
  cv::addWeighted(grey, 1 + kSharpenAmount, around, -kSharpenAmount, 0, sharp);
  const int reach = cvRound(kAroundModules * module) | 1;
  cv::blur(grey, around, {reach, reach});
  const Shape shape{quad, {}};
  const ModuleGrid modules(sharp, shape, size.side);
  const ModuleGrid surroundings(around, shape, size.side);
  DrawnGrid drawn = BlankGrid(shape, size.side);
  for (int y = 0; y < size.side; ++y) {
    const float v = right.middles[static_cast<size_t>(y)];
    for (int x = 0; x < size.side; ++x) {
      const float u = upper.middles[static_cast<size_t>(x)];
      const double here = (level + surroundings.AtShare(u, v)) / 2;
      DrawModule(drawn, x, y, modules.AtShare(u, v) < here);
    }
  }
  VisitBorders(size, [&](int x, int y, bool dark) { DrawModule(drawn, x, y, dark); });
  return drawn;
}

}  // namespace

std::vector<DrawnGrid> FindDataMatrixGrids(const cv::Mat& grey) {
  const double level = LevelOf(grey);
  const cv::Mat1b smooth = WithoutSpecks(grey);
  std::vector<Placed> placed;
  for (const Quad& outline : OutlinesOf(grey)) {
    for (const Quad& quad : Turns(smooth, outline, level)) {
      if (!HasSolidSides(smooth, quad, level)) continue;
      for (const Size& size : kSizes) {
        placed.push_back({{quad, {}}, &size, {}});
        Refine(smooth, level, FitBorder, kFirstGridSteps, placed.back());
      }
    }
  }
  if (placed.empty()) return {};
  const auto better = [](const Placed& a, const Placed& b) { return a.fit.rank() > b.fit.rank(); };
  std::sort(placed.begin(), placed.end(), better);
  placed.resize(kPursued);
  if (placed[0].fit.share < kFirstLookMin) return {};
  for (Placed& place : placed) Refine(smooth, level, FitBorder, kGridSteps, place);
  std::sort(placed.begin(), placed.end(), better);
  std::vector<DrawnGrid> grids;
  for (const Placed& place : placed) {
    if (place.fit.share < kBorderMin) continue;
    DrawnGrid grid = DrawGrid(smooth, place.shape, place.size->side, level);
    VisitBorders(*place.size, [&](int x, int y, bool dark) { DrawModule(grid, x, y, dark); });
    grids.push_back(std::move(grid));
  }
  return grids;
}

std::vector<DrawnGrid> FindTimedDataMatrixGrids(const cv::Mat& grey) {
  const double level = LevelOf(grey);
  const cv::Mat1b smooth = WithoutSpecks(grey);
  std::vector<std::pair<double, DrawnGrid>> found;
  for (const Quad& outline : OutlinesOf(grey)) {
    for (Quad quad : Turns(smooth, outline, level)) {
      if (!HasSolidSides(smooth, quad, level)) continue;
      // The module between the tracks is light and the outline ends before it.
      quad[1] = quad[0] + quad[2] - quad[3];
      for (const Size& size : kSizes) {
        if (size.side != size.region) continue;
        const ModuleGrid grid(smooth, {quad, {}}, size.side);
        const auto upper = FindTrack(grid, size.side, true);
        if (!upper.has_value()) continue;
        const auto right = FindTrack(grid, size.side, false);
        if (!right.has_value()) continue;
        found.emplace_back(std::min(upper->fit, right->fit) * size.side,
                           DrawTimed(grey, level, quad, size, *upper, *right));
      }
    }
  }
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<DrawnGrid> grids;
  for (auto& [rank, grid] : found) grids.push_back(std::move(grid));
  return grids;
}

}  // namespace loopdock::vision
