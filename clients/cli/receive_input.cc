// SPDX-License-Identifier: Apache-2.0
#include "clients/cli/receive_input.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"

namespace loopdock::cli {
namespace {

constexpr char kEscape = 0x1B;
constexpr char kEndOfTransmission = 0x04;
constexpr char kBackspace = 0x08;
constexpr char kDelete = 0x7F;
constexpr size_t kKeyBytesMax = 16;

// Of the last character, which may have several bytes.
void EraseLast(std::string& text) {
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) text.pop_back();
  if (!text.empty()) text.pop_back();
}

bool AllDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); });
}

int DigitAt(std::string_view digits, size_t at) { return digits[at] - '0'; }

bool LuhnHolds(std::string_view digits) {
  int sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    int digit = DigitAt(digits, digits.size() - 1 - i);
    if (i % 2 == 1) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 == 0;
}

// Of GTIN and SSCC.
bool Gs1CheckHolds(std::string_view digits) {
  int sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    sum += DigitAt(digits, digits.size() - 1 - i) * (i % 2 == 1 ? 3 : 1);
  }
  return sum % 10 == 0;
}

bool IsNumber(std::string_view half) {
  switch (half.size()) {
    case 15:
      return LuhnHolds(half);  // IMEI
    case 12:
    case 13:
    case 18:
      return Gs1CheckHolds(half);  // UPC, EAN, SSCC
    case 20:
      return half.substr(0, 2) == "00" && Gs1CheckHolds(half.substr(2));  // SSCC with its AI
    default:
      return false;
  }
}

// "]C1" and the like.
bool IsAimIdentifier(std::string_view text) {
  return text.size() >= 3 && text[0] == ']' &&
         absl::ascii_isalpha(static_cast<unsigned char>(text[1])) &&
         absl::ascii_isalnum(static_cast<unsigned char>(text[2]));
}

TwoCodes Halves(std::string_view text, size_t at) {
  return {std::string(text.substr(0, at)), std::string(text.substr(at))};
}

}  // namespace

bool LineSplitter::IsKey(char byte, std::vector<ReceiveLine>& lines) {
  if (!format_.keyboard) return false;
  if (!key_.empty()) {
    key_.push_back(byte);
    const bool begins = key_.size() == 2 && (byte == '[' || byte == 'O');
    if (begins) return true;
    if (key_.size() == 2) {  // An escape that begins no key belongs to a code.
      line_ += key_;
      key_.clear();
      return true;
    }
    const bool ends = byte >= 0x40 && byte <= 0x7E;
    if (ends || key_.size() > kKeyBytesMax) key_.clear();
    return true;
  }
  if (byte == kEscape) {
    key_.push_back(byte);
  } else if (byte == kBackspace || byte == kDelete) {
    EraseLast(line_);
  } else if (byte == kEndOfTransmission && line_.empty()) {
    lines.push_back({ReceiveLine::Kind::kEnd, ""});
  } else {
    return false;
  }
  return true;
}

bool LineSplitter::EndsLine(char byte) {
  const bool is_line_end = byte == '\r' || byte == '\n';
  if (format_.suffix.empty()) return is_line_end || (byte == '\t' && format_.keyboard);
  if (line_.empty() || line_.front() == '/') {
    if (is_line_end) return true;
  }
  const size_t before = format_.suffix.size() - 1;
  if (byte != format_.suffix.back() || line_.size() < before) return false;
  if (line_.compare(line_.size() - before, before, format_.suffix, 0, before) != 0) return false;
  line_.resize(line_.size() - before);
  return true;
}

void LineSplitter::EndLine(std::vector<ReceiveLine>& lines) {
  std::string text;
  text.swap(line_);
  const std::string& prefix = format_.prefix;
  if (prefix.empty()) {
    lines.push_back({ReceiveLine::Kind::kLine, std::move(text)});
    return;
  }
  ReceiveLine::Kind kind = ReceiveLine::Kind::kLine;
  size_t at = 0;
  for (size_t next = text.find(prefix); next != std::string::npos; next = text.find(prefix, at)) {
    if (next > at || kind == ReceiveLine::Kind::kCode) {
      lines.push_back({ReceiveLine::Kind::kCut, text.substr(at, next - at)});
    }
    at = next + prefix.size();
    kind = ReceiveLine::Kind::kCode;
  }
  lines.push_back({kind, text.substr(at)});
}

void LineSplitter::Take(char byte, std::vector<ReceiveLine>& lines) {
  if (IsKey(byte, lines)) return;
  const bool completes_return = after_return_ && byte == '\n';
  after_return_ = false;
  if (completes_return) return;
  if (EndsLine(byte)) {
    after_return_ = byte == '\r';
    EndLine(lines);
  } else {
    line_.push_back(byte);
    // Of what is too long the end is kept too: the suffix is found there.
    if (line_.size() == 2 * kReceiveLineMax) line_.erase(kReceiveLineMax, kReceiveLineMax / 2);
  }
}

std::vector<ReceiveLine> LineSplitter::Add(std::string_view bytes) {
  std::vector<ReceiveLine> lines;
  for (const char byte : bytes) Take(byte, lines);
  return lines;
}

std::vector<ReceiveLine> LineSplitter::Finish() {
  std::vector<ReceiveLine> lines;
  if (!line_.empty()) lines.push_back({ReceiveLine::Kind::kCut, std::exchange(line_, "")});
  lines.push_back({ReceiveLine::Kind::kEnd, ""});
  return lines;
}

std::optional<TwoCodes> RunTogether(std::string_view text) {
  constexpr size_t kCodeMin = 6;
  if (IsAimIdentifier(text)) {
    for (size_t at = 4; at < text.size(); ++at) {
      if (IsAimIdentifier(text.substr(at))) return Halves(text, at);
    }
  }
  const size_t half = text.size() / 2;
  if (text.size() % 2 != 0 || half < kCodeMin) return std::nullopt;
  if (AllDigits(text) && IsNumber(text.substr(0, half)) && IsNumber(text.substr(half))) {
    return Halves(text, half);
  }
  // A number made of one digit, such as a placeholder of zeros, is no code twice.
  const bool has_several = text.find_first_not_of(text[0]) != std::string_view::npos;
  if (has_several && text.substr(0, half) == text.substr(half)) return Halves(text, half);
  return std::nullopt;
}

}  // namespace loopdock::cli
