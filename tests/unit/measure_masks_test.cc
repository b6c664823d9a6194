// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "services/vision/measure/masks.h"

namespace loopdock::vision {
namespace {

// Blobs, holes and lines, some across the border.
cv::Mat AnyMask(uint64_t seed) {
  cv::RNG rng(seed);
  cv::Mat mask = cv::Mat::zeros(rng.uniform(40, 130), rng.uniform(40, 200), CV_8U);
  for (int i = 0; i < 24; ++i) {
    const cv::Point at(rng.uniform(-5, mask.cols + 5), rng.uniform(-5, mask.rows + 5));
    cv::circle(mask, at, rng.uniform(1, 25), cv::Scalar(i % 3 == 0 ? 0 : 255), cv::FILLED);
  }
  return mask;
}

// As the library would do it.
cv::Mat Expected(const cv::Mat& mask, int operation, int size) {
  cv::Mat padded;
  cv::copyMakeBorder(mask, padded, size, size, size, size, cv::BORDER_CONSTANT, cv::Scalar(0));
  cv::morphologyEx(padded, padded, operation,
                   cv::getStructuringElement(cv::MORPH_ELLIPSE, {size, size}));
  return padded(cv::Rect(size, size, mask.cols, mask.rows));
}

TEST(Morph, IsWhatTheLibraryDoesPixelByPixel) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    const cv::Mat mask = AnyMask(seed);
    for (const int size : {1, 3, 9, 21, 41}) {
      for (const int operation : {cv::MORPH_ERODE, cv::MORPH_OPEN, cv::MORPH_CLOSE}) {
        const cv::Mat differs = Morph(mask, operation, size) != Expected(mask, operation, size);
        ASSERT_EQ(cv::countNonZero(differs), 0)
            << "seed " << seed << ", operation " << operation << ", size " << size;
      }
    }
  }
}

}  // namespace
}  // namespace loopdock::vision
