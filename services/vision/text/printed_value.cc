// SPDX-License-Identifier: Apache-2.0
#include "services/vision/text/printed_value.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace loopdock::vision {
namespace {

constexpr size_t kValueMin = 4;
constexpr size_t kValueMax = 40;
constexpr size_t kAloneMin = 6;
constexpr size_t kAloneNumberMin = 8;
constexpr int kAloneDigitsMin = 2;
constexpr size_t kImeiDigits = 15;
// Below that the recogniser guesses.
constexpr double kConfidenceMin = 0.2;

// How the value behind a label looks.
enum class ValueKind { kSerial, kImei, kOther, kModel };

// By the label's letters and digits in capitals; SIN is S/N as it is often misread.
const std::map<std::string, ValueKind>& Labels() {
  static const std::map<std::string, ValueKind> kLabels = {
      {"SN", ValueKind::kSerial},         {"SIN", ValueKind::kSerial},
      {"SNO", ValueKind::kSerial},        {"SERIAL", ValueKind::kSerial},
      {"SERIALNO", ValueKind::kSerial},   {"SERIALNR", ValueKind::kSerial},
      {"SERIALNUM", ValueKind::kSerial},  {"SERIALNUMBER", ValueKind::kSerial},
      {"SERNO", ValueKind::kSerial},      {"SERNR", ValueKind::kSerial},
      {"SERVICETAG", ValueKind::kSerial}, {"ASSETTAG", ValueKind::kSerial},
      {"ASSETNO", ValueKind::kSerial},    {"IMEI", ValueKind::kImei},
      {"IMEI1", ValueKind::kImei},        {"IMEI2", ValueKind::kImei},
      {"MEID", ValueKind::kSerial},       {"PN", ValueKind::kOther},
      {"PNO", ValueKind::kOther},         {"PARTNO", ValueKind::kOther},
      {"PARTNR", ValueKind::kOther},      {"PARTNUMBER", ValueKind::kOther},
      {"EID", ValueKind::kOther},         {"ICCID", ValueKind::kOther},
      {"MAC", ValueKind::kOther},         {"MACID", ValueKind::kOther},
      {"MACADDRESS", ValueKind::kOther},  {"MODEL", ValueKind::kModel},
      {"MODELNO", ValueKind::kModel},     {"MODELNUMBER", ValueKind::kModel},
      {"MODELNAME", ValueKind::kModel},   {"TYPE", ValueKind::kModel}};
  return kLabels;
}

// Such as "Asset", "Tag" and "No".
constexpr size_t kLabelWordsMax = 3;

std::string Bare(std::string_view text) {
  std::string bare;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (std::isalnum(code) != 0) bare += static_cast<char>(std::toupper(code));
  }
  return bare;
}

int Digits(std::string_view text) {
  return static_cast<int>(
      std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }));
}

bool IsAlphanumeric(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

// Without what print puts around a value.
std::string Trimmed(std::string_view text) {
  while (!text.empty() && !IsAlphanumeric(text.front())) text.remove_prefix(1);
  while (!text.empty() && !IsAlphanumeric(text.back())) text.remove_suffix(1);
  return std::string(text);
}

bool IsValue(std::string_view text, bool needs_digit) {
  const bool characters = std::all_of(text.begin(), text.end(), [](char c) {
    return IsAlphanumeric(c) || c == '-' || c == '/' || c == '.' || c == ':';
  });
  return characters && text.size() >= kValueMin && text.size() <= kValueMax &&
         (!needs_digit || Digits(text) > 0);
}

bool HasImeiCheckDigit(std::string_view digits) {
  int sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    const int digit = (digits[digits.size() - 1 - i] - '0') * (i % 2 == 0 ? 1 : 2);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 == 0;
}

using Line = std::vector<PrintedWord>;

bool OnOneLine(const cv::Rect& a, const cv::Rect& b) {
  const int common = std::min(a.br().y, b.br().y) - std::max(a.y, b.y);
  return 2 * common > std::min(a.height, b.height);
}

// "S/N:5CG1" is a label and a value in one word.
void AddSplit(const PrintedWord& word, std::vector<PrintedWord>& words) {
  const size_t colon = word.text.find_first_of(":#");
  const std::string head = word.text.substr(0, colon);
  const bool is_label = Labels().contains(Bare(head));
  if (colon == std::string::npos || colon + 1 == word.text.size() || !is_label) {
    words.push_back(word);
    return;
  }
  const int at = word.box.width * static_cast<int>(colon + 1) / static_cast<int>(word.text.size());
  PrintedWord label = word;
  label.text = head;
  label.box.width = at;
  PrintedWord value = word;
  value.text = word.text.substr(colon + 1);
  value.box.x += at;
  value.box.width -= at;
  words.push_back(std::move(label));
  words.push_back(std::move(value));
}

// From the top down, each from left to right; words without letters or digits are left out.
std::vector<Line> Lines(const std::vector<PrintedWord>& words) {
  std::vector<PrintedWord> all;
  for (const PrintedWord& word : words) {
    if (!Bare(word.text).empty()) AddSplit(word, all);
  }
  std::sort(all.begin(), all.end(), [](const PrintedWord& a, const PrintedWord& b) {
    return std::pair(a.box.y, a.box.x) < std::pair(b.box.y, b.box.x);
  });
  std::vector<Line> lines;
  for (PrintedWord& word : all) {
    const auto line = std::find_if(lines.begin(), lines.end(), [&word](const Line& other) {
      return OnOneLine(other.front().box, word.box);
    });
    if (line == lines.end()) {
      lines.push_back({std::move(word)});
    } else {
      line->push_back(std::move(word));
    }
  }
  for (Line& line : lines) {
    std::sort(line.begin(), line.end(),
              [](const PrintedWord& a, const PrintedWord& b) { return a.box.x < b.box.x; });
  }
  return lines;
}

struct Introduction {
  std::string label;
  cv::Rect box;
  size_t end = 0;  // The word after it.
  ValueKind kind = ValueKind::kOther;
};

// The longest label that begins at word `begin`; an empty one when none does.
Introduction IntroductionAt(const Line& line, size_t begin) {
  Introduction found;
  std::string bare;
  std::string printed;
  cv::Rect box = line[begin].box;
  for (size_t i = begin; i < line.size() && i < begin + kLabelWordsMax; ++i) {
    bare += Bare(line[i].text);
    printed += (i > begin ? " " : "") + Trimmed(line[i].text);
    box |= line[i].box;
    const auto label = Labels().find(bare);
    if (label != Labels().end()) found = {printed, box, i + 1, label->second};
  }
  return found;
}

bool IsSerial(ValueKind kind) { return kind == ValueKind::kSerial || kind == ValueKind::kImei; }

using Used = std::set<const PrintedWord*>;

// Reads the value that begins at word `at`; an empty one when there is none.
PrintedValue ValueAt(const Line& line, size_t at, const Introduction& introduction, Used& used) {
  PrintedValue value;
  if (at >= line.size()) return value;
  used.insert(&line[at]);
  value = {introduction.label, Trimmed(line[at].text), line[at].box, line[at].confidence,
           IsSerial(introduction.kind) ? PrintedRank::kSerial : PrintedRank::kOther};
  if (introduction.kind == ValueKind::kImei) {
    // Printed in groups.
    value.value = Bare(value.value);
    for (size_t i = at + 1; i < line.size() && value.value.size() < kImeiDigits; ++i) {
      used.insert(&line[i]);
      value.value += Bare(line[i].text);
      value.box |= line[i].box;
      value.confidence = std::min(value.confidence, line[i].confidence);
    }
    const bool right = value.value.size() == kImeiDigits &&
                       Digits(value.value) == static_cast<int>(kImeiDigits) &&
                       HasImeiCheckDigit(value.value);
    return right ? value : PrintedValue();
  }
  return IsValue(value.value, introduction.kind != ValueKind::kModel) ? value : PrintedValue();
}

// Of the line below, the first word that stands under the label.
PrintedValue ValueBelow(const std::vector<Line>& lines, size_t line,
                        const Introduction& introduction, Used& used) {
  if (line + 1 >= lines.size()) return {};
  const Line& below = lines[line + 1];
  for (size_t i = 0; i < below.size(); ++i) {
    const cv::Rect& box = below[i].box;
    if (box.x >= introduction.box.br().x || box.br().x <= introduction.box.x) continue;
    if (box.y - introduction.box.br().y > 2 * introduction.box.height) continue;
    if (!IntroductionAt(below, i).label.empty()) return {};
    return ValueAt(below, i, introduction, used);
  }
  return {};
}

bool LooksLikeAValue(const PrintedWord& word) {
  const std::string text = Trimmed(word.text);
  const bool only_digits = Digits(text) == static_cast<int>(text.size());
  const bool small_letters =
      std::any_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  return text.size() >= (only_digits ? kAloneNumberMin : kAloneMin) &&
         Digits(text) >= kAloneDigitsMin && !small_letters && IsValue(text, true);
}

// Behind or below their labels; notes the words that this took.
std::vector<PrintedValue> Introduced(const std::vector<Line>& lines, Used& used) {
  std::vector<PrintedValue> values;
  for (size_t i = 0; i < lines.size(); ++i) {
    for (size_t at = 0; at < lines[i].size(); ++at) {
      const Introduction introduction = IntroductionAt(lines[i], at);
      if (introduction.label.empty()) continue;
      for (; at < introduction.end; ++at) used.insert(&lines[i][at]);
      PrintedValue value = ValueAt(lines[i], at, introduction, used);
      if (value.value.empty()) value = ValueBelow(lines, i, introduction, used);
      --at;
      if (!value.value.empty()) values.push_back(std::move(value));
    }
  }
  return values;
}

}  // namespace

bool IsBetter(const PrintedValue& a, const PrintedValue& b) {
  return std::pair(a.rank, -a.confidence) < std::pair(b.rank, -b.confidence);
}

std::vector<PrintedValue> FindPrintedValues(const std::vector<PrintedWord>& words) {
  const std::vector<Line> lines = Lines(words);
  Used used;
  std::vector<PrintedValue> values = Introduced(lines, used);
  for (const Line& line : lines) {
    for (const PrintedWord& word : line) {
      if (used.contains(&word) || !LooksLikeAValue(word)) continue;
      values.push_back({"", Trimmed(word.text), word.box, word.confidence, PrintedRank::kAlone});
    }
  }
  std::erase_if(values,
                [](const PrintedValue& value) { return value.confidence < kConfidenceMin; });
  std::stable_sort(values.begin(), values.end(), IsBetter);
  std::set<std::string> known;
  std::erase_if(values,
                [&known](const PrintedValue& value) { return !known.insert(value.value).second; });
  return values;
}

}  // namespace loopdock::vision
