// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/bezel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <opencv2/imgproc.hpp>

#include "services/vision/measure/masks.h"
#include "services/vision/measure/report.h"

namespace loopdock::vision {
namespace {

// Straight-sided and along the device, as displays are; a part of one that reflects is not.
bool IsDisplay(const std::vector<cv::Point>& display, const Device& device, const Parameters& p) {
  const cv::RotatedRect rect = cv::minAreaRect(display);
  const double fit = cv::contourArea(display) / std::max(1.0F, rect.size.area());
  const double turned = std::fmod(std::abs(rect.angle - device.rect.angle), 90.0);
  return fit >= p.larger_body_fit_min && std::min(turned, 90 - turned) <= p.straight_max_deg;
}

// The middle of each of the four sides, from beyond the device to the display, in coarse pixels.
std::vector<std::vector<cv::Point>> Middles(const std::vector<cv::Point>& display,
                                            const FaceFrame& frame, const Parameters& p) {
  constexpr double kBeyond = 0.02;
  cv::Point2d low(1, 1);
  cv::Point2d high(0, 0);
  for (const cv::Point& corner : display) {
    const cv::Point2d at = frame.ToFace(corner);
    low = {std::min(low.x, at.x), std::min(low.y, at.y)};
    high = {std::max(high.x, at.x), std::max(high.y, at.y)};
  }
  // As broad at the long sides as at the short ones.
  const double across = p.rim_end_middle_share;
  const double along = across * frame.width_px() / frame.length_px();
  const std::array<cv::Rect2d, 4> spans = {
      cv::Rect2d({-kBeyond, 0.5 - across}, cv::Point2d(low.x, 0.5 + across)),
      cv::Rect2d({high.x, 0.5 - across}, cv::Point2d(1 + kBeyond, 0.5 + across)),
      cv::Rect2d({0.5 - along, -kBeyond}, cv::Point2d(0.5 + along, low.y)),
      cv::Rect2d({0.5 - along, high.y}, cv::Point2d(0.5 + along, 1 + kBeyond))};
  std::vector<std::vector<cv::Point>> middles;
  for (const cv::Rect2d& span : spans) {
    auto& outline = middles.emplace_back();
    for (const cv::Point2d& at : {span.tl(), cv::Point2d(span.br().x, span.y), span.br(),
                                  cv::Point2d(span.x, span.br().y)}) {
      outline.emplace_back(frame.ToPicture(at));
    }
  }
  return middles;
}

std::vector<cv::Point> HullOf(const cv::Mat& mask) {
  std::vector<cv::Point> points;
  cv::findNonZero(mask, points);
  std::vector<cv::Point> hull;
  if (!points.empty()) cv::convexHull(points, hull);
  return hull;
}

// The display and a little more. By its sides: the coarse mask has its corners cut off.
std::vector<cv::Point> Around(const std::vector<cv::Point>& display, const Parameters& p) {
  const FaceFrame frame(std::vector<cv::Point2d>(display.begin(), display.end()));
  const double beside = p.bezel_beside_px * p.coarse_long_side / p.reference_long_side_px;
  const cv::Point2d more(beside / frame.length_px(), beside / frame.width_px());
  std::vector<cv::Point> corners;
  for (const cv::Point2d& at :
       {-more, cv::Point2d(1 + more.x, -more.y), cv::Point2d(1 + more.x, 1 + more.y),
        cv::Point2d(-more.x, 1 + more.y)}) {
    corners.emplace_back(frame.ToPicture(at));
  }
  return corners;
}

}  // namespace

std::vector<InspectedArea> FindBezel(const Device& device, const cv::Mat& grey,
                                     const AreaChoice& choice, const Parameters& p,
                                     InspectedArea& surface) {
  const std::vector<cv::Point> display = LargestPartHull(device.surface_mask);
  if (!device.found || !device.has_display || display.size() < 3 ||
      !IsDisplay(display, device, p)) {
    return {};
  }
  const double to_working = static_cast<double>(grey.cols) / device.mask.cols;
  const std::vector<cv::Point> around = Around(display, p);
  cv::Mat mask = Shrunk(device.mask, choice.rim_px / choice.scale, p);
  cv::fillConvexPoly(mask, around, cv::Scalar(0));
  std::vector<LeftOut> left_out;
  for (const auto& middle : Middles(display, FaceFrame(device.rect), p)) {
    cv::fillConvexPoly(mask, middle, cv::Scalar(0));
    left_out.push_back({v1::MASK_REASON_END, ToWorking(middle, to_working)});
  }
  const double coarse = static_cast<double>(p.coarse_long_side) / p.reference_long_side_px;
  mask = Morph(mask, cv::MORPH_OPEN, static_cast<int>(p.bezel_width_min_px * coarse) | 1);
  cv::Mat labels;
  const int parts = cv::connectedComponents(mask, labels);
  std::vector<InspectedArea> areas;
  for (int part = 1; part < parts; ++part) {
    areas.push_back(AreaOf(labels == part, device, grey, choice.scale, p));
    if (areas.back().area_px2 == 0) areas.pop_back();
  }
  if (areas.empty()) return areas;
  // All between the outline and what is seen of the bezel is the rim, and all between that and what
  // is seen of the display.
  std::erase_if(surface.left_out, [](const LeftOut& part) {
    return part.reason == v1::MASK_REASON_RIM || part.reason == v1::MASK_REASON_END;
  });
  const auto seen =
      ToWorking(HullOf(mask | Shrunk(device.surface_mask, p.erode_px, p)), to_working);
  left_out.push_back(Between(ToWorking(device.hull, to_working), seen));
  left_out.push_back(Between(ToWorking(around, to_working), surface.outline));
  surface.outline = seen;
  areas.front().left_out.insert(areas.front().left_out.end(),
                                std::make_move_iterator(left_out.begin()),
                                std::make_move_iterator(left_out.end()));
  return areas;
}

}  // namespace loopdock::vision
