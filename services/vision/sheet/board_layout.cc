// SPDX-License-Identifier: Apache-2.0
#include "services/vision/sheet/board_layout.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "services/common/status.h"

namespace loopdock::vision {
namespace {

constexpr int kSideMin = 3;
constexpr int kSideMax = 40;
constexpr int kIds = 250;
constexpr double kPitchMinUm = 5'000;
constexpr double kPitchMaxUm = 100'000;
constexpr double kMarkMinUm = 3'000;
// White must be left around a mark, or its ring runs into its neighbour's.
constexpr double kMarkShareMax = 0.85;

double PitchMm(const v1::Board& board) { return board.pitch_um() / 1000; }
double MarkMm(const v1::Board& board) { return board.mark_um() / 1000; }

bool IsFrame(const v1::Board& board) { return board.kind() == v1::BOARD_KIND_FRAME; }

int MarkCount(const v1::Board& board) {
  const int all = board.columns() * board.rows();
  return IsFrame(board) ? 2 * (board.columns() + board.rows()) - 4 : all / 2;
}

absl::Status Invalid(const std::string& what) {
  return common::Error(absl::StatusCode::kInvalidArgument, "BOARD_INVALID", what);
}

bool Within(double value, double least, double most) { return value >= least && value <= most; }

v1::Board Make(v1::BoardKind kind, int columns, int rows, double pitch_um, double mark_um,
               int first_id) {
  v1::Board board;
  board.set_kind(kind);
  board.set_columns(columns);
  board.set_rows(rows);
  board.set_pitch_um(pitch_um);
  board.set_mark_um(mark_um);
  board.set_first_id(first_id);
  return board;
}

}  // namespace

absl::Status CheckBoard(const v1::Board& board) {
  if (!IsFrame(board) && board.kind() != v1::BOARD_KIND_CHARUCO) {
    return Invalid("Say whether the board is a frame or a chess board.");
  }
  if (!Within(board.columns(), kSideMin, kSideMax) || !Within(board.rows(), kSideMin, kSideMax)) {
    return Invalid("A board has 3 to 40 columns and 3 to 40 rows.");
  }
  // Comparisons with what is no number are false.
  if (!Within(board.pitch_um(), kPitchMinUm, kPitchMaxUm)) {
    return Invalid("The marks or squares of a board are 5 to 100 mm apart.");
  }
  if (!Within(board.mark_um(), kMarkMinUm, kMarkShareMax * board.pitch_um())) {
    return Invalid("A mark is at least 3 mm wide and at most 85 % of the distance to the next.");
  }
  if (board.first_id() < 0 || board.first_id() + MarkCount(board) > kIds) {
    return Invalid(absl::StrCat("The board has ", MarkCount(board),
                                " marks; their ids must lie in 0 to 249."));
  }
  return absl::OkStatus();
}

std::vector<SheetMark> BoardMarks(const v1::Board& board) {
  std::vector<SheetMark> marks;
  const double inset = IsFrame(board) ? 0 : (PitchMm(board) - MarkMm(board)) / 2;
  for (int row = 0; row < board.rows(); ++row) {
    for (int column = 0; column < board.columns(); ++column) {
      const bool border =
          row == 0 || column == 0 || row == board.rows() - 1 || column == board.columns() - 1;
      const bool white = (row + column) % 2 != 0;
      if (IsFrame(board) ? !border : !white) continue;
      marks.push_back({board.first_id() + static_cast<int>(marks.size()),
                       {column * PitchMm(board) + inset, row * PitchMm(board) + inset}});
    }
  }
  return marks;
}

std::vector<SheetPoint> BoardPoints(const v1::Board& board) {
  std::vector<SheetPoint> points;
  if (IsFrame(board)) {
    const double side = MarkMm(board);
    for (const SheetMark& mark : BoardMarks(board)) {
      const auto [x, y] = mark.top_left;
      points.insert(points.end(), {{x, y}, {x + side, y}, {x + side, y + side}, {x, y + side}});
    }
    return points;
  }
  for (int row = 1; row < board.rows(); ++row) {
    for (int column = 1; column < board.columns(); ++column) {
      points.push_back({column * PitchMm(board), row * PitchMm(board)});
    }
  }
  return points;
}

SheetSize BoardSize(const v1::Board& board) {
  if (!IsFrame(board)) return {board.columns() * PitchMm(board), board.rows() * PitchMm(board)};
  return {(board.columns() - 1) * PitchMm(board) + MarkMm(board),
          (board.rows() - 1) * PitchMm(board) + MarkMm(board)};
}

SheetField FreeField(const v1::Board& board) {
  const double inset = (PitchMm(board) + MarkMm(board)) / 2;
  const SheetSize size = BoardSize(board);
  return {{inset, inset}, {size.width_mm - inset, size.height_mm - inset}};
}

std::string BoardName(const v1::Board& board) {
  return absl::StrCat(IsFrame(board) ? "frame " : "chess ", board.columns(), "x", board.rows(), " ",
                      PitchMm(board), "/", MarkMm(board), " mm ids ", board.first_id(), "-",
                      board.first_id() + MarkCount(board) - 1);
}

v1::Board PhoneMat() { return Make(v1::BOARD_KIND_FRAME, 14, 9, 15'000, 11'000, 0); }
v1::Board TabletMat() { return Make(v1::BOARD_KIND_FRAME, 20, 13, 15'000, 11'000, 50); }
v1::Board ChessBoard() { return Make(v1::BOARD_KIND_CHARUCO, 12, 8, 20'000, 14'000, 120); }

}  // namespace loopdock::vision
