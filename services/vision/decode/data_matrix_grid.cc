// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/data_matrix_grid.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <utility>

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
// The same before the grid has been moved to where it fits.
constexpr double kFirstLookMin = 0.58;
constexpr size_t kPursued = 4;
constexpr int kDrawnPx = 4;
constexpr int kQuietModules = 2;

using Quad = std::array<cv::Point2f, 4>;  // top left, top right, bottom right, bottom left

// The four points of the dark area's hull nearest to the corners of the box around it.
std::optional<Quad> OutlineOf(const cv::Mat& grey) {
  cv::Mat dark;
  cv::threshold(grey, dark, 0, 255, cv::THRESH_BINARY_INV | cv::THRESH_OTSU);
  const int reach = std::max(3, std::min(grey.cols, grey.rows) / 12) | 1;
  cv::morphologyEx(dark, dark, cv::MORPH_CLOSE,
                   cv::getStructuringElement(cv::MORPH_RECT, {reach, reach}));
  std::vector<std::vector<cv::Point>> outlines;
  cv::findContours(dark, outlines, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
  const auto largest = std::max_element(
      outlines.begin(), outlines.end(),
      [](const auto& a, const auto& b) { return cv::contourArea(a) < cv::contourArea(b); });
  if (largest == outlines.end() || cv::contourArea(*largest) < 100) return std::nullopt;
  std::vector<cv::Point> hull;
  cv::convexHull(*largest, hull);
  cv::Point2f box[4];
  cv::minAreaRect(hull).points(box);
  Quad quad;
  for (size_t i = 0; i < quad.size(); ++i) {
    quad[i] = *std::min_element(hull.begin(), hull.end(), [&](cv::Point a, cv::Point b) {
      return cv::norm(cv::Point2f(a) - box[i]) < cv::norm(cv::Point2f(b) - box[i]);
    });
  }
  return quad;
}

// A square in perspective whose sides may be bent.
struct Shape {
  Quad quad;
  // How far the middle of the upper, right, lower and left side and that of the symbol lie from
  // where they would be flat.
  std::array<cv::Point2f, 5> bends{};
};

// The picture's grey level at modules of a grid.
class Grid {
 public:
  Grid(const cv::Mat1b& grey, const Shape& shape, int side)
      : grey_(grey), bends_(shape.bends), side_(side) {
    const auto s = static_cast<float>(side);
    const Quad square = {cv::Point2f(0, 0), {s, 0}, {s, s}, {0, s}};
    to_picture_ = cv::getPerspectiveTransform(square.data(), shape.quad.data());
  }

  int At(int x, int y) const {
    const cv::Vec3d point = to_picture_ * cv::Vec3d(x + 0.5, y + 0.5, 1);
    const float u = (float(x) + 0.5F) / float(side_);
    const float v = (float(y) + 0.5F) / float(side_);
    const float across = 4 * u * (1 - u);
    const float down = 4 * v * (1 - v);
    const cv::Point2f bend = bends_[0] * (across * (1 - v)) + bends_[1] * (down * u) +
                             bends_[2] * (across * v) + bends_[3] * (down * (1 - u)) +
                             bends_[4] * (across * down);
    const int px = cvRound(point[0] / point[2] + bend.x - 0.5);
    const int py = cvRound(point[1] / point[2] + bend.y - 0.5);
    if (px < 0 || py < 0 || px >= grey_.cols || py >= grey_.rows) return 255;
    return grey_(py, px);
  }

 private:
  const cv::Mat1b& grey_;
  std::array<cv::Point2f, 5> bends_;
  int side_;
  cv::Matx33d to_picture_;
};

// How well the borders of all regions are met: solid left and below, alternating above and right.
// In grey levels between -1 and 1, and as the share of modules on the right side of `level`.
struct BorderFit {
  double contrast = -1;
  double share = 0;
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
  return {contrast / all, double(right) / all};
}

struct Placed {
  Shape shape;
  const Size* size = nullptr;
  BorderFit fit;
};

// Moves the corners, then bends the sides too, as long as the border fits better.
void Refine(const cv::Mat1b& grey, double level, Placed& placed) {
  const double module = cv::norm(placed.shape.quad[1] - placed.shape.quad[0]) / placed.size->side;
  const auto improve = [&](auto point_of, size_t points, double step) {
    for (size_t i = 0; i < points; ++i) {
      for (int direction = 0; direction < 8; ++direction) {
        const double angle = direction * CV_PI / 4;
        Shape moved = placed.shape;
        point_of(moved, i) += cv::Point2f(float(std::cos(angle) * step * module),
                                          float(std::sin(angle) * step * module));
        const BorderFit fit = FitBorder(Grid(grey, moved, placed.size->side), *placed.size, level);
        if (fit.contrast <= placed.fit.contrast) continue;
        placed.shape = moved;
        placed.fit = fit;
      }
    }
  };
  const auto corner = [](Shape& shape, size_t i) -> cv::Point2f& { return shape.quad[i]; };
  const auto bend = [](Shape& shape, size_t i) -> cv::Point2f& { return shape.bends[i]; };
  for (double step = 1.0; step > 0.1; step /= 2) {
    improve(corner, 4, step);
    improve(corner, 4, step);
  }
  for (double step = 1.0; step > 0.1; step /= 2) {
    improve(bend, 5, step);
    improve(corner, 4, step);
    improve(bend, 5, step);
  }
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
  const std::optional<Quad> outline = OutlineOf(grey);
  if (!outline.has_value()) return {};
  cv::Mat ignored;
  // Dark is what the threshold itself counts as dark: in a drawn picture that is black alone.
  const double level =
      cv::threshold(grey, ignored, 0, 255, cv::THRESH_BINARY | cv::THRESH_OTSU) + 0.5;
  // A look at single pixels must not fall on a speck.
  cv::Mat1b smooth;
  cv::GaussianBlur(grey, smooth, {3, 3}, 0);
  std::vector<Placed> placed;
  for (const Size& size : kSizes) {
    Quad quad = *outline;
    for (int turn = 0; turn < 4; ++turn) {
      std::rotate(quad.begin(), quad.begin() + 1, quad.end());
      const Shape shape{quad, {}};
      placed.push_back({shape, &size, FitBorder(Grid(smooth, shape, size.side), size, level)});
    }
  }
  const auto better = [](const Placed& a, const Placed& b) {
    return a.fit.contrast > b.fit.contrast;
  };
  std::sort(placed.begin(), placed.end(), better);
  placed.resize(kPursued);
  if (placed[0].fit.share < kFirstLookMin) return {};
  for (Placed& place : placed) Refine(smooth, level, place);
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
