// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/surface.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace loopdock::vision {
namespace {

// Between which two cells a pixel lies, and how far towards the second.
struct Between {
  int first = 0;
  int second = 0;
  float share = 0;
};

Between BetweenCells(int pixel, double cell, int cells) {
  const double at = std::clamp((pixel + 0.5) / cell - 0.5, 0.0, static_cast<double>(cells - 1));
  const int first = static_cast<int>(at);
  return {first, std::min(first + 1, cells - 1), static_cast<float>(at - first)};
}

}  // namespace

Surface::Surface(const cv::Mat& grey, double scale, const Parameters& p) {
  // The median is taken on a quarter of the sides: sixteen times fewer pixels, same surface.
  constexpr int kReduce = 4;
  const cv::Size size(std::max(1, grey.cols / kReduce), std::max(1, grey.rows / kReduce));
  cv::Mat small_grey;
  cv::resize(grey, small_grey, size, 0, 0, cv::INTER_AREA);
  const int side = static_cast<int>(std::lround(p.flatten_median_px * scale / kReduce)) | 1;
  cv::medianBlur(small_grey, small_grey, std::max(3, side));
  small_grey.convertTo(median_, CV_32F);
  cell_x_ = static_cast<double>(grey.cols) / size.width;
  cell_y_ = static_cast<double>(grey.rows) / size.height;
}

Surface::Surface(const Surface& reduced, double factor, cv::Size size)
    : cell_x_(std::max(reduced.cell_x_ * factor,
                       static_cast<double>(size.width) / reduced.median_.cols)),
      cell_y_(std::max(reduced.cell_y_ * factor,
                       static_cast<double>(size.height) / reduced.median_.rows)),
      median_(reduced.median_) {}

cv::Mat Surface::Flat(const cv::Mat& grey, cv::Rect box) const {
  cv::Mat flat(box.size(), CV_32F);
  std::vector<Between> columns;
  columns.reserve(static_cast<size_t>(box.width));
  for (int x = box.x; x < box.br().x; ++x) {
    columns.push_back(BetweenCells(x, cell_x_, median_.cols));
  }
  std::vector<float> row(static_cast<size_t>(median_.cols));
  for (int y = 0; y < box.height; ++y) {
    const Between rows = BetweenCells(box.y + y, cell_y_, median_.rows);
    const float* upper = median_.ptr<float>(rows.first);
    const float* lower = median_.ptr<float>(rows.second);
    for (int x = 0; x < median_.cols; ++x) {
      row[static_cast<size_t>(x)] = upper[x] + rows.share * (lower[x] - upper[x]);
    }
    const unsigned char* level = grey.ptr<unsigned char>(box.y + y) + box.x;
    float* out = flat.ptr<float>(y);
    const float* cells = row.data();
    for (int x = 0; x < box.width; ++x) {
      const Between& at = columns[static_cast<size_t>(x)];
      const float left = cells[at.first];
      out[x] = static_cast<float>(level[x]) - left - at.share * (cells[at.second] - left);
    }
  }
  return flat;
}

}  // namespace loopdock::vision
