// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/find_device.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace loopdock::vision {
namespace {

cv::Mat Ellipse(int size) {
  return cv::getStructuringElement(cv::MORPH_ELLIPSE, cv::Size(size, size));
}

// Erosion does not eat in from the picture's border, so the mask is padded first; after a closing
// the pad is background again.
cv::Mat Morph(const cv::Mat& mask, int operation, int size) {
  cv::Mat padded;
  cv::copyMakeBorder(mask, padded, size, size, size, size, cv::BORDER_CONSTANT, cv::Scalar(0));
  cv::morphologyEx(padded, padded, operation, Ellipse(size));
  return padded(cv::Rect(size, size, mask.cols, mask.rows)).clone();
}

cv::Mat Fill(const cv::Mat& mask) {
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(mask, contours, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
  cv::Mat filled = cv::Mat::zeros(mask.size(), CV_8U);
  cv::drawContours(filled, contours, -1, cv::Scalar(255), cv::FILLED);
  return filled;
}

double BorderMedian(const cv::Mat& grey, int ring) {
  std::vector<unsigned char> levels;
  for (int y = 0; y < grey.rows; ++y) {
    for (int x = 0; x < grey.cols; ++x) {
      if (y < ring || x < ring || y >= grey.rows - ring || x >= grey.cols - ring) {
        levels.push_back(grey.at<unsigned char>(y, x));
      }
    }
  }
  auto middle = levels.begin() + static_cast<std::ptrdiff_t>(levels.size() / 2);
  std::nth_element(levels.begin(), middle, levels.end());
  return *middle;
}

// How much of the device lies on the picture's border: a device that only touches it is whole.
int BorderContact(const cv::Mat& mask) {
  return std::max({cv::countNonZero(mask.row(0)), cv::countNonZero(mask.row(mask.rows - 1)),
                   cv::countNonZero(mask.col(0)), cv::countNonZero(mask.col(mask.cols - 1))});
}

cv::Mat HullMask(const std::vector<cv::Point>& hull, cv::Size size) {
  cv::Mat mask = cv::Mat::zeros(size, CV_8U);
  cv::fillConvexPoly(mask, hull, cv::Scalar(255));
  return mask;
}

void FindDisplay(const cv::Mat& grey, double background, const Parameters& p, Device& device) {
  cv::Mat dark = grey < background * p.darker_than_background;
  dark &= device.mask;
  dark = Morph(dark, cv::MORPH_OPEN, p.display_open_small_coarse_px);
  dark = Fill(Morph(dark, cv::MORPH_CLOSE, p.device_close_coarse_px));
  dark = Morph(dark, cv::MORPH_OPEN, p.device_open_coarse_px);
  const std::vector<cv::Point> hull = LargestPartHull(dark);
  device.surface_mask = device.mask;
  if (hull.empty()) return;
  cv::Mat display = HullMask(hull, grey.size());
  display &= device.mask;
  if (cv::countNonZero(display) < p.display_share_min * cv::countNonZero(device.mask)) return;
  device.has_display = true;
  device.surface_mask = display;
}

}  // namespace

cv::Mat CoarsePicture(const cv::Mat& grey, const Parameters& p) {
  const double factor = static_cast<double>(p.coarse_long_side) / std::max(grey.cols, grey.rows);
  const cv::Size size(std::max(1, static_cast<int>(std::lround(grey.cols * factor))),
                      std::max(1, static_cast<int>(std::lround(grey.rows * factor))));
  cv::Mat coarse;
  cv::resize(grey, coarse, size, 0, 0, factor < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
  cv::medianBlur(coarse, coarse, 5);
  return coarse;
}

std::vector<cv::Point> LargestPartHull(const cv::Mat& mask) {
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(mask, contours, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
  const std::vector<cv::Point>* largest = nullptr;
  double largest_area = 0;
  for (const auto& contour : contours) {
    const double area = cv::contourArea(contour);
    if (area > largest_area) {
      largest_area = area;
      largest = &contour;
    }
  }
  std::vector<cv::Point> hull;
  if (largest != nullptr) cv::convexHull(*largest, hull);
  return hull;
}

Device FindDevice(const cv::Mat& grey, const Parameters& p) {
  Device device;
  const double background = BorderMedian(grey, p.border_ring_coarse_px);
  cv::Mat differs = (grey < background * p.darker_than_background) |
                    (grey > background * p.brighter_than_background);
  differs = Fill(Morph(differs, cv::MORPH_CLOSE, p.device_close_coarse_px));
  differs = Morph(differs, cv::MORPH_OPEN, p.device_open_coarse_px);
  device.hull = LargestPartHull(differs);
  if (device.hull.size() < 3) return device;
  device.mask = HullMask(device.hull, grey.size());
  device.rect = cv::minAreaRect(device.hull);
  const double area = cv::contourArea(device.hull);
  const double share = area / static_cast<double>(grey.total());
  const double longer = std::max(device.rect.size.width, device.rect.size.height);
  const double shorter = std::min(device.rect.size.width, device.rect.size.height);
  if (shorter < 1) return device;
  device.found = share >= p.device_share_min && share <= p.device_share_max &&
                 area / (longer * shorter) >= p.device_fit_min &&
                 longer / shorter <= p.device_aspect_max;
  device.whole = BorderContact(differs) <= p.device_cut_share_max * shorter;
  FindDisplay(grey, background, p, device);
  return device;
}

}  // namespace loopdock::vision
