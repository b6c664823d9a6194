// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/report.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace loopdock::vision {

FaceFrame::FaceFrame(const cv::RotatedRect& rect) : centre_(rect.center) {
  const bool wide = rect.size.width >= rect.size.height;
  const double angle = (rect.angle + (wide ? 0 : 90)) * CV_PI / 180;
  along_ = {std::cos(angle), std::sin(angle)};
  if (along_.x < -1e-6 || (std::abs(along_.x) <= 1e-6 && along_.y < 0)) along_ = -along_;
  length_px_ = std::max(1.0F, std::max(rect.size.width, rect.size.height));
  width_px_ = std::max(1.0F, std::min(rect.size.width, rect.size.height));
}

cv::Point2d FaceFrame::ToFace(cv::Point2d at) const {
  const cv::Point2d from = at - centre_;
  const cv::Point2d across(-along_.y, along_.x);
  return {from.dot(along_) / length_px_ + 0.5, from.dot(across) / width_px_ + 0.5};
}

cv::Point2d FaceFrame::ToPicture(cv::Point2d face) const {
  const cv::Point2d across(-along_.y, along_.x);
  return centre_ + along_ * ((face.x - 0.5) * length_px_) + across * ((face.y - 0.5) * width_px_);
}

cv::Mat Straightened(const cv::Mat& grey, const FaceFrame& frame, int width) {
  const int length =
      std::max(width, static_cast<int>(std::lround(width * frame.length_px() / frame.width_px())));
  const cv::Point2f from[3] = {cv::Point2f(frame.ToPicture({0, 0})),
                               cv::Point2f(frame.ToPicture({1, 0})),
                               cv::Point2f(frame.ToPicture({0, 1}))};
  const cv::Point2f to[3] = {
      {0, 0}, {static_cast<float>(length), 0}, {0, static_cast<float>(width)}};
  cv::Mat face;
  cv::warpAffine(grey, face, cv::getAffineTransform(from, to), cv::Size(length, width),
                 cv::INTER_AREA, cv::BORDER_REPLICATE);
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

void AddDefect(const Region& region, v1::Zone zone, double confidence,
               const std::optional<FaceFrame>& frame, double to_picture,
               v1::Measurement& measurement) {
  v1::Defect* defect = measurement.add_defects();
  defect->set_type(region.type);
  defect->set_zone(region.zone == v1::ZONE_UNSPECIFIED ? zone : region.zone);
  AddPoints(region.outline, to_picture, defect->mutable_polygon());
  defect->set_length_px(region.length_px * to_picture);
  defect->set_width_px(region.width_px * to_picture);
  defect->set_area_px2(region.area_px2 * to_picture * to_picture);
  defect->set_contrast(region.contrast);
  defect->set_confidence(confidence);
  defect->set_weight(region.weight);
  if (frame.has_value()) {
    const cv::Point2d at = frame->ToFace(region.rect.center);
    defect->set_along(std::clamp(at.x, 0.0, 1.0));
    defect->set_across(std::clamp(at.y, 0.0, 1.0));
  }
}

}  // namespace loopdock::vision
