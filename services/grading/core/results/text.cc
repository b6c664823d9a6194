// SPDX-License-Identifier: Apache-2.0
#include "services/grading/core/results/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace loopdock::grading {
namespace {

constexpr std::string_view kBlanks = " \t\r\n\v\f";

template <std::size_t kCount>
bool IsOneOf(std::string_view word, const std::array<std::string_view, kCount>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The number that the text begins with; what follows is left in it.
std::optional<double> ConsumeNumber(std::string_view* text) {
  double number = 0;
  const auto [end, error] =
      std::from_chars(text->data(), text->data() + text->size(), number, std::chars_format::fixed);
  if (error != std::errc() || !std::isfinite(number) || number < 0) return std::nullopt;
  text->remove_prefix(static_cast<std::size_t>(end - text->data()));
  return number;
}

}  // namespace

std::string_view Strip(std::string_view text) {
  const std::size_t last = text.find_last_not_of(kBlanks);
  text = text.substr(0, last == std::string_view::npos ? 0 : last + 1);
  return text.substr(std::min(text.find_first_not_of(kBlanks), text.size()));
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  for (;;) {
    const std::size_t at = text.find(separator);
    pieces.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return pieces;
    text.remove_prefix(at + 1);
  }
}

bool ConsumePrefix(std::string_view* text, std::string_view prefix) {
  const bool found = text->starts_with(prefix);
  if (found) text->remove_prefix(prefix.size());
  return found;
}

std::optional<std::int64_t> ParseCount(std::string_view text) {
  text = Strip(text);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

std::optional<std::int64_t> ParseBytes(std::string_view text) {
  text = Strip(text);
  const auto number = ConsumeNumber(&text);
  if (!number) return std::nullopt;
  const std::string unit = Lower(Strip(text));
  double bytes = *number;
  if (!unit.empty() && unit != "b" && unit != "bytes") {
    constexpr std::string_view kUnits = "kmgtp";
    const std::size_t power = kUnits.find(unit[0]);
    const std::string_view rest = std::string_view(unit).substr(1);
    if (power == std::string_view::npos || (rest != "b" && rest != "ib")) return std::nullopt;
    bytes *= std::pow(rest == "ib" ? 1024.0 : 1000.0, static_cast<double>(power + 1));
  }
  if (bytes > 1e18) return std::nullopt;
  return std::llround(bytes);
}

std::optional<absl::Time> ParseTime(std::string_view text) {
  const std::string stripped(Strip(text));
  for (const char* format : {"%Y-%m-%dT%H:%M:%E*S%Ez", "%Y-%m-%dT%H:%M:%E*S", "%Y-%m-%d %H:%M:%E*S",
                             "%Y/%m/%d %H:%M:%S", "%Y-%m-%d"}) {
    absl::Time time;
    std::string error;
    if (!absl::ParseTime(format, stripped, &time, &error)) continue;
    // Years that a clock without battery gives, or a slip of a digit, are no time.
    if (time < absl::FromUnixSeconds(0) || time > absl::FromUnixSeconds(4102444800)) break;
    return time;
  }
  return std::nullopt;
}

std::optional<double> ParsePercent(std::string_view text) {
  text = Strip(text);
  const auto number = ConsumeNumber(&text);
  text = Strip(text);
  if (!number || *number > 200 || (!text.empty() && text != "%")) return std::nullopt;
  return number;
}

std::optional<inventory::v1::TestOutcome> ParseOutcome(std::string_view text) {
  constexpr std::array<std::string_view, 9> kPass = {
      "pass", "passed", "ok", "yes", "works", "working", "successful", "true", "good"};
  constexpr std::array<std::string_view, 9> kFail = {
      "fail", "failed", "nok", "not ok", "defective", "not working", "false", "bad", "broken"};
  constexpr std::array<std::string_view, 4> kAbsent = {"n/a", "na", "not applicable",
                                                       "not_applicable"};
  constexpr std::array<std::string_view, 6> kOpen = {"",         "not tested", "not_tested",
                                                     "untested", "skipped",    "-"};
  const std::string word = Lower(Strip(text));
  if (IsOneOf(word, kPass)) return inventory::v1::TEST_OUTCOME_PASS;
  if (IsOneOf(word, kFail)) return inventory::v1::TEST_OUTCOME_FAIL;
  if (IsOneOf(word, kAbsent)) return inventory::v1::TEST_OUTCOME_NOT_APPLICABLE;
  if (IsOneOf(word, kOpen)) return inventory::v1::TEST_OUTCOME_UNSPECIFIED;
  return std::nullopt;
}

std::optional<v1::WipeOutcome> ParseWipeOutcome(std::string_view text) {
  constexpr std::array<std::string_view, 10> kDone = {
      "successful", "success", "succeeded", "pass", "passed",
      "erased",     "ok",      "completed", "true", "yes"};
  constexpr std::array<std::string_view, 10> kFailed = {
      "failed",       "fail",  "failure", "unsuccessful", "not successful",
      "not verified", "error", "errors",  "false",        "no"};
  constexpr std::array<std::string_view, 9> kAborted = {
      "aborted", "abort",       "cancelled",  "canceled",     "interrupted",
      "stopped", "not started", "incomplete", "not completed"};
  const std::string word = Lower(Strip(text));
  if (IsOneOf(word, kDone)) return v1::WIPE_OUTCOME_SUCCEEDED;
  if (IsOneOf(word, kFailed)) return v1::WIPE_OUTCOME_FAILED;
  if (IsOneOf(word, kAborted)) return v1::WIPE_OUTCOME_ABORTED;
  return std::nullopt;
}

inventory::v1::SanitizationMethod MethodOf(std::string_view procedure) {
  return Lower(procedure).find("purge") != std::string::npos
             ? inventory::v1::SANITIZATION_METHOD_PURGE
             : inventory::v1::SANITIZATION_METHOD_CLEAR;
}

bool IsNoSerial(std::string_view text) {
  constexpr std::array<std::string_view, 12> kNone = {"none",
                                                      "n/a",
                                                      "unknown",
                                                      "not specified",
                                                      "not available",
                                                      "default string",
                                                      "0",
                                                      "system serial number",
                                                      "to be filled by o.e.m.",
                                                      "not applicable",
                                                      "-",
                                                      "invalid"};
  const std::string word = Lower(Strip(text));
  if (word.empty() || IsOneOf(word, kNone)) return true;
  return word.size() > 1 && (word.find_first_not_of('x') == std::string::npos ||
                             word.find_first_not_of('?') == std::string::npos ||
                             word.find_first_not_of('0') == std::string::npos);
}

}  // namespace loopdock::grading
