// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/inspected_area.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace loopdock::vision {
namespace {

// Leaves only what is away from both ends along the device's longer axis.
void CutEnds(const cv::RotatedRect& rect, double end_share, cv::Mat& mask) {
  cv::Point2f corners[4];
  rect.points(corners);
  cv::Point2f along = corners[1] - corners[0];
  cv::Point2f across = corners[2] - corners[1];
  if (cv::norm(along) < cv::norm(across)) std::swap(along, across);
  const float keep = static_cast<float>(0.5 - end_share);
  const std::vector<cv::Point2f> middle = {
      rect.center - along * keep - across * 0.5F, rect.center + along * keep - across * 0.5F,
      rect.center + along * keep + across * 0.5F, rect.center - along * keep + across * 0.5F};
  std::vector<cv::Point> corners_px;
  for (const cv::Point2f& corner : middle) corners_px.emplace_back(corner);
  cv::Mat band = cv::Mat::zeros(mask.size(), CV_8U);
  cv::fillConvexPoly(band, corners_px, cv::Scalar(255));
  mask &= band;
}

// Eats in from the border of the picture too; done on the coarse mask, where it costs nothing.
cv::Mat Erode(const cv::Mat& mask, double radius) {
  const int reach = std::max(1, static_cast<int>(std::lround(radius)));
  cv::Mat padded;
  cv::copyMakeBorder(mask, padded, reach, reach, reach, reach, cv::BORDER_CONSTANT, cv::Scalar(0));
  const cv::Mat disc =
      cv::getStructuringElement(cv::MORPH_ELLIPSE, cv::Size(2 * reach + 1, 2 * reach + 1));
  cv::erode(padded, padded, disc);
  return padded(cv::Rect(reach, reach, mask.cols, mask.rows)).clone();
}

}  // namespace

InspectedArea FindInspectedArea(const Device& device, cv::Size coarse, cv::Size size, double scale,
                                const Parameters& p) {
  InspectedArea area;
  const double coarse_factor =
      static_cast<double>(p.coarse_long_side) / static_cast<double>(p.reference_long_side_px);
  cv::Mat coarse_mask =
      device.found ? device.surface_mask.clone() : cv::Mat(coarse, CV_8U, cv::Scalar(255));
  coarse_mask = Erode(coarse_mask, p.erode_px * coarse_factor);
  if (device.found) {
    CutEnds(device.rect, p.end_band_share, coarse_mask);
    area.share = static_cast<double>(cv::countNonZero(coarse_mask)) /
                 std::max(1, cv::countNonZero(device.mask));
  }
  cv::Mat mask;
  cv::resize(coarse_mask, mask, size, 0, 0, cv::INTER_NEAREST);
  area.area_px2 = cv::countNonZero(mask);
  if (area.area_px2 == 0) return area;
  const std::vector<cv::Point> outline = LargestPartHull(mask);
  cv::approxPolyDP(outline, area.outline, 1.0, true);
  const int margin = static_cast<int>(std::ceil(p.flatten_median_px * scale));
  area.box = cv::boundingRect(mask);
  area.box -= cv::Point(margin, margin);
  area.box += cv::Size(2 * margin, 2 * margin);
  area.box &= cv::Rect(cv::Point(0, 0), size);
  area.mask = mask(area.box).clone();
  return area;
}

}  // namespace loopdock::vision
