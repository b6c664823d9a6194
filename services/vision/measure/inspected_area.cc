// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/inspected_area.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <opencv2/imgproc.hpp>

#include "services/vision/measure/glare.h"
#include "services/vision/measure/masks.h"
#include "services/vision/measure/report.h"

namespace loopdock::vision {
namespace {

// The rectangle of the device's own coordinates between two places along it, in coarse pixels.
std::vector<cv::Point> Band(const cv::RotatedRect& rect, double from, double to) {
  const FaceFrame frame(rect);
  std::vector<cv::Point> corners;
  // Clockwise in a picture, whose y runs down.
  for (const cv::Point2d& at : {cv::Point2d(from, -0.02), cv::Point2d(to, -0.02),
                                cv::Point2d(to, 1.02), cv::Point2d(from, 1.02)}) {
    corners.emplace_back(frame.ToPicture(at));
  }
  return corners;
}

std::vector<LeftOut> GlareParts(const cv::Mat& spots, cv::Point offset) {
  std::vector<LeftOut> parts;
  if (spots.empty()) return parts;
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(spots, contours, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_SIMPLE);
  for (auto& contour : contours) {
    std::reverse(contour.begin(), contour.end());
    for (cv::Point& at : contour) at += offset;
    parts.push_back({v1::MASK_REASON_GLARE, std::move(contour)});
  }
  return parts;
}

// What is only just white is worked on like the rest, but stands among what was not seen.
void LeaveOutGlare(const cv::Mat& grey, double scale, const Parameters& p, InspectedArea& area) {
  const Saturation saturation = FindSaturation(grey, area.mask, scale, p);
  const int before = area.area_px2;
  LeaveOut(GlareParts(saturation.hidden, area.box.tl()), area);
  area.glare_px2 = before - area.area_px2;
  if (saturation.barely.empty() || area.area_px2 == 0) return;
  area.barely_white = saturation.barely & area.mask;
  area.share *= 1 - static_cast<double>(cv::countNonZero(area.barely_white)) / area.area_px2;
  for (LeftOut& part : GlareParts(area.barely_white, area.box.tl())) {
    area.left_out.push_back(std::move(part));
  }
}

}  // namespace

void LeaveOut(const std::vector<LeftOut>& parts, InspectedArea& area) {
  if (area.area_px2 == 0 || parts.empty()) return;
  const int before = area.area_px2;
  for (const LeftOut& part : parts) {
    std::vector<cv::Point> inside = part.outline;
    for (cv::Point& at : inside) at -= area.box.tl();
    if (inside.size() >= 3) {
      cv::fillPoly(area.mask, std::vector<std::vector<cv::Point>>{inside}, cv::Scalar(0));
    }
    area.left_out.push_back(part);
  }
  area.area_px2 = cv::countNonZero(area.mask);
  area.share *= static_cast<double>(area.area_px2) / before;
}

InspectedArea AreaOf(const cv::Mat& coarse_mask, const Device& device, const cv::Mat& grey,
                     double scale, const Parameters& p) {
  InspectedArea area;
  cv::Mat mask;
  cv::resize(coarse_mask, mask, grey.size(), 0, 0, cv::INTER_NEAREST);
  area.box = cv::boundingRect(mask);
  area.area_px2 = area.box.empty() ? 0 : cv::countNonZero(mask(area.box));
  if (device.found) {
    area.share = static_cast<double>(cv::countNonZero(coarse_mask)) /
                 std::max(1, cv::countNonZero(device.mask));
  }
  if (area.area_px2 == 0) return area;
  std::vector<cv::Point> outline = LargestPartHull(mask(area.box));
  for (cv::Point& at : outline) at += area.box.tl();
  cv::approxPolyDP(outline, area.outline, 1.0, true);
  const int margin = static_cast<int>(std::ceil(p.flatten_median_px * scale));
  area.box -= cv::Point(margin, margin);
  area.box += cv::Size(2 * margin, 2 * margin);
  area.box &= cv::Rect(cv::Point(0, 0), grey.size());
  area.mask = mask(area.box).clone();
  if (device.found) LeaveOutGlare(grey(area.box), scale, p, area);
  return area;
}

LeftOut Between(const std::vector<cv::Point>& outer, const std::vector<cv::Point>& inner) {
  LeftOut ring{v1::MASK_REASON_RIM, outer};
  if (outer.empty() || inner.empty()) return ring;
  // The cut from one to the other is short.
  std::vector<cv::Point> hole = inner;
  const auto nearest = std::min_element(hole.begin(), hole.end(), [&](cv::Point a, cv::Point b) {
    return cv::norm(a - outer.front()) < cv::norm(b - outer.front());
  });
  std::rotate(hole.begin(), nearest, hole.end());
  ring.outline.push_back(outer.front());
  ring.outline.push_back(hole.front());
  ring.outline.insert(ring.outline.end(), hole.rbegin(), hole.rend());
  return ring;
}

std::vector<cv::Point> ToWorking(const std::vector<cv::Point>& outline, double factor) {
  std::vector<cv::Point> scaled;
  for (const cv::Point& at : outline) {
    scaled.emplace_back(static_cast<int>(std::lround((at.x + 0.5) * factor - 0.5)),
                        static_cast<int>(std::lround((at.y + 0.5) * factor - 0.5)));
  }
  return scaled;
}

cv::Mat Shrunk(const cv::Mat& coarse_mask, double px, const Parameters& p) {
  const double factor = static_cast<double>(p.coarse_long_side) / p.reference_long_side_px;
  const int reach = std::max(1, static_cast<int>(std::lround(px * factor)));
  return Morph(coarse_mask, cv::MORPH_ERODE, 2 * reach + 1);
}

InspectedArea FindInspectedArea(const Device& device, cv::Size coarse, const cv::Mat& grey,
                                const AreaChoice& choice, const Parameters& p) {
  std::vector<LeftOut> left_out;
  const double to_working = static_cast<double>(grey.cols) / coarse.width;
  cv::Mat mask = device.found ? device.surface_mask : cv::Mat(coarse, CV_8U, cv::Scalar(255));
  mask = Shrunk(mask, p.erode_px, p);
  if (device.found) {
    left_out.push_back(
        Between(ToWorking(device.hull, to_working), ToWorking(LargestPartHull(mask), to_working)));
    for (const auto& [from, to] :
         {std::pair(-0.02, p.end_band_share), std::pair(1 - p.end_band_share, 1.02)}) {
      if (choice.with_ends) break;
      const std::vector<cv::Point> band = Band(device.rect, from, to);
      cv::fillConvexPoly(mask, band, cv::Scalar(0));
      left_out.push_back({v1::MASK_REASON_END, ToWorking(band, to_working)});
    }
  }
  InspectedArea area = AreaOf(mask, device, grey, choice.scale, p);
  area.left_out.insert(area.left_out.begin(), std::make_move_iterator(left_out.begin()),
                       std::make_move_iterator(left_out.end()));
  return area;
}

}  // namespace loopdock::vision
