// SPDX-License-Identifier: Apache-2.0
#include "tests/accuracy/decode_truth.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <regex>

namespace loopdock::accuracy {
namespace {

bool AllDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string Without(std::string_view text, char character) {
  std::string kept(text);
  std::erase(kept, character);
  return kept;
}

// The truth file writes backslash, line ends and the group separator as escapes.
std::string Unescaped(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (text.substr(i, 4) == "<GS>") {
      plain += '\x1D';
      i += 3;
    } else if (text[i] == '\\' && (next == '\\' || next == 'n' || next == 'r')) {
      plain += next == 'n' ? '\n' : next == 'r' ? '\r' : '\\';
      ++i;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

// The twelve digits for which the eight of a UPC-E stand.
std::string LongUpc(const std::string& eight) {
  const char rule = eight[6];
  const std::string body = eight.substr(1, 6);
  std::string middle;
  if (rule <= '2') {
    middle = body.substr(0, 2) + rule + "0000" + body.substr(2, 3);
  } else if (rule == '3') {
    middle = body.substr(0, 3) + "00000" + body.substr(3, 2);
  } else if (rule == '4') {
    middle = body.substr(0, 4) + "00000" + body.substr(4, 1);
  } else {
    middle = body.substr(0, 5) + "0000" + rule;
  }
  return eight.substr(0, 1) + middle + eight.substr(7, 1);
}

// Italian pharmacy numbers: six characters of base 32 for nine digits.
std::string PharmacyNumber(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789BCDFGHJKLMNPQRSTUVWXYZ";
  if (text.size() != 6) return "";
  unsigned value = 0;
  for (const char c : text) {
    const size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return "";
    value = value * 32 + static_cast<unsigned>(digit);
  }
  char number[16];
  std::snprintf(number, sizeof number, "A%09u", value);
  return number;
}

bool IsRetail(std::string_view symbology) {
  for (std::string_view name : {"EAN-13", "EAN-8", "UPC-A", "UPC-E", "UPC/EAN-ext", "EAN-13+ext"}) {
    if (symbology == name) return true;
  }
  return false;
}

// The truth of the C++ family is the number of thirteen digits, with an add-on behind it; the
// standard has readers give the twelve digits of a UPC-A, the eight of a UPC-E, and we put a space
// before an add-on. It is the same symbol: an EAN-13 that begins with 0 has the bars of a UPC-A,
// and a UPC-E stands for a UPC-A.
bool IsSameRetail(const std::string& truth, const std::string& value) {
  const size_t space = value.find(' ');
  const std::string main = value.substr(0, space);
  const std::string add_on = space == std::string::npos ? "" : value.substr(space + 1);
  if (truth == main + add_on || truth == "0" + main + add_on) return true;
  return main.size() == 8 && AllDigits(main) && add_on.empty() && truth == "0" + LongUpc(main);
}

// The Java family's truth leaves out the letters that begin and end a symbol, the C++ family's does
// not; they are no part of what we give.
bool IsSameCodabar(const std::string& truth, const std::string& value) {
  const auto is_letter = [](char c) { return c >= 'A' && c <= 'D'; };
  return truth.size() > 2 && is_letter(truth.front()) && is_letter(truth.back()) &&
         truth.substr(1, truth.size() - 2) == value;
}

// The Java family's truth has brackets around identifiers where we have separators between
// elements, and leaves out the identifier (01) that a DataBar of fourteen digits stands for.
bool IsSameDataBar(const std::string& truth, const std::string& value) {
  if (truth.size() == 14 && AllDigits(truth)) return value == "01" + truth;
  static const std::regex kIdentifier(R"(\((\d{2,4})\))");
  return truth.starts_with('(') &&
         std::regex_replace(truth, kIdentifier, "$1") == Without(value, '\x1D');
}

}  // namespace

bool TruthRow::negative() const {
  return symbology == "NONE" || symbology == "partial" || symbology == "unsupported";
}

absl::StatusOr<std::vector<TruthRow>> LoadManifest(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return absl::NotFoundError(path + " cannot be read");
  std::vector<TruthRow> rows;
  while (std::getline(file, line)) {
    std::vector<std::string> columns(1);
    for (const char c : line) {
      if (c == '\t') {
        columns.emplace_back();
      } else {
        columns.back() += c;
      }
    }
    if (columns.size() != 8) return absl::InvalidArgumentError(path + ": 8 columns are expected");
    rows.push_back({columns[0], columns[1], columns[2], columns[3], columns[4], columns[5],
                    !columns[7].empty()});
  }
  return rows;
}

PictureNotes LoadPictureNotes(const std::string& path) {
  PictureNotes notes;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const size_t tab = line.find('\t');
    if (line.starts_with('#') || tab == std::string::npos) continue;
    notes.emplace(line.substr(0, tab), line.substr(tab + 1));
  }
  return notes;
}

void CompleteTruth(const PictureNotes& add_ons, std::vector<TruthRow>& rows) {
  std::map<std::string, std::string> by_path(add_ons.begin(), add_ons.end());
  for (TruthRow& row : rows) {
    const auto add_on = by_path.find(row.path);
    if (add_on != by_path.end()) row.text += add_on->second;
  }
}

bool IsTruth(std::string_view symbology, std::string_view truth, std::string_view value) {
  if (value.empty()) return false;
  const std::string expected = Unescaped(truth);
  const std::string got(value);
  if (got == expected) return true;
  if (IsRetail(symbology)) return IsSameRetail(expected, got);
  if (symbology == "Codabar") return IsSameCodabar(expected, got);
  if (symbology.starts_with("DataBar")) return IsSameDataBar(expected, got);
  // Code 32 is written as Code 39.
  return symbology == "Code39" && PharmacyNumber(got) == expected;
}

}  // namespace loopdock::accuracy
