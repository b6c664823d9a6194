// SPDX-License-Identifier: Apache-2.0
#include "services/vision/scale/solve_lens.h"

#include <algorithm>
#include <cmath>
#include <opencv2/calib3d.hpp>
#include <opencv2/imgproc.hpp>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/common/status.h"
#include "services/vision/sheet/board_layout.h"

namespace loopdock::vision {
namespace {

constexpr int kViewsMin = 4;
constexpr int kViewsMax = 40;
constexpr int kPointsMin = 12;
constexpr int kSideMax = 20'000;
// Of the board's own shorter side: points nearly on one line tell nothing about a plane.
constexpr double kThinMax = 0.1;
// Between the two views that differ most.
constexpr double kLeanMinDeg = 12;
// Of the picture's width and height, over all views together.
constexpr double kCoverMin = 0.5;
// How well the focal length must be known.
constexpr double kFocalDeviationMax = 0.01;
constexpr double kReprojectionMax = 1.0 / 1920;

constexpr auto kBad = absl::StatusCode::kInvalidArgument;

absl::Status TooAlike(const std::string& what) {
  return common::Error(kBad, "VIEWS_TOO_ALIKE", what);
}

struct Views {
  cv::Size size;
  std::vector<std::vector<cv::Point3f>> sheet;
  std::vector<std::vector<cv::Point2f>> seen;
  // Of each of these, its place in the request.
  std::vector<int> number;
};

absl::Status CheckView(const v1::BoardView& view, int number, int points, cv::Size size) {
  const auto invalid = [&](const char* what) {
    return common::Error(kBad, "VIEWS_INVALID", absl::StrCat("Picture ", number, ": ", what));
  };
  if (view.width_px() < 1 || view.height_px() < 1 || view.width_px() > kSideMax ||
      view.height_px() > kSideMax) {
    return invalid("its size is that of no picture.");
  }
  if (cv::Size(view.width_px(), view.height_px()) != size) {
    return invalid("it is of another size than the first; all must come from one camera.");
  }
  if (view.indices_size() != view.points_size()) return invalid("points and indices do not match.");
  std::set<int> seen;
  for (int i = 0; i < view.indices_size(); ++i) {
    const v1::Point& at = view.points(i);
    if (view.indices(i) < 0 || view.indices(i) >= points || !seen.insert(view.indices(i)).second) {
      return invalid("it has a point twice, or one that the board does not have.");
    }
    if (!(at.x() >= -1 && at.y() >= -1 && at.x() <= size.width && at.y() <= size.height)) {
      return invalid("it has a point outside of the picture.");
    }
  }
  return absl::OkStatus();
}

bool SpansPlane(const std::vector<cv::Point2f>& points) {
  const cv::RotatedRect rect = cv::minAreaRect(points);
  const float longer = std::max(rect.size.width, rect.size.height);
  return longer > 0 && std::min(rect.size.width, rect.size.height) > kThinMax * longer;
}

absl::StatusOr<Views> Collect(const v1::SolveLensRequest& request) {
  if (const absl::Status board = CheckBoard(request.board()); !board.ok()) return board;
  if (request.views_size() < kViewsMin) {
    return common::Error(
        kBad, "VIEWS_TOO_FEW",
        absl::StrCat("A lens needs ", kViewsMin, " pictures of the board or more, ",
                     "15 are good; there are ", request.views_size(), "."));
  }
  if (request.views_size() > kViewsMax) {
    return common::Error(kBad, "VIEWS_INVALID",
                         absl::StrCat("At most ", kViewsMax, " pictures are used at a time."));
  }
  const std::vector<SheetPoint> points = BoardPoints(request.board());
  Views views{.size = {request.views(0).width_px(), request.views(0).height_px()}};
  for (int n = 0; n < request.views_size(); ++n) {
    const v1::BoardView& view = request.views(n);
    const absl::Status checked =
        CheckView(view, n + 1, static_cast<int>(points.size()), views.size);
    if (!checked.ok()) return checked;
    std::vector<cv::Point3f> sheet;
    std::vector<cv::Point2f> seen;
    for (int i = 0; i < view.indices_size(); ++i) {
      const SheetPoint& at = points[static_cast<size_t>(view.indices(i))];
      sheet.emplace_back(static_cast<float>(at.x_mm), static_cast<float>(at.y_mm), 0.0F);
      seen.emplace_back(static_cast<float>(view.points(i).x()),
                        static_cast<float>(view.points(i).y()));
    }
    if (static_cast<int>(seen.size()) < kPointsMin || !SpansPlane(seen)) continue;
    views.sheet.push_back(std::move(sheet));
    views.seen.push_back(std::move(seen));
    views.number.push_back(n);
  }
  if (static_cast<int>(views.seen.size()) < kViewsMin) {
    return common::Error(
        kBad, "VIEWS_TOO_FEW",
        absl::StrCat("Only ", views.seen.size(), " of ", request.views_size(), " pictures show ",
                     kPointsMin, " points or more; a lens needs ", kViewsMin, " such pictures."));
  }
  return views;
}

// Where the board's normal points, as an ordinary camera would see it.
cv::Vec3d Normal(const std::vector<cv::Point3f>& sheet, const std::vector<cv::Point2f>& seen,
                 cv::Size size) {
  std::vector<cv::Point2f> flat;
  for (const cv::Point3f& at : sheet) flat.emplace_back(at.x, at.y);
  const cv::Mat found = cv::findHomography(flat, seen);
  if (found.empty()) return {0, 0, 1};
  const double focal = 1.2 * std::max(size.width, size.height);
  const cv::Matx33d matrix(focal, 0, size.width / 2.0, 0, focal, size.height / 2.0, 0, 0, 1);
  const cv::Matx33d pose = matrix.inv() * cv::Matx33d(found);
  const cv::Vec3d normal = cv::Vec3d(pose(0, 0), pose(1, 0), pose(2, 0))
                               .cross(cv::Vec3d(pose(0, 1), pose(1, 1), pose(2, 1)));
  const double length = cv::norm(normal);
  return length > 0 ? normal * ((normal[2] < 0 ? -1 : 1) / length) : cv::Vec3d(0, 0, 1);
}

absl::Status CheckVariety(const Views& views) {
  std::vector<cv::Vec3d> normals;
  for (size_t i = 0; i < views.seen.size(); ++i) {
    normals.push_back(Normal(views.sheet[i], views.seen[i], views.size));
  }
  double lean = 0;
  for (const cv::Vec3d& a : normals) {
    for (const cv::Vec3d& b : normals) {
      lean = std::max(lean, std::acos(std::clamp(a.dot(b), -1.0, 1.0)) * 180 / CV_PI);
    }
  }
  if (lean < kLeanMinDeg) {
    return TooAlike(absl::StrCat(
        "All pictures show the board from nearly one side (they differ by ", std::lround(lean),
        " degrees): lean it by 20 to 30 degrees, each ", "time to another side."));
  }
  std::vector<cv::Point2f> all;
  for (const auto& seen : views.seen) all.insert(all.end(), seen.begin(), seen.end());
  const cv::Rect covered = cv::boundingRect(all);
  if (covered.width < kCoverMin * views.size.width ||
      covered.height < kCoverMin * views.size.height) {
    return TooAlike(
        "The board was only seen in a part of the picture: show it near all four "
        "corners of the picture too.");
  }
  return absl::OkStatus();
}

void SetLens(const cv::Matx33d& matrix, const cv::Mat& distortion, cv::Size size, v1::Lens& lens) {
  lens.set_width_px(size.width);
  lens.set_height_px(size.height);
  lens.set_fx(matrix(0, 0));
  lens.set_fy(matrix(1, 1));
  lens.set_cx(matrix(0, 2));
  lens.set_cy(matrix(1, 2));
  for (int i = 0; i < 5; ++i) {
    lens.add_distortion(i < static_cast<int>(distortion.total()) ? distortion.at<double>(i) : 0);
  }
}

}  // namespace

absl::StatusOr<v1::SolvedLens> SolveLens(const v1::SolveLensRequest& request) {
  const auto views = Collect(request);
  if (!views.ok()) return views.status();
  if (const absl::Status variety = CheckVariety(*views); !variety.ok()) return variety;
  cv::Matx33d matrix;
  cv::Mat distortion;
  std::vector<cv::Mat> turns;
  std::vector<cv::Mat> shifts;
  cv::Mat deviations;
  cv::Mat view_errors;
  const double error =
      cv::calibrateCamera(views->sheet, views->seen, views->size, matrix, distortion, turns, shifts,
                          deviations, cv::noArray(), view_errors, cv::CALIB_FIX_K3);
  const double longer = std::max(views->size.width, views->size.height);
  if (!std::isfinite(error) || error > kReprojectionMax * longer) {
    return common::Error(
        absl::StatusCode::kFailedPrecondition, "LENS_UNCERTAIN",
        absl::StrCat("The best lens leaves ", error, " pixels between marks seen and reckoned; at ",
                     "most ", kReprojectionMax * longer, " are allowed. Check that the sheet is ",
                     "flat, printed at 100 %, and sharp in every picture."));
  }
  if (!(deviations.at<double>(0) <= kFocalDeviationMax * matrix(0, 0))) {
    return TooAlike(
        "The pictures leave the focal length open by more than 1 %: take more of them, "
        "leaning the board further and to other sides.");
  }
  v1::SolvedLens solved;
  SetLens(matrix, distortion, views->size, *solved.mutable_lens());
  solved.set_reprojection_px(error);
  std::vector<double> errors(static_cast<size_t>(request.views_size()), 0);
  for (size_t i = 0; i < views->number.size(); ++i) {
    errors[static_cast<size_t>(views->number[i])] = view_errors.at<double>(static_cast<int>(i));
  }
  solved.mutable_view_reprojection_px()->Assign(errors.begin(), errors.end());
  return solved;
}

}  // namespace loopdock::vision
