// SPDX-License-Identifier: Apache-2.0
// What a station asks of the worker, closed in as it is: find a board, work out a lens, measure on
// a mat, draw the result.
#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>

#include "services/common/status.h"
#include "services/vision/pool.h"
#include "services/vision/sheet/board_layout.h"
#include "tests/tools/render/plans.h"
#include "tests/tools/render/scene.h"

namespace loopdock::vision {
namespace {

class StationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto pool = VisionPool::Create({.workers = 1});
    ASSERT_TRUE(pool.ok()) << pool.status();
    pool_ = *std::move(pool);
  }
  v1::Response Run(const std::string& picture, const v1::Request& request) {
    const auto response = pool_->Run(picture, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : v1::Response();
  }
  std::unique_ptr<VisionPool> pool_;
};

TEST_F(StationTest, CalibratesACamera) {
  v1::Request solve;
  *solve.mutable_solve_lens()->mutable_board() = ChessBoard();
  render::CameraPose pose;
  for (int i = 0; i < 6; ++i) {
    pose = {.size = {1280, 960}, .width_mm = 280, .tilt_deg = 22, .tilt_towards_deg = 60.0 * i};
    pose.looks_at_mm = {i % 2 == 0 ? 25.0 : -25.0, i % 3 == 0 ? 18.0 : -18.0};
    v1::Request find;
    *find.mutable_find_board()->mutable_board() = ChessBoard();
    const std::string picture =
        render::Jpeg(render::RenderBoard(ChessBoard(), pose, 40 + static_cast<uint64_t>(i)));
    *solve.mutable_solve_lens()->add_views() = Run(picture, find).board_view();
  }
  const v1::SolvedLens solved = Run("", solve).solved_lens();
  const v1::Lens truth = render::TrueLens(render::Camera(pose));
  EXPECT_NEAR(solved.lens().fx(), truth.fx(), 0.01 * truth.fx());
  EXPECT_LT(solved.reprojection_px(), 0.5);
  solve.mutable_solve_lens()->mutable_views()->DeleteSubrange(0, 3);
  EXPECT_EQ(common::ReasonOf(pool_->Run("", solve).status()), "VIEWS_TOO_FEW");
  EXPECT_EQ(pool_->stats().crashes, 0);
}

TEST_F(StationTest, MeasuresOnItsMatAndDraws) {
  auto shots = render::PlanScratches({.count = 1, .seed = 3});
  const render::Rendering truth = render::Render(shots.front());
  const std::string picture = render::Jpeg(truth.picture);
  v1::Request measure;
  *measure.mutable_measure()->mutable_mat() = shots.front().mat;
  *measure.mutable_measure()->mutable_lens() = truth.lens;
  measure.mutable_measure()->set_thickness_um(shots.front().model->thickness_mm * 1000);
  const v1::Measurement measured = Run(picture, measure).measurement();
  EXPECT_EQ(measured.scale_source(), v1::SCALE_SOURCE_MAT);
  EXPECT_EQ(measured.marks_found(), 42);
  EXPECT_NEAR(measured.um_per_px(), truth.mm_per_px * 1000, 0.02 * truth.mm_per_px * 1000);
  ASSERT_GT(measured.defects_size(), 0);
  v1::Request draw;
  *draw.mutable_draw()->mutable_measurement() = measured;
  draw.mutable_draw()->set_title("C4");
  const std::string jpeg = Run(picture, draw).drawing().jpeg();
  const cv::Mat drawn =
      cv::imdecode(std::vector<unsigned char>(jpeg.begin(), jpeg.end()), cv::IMREAD_COLOR);
  EXPECT_EQ(std::max(drawn.cols, drawn.rows), 1600);
  draw.mutable_draw()->mutable_measurement()->set_width_px(7);
  EXPECT_EQ(common::ReasonOf(pool_->Run(picture, draw).status()), "DRAWING_INVALID");
  measure.mutable_measure()->mutable_mat()->set_columns(1000);
  EXPECT_EQ(common::ReasonOf(pool_->Run(picture, measure).status()), "BOARD_INVALID");
  EXPECT_EQ(pool_->stats().crashes, 0);
}

// The picture with an orientation mark, as a camera writes it.
std::string WithOrientation(const std::string& jpeg, char orientation) {
  using namespace std::string_literals;
  const std::string body =
      "Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0"s + orientation + "\0\0\0\0\0\0\0"s;
  const auto length = static_cast<unsigned>(body.size() + 2);
  return jpeg.substr(0, 2) + "\xFF\xE1"s + static_cast<char>(length >> 8) +
         static_cast<char>(length & 0xFF) + body + jpeg.substr(2);
}

// Turned by the camera and marked so, a picture measures as it does upright: millimetres, zones and
// drawing included.
TEST_F(StationTest, MeasuresATurnedPictureAsUpright) {
  auto shots = render::PlanScratches({.count = 1, .seed = 3});
  const render::Rendering truth = render::Render(shots.front());
  v1::Request measure;
  *measure.mutable_measure() = render::StationKnows(shots.front(), truth.lens);
  const v1::Measurement upright = Run(render::Jpeg(truth.picture), measure).measurement();
  ASSERT_GT(upright.defects_size(), 0);
  const struct {
    int turn;
    char orientation;
  } kTurns[] = {
      {cv::ROTATE_90_COUNTERCLOCKWISE, 6}, {cv::ROTATE_180, 3}, {cv::ROTATE_90_CLOCKWISE, 8}};
  for (const auto& [turn, orientation] : kTurns) {
    cv::Mat turned;
    cv::rotate(truth.picture, turned, turn);
    const std::string picture = WithOrientation(render::Jpeg(turned), orientation);
    const v1::Measurement measured = Run(picture, measure).measurement();
    EXPECT_EQ(measured.width_px(), upright.width_px());
    EXPECT_EQ(measured.marks_found(), upright.marks_found());
    EXPECT_NEAR(measured.um_per_px(), upright.um_per_px(), 0.005 * upright.um_per_px());
    ASSERT_EQ(measured.defects_size(), upright.defects_size()) << int{orientation};
    for (int i = 0; i < upright.defects_size(); ++i) {
      EXPECT_EQ(measured.defects(i).type(), upright.defects(i).type());
      EXPECT_EQ(measured.defects(i).zone(), upright.defects(i).zone());
      EXPECT_NEAR(measured.defects(i).length_um(), upright.defects(i).length_um(),
                  0.03 * upright.defects(i).length_um() + 100);
    }
    v1::Request draw;
    *draw.mutable_draw()->mutable_measurement() = measured;
    EXPECT_FALSE(Run(picture, draw).drawing().jpeg().empty());
  }
}

}  // namespace
}  // namespace loopdock::vision
