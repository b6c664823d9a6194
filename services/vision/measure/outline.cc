// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/outline.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace loopdock::vision {
namespace {

void SetNormals(Outline& line) {
  constexpr std::ptrdiff_t kReach = 6;
  line.inwards.resize(line.points.size());
  for (size_t i = 0; i < line.points.size(); ++i) {
    const auto at = static_cast<std::ptrdiff_t>(i);
    const cv::Point2d way = line.points[OnOutline(at + kReach, line.points.size())] -
                            line.points[OnOutline(at - kReach, line.points.size())];
    // Clockwise in a picture, whose y runs down, inside is to the right.
    line.inwards[i] = cv::Point2d(-way.y, way.x) / std::max(1e-6, cv::norm(way));
  }
}

// The device's hull in even steps, its coarse corners smoothed.
Outline Even(const std::vector<cv::Point>& hull, double to_working, double step_px) {
  std::vector<cv::Point2d> corners;
  for (const cv::Point& at : hull) {
    corners.push_back((cv::Point2d(at) + cv::Point2d(0.5, 0.5)) * to_working -
                      cv::Point2d(0.5, 0.5));
  }
  double area = 0;
  for (size_t i = 0; i < corners.size(); ++i) {
    area += corners[i].cross(corners[(i + 1) % corners.size()]);
  }
  if (area < 0) std::reverse(corners.begin(), corners.end());
  std::vector<cv::Point2d> even;
  double left = 0;
  for (size_t i = 0; i < corners.size(); ++i) {
    const cv::Point2d way = corners[(i + 1) % corners.size()] - corners[i];
    const double length = cv::norm(way);
    double at = left;
    for (; at < length; at += step_px) even.push_back(corners[i] + way * (at / length));
    left = at - length;
  }
  constexpr std::ptrdiff_t kSmooth = 8;
  Outline line{even, {}, step_px};
  for (size_t i = 0; i < even.size(); ++i) {
    cv::Point2d sum;
    for (std::ptrdiff_t k = -kSmooth; k <= kSmooth; ++k) {
      sum += even[OnOutline(static_cast<std::ptrdiff_t>(i) + k, even.size())];
    }
    line.points[i] = sum / static_cast<double>(2 * kSmooth + 1);
  }
  SetNormals(line);
  return line;
}

// For every column the row of the outline, and how strong the step is there on the whole.
struct EdgePath {
  std::vector<double> rows;
  double strength = 0;
};

// Over how many rows, each way, a step is taken.
constexpr int kStepRows = 2;

// How much level or colour changes at that row, inwards.
double StepAt(const cv::Mat& smooth, int row, int column) {
  if (row < kStepRows || row + kStepRows >= smooth.rows) return 0;
  const int channels = smooth.channels();
  const uchar* inner = smooth.ptr<uchar>(row + kStepRows) + column * channels;
  const uchar* outer = smooth.ptr<uchar>(row - kStepRows) + column * channels;
  int most = 0;
  for (int c = 0; c < channels; ++c) most = std::max(most, std::abs(inner[c] - outer[c]));
  return most;
}

// Where a frame of another level meets the face, both of its borders are clear steps; the outer one
// is the edge.
void MoveToOuter(const cv::Mat& smooth, int reach, double clear, std::vector<double>& rows) {
  for (size_t i = 0; i < rows.size(); ++i) {
    const int column = static_cast<int>(i);
    const int inner = static_cast<int>(rows[i]);
    for (int row = std::max(1, inner - reach); row < inner; ++row) {
      const double step = StepAt(smooth, row, column);
      if (step < clear || step < StepAt(smooth, row + 1, column)) continue;
      // Two steps have the frame's even level between them; one has not.
      double least = step;
      for (int between = row + 1; between < inner; ++between) {
        least = std::min(least, StepAt(smooth, between, column));
      }
      if (least <= 0.85 * step) rows[i] = row;
      break;
    }
  }
}

// How strong the step is at each row of each column, as StepAt gives it; at most `strong`.
cv::Mat Steps(const cv::Mat& smooth, float strong) {
  cv::Mat steps(smooth.size(), CV_32F);
  for (int row = 0; row < smooth.rows; ++row) {
    auto* out = steps.ptr<float>(row);
    for (int column = 0; column < smooth.cols; ++column) {
      out[column] = std::min(strong, static_cast<float>(StepAt(smooth, row, column)));
    }
  }
  return steps;
}

// The path around the strip along the strongest steps of
// level or colour, which moves by at most a row a column.
EdgePath FollowEdge(const cv::Mat& strip, int frame_rows, double clear) {
  constexpr float kStrong = 40;
  constexpr float kMove = 4;
  cv::Mat smooth;
  cv::blur(strip, smooth, cv::Size(9, 1), {-1, -1}, cv::BORDER_REPLICATE);
  const int rows = strip.rows;
  const int extra = 64;
  const int columns = strip.cols + 2 * extra;
  // A row each column of the strip, so that the next column is the next row.
  const cv::Mat gain = Steps(smooth, kStrong).t();
  const auto gain_at = [&](int column) {
    return gain.ptr<float>(
        static_cast<int>(OnOutline(column - extra, static_cast<size_t>(strip.cols))));
  };
  std::vector<float> score(gain_at(0), gain_at(0) + rows);
  std::vector<float> before(score.size());
  cv::Mat from(columns, rows, CV_8S, cv::Scalar(0));
  for (int column = 1; column < columns; ++column) {
    std::swap(score, before);
    const float* here = gain_at(column);
    auto* moves = from.ptr<schar>(column);
    for (int row = 0; row < rows; ++row) {
      const auto at = static_cast<size_t>(row);
      float best = before[at];
      int move = 0;
      if (row > 0 && before[at - 1] - kMove > best) {
        best = before[at - 1] - kMove;
        move = -1;
      }
      if (row + 1 < rows && before[at + 1] - kMove > best) {
        best = before[at + 1] - kMove;
        move = 1;
      }
      score[at] = best + here[row];
      moves[row] = static_cast<schar>(move);
    }
  }
  auto row = static_cast<int>(std::max_element(score.begin(), score.end()) - score.begin());
  EdgePath edge{std::vector<double>(static_cast<size_t>(strip.cols))};
  for (int column = columns - 1; column >= 0; --column) {
    const int at = column - extra;
    if (at >= 0 && at < strip.cols) {
      edge.rows[static_cast<size_t>(at)] = row;
      edge.strength += gain_at(column)[row] / static_cast<float>(strip.cols);
    }
    row += from.at<schar>(column, row);
  }
  MoveToOuter(smooth, frame_rows, clear, edge.rows);
  return edge;
}

// Without bites: at every column a parabola through the columns around, deaf to strays.
std::vector<double> Smoothed(const std::vector<double>& edge, int reach) {
  constexpr int kRounds = 3;
  constexpr int kEvery = 3;
  constexpr double kStrayPx = 1.5;
  std::vector<double> smooth(edge.size());
  for (size_t i = 0; i < edge.size(); ++i) {
    cv::Vec3d fit;
    for (int round = 0; round < kRounds; ++round) {
      // Of the powers of u, weighed; and of them with the values.
      double sums[5] = {};
      cv::Vec3d right;
      for (int k = -reach; k <= reach; k += kEvery) {
        const double u = static_cast<double>(k) / reach;
        const double uu = u * u;
        const double value = edge[OnOutline(static_cast<std::ptrdiff_t>(i) + k, edge.size())];
        const double off = (value - (fit[0] + u * fit[1] + uu * fit[2])) / kStrayPx;
        const double weight = round == 0 ? 1 : 1 / (1 + off * off * off * off);
        sums[0] += weight;
        sums[1] += weight * u;
        sums[2] += weight * uu;
        sums[3] += weight * (u * uu);
        sums[4] += weight * (uu * uu);
        right += weight * value * cv::Vec3d(1, u, uu);
      }
      const cv::Matx33d left(sums[0], sums[1], sums[2], sums[1], sums[2], sums[3], sums[2], sums[3],
                             sums[4]);
      fit = left.solve(right, cv::DECOMP_CHOLESKY);
    }
    smooth[i] = fit[0];
  }
  return smooth;
}

Outline Moved(const Outline& line, const std::vector<double>& rows, double from_px, double row_px) {
  Outline moved = line;
  for (size_t i = 0; i < line.points.size(); ++i) {
    moved.points[i] += line.inwards[i] * (from_px + rows[i] * row_px);
  }
  SetNormals(moved);
  return moved;
}

// What lies outside the mat's field, such as its printed border, has stronger steps than a body: it
// is filled with what is seen just inside.
void HideBeyond(const OutlineField& field, const Outline& hull, const StripRows& rows,
                double margin_px, cv::Mat& strip) {
  if (field.limit_px.size() < 3) return;
  const std::vector<cv::Point2f> limit(field.limit_px.begin(), field.limit_px.end());
  const auto beyond = [&](size_t i, int row) {
    const cv::Point2d at =
        hull.points[i] + hull.inwards[i] * (rows.from_px + row * rows.row_px - margin_px);
    const cv::Point2d px = (at + cv::Point2d(0.5, 0.5)) * field.to_picture - cv::Point2d(0.5, 0.5);
    return cv::pointPolygonTest(limit, cv::Point2f(px), false) < 0;
  };
  for (size_t i = 0; i < hull.points.size(); ++i) {
    int first = 0;
    while (first + 1 < rows.count && beyond(i, first)) ++first;
    const int column = static_cast<int>(i);
    for (int row = 0; row < first; ++row) {
      strip.row(first).col(column).copyTo(strip.row(row).col(column));
    }
  }
}

}  // namespace

size_t OnOutline(std::ptrdiff_t point, size_t points) {
  const auto count = static_cast<std::ptrdiff_t>(points);
  // Nearly always; a division takes long.
  if (point >= 0 && point < count) return static_cast<size_t>(point);
  return static_cast<size_t>(((point % count) + count) % count);
}

std::vector<cv::Point> Corners(const Outline& line) {
  std::vector<cv::Point> points;
  for (const cv::Point2d& at : line.points) points.emplace_back(at);
  std::vector<cv::Point> hull;
  cv::convexHull(points, hull, true);
  return hull;
}

cv::Mat Strip(const cv::Mat& picture, const Outline& line, const StripRows& rows,
              double to_picture) {
  cv::Mat map(rows.count, static_cast<int>(line.points.size()), CV_32FC2);
  for (int row = 0; row < rows.count; ++row) {
    auto* out = map.ptr<cv::Vec2f>(row);
    for (size_t i = 0; i < line.points.size(); ++i) {
      const cv::Point2d at = line.points[i] + line.inwards[i] * (rows.from_px + row * rows.row_px);
      out[i] = {static_cast<float>((at.x + 0.5) * to_picture - 0.5),
                static_cast<float>((at.y + 0.5) * to_picture - 0.5)};
    }
  }
  cv::Mat strip;
  cv::remap(picture, strip, map, cv::noArray(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  return strip;
}

std::optional<Outline> FollowOutline(const OutlineField& field, const Device& device,
                                     const Parameters& p) {
  if (device.hull.size() < 3) return {};
  const double mm = field.px_per_mm;
  const double row_px = std::max(1.0, p.rim_row_mm * mm);
  const Outline hull =
      Even(device.hull, field.coarse_to_working, std::max(1.0, p.rim_column_mm * mm));
  const int smooth = std::max(4, static_cast<int>(p.rim_smooth_mm * mm / hull.step_px));
  if (hull.points.size() < static_cast<size_t>(4 * smooth)) return {};
  const double beyond_px = p.rim_search_mm * mm;
  const int rows = static_cast<int>(2 * beyond_px / row_px) + 1;
  const StripRows around{-beyond_px, row_px, rows};
  cv::Mat strip = Strip(field.picture, hull, around, field.to_picture);
  HideBeyond(field, hull, around, p.outline_field_margin_mm * mm, strip);
  const EdgePath edge =
      FollowEdge(strip, static_cast<int>(p.outline_frame_mm * mm / row_px), p.outline_clear);
  if (edge.strength < p.outline_step_min) return {};
  return Moved(hull, Smoothed(edge.rows, smooth), -beyond_px, row_px);
}

Outline FaceEdge(const Outline& line, const MatView& mat, double to_picture) {
  if (!mat.face.has_value() || !mat.ground.has_value()) return line;
  std::vector<cv::Point2d> px;
  std::vector<cv::Point2d> beside_px;
  for (size_t i = 0; i < line.points.size(); ++i) {
    px.push_back((line.points[i] + cv::Point2d(0.5, 0.5)) * to_picture - cv::Point2d(0.5, 0.5));
    beside_px.push_back(px.back() + line.inwards[i] * to_picture);
  }
  const std::vector<cv::Point2d> face = mat.face->ToUm(px);
  const std::vector<cv::Point2d> beside = mat.face->ToUm(beside_px);
  const std::vector<cv::Point2d> ground = mat.ground->ToUm(px);
  Outline edge = line;
  for (size_t i = 0; i < line.points.size(); ++i) {
    // Where the outline is the body's lower edge, its upper one is this many working pixels inside.
    const cv::Point2d pixel_um = face[i] - beside[i];
    const double wall_px = (face[i] - ground[i]).dot(pixel_um) / pixel_um.dot(pixel_um);
    if (wall_px > 0) edge.points[i] += line.inwards[i] * wall_px;
  }
  return edge;
}

}  // namespace loopdock::vision
