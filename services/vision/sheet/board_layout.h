// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_SHEET_BOARD_LAYOUT_H_
#define LOOPDOCK_SERVICES_VISION_SHEET_BOARD_LAYOUT_H_

// Where the marks of a board lie on its sheet: what is printed, what is looked for and what is
// reckoned with are the same. Millimetres from the top left of the board, x to the right, y down.
// Thread safety: free functions, safe from any thread.
// Errors: CheckBoard answers INVALID_ARGUMENT BOARD_INVALID; the others want a checked board.
// Limits: 3 to 40 in a row and 3 to 40 rows, 5 to 100 mm apart, marks of at least 3 mm, ids 0 to
// 249.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "loopdock/vision/v1/vision.pb.h"

namespace loopdock::vision {

struct SheetPoint {
  double x_mm = 0;
  double y_mm = 0;
};

struct SheetMark {
  int id = 0;
  SheetPoint top_left;
};

struct SheetSize {
  double width_mm = 0;
  double height_mm = 0;
};

absl::Status CheckBoard(const v1::Board& board);

// In the order of their ids.
std::vector<SheetMark> BoardMarks(const v1::Board& board);

// What the indices of a BoardView count. Frame: the corners of the marks, four each, clockwise from
// the top left. Chess board: the corners where four squares meet, row by row.
std::vector<SheetPoint> BoardPoints(const v1::Board& board);

// From the outer side of the first mark or square to that of the last.
SheetSize BoardSize(const v1::Board& board);

// Of a frame, the field that its marks leave free: a rectangle half a gap inside them.
struct SheetField {
  SheetPoint top_left;
  SheetPoint bottom_right;
};
SheetField FreeField(const v1::Board& board);

// The bits of mark `id`, 0 to 249, row by row from the highest of 16; 1 is white. Around them lies
// a black ring as wide as a bit.
unsigned MarkBits(int id);

// Says the board in a few characters, such as "frame 13x9 15/11 mm ids 0-39": printed on the sheet.
std::string BoardName(const v1::Board& board);

// The mats and boards that we print: a frame for phones (A4), one for tablets (A3), and the chess
// board for calibration (A4).
v1::Board PhoneMat();
v1::Board TabletMat();
v1::Board ChessBoard();

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_SHEET_BOARD_LAYOUT_H_
