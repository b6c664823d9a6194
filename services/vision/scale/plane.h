// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_SCALE_PLANE_H_
#define LOOPDOCK_SERVICES_VISION_SCALE_PLANE_H_

// From pixels to micrometres on the device's face, wherever in the picture and however the camera
// leans: points are carried over to the plane of the face and measured there.
// Thread safety: a Plane never changes after it is made.
// Errors: LENS_INVALID of CheckLens; otherwise cv::Exception only, caught by the callers.

#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "loopdock/vision/v1/vision.pb.h"

namespace loopdock::vision {

// INVALID_ARGUMENT LENS_INVALID when it is no lens that a picture of this size can be taken with.
absl::Status CheckLens(const v1::Lens& lens, cv::Size picture);

class Plane {
 public:
  // The same scale everywhere.
  static Plane Uniform(double um_per_px);
  // `face_um` carries pixels without distortion to micrometres.
  Plane(const std::optional<v1::Lens>& lens, cv::Size picture, const cv::Matx33d& face_um);

  std::vector<cv::Point2d> ToUm(const std::vector<cv::Point2d>& px) const;

  // Of a small square there: the side that has its area.
  double UmPerPx(cv::Point2d at) const;

  // Micrometres a pixel along each path point's direction, averaged over the points, and across
  // it. `path_px` is any set of points along a line, `directions` its direction at each.
  struct AlongAcross {
    double along = 0;
    double across = 0;
  };
  AlongAcross Scale(const std::vector<cv::Point2d>& path_px,
                    const std::vector<cv::Point2d>& directions) const;

 private:
  std::vector<cv::Point2d> Undistorted(const std::vector<cv::Point2d>& px) const;

  bool has_lens_ = false;
  cv::Matx33d matrix_ = cv::Matx33d::eye();
  std::vector<double> distortion_;
  cv::Matx33d face_um_;
};

// What the marks of the mat say about a picture.
struct MatView {
  // Unset when the mat was not seen.
  std::optional<Plane> face;
  // What the device lies on: as far below its face as it is thick, or as a phone is.
  std::optional<Plane> ground;
  int marks_found = 0;
  double reprojection_px = 0;
  double tilt_deg = 0;
  // Of BlurOf (blur.h).
  double blur_px = 0;
  // Corners of the mat's free field, in pixels; the lens's distortion is left out.
  std::vector<cv::Point2d> field_px;
  // Why the scale must not be trusted: MAT_NOT_SEEN, MAT_UNCERTAIN or, where by its
  // thickness the face would lie half way to the camera, FACE_TOO_HIGH; empty when it may.
  std::string reason;
};

// `board` and `lens` are checked ones. The face lies `thickness_um` above the mat; without a lens
// that is corrected for as if the camera were an ordinary one.
MatView LookAtMat(const cv::Mat& grey, const v1::Board& board, const std::optional<v1::Lens>& lens,
                  double thickness_um);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_SCALE_PLANE_H_
