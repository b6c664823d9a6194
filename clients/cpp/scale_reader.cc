// SPDX-License-Identifier: Apache-2.0
#include "clients/cpp/scale_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/common/status.h"
#include "services/common/utf8.h"

namespace loopdock::client {
namespace {

using State = ScaleReading::State;

constexpr size_t kLineBytesMax = 200;
constexpr int kWrongLinesMax = 5;
constexpr int kEqualLines = 3;
constexpr char kStartOfText = '\x02';
constexpr size_t kContinuousBytes = 16;  // STX, three status words, two times six digits
constexpr double kGramsOfPound = 453.59237;
constexpr double kGramsOfOunce = 28.349523125;

std::string_view Stripped(std::string_view text) {
  while (!text.empty() && absl::ascii_isspace(static_cast<unsigned char>(text.front()))) {
    text.remove_prefix(1);
  }
  while (!text.empty() && absl::ascii_isspace(static_cast<unsigned char>(text.back()))) {
    text.remove_suffix(1);
  }
  return text;
}

absl::Status Invalid(std::string_view line) {
  const std::string shown = common::CleanUtf8Prefix(line, 60);
  return common::Error(absl::StatusCode::kInvalidArgument, "SCALE_LINE_INVALID",
                       absl::StrCat("'", shown, "' is no weight. Check the scale's output format, ",
                                    "and the speed of a serial line."),
                       {{"line", shown}});
}

double GramsOf(std::string_view unit) {
  constexpr std::pair<std::string_view, double> kUnits[] = {
      {"g", 1},  {"kg", 1000}, {"lb", kGramsOfPound}, {"lbs", kGramsOfPound}, {"oz", kGramsOfOunce},
      {"t", 1e6}};
  std::string lower(unit);
  absl::AsciiStrToLower(&lower);
  for (const auto& [name, grams] : kUnits) {
    if (lower == name) return grams;
  }
  return 0;
}

// "+0012.34 kg", "-  0,12kg": sign, digits and unit. False when it is none of that.
bool ParseWeight(std::string_view text, std::int64_t* grams) {
  text = Stripped(text);
  const bool negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  text = Stripped(text);
  const size_t end = text.find_first_not_of("0123456789.,");
  if (end == std::string_view::npos || end == 0) return false;
  std::string number(text.substr(0, end));
  for (char& c : number) c = c == ',' ? '.' : c;
  double value = 0;
  const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), value,
                                             std::chars_format::fixed);
  const double unit = GramsOf(Stripped(text.substr(end)));
  if (error != std::errc() || stop != number.data() + number.size() || unit <= 0 || value > 1e9) {
    return false;
  }
  *grams = std::llround(value * unit) * (negative ? -1 : 1);
  return true;
}

// Mettler Toledo's standard commands: "S S 12.345 kg", "S D ...", "S I", "S +".
bool ParseStandard(std::string_view line, ScaleReading* reading) {
  if (!line.starts_with("S ") || line.size() < 3) return false;
  const char state = line[2];
  if (line.size() == 3 && (state == '+' || state == '-')) {
    reading->state = State::kOverload;
  } else if (line.size() == 3 && state == 'I') {
    reading->state = State::kNotReady;
  } else if ((state == 'S' || state == 'D') && ParseWeight(line.substr(3), &reading->grams)) {
    reading->state = state == 'S' ? State::kStable : State::kMoving;
  } else {
    return false;
  }
  return true;
}

// "ST,GS,+0012.34kg": stable or unstable or overload, gross or net.
bool ParseCommas(std::string_view line, ScaleReading* reading) {
  if (line.size() < 6 || line[2] != ',') return false;
  const std::string_view state = line.substr(0, 2);
  if (state == "OL") {
    reading->state = State::kOverload;
    return true;
  }
  if (state != "ST" && state != "US" && state != "QT") return false;
  const std::string_view kind = line.substr(3, 2);
  const bool has_kind = (kind == "GS" || kind == "NT") && line.substr(5, 1) == ",";
  if (!ParseWeight(line.substr(has_kind ? 6 : 3), &reading->grams)) return false;
  reading->state = state == "US" ? State::kMoving : State::kStable;
  return true;
}

// Toledo's continuous output: status words A, B and C, then six digits.
bool ParseContinuous(std::string_view line, ScaleReading* reading) {
  if (line.size() < kContinuousBytes || line[0] != kStartOfText) return false;
  const auto a = static_cast<unsigned char>(line[1]);
  const auto b = static_cast<unsigned char>(line[2]);
  const auto c = static_cast<unsigned char>(line[3]);
  double value = 0;
  for (const char digit : line.substr(4, 6)) {
    if (digit != ' ' && !absl::ascii_isdigit(static_cast<unsigned char>(digit))) return false;
    value = value * 10 + (digit == ' ' ? 0 : digit - '0');
  }
  constexpr double kPlaces[] = {100, 10, 1, 0.1, 0.01, 0.001, 0.0001, 0.00001};
  constexpr double kUnits[] = {0, 1, 1e6, kGramsOfOunce, 0, 0, 0, 0};
  const double unit = (c & 7U) != 0 ? kUnits[c & 7U] : (b & 16U) != 0 ? 1000 : kGramsOfPound;
  if (unit <= 0) return false;
  reading->grams = std::llround(value * kPlaces[a & 7U] * unit) * ((b & 2U) != 0 ? -1 : 1);
  reading->state = (b & 4U) != 0   ? State::kOverload
                   : (b & 8U) != 0 ? State::kMoving
                                   : State::kStable;
  return true;
}

// Lines out of what comes in pieces. A continuous scale begins each with STX and may put a check
// character behind the line's end, which then stands before the next STX.
class Lines {
 public:
  void Add(std::string_view bytes) { bytes_ += bytes; }
  // False when no whole line is there.
  bool Next(std::string* line) {
    for (;;) {
      const size_t end = bytes_.find_first_of("\r\n");
      if (end == std::string::npos && bytes_.size() <= kLineBytesMax) return false;
      *line = bytes_.substr(0, std::min(end, kLineBytesMax));
      bytes_.erase(0, end == std::string::npos ? bytes_.size() : end + 1);
      if (const size_t start = line->rfind(kStartOfText); start != std::string::npos) {
        line->erase(0, start);
      }
      if (line->size() > 1) return true;
    }
  }

 private:
  std::string bytes_;
};

absl::Status Unstable(const std::string& name, const std::string& last) {
  return common::Error(absl::StatusCode::kDeadlineExceeded, "SCALE_UNSTABLE",
                       absl::StrCat(name, " did not come to rest in time; last it said '", last,
                                    "'. Keep the load still and weigh again."),
                       {{"device", name}, {"line", last}});
}

}  // namespace

absl::StatusOr<ScaleReading> ParseScaleLine(std::string_view line) {
  ScaleReading reading;
  if (line.size() > kLineBytesMax) return Invalid(line);
  if (ParseContinuous(line, &reading)) {
    reading.raw = common::CleanUtf8(Stripped(line.substr(1)));
    return reading;
  }
  line = Stripped(line);
  reading.raw = common::CleanUtf8(line);
  if (ParseStandard(line, &reading) || ParseCommas(line, &reading)) return reading;
  reading.state = State::kUnknown;
  if (ParseWeight(line, &reading.grams)) return reading;
  return Invalid(line);
}

absl::StatusOr<ScaleReading> ReadStableWeight(DeviceLine& line, const std::string& ask,
                                              absl::Time deadline) {
  Lines lines;
  std::string text;
  std::string last;
  int wrong = 0;
  int equal = 0;
  std::int64_t before = 0;
  for (bool asked = ask.empty();;) {
    if (!asked) {
      if (auto status = line.Write(ask + "\r\n", deadline); !status.ok()) return status;
      asked = true;
    }
    if (!lines.Next(&text)) {
      const auto bytes = line.Read(deadline);
      if (!bytes.ok()) return last.empty() ? bytes.status() : Unstable(line.name(), last);
      lines.Add(*bytes);
      continue;
    }
    asked = ask.empty();
    auto reading = ParseScaleLine(text);
    if (!reading.ok()) {
      // The first line may have begun before we listened.
      if (++wrong > kWrongLinesMax) return reading.status();
      continue;
    }
    last = reading->raw;
    if (reading->state == State::kOverload) {
      return common::Error(absl::StatusCode::kFailedPrecondition, "SCALE_OVERLOADED",
                           absl::StrCat(line.name(), " shows over- or underload: '", last,
                                        "'. Take weight off, or zero it."),
                           {{"device", line.name()}, {"line", last}});
    }
    if (reading->state == State::kStable) return reading;
    const bool same = reading->state == State::kUnknown && reading->grams == before;
    equal = same ? equal + 1 : 1;
    before = reading->grams;
    if (reading->state == State::kUnknown && equal >= kEqualLines) return reading;
    if (absl::Now() > deadline) return Unstable(line.name(), last);
  }
}

}  // namespace loopdock::client
