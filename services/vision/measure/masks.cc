// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/masks.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace loopdock::vision {
namespace {

// A row of a mask, 64 pixels a word.
using BitRow = std::vector<uint64_t>;
constexpr int kWordBits = 64;

BitRow Packed(const unsigned char* set, int columns) {
  BitRow bits(static_cast<size_t>((columns + kWordBits - 1) / kWordBits));
  for (int x = 0; x < columns; ++x) {
    bits[static_cast<size_t>(x / kWordBits)] |= uint64_t{set[x] != 0} << (x % kWordBits);
  }
  return bits;
}

// Sets the neighbours of what is set.
void Widen(BitRow& bits) {
  uint64_t before = 0;
  for (size_t i = 0; i < bits.size(); ++i) {
    const uint64_t here = bits[i];
    const uint64_t after = i + 1 < bits.size() ? bits[i + 1] : 0;
    bits[i] = here | here << 1 | here >> 1 | before >> (kWordBits - 1) | after << (kWordBits - 1);
    before = here;
  }
}

void Add(const BitRow& bits, BitRow& row) {
  for (size_t i = 0; i < row.size(); ++i) row[i] |= bits[i];
}

// By an ellipse, a row of it at a time, 64 pixels at once: the library looks at each of its pixels,
// a thousand for the large ones.
cv::Mat Dilated(const cv::Mat& mask, const cv::Mat& ellipse) {
  const auto words = static_cast<size_t>((mask.cols + kWordBits - 1) / kWordBits);
  std::vector<BitRow> dilated(static_cast<size_t>(mask.rows), BitRow(words));
  std::vector<int> reaches;
  // Above its middle it is as below, and the nearer to it the wider.
  for (int row = ellipse.rows / 2; row < ellipse.rows; ++row) {
    reaches.push_back(cv::countNonZero(ellipse.row(row)) / 2);
  }
  for (int y = 0; y < mask.rows; ++y) {
    BitRow near = Packed(mask.ptr(y), mask.cols);
    int reach = 0;
    for (int off = ellipse.rows / 2; off >= 0; --off) {
      for (; reach < reaches[static_cast<size_t>(off)]; ++reach) Widen(near);
      if (y >= off) Add(near, dilated[static_cast<size_t>(y - off)]);
      if (y + off < mask.rows) Add(near, dilated[static_cast<size_t>(y + off)]);
    }
  }
  cv::Mat result(mask.size(), CV_8U);
  for (int y = 0; y < mask.rows; ++y) {
    const BitRow& bits = dilated[static_cast<size_t>(y)];
    unsigned char* out = result.ptr(y);
    for (int x = 0; x < mask.cols; ++x) {
      const bool set = (bits[static_cast<size_t>(x / kWordBits)] >> (x % kWordBits) & 1) != 0;
      out[x] = set ? 255 : 0;
    }
  }
  return result;
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
