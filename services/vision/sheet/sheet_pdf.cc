// SPDX-License-Identifier: Apache-2.0
#include "services/vision/sheet/sheet_pdf.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/common/status.h"
#include "services/vision/sheet/board_layout.h"

namespace loopdock::vision {
namespace {

constexpr double kPointsPerMm = 72 / 25.4;
// Around the board: printers leave white, and the marks of the border need it.
constexpr double kMarginMm = 6;
// Below the board: the line of 100 mm and the text.
constexpr double kFootMm = 12;
constexpr double kRulerMm = 100;
constexpr double kFieldGrey = 0.45;

struct Paper {
  double width_mm;
  double height_mm;
};
constexpr Paper kA4{297, 210};
constexpr Paper kA3{420, 297};

// Commands of a page, in millimetres from its top left.
class Page {
 public:
  explicit Page(Paper paper) : paper_(paper) {}

  void Rect(double x, double y, double width, double height, double grey) {
    absl::StrAppendFormat(&content_, "%.3f g %.4f %.4f %.4f %.4f re f\n", grey, x * kPointsPerMm,
                          (paper_.height_mm - y - height) * kPointsPerMm, width * kPointsPerMm,
                          height * kPointsPerMm);
  }
  void Text(double x, double y, double size_mm, const std::string& text) {
    absl::StrAppendFormat(&content_, "0 g BT /F1 %.3f Tf %.4f %.4f Td (%s) Tj ET\n",
                          size_mm * kPointsPerMm, x * kPointsPerMm,
                          (paper_.height_mm - y) * kPointsPerMm, text);
  }

  std::string Pdf() const {
    const std::vector<std::string> objects = {
        "<< /Type /Catalog /Pages 2 0 R /ViewerPreferences << /PrintScaling /None >> >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        absl::StrFormat("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %.4f %.4f] /Contents 4 0 R "
                        "/Resources << /Font << /F1 5 0 R >> >> >>",
                        paper_.width_mm * kPointsPerMm, paper_.height_mm * kPointsPerMm),
        absl::StrCat("<< /Length ", content_.size(), " >>\nstream\n", content_, "endstream"),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"};
    std::string pdf = "%PDF-1.4\n";
    std::vector<size_t> places;
    for (size_t i = 0; i < objects.size(); ++i) {
      places.push_back(pdf.size());
      absl::StrAppend(&pdf, i + 1, " 0 obj\n", objects[i], "\nendobj\n");
    }
    const size_t table = pdf.size();
    absl::StrAppend(&pdf, "xref\n0 ", objects.size() + 1, "\n0000000000 65535 f \n");
    for (const size_t place : places) absl::StrAppendFormat(&pdf, "%010d 00000 n \n", place);
    absl::StrAppend(&pdf, "trailer\n<< /Size ", objects.size() + 1, " /Root 1 0 R >>\nstartxref\n",
                    table, "\n%%EOF\n");
    return pdf;
  }

 private:
  Paper paper_;
  std::string content_;
};

bool Fits(const SheetSize& board, const Paper& paper) {
  return board.width_mm + 2 * kMarginMm <= paper.width_mm &&
         board.height_mm + 2 * kMarginMm + kFootMm <= paper.height_mm;
}

void AddMark(const SheetMark& mark, SheetPoint origin, double side, Page& page) {
  const double x = origin.x_mm + mark.top_left.x_mm;
  const double y = origin.y_mm + mark.top_left.y_mm;
  const double bit = side / 6;
  page.Rect(x, y, side, side, 0);
  const unsigned bits = MarkBits(mark.id);
  for (int row = 0; row < 4; ++row) {
    // White neighbours in a row are one rectangle: a seam between two might print grey.
    for (int column = 0; column < 4;) {
      int end = column;
      while (end < 4 && (bits >> (15 - 4 * row - end) & 1U) != 0) ++end;
      if (end > column) {
        page.Rect(x + (column + 1) * bit, y + (row + 1) * bit, (end - column) * bit, bit, 1);
      }
      column = end + 1;
    }
  }
}

void AddRuler(double x, double y, Page& page) {
  page.Rect(x, y, kRulerMm, 0.3, 0);
  for (const double end : {x, x + kRulerMm - 0.3}) page.Rect(end, y - 1.5, 0.3, 3, 0);
}

}  // namespace

absl::StatusOr<std::string> SheetPdf(const v1::Board& board) {
  if (const absl::Status checked = CheckBoard(board); !checked.ok()) return checked;
  const SheetSize size = BoardSize(board);
  const Paper paper = Fits(size, kA4) ? kA4 : kA3;
  if (!Fits(size, paper)) {
    return common::Error(absl::StatusCode::kInvalidArgument, "BOARD_INVALID",
                         absl::StrFormat("The board is %.0f x %.0f mm; A3 has room for 408 x 273.",
                                         size.width_mm, size.height_mm));
  }
  Page page(paper);
  const SheetPoint origin{(paper.width_mm - size.width_mm) / 2,
                          (paper.height_mm - kFootMm - size.height_mm) / 2};
  if (board.kind() == v1::BOARD_KIND_FRAME) {
    const auto [low, high] = FreeField(board);
    page.Rect(origin.x_mm + low.x_mm, origin.y_mm + low.y_mm, high.x_mm - low.x_mm,
              high.y_mm - low.y_mm, kFieldGrey);
  } else {
    const double pitch = board.pitch_um() / 1000;
    for (int row = 0; row < board.rows(); ++row) {
      for (int column = row % 2; column < board.columns(); column += 2) {
        page.Rect(origin.x_mm + column * pitch, origin.y_mm + row * pitch, pitch, pitch, 0);
      }
    }
  }
  for (const SheetMark& mark : BoardMarks(board)) {
    AddMark(mark, origin, board.mark_um() / 1000, page);
  }
  const double foot = paper.height_mm - kFootMm;
  AddRuler(origin.x_mm, foot, page);
  page.Text(
      origin.x_mm + kRulerMm + 4, foot + 1.2, 3.2,
      absl::StrCat("100 mm when printed at 100 %; lay it flat.   Loopdock  ", BoardName(board)));
  return page.Pdf();
}

}  // namespace loopdock::vision
