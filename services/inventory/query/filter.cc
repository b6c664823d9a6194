// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/query/filter.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "services/inventory/core/tables.h"

namespace loopdock::inventory {
namespace {

// '*' stands for any bytes, none too. Linear but for the rests of stars, which are bounded by the
// length of the filter.
bool MatchesPattern(std::string_view text, std::string_view pattern) {
  size_t at = 0;
  size_t in_pattern = 0;
  size_t star = std::string_view::npos;
  size_t star_at = 0;
  while (at < text.size()) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
      star = in_pattern++;
      star_at = at;
    } else if (in_pattern < pattern.size() && pattern[in_pattern] == text[at]) {
      ++in_pattern;
      ++at;
    } else if (star != std::string_view::npos) {
      in_pattern = star + 1;
      at = ++star_at;
    } else {
      return false;
    }
  }
  while (in_pattern < pattern.size() && pattern[in_pattern] == '*') ++in_pattern;
  return in_pattern == pattern.size();
}

bool MatchesText(const FilterNode& node, std::string_view value) {
  return node.pattern ? MatchesPattern(value, node.text) : value == node.text;
}

bool MatchesIdentifier(const FilterNode& node, const v1::Asset& asset) {
  for (const v1::Identifier& identifier : asset.identifiers()) {
    const std::string value = NormaliseIdentifier(identifier.kind(), identifier.value());
    FilterNode wanted;
    wanted.pattern = node.pattern;
    wanted.text = NormaliseIdentifier(identifier.kind(), node.text);
    if (MatchesText(wanted, value)) return true;
  }
  return false;
}

bool MatchesNumber(const FilterNode& node, std::int64_t value) {
  switch (node.operation) {
    case FilterNode::Operator::kEqual:
      return value == node.number;
    case FilterNode::Operator::kLess:
      return value < node.number;
    case FilterNode::Operator::kLessEqual:
      return value <= node.number;
    case FilterNode::Operator::kGreater:
      return value > node.number;
    case FilterNode::Operator::kGreaterEqual:
      return value >= node.number;
  }
  return false;
}

bool Compare(const FilterNode& node, const v1::Asset& asset) {
  if (node.field->type == FieldType::kIdentifier) return MatchesIdentifier(node, asset);
  FieldValues values;
  node.field->get(asset, &values);
  if (node.field->type == FieldType::kWords) {
    std::string folded(values.texts.front());
    absl::AsciiStrToLower(&folded);
    return MatchesText(node, folded);
  }
  for (const std::string_view value : values.texts) {
    if (MatchesText(node, value)) return true;
  }
  for (const std::int64_t value : values.numbers) {
    if (MatchesNumber(node, value)) return true;
  }
  // "Not set" is a value of an enum and, as 0, of a number.
  const bool may_be_unset =
      node.field->type == FieldType::kEnum || node.field->type == FieldType::kNumber;
  return may_be_unset && values.numbers.empty() && node.number == 0 &&
         node.operation == FilterNode::Operator::kEqual;
}

bool Present(const FilterNode& node, const v1::Asset& asset) {
  FieldValues values;
  node.field->get(asset, &values);
  if (node.field->type == FieldType::kBool) return values.numbers.front() != 0;
  return !values.numbers.empty() ||
         std::any_of(values.texts.begin(), values.texts.end(),
                     [](std::string_view text) { return !text.empty(); });
}

// Words of a field if the node names one, else of maker and model.
bool HasWords(const FilterNode& node, const v1::Asset& asset) {
  std::vector<std::string> words;
  if (node.field == nullptr) {
    words = WordsOf(asset);
  } else {
    FieldValues values;
    node.field->get(asset, &values);
    words = WordsOf(values.texts.front());
  }
  return std::all_of(node.words.begin(), node.words.end(), [&](const std::string& wanted) {
    return std::any_of(words.begin(), words.end(),
                       [&](const std::string& word) { return absl::StartsWith(word, wanted); });
  });
}

}  // namespace

bool Matches(const FilterNode& filter, const v1::Asset& asset) {
  const auto matches = [&](const FilterNode& child) { return Matches(child, asset); };
  switch (filter.kind) {
    case FilterNode::Kind::kAnd:
      return std::all_of(filter.children.begin(), filter.children.end(), matches);
    case FilterNode::Kind::kOr:
      return std::any_of(filter.children.begin(), filter.children.end(), matches);
    case FilterNode::Kind::kNot:
      return !matches(filter.children.front());
    case FilterNode::Kind::kCompare:
      return Compare(filter, asset);
    case FilterNode::Kind::kPresent:
      return Present(filter, asset);
    case FilterNode::Kind::kWords:
      return HasWords(filter, asset);
  }
  return false;
}

}  // namespace loopdock::inventory
