// SPDX-License-Identifier: Apache-2.0
#include "services/vision/scale/plane.h"

#include <algorithm>
#include <cmath>
#include <opencv2/calib3d.hpp>

#include "services/common/status.h"
#include "services/vision/scale/blur.h"
#include "services/vision/scale/find_board.h"
#include "services/vision/sheet/board_layout.h"

namespace loopdock::vision {
namespace {

// Focal length of an ordinary camera, of the longer side of its picture.
constexpr double kOrdinaryFocal = 1.2;
// Marks that fit to less than this share of the picture's longer side; half a pixel at 1920.
constexpr double kReprojectionMax = 0.5 / 1920;
// Without a lens its distortion is in the marks too.
constexpr double kReprojectionMaxNoLens = 2.0 / 1920;
constexpr double kFitShareMin = 0.75;
constexpr int kCornersMin = 16;
constexpr double kUmPerMm = 1000;
// A plane that the camera looks along has no inverse.
constexpr double kFlat = 1e-12;
// Of the camera's height: no face lies so near to it.
constexpr double kHeightShareMax = 0.5;
// Of a phone whose thickness nobody said.
constexpr double kBodyMm = 8;
const cv::TermCriteria kUndistort(cv::TermCriteria::COUNT, 12, 0);

bool Sane(double value, double least, double most) {
  return std::isfinite(value) && value >= least && value <= most;
}

cv::Matx33d OrdinaryMatrix(cv::Size picture) {
  const double focal = kOrdinaryFocal * std::max(picture.width, picture.height);
  return {focal, 0, (picture.width - 1) / 2.0, 0, focal, (picture.height - 1) / 2.0, 0, 0, 1};
}

// For a picture of the same shape and another size, with the centres of pixels where they were.
cv::Matx33d MatrixOf(const v1::Lens& lens, cv::Size picture) {
  const double k = static_cast<double>(picture.width) / lens.width_px();
  return {k * lens.fx(),
          0,
          k * (lens.cx() + 0.5) - 0.5,
          0,
          k * lens.fy(),
          k * (lens.cy() + 0.5) - 0.5,
          0,
          0,
          1};
}

std::vector<cv::Point2d> SheetMm(const v1::Board& board, const v1::BoardView& view) {
  const std::vector<SheetPoint> all = BoardPoints(board);
  std::vector<cv::Point2d> sheet;
  for (const int index : view.indices()) {
    const SheetPoint& at = all[static_cast<size_t>(index)];
    sheet.emplace_back(at.x_mm, at.y_mm);
  }
  return sheet;
}

// The points seen, as a lens without distortion would show them.
std::vector<cv::Point2d> StraightPoints(const v1::BoardView& view,
                                        const std::optional<v1::Lens>& lens,
                                        const cv::Matx33d& matrix) {
  std::vector<cv::Point2d> px;
  for (const v1::Point& at : view.points()) px.emplace_back(at.x(), at.y());
  if (!lens.has_value() || lens->distortion_size() == 0) return px;
  const std::vector<double> distortion(lens->distortion().begin(), lens->distortion().end());
  std::vector<cv::Point2d> straight;
  cv::undistortPoints(px, straight, matrix, distortion, cv::noArray(), matrix, kUndistort);
  return straight;
}

std::vector<cv::Point2d> FieldPx(const v1::Board& board, const cv::Matx33d& sheet_to_px) {
  const auto [low, high] = FreeField(board);
  const std::vector<cv::Point2d> corners = {
      {low.x_mm, low.y_mm}, {high.x_mm, low.y_mm}, {high.x_mm, high.y_mm}, {low.x_mm, high.y_mm}};
  std::vector<cv::Point2d> px;
  cv::perspectiveTransform(corners, px, sheet_to_px);
  return px;
}

double RootMeanSquare(const std::vector<cv::Point2d>& a, const std::vector<cv::Point2d>& b,
                      const cv::Mat& counted) {
  double sum = 0;
  int count = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    if (counted.at<unsigned char>(static_cast<int>(i)) == 0) continue;
    sum += (a[i] - b[i]).dot(a[i] - b[i]);
    ++count;
  }
  return count == 0 ? 0 : std::sqrt(sum / count);
}

// The plane `height` above the sheet, by the pinhole `matrix`: with the sheet seen as
// matrix * [r1 r2 t], what lies above it is seen as matrix * [r1 r2 t - height * r3].
cv::Matx33d Raised(const cv::Matx33d& sheet_to_px, const cv::Matx33d& matrix, double height,
                   double& tilt_deg) {
  const cv::Matx33d pose = matrix.inv() * sheet_to_px;
  cv::Vec3d r1(pose(0, 0), pose(1, 0), pose(2, 0));
  cv::Vec3d r2(pose(0, 1), pose(1, 1), pose(2, 1));
  const double scale = std::sqrt(cv::norm(r1) * cv::norm(r2));
  // The sheet lies before the camera: its third coordinate is positive.
  const double sign = pose(2, 2) < 0 ? -1 : 1;
  const cv::Vec3d r3 = r1.cross(r2) * (sign / scale);
  tilt_deg = std::acos(std::clamp(std::abs(r3[2]) / cv::norm(r3), 0.0, 1.0)) * 180 / CV_PI;
  const cv::Vec3d moved = matrix * (height * r3);
  cv::Matx33d raised = sheet_to_px;
  for (int row = 0; row < 3; ++row) raised(row, 2) -= moved[row];
  return raised;
}

// Of the camera above the sheet, in the sheet's unit.
double CameraHeight(const cv::Matx33d& sheet_to_px, const cv::Matx33d& matrix) {
  const cv::Matx33d pose = matrix.inv() * sheet_to_px;
  const cv::Vec3d r1(pose(0, 0), pose(1, 0), pose(2, 0));
  const cv::Vec3d r2(pose(0, 1), pose(1, 1), pose(2, 1));
  const cv::Vec3d to_sheet(pose(0, 2), pose(1, 2), pose(2, 2));
  const cv::Vec3d normal = r1.cross(r2);
  return std::abs(normal.dot(to_sheet)) /
         (cv::norm(normal) * std::sqrt(cv::norm(r1) * cv::norm(r2)));
}

Plane UmPlane(const std::optional<v1::Lens>& lens, cv::Size picture, const cv::Matx33d& mm_to_px) {
  return {lens, picture, cv::Matx33d(kUmPerMm, 0, 0, 0, kUmPerMm, 0, 0, 0, 1) * mm_to_px.inv()};
}

}  // namespace

absl::Status CheckLens(const v1::Lens& lens, cv::Size picture) {
  const auto invalid = [](const char* what) {
    return common::Error(absl::StatusCode::kInvalidArgument, "LENS_INVALID", what);
  };
  if (lens.width_px() <= 0 || lens.height_px() <= 0) {
    return invalid("A lens says which size of picture it holds for.");
  }
  const double shape = static_cast<double>(lens.width_px()) / lens.height_px();
  const double seen = static_cast<double>(picture.width) / picture.height;
  if (std::abs(shape / seen - 1) > 0.005) {
    return invalid("The lens was worked out for pictures of another shape: calibrate again.");
  }
  const double longer = std::max(lens.width_px(), lens.height_px());
  if (!Sane(lens.fx(), 0.2 * longer, 50 * longer) || !Sane(lens.fy(), 0.2 * longer, 50 * longer) ||
      !Sane(lens.cx(), 0, lens.width_px()) || !Sane(lens.cy(), 0, lens.height_px())) {
    return invalid("The lens's focal length or principal point is that of no camera.");
  }
  if (lens.distortion_size() != 0 && lens.distortion_size() != 5) {
    return invalid("A lens has five coefficients of distortion, or none.");
  }
  if (!std::all_of(lens.distortion().begin(), lens.distortion().end(),
                   [](double k) { return Sane(k, -10, 10); })) {
    return invalid("The lens's distortion is that of no camera.");
  }
  return absl::OkStatus();
}

Plane Plane::Uniform(double um_per_px) {
  return Plane(std::nullopt, {1, 1}, {um_per_px, 0, 0, 0, um_per_px, 0, 0, 0, 1});
}

Plane::Plane(const std::optional<v1::Lens>& lens, cv::Size picture, const cv::Matx33d& face_um)
    : face_um_(face_um) {
  if (!lens.has_value()) return;
  has_lens_ = true;
  matrix_ = MatrixOf(*lens, picture);
  distortion_.assign(lens->distortion().begin(), lens->distortion().end());
}

std::vector<cv::Point2d> Plane::Undistorted(const std::vector<cv::Point2d>& px) const {
  if (!has_lens_ || distortion_.empty()) return px;
  std::vector<cv::Point2d> straight;
  cv::undistortPoints(px, straight, matrix_, distortion_, cv::noArray(), matrix_, kUndistort);
  return straight;
}

std::vector<cv::Point2d> Plane::ToUm(const std::vector<cv::Point2d>& px) const {
  if (px.empty()) return {};
  std::vector<cv::Point2d> um;
  cv::perspectiveTransform(Undistorted(px), um, face_um_);
  return um;
}

double Plane::UmPerPx(cv::Point2d at) const {
  const auto um = ToUm({at, at + cv::Point2d(1, 0), at + cv::Point2d(0, 1)});
  return std::sqrt(std::abs((um[1] - um[0]).cross(um[2] - um[0])));
}

Plane::AlongAcross Plane::Scale(const std::vector<cv::Point2d>& path_px,
                                const std::vector<cv::Point2d>& directions) const {
  std::vector<cv::Point2d> px;
  px.reserve(3 * path_px.size());
  for (size_t i = 0; i < path_px.size(); ++i) {
    const cv::Point2d normal(-directions[i].y, directions[i].x);
    px.insert(px.end(), {path_px[i], path_px[i] + directions[i], path_px[i] + normal});
  }
  const std::vector<cv::Point2d> um = ToUm(px);
  AlongAcross scale;
  for (size_t i = 0; i < path_px.size(); ++i) {
    const cv::Point2d along = um[3 * i + 1] - um[3 * i];
    const double length = cv::norm(along);
    scale.along += length;
    // Across the line as it lies on the face, which a leaning camera does not see square.
    scale.across += std::abs(along.cross(um[3 * i + 2] - um[3 * i])) / length;
  }
  scale.along /= static_cast<double>(path_px.size());
  scale.across /= static_cast<double>(path_px.size());
  return scale;
}

MatView LookAtMat(const cv::Mat& grey, const v1::Board& board, const std::optional<v1::Lens>& lens,
                  double thickness_um) {
  MatView mat;
  mat.reason = "MAT_NOT_SEEN";
  const auto view = FindBoard(grey, board);
  if (!view.ok()) return mat;
  mat.marks_found = view->indices_size() / 4;
  if (view->indices_size() < kCornersMin) return mat;
  mat.blur_px = BlurOf(grey, *view);
  const cv::Matx33d matrix =
      lens.has_value() ? MatrixOf(*lens, grey.size()) : OrdinaryMatrix(grey.size());
  const std::vector<cv::Point2d> px = StraightPoints(*view, lens, matrix);
  const std::vector<cv::Point2d> sheet = SheetMm(board, *view);
  const double limit = (lens.has_value() ? kReprojectionMax : kReprojectionMaxNoLens) *
                       std::max(grey.cols, grey.rows);
  cv::Mat fits;
  const cv::Mat found = cv::findHomography(sheet, px, cv::RANSAC, 4 * limit, fits);
  if (found.empty()) return mat;
  const cv::Matx33d sheet_to_px = found;
  std::vector<cv::Point2d> reckoned;
  cv::perspectiveTransform(sheet, reckoned, sheet_to_px);
  mat.reprojection_px = RootMeanSquare(px, reckoned, fits);
  if (thickness_um / kUmPerMm > kHeightShareMax * CameraHeight(sheet_to_px, matrix)) {
    mat.reason = "FACE_TOO_HIGH";
    return mat;
  }
  const cv::Matx33d face = Raised(sheet_to_px, matrix, thickness_um / kUmPerMm, mat.tilt_deg);
  if (std::abs(cv::determinant(face)) < kFlat) return mat;
  mat.face = UmPlane(lens, grey.size(), face);
  double same_tilt = 0;
  const double body_mm = thickness_um > 0 ? thickness_um / kUmPerMm : kBodyMm;
  const cv::Matx33d ground =
      Raised(sheet_to_px, matrix, thickness_um / kUmPerMm - body_mm, same_tilt);
  if (std::abs(cv::determinant(ground)) >= kFlat) mat.ground = UmPlane(lens, grey.size(), ground);
  mat.field_px = FieldPx(board, sheet_to_px);
  const bool certain = mat.reprojection_px <= limit &&
                       cv::countNonZero(fits) >= kFitShareMin * static_cast<double>(px.size());
  mat.reason = certain ? "" : "MAT_UNCERTAIN";
  return mat;
}

}  // namespace loopdock::vision
