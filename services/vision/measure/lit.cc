// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/lit.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "services/vision/measure/masks.h"
#include "services/vision/measure/report.h"

namespace loopdock::vision {
namespace {

struct Face {
  // Each pixel's brightest colour.
  cv::Mat level;
  // With `beyond_px` of what is around it: its colours, then the brightest of them. The outline may
  // lie on the page's border, which is clearer than the bezel's.
  cv::Mat around;
  int beyond_px = 0;
  // 255 where a dark display was found; empty without one.
  cv::Mat display;
};

// In as many channels as `colours` has, and the brightest of them.
std::vector<cv::Mat> WithLevel(const cv::Mat& colours) {
  std::vector<cv::Mat> channels;
  cv::split(colours, channels);
  cv::Mat level = channels.front().clone();
  for (const cv::Mat& channel : channels) level = cv::max(level, channel);
  cv::medianBlur(level, level, 3);
  channels.push_back(level);
  return channels;
}

FaceFrame Larger(const FaceFrame& frame, double across) {
  const double along = across * frame.width_px() / frame.length_px();
  return FaceFrame(std::vector<cv::Point2d>{
      frame.ToPicture({-along, -across}), frame.ToPicture({1 + along, -across}),
      frame.ToPicture({1 + along, 1 + across}), frame.ToPicture({-along, 1 + across})});
}

Face Straighten(const LitView& view, const FaceFrame& frame, const Device& device,
                const Parameters& p) {
  Face face;
  face.level = WithLevel(Straightened(view.picture, frame, p.lit_width_px)).back();
  face.beyond_px = static_cast<int>(p.lit_beyond * p.lit_width_px);
  cv::merge(WithLevel(Straightened(view.picture, Larger(frame, p.lit_beyond),
                                   p.lit_width_px + 2 * face.beyond_px)),
            face.around);
  if (!device.has_display) return face;
  face.display =
      Straightened(device.surface_mask, frame, p.lit_width_px, 1 / view.coarse_to_picture) > 127;
  const int rim = static_cast<int>(p.lit_rim * p.lit_width_px);
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
  const int to = std::max(from + 2, static_cast<int>(p.lit_rim * p.lit_width_px));
  cv::Mat rim = cv::Mat::zeros(size, CV_8U);
  rim(cv::Rect(from, from, size.width - 2 * from, size.height - 2 * from)).setTo(255);
  rim(cv::Rect(to, to, size.width - 2 * to, size.height - 2 * to)).setTo(0);
  const double bezel = Percentile(LevelsIn(face.level, rim), 0.4);
  if (page >= std::max(p.lit_level_min, p.lit_ratio_min * bezel)) return true;
  return bezel >= p.lit_light_rim_min && page >= p.lit_light_level &&
         page >= p.lit_light_share * bezel;
}

// The colours and the level of each depth of a piece, from beyond the face inwards.
std::vector<cv::Vec4d> ProfileOf(const cv::Mat& piece) {
  std::vector<cv::Vec4d> profile;
  for (int depth = 0; depth < piece.rows; ++depth) {
    std::vector<cv::Mat> channels;
    cv::split(piece.row(depth), channels);
    cv::Vec4d& at = profile.emplace_back();
    for (size_t i = 0; i < channels.size(); ++i) at[static_cast<int>(i)] = Middle(channels[i]);
    // Grey has one colour.
    at[3] = Middle(channels.back());
  }
  return profile;
}

cv::Vec4d Mean(const std::vector<cv::Vec4d>& profile, int from, int count) {
  const auto first = profile.begin() + from;
  return std::accumulate(first, first + count, cv::Vec4d()) / count;
}

double Difference(const cv::Vec4d& a, const cv::Vec4d& b) { return cv::norm(a - b, cv::NORM_INF); }

// How wide the dark bezel before `depth` is. Where the outline lies on it or on the page it goes on
// beyond, as far as a much lighter table begins. A shadow is there, too, but not on three sides.
int DarkBezelWidth(const std::vector<cv::Vec4d>& profile, int depth, int beyond_px, double bezel,
                   const Parameters& p) {
  const double table = p.lit_table_ratio_min * std::max(bezel, p.lit_table_level_min);
  int outer = depth;
  while (outer > 0 && profile[static_cast<size_t>(outer - 1)][3] < table) --outer;
  return depth - (outer > 0 && outer < beyond_px ? outer : beyond_px);
}

// How clear the border between a bezel and a page at that depth is, in grey levels; 0 for none.
double StepAt(const std::vector<cv::Vec4d>& profile, int depth, int beyond_px,
              const Parameters& p) {
  const cv::Vec4d bezel = Mean(profile, depth - p.lit_before_px, p.lit_before_px);
  const cv::Vec4d page = Mean(profile, depth + p.lit_step_soft_px, p.lit_page_px);
  const double width_min = p.lit_bezel_min * p.lit_width_px;
  const double up = page[3] - bezel[3];
  if (page[3] >= std::max(p.lit_level_min, p.lit_ratio_min * bezel[3])) {
    const bool wide = DarkBezelWidth(profile, depth, beyond_px, bezel[3], p) >= width_min;
    return wide && up >= p.lit_step_min ? up : 0;
  }
  // A light page of another colour than a light bezel, both even: the rim of a body is shaded.
  const double step = Difference(page, bezel);
  const double uneven = std::max(
      Difference(bezel, Mean(profile, depth - 2 * p.lit_before_px, p.lit_before_px)),
      Difference(page, Mean(profile, depth + p.lit_step_soft_px + p.lit_page_px, p.lit_page_px)));
  const bool light = bezel[3] >= p.lit_light_rim_min && page[3] >= p.lit_light_level;
  const bool sharp = step >= p.lit_light_step_min && uneven <= p.lit_uneven_max * step;
  return light && sharp && depth - beyond_px >= width_min ? step : 0;
}

// How deep a page begins behind its bezel, or -1; `piece` has a row each depth.
int StepDepth(const cv::Mat& piece, int beyond_px, const Parameters& p) {
  const std::vector<cv::Vec4d> profile = ProfileOf(piece);
  int best = -1;
  double best_step = 0;
  const int last = piece.rows - p.lit_step_soft_px - 2 * p.lit_page_px;
  for (int depth = 2 * p.lit_before_px; depth <= last; ++depth) {
    const double step = StepAt(profile, depth, beyond_px, p);
    if (step <= best_step) continue;
    best_step = step;
    best = depth;
  }
  return best;
}

// A page begins at the same depth all along a side: how many pieces agree on one.
int AgreeingPieces(const cv::Mat& side, int beyond_px, const Parameters& p) {
  const int corner = beyond_px + static_cast<int>(p.lit_corner * (side.cols - 2 * beyond_px));
  const int piece = (side.cols - 2 * corner) / p.lit_pieces;
  const int rows = std::min(
      side.rows, beyond_px + static_cast<int>(p.lit_bezel_max * (side.rows - 2 * beyond_px)));
  std::vector<int> depths;
  for (int i = 0; i < p.lit_pieces; ++i) {
    const int depth = StepDepth(side(cv::Rect(corner + i * piece, 0, piece, rows)), beyond_px, p);
    if (depth >= 0) depths.push_back(depth);
  }
  int most = 0;
  for (const int depth : depths) {
    const auto agree = std::count_if(depths.begin(), depths.end(), [&](int other) {
      return std::abs(other - depth) <= p.lit_agree * p.lit_width_px;
    });
    most = std::max(most, static_cast<int>(agree));
  }
  return most;
}

bool ShinesUpToItsBezel(const Face& face, const Parameters& p) {
  const cv::Mat upright = face.around.t();
  int sides = 0;
  int pieces = 0;
  for (const cv::Mat& lying : {face.around, upright}) {
    cv::Mat turned;
    cv::flip(lying, turned, 0);
    for (const cv::Mat& side : {lying, turned}) {
      const int agree = AgreeingPieces(side, face.beyond_px, p);
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
  const double most = p.lit_centred * p.lit_width_px;
  return std::abs(box.y + 0.5 * box.height - 0.5 * face.height) <= most ||
         std::abs(box.x + 0.5 * box.width - 0.5 * face.width) <= most;
}

// A picture or a dialog: an upright rectangle, full of light, on the middle.
bool ShowsWindow(const cv::Mat& glow, const Parameters& p) {
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(Morph(glow, cv::MORPH_CLOSE, p.lit_window_join_px), contours, cv::RETR_EXTERNAL,
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
    if (box.height < p.lit_digit_min * p.lit_width_px ||
        box.height > p.lit_digit_max * p.lit_width_px)
      continue;
    if (std::min(box.y, glow.rows - box.br().y) < p.end_band_share * glow.rows) continue;
    if (box.width <= p.lit_digit_aspect_max * box.height) boxes.push_back(box);
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
  int lines = 0;
  int first = -1;
  int last = -1;
  int written = 0;
  for (int y = 0; y < glow.rows;) {
    int end = y;
    while (end < glow.rows && cv::countNonZero(glow.row(end)) > p.lit_stray_share * glow.cols) {
      ++end;
    }
    if (end - y >= p.lit_line_min_px && Words(glow.rowRange(y, end)) >= p.lit_words_min) {
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
  const FaceFrame frame(std::vector<cv::Point2d>(view.outline.begin(), view.outline.end()));
  // A side has no display.
  if (frame.length_px() > p.side_aspect_min * frame.width_px()) return false;
  const Face face = Straighten(view, frame, device, p);
  if (said == v1::FACE_DISPLAY && ShinesInTheMiddle(face, p)) return true;
  const bool is_back =
      cameras.has_lens && cameras.parts.size() <= static_cast<size_t>(p.lit_round_things_max);
  if (!is_back && ShinesUpToItsBezel(face, p)) return true;
  if (face.display.empty()) return false;
  // Darker than its bezel, but no dark glass.
  if (Percentile(LevelsIn(face.level, face.display), 0.5) >= p.lit_light_level) return true;
  const cv::Mat glow = Glow(face, p);
  const cv::Mat upright = glow.t();
  const bool inked = cv::countNonZero(glow) >= p.lit_ink_min * cv::countNonZero(face.display);
  if (inked && (ShowsWriting(glow, p) || ShowsWriting(upright, p))) return true;
  if (is_back) return false;
  return ShowsWindow(glow, p) || ShowsDigits(glow, p) || ShowsDigits(upright, p);
}

}  // namespace loopdock::vision
