// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/masks.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace loopdock::vision {

cv::Mat Morph(const cv::Mat& mask, int operation, int size) {
  // After a closing the pad is background again.
  cv::Mat padded;
  cv::copyMakeBorder(mask, padded, size, size, size, size, cv::BORDER_CONSTANT, cv::Scalar(0));
  const cv::Mat ellipse = cv::getStructuringElement(cv::MORPH_ELLIPSE, cv::Size(size, size));
  cv::morphologyEx(padded, padded, operation, ellipse);
  return padded(cv::Rect(size, size, mask.cols, mask.rows)).clone();
}

cv::Mat Fill(const cv::Mat& mask) {
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(mask, contours, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
  cv::Mat filled = cv::Mat::zeros(mask.size(), CV_8U);
  cv::drawContours(filled, contours, -1, cv::Scalar(255), cv::FILLED);
  return filled;
}

cv::Mat HullMask(const std::vector<cv::Point>& hull, cv::Size size) {
  cv::Mat mask = cv::Mat::zeros(size, CV_8U);
  cv::fillConvexPoly(mask, hull, cv::Scalar(255));
  return mask;
}

int Percentile(std::vector<unsigned char> values, double share) {
  if (values.empty()) return 0;
  const auto at = values.begin() + std::lround(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

std::vector<unsigned char> LevelsIn(const cv::Mat& grey, const cv::Mat& mask) {
  std::vector<unsigned char> levels;
  for (int y = 0; y < grey.rows; ++y) {
    for (int x = 0; x < grey.cols; ++x) {
      if (mask.at<unsigned char>(y, x) != 0) levels.push_back(grey.at<unsigned char>(y, x));
    }
  }
  return levels;
}

int BorderContact(const cv::Mat& mask) {
  return std::max({cv::countNonZero(mask.row(0)), cv::countNonZero(mask.row(mask.rows - 1)),
                   cv::countNonZero(mask.col(0)), cv::countNonZero(mask.col(mask.cols - 1))});
}

}  // namespace loopdock::vision
