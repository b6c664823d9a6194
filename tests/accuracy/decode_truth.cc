// SPDX-License-Identifier: Apache-2.0
#include "tests/accuracy/decode_truth.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <set>

namespace loopdock::accuracy {
namespace {

bool AllDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string Without(std::string_view text, std::string_view characters) {
  std::string kept;
  for (const char c : text) {
    if (characters.find(c) == std::string_view::npos) kept += c;
  }
  return kept;
}

std::string WithoutLeading(std::string_view text, char character) {
  const size_t first = text.find_first_not_of(character);
  return first == std::string_view::npos ? std::string() : std::string(text.substr(first));
}

// The truth file writes backslash, line ends and the group separator as escapes.
std::string Unescaped(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 4) == "<GS>") {
      i += 3;
    } else if (text[i] == '\\' && i + 1 < text.size()) {
      const char next = text[++i];
      if (next == '\\') plain += '\\';
      if (next != '\\' && next != 'n' && next != 'r') plain += {'\\', next};
    } else {
      plain += text[i];
    }
  }
  return plain;
}

// Without control characters and without blanks at the ends.
std::string Plain(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x20) plain += c;
  }
  const size_t first = plain.find_first_not_of(' ');
  if (first == std::string::npos) return "";
  return plain.substr(first, plain.find_last_not_of(' ') - first + 1);
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
std::string PharmacyNumber(const std::string& text) {
  constexpr std::string_view kDigits = "0123456789BCDFGHJKLMNPQRSTUVWXYZ";
  if (text.size() != 6) return text;
  unsigned value = 0;
  for (const char c : text) {
    const size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return text;
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

// All ways of writing one value that count as equal.
std::set<std::string> Writings(std::string_view symbology, const std::string& text) {
  std::set<std::string> writings = {text};
  if (IsRetail(symbology)) {
    const std::string joined = Without(text, " ");
    writings.insert({joined, text.substr(0, text.find(' '))});
    if (joined.size() == 8 && AllDigits(joined)) writings.insert(LongUpc(joined));
  } else if (symbology == "Codabar") {
    std::string body = text;
    if (!body.empty() && body.front() >= 'A' && body.front() <= 'D') body.erase(0, 1);
    if (!body.empty() && body.back() >= 'A' && body.back() <= 'D') body.pop_back();
    writings.insert(body);
  } else if (symbology.starts_with("DataBar")) {
    const std::string bare = Without(text, "()");
    writings.insert(bare);
    if (bare.size() == 14 && AllDigits(bare)) writings.insert("01" + bare);
  } else if (symbology == "Code39") {
    std::string lower = Without(text, "+");
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    writings.insert({WithoutLeading(text, 'I'), lower, PharmacyNumber(text)});
  }
  std::set<std::string> all;
  for (const std::string& writing : writings) {
    all.insert(writing);
    all.insert(WithoutLeading(writing, '0'));
  }
  return all;
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

bool IsTruth(std::string_view symbology, std::string_view truth, std::string_view value) {
  if (!value.empty() && value == Unescaped(truth)) return true;
  const auto expected = Writings(symbology, Plain(Unescaped(truth)));
  const auto got = Writings(symbology, Plain(value));
  return std::any_of(got.begin(), got.end(), [&expected](const std::string& writing) {
    return !writing.empty() && expected.contains(writing);
  });
}

}  // namespace loopdock::accuracy
