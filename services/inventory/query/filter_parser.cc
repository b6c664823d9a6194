// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "services/common/status.h"
#include "services/common/utf8.h"
#include "services/inventory/core/tables.h"
#include "services/inventory/core/text.h"
#include "services/inventory/query/filter.h"

namespace loopdock::inventory {
namespace {

using Kind = FilterNode::Kind;
using Operator = FilterNode::Operator;

constexpr std::string_view kSpaces = " \t\r\n";
constexpr std::string_view kWordEnds = " \t\r\n()\"'<>=!:,";
constexpr std::string_view kValueEnds = " \t\r\n()\"',";
constexpr std::int64_t kDayMicros = std::int64_t{86'400} * 1'000'000;
constexpr std::int64_t kAgeDaysMax = 100'000;

std::string KnownFields() {
  std::string names;
  for (const FilterField& field : FilterFields()) {
    names += Cat(names.empty() ? "" : " ", field.name);
  }
  return names;
}

std::string KnownValues(const FilterField& field) {
  std::string names;
  const auto& values = *field.values();
  for (int i = 1; i < values.value_count(); ++i) {
    names += Cat(names.empty() ? "" : " ", ShortEnumName(values, values.value(i)->number()));
  }
  return names;
}

FilterNode Join(Kind kind, std::vector<FilterNode> nodes) {
  if (nodes.size() == 1) return std::move(nodes.front());
  FilterNode joined;
  joined.kind = kind;
  joined.children = std::move(nodes);
  return joined;
}

FilterNode Not(FilterNode node) {
  FilterNode negated;
  negated.kind = Kind::kNot;
  negated.children.push_back(std::move(node));
  return negated;
}

class Parser {
 public:
  Parser(std::string_view text, absl::Time now) : text_(text), now_(now) {}

  absl::StatusOr<FilterNode> Parse() {
    if (text_.size() > kFilterBytesMax) {
      return Wrong(kFilterBytesMax, Cat("the filter has more than ", kFilterBytesMax, " bytes"));
    }
    if (SkipSpace(); at_ == text_.size()) return FilterNode();
    auto filter = Expression(0);
    if (filter.ok() && at_ < text_.size()) return Wrong(at_, "')' closes no bracket");
    return filter;
  }

 private:
  using Node = absl::StatusOr<FilterNode>;

  struct Value {
    std::string text;
    size_t at = 0;
    bool quoted = false;
  };

  absl::Status Wrong(size_t at, std::string_view what) const {
    return common::Error(absl::StatusCode::kInvalidArgument, "FILTER_INVALID",
                         Cat("filter, position ", at + 1, ": ", what, "."),
                         {{"position", std::to_string(at + 1)}});
  }
  std::string Quote(std::string_view text) const {
    return Cat("'", common::CleanUtf8Prefix(text, 60), "'");
  }

  void SkipSpace() { at_ = std::min(text_.find_first_not_of(kSpaces, at_), text_.size()); }
  char Next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  std::string_view PeekWord() const {
    return text_.substr(at_, text_.find_first_of(kWordEnds, at_) - at_);
  }
  bool TakeKeyword(std::string_view keyword) {
    SkipSpace();
    if (PeekWord() != keyword) return false;
    at_ += keyword.size();
    return true;
  }

  // sequence {AND sequence}
  Node Expression(int depth) {
    std::vector<FilterNode> nodes;
    do {
      Node node = Sequence(depth);
      if (!node.ok()) return node;
      nodes.push_back(*std::move(node));
    } while (TakeKeyword("AND"));
    return Join(Kind::kAnd, std::move(nodes));
  }

  // factor {factor}
  Node Sequence(int depth) {
    std::vector<FilterNode> nodes;
    do {
      Node node = Factor(depth);
      if (!node.ok()) return node;
      nodes.push_back(*std::move(node));
      SkipSpace();
    } while (at_ < text_.size() && Next() != ')' && PeekWord() != "AND");
    return Join(Kind::kAnd, std::move(nodes));
  }

  // term {OR term}
  Node Factor(int depth) {
    std::vector<FilterNode> nodes;
    do {
      Node node = Term(depth);
      if (!node.ok()) return node;
      nodes.push_back(*std::move(node));
    } while (TakeKeyword("OR"));
    return Join(Kind::kOr, std::move(nodes));
  }

  // [NOT | -] simple
  Node Term(int depth) {
    bool negated = TakeKeyword("NOT");
    if (!negated && Next() == '-') {
      negated = true;
      ++at_;
    }
    SkipSpace();
    Node node = Simple(depth);
    if (node.ok() && negated) return Not(*std::move(node));
    return node;
  }

  // '(' expression ')' | restriction
  Node Simple(int depth) {
    if (Next() != '(') return Restriction();
    const size_t opened = at_++;
    if (depth + 1 > kFilterDepthMax) {
      return Wrong(opened, Cat("brackets are nested deeper than ", kFilterDepthMax));
    }
    Node node = Expression(depth + 1);
    if (!node.ok()) return node;
    SkipSpace();
    if (Next() != ')') return Wrong(opened, "the bracket is not closed; expected ')'");
    ++at_;
    return node;
  }

  Node Restriction();
  absl::StatusOr<std::string> TakeQuoted();
  absl::StatusOr<Value> TakeValue();
  std::string_view TakeComparator();
  Node Words(const FilterField* field, std::string_view text, size_t at) const;
  Node Compare(const FilterField& field, std::string_view comparator, const Value& value) const;
  Node CompareText(const FilterField& field, const Value& value) const;
  Node CompareEnum(FilterNode node, const Value& value) const;
  Node CompareNumber(FilterNode node, const Value& value) const;
  Node CompareAge(Operator operation, std::int64_t days) const;

  const std::string_view text_;
  const absl::Time now_;
  size_t at_ = 0;
  int terms_ = 0;
};

absl::StatusOr<FilterNode> Parser::Restriction() {
  const size_t begin = at_;
  if (++terms_ > kFilterTermsMax) {
    return Wrong(begin, Cat("the filter has more than ", kFilterTermsMax, " conditions"));
  }
  if (Next() == '"' || Next() == '\'') {
    auto quoted = TakeQuoted();
    if (!quoted.ok()) return quoted.status();
    return Words(nullptr, *quoted, begin);
  }
  const std::string_view word = PeekWord();
  if (word.empty() || word == "AND" || word == "OR" || word == "NOT") {
    return Wrong(begin, "expected a condition such as state = IN_STOCK, or a word");
  }
  at_ += word.size();
  SkipSpace();
  const size_t comparator_at = at_;
  const std::string_view comparator = TakeComparator();
  if (comparator.empty()) {
    if (Next() == '!' || Next() == ',') {
      return Wrong(comparator_at, "expected one of = != < <= > >= :");
    }
    return Words(nullptr, word, begin);
  }
  const FilterField* field = FindFilterField(word);
  if (field == nullptr) {
    return Wrong(begin, Cat("there is no field ", Quote(word), "; there are ", KnownFields()));
  }
  auto value = TakeValue();
  if (!value.ok()) return value.status();
  return Compare(*field, comparator, *value);
}

std::string_view Parser::TakeComparator() {
  for (const std::string_view comparator : {"<=", ">=", "!=", "<", ">", "=", ":"}) {
    if (text_.substr(at_, comparator.size()) != comparator) continue;
    at_ += comparator.size();
    return comparator;
  }
  return "";
}

absl::StatusOr<std::string> Parser::TakeQuoted() {
  const size_t opened = at_;
  const char quote = text_[at_++];
  std::string value;
  while (at_ < text_.size()) {
    const char c = text_[at_++];
    if (c == quote) return value;
    if (c == '\\' && at_ < text_.size()) {
      value.push_back(text_[at_++]);
    } else {
      value.push_back(c);
    }
  }
  return Wrong(opened, "the quote is not closed");
}

absl::StatusOr<Parser::Value> Parser::TakeValue() {
  SkipSpace();
  Value value;
  value.at = at_;
  if (Next() == '"' || Next() == '\'') {
    auto quoted = TakeQuoted();
    if (!quoted.ok()) return quoted.status();
    value.text = *std::move(quoted);
    value.quoted = true;
    return value;
  }
  if (Next() == '(') {
    return Wrong(at_, "a comparison takes one value; write field = A OR field = B");
  }
  const std::string_view raw = text_.substr(at_, text_.find_first_of(kValueEnds, at_) - at_);
  if (raw.empty()) return Wrong(at_, "expected a value");
  at_ += raw.size();
  value.text = std::string(raw);
  return value;
}

absl::StatusOr<FilterNode> Parser::Words(const FilterField* field, std::string_view text,
                                         size_t at) const {
  FilterNode node;
  node.kind = Kind::kWords;
  node.field = field;
  node.words = WordsOf(text);
  if (node.words.empty()) return Wrong(at, Cat(Quote(text), " has no letter and no digit"));
  return node;
}

absl::StatusOr<FilterNode> Parser::Compare(const FilterField& field, std::string_view comparator,
                                           const Value& value) const {
  FilterNode node;
  node.kind = Kind::kCompare;
  node.field = &field;
  const bool negated = comparator == "!=";
  const bool equality = negated || comparator == "=" || comparator == ":";
  if (value.text == "*" && equality) {
    if (field.get == nullptr) node.field = FindFilterField("received_time");
    node.kind = Kind::kPresent;
    return negated ? Not(std::move(node)) : node;
  }
  if (!equality) {
    if (!field.ordered) {
      return Wrong(value.at, Cat("'", field.name, "' can only be compared with = != and :"));
    }
    node.operation = comparator == "<"    ? Operator::kLess
                     : comparator == "<=" ? Operator::kLessEqual
                     : comparator == ">"  ? Operator::kGreater
                                          : Operator::kGreaterEqual;
  }
  Node made;
  if (field.type == FieldType::kWords && comparator == ":") {
    made = Words(&field, value.text, value.at);
  } else if (field.type == FieldType::kEnum) {
    made = CompareEnum(std::move(node), value);
  } else if (field.type == FieldType::kNumber || field.type == FieldType::kTime ||
             field.type == FieldType::kBool) {
    made = CompareNumber(std::move(node), value);
  } else {
    made = CompareText(field, value);
  }
  if (made.ok() && negated) return Not(*std::move(made));
  return made;
}

absl::StatusOr<FilterNode> Parser::CompareText(const FilterField& field, const Value& value) const {
  FilterNode node;
  node.kind = Kind::kCompare;
  node.field = &field;
  node.text = value.text;
  if (field.type == FieldType::kWords) absl::AsciiStrToLower(&node.text);
  if (field.type == FieldType::kId) node.text = std::string(IdOf(value.text));
  if (field.type == FieldType::kIdentifier) node.text = std::string(Trim(value.text));
  node.pattern = node.text.find('*') != std::string::npos;
  return node;
}

absl::StatusOr<FilterNode> Parser::CompareEnum(FilterNode node, const Value& value) const {
  const auto& values = *node.field->values();
  std::string wanted = value.text;
  absl::AsciiStrToUpper(&wanted);
  for (int i = 0; i < values.value_count(); ++i) {
    const auto* known = values.value(i);
    const std::string brief = i == 0 ? "UNSPECIFIED" : ShortEnumName(values, known->number());
    if (wanted != known->name() && wanted != brief) continue;
    node.number = known->number();
    if (node.number == 0 && node.operation != Operator::kEqual) break;
    return node;
  }
  return Wrong(value.at, Cat(Quote(value.text), " is no value of '", node.field->name,
                             "'; there are ", KnownValues(*node.field)));
}

absl::StatusOr<FilterNode> Parser::CompareNumber(FilterNode node, const Value& value) const {
  const FilterField& field = *node.field;
  if (field.type == FieldType::kBool) {
    if (value.text != "true" && value.text != "false") {
      return Wrong(value.at, Cat("'", field.name, "' is true or false"));
    }
    node.number = value.text == "true" ? 1 : 0;
    return node;
  }
  if (field.type == FieldType::kTime) {
    absl::Time time;
    std::string error;
    if (!absl::ParseTime(absl::RFC3339_full, value.text, &time, &error) &&
        !absl::ParseTime("%Y-%m-%d", value.text, &time, &error)) {
      return Wrong(value.at, Cat(Quote(value.text),
                                 " is no time; write 2026-11-21T14:00:00Z or "
                                 "2026-11-21 for its midnight in UTC"));
    }
    node.number = absl::ToUnixMicros(time);
    return node;
  }
  if (!absl::SimpleAtoi(value.text, &node.number)) {
    return Wrong(value.at, Cat(Quote(value.text), " is no whole number"));
  }
  if (field.get != nullptr) return node;
  if (node.number < 0 || node.number > kAgeDaysMax) {
    return Wrong(value.at, Cat("'", field.name, "' is 0 to ", kAgeDaysMax));
  }
  return CompareAge(node.operation, node.number);
}

// Older means received earlier: at least n whole days old is received n days ago or before.
absl::StatusOr<FilterNode> Parser::CompareAge(Operator operation, std::int64_t days) const {
  const auto received = [&](Operator compared, std::int64_t days_ago) {
    FilterNode node;
    node.kind = Kind::kCompare;
    node.field = FindFilterField("received_time");
    node.operation = compared;
    node.number = absl::ToUnixMicros(now_) - days_ago * kDayMicros;
    return node;
  };
  switch (operation) {
    case Operator::kLess:
      return received(Operator::kGreater, days);
    case Operator::kLessEqual:
      return received(Operator::kGreater, days + 1);
    case Operator::kGreater:
      return received(Operator::kLessEqual, days + 1);
    case Operator::kGreaterEqual:
      return received(Operator::kLessEqual, days);
    case Operator::kEqual:
      break;
  }
  std::vector<FilterNode> both;
  both.push_back(received(Operator::kLessEqual, days));
  both.push_back(received(Operator::kGreater, days + 1));
  return Join(Kind::kAnd, std::move(both));
}

}  // namespace

absl::StatusOr<FilterNode> ParseFilter(std::string_view filter, absl::Time now) {
  return Parser(filter, now).Parse();
}

}  // namespace loopdock::inventory
