// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/lit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <optional>

#include "services/vision/measure/masks.h"
#include "services/vision/measure/report.h"

namespace loopdock::vision {
namespace {

// Of the straightened face.
constexpr int kWidth = 320;
// Of a back; a page may show many.
constexpr size_t kRoundThingsMax = 6;

struct Face {
  // Each pixel's brightest colour.
  cv::Mat level;
  // 255 where a dark display was found; empty without one.
  cv::Mat display;
};

struct Line {
  cv::Point2d at;
  cv::Point2d way;
};

// The line through those points of the outline that lie beside one side of the rectangle, away from
// its corners.
std::optional<Line> SideLine(const std::vector<cv::Point2d>& outline, cv::Point2d from,
                             cv::Point2d to, double reach) {
  constexpr double kCorner = 0.18;
  constexpr size_t kPointsMin = 8;
  const double length = cv::norm(to - from);
  const cv::Point2d way = (to - from) / length;
  std::vector<cv::Point2f> beside;
  for (const cv::Point2d& at : outline) {
    const double along = (at - from).dot(way) / length;
    if (along < kCorner || along > 1 - kCorner) continue;
    if (std::abs((at - from).cross(way)) <= reach) beside.emplace_back(at);
  }
  if (beside.size() < kPointsMin) return {};
  cv::Vec4f fit;
  cv::fitLine(beside, fit, cv::DIST_HUBER, 0, 0.01, 0.01);
  return Line{{fit[2], fit[3]}, {fit[0], fit[1]}};
}

// Hulls have few points along a straight side.
std::vector<cv::Point2d> InSteps(const std::vector<cv::Point>& outline, double step) {
  std::vector<cv::Point2d> points;
  for (size_t i = 0; i < outline.size(); ++i) {
    const cv::Point2d from = outline[i];
    const cv::Point2d side = cv::Point2d(outline[(i + 1) % outline.size()]) - from;
    const int steps = std::max(1, static_cast<int>(cv::norm(side) / step));
    for (int k = 0; k < steps; ++k)
      points.push_back(from + side * (static_cast<double>(k) / steps));
  }
  return points;
}

// The four corners where the sides would meet if they were not rounded: seen aslant, a face is no
// rectangle.
std::array<cv::Point2f, 4> FaceCorners(const std::vector<cv::Point>& outline,
                                       const FaceFrame& frame) {
  const std::array<cv::Point2d, 4> box = {frame.ToPicture({0, 0}), frame.ToPicture({1, 0}),
                                          frame.ToPicture({1, 1}), frame.ToPicture({0, 1})};
  std::array<cv::Point2f, 4> corners;
  std::copy(box.begin(), box.end(), corners.begin());
  const double reach = 0.12 * frame.width_px();
  const std::vector<cv::Point2d> points = InSteps(outline, frame.width_px() / kWidth);
  std::array<std::optional<Line>, 4> sides;
  for (size_t i = 0; i < 4; ++i) {
    sides[i] = SideLine(points, box[i], box[(i + 1) % 4], reach);
    if (!sides[i].has_value()) return corners;
  }
  for (size_t i = 0; i < 4; ++i) {
    const Line& before = *sides[(i + 3) % 4];
    const Line& after = *sides[i];
    const double turn = before.way.cross(after.way);
    if (std::abs(turn) < 0.5) continue;
    const cv::Point2d at =
        before.at + before.way * ((after.at - before.at).cross(after.way) / turn);
    if (cv::norm(at - box[i]) <= 2 * reach) corners[i] = at;
  }
  return corners;
}

Face Straighten(const LitView& view, const Device& device, const Parameters& p) {
  constexpr double kLengthMax = 8;
  const FaceFrame frame(cv::minAreaRect(view.outline));
  const double aspect = std::min(kLengthMax, frame.length_px() / frame.width_px());
  const cv::Size size(static_cast<int>(std::lround(kWidth * aspect)), kWidth);
  const auto width = static_cast<float>(size.width);
  const auto height = static_cast<float>(size.height);
  const std::array<cv::Point2f, 4> from = FaceCorners(view.outline, frame);
  const std::array<cv::Point2f, 4> to = {
      cv::Point2f(0, 0), {width, 0}, {width, height}, {0, height}};
  const cv::Matx33d straight = cv::getPerspectiveTransform(from.data(), to.data());
  cv::Mat colour;
  cv::warpPerspective(view.picture, colour, straight, size, cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  Face face;
  std::vector<cv::Mat> channels;
  cv::split(colour, channels);
  face.level = channels.front();
  for (const cv::Mat& channel : channels) face.level = cv::max(face.level, channel);
  cv::medianBlur(face.level, face.level, 3);
  if (!device.has_display) return face;
  const cv::Matx33d to_picture(view.coarse_to_picture, 0, 0, 0, view.coarse_to_picture, 0, 0, 0, 1);
  cv::warpPerspective(device.surface_mask, face.display, straight * to_picture, size,
                      cv::INTER_NEAREST, cv::BORDER_CONSTANT, cv::Scalar(0));
  const int rim = static_cast<int>(p.lit_rim * kWidth);
  face.display = Morph(face.display, cv::MORPH_ERODE, 2 * rim + 1);
  return face;
}

double Middle(const cv::Mat& level) {
  return Percentile(
      std::vector<unsigned char>(level.begin<unsigned char>(), level.end<unsigned char>()), 0.5);
}

// Brighter than the bezel, whatever is shown.
bool ShinesInTheMiddle(const Face& face, const Parameters& p) {
  const cv::Size size = face.level.size();
  const double page = Middle(
      face.level(cv::Rect(size.width / 4, size.height / 4, size.width / 2, size.height / 2)));
  const int from = 2;
  const int to = std::max(from + 2, static_cast<int>(p.lit_rim * kWidth));
  cv::Mat rim = cv::Mat::zeros(size, CV_8U);
  rim(cv::Rect(from, from, size.width - 2 * from, size.height - 2 * from)).setTo(255);
  rim(cv::Rect(to, to, size.width - 2 * to, size.height - 2 * to)).setTo(0);
  const double bezel = Percentile(LevelsIn(face.level, rim), 0.4);
  if (page >= std::max(p.lit_level_min, p.lit_ratio_min * bezel)) return true;
  return bezel >= p.lit_light_rim_min && page >= p.lit_light_level &&
         page >= p.lit_light_share * bezel;
}

// How deep the level steps up from a dark bezel to a page, or -1; `piece` has a row each depth.
int StepDepth(const cv::Mat& piece, const Parameters& p) {
  constexpr int kBefore = 2;
  constexpr int kBeyond = 4;
  std::vector<double> profile;
  for (int depth = 0; depth < piece.rows; ++depth) profile.push_back(Middle(piece.row(depth)));
  int best = -1;
  double best_step = p.lit_step_min;
  for (int depth = kBefore; depth + kBeyond < piece.rows; ++depth) {
    const auto at = static_cast<size_t>(depth);
    const double bezel = (profile[at - 2] + profile[at - 1]) / 2;
    const double page = (profile[at + 2] + profile[at + 3] + profile[at + 4]) / 3;
    if (page < std::max(p.lit_level_min, p.lit_ratio_min * bezel)) continue;
    if (page - bezel <= best_step) continue;
    best_step = page - bezel;
    best = depth;
  }
  return best >= p.lit_bezel_min * kWidth ? best : -1;
}

// A page begins at the same depth all along a side: how many pieces agree on one.
int AgreeingPieces(const cv::Mat& side, const Parameters& p) {
  const int corner = static_cast<int>(p.lit_corner * side.cols);
  const int piece = (side.cols - 2 * corner) / p.lit_pieces;
  const int rows = std::min(side.rows, static_cast<int>(p.lit_bezel_max * side.rows));
  std::vector<int> depths;
  for (int i = 0; i < p.lit_pieces; ++i) {
    const int depth = StepDepth(side(cv::Rect(corner + i * piece, 0, piece, rows)), p);
    if (depth >= 0) depths.push_back(depth);
  }
  int most = 0;
  for (const int depth : depths) {
    const auto agree = std::count_if(depths.begin(), depths.end(), [&](int other) {
      return std::abs(other - depth) <= p.lit_agree * kWidth;
    });
    most = std::max(most, static_cast<int>(agree));
  }
  return most;
}

bool ShinesUpToItsBezel(const Face& face, const Parameters& p) {
  cv::Mat upright = face.level.t();
  int sides = 0;
  int pieces = 0;
  for (const cv::Mat& level : {face.level, upright}) {
    cv::Mat turned;
    cv::flip(level, turned, 0);
    for (const cv::Mat& side : {level, turned}) {
      const int agree = AgreeingPieces(side, p);
      if (agree < p.lit_side_pieces_min) continue;
      ++sides;
      pieces += agree;
    }
  }
  return sides >= p.lit_sides_min && pieces >= p.lit_pieces_share * 4 * p.lit_pieces;
}

cv::Mat Glow(const Face& face, const Parameters& p) {
  const double glass = Percentile(LevelsIn(face.level, face.display), 0.5);
  return (face.level > std::max(p.lit_glow_level, p.lit_glow_ratio * glass)) & face.display;
}

bool OnTheMiddle(const cv::Rect& box, cv::Size face, const Parameters& p) {
  const double most = p.lit_centred * kWidth;
  return std::abs(box.y + 0.5 * box.height - 0.5 * face.height) <= most ||
         std::abs(box.x + 0.5 * box.width - 0.5 * face.width) <= most;
}

// A picture or a dialog: an upright rectangle, full of light, on the middle.
bool ShowsWindow(const cv::Mat& glow, const Parameters& p) {
  constexpr int kJoin = 5;
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(Morph(glow, cv::MORPH_CLOSE, kJoin), contours, cv::RETR_EXTERNAL,
                   cv::CHAIN_APPROX_NONE);
  return std::any_of(contours.begin(), contours.end(), [&](const auto& contour) {
    const cv::Rect box = cv::boundingRect(contour);
    return box.area() >= p.lit_window_share_min * static_cast<double>(glow.total()) &&
           cv::contourArea(contour) >= p.lit_window_fit_min * box.area() &&
           cv::countNonZero(glow(box)) >= p.lit_window_full_min * box.area() &&
           OnTheMiddle(box, glow.size(), p);
  });
}

// A clock: on one line, of one height, on the middle. A maker's name is at an end, or on a back.
// `glow` lies so that rows are lines.
bool ShowsDigits(const cv::Mat& glow, const Parameters& p) {
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(glow, contours, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
  std::vector<cv::Rect> boxes;
  for (const auto& contour : contours) {
    const cv::Rect box = cv::boundingRect(contour);
    if (box.height < p.lit_digit_min * kWidth || box.height > p.lit_digit_max * kWidth) continue;
    if (std::min(box.y, glow.rows - box.br().y) < p.end_band_share * glow.rows) continue;
    if (box.width <= 1.5 * box.height) boxes.push_back(box);
  }
  return std::any_of(boxes.begin(), boxes.end(), [&](const cv::Rect& first) {
    const double most = std::max(1.5, p.lit_digit_agree * first.height);
    int alike = 0;
    cv::Rect all;
    for (const cv::Rect& box : boxes) {
      if (std::abs(box.y - first.y) > most || std::abs(box.br().y - first.br().y) > most) continue;
      ++alike;
      all |= box;
    }
    return alike >= p.lit_digits_min &&
           std::abs(all.x + 0.5 * all.width - 0.5 * glow.cols) <= 2 * p.lit_centred * glow.cols;
  });
}

// Letters or words in a band of rows.
int Words(const cv::Mat& band) {
  cv::Mat columns;
  cv::reduce(band, columns, 0, cv::REDUCE_MAX);
  int words = 0;
  for (int x = 1; x < columns.cols; ++x) {
    words += columns.at<unsigned char>(0, x) != 0 && columns.at<unsigned char>(0, x - 1) == 0;
  }
  return words;
}

// Rows of writing have blank rows between them from side to side, as no dust has that is dense
// enough to be writing.
bool ShowsWriting(const cv::Mat& glow, const Parameters& p) {
  constexpr int kHeightMin = 3;
  int lines = 0;
  int first = -1;
  int last = -1;
  int written = 0;
  for (int y = 0; y < glow.rows;) {
    int end = y;
    while (end < glow.rows && cv::countNonZero(glow.row(end)) > p.lit_stray_share * glow.cols) {
      ++end;
    }
    if (end - y >= kHeightMin && Words(glow.rowRange(y, end)) >= p.lit_words_min) {
      ++lines;
      first = first < 0 ? y : first;
      last = end;
    }
    written += end - y;
    y = end + 1;
  }
  return lines >= p.lit_lines_min && written <= (1 - p.lit_blank_share) * (last - first);
}

}  // namespace

bool DisplayShines(const LitView& view, const Device& device, const Cameras& cameras, v1::Face said,
                   const Parameters& p) {
  if (!device.found || view.outline.size() < 3) return false;
  if (said != v1::FACE_UNSPECIFIED && said != v1::FACE_DISPLAY) return false;
  const Face face = Straighten(view, device, p);
  if (said == v1::FACE_DISPLAY && ShinesInTheMiddle(face, p)) return true;
  const bool is_back = cameras.has_lens && cameras.parts.size() <= kRoundThingsMax;
  if (!is_back && ShinesUpToItsBezel(face, p)) return true;
  if (face.display.empty()) return false;
  const cv::Mat glow = Glow(face, p);
  const cv::Mat upright = glow.t();
  const bool inked = cv::countNonZero(glow) >= p.lit_ink_min * cv::countNonZero(face.display);
  if (inked && (ShowsWriting(glow, p) || ShowsWriting(upright, p))) return true;
  if (is_back) return false;
  return ShowsWindow(glow, p) || ShowsDigits(glow, p) || ShowsDigits(upright, p);
}

}  // namespace loopdock::vision
