// SPDX-License-Identifier: Apache-2.0
#include "services/intake/core/gs1.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "services/common/status.h"
#include "services/intake/core/gs1_rules.h"
#include "services/intake/core/text.h"

namespace loopdock::intake {
namespace {

constexpr Gs1Ai kTable[] = {
#include "services/intake/core/gs1_ai_table.inc"
};

// INCORRECT_CHECK_DIGIT as words.
std::string Spoken(std::string_view rule) {
  std::string words = Lower(rule);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

std::string SpokenGroup(std::string_view group) {
  std::string words;
  for (const char c : group) {
    if (c == '|' || c == '+') {
      words += c == '|' ? " or " : " with ";
    } else {
      words.push_back(c == '?' ? 'n' : c);
    }
  }
  return words;
}

std::size_t ToNumber(std::string_view digits) {
  std::size_t number = 0;
  for (const char c : digits) number = number * 10 + static_cast<std::size_t>(c - '0');
  return number;
}

absl::Status Broken(std::string_view ai, std::string_view rule) {
  return common::Error(absl::StatusCode::kInvalidArgument, ReasonOfRule(rule),
                       Cat("The value of AI (", ai, ") breaks a rule of GS1: ", Spoken(rule),
                           ". Scan again; if it stays, the label is wrong."),
                       {{"ai", std::string(ai)}, {"rule", std::string(rule)}});
}

absl::Status UnknownAi(std::string_view text) {
  return common::Error(absl::StatusCode::kInvalidArgument, "GS1_UNKNOWN_AI",
                       "No application identifier of GS1 stands where one is expected. Scan again; "
                       "if it stays, the label is wrong.",
                       {{"found", Shown(text, 4)}});
}

absl::Status Syntax(std::string_view message) {
  return common::Error(absl::StatusCode::kInvalidArgument, "GS1_SYNTAX", message);
}

absl::Status TooMany() { return Syntax("More identifiers than any label has. Scan again."); }

struct Part {
  char type = 'n';
  std::size_t min = 0, max = 0;
  bool optional = false;
  std::string_view rules;
};

// "n13:mod10,prefix", "x1-20", "n0-12", "n3?:country".
Part ReadPart(std::string_view spec) {
  Part part;
  part.type = spec[0];
  const std::size_t colon = spec.find(':');
  if (colon != std::string_view::npos) part.rules = spec.substr(colon + 1);
  std::string_view range = spec.substr(1, colon == std::string_view::npos ? colon : colon - 1);
  part.optional = ConsumeSuffix(&range, "?");
  const std::size_t dash = range.find('-');
  part.min = ToNumber(range.substr(0, dash));
  part.max = part.min;
  if (dash != std::string_view::npos) part.max = ToNumber(range.substr(dash + 1));
  part.optional = part.optional || part.min == 0;
  return part;
}

std::size_t LengthMax(const Gs1Ai& row) {
  std::size_t length = 0;
  for (const std::string_view spec : Split(row.parts, " ")) length += ReadPart(spec).max;
  return length;
}

std::string_view CheckPart(const Part& part, std::string_view value) {
  if (const auto broken = CheckCharacters(part.type, value); !broken.empty()) return broken;
  if (part.rules.empty()) return "";
  for (const std::string_view rule : Split(part.rules, ",")) {
    if (const auto broken = CheckRule(rule, value); !broken.empty()) return broken;
  }
  return "";
}

bool Matches(std::string_view pattern, std::string_view ai) {
  return pattern.size() == ai.size() &&
         std::equal(pattern.begin(), pattern.end(), ai.begin(),
                    [](char p, char c) { return p == '?' || p == c; });
}

bool Holds(const std::vector<Element>& elements, std::string_view pattern) {
  return std::any_of(elements.begin(), elements.end(),
                     [&](const Element& element) { return Matches(pattern, element.id); });
}

bool GroupHolds(const std::vector<Element>& elements, std::string_view group) {
  for (const std::string_view alternative : Split(group, "|")) {
    const std::vector<std::string_view> all = Split(alternative, "+");
    if (std::all_of(all.begin(), all.end(),
                    [&](std::string_view pattern) { return Holds(elements, pattern); })) {
      return true;
    }
  }
  return false;
}

}  // namespace

const Gs1Ai* FindAi(std::string_view text) {
  // No AI begins another one, so that the last row not behind the text is the only candidate.
  const auto* row = std::upper_bound(
      std::begin(kTable), std::end(kTable), text,
      [](std::string_view value, const Gs1Ai& entry) { return value < entry.first; });
  if (row == std::begin(kTable)) return nullptr;
  --row;
  const std::string_view ai = text.substr(0, row->first.size());
  return ai.size() == row->first.size() && AllDigits(ai) && ai >= row->first && ai <= row->last
             ? row
             : nullptr;
}

absl::Status CheckElement(const Gs1Ai& row, std::string_view ai, std::string_view value) {
  std::string_view rest = value;
  for (const std::string_view spec : Split(row.parts, " ")) {
    const Part part = ReadPart(spec);
    if (rest.empty() && part.optional) break;
    const std::string_view piece = rest.substr(0, part.max);
    if (piece.size() < part.min) {
      // The character is the better news when both are wrong.
      const auto broken = CheckCharacters(part.type, piece);
      return Broken(ai, broken.empty() ? "VALUE_TOO_SHORT" : broken);
    }
    if (const auto broken = CheckPart(part, piece); !broken.empty()) return Broken(ai, broken);
    rest.remove_prefix(piece.size());
  }
  return rest.empty() ? absl::OkStatus() : Broken(ai, "VALUE_TOO_LONG");
}

absl::Status ParseElementString(std::string_view data, std::string_view separators,
                                std::vector<Element>* elements) {
  if (data.empty()) return Syntax("The symbol says GS1 but holds no data. Scan again.");
  absl::Status status;
  while (status.ok() && !data.empty()) {
    const Gs1Ai* row = FindAi(data);
    if (row == nullptr || elements->size() >= kGs1ElementsMax) {
      status = row == nullptr ? UnknownAi(data) : TooMany();
      break;
    }
    const std::string_view ai = data.substr(0, row->first.size());
    data.remove_prefix(ai.size());
    std::string_view value = data.substr(0, data.find_first_of(separators));
    if (row->Is('P')) value = value.substr(0, LengthMax(*row));
    elements->push_back({std::string(ai), std::string(value)});
    status = CheckElement(*row, ai, value);
    data.remove_prefix(value.size());
    if (!data.empty() && Contains(separators, data[0])) data.remove_prefix(1);
  }
  if (!data.empty()) elements->push_back({"raw", std::string(data)});
  return status;
}

absl::Status ParseBracketed(std::string_view text, std::vector<Element>* elements) {
  absl::Status status;
  while (status.ok() && !text.empty()) {
    const std::size_t close = text.find(')');
    if (text[0] != '(' || close == std::string_view::npos) {
      status = Syntax("An application identifier in brackets is expected, such as (01).");
      break;
    }
    const std::string_view ai = text.substr(1, close - 1);
    const Gs1Ai* row = FindAi(ai);
    if (row == nullptr || ai.size() != row->first.size() || elements->size() >= kGs1ElementsMax) {
      status = elements->size() >= kGs1ElementsMax ? TooMany() : UnknownAi(ai);
      break;
    }
    text.remove_prefix(close + 1);
    std::string value;
    while (!text.empty() && text[0] != '(') {
      if (StartsWith(text, "\\(")) text.remove_prefix(1);
      value.push_back(text[0]);
      text.remove_prefix(1);
    }
    elements->push_back({std::string(ai), value});
    status = CheckElement(*row, ai, value);
  }
  if (!text.empty()) elements->push_back({"raw", std::string(text)});
  return status;
}

absl::Status CheckTogether(const std::vector<Element>& elements) {
  for (const Element& element : elements) {
    const Gs1Ai* row = FindAi(element.id);
    for (const Element& other : elements) {
      if (other.id == element.id && other.value != element.value) {
        return common::Error(absl::StatusCode::kInvalidArgument, "GS1_REPEATED",
                             Cat("AI (", element.id,
                                 ") stands twice with different values; one symbol may "
                                 "give it once."),
                             {{"ai", element.id}});
      }
      if (row == nullptr || row->clashes.empty() || other.id == element.id) continue;
      for (const std::string_view pattern : Split(row->clashes, "|")) {
        if (!Matches(pattern, other.id)) continue;
        return common::Error(absl::StatusCode::kInvalidArgument, "GS1_EXCLUSIVE",
                             Cat("AI (", element.id, ") and AI (", other.id,
                                 ") may not stand on one thing. The label is wrong."),
                             {{"ai", element.id}, {"other", other.id}});
      }
    }
  }
  return absl::OkStatus();
}

std::vector<std::string> MissingCompanions(const std::vector<Element>& elements) {
  std::vector<std::string> warnings;
  for (const Element& element : elements) {
    const Gs1Ai* row = FindAi(element.id);
    if (row == nullptr || row->needs.empty()) continue;
    for (const std::string_view group : Split(row->needs, ";")) {
      if (GroupHolds(elements, group)) continue;
      std::string warning = Cat("GS1_COMPANION_MISSING: AI (", element.id, ") needs AI ",
                                SpokenGroup(group), " on the same thing.");
      if (std::find(warnings.begin(), warnings.end(), warning) == warnings.end()) {
        warnings.push_back(std::move(warning));
      }
    }
  }
  return warnings;
}

std::string PadGtin(std::string_view digits) {
  const std::size_t size = digits.size();
  if (AllDigits(digits) && (size == 8 || size == 12 || size == 13)) {
    return Cat(std::string(14 - size, '0'), digits);
  }
  return std::string(digits);
}

std::string ExpandUpcE(std::string_view digits) {
  if (digits.size() != 8 || !AllDigits(digits) || digits[0] > '1') return "";
  const std::string_view body = digits.substr(1, 6);
  const char last = body[5];
  std::string full(digits.substr(0, 1));
  if (last <= '2') {
    Append(&full, body.substr(0, 2), std::string(1, last), "0000", body.substr(2, 3));
  } else if (last == '3') {
    Append(&full, body.substr(0, 3), "00000", body.substr(3, 2));
  } else if (last == '4') {
    Append(&full, body.substr(0, 4), "00000", body.substr(4, 1));
  } else {
    Append(&full, body.substr(0, 5), "0000", std::string(1, last));
  }
  return Cat(full, digits.substr(7));
}

std::string Gs1Key(const std::vector<Element>& elements) {
  constexpr std::string_view kIdentity[] = {"00",   "01",   "21",   "8006", "8003", "8004",
                                            "8010", "8011", "8018", "8017", "253",  "255"};
  std::string key;
  for (const std::string_view id : kIdentity) {
    for (const Element& element : elements) {
      if (element.id != id) continue;
      Append(&key, "(", id, ")", element.value);
      break;
    }
  }
  if (!key.empty()) return key;
  for (const Element& element : elements) {
    Append(&key, "(", element.id, ")", element.value);
  }
  return key;
}

}  // namespace loopdock::intake
