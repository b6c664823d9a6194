// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_DECODE_MODULE_GRID_H_
#define LOOPDOCK_SERVICES_VISION_DECODE_MODULE_GRID_H_

// A grid of square modules laid over a picture in perspective, with sides that may be bent, and
// moved to where the modules fit best whose level is known beforehand.
// Thread safety: safe from any thread.

#include <array>
#include <functional>
#include <opencv2/core.hpp>
#include <vector>

#include "services/vision/decode/outline.h"
#include "services/vision/decode/read.h"

namespace loopdock::vision {

// A symbol drawn anew.
struct DrawnGrid {
  // Dark on white, with a quiet zone, every module the same number of pixels.
  cv::Mat drawn;
  // In the picture.
  Corners corners;
};

// A square in perspective whose sides may be bent.
struct Shape {
  Quad quad;
  // How far the middle of the upper, right, lower and left side and that of the symbol lie from
  // where they would be flat.
  std::array<cv::Point2f, 5> bends{};
};

// The picture's grey level at modules of a grid. Made thousands of times for one symbol, so the
// perspective is written out.
class ModuleGrid {
 public:
  ModuleGrid(const cv::Mat1b& grey, const Shape& shape, int side)
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
    return AtShare((float(x) + 0.5F) * module_, (float(y) + 0.5F) * module_);
  }

  // At shares of the sides.
  int AtShare(float u, float v) const {
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

// How well known modules are met: in grey levels between -1 and 1, and as the share of modules on
// the right side of the level.
struct GridFit {
  double contrast = -1;
  double share = 0;
  int modules = 0;

  // Few modules are met by chance more easily than many.
  double rank() const;
};

// Counts modules that should be dark or light.
class FitCounter {
 public:
  explicit FitCounter(double level) : level_(level) {}

  void Expect(int grey, bool dark) {
    const double darker = (level_ - grey) * (dark ? 1 : -1);
    contrast_ += darker > kFull ? 1 : darker < -kFull ? -1 : darker / kFull;
    right_ += darker > 0 ? 1 : 0;
    ++all_;
  }
  GridFit fit() const { return {contrast_ / all_, double(right_) / all_, all_}; }

 private:
  static constexpr double kFull = 64;

  double level_;
  double contrast_ = 0;
  int right_ = 0;
  int all_ = 0;
};

// How far points are moved at first, in modules; then half as far, and so on.
struct GridSteps {
  double first;
  double last;
  bool bend;
};
constexpr GridSteps kFirstGridSteps{1, 0.4, false};
constexpr GridSteps kGridSteps{1, 0.1, true};

// Moves the corners, then bends the sides too, as long as `fit_of` gives a better contrast. `side`
// in modules.
void RefineGrid(const std::function<GridFit(const Shape&)>& fit_of, int side,
                const GridSteps& steps, Shape& shape, GridFit& fit);

// All modules light.
DrawnGrid BlankGrid(const Shape& shape, int side);
DrawnGrid DrawGrid(const cv::Mat1b& grey, const Shape& shape, int side, double level);
// Draws one module as it is known to be, whatever the picture shows.
void DrawModule(DrawnGrid& grid, int x, int y, bool dark);

// So smooth that a look at a single pixel does not fall on a speck.
cv::Mat1b WithoutSpecks(const cv::Mat& grey);

// The grey level at and above which a module of the picture is light.
double LevelOf(const cv::Mat& grey);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_DECODE_MODULE_GRID_H_
