// SPDX-License-Identifier: Apache-2.0
#include "services/common/csv_rows.h"

#include <algorithm>

namespace loopdock::common {
namespace {

constexpr std::string_view kBlanks = " \t\r\n\v\f";

std::string_view StripRight(std::string_view text) {
  const std::size_t last = text.find_last_not_of(kBlanks);
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

std::string_view Strip(std::string_view text) {
  text = StripRight(text);
  return text.substr(std::min(text.find_first_not_of(kBlanks), text.size()));
}

}  // namespace

bool CsvRow::blank() const {
  return problem.empty() && std::all_of(cells.begin(), cells.end(),
                                        [](std::string_view cell) { return cell.empty(); });
}

void CsvRows::SkipBlanks() {
  while (at_ < text_.size() && text_[at_] != separator_ &&
         (text_[at_] == ' ' || text_[at_] == '\t')) {
    ++at_;
  }
}

void CsvRows::SkipLineEnd() {
  if (at_ == text_.size()) return;
  const bool pair = text_.substr(at_, 2) == "\r\n";
  at_ += pair ? 2 : 1;
  ++line_;
}

void CsvRows::BareCell(CsvRow* row) {
  const char ends[] = {separator_, '\r', '\n'};
  const std::size_t end = std::min(text_.find_first_of({ends, sizeof(ends)}, at_), text_.size());
  row->cells.push_back(StripRight(text_.substr(at_, end - at_)));
  at_ = end;
}

bool CsvRows::QuotedCell(CsvRow* row) {
  const std::size_t begin = ++at_;
  bool doubled = false;
  for (;;) {
    const std::size_t quote = text_.find('"', at_);
    if (quote == std::string_view::npos || quote - begin > kCsvCellBytesMax) {
      row->problem = "A quote is opened and not closed within 8192 bytes.";
      return false;
    }
    at_ = quote + 1;
    if (at_ == text_.size() || text_[at_] != '"') break;
    doubled = true;
    ++at_;
  }
  std::string_view cell = text_.substr(begin, at_ - 1 - begin);
  for (std::size_t i = 0; i < cell.size(); ++i) {
    const bool pair = cell[i] == '\r' && cell.substr(i + 1, 1) == "\n";
    if ((cell[i] == '\r' && !pair) || cell[i] == '\n') ++line_;
  }
  if (doubled) {
    std::string& kept = row->unquoted.emplace_back();
    for (std::size_t i = 0; i < cell.size(); ++i) {
      kept.push_back(cell[i]);
      if (cell[i] == '"') ++i;
    }
    cell = kept;
  }
  row->cells.push_back(Strip(cell));
  SkipBlanks();
  if (AtLineEnd() || text_[at_] == separator_) return true;
  row->problem = "Something follows a closing quote; a quote inside a quoted cell is doubled.";
  return false;
}

bool CsvRows::Next(CsvRow* row) {
  row->cells.clear();
  row->unquoted.clear();
  row->problem = {};
  row->line = line_;
  if (at_ == text_.size()) return false;
  const std::size_t begin = at_;
  for (;;) {
    SkipBlanks();
    if (at_ < text_.size() && text_[at_] == '"') {
      row->problem_cell = row->cells.size();
      if (!QuotedCell(row)) {
        at_ = std::min(text_.find_first_of("\r\n", begin), text_.size());
        line_ = row->line;
        break;
      }
    } else {
      BareCell(row);
    }
    if (AtLineEnd()) break;
    ++at_;
    if (row->cells.size() == kCsvCellsMax) {
      row->problem = "Has more than 1024 cells.";
      at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
      break;
    }
  }
  SkipLineEnd();
  return true;
}

}  // namespace loopdock::common
