// SPDX-License-Identifier: Apache-2.0
#include "tests/tools/render/camera.h"

#include <cmath>
#include <opencv2/calib3d.hpp>
#include <opencv2/imgproc.hpp>

namespace loopdock::render {
namespace {

double Radians(double degrees) { return degrees * CV_PI / 180; }

cv::Matx33d TurnZ(double angle) {
  return {std::cos(angle), -std::sin(angle), 0, std::sin(angle), std::cos(angle), 0, 0, 0, 1};
}

cv::Matx33d TurnY(double angle) {
  return {std::cos(angle), 0, std::sin(angle), 0, 1, 0, -std::sin(angle), 0, std::cos(angle)};
}

}  // namespace

Camera::Camera(const CameraPose& pose) : size_(pose.size), distortion_(pose.distortion) {
  const double longer = std::max(size_.width, size_.height);
  const double focal = pose.focal_share * longer;
  matrix_ = {focal, 0,     (size_.width - 1) / 2.0 + pose.off_middle.x * longer,
             0,     focal, (size_.height - 1) / 2.0 + pose.off_middle.y * longer,
             0,     0,     1};
  const double towards = Radians(pose.tilt_towards_deg);
  turn_ = TurnZ(Radians(pose.roll_deg)) * TurnZ(towards) * TurnY(Radians(pose.tilt_deg)) *
          TurnZ(-towards);
  const double distance = focal * pose.width_mm / size_.width;
  shift_ = cv::Vec3d(0, 0, distance) - turn_ * cv::Vec3d(pose.looks_at_mm.x, pose.looks_at_mm.y, 0);
}

std::vector<cv::Point2d> Camera::Project(const std::vector<cv::Point3d>& world) const {
  cv::Vec3d turn;
  cv::Rodrigues(turn_, turn);
  std::vector<cv::Point2d> seen;
  if (!world.empty()) cv::projectPoints(world, turn, shift_, matrix_, distortion_, seen);
  return seen;
}

cv::Mat Camera::PlaneMap(double z_mm) const {
  // Lens and perspective are smooth: every eighth pixel is reckoned, the others lie between them.
  constexpr int kStep = 8;
  const cv::Size grid(size_.width / kStep + 2, size_.height / kStep + 2);
  std::vector<cv::Point2d> pixels;
  for (int y = 0; y < grid.height; ++y) {
    for (int x = 0; x < grid.width; ++x) {
      pixels.emplace_back((x + 0.5) * kStep - 0.5, (y + 0.5) * kStep - 0.5);
    }
  }
  std::vector<cv::Point2d> rays;
  cv::undistortPoints(pixels, rays, matrix_, distortion_, cv::noArray(), cv::noArray(),
                      cv::TermCriteria(cv::TermCriteria::COUNT, 12, 0));
  const cv::Vec3d centre = -(turn_.t() * shift_);
  cv::Mat coarse(grid, CV_32FC2);
  for (size_t i = 0; i < rays.size(); ++i) {
    const cv::Vec3d ray = turn_.t() * cv::Vec3d(rays[i].x, rays[i].y, 1);
    const double far = (z_mm - centre[2]) / ray[2];
    const cv::Vec3d hit = centre + far * ray;
    coarse.at<cv::Vec2f>(static_cast<int>(i)) = {static_cast<float>(hit[0]),
                                                 static_cast<float>(hit[1])};
  }
  cv::Mat map;
  cv::resize(coarse, map, grid * kStep, 0, 0, cv::INTER_LINEAR);
  return map(cv::Rect(cv::Point(0, 0), size_)).clone();
}

}  // namespace loopdock::render
