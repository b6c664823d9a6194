// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/find_device.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "services/vision/measure/find_held.h"
#include "services/vision/measure/masks.h"
#include "services/vision/measure/report.h"

namespace loopdock::vision {
namespace {

// What lies along the picture's border.
struct Background {
  double level = 0;
  // Between the 10th and the 90th percentile.
  double range = 0;
};

cv::Mat BorderRing(cv::Size size, int ring) {
  cv::Mat mask(size, CV_8U, cv::Scalar(255));
  mask(
      cv::Rect(ring, ring, std::max(0, size.width - 2 * ring), std::max(0, size.height - 2 * ring)))
      .setTo(0);
  return mask;
}

Background LookAtBorder(const cv::Mat& grey, int ring) {
  const int fits = std::max(1, std::min({ring, grey.cols / 3, grey.rows / 3}));
  const std::vector<unsigned char> levels = LevelsIn(grey, BorderRing(grey.size(), fits));
  return {static_cast<double>(Percentile(levels, 0.5)),
          static_cast<double>(Percentile(levels, 0.9) - Percentile(levels, 0.1))};
}

// Where a device lies straight, its rounded corners tell that it only touches the border; one that
// leans may be cut at a corner.
double CutShareMax(const cv::RotatedRect& rect, const Parameters& p) {
  const double turned = std::fmod(std::abs(rect.angle), 90.0);
  const bool straight = std::min(turned, 90.0 - turned) <= p.straight_max_deg;
  return straight ? p.straight_cut_share_max : p.device_cut_share_max;
}

// How much of the device lies on the picture's border. Opening rounds a straight cut like the
// corners of a device that only touches the border, so what was there before is counted, near the
// device.
int CutContact(const cv::Mat& closed, const Device& device, int open) {
  cv::Mat near;
  cv::dilate(device.mask, near, cv::Mat::ones(open, open, CV_8U));
  return BorderContact(closed & near);
}

// From the mask of what may be a device, opened so that thin things are cut off: the largest part
// as a device, and how many there are.
Device FromMask(const cv::Mat& may_be, int open, const Parameters& p) {
  const cv::Mat closed = Fill(Morph(may_be, cv::MORPH_CLOSE, p.device_close_coarse_px));
  const cv::Mat differs = Morph(closed, cv::MORPH_OPEN, open);
  Device device;
  device.hull = LargestPartHull(differs);
  if (device.hull.size() < 3) return device;
  device.mask = HullMask(device.hull, differs.size());
  device.rect = cv::minAreaRect(device.hull);
  const double area = cv::contourArea(device.hull);
  const double share = area / static_cast<double>(differs.total());
  const double longer = std::max(device.rect.size.width, device.rect.size.height);
  const double shorter = std::min(device.rect.size.width, device.rect.size.height);
  if (shorter < 1) return device;
  const double least = longer > p.side_aspect_min * shorter ? p.side_share_min : p.device_share_min;
  device.found = share >= least && share <= p.device_share_max &&
                 area / (longer * shorter) >= p.device_fit_min &&
                 longer / shorter <= p.device_aspect_max;
  device.whole = CutContact(closed, device, open) <= CutShareMax(device.rect, p) * shorter;
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(differs, contours, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
  for (const auto& contour : contours) {
    std::vector<cv::Point> hull;
    cv::convexHull(contour, hull);
    const double own = cv::contourArea(hull);
    const cv::RotatedRect rect = cv::minAreaRect(hull);
    const bool like_one = own >= p.device_share_min * static_cast<double>(differs.total()) &&
                          own >= p.second_device_share_min * area &&
                          own >= p.device_fit_min * rect.size.width * rect.size.height;
    device.candidates += like_one ? 1 : 0;
  }
  return device;
}

// How much it is its four sides, which lean where the camera does, or the smallest rectangle around
// it.
double Fit(const Device& device) {
  const double area = cv::contourArea(device.hull);
  const FaceFrame frame(std::vector<cv::Point2d>(device.hull.begin(), device.hull.end()));
  std::vector<cv::Point2f> sides;
  for (const cv::Point2d& corner :
       {cv::Point2d(0, 0), cv::Point2d(1, 0), cv::Point2d(1, 1), cv::Point2d(0, 1)}) {
    sides.emplace_back(frame.ToPicture(corner));
  }
  const std::vector<cv::Point2f> hull(device.hull.begin(), device.hull.end());
  std::vector<cv::Point2f> both;
  const double common = cv::intersectConvexConvex(hull, sides, both);
  const double all = area + cv::contourArea(sides) - common;
  return std::max(common / std::max(1.0, all), area / std::max(1.0F, device.rect.size.area()));
}

// Much darker or much brighter than the border; then, where that finds nothing or only the darker
// part of something larger, different by more than the border itself varies.
Device FindOnQuiet(const cv::Mat& grey, const Background& background, const Parameters& p) {
  const cv::Mat much = (grey < background.level * p.darker_than_background) |
                       (grey > background.level * p.brighter_than_background);
  Device device = FromMask(much, p.device_open_coarse_px, p);
  const double step = std::max(p.differs_min, p.differs_border_ranges * background.range);
  const cv::Mat some = (grey < background.level - step) | (grey > background.level + step);
  if (device.found) {
    // A body brighter than the table around a dark display; a shadow would be darker.
    const cv::Mat body = much | (grey > background.level + step);
    const Device larger = FromMask(body, p.device_open_coarse_px, p);
    const double area = cv::countNonZero(device.mask);
    // A soft light on the table differs too, but has no straight sides.
    const bool holds = larger.found && larger.whole && Fit(larger) >= p.larger_body_fit_min &&
                       cv::countNonZero(larger.mask) >= p.larger_body_share_min * area &&
                       cv::countNonZero(larger.mask & device.mask) >= 0.98 * area;
    return holds ? larger : device;
  }
  for (const int open : {p.device_open_coarse_px, p.side_open_coarse_px}) {
    for (const cv::Mat& differs : {much, some}) {
      const Device other = FromMask(differs, open, p);
      if (!other.found || Fit(other) < p.larger_body_fit_min) continue;
      // A body brighter than the table has its shadow beside it, which is no part of it.
      const Device lit = FromMask(grey > background.level + step, open, p);
      const bool shadowed =
          lit.found && Fit(lit) >= p.larger_body_fit_min &&
          cv::countNonZero(lit.mask) >= p.lit_body_share_min * cv::countNonZero(other.mask);
      return shadowed ? lit : other;
    }
  }
  return device;
}

// As bright as the table, but of another colour.
Device FindColoured(const cv::Mat& colour, const DeviceField& view, const Parameters& p) {
  cv::Mat lab;
  cv::cvtColor(colour, lab, cv::COLOR_BGR2Lab);
  const cv::Size size = lab.size();
  const cv::Mat field = view.field.empty() ? cv::Mat(size, CV_8U, cv::Scalar(255)) : view.field;
  cv::Mat inner;
  cv::erode(field, inner, cv::Mat::ones(5, 5, CV_8U), {-1, -1}, 1, cv::BORDER_CONSTANT,
            cv::Scalar(0));
  const cv::Mat ring =
      view.field.empty() ? BorderRing(size, p.border_ring_coarse_px) : cv::Mat(field & ~inner);
  std::vector<cv::Mat> channels;
  cv::split(lab, channels);
  cv::Mat distance = cv::Mat::zeros(size, CV_32F);
  double spread = 0;
  for (const size_t channel : {size_t{1}, size_t{2}}) {
    const std::vector<unsigned char> levels = LevelsIn(channels[channel], ring);
    spread = std::max<double>(spread, Percentile(levels, 0.9) - Percentile(levels, 0.1));
    cv::Mat off;
    channels[channel].convertTo(off, CV_32F, 1, -Percentile(levels, 0.5));
    distance += off.mul(off);
  }
  const double least = std::max(p.colour_differs_min, p.differs_border_ranges * spread);
  cv::Mat differs = distance > least * least;
  differs &= field;
  return FromMask(differs, p.device_open_coarse_px, p);
}

void FindDisplay(const cv::Mat& grey, double background, const Parameters& p, Device& device) {
  device.surface_mask = device.mask;
  const double dark_level = std::max(background * p.darker_than_background, p.display_level_max);
  cv::Mat dark = grey < (device.held ? p.display_level_max : dark_level);
  dark &= device.mask;
  dark = Morph(dark, cv::MORPH_OPEN, p.display_open_small_coarse_px);
  dark = Fill(Morph(dark, cv::MORPH_CLOSE, p.device_close_coarse_px));
  dark = Morph(dark, cv::MORPH_OPEN, p.device_open_coarse_px);
  const std::vector<cv::Point> hull = LargestPartHull(dark);
  if (hull.empty()) return;
  cv::Mat display = HullMask(hull, grey.size());
  display &= device.mask;
  if (cv::countNonZero(display) < p.display_share_min * cv::countNonZero(device.mask)) return;
  device.has_display = true;
  device.surface_mask = display;
}

// Whether there are edges all around the device, beyond its own and its shadow's: something lies
// there or holds it, also where the picture's border is quiet.
bool BeforeClutter(const DeviceField& view, const Device& device, const Parameters& p) {
  cv::Mat away;
  cv::distanceTransform(~device.mask, away, cv::DIST_L2, 3);
  cv::Mat around = (away > p.around_from_coarse_px) & (away < p.around_to_coarse_px);
  if (!view.field.empty()) around &= view.field;
  cv::Mat edges;
  cv::Canny(view.grey, edges, 40, 100);
  return cv::countNonZero(edges & around) > p.clutter_edge_share * cv::countNonZero(around);
}

// Whether `larger` is a device that `part` is only a part of.
bool Holds(const Device& larger, const Device& part) {
  constexpr double kLargerMin = 1.5;
  constexpr double kInsideMin = 0.8;
  const int area = cv::countNonZero(part.mask);
  return cv::countNonZero(larger.mask) > kLargerMin * area &&
         cv::countNonZero(larger.mask & part.mask) > kInsideMin * area;
}

}  // namespace

cv::Mat CoarsePicture(const cv::Mat& picture, const Parameters& p) {
  const double factor =
      static_cast<double>(p.coarse_long_side) / std::max(picture.cols, picture.rows);
  const cv::Size size(std::max(1, static_cast<int>(std::lround(picture.cols * factor))),
                      std::max(1, static_cast<int>(std::lround(picture.rows * factor))));
  cv::Mat coarse;
  cv::resize(picture, coarse, size, 0, 0, factor < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
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

Device FindDevice(const DeviceField& view, const Parameters& p) {
  const Background background = LookAtBorder(view.grey, p.border_ring_coarse_px);
  const bool quiet =
      background.range <= p.quiet_range_share * background.level + p.quiet_range_levels;
  Device device;
  if (quiet) device = FindOnQuiet(view.grey, background, p);
  // On the even grey of a mat a coloured back may be no darker than the mat, and then the grey
  // picture shows nothing of it but its cameras.
  if (device.found && !view.field.empty() && !view.picture.empty()) {
    const Device coloured = FindColoured(CoarsePicture(view.picture, p), view, p);
    if (coloured.found && Holds(coloured, device)) device = coloured;
  }
  if (!device.found && !view.picture.empty()) {
    const cv::Mat colour = CoarsePicture(view.picture, p);
    if (quiet) {
      const Device coloured = FindColoured(colour, view, p);
      if (coloured.found) device = coloured;
    }
    if (!device.found && view.field.empty()) {
      Device held = FindHeld(view.grey, colour, p);
      if (held.found) device = std::move(held);
    }
  } else if (!device.found && !quiet) {
    Device held = FindHeld(view.grey, cv::Mat(), p);
    if (held.found) device = std::move(held);
  }
  if (device.found && !device.held) device.held = BeforeClutter(view, device, p);
  if (!device.mask.empty()) FindDisplay(view.grey, background.level, p, device);
  return device;
}

}  // namespace loopdock::vision
