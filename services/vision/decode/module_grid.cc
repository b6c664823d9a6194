// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/module_grid.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace loopdock::vision {
namespace {

// Of the side, at most: large modules lie no worse than small ones.
constexpr double kStepMax = 0.05;
constexpr int kDrawnPx = 4;
constexpr int kQuietModules = 2;

}  // namespace

double GridFit::rank() const { return contrast * std::sqrt(modules); }

void RefineGrid(const std::function<GridFit(const Shape&)>& fit_of, int side,
                const GridSteps& steps, Shape& shape, GridFit& fit) {
  const double side_px = cv::norm(shape.quad[1] - shape.quad[0]);
  const double module = std::min(side_px / side, kStepMax * side_px);
  const auto improve = [&](auto move, size_t parts, double step) {
    for (size_t i = 0; i < parts; ++i) {
      for (int direction = 0; direction < 8; ++direction) {
        const double angle = direction * CV_PI / 4;
        Shape moved = shape;
        move(moved, i,
             cv::Point2f(float(std::cos(angle) * step * module),
                         float(std::sin(angle) * step * module)));
        const GridFit then = fit_of(moved);
        if (then.contrast <= fit.contrast) continue;
        shape = moved;
        fit = then;
      }
    }
  };
  const auto corner = [](Shape& moved, size_t i, cv::Point2f by) { moved.quad[i] += by; };
  const auto edge = [](Shape& moved, size_t i, cv::Point2f by) {
    moved.quad[i] += by;
    moved.quad[(i + 1) % 4] += by;
  };
  const auto bend = [](Shape& moved, size_t i, cv::Point2f by) { moved.bends[i] += by; };
  for (double step = steps.first; step > steps.last; step /= 2) {
    improve(edge, 4, step);
    improve(corner, 4, step);
    improve(edge, 4, step);
    improve(corner, 4, step);
  }
  for (double step = steps.first; steps.bend && step > steps.last; step /= 2) {
    improve(bend, 5, step);
    improve(edge, 4, step);
    improve(corner, 4, step);
    improve(bend, 5, step);
  }
}

void DrawModule(DrawnGrid& grid, int x, int y, bool dark) {
  const cv::Rect module((x + kQuietModules) * kDrawnPx, (y + kQuietModules) * kDrawnPx, kDrawnPx,
                        kDrawnPx);
  grid.drawn(module) = dark ? 0 : 255;
}

DrawnGrid BlankGrid(const Shape& shape, int side) {
  const int drawn_side = (side + 2 * kQuietModules) * kDrawnPx;
  DrawnGrid blank;
  blank.drawn = cv::Mat(drawn_side, drawn_side, CV_8UC1, cv::Scalar::all(255));
  std::copy(shape.quad.begin(), shape.quad.end(), blank.corners.begin());
  return blank;
}

DrawnGrid DrawGrid(const cv::Mat1b& grey, const Shape& shape, int side, double level) {
  const ModuleGrid grid(grey, shape, side);
  DrawnGrid drawn = BlankGrid(shape, side);
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) DrawModule(drawn, x, y, grid.At(x, y) < level);
  }
  return drawn;
}

cv::Mat1b WithoutSpecks(const cv::Mat& grey) {
  cv::Mat1b smooth;
  cv::GaussianBlur(grey, smooth, {3, 3}, 0);
  return smooth;
}

double LevelOf(const cv::Mat& grey) {
  cv::Mat ignored;
  // Dark is what the threshold itself counts as dark: in a drawn picture that is black alone.
  return cv::threshold(grey, ignored, 0, 255, cv::THRESH_BINARY | cv::THRESH_OTSU) + 0.5;
}

}  // namespace loopdock::vision
