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

// How far the deepest point of `place` is from the device's nearer edge, along the axis of the
// device that is `turn_deg` away from its first one.
double DepthInside(const cv::RotatedRect& device, const cv::RotatedRect& place, double turn_deg) {
  const double half = 0.5 * (turn_deg == 0 ? device.size.width : device.size.height);
  const double angle = (device.angle + turn_deg) * CV_PI / 180.0;
  cv::Point2f corners[4];
  place.points(corners);
  double low = half;
  double high = -half;
  for (const cv::Point2f& corner : corners) {
    const double at = std::cos(angle) * (corner.x - device.center.x) +
                      std::sin(angle) * (corner.y - device.center.y);
    low = std::min(low, at);
    high = std::max(high, at);
  }
  if (low <= 0 && high >= 0) return half;
  return half - std::min(std::abs(low), std::abs(high));
}

double AngleToEdge(const cv::RotatedRect& device, const cv::RotatedRect& place) {
  const double turned = std::fmod(std::abs(Direction(device) - Direction(place)), 90.0);
  return std::min(turned, 90.0 - turned);
}

// What the border of the inspected area cuts off, as it does with what lies along it.
bool RunsOut(const cv::RotatedRect& device, const Region& region, double angle_max_deg) {
  return region.cut_off && (region.type == v1::DEFECT_TYPE_STAIN ||
                            AngleToEdge(device, region.rect) <= angle_max_deg);
}

bool IsEdgeHighlight(const cv::RotatedRect& device, const Region& region, double scale,
                     const Parameters& p) {
  const cv::RotatedRect& place = region.rect;
  const double longer = std::max(place.size.width, place.size.height) + 1.0;
  const double shorter = std::min(place.size.width, place.size.height) + 1.0;
  const bool along_edge =
      longer >= p.edge_aspect_min * shorter && AngleToEdge(device, place) <= p.edge_angle_max_deg;
  if (!along_edge && !RunsOut(device, region, p.edge_cut_angle_max_deg)) return false;
  return std::min(DepthInside(device, place, 0), DepthInside(device, place, 90)) <
         p.edge_band_px * scale;
}

}  // namespace

v1::Face FaceOf(const Device& device, bool has_module, v1::Face said, const Parameters& p) {
  if (said != v1::FACE_UNSPECIFIED || !device.found) return said;
  const double longer = std::max(device.rect.size.width, device.rect.size.height);
  const double shorter = std::min(device.rect.size.width, device.rect.size.height);
  if (longer > p.side_aspect_min * shorter) return v1::FACE_SIDE;
  if (device.display_on) return v1::FACE_DISPLAY;
  return device.has_display && !has_module ? v1::FACE_DISPLAY : v1::FACE_BACK;
}

v1::Zone SurfaceZone(v1::Face face) {
  switch (face) {
    case v1::FACE_BACK:
      return v1::ZONE_Z3;
    case v1::FACE_SIDE:
      return v1::ZONE_Z4;
    default:
      return v1::ZONE_Z1;
  }
}

v1::Zone RimZone(v1::Face face) { return face == v1::FACE_DISPLAY ? v1::ZONE_Z2 : v1::ZONE_Z4; }

void DropEdgeHighlights(const cv::RotatedRect& device_rect, double scale, const Parameters& p,
                        std::vector<Region>& regions) {
  std::erase_if(regions, [&](const Region& region) {
    return IsEdgeHighlight(device_rect, region, scale, p);
  });
}

void DropCutHighlights(const cv::RotatedRect& device_rect, const Parameters& p,
                       std::vector<Region>& regions) {
  std::erase_if(regions, [&](const Region& region) {
    return RunsOut(device_rect, region, p.edge_angle_max_deg);
  });
}

}  // namespace loopdock::vision
