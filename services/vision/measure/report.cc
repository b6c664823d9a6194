// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace loopdock::vision {

namespace {

const std::array<cv::Point2f, 4> kUnit = {cv::Point2f(0, 0), {1, 0}, {1, 1}, {0, 1}};

cv::RotatedRect RectAround(const std::vector<cv::Point2d>& outline) {
  return cv::minAreaRect(std::vector<cv::Point2f>(outline.begin(), outline.end()));
}

cv::Point2d Through(const cv::Matx33d& matrix, cv::Point2d at) {
  const cv::Vec3d to = matrix * cv::Vec3d(at.x, at.y, 1);
  return {to[0] / to[2], to[1] / to[2]};
}

// Along the outline, corners or not, in even steps.
std::vector<cv::Point2d> Steps(const std::vector<cv::Point2d>& outline) {
  constexpr double kStepPx = 2;
  std::vector<cv::Point2d> steps;
  for (size_t i = 0; i < outline.size(); ++i) {
    const cv::Point2d way = outline[(i + 1) % outline.size()] - outline[i];
    const int count = std::max(1, static_cast<int>(cv::norm(way) / kStepPx));
    for (int k = 0; k < count; ++k)
      steps.push_back(outline[i] + way * (static_cast<double>(k) / count));
  }
  return steps;
}

// The line through each side's middle part, the side from (0, 0) to (1, 0) first; fewer than four
// where a side is not there. Corners are round.
std::vector<cv::Vec4f> Sides(const FaceFrame& rough, const std::vector<cv::Point2d>& outline) {
  constexpr double kCorner = 0.15;
  constexpr double kReach = 0.15;
  constexpr size_t kPointsMin = 10;
  std::array<std::vector<cv::Point2f>, 4> points;
  for (const cv::Point2d& at : Steps(outline)) {
    const cv::Point2d face = rough.ToFace(at);
    const bool along = face.x > kCorner && face.x < 1 - kCorner;
    const bool across = face.y > kCorner && face.y < 1 - kCorner;
    if (along && face.y < kReach) points[0].emplace_back(at);
    if (across && face.x > 1 - kReach) points[1].emplace_back(at);
    if (along && face.y > 1 - kReach) points[2].emplace_back(at);
    if (across && face.x < kReach) points[3].emplace_back(at);
  }
  std::vector<cv::Vec4f> sides;
  for (const auto& side : points) {
    if (side.size() < kPointsMin) return {};
    cv::fitLine(side, sides.emplace_back(), cv::DIST_HUBER, 0, 0.01, 0.01);
  }
  return sides;
}

cv::Point2f Crossing(const cv::Vec4f& a, const cv::Vec4f& b) {
  const float turn = a[0] * b[1] - a[1] * b[0];
  const float t = ((b[2] - a[2]) * b[1] - (b[3] - a[3]) * b[0]) / turn;
  return {a[2] + t * a[0], a[3] + t * a[1]};
}

}  // namespace

FaceFrame::FaceFrame(const cv::RotatedRect& rect) {
  const bool wide = rect.size.width >= rect.size.height;
  const double angle = (rect.angle + (wide ? 0 : 90)) * CV_PI / 180;
  cv::Point2d axis(std::cos(angle), std::sin(angle));
  if (axis.x < -1e-6 || (std::abs(axis.x) <= 1e-6 && axis.y < 0)) axis = -axis;
  length_px_ = std::max(1.0F, std::max(rect.size.width, rect.size.height));
  width_px_ = std::max(1.0F, std::min(rect.size.width, rect.size.height));
  const cv::Point2d along = axis * (length_px_ / 2);
  const cv::Point2d across = cv::Point2d(-axis.y, axis.x) * (width_px_ / 2);
  const cv::Point2d centre = rect.center;
  SetCorners({cv::Point2f(centre - along - across), cv::Point2f(centre + along - across),
              cv::Point2f(centre + along + across), cv::Point2f(centre - along + across)});
}

FaceFrame::FaceFrame(const std::vector<cv::Point2d>& outline) : FaceFrame(RectAround(outline)) {
  // Of the width; more is no lean of a camera.
  constexpr double kOffMax = 0.2;
  const std::vector<cv::Vec4f> sides = Sides(*this, outline);
  if (sides.size() < kUnit.size()) return;
  std::array<cv::Point2f, 4> corners;
  for (size_t i = 0; i < corners.size(); ++i) {
    corners[i] = Crossing(sides[(i + 3) % corners.size()], sides[i]);
    const double off = cv::norm(cv::Point2d(corners[i]) - ToPicture(kUnit[i]));
    if (!(off <= kOffMax * width_px_)) return;
  }
  SetCorners(corners);
}

void FaceFrame::SetCorners(const std::array<cv::Point2f, 4>& corners) {
  to_picture_ = cv::getPerspectiveTransform(kUnit.data(), corners.data());
  to_face_ = to_picture_.inv();
}

cv::Point2d FaceFrame::ToFace(cv::Point2d at) const { return Through(to_face_, at); }

cv::Point2d FaceFrame::ToPicture(cv::Point2d face) const { return Through(to_picture_, face); }

cv::Mat Straightened(const cv::Mat& picture, const FaceFrame& frame, int width, double factor) {
  const int length =
      std::max(width, static_cast<int>(std::lround(width * frame.length_px() / frame.width_px())));
  std::array<cv::Point2f, 4> from;
  std::array<cv::Point2f, 4> to;
  for (size_t i = 0; i < kUnit.size(); ++i) {
    from[i] = frame.ToPicture(kUnit[i]) * factor;
    to[i] = {kUnit[i].x * static_cast<float>(length), kUnit[i].y * static_cast<float>(width)};
  }
  cv::Mat face;
  cv::warpPerspective(picture, face, cv::getPerspectiveTransform(from.data(), to.data()),
                      cv::Size(length, width), cv::INTER_AREA, cv::BORDER_REPLICATE);
  return face;
}

void AddPoints(const std::vector<cv::Point>& outline, double factor,
               google::protobuf::RepeatedPtrField<v1::Point>* points) {
  for (const cv::Point& at : outline) {
    v1::Point* point = points->Add();
    // Centres of pixels stay centres when the picture was reduced.
    point->set_x((at.x + 0.5) * factor - 0.5);
    point->set_y((at.y + 0.5) * factor - 0.5);
  }
}

v1::Defect& AddDefect(const Region& region, v1::Zone zone, const std::optional<FaceFrame>& frame,
                      double to_picture, v1::Measurement& measurement) {
  v1::Defect* defect = measurement.add_defects();
  defect->set_type(region.type);
  defect->set_zone(region.zone == v1::ZONE_UNSPECIFIED ? zone : region.zone);
  AddPoints(region.outline, to_picture, defect->mutable_polygon());
  defect->set_length_px(region.length_px * to_picture);
  defect->set_width_px(region.width_px * to_picture);
  defect->set_area_px2(region.area_px2 * to_picture * to_picture);
  defect->set_contrast(region.contrast);
  defect->set_weight(region.weight);
  if (frame.has_value()) {
    const cv::Point2d at = frame->ToFace(region.rect.center);
    defect->set_along(std::clamp(at.x, 0.0, 1.0));
    defect->set_across(std::clamp(at.y, 0.0, 1.0));
  }
  return *defect;
}

}  // namespace loopdock::vision
