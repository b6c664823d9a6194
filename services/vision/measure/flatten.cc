// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/flatten.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace loopdock::vision {

cv::Mat Flatten(const cv::Mat& grey, double scale, const Parameters& p) {
  // The median is taken on a quarter of the sides: sixteen times fewer pixels, same surface.
  constexpr int kReduce = 4;
  const cv::Size small_size(std::max(1, grey.cols / kReduce), std::max(1, grey.rows / kReduce));
  cv::Mat small_grey;
  cv::resize(grey, small_grey, small_size, 0, 0, cv::INTER_AREA);
  const int side = static_cast<int>(std::lround(p.flatten_median_px * scale / kReduce)) | 1;
  cv::medianBlur(small_grey, small_grey, std::max(3, side));
  cv::Mat surface;
  cv::Mat surface_small;
  small_grey.convertTo(surface_small, CV_32F);
  cv::resize(surface_small, surface, grey.size(), 0, 0, cv::INTER_LINEAR);
  cv::Mat flat;
  grey.convertTo(flat, CV_32F);
  flat -= surface;
  return flat;
}

}  // namespace loopdock::vision
