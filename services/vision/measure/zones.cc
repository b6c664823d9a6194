// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/zones.h"

#include <algorithm>
#include <cmath>

namespace loopdock::vision {
namespace {

// Direction of the longer side, in degrees, 0 to 180.
double Direction(const cv::RotatedRect& rect) {
  double angle = rect.angle;
  if (rect.size.width < rect.size.height) angle += 90;
  angle = std::fmod(angle, 180);
  return angle < 0 ? angle + 180 : angle;
}

bool IsEdgeHighlight(const cv::RotatedRect& device, const cv::RotatedRect& region, double scale,
                     const Parameters& p) {
  const double longer = std::max(region.size.width, region.size.height) + 1.0;
  const double shorter = std::min(region.size.width, region.size.height) + 1.0;
  if (longer < p.edge_aspect_min * shorter) return false;
  const double turned = std::fmod(std::abs(Direction(device) - Direction(region)), 90.0);
  if (std::min(turned, 90.0 - turned) > p.edge_angle_max_deg) return false;
  // In the device's own axes: how far the region's farthest corner is from each edge.
  const double angle = device.angle * CV_PI / 180.0;
  const double cosine = std::cos(angle);
  const double sine = std::sin(angle);
  double inside_x_max = 0;
  double inside_y_max = 0;
  cv::Point2f corners[4];
  region.points(corners);
  for (const cv::Point2f& corner : corners) {
    const double dx = corner.x - device.center.x;
    const double dy = corner.y - device.center.y;
    const double x = cosine * dx + sine * dy;
    const double y = cosine * dy - sine * dx;
    inside_x_max = std::max(inside_x_max, 0.5 * device.size.width - std::abs(x));
    inside_y_max = std::max(inside_y_max, 0.5 * device.size.height - std::abs(y));
  }
  return std::min(inside_x_max, inside_y_max) < p.edge_band_px * scale;
}

}  // namespace

v1::Zone SurfaceZone(const Device& device) {
  return !device.found || device.has_display ? v1::ZONE_Z1 : v1::ZONE_Z3;
}

void DropEdgeHighlights(const cv::RotatedRect& device_rect, cv::Point box, double scale,
                        const Parameters& p, std::vector<Region>& regions) {
  std::erase_if(regions, [&](const Region& region) {
    cv::RotatedRect in_picture = region.rect;
    in_picture.center += cv::Point2f(box);
    return IsEdgeHighlight(device_rect, in_picture, scale, p);
  });
}

}  // namespace loopdock::vision
