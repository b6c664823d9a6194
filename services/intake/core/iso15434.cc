// SPDX-License-Identifier: Apache-2.0
#include "services/intake/core/iso15434.h"

#include <algorithm>

#include "services/common/status.h"
#include "services/intake/core/gs1.h"
#include "services/intake/core/text.h"

namespace loopdock::intake {
namespace {

constexpr std::string_view kHeader = "[)>";
constexpr std::size_t kFieldsMax = 1'000;

// For every letter the highest number that may stand before it; 0: only the bare letter, -1: the
// letter is not assigned. The assigned numbers are dense but for a few holes, and a wrong split
// costs more than a hole that is taken for assigned.
constexpr int kHighestNumber[26] = {
    -1, 17, 16, 34, 20, 6,  6,  26, 32,  // A to I
    20, 27, 55, 15, 10, 2,  57, 41, 13,  // J to R
    50, 39, 18, 27, 16, -1, 20, 20,      // S to Z
};

void Warn(std::vector<std::string>* warnings, std::string_view warning) {
  if (std::find(warnings->begin(), warnings->end(), warning) == warnings->end()) {
    warnings->emplace_back(warning);
  }
}

// One field to one element; a field without an identifier is the rest of a value that itself held
// the separator.
void AddField(std::string_view field, std::vector<Element>* elements, std::size_t first,
              std::vector<std::string>* warnings) {
  const std::size_t length = DataIdentifierLength(field);
  if (length > 0) {
    const std::string_view id = field.substr(0, length);
    const auto begin = elements->begin() + static_cast<std::ptrdiff_t>(first);
    if (std::any_of(begin, elements->end(), [&](const Element& e) { return e.id == id; })) {
      Warn(warnings, Cat("IDENTIFIER_REPEATED: ", id, " stands more than once."));
    }
    elements->push_back({std::string(id), std::string(field.substr(length))});
  } else if (elements->size() > first) {
    Append(&elements->back().value, "\x1d", field);
    Warn(warnings, "SEPARATOR_IN_VALUE: A value holds a group separator.");
  } else {
    elements->push_back({"raw", std::string(field)});
    Warn(warnings, "NOT_UNDERSTOOD: A field has no known data identifier.");
  }
}

absl::Status AddFields(std::string_view body, std::vector<Element>* elements,
                       std::vector<std::string>* warnings) {
  const std::size_t first = elements->size();
  std::size_t count = 0;
  for (const std::string_view field : Split(body, "\x1d")) {
    if (field.empty()) continue;
    if (++count > kFieldsMax) {
      elements->push_back(
          {"raw", std::string(body.substr(static_cast<std::size_t>(field.data() - body.data())))});
      return common::Error(absl::StatusCode::kInvalidArgument, "ISO15434_INVALID",
                           "The message has more than 1,000 fields.");
    }
    AddField(field, elements, first, warnings);
  }
  return absl::OkStatus();
}

// Text elements: an identifier of three letters, a blank, the value.
void AddTextElements(std::string_view body, std::vector<Element>* elements,
                     std::vector<std::string>* warnings) {
  for (const std::string_view field : Split(body, "\x1d")) {
    if (field.empty()) continue;
    const bool named = field.size() > 4 && field[3] == ' ' && AllAlnum(field.substr(0, 3));
    if (named) {
      elements->push_back({std::string(field.substr(0, 3)), std::string(field.substr(4))});
    } else {
      elements->push_back({"raw", std::string(field)});
      Warn(warnings, "NOT_UNDERSTOOD: A text element has no identifier.");
    }
  }
}

absl::Status ParseEnvelope(std::string_view envelope, std::vector<Element>* elements,
                           std::vector<std::string>* warnings) {
  std::string_view format;
  if (envelope.size() >= 2 && AllDigits(envelope.substr(0, 2)) &&
      (envelope.size() == 2 || envelope[2] == kGroupSeparator ||
       DataIdentifierLength(envelope) == 0 || StartsWith(envelope, "06"))) {
    format = envelope.substr(0, 2);
    envelope.remove_prefix(2);
    if (!ConsumePrefix(&envelope, "\x1d")) {
      Warn(warnings, "SEPARATOR_MISSING: No group separator after the format number.");
    }
  } else {
    Warn(warnings, "FORMAT_MISSING: The message names no format; data identifiers are assumed.");
  }
  if (format == "05") {
    absl::Status status = ParseElementString(envelope, "\x1d", elements);
    return status.ok() ? CheckTogether(*elements) : status;
  }
  if (format.empty() || format == "06") return AddFields(envelope, elements, warnings);
  if (format == "12") {
    AddTextElements(envelope, elements, warnings);
    return absl::OkStatus();
  }
  elements->push_back({"raw", Cat(format, "\x1d", envelope)});
  Warn(warnings, Cat("FORMAT_UNKNOWN: Format ", format, " is kept as it is."));
  return absl::OkStatus();
}

}  // namespace

std::size_t DataIdentifierLength(std::string_view text) {
  std::size_t digits = 0;
  int number = 0;
  while (digits < text.size() && digits < 3 && IsDigit(text[digits])) {
    number = number * 10 + (text[digits] - '0');
    ++digits;
  }
  if (digits >= text.size() || !IsUpper(text[digits])) return 0;
  if (digits > 0 && text[0] == '0') return 0;
  return number <= kHighestNumber[text[digits] - 'A'] ? digits + 1 : 0;
}

bool HasIso15434Header(std::string_view text) {
  while (ConsumePrefix(&text, ">")) {
  }
  return StartsWith(text, kHeader);
}

absl::Status ParseIso15434(std::string_view text, std::vector<Element>* elements,
                           std::vector<std::string>* warnings) {
  if (ConsumePrefix(&text, ">")) {
    while (ConsumePrefix(&text, ">")) {
    }
    Warn(warnings, "STRAY_CHARACTER: A > stands before the header.");
  }
  if (!ConsumePrefix(&text, kHeader)) {
    Warn(warnings, "HEADER_MISSING: The message does not begin with [)>.");
  } else if (!StartsWith(text, "\x1e")) {
    Warn(warnings, "SEPARATOR_MISSING: No record separator after the header.");
  }
  (void)ConsumePrefix(&text, "\x1e");
  const bool ended = ConsumeSuffix(&text, "\x04");
  if (!ConsumeSuffix(&text, "\x1e") || !ended) {
    Warn(warnings, "TRAILER_MISSING: The message does not end as it should; it may be cut off.");
  }
  if (text.empty()) {
    return common::Error(absl::StatusCode::kInvalidArgument, "ISO15434_INVALID",
                         "The message holds no data. Scan again.");
  }
  for (const std::string_view envelope : Split(text, "\x1e")) {
    if (envelope.empty()) continue;
    if (absl::Status status = ParseEnvelope(envelope, elements, warnings); !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

bool ParseBareFields(std::string_view text, std::vector<Element>* elements,
                     std::vector<std::string>* warnings) {
  while (ConsumePrefix(&text, "\x1d")) {
  }
  if (DataIdentifierLength(text) == 0) return false;
  Warn(warnings, "ENVELOPE_MISSING: Data identifiers without the envelope of ISO/IEC 15434.");
  return AddFields(text, elements, warnings).ok();
}

}  // namespace loopdock::intake
