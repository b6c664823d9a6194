// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_CSV_ROWS_H_
#define LOOPDOCK_SERVICES_COMMON_CSV_ROWS_H_

// Rows of RFC 4180 one after the other: any one-byte separator, quoted cells with line breaks and
// doubled quotes in them, line ends of any kind. Blanks around a cell are no part of it; a quote
// inside a bare cell stands for itself.
// Thread safety: for one thread.
// Ownership: cells point into the text, which must outlive the rows, or into the row.
// Errors: a row whose quotes are wrong says so, and reading goes on with the line after the one it
// began in.
// Limits: kCsvCellsMax cells a row; a quoted cell has at most kCsvCellBytesMax bytes.

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace loopdock::common {

inline constexpr std::size_t kCsvCellsMax = 1024;
inline constexpr std::size_t kCsvCellBytesMax = std::size_t{8} << 10;

struct CsvRow {
  std::int64_t line = 0;  // the line of the text that it begins in, from 1
  std::vector<std::string_view> cells;
  std::string_view problem;  // empty when it is well formed
  std::size_t problem_cell = 0;
  std::deque<std::string> unquoted;  // what cells with doubled quotes point into

  bool blank() const;
};

class CsvRows {
 public:
  CsvRows(std::string_view text, char separator) : text_(text), separator_(separator) {}

  // False at the end.
  bool Next(CsvRow* row);

 private:
  // Both leave `at_` behind the cell, at its separator or line end. False when it is malformed.
  void BareCell(CsvRow* row);
  bool QuotedCell(CsvRow* row);
  bool AtLineEnd() const { return at_ == text_.size() || text_[at_] == '\n' || text_[at_] == '\r'; }
  void SkipLineEnd();
  void SkipBlanks();

  const std::string_view text_;
  const char separator_;
  std::size_t at_ = 0;
  std::int64_t line_ = 1;
};

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_CSV_ROWS_H_
