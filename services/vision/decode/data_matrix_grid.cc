// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/data_matrix_grid.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <utility>

#include "services/vision/decode/outline.h"

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
// Of few large modules and of many small ones, beside which print may stand.
constexpr double kGaps[] = {1.0 / 12, 1.0 / 30};
constexpr int kDrawnPx = 4;
constexpr int kQuietModules = 2;

// A square in perspective whose sides may be bent.
struct Shape {
  Quad quad;
  // How far the middle of the upper, right, lower and left side and that of the symbol lie from
  // where they would be flat.
  std::array<cv::Point2f, 5> bends{};
};

// The picture's grey level at modules of a grid. Made thousands of times for one symbol, so the
// perspective is written out.
class Grid {
 public:
  Grid(const cv::Mat1b& grey, const Shape& shape, int side)
      : grey_(grey), bends_(shape.bends), module_(1.0F / float(side)) {
    const auto& [p0, p1, p2, p3] = shape.quad;
    const cv::Point2f right = p1 - p2;
    const cv::Point2f below = p3 - p2;
    const cv::Point2f skew = p0 - p1 + p2 - p3;
    const float area = right.x * below.y - right.y * below.x;
    const float scale = std::abs(area) < 1e-6F ? 0 : 1 / area;
    far_x_ = (skew.x * below.y - skew.y * below.x) * scale;
    far_y_ = (right.x * skew.y - right.y * skew.x) * scale;
    along_ = p1 - p0 + p1 * far_x_;
    down_ = p3 - p0 + p3 * far_y_;
    origin_ = p0;
    for (const cv::Point2f& bend : bends_) bent_ |= bend != cv::Point2f();
  }

  int At(int x, int y) const {
    const float u = (float(x) + 0.5F) * module_;
    const float v = (float(y) + 0.5F) * module_;
    const float near = 1 / (far_x_ * u + far_y_ * v + 1);
    cv::Point2f point = (along_ * u + down_ * v + origin_) * near;
    if (bent_) {
      const float across = 4 * u * (1 - u);
      const float down = 4 * v * (1 - v);
      point += bends_[0] * (across * (1 - v)) + bends_[1] * (down * u) + bends_[2] * (across * v) +
               bends_[3] * (down * (1 - u)) + bends_[4] * (across * down);
    }
    const int px = static_cast<int>(point.x);
    const int py = static_cast<int>(point.y);
    if (point.x < 0 || point.y < 0 || px >= grey_.cols || py >= grey_.rows) return 255;
    return grey_(py, px);
  }

 private:
  const cv::Mat1b& grey_;
  std::array<cv::Point2f, 5> bends_;
  float module_;
  cv::Point2f along_;
  cv::Point2f down_;
  cv::Point2f origin_;
  float far_x_ = 0;
  float far_y_ = 0;
  bool bent_ = false;
};

// How well the borders of all regions are met: solid left and below, alternating above and right.
// In grey levels between -1 and 1, and as the share of modules on the right side of `level`.
struct BorderFit {
  double contrast = -1;
  double share = 0;
  int modules = 0;

  // Few modules are met by chance more easily than many.
  double rank() const { return contrast * std::sqrt(modules); }
};

BorderFit FitBorder(const Grid& grid, const Size& size, double level) {
  double contrast = 0;
  int right = 0;
  int all = 0;
  const auto expect = [&](int x, int y, bool dark) {
    const double darker = (level - grid.At(x, y)) * (dark ? 1 : -1);
    contrast += std::clamp(darker, -64.0, 64.0) / 64;
    right += darker > 0 ? 1 : 0;
    ++all;
  };
  for (int region = 0; region < size.side; region += size.region) {
    const int last = region + size.region - 1;
    for (int i = 0; i < size.side; ++i) {
      const int within = i % size.region;
      expect(region, i, true);
      expect(i, last, true);
      if (within != 0) expect(i, region, within % 2 == 0);
      if (within != size.region - 1) expect(last, i, within % 2 == 1);
    }
  }
  return {contrast / all, double(right) / all, all};
}

// The same of the two solid sides alone.
BorderFit FitSolid(const Grid& grid, const Size& size, double level) {
  double contrast = 0;
  int right = 0;
  const auto expect_dark = [&](int x, int y) {
    const double darker = level - grid.At(x, y);
    contrast += std::clamp(darker, -64.0, 64.0) / 64;
    right += darker > 0 ? 1 : 0;
  };
  for (int i = 0; i < size.side; ++i) {
    expect_dark(0, i);
    expect_dark(i, size.side - 1);
  }
  const int all = 2 * size.side;
  return {contrast / all, double(right) / all, all};
}

using Fit = BorderFit (*)(const Grid& grid, const Size& size, double level);

struct Placed {
  Shape shape;
  const Size* size = nullptr;
  BorderFit fit;
};

// How far points are moved at first, in modules; then half as far, and so on.
struct Steps {
  double first;
  double last;
  bool bend;
};
constexpr Steps kFirstSteps{1, 0.4, false};
constexpr Steps kSteps{1, 0.1, true};
// Of the side, at most: large modules lie no worse than small ones.
constexpr double kStepMax = 0.05;

// Moves the corners, then bends the sides too, as long as the border fits better.
void Refine(const cv::Mat1b& grey, double level, Fit fit_of, const Steps& steps, Placed& placed) {
  const double side_px = cv::norm(placed.shape.quad[1] - placed.shape.quad[0]);
  const double module = std::min(side_px / placed.size->side, kStepMax * side_px);
  const auto improve = [&](auto move, size_t parts, double step) {
    for (size_t i = 0; i < parts; ++i) {
      for (int direction = 0; direction < 8; ++direction) {
        const double angle = direction * CV_PI / 4;
        Shape moved = placed.shape;
        move(moved, i,
             cv::Point2f(float(std::cos(angle) * step * module),
                         float(std::sin(angle) * step * module)));
        const BorderFit fit = fit_of(Grid(grey, moved, placed.size->side), *placed.size, level);
        if (fit.contrast <= placed.fit.contrast) continue;
        placed.shape = moved;
        placed.fit = fit;
      }
    }
  };
  const auto corner = [](Shape& shape, size_t i, cv::Point2f by) { shape.quad[i] += by; };
  const auto side = [](Shape& shape, size_t i, cv::Point2f by) {
    shape.quad[i] += by;
    shape.quad[(i + 1) % 4] += by;
  };
  const auto bend = [](Shape& shape, size_t i, cv::Point2f by) { shape.bends[i] += by; };
  for (double step = steps.first; step > steps.last; step /= 2) {
    improve(side, 4, step);
    improve(corner, 4, step);
    improve(side, 4, step);
    improve(corner, 4, step);
  }
  for (double step = steps.first; steps.bend && step > steps.last; step /= 2) {
    improve(bend, 5, step);
    improve(side, 4, step);
    improve(corner, 4, step);
    improve(bend, 5, step);
  }
}

// The turns of the outline whose left and lower side are darkest, at most two, best first: those
// sides are solid whatever the size.
std::vector<Quad> Turns(const cv::Mat1b& grey, const Quad& outline, double level) {
  constexpr int kPlaces = 64;
  const Grid grid(grey, {outline, {}}, kPlaces);
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
  placed.fit = FitSolid(Grid(grey, placed.shape, kSolidSize.side), kSolidSize, level);
  Refine(grey, level, FitSolid, kFirstSteps, placed);
  return placed.fit.share >= kSolidRefinedMin;
}

cv::Mat Draw(const Grid& grid, int side, double level) {
  const int drawn_side = (side + 2 * kQuietModules) * kDrawnPx;
  cv::Mat drawn(drawn_side, drawn_side, CV_8UC1, cv::Scalar::all(255));
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      if (grid.At(x, y) >= level) continue;
      drawn(cv::Rect((x + kQuietModules) * kDrawnPx, (y + kQuietModules) * kDrawnPx, kDrawnPx,
                     kDrawnPx)) = 0;
    }
  }
  return drawn;
}

}  // namespace

std::vector<DataMatrixGrid> FindDataMatrixGrids(const cv::Mat& grey) {
  cv::Mat ignored;
  // Dark is what the threshold itself counts as dark: in a drawn picture that is black alone.
  const double level =
      cv::threshold(grey, ignored, 0, 255, cv::THRESH_BINARY | cv::THRESH_OTSU) + 0.5;
  // A look at single pixels must not fall on a speck.
  cv::Mat1b smooth;
  cv::GaussianBlur(grey, smooth, {3, 3}, 0);
  std::vector<Placed> placed;
  std::optional<Quad> earlier;
  for (const double gap : kGaps) {
    const std::optional<Quad> outline = OutlineOf(grey, gap);
    if (!outline.has_value() || outline == earlier) continue;
    earlier = outline;
    for (const Quad& quad : Turns(smooth, *outline, level)) {
      if (!HasSolidSides(smooth, quad, level)) continue;
      for (const Size& size : kSizes) {
        const Shape shape{quad, {}};
        placed.push_back({shape, &size, FitBorder(Grid(smooth, shape, size.side), size, level)});
        Refine(smooth, level, FitBorder, kFirstSteps, placed.back());
      }
    }
  }
  if (placed.empty()) return {};
  const auto better = [](const Placed& a, const Placed& b) { return a.fit.rank() > b.fit.rank(); };
  std::sort(placed.begin(), placed.end(), better);
  placed.resize(kPursued);
  if (placed[0].fit.share < kFirstLookMin) return {};
  for (Placed& place : placed) Refine(smooth, level, FitBorder, kSteps, place);
  std::sort(placed.begin(), placed.end(), better);
  std::vector<DataMatrixGrid> grids;
  for (const Placed& place : placed) {
    if (place.fit.share < kBorderMin) continue;
    const int side = place.size->side;
    DataMatrixGrid grid;
    grid.drawn = Draw(Grid(smooth, place.shape, side), side, level);
    std::copy(place.shape.quad.begin(), place.shape.quad.end(), grid.corners.begin());
    grids.push_back(std::move(grid));
  }
  return grids;
}

}  // namespace loopdock::vision
