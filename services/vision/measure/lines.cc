// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/lines.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <opencv2/imgproc.hpp>
#include <tuple>

namespace loopdock::vision {
namespace {

using Points = std::vector<cv::Point>;

constexpr double kDegree = CV_PI / 180;

double TurnBetween(cv::Point2d a, cv::Point2d b) {
  return std::abs(std::atan2(a.cross(b), a.dot(b)));
}

cv::Point2d Unit(cv::Point2d at) {
  const double length = cv::norm(at);
  return length > 0 ? at / length : cv::Point2d();
}

cv::Point2d Middle(const Points& points, size_t from, size_t to) {
  cv::Point2d sum;
  for (size_t i = from; i < to; ++i) sum += cv::Point2d(points[i]);
  return sum / static_cast<double>(std::max<size_t>(1, to - from));
}

// Every eighth point is enough: the steps between pixels are longer than the way.
double WayAlong(const Points& points) {
  constexpr size_t kEvery = 8;
  double way = 0;
  cv::Point2d last = points.front();
  for (size_t i = kEvery; i < points.size() + kEvery; i += kEvery) {
    const cv::Point2d at = points[std::min(i, points.size() - 1)];
    way += cv::norm(at - last);
    last = at;
  }
  return way;
}

double StraightnessOf(const Points& points) {
  const double way = WayAlong(points);
  return way > 0 ? cv::norm(points.back() - points.front()) / way : 1;
}

// Where two lines meet with their ends a branch has a corner, each side of which is straight.
void SplitAtCorners(Points branch, double scale, const Parameters& p, std::vector<Points>& pieces) {
  const auto reach = static_cast<size_t>(std::max(3.0, p.line_corner_px * scale));
  size_t corner = 0;
  double most = p.line_corner_min_deg * kDegree;
  for (size_t i = reach; i + reach < branch.size(); ++i) {
    const double turn = TurnBetween(branch[i] - branch[i - reach], branch[i + reach] - branch[i]);
    if (turn <= most) continue;
    most = turn;
    corner = i;
  }
  if (corner == 0) {
    pieces.push_back(std::move(branch));
    return;
  }
  const auto at = branch.begin() + static_cast<std::ptrdiff_t>(corner);
  Points first(branch.begin(), at);
  Points second(at, branch.end());
  if (StraightnessOf(first) < p.line_side_straight_min ||
      StraightnessOf(second) < p.line_side_straight_min) {
    pieces.push_back(std::move(branch));
    return;
  }
  pieces.push_back(std::move(first));
  pieces.push_back(std::move(second));
}

// One end of a piece, seen from outside.
struct End {
  cv::Point2d at;
  cv::Point2d outward;
  bool sure = false;
};

// `points` begin at the end.
End EndOf(const Points& points, double scale, const Parameters& p) {
  const auto reach = static_cast<size_t>(p.line_end_px * scale);
  const auto skip = std::min(static_cast<size_t>(p.line_end_skip_px * scale), points.size() / 4);
  const size_t to = std::min(points.size(), skip + std::max<size_t>(2, reach));
  const size_t half = (skip + to) / 2;
  return {points.front(), Unit(Middle(points, skip, half) - Middle(points, half, to)),
          to - skip >= reach * 3 / 4};
}

// How far one end goes on to the other: the smaller the surer; negative where it does not.
double Cost(const End& a, const End& b, double reach, const Parameters& p) {
  constexpr double kOverlapPx = 2;
  const cv::Point2d way = b.at - a.at;
  const double gap = cv::norm(way);
  if (gap > reach) return -1;
  const double most = a.sure && b.sure ? p.line_turn_max_deg : p.line_turn_short_max_deg;
  const double turn = TurnBetween(a.outward, -b.outward);
  if (turn > most * kDegree) return -1;
  if (way.dot(a.outward) < -kOverlapPx || -way.dot(b.outward) < -kOverlapPx) return -1;
  const double beside = std::max(std::abs(way.cross(a.outward)), std::abs(way.cross(b.outward)));
  if (beside > p.line_beside_px + p.line_beside_share * gap) return -1;
  return gap + 2 * beside + p.line_turn_px_a_deg * turn / kDegree;
}

// An end's number is twice its piece's, and one more for the back.
std::vector<int> LinkEnds(const std::vector<Points>& pieces, double scale, const Parameters& p) {
  std::vector<End> ends;
  for (const Points& piece : pieces) {
    ends.push_back(EndOf(piece, scale, p));
    ends.push_back(EndOf(Points(piece.rbegin(), piece.rend()), scale, p));
  }
  std::vector<std::tuple<double, int, int>> links;
  const int count = static_cast<int>(ends.size());
  for (int a = 0; a < count; ++a) {
    for (int b = (a / 2 + 1) * 2; b < count; ++b) {
      const double cost = Cost(ends[static_cast<size_t>(a)], ends[static_cast<size_t>(b)],
                               p.line_gap_px * scale, p);
      if (cost >= 0) links.emplace_back(cost, a, b);
    }
  }
  std::sort(links.begin(), links.end());
  std::vector<int> other(ends.size(), -1);
  for (const auto& [cost, a, b] : links) {
    if (other[static_cast<size_t>(a)] >= 0 || other[static_cast<size_t>(b)] >= 0) continue;
    other[static_cast<size_t>(a)] = b;
    other[static_cast<size_t>(b)] = a;
  }
  return other;
}

}  // namespace

std::vector<Line> FindLines(const std::vector<Points>& branches, double scale,
                            const Parameters& p) {
  std::vector<Points> pieces;
  for (const Points& branch : branches) {
    if (static_cast<double>(branch.size()) < p.line_piece_min_px * scale) continue;
    SplitAtCorners(branch, scale, p, pieces);
    if (static_cast<int>(pieces.size()) > p.line_pieces_max) return {};
  }
  std::vector<int> other = LinkEnds(pieces, scale, p);
  std::vector<bool> taken(pieces.size(), false);
  std::vector<Line> lines;
  // From free ends first; what is left then are rings.
  for (const bool rings : {false, true}) {
    for (int start = 0; start < static_cast<int>(other.size()); ++start) {
      if (taken[static_cast<size_t>(start / 2)]) continue;
      if (!rings && other[static_cast<size_t>(start)] >= 0) continue;
      Line line;
      for (int end = start; end >= 0 && !taken[static_cast<size_t>(end / 2)];
           end = other[static_cast<size_t>(end ^ 1)]) {
        const Points& piece = pieces[static_cast<size_t>(end / 2)];
        taken[static_cast<size_t>(end / 2)] = true;
        if (end % 2 == 0) line.points.insert(line.points.end(), piece.begin(), piece.end());
        if (end % 2 == 1) line.points.insert(line.points.end(), piece.rbegin(), piece.rend());
      }
      line.length_px = WayAlong(line.points);
      line.straightness = StraightnessOf(line.points);
      lines.push_back(std::move(line));
    }
  }
  std::stable_sort(lines.begin(), lines.end(),
                   [](const Line& a, const Line& b) { return a.length_px > b.length_px; });
  return lines;
}

std::vector<cv::Mat> MarksOfLines(const cv::Mat& marks, const std::vector<Line>& lines,
                                  double scale, const Parameters& p) {
  cv::Mat drawn(marks.size(), CV_8U, cv::Scalar(255));
  cv::Mat number = cv::Mat::zeros(marks.size(), CV_16U);
  for (size_t i = 0; i < lines.size(); ++i) {
    for (size_t k = 1; k < lines[i].points.size(); ++k) {
      cv::LineIterator step(marks, lines[i].points[k - 1], lines[i].points[k]);
      for (int n = 0; n < step.count; ++n, ++step) {
        drawn.at<uchar>(step.pos()) = 0;
        number.at<uint16_t>(step.pos()) = static_cast<uint16_t>(i);
      }
    }
  }
  cv::Mat away;
  cv::Mat labels;
  cv::distanceTransform(drawn, away, labels, cv::DIST_L2, cv::DIST_MASK_5, cv::DIST_LABEL_PIXEL);
  std::vector<uint16_t> numbers(drawn.total() + 1, 0);
  for (int y = 0; y < drawn.rows; ++y) {
    for (int x = 0; x < drawn.cols; ++x) {
      if (drawn.at<uchar>(y, x) == 0) {
        numbers[static_cast<size_t>(labels.at<int>(y, x))] = number.at<uint16_t>(y, x);
      }
    }
  }
  std::vector<cv::Mat> parts;
  for (size_t i = 0; i <= lines.size(); ++i) parts.push_back(cv::Mat::zeros(marks.size(), CV_8U));
  for (int y = 0; y < marks.rows; ++y) {
    for (int x = 0; x < marks.cols; ++x) {
      if (marks.at<uchar>(y, x) == 0) continue;
      const bool near = away.at<float>(y, x) <= p.line_half_width_px * scale;
      const size_t part = near ? numbers[static_cast<size_t>(labels.at<int>(y, x))] : lines.size();
      parts[part].at<uchar>(y, x) = 255;
    }
  }
  return parts;
}

}  // namespace loopdock::vision
