// SPDX-License-Identifier: Apache-2.0
// The printed sheets, read back: their rectangles are painted and all marks found in the picture.
#include "services/vision/sheet/sheet_pdf.h"

#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/core.hpp>
#include <regex>
#include <string>

#include "services/common/status.h"
#include "services/vision/scale/find_board.h"
#include "services/vision/sheet/board_layout.h"

namespace loopdock::vision {
namespace {

constexpr double kPxPerMm = 6;
constexpr double kMmPerPoint = 25.4 / 72;

double Number(const std::ssub_match& text) { return std::stod(text.str()); }

// The page as a printer would draw it: rectangles in their order, each in its grey.
cv::Mat Printed(const std::string& pdf) {
  std::smatch box;
  const std::regex media(R"(/MediaBox \[0 0 ([\d.]+) ([\d.]+)\])");
  if (!std::regex_search(pdf, box, media)) return {};
  const double height = Number(box[2]) * kMmPerPoint;
  cv::Mat page(static_cast<int>(std::lround(height * kPxPerMm)),
               static_cast<int>(std::lround(Number(box[1]) * kMmPerPoint * kPxPerMm)), CV_8U,
               cv::Scalar(255));
  const std::regex rect(R"(([\d.]+) g ([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re f)");
  for (std::sregex_iterator it(pdf.begin(), pdf.end(), rect), end; it != end; ++it) {
    const double k = kMmPerPoint * kPxPerMm;
    const double left = Number((*it)[2]) * k;
    const double top = height * kPxPerMm - (Number((*it)[3]) + Number((*it)[5])) * k;
    const cv::Point low(static_cast<int>(std::lround(left)), static_cast<int>(std::lround(top)));
    const cv::Point high(static_cast<int>(std::lround(left + Number((*it)[4]) * k)),
                         static_cast<int>(std::lround(top + Number((*it)[5]) * k)));
    page(cv::Rect(low, high) & cv::Rect(0, 0, page.cols, page.rows)).setTo(255 * Number((*it)[1]));
  }
  return page;
}

void ExpectReadBack(const v1::Board& board, double paper_width_mm) {
  SCOPED_TRACE(BoardName(board));
  const auto pdf = SheetPdf(board);
  ASSERT_TRUE(pdf.ok()) << pdf.status();
  EXPECT_NE(pdf->find("(100 mm when printed at 100 %"), std::string::npos);
  EXPECT_NE(pdf->find(BoardName(board)), std::string::npos);
  const cv::Mat page = Printed(*pdf);
  ASSERT_FALSE(page.empty());
  EXPECT_NEAR(page.cols / kPxPerMm, paper_width_mm, 0.2);
  const auto view = FindBoard(page, board);
  ASSERT_TRUE(view.ok()) << view.status();
  const auto points = BoardPoints(board);
  ASSERT_EQ(view->indices_size(), static_cast<int>(points.size()));
  // Distances from the first point are those of the layout.
  cv::Point2d first;
  for (int i = 0; i < view->indices_size(); ++i) {
    if (view->indices(i) == 0) first = {view->points(i).x(), view->points(i).y()};
  }
  for (int i = 0; i < view->indices_size(); ++i) {
    const SheetPoint& at = points[static_cast<size_t>(view->indices(i))];
    EXPECT_NEAR((view->points(i).x() - first.x) / kPxPerMm, at.x_mm - points[0].x_mm, 0.2);
    EXPECT_NEAR((view->points(i).y() - first.y) / kPxPerMm, at.y_mm - points[0].y_mm, 0.2);
  }
}

TEST(SheetPdf, AllMarksAreFoundWhereTheLayoutHasThem) {
  ExpectReadBack(PhoneMat(), 297);
  ExpectReadBack(TabletMat(), 420);
  ExpectReadBack(ChessBoard(), 297);
}

TEST(SheetPdf, PointsToItsObjects) {
  const auto pdf = SheetPdf(PhoneMat());
  ASSERT_TRUE(pdf.ok());
  const size_t start = pdf->rfind("startxref\n");
  ASSERT_NE(start, std::string::npos);
  const size_t table = std::stoul(pdf->substr(start + 10));
  EXPECT_EQ(pdf->substr(table, 4), "xref");
  const std::regex entry(R"((\d{10}) 00000 n)");
  int number = 0;
  const std::string rest = pdf->substr(table);
  for (std::sregex_iterator it(rest.begin(), rest.end(), entry), end; it != end; ++it) {
    const std::string head = std::to_string(++number) + " 0 obj";
    EXPECT_EQ(pdf->substr(std::stoul((*it)[1].str()), head.size()), head);
  }
  EXPECT_EQ(number, 5);
}

TEST(SheetPdf, RefusesWhatNoPaperHolds) {
  v1::Board board = TabletMat();
  board.set_columns(30);
  EXPECT_EQ(common::ReasonOf(SheetPdf(board).status()), "BOARD_INVALID");
  board = PhoneMat();
  board.set_rows(0);
  EXPECT_EQ(common::ReasonOf(SheetPdf(board).status()), "BOARD_INVALID");
}

}  // namespace
}  // namespace loopdock::vision
