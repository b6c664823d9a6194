// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_TOOLS_RENDER_CAMERA_H_
#define LOOPDOCK_TESTS_TOOLS_RENDER_CAMERA_H_

// A station's camera over its mat. World: millimetres on the mat, x to the right, y down, z into
// the table, so that what lies on the mat has z < 0. Thread safety: a Camera never changes after it
// is made.

#include <opencv2/core.hpp>
#include <vector>

namespace loopdock::render {

struct CameraPose {
  cv::Size size{1920, 1080};
  // Of the mat's point in the middle of the picture, and how wide the picture is there.
  cv::Point2d looks_at_mm;
  double width_mm = 220;
  // How far it leans, and to which side (0 is to the right, 90 down).
  double tilt_deg = 0;
  double tilt_towards_deg = 0;
  // Turned around its own axis.
  double roll_deg = 0;
  // Of the longer side of the picture.
  double focal_share = 1.35;
  // Of the lens: k1, k2, p1, p2, k3.
  std::vector<double> distortion = {-0.06, 0.02, 0.0004, -0.0003, 0};
  // Principal point off the middle, in shares of the longer side.
  cv::Point2d off_middle{0.004, -0.003};
};

class Camera {
 public:
  explicit Camera(const CameraPose& pose);

  cv::Size size() const { return size_; }
  const cv::Matx33d& matrix() const { return matrix_; }
  const std::vector<double>& distortion() const { return distortion_; }

  // Where points of the world are seen.
  std::vector<cv::Point2d> Project(const std::vector<cv::Point3d>& world) const;

  // For each pixel, the point of the plane z = `z_mm` that it sees: CV_32FC2, millimetres.
  cv::Mat PlaneMap(double z_mm) const;

 private:
  cv::Size size_;
  cv::Matx33d matrix_;
  std::vector<double> distortion_;
  cv::Matx33d turn_;
  cv::Vec3d shift_;
};

}  // namespace loopdock::render

#endif  // LOOPDOCK_TESTS_TOOLS_RENDER_CAMERA_H_
