// SPDX-License-Identifier: Apache-2.0
#include "tests/tools/render/face.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "services/vision/sheet/board_layout.h"

namespace loopdock::render {
namespace {

constexpr int kBits = 4;
constexpr double kMarginMm = 2;
const cv::Scalar kWhite(214, 216, 216);
const cv::Scalar kInk(27, 26, 26);
const cv::Scalar kField(112, 114, 114);

// A painter's brush that thinks in millimetres.
class Brush {
 public:
  Brush(cv::Point2d origin_mm, double px_per_mm) : origin_(origin_mm), px_per_mm_(px_per_mm) {}

  void Fill(const std::vector<cv::Point2d>& outline, const cv::Scalar& colour, cv::Mat& on) const {
    std::vector<cv::Point> scaled;
    for (const cv::Point2d& at : outline) {
      const cv::Point2d px = (at + origin_) * px_per_mm_ * (1 << kBits);
      scaled.emplace_back(static_cast<int>(std::lround(px.x)), static_cast<int>(std::lround(px.y)));
    }
    cv::fillPoly(on, std::vector<std::vector<cv::Point>>{scaled}, colour, cv::LINE_AA, kBits);
  }

  // fillPoly draws half a pixel too much on every side; a mark's sides must be exact.
  void FillRect(const cv::Rect2d& rect_mm, const cv::Scalar& colour, cv::Mat& on) const {
    const cv::Point2d low = (rect_mm.tl() + origin_) * px_per_mm_;
    const cv::Point2d high = (rect_mm.br() + origin_) * px_per_mm_;
    const cv::Rect box =
        cv::Rect(cv::Point(static_cast<int>(low.x) - 1, static_cast<int>(low.y) - 1),
                 cv::Point(static_cast<int>(high.x) + 2, static_cast<int>(high.y) + 2)) &
        cv::Rect(0, 0, on.cols, on.rows);
    const auto covered = [](double from, double to, int pixel) {
      return std::max(0.0, std::min(to, pixel + 0.5) - std::max(from, pixel - 0.5));
    };
    for (int y = box.y; y < box.br().y; ++y) {
      for (int x = box.x; x < box.br().x; ++x) {
        const double share = covered(low.x, high.x, x) * covered(low.y, high.y, y);
        auto& pixel = on.at<cv::Vec3b>(y, x);
        for (int c = 0; c < 3; ++c) {
          pixel[c] = cv::saturate_cast<uchar>(share * colour[c] + (1 - share) * pixel[c]);
        }
      }
    }
  }

 private:
  cv::Point2d origin_;
  double px_per_mm_;
};

cv::Scalar Paint(const Colour& colour) { return {colour[0], colour[1], colour[2]}; }

void PaintFixture(const Fixture& fixture, const Brush& brush, cv::Mat& on) {
  if (fixture.shape == Fixture::Shape::kRounded) {
    brush.Fill(Rounded(fixture.box, fixture.corner_mm), Paint(fixture.colour), on);
    return;
  }
  // A ring half a millimetre wide, as quadrangles around its middle.
  const cv::Point2d centre = (fixture.box.tl() + fixture.box.br()) / 2;
  const double radius = fixture.box.width / 2;
  constexpr int kParts = 90;
  for (int i = 0; i < kParts; ++i) {
    const double a = 2 * CV_PI * i / kParts;
    const double b = 2 * CV_PI * (i + 1.05) / kParts;
    const cv::Point2d ua(std::cos(a), std::sin(a));
    const cv::Point2d ub(std::cos(b), std::sin(b));
    brush.Fill({centre + radius * ua, centre + radius * ub, centre + (radius - 0.5) * ub,
                centre + (radius - 0.5) * ua},
               Paint(fixture.colour), on);
  }
}

// Fine grain of the material; brushed metal has it drawn out along the device.
cv::Mat Grain(const DeviceModel& model, cv::Size size, cv::RNG& rng) {
  cv::Mat grain(size, CV_32F);
  rng.fill(grain, cv::RNG::NORMAL, 0, 1);
  if (model.brushed) {
    cv::blur(grain, grain, {61, 1});
    grain *= 7;
  } else {
    cv::GaussianBlur(grain, grain, {}, 1.2);
    grain *= 4;
  }
  grain *= model.texture;
  return grain;
}

}  // namespace

Texture PaintFace(const DeviceModel& model, const FaceWish& wish) {
  Texture face;
  face.px_per_mm = wish.px_per_mm;
  face.origin_mm = {model.length_mm / 2 + kMarginMm, model.width_mm / 2 + kMarginMm};
  const cv::Size size(static_cast<int>(2 * face.origin_mm.x * wish.px_per_mm),
                      static_cast<int>(2 * face.origin_mm.y * wish.px_per_mm));
  const Brush brush(face.origin_mm, wish.px_per_mm);
  cv::RNG rng(wish.seed * 977 + 3);
  face.colour = cv::Mat(size, CV_8UC3, Paint(model.frame));
  face.inside = cv::Mat::zeros(size, CV_8U);
  brush.Fill(BodyOutline(model), cv::Scalar(255), face.inside);
  const cv::Rect2d body(-model.length_mm / 2, -model.width_mm / 2, model.length_mm, model.width_mm);
  const cv::Rect2d glass(body.x + model.frame_mm, body.y + model.frame_mm,
                         body.width - 2 * model.frame_mm, body.height - 2 * model.frame_mm);
  const auto surface = Rounded(glass, model.corner_mm - model.frame_mm);
  brush.Fill(surface, Paint(model.face), face.colour);
  if (model.shows_display) {
    brush.Fill(Rounded(model.display, model.display_corner_mm), Paint(model.display_colour),
               face.colour);
  }
  for (const Fixture& fixture : model.fixtures) PaintFixture(fixture, brush, face.colour);
  face.gloss = cv::Mat(size, CV_8U, cv::Scalar(40));
  brush.Fill(surface, cv::Scalar(255 * model.gloss), face.gloss);
  face.light = cv::Mat::zeros(size, CV_32F);
  for (int i = 0; i < wish.dust; ++i) {
    AddLight(MakeDust(model, wish.seed * 1009 + static_cast<uint64_t>(i)), face.origin_mm,
             wish.px_per_mm, wish.light_from_deg, face.light);
  }
  for (const RenderedDefect& defect : wish.defects) {
    AddColour(defect, face.origin_mm, wish.px_per_mm, face.inside, face.colour);
    AddLight(defect, face.origin_mm, wish.px_per_mm, wish.light_from_deg, face.light);
  }
  face.light += Grain(model, size, rng);
  return face;
}

Texture PaintMat(const vision::v1::Board& board, double px_per_mm) {
  Texture mat;
  const vision::SheetSize sheet = vision::BoardSize(board);
  constexpr double kBorderMm = 14;
  mat.px_per_mm = px_per_mm;
  mat.origin_mm = {kBorderMm, kBorderMm};
  const cv::Size size(static_cast<int>((sheet.width_mm + 2 * kBorderMm) * px_per_mm),
                      static_cast<int>((sheet.height_mm + 2 * kBorderMm) * px_per_mm));
  mat.colour = cv::Mat(size, CV_8UC3, kWhite);
  const Brush brush(mat.origin_mm, px_per_mm);
  const auto fill = [&](double x, double y, double width, double height, const cv::Scalar& colour) {
    brush.FillRect({x, y, width, height}, colour, mat.colour);
  };
  const double pitch = board.pitch_um() / 1000;
  if (board.kind() == vision::v1::BOARD_KIND_FRAME) {
    const vision::SheetField field = vision::FreeField(board);
    fill(field.top_left.x_mm, field.top_left.y_mm, field.bottom_right.x_mm - field.top_left.x_mm,
         field.bottom_right.y_mm - field.top_left.y_mm, kField);
  } else {
    for (int row = 0; row < board.rows(); ++row) {
      for (int column = row % 2; column < board.columns(); column += 2) {
        fill(column * pitch, row * pitch, pitch, pitch, kInk);
      }
    }
  }
  const double side = board.mark_um() / 1000;
  for (const vision::SheetMark& mark : vision::BoardMarks(board)) {
    fill(mark.top_left.x_mm, mark.top_left.y_mm, side, side, kInk);
    const unsigned bits = vision::MarkBits(mark.id);
    for (int i = 0; i < 16; ++i) {
      if ((bits >> (15 - i) & 1U) == 0) continue;
      fill(mark.top_left.x_mm + (i % 4 + 1) * side / 6, mark.top_left.y_mm + (i / 4 + 1) * side / 6,
           side / 6, side / 6, kWhite);
    }
  }
  return mat;
}

}  // namespace loopdock::render
