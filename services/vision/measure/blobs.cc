// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/blobs.h"

#include <opencv2/imgproc.hpp>

#include "services/vision/measure/lines.h"

namespace loopdock::vision {

cv::Mat FindBlobs(const cv::Mat& flat, const cv::Mat& mask, double scale, bool both_signs,
                  const Parameters& p) {
  cv::Mat smooth;
  cv::GaussianBlur(flat, smooth, cv::Size(), p.blob_sigma_px);
  if (both_signs) smooth = cv::abs(smooth);
  return Hysteresis(smooth, mask, p.blob_low, p.blob_high, 0, p.blob_area_min_px2 * scale * scale);
}

}  // namespace loopdock::vision
