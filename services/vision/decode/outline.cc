// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/outline.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace loopdock::vision {
namespace {

constexpr double kGaps[] = {1.0 / 12, 1.0 / 30};

// Takes away what is dark as far as the edge of the picture: a table, a frame, other print.
void ClearEdge(cv::Mat& dark) {
  const int right = dark.cols - 1;
  const int below = dark.rows - 1;
  const auto clear = [&dark](int x, int y) {
    if (dark.at<uchar>(y, x) != 0) cv::floodFill(dark, {x, y}, 0);
  };
  for (int x = 0; x <= right; ++x) {
    clear(x, 0);
    clear(x, below);
  }
  for (int y = 0; y <= below; ++y) {
    clear(0, y);
    clear(right, y);
  }
}

using Contour = std::vector<cv::Point>;

constexpr size_t kRingsMin = 4;
// Share of a ring's side by which the middles of rings may lie apart.
constexpr double kRingsApart = 0.12;
constexpr double kRingAreaMin = 9;
// Of one ring over that of the next one within: nine around the innermost module.
constexpr double kRingGrowthMax = 25;
constexpr double kSolidMin = 0.9;
// Of a side, at each end: there blur has rounded the corner.
constexpr double kRounded = 0.18;

// The line along the side from `a` to `b` of a contour, as a point and a direction.
std::optional<cv::Vec4f> SideOf(const Contour& contour, cv::Point2f a, cv::Point2f b) {
  const cv::Point2f side = b - a;
  const double length = cv::norm(side);
  Contour near;
  for (const cv::Point& point : contour) {
    const cv::Point2f from = cv::Point2f(point) - a;
    const double along = from.dot(side) / (length * length);
    const double across = std::abs(from.cross(side)) / length;
    if (along > kRounded && along < 1 - kRounded && across < kRounded * length) {
      near.push_back(point);
    }
  }
  if (near.size() < 3) return std::nullopt;
  cv::Vec4f line;
  cv::fitLine(near, line, cv::DIST_HUBER, 0, 0.01, 0.01);
  return line;
}

// The corners of a contour of four sides, clockwise.
std::optional<Quad> SquareOf(const Contour& contour) {
  Contour hull;
  cv::convexHull(contour, hull);
  if (cv::contourArea(contour) < kSolidMin * cv::contourArea(hull)) return std::nullopt;
  Contour corners;
  cv::approxPolyDP(hull, corners, 0.06 * cv::arcLength(hull, true), true);
  if (corners.size() != 4) return std::nullopt;
  if (cv::contourArea(corners, true) < 0) std::reverse(corners.begin(), corners.end());
  std::array<cv::Vec4f, 4> sides;
  for (size_t i = 0; i < 4; ++i) {
    const auto side = SideOf(contour, corners[i], corners[(i + 1) % 4]);
    if (!side.has_value()) return std::nullopt;
    sides[i] = *side;
  }
  Quad quad;
  for (size_t i = 0; i < 4; ++i) {
    const cv::Vec4f& a = sides[(i + 3) % 4];
    const cv::Vec4f& b = sides[i];
    const float turn = a[0] * b[1] - a[1] * b[0];
    if (std::abs(turn) < 0.2F) return std::nullopt;
    const float t = ((b[2] - a[2]) * b[1] - (b[3] - a[3]) * b[0]) / turn;
    quad[i] = {a[2] + a[0] * t + 0.5F, a[3] + a[1] * t + 0.5F};
  }
  return quad;
}

double SideOf(const Quad& quad) {
  double sum = 0;
  for (size_t i = 0; i < 4; ++i) sum += cv::norm(quad[(i + 1) % 4] - quad[i]);
  return sum / 4;
}

}  // namespace

std::optional<Quad> OutlineOf(const cv::Mat& grey, double gap) {
  cv::Mat dark;
  cv::threshold(grey, dark, 0, 255, cv::THRESH_BINARY_INV | cv::THRESH_OTSU);
  ClearEdge(dark);
  const int reach = std::max(3, static_cast<int>(std::min(grey.cols, grey.rows) * gap)) | 1;
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

std::vector<Quad> OutlinesOf(const cv::Mat& grey) {
  std::vector<Quad> outlines;
  for (const double gap : kGaps) {
    const std::optional<Quad> outline = OutlineOf(grey, gap);
    const bool known = !outlines.empty() && outline == outlines.front();
    if (outline.has_value() && !known) outlines.push_back(*outline);
  }
  return outlines;
}

std::optional<Rings> RingsOf(const cv::Mat& grey) {
  cv::Mat dark;
  cv::GaussianBlur(grey, dark, {3, 3}, 0);
  cv::threshold(dark, dark, 0, 255, cv::THRESH_BINARY_INV | cv::THRESH_OTSU);
  std::vector<Contour> contours;
  std::vector<cv::Vec4i> tree;  // next, previous, first child, parent
  cv::findContours(dark, contours, tree, cv::RETR_TREE, cv::CHAIN_APPROX_NONE);
  std::optional<Rings> best;
  size_t most = kRingsMin - 1;
  for (size_t i = 0; i < contours.size(); ++i) {
    if (tree[i][2] >= 0) continue;
    double area = cv::contourArea(contours[i]);
    if (area < kRingAreaMin) continue;
    const cv::Point2f middle = cv::minAreaRect(contours[i]).center;
    std::vector<Quad> squares;
    for (int at = static_cast<int>(i); at >= 0; at = tree[static_cast<size_t>(at)][3]) {
      const Contour& contour = contours[static_cast<size_t>(at)];
      const double grown = cv::contourArea(contour);
      if (grown > kRingGrowthMax * area) break;
      area = grown;
      const cv::Point2f offset = cv::minAreaRect(contour).center - middle;
      if (cv::norm(offset) > kRingsApart * std::sqrt(area) + 1) break;
      const auto square = SquareOf(contour);
      if (!square.has_value()) break;
      squares.push_back(*square);
    }
    if (squares.size() <= most) continue;
    most = squares.size();
    const double widest = SideOf(squares.back());
    const double module = (widest - SideOf(squares.front())) / (2.0 * double(most - 1));
    best = Rings{squares.back(), module};
  }
  return best;
}

}  // namespace loopdock::vision
