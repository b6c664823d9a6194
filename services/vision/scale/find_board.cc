// SPDX-License-Identifier: Apache-2.0
#include "services/vision/scale/find_board.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <opencv2/aruco.hpp>
#include <opencv2/calib3d.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "services/common/status.h"
#include "services/vision/sheet/board_layout.h"

namespace loopdock::vision {
namespace {

constexpr int kMarksMin = 4;
// Marks are large; looking for them takes a fraction of the time on a picture of this size.
constexpr int kSearchSideMax = 1600;
// Grey levels that a mark is darker than what is around it, at least.
constexpr double kSearchStep = 7;
// Whether there is a mat at all is asked of every picture, so it is asked of a smaller one still.
constexpr int kAskSideMax = 960;
// The noise of plain pictures need not be gone through.
constexpr double kAskStep = 15;
// Side of the smallest mark that is looked for, in pixels of the picture searched.
constexpr int kMarkSideMin = 16;
// A curled sheet under a plain lens is off by less, and marks that are none by more.
constexpr double kCurlMm = 3;
constexpr double kSheetShareMin = 0.75;

using Corners = std::vector<cv::Point2f>;

// Halves are cheap to make, and linear between them is as good for looking.
cv::Mat Reduced(const cv::Mat& grey, int side_max) {
  cv::Mat reduced = grey;
  while (std::max(reduced.cols, reduced.rows) >= 2 * side_max) {
    cv::resize(reduced, reduced, {reduced.cols / 2, reduced.rows / 2}, 0, 0, cv::INTER_AREA);
  }
  const double factor = static_cast<double>(side_max) / std::max(reduced.cols, reduced.rows);
  if (factor < 1) cv::resize(reduced, reduced, {}, factor, factor, cv::INTER_LINEAR);
  return reduced;
}

// By id; a mark that is seen twice is a copy or a mirage, and neither place is believed.
std::map<int, Corners> FindMarks(const cv::Mat& grey, int side_max, double step) {
  // A strip that no mark fits into could not be reduced either.
  if (static_cast<double>(std::min(grey.cols, grey.rows)) * side_max <
      static_cast<double>(kMarkSideMin) * std::max(grey.cols, grey.rows)) {
    return {};
  }
  const cv::Mat search = Reduced(grey, side_max);
  const double factor = static_cast<double>(search.cols) / grey.cols;
  const auto dictionary = cv::aruco::getPredefinedDictionary(cv::aruco::DICT_4X4_250);
  const auto parameters = cv::aruco::DetectorParameters::create();
  // One window that suits the size of the marks, instead of three.
  parameters->adaptiveThreshWinSizeMin = 23;
  parameters->adaptiveThreshWinSizeMax = 23;
  parameters->adaptiveThreshConstant = step;
  parameters->minMarkerPerimeterRate = 4.0 * kMarkSideMin / side_max;
  std::vector<Corners> corners;
  std::vector<int> ids;
  cv::aruco::detectMarkers(search, dictionary, corners, ids, parameters);
  std::map<int, Corners> marks;
  std::map<int, int> times;
  for (size_t i = 0; i < ids.size(); ++i) {
    // Centres of pixels stay centres.
    for (cv::Point2f& at : corners[i]) {
      at = (at + cv::Point2f(0.5F, 0.5F)) * (1 / factor) - cv::Point2f(0.5F, 0.5F);
    }
    marks[ids[i]] = corners[i];
    ++times[ids[i]];
  }
  for (const auto& [id, count] : times) {
    if (count > 1) marks.erase(id);
  }
  return marks;
}

double SideOf(const Corners& mark) { return std::sqrt(std::abs(cv::contourArea(mark))); }

// To a fraction of a pixel; a corner that would move far has lost its mark and stays.
void Refine(const cv::Mat& grey, double reach_px, Corners& points) {
  if (points.empty()) return;
  const int half = std::clamp(static_cast<int>(std::lround(reach_px)), 2, 15);
  const Corners before = points;
  cv::cornerSubPix(grey, points, {half, half}, {-1, -1},
                   cv::TermCriteria(cv::TermCriteria::COUNT | cv::TermCriteria::EPS, 30, 0.005));
  for (size_t i = 0; i < points.size(); ++i) {
    if (cv::norm(points[i] - before[i]) > half) points[i] = before[i];
  }
}

void Add(int index, const cv::Point2f& at, v1::BoardView& view) {
  view.add_indices(index);
  v1::Point* point = view.add_points();
  point->set_x(at.x);
  point->set_y(at.y);
}

void AddFrame(const cv::Mat& grey, const v1::Board& board, std::map<int, Corners>& marks,
              v1::BoardView& view) {
  for (auto& [id, corners] : marks) {
    // A window must not reach the bits, one sixth of the mark away.
    Refine(grey, SideOf(corners) / 6 * 0.7, corners);
    for (int i = 0; i < 4; ++i) {
      Add((id - board.first_id()) * 4 + i, corners[static_cast<size_t>(i)], view);
    }
  }
}

// Each corner of squares lies where the two marks beside it say, seen as a plane: no lens and no
// lean can move it far from there.
void AddChess(const cv::Mat& grey, const v1::Board& board, const std::map<int, Corners>& marks,
              v1::BoardView& view) {
  const double inset = board.mark_um() / 1000;
  const double near = 1.05 * board.pitch_um() / 1000;
  std::map<int, SheetPoint> places;
  for (const SheetMark& mark : BoardMarks(board)) places[mark.id] = mark.top_left;
  const std::vector<SheetPoint> points = BoardPoints(board);
  Corners seen;
  std::vector<int> indices;
  double side = 1e9;
  for (size_t i = 0; i < points.size(); ++i) {
    Corners sheet;
    Corners picture;
    for (const auto& [id, corners] : marks) {
      const auto [x, y] = places[id];
      const double from_x = points[i].x_mm - (x + inset / 2);
      const double from_y = points[i].y_mm - (y + inset / 2);
      if (std::abs(from_x) > near || std::abs(from_y) > near) continue;
      const auto left = static_cast<float>(x);
      const auto top = static_cast<float>(y);
      const auto s = static_cast<float>(inset);
      sheet.insert(sheet.end(),
                   {{left, top}, {left + s, top}, {left + s, top + s}, {left, top + s}});
      picture.insert(picture.end(), corners.begin(), corners.end());
      side = std::min(side, SideOf(corners));
    }
    if (sheet.size() < 8) continue;
    const cv::Mat plane = cv::findHomography(sheet, picture);
    if (plane.empty()) continue;
    Corners at = {{static_cast<float>(points[i].x_mm), static_cast<float>(points[i].y_mm)}};
    cv::perspectiveTransform(at, at, plane);
    const cv::Rect2f inside(2, 2, static_cast<float>(grey.cols - 4),
                            static_cast<float>(grey.rows - 4));
    if (!inside.contains(at.front())) continue;
    seen.push_back(at.front());
    indices.push_back(static_cast<int>(i));
  }
  // The gap between a mark and the corner of its square.
  Refine(grey, side * (board.pitch_um() / board.mark_um() - 1) / 2 * 1.2, seen);
  for (size_t i = 0; i < seen.size(); ++i) Add(indices[i], seen[i], view);
}

int IdsOf(const v1::Board& board) { return static_cast<int>(BoardMarks(board).size()); }

bool IsOf(const v1::Board& board, int id) {
  return id >= board.first_id() && id < board.first_id() + IdsOf(board);
}

// Most of the marks that may be the board's lie as they do on its sheet: another sheet may have the
// same ids.
bool LieAsOn(const v1::Board& board, const std::map<int, Corners>& marks) {
  const std::vector<SheetPoint> points = BoardPoints(board);
  Corners sheet;
  Corners picture;
  for (const auto& [id, corners] : marks) {
    if (!IsOf(board, id)) continue;
    for (size_t i = 0; i < 4; ++i) {
      const SheetPoint& at = points[static_cast<size_t>(id - board.first_id()) * 4 + i];
      sheet.emplace_back(static_cast<float>(at.x_mm), static_cast<float>(at.y_mm));
      picture.push_back(corners[i]);
    }
  }
  if (sheet.size() < size_t{4} * kMarksMin) return false;
  cv::Mat fits;
  const cv::Mat plane = cv::findHomography(picture, sheet, cv::RANSAC, kCurlMm, fits);
  return !plane.empty() &&
         cv::countNonZero(fits) >= kSheetShareMin * static_cast<double>(sheet.size());
}

}  // namespace

MatSeen RecogniseMat(const cv::Mat& grey) {
  MatSeen seen;
  const std::map<int, Corners> marks = FindMarks(grey, kAskSideMax, kAskStep);
  seen.any = static_cast<int>(marks.size()) >= kMarksMin;
  if (!seen.any) return seen;
  for (const v1::Board& mat : {PhoneMat(), TabletMat()}) {
    if (LieAsOn(mat, marks)) seen.mat = mat;
  }
  return seen;
}

absl::StatusOr<v1::BoardView> FindBoard(const cv::Mat& grey, const v1::Board& board) {
  if (const absl::Status checked = CheckBoard(board); !checked.ok()) return checked;
  std::map<int, Corners> marks = FindMarks(grey, kSearchSideMax, kSearchStep);
  std::erase_if(marks, [&](const auto& mark) { return !IsOf(board, mark.first); });
  v1::BoardView view;
  view.set_width_px(grey.cols);
  view.set_height_px(grey.rows);
  if (static_cast<int>(marks.size()) >= kMarksMin) {
    if (board.kind() == v1::BOARD_KIND_FRAME) {
      AddFrame(grey, board, marks, view);
    } else {
      AddChess(grey, board, marks, view);
    }
  }
  if (view.indices_size() < kMarksMin) {
    return common::Error(absl::StatusCode::kNotFound, "BOARD_NOT_SEEN",
                         "The board's marks are not seen: light the sheet evenly, show all of it, "
                         "and check that it is the sheet that the station was told of.");
  }
  return view;
}

}  // namespace loopdock::vision
