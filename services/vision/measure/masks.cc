// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/masks.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace loopdock::vision {
namespace {

// How far each pixel lies from what is set in its row, at most 255.
cv::Mat AlongRows(const cv::Mat& mask) {
  constexpr int kFar = 255;
  cv::Mat along(mask.size(), CV_8U);
  for (int y = 0; y < mask.rows; ++y) {
    const unsigned char* set = mask.ptr<unsigned char>(y);
    unsigned char* out = along.ptr<unsigned char>(y);
    int far = kFar;
    for (int x = 0; x < mask.cols; ++x) {
      far = set[x] != 0 ? 0 : std::min(far + 1, kFar);
      out[x] = static_cast<unsigned char>(far);
    }
    far = kFar;
    for (int x = mask.cols - 1; x >= 0; --x) {
      far = std::min<int>(far + 1, out[x]);
      out[x] = static_cast<unsigned char>(far);
    }
  }
  return along;
}

// Sets what is near enough to something that is set in its row.
void Spread(const unsigned char* along, unsigned char reach, int columns, unsigned char* row) {
  for (int x = 0; x < columns; ++x) {
    row[x] = static_cast<unsigned char>(row[x] | (along[x] <= reach ? 255 : 0));
  }
}

// By an ellipse, a row of it at a time: the library looks at each of its pixels, a thousand for the
// large ones.
cv::Mat Dilated(const cv::Mat& mask, const cv::Mat& ellipse) {
  const cv::Mat along = AlongRows(mask);
  cv::Mat dilated = cv::Mat::zeros(mask.size(), CV_8U);
  // Above its middle it is as below.
  const int middle = ellipse.rows / 2;
  for (int down = 0; down <= middle; ++down) {
    const auto reach =
        static_cast<unsigned char>(std::min(254, cv::countNonZero(ellipse.row(middle + down)) / 2));
    for (int y = 0; y + down < mask.rows; ++y) {
      Spread(along.ptr(y + down), reach, mask.cols, dilated.ptr(y));
      if (down > 0) Spread(along.ptr(y), reach, mask.cols, dilated.ptr(y + down));
    }
  }
  return dilated;
}

cv::Mat Eroded(const cv::Mat& mask, const cv::Mat& ellipse) { return ~Dilated(mask == 0, ellipse); }

}  // namespace

cv::Mat Morph(const cv::Mat& mask, int operation, int size) {
  // None of the operations reaches beyond the rectangle around what is set.
  const cv::Rect box = cv::boundingRect(mask);
  cv::Mat done = cv::Mat::zeros(mask.size(), CV_8U);
  if (box.empty()) return done;
  // After a closing the pad is background again.
  const int pad = size / 2 + 1;
  cv::Mat padded;
  cv::copyMakeBorder(mask(box), padded, pad, pad, pad, pad,
                     cv::BORDER_CONSTANT | cv::BORDER_ISOLATED, cv::Scalar(0));
  const cv::Mat ellipse = cv::getStructuringElement(cv::MORPH_ELLIPSE, cv::Size(size, size));
  switch (operation) {
    case cv::MORPH_ERODE:
      padded = Eroded(padded, ellipse);
      break;
    case cv::MORPH_OPEN:
      padded = Dilated(Eroded(padded, ellipse), ellipse);
      break;
    case cv::MORPH_CLOSE:
      padded = Eroded(Dilated(padded, ellipse), ellipse);
      break;
    default:
      CV_Error(cv::Error::StsBadArg, "no operation of Morph");
  }
  padded(cv::Rect(pad, pad, box.width, box.height)).copyTo(done(box));
  return done;
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
