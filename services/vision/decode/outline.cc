// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/outline.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace loopdock::vision {
namespace {

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

}  // namespace loopdock::vision
