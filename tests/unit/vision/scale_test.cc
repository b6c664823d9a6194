// SPDX-License-Identifier: Apache-2.0
// Marks, planes and lenses, on rendered pictures whose truth is known.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <opencv2/aruco.hpp>
#include <opencv2/imgproc.hpp>

#include "services/common/status.h"
#include "services/vision/scale/blur.h"
#include "services/vision/scale/find_board.h"
#include "services/vision/scale/plane.h"
#include "services/vision/scale/solve_lens.h"
#include "services/vision/sheet/board_layout.h"
#include "tests/tools/render/scene.h"

namespace loopdock::vision {
namespace {

using render::Camera;
using render::CameraPose;

cv::Mat Grey(const cv::Mat& picture) {
  cv::Mat grey;
  cv::cvtColor(picture, grey, cv::COLOR_BGR2GRAY);
  return grey;
}

// A camera of 1280x960 over the chess board: `lean` degrees to the side `towards`.
CameraPose Pose(double lean, double towards, cv::Point2d off = {}, double width_mm = 290) {
  CameraPose pose;
  pose.size = {1280, 960};
  pose.tilt_deg = lean;
  pose.tilt_towards_deg = towards;
  pose.looks_at_mm = off;
  pose.width_mm = width_mm;
  return pose;
}

v1::BoardView Exact(const v1::Board& board, CameraPose pose) {
  const SheetSize size = BoardSize(board);
  pose.looks_at_mm += cv::Point2d(size.width_mm / 2, size.height_mm / 2);
  const Camera camera(pose);
  v1::BoardView view;
  view.set_width_px(pose.size.width);
  view.set_height_px(pose.size.height);
  const auto points = BoardPoints(board);
  for (size_t i = 0; i < points.size(); ++i) {
    const cv::Point2d at = camera.Project({{points[i].x_mm, points[i].y_mm, 0}}).front();
    if (at.x < 0 || at.y < 0 || at.x > pose.size.width || at.y > pose.size.height) continue;
    view.add_indices(static_cast<int>(i));
    view.add_points()->set_x(at.x);
    view.mutable_points()->rbegin()->set_y(at.y);
  }
  return view;
}

v1::SolveLensRequest ExactViews(const std::vector<CameraPose>& poses) {
  v1::SolveLensRequest request;
  *request.mutable_board() = ChessBoard();
  for (const CameraPose& pose : poses) *request.add_views() = Exact(ChessBoard(), pose);
  return request;
}

std::vector<CameraPose> Around(double lean) {
  std::vector<CameraPose> poses;
  for (int i = 0; i < 8; ++i) {
    poses.push_back(Pose(lean, 45 * i, {i % 2 == 0 ? 25.0 : -25.0, i % 4 < 2 ? 18.0 : -18.0}));
  }
  return poses;
}

// Blurs add up by their squares.
TEST(Blur, IsToldByTheMarks) {
  const render::Shot shot = render::AnyShot(render::Models().front(), {1600, 1200}, 0, 5);
  const cv::Mat grey = Grey(render::Render(shot).picture);
  const auto view = FindBoard(grey, shot.mat);
  ASSERT_TRUE(view.ok()) << view.status();
  const double own = BlurOf(grey, *view);
  EXPECT_GT(own, 0.5);
  EXPECT_LT(own, 1.5);
  for (const double more : {0.8, 1.5}) {
    cv::Mat blurred;
    cv::GaussianBlur(grey, blurred, {}, more);
    EXPECT_NEAR(BlurOf(blurred, *view), std::hypot(own, more), 0.1);
  }
  EXPECT_EQ(BlurOf(cv::Mat(grey.size(), CV_8U, cv::Scalar(120)), *view), 0);
}

TEST(MarkBits, AreThoseOfThePictureLibrary) {
  const auto dictionary = cv::aruco::getPredefinedDictionary(cv::aruco::DICT_4X4_250);
  for (int id = 0; id < 250; ++id) {
    const cv::Mat bits =
        cv::aruco::Dictionary::getBitsFromByteList(dictionary->bytesList.rowRange(id, id + 1), 4);
    unsigned value = 0;
    for (int i = 0; i < 16; ++i) value = value << 1 | bits.at<unsigned char>(i / 4, i % 4);
    ASSERT_EQ(MarkBits(id), value) << id;
  }
}

TEST(Board, RefusesWhatCannotBePrinted) {
  EXPECT_TRUE(CheckBoard(PhoneMat()).ok());
  EXPECT_TRUE(CheckBoard(TabletMat()).ok());
  EXPECT_TRUE(CheckBoard(ChessBoard()).ok());
  v1::Board board = PhoneMat();
  board.set_columns(2);
  EXPECT_EQ(common::ReasonOf(CheckBoard(board)), "BOARD_INVALID");
  board = PhoneMat();
  board.set_pitch_um(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(common::ReasonOf(CheckBoard(board)), "BOARD_INVALID");
  board = PhoneMat();
  board.set_mark_um(14'000);
  EXPECT_EQ(common::ReasonOf(CheckBoard(board)), "BOARD_INVALID");
  board = PhoneMat();
  board.set_first_id(220);
  EXPECT_EQ(common::ReasonOf(CheckBoard(board)), "BOARD_INVALID");
  EXPECT_EQ(common::ReasonOf(CheckBoard(v1::Board())), "BOARD_INVALID");
}

TEST(FindBoard, FindsCornersOfTheChessBoardToAFractionOfAPixel) {
  const CameraPose pose = Pose(20, 60);
  const auto view = FindBoard(Grey(render::RenderBoard(ChessBoard(), pose, 3)), ChessBoard());
  ASSERT_TRUE(view.ok()) << view.status();
  EXPECT_EQ(view->indices_size(), 77);
  const v1::BoardView truth = Exact(ChessBoard(), pose);
  for (int i = 0; i < view->indices_size(); ++i) {
    const v1::Point& true_at = truth.points(view->indices(i));
    EXPECT_NEAR(view->points(i).x(), true_at.x(), 0.3) << view->indices(i);
    EXPECT_NEAR(view->points(i).y(), true_at.y(), 0.3) << view->indices(i);
  }
}

TEST(FindBoard, TellsAnotherSheetFromItsOwn) {
  const cv::Mat grey = Grey(render::RenderBoard(PhoneMat(), Pose(0, 0, {}, 240), 3));
  EXPECT_TRUE(FindBoard(grey, PhoneMat()).ok());
  EXPECT_EQ(common::ReasonOf(FindBoard(grey, TabletMat()).status()), "BOARD_NOT_SEEN");
  EXPECT_EQ(common::ReasonOf(FindBoard(grey, ChessBoard()).status()), "BOARD_NOT_SEEN");
  EXPECT_EQ(
      common::ReasonOf(FindBoard(cv::Mat(480, 640, CV_8U, cv::Scalar(90)), PhoneMat()).status()),
      "BOARD_NOT_SEEN");
}

TEST(RecogniseMat, TellsThePrintedMatsAndKnowsAStranger) {
  for (const v1::Board& mat : {PhoneMat(), TabletMat()}) {
    const double width_mm = 1.4 * BoardSize(mat).width_mm;
    for (const double towards : {0.0, 120.0, 240.0}) {
      cv::Mat grey = Grey(render::RenderBoard(mat, Pose(20, towards, {}, width_mm), 3));
      for (const bool turned : {false, true}) {
        if (turned) cv::rotate(grey, grey, cv::ROTATE_90_CLOCKWISE);
        const MatSeen seen = RecogniseMat(grey);
        EXPECT_TRUE(seen.any);
        ASSERT_TRUE(seen.mat.has_value()) << BoardName(mat) << " towards " << towards;
        EXPECT_EQ(BoardName(*seen.mat), BoardName(mat));
      }
    }
  }
  // Another sheet with the same ids, and one with others.
  v1::Board other = PhoneMat();
  other.set_columns(11);
  for (const v1::Board& board : {other, ChessBoard()}) {
    const MatSeen seen = RecogniseMat(Grey(render::RenderBoard(board, Pose(10, 30), 3)));
    EXPECT_TRUE(seen.any);
    EXPECT_FALSE(seen.mat.has_value()) << BoardName(board);
  }
  EXPECT_FALSE(RecogniseMat(cv::Mat(480, 640, CV_8U, cv::Scalar(90))).any);
}

TEST(LookAtMat, GivesTheScaleOfTheRaisedFace) {
  CameraPose pose = Pose(18, 130, {}, 260);
  const cv::Mat grey = Grey(render::RenderBoard(PhoneMat(), pose, 5));
  const SheetSize size = BoardSize(PhoneMat());
  pose.looks_at_mm = {size.width_mm / 2, size.height_mm / 2};
  const Camera camera(pose);
  const v1::Lens lens = render::TrueLens(camera);
  const MatView mat = LookAtMat(grey, PhoneMat(), lens, 8'000);
  ASSERT_TRUE(mat.face.has_value());
  EXPECT_EQ(mat.reason, "");
  EXPECT_EQ(mat.marks_found, 42);
  EXPECT_LT(mat.reprojection_px, 0.3);
  EXPECT_NEAR(mat.tilt_deg, 18, 0.3);
  // Two points 40 mm apart, 8 mm above the mat.
  const auto px = camera.Project({{60, 40, -8}, {60, 80, -8}});
  const auto um = mat.face->ToUm(px);
  EXPECT_NEAR(cv::norm(um[1] - um[0]), 40'000, 60);
  // Without the thickness the face seems larger; that is what the correction is for.
  const MatView flat = LookAtMat(grey, PhoneMat(), lens, 0);
  const auto wrong = flat.face->ToUm(px);
  EXPECT_GT(cv::norm(wrong[1] - wrong[0]), 40'700);
  // Without a lens most of it is still corrected.
  const MatView plain = LookAtMat(grey, PhoneMat(), std::nullopt, 8'000);
  ASSERT_TRUE(plain.face.has_value());
  const auto near = plain.face->ToUm(px);
  EXPECT_NEAR(cv::norm(near[1] - near[0]), 40'000, 500);
}

TEST(LookAtMat, RefusesAMatThatIsNotThereOrDoesNotFit) {
  const cv::Mat empty(480, 640, CV_8U, cv::Scalar(90));
  EXPECT_EQ(LookAtMat(empty, PhoneMat(), std::nullopt, 0).reason, "MAT_NOT_SEEN");
  EXPECT_EQ(LookAtMat(cv::Mat(1, 5000, CV_8U, cv::Scalar(90)), PhoneMat(), std::nullopt, 0).reason,
            "MAT_NOT_SEEN");
  // A face that would lie above the camera.
  EXPECT_EQ(LookAtMat(Grey(render::RenderBoard(PhoneMat(), Pose(0, 0, {}, 250), 5)), PhoneMat(),
                      std::nullopt, 1'000'000)
                .reason,
            "FACE_TOO_HIGH");
  // A mat that is bent: its right half is seen as if it were turned up.
  cv::Mat grey = Grey(render::RenderBoard(PhoneMat(), Pose(0, 0, {}, 250), 5));
  cv::Mat map(grey.size(), CV_32FC2);
  for (int y = 0; y < grey.rows; ++y) {
    for (int x = 0; x < grey.cols; ++x) {
      const auto bend = static_cast<float>(6 * std::sin(x * 0.012));
      map.at<cv::Vec2f>(y, x) = {static_cast<float>(x), static_cast<float>(y) + bend};
    }
  }
  cv::remap(grey, grey, map, cv::noArray(), cv::INTER_LINEAR);
  EXPECT_EQ(LookAtMat(grey, PhoneMat(), std::nullopt, 0).reason, "MAT_UNCERTAIN");
}

TEST(CheckLens, RefusesWhatIsNoLens) {
  const v1::Lens good = render::TrueLens(Camera(Pose(0, 0)));
  EXPECT_TRUE(CheckLens(good, {1280, 960}).ok());
  EXPECT_TRUE(CheckLens(good, {640, 480}).ok());
  EXPECT_EQ(common::ReasonOf(CheckLens(good, {1920, 1080})), "LENS_INVALID");
  EXPECT_EQ(common::ReasonOf(CheckLens(v1::Lens(), {1280, 960})), "LENS_INVALID");
  v1::Lens bad = good;
  bad.set_fx(std::numeric_limits<double>::infinity());
  EXPECT_EQ(common::ReasonOf(CheckLens(bad, {1280, 960})), "LENS_INVALID");
  bad = good;
  bad.add_distortion(0);
  EXPECT_EQ(common::ReasonOf(CheckLens(bad, {1280, 960})), "LENS_INVALID");
}

TEST(SolveLens, RecoversTheLensOfRenderedPictures) {
  v1::SolveLensRequest request;
  *request.mutable_board() = ChessBoard();
  uint64_t seed = 20;
  for (const CameraPose& pose : Around(24)) {
    const auto view =
        FindBoard(Grey(render::RenderBoard(ChessBoard(), pose, seed++)), ChessBoard());
    ASSERT_TRUE(view.ok()) << view.status();
    *request.add_views() = *view;
  }
  const auto solved = SolveLens(request);
  ASSERT_TRUE(solved.ok()) << solved.status();
  const v1::Lens truth = render::TrueLens(Camera(Pose(0, 0)));
  EXPECT_NEAR(solved->lens().fx(), truth.fx(), 0.01 * truth.fx());
  EXPECT_NEAR(solved->lens().fy(), truth.fy(), 0.01 * truth.fy());
  EXPECT_NEAR(solved->lens().cx(), truth.cx(), 12);
  EXPECT_NEAR(solved->lens().cy(), truth.cy(), 12);
  EXPECT_LT(solved->reprojection_px(), 0.5);
  EXPECT_EQ(solved->view_reprojection_px_size(), 8);
}

TEST(SolveLens, RefusesViewsThatDoNotTellALens) {
  EXPECT_TRUE(SolveLens(ExactViews(Around(24))).ok());
  auto few = Around(24);
  few.resize(3);
  EXPECT_EQ(common::ReasonOf(SolveLens(ExactViews(few)).status()), "VIEWS_TOO_FEW");
  EXPECT_EQ(common::ReasonOf(SolveLens(ExactViews(Around(0))).status()), "VIEWS_TOO_ALIKE");
  const std::vector<CameraPose> one_side(8, Pose(24, 45));
  EXPECT_EQ(common::ReasonOf(SolveLens(ExactViews(one_side)).status()), "VIEWS_TOO_ALIKE");
  auto far = Around(24);
  for (CameraPose& pose : far) pose.width_mm = 900;
  EXPECT_EQ(common::ReasonOf(SolveLens(ExactViews(far)).status()), "VIEWS_TOO_ALIKE");
  // A sheet that was printed askew.
  v1::SolveLensRequest askew = ExactViews(Around(24));
  for (v1::BoardView& view : *askew.mutable_views()) {
    for (int i = 0; i < view.points_size(); ++i) {
      view.mutable_points(i)->set_x(view.points(i).x() + 4 * std::sin(view.indices(i)));
    }
  }
  EXPECT_EQ(common::ReasonOf(SolveLens(askew).status()), "LENS_UNCERTAIN");
}

TEST(SolveLens, RefusesViewsThatAreNoneOfTheBoard) {
  v1::SolveLensRequest request = ExactViews(Around(24));
  request.mutable_views(3)->set_width_px(640);
  EXPECT_EQ(common::ReasonOf(SolveLens(request).status()), "VIEWS_INVALID");
  request = ExactViews(Around(24));
  request.mutable_views(1)->set_indices(0, 77);
  EXPECT_EQ(common::ReasonOf(SolveLens(request).status()), "VIEWS_INVALID");
  request = ExactViews(Around(24));
  request.mutable_views(1)->set_indices(0, request.views(1).indices(1));
  EXPECT_EQ(common::ReasonOf(SolveLens(request).status()), "VIEWS_INVALID");
  request = ExactViews(Around(24));
  request.mutable_views(2)->mutable_points(5)->set_x(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(common::ReasonOf(SolveLens(request).status()), "VIEWS_INVALID");
  request = ExactViews(Around(24));
  request.mutable_views(2)->mutable_points()->RemoveLast();
  EXPECT_EQ(common::ReasonOf(SolveLens(request).status()), "VIEWS_INVALID");
}

}  // namespace
}  // namespace loopdock::vision
