// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_REPORT_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_REPORT_H_
// A device's own coordinates; and what was found in the working picture, written as a Measurement
// in pixels of the picture given.
//
// Thread safety: pure functions.

#include <array>
#include <opencv2/core.hpp>
#include <optional>
#include <vector>

#include "loopdock/vision/v1/vision.pb.h"
#include "services/vision/measure/regions.h"

namespace loopdock::vision {

// The device's own coordinates: 0 to 1 along its longer side and across. The longer axis points to
// the right in the picture, an upright one down; the other lies a quarter turn clockwise from it.
class FaceFrame {
 public:
  explicit FaceFrame(const cv::RotatedRect& rect);
  // By the four sides of the outline, which perspective makes no rectangle; by the smallest
  // rectangle where it has no four straight ones.
  explicit FaceFrame(const std::vector<cv::Point2d>& outline);

  // x along, y across.
  cv::Point2d ToFace(cv::Point2d at) const;
  cv::Point2d ToPicture(cv::Point2d face) const;
  double length_px() const { return length_px_; }
  double width_px() const { return width_px_; }

 private:
  // Of the points (0, 0), (1, 0), (1, 1) and (0, 1).
  void SetCorners(const std::array<cv::Point2f, 4>& corners);

  cv::Matx33d to_face_;
  cv::Matx33d to_picture_;
  double length_px_ = 1;
  double width_px_ = 1;
};

// The face straightened: `width` pixels across, its own shape. `factor` is how many pixels of the
// picture are one of the frame's.
cv::Mat Straightened(const cv::Mat& picture, const FaceFrame& frame, int width, double factor = 1);

void AddPoints(const std::vector<cv::Point>& outline, double factor,
               google::protobuf::RepeatedPtrField<v1::Point>* points);

// Of a region in working pixels: its outline, its place and its sizes in pixels. Without a frame
// a defect has no place on the device; `zone` is that of the surface.
v1::Defect& AddDefect(const Region& region, v1::Zone zone, const std::optional<FaceFrame>& frame,
                      double to_picture, v1::Measurement& measurement);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_REPORT_H_
