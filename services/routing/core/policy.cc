// SPDX-License-Identifier: Apache-2.0
#include "services/routing/core/policy.h"

#include <algorithm>
#include <set>
#include <sstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/common/hash.h"
#include "services/common/status.h"
#include "services/common/toml.h"
#include "services/routing/core/facts.h"
#include "services/routing/core/guards.h"

namespace loopdock::routing {
namespace {

using inventory::v1::NextProcess;

constexpr size_t kTextBytesMax = 1 << 20;
constexpr size_t kRulesMax = 500;
constexpr size_t kConditionsMax = 32;

absl::Status Invalid(const toml::source_region& where, const std::string& what) {
  return common::TomlError("POLICY_INVALID", where, what);
}

absl::Status OnlyKeys(const toml::table& table, const std::set<std::string>& known) {
  return common::OnlyTomlKeys("POLICY_INVALID", table, known);
}

absl::StatusOr<std::vector<std::string>> Strings(const toml::node& node) {
  if (const auto one = node.value_exact<std::string>()) return std::vector<std::string>{*one};
  const toml::array* array = node.as_array();
  if (array == nullptr) return Invalid(node.source(), "expected a string or a list of strings");
  std::vector<std::string> values;
  for (const toml::node& item : *array) {
    const auto value = item.value_exact<std::string>();
    if (!value) return Invalid(item.source(), "expected a string");
    values.push_back(*value);
  }
  if (values.empty()) return Invalid(node.source(), "an empty list can never hold");
  return values;
}

absl::StatusOr<Condition> ParseCondition(std::string fact, const toml::node& node) {
  Condition condition{.fact = std::move(fact)};
  if (!IsKnownFact(condition.fact)) {
    return Invalid(node.source(), absl::StrCat("unknown fact '", condition.fact, "'; known are ",
                                               absl::StrJoin(KnownFacts(), ", ")));
  }
  const toml::table* limits = node.as_table();
  if (limits == nullptr) {
    auto values = Strings(node);
    if (!values.ok()) return values.status();
    condition.any_of = *std::move(values);
    return condition;
  }
  if (auto status = OnlyKeys(*limits, {"not", "at_least", "at_most"}); !status.ok()) return status;
  if (limits->empty()) return Invalid(node.source(), "expected not, at_least or at_most");
  if (const toml::node* none = limits->get("not")) {
    auto values = Strings(*none);
    if (!values.ok()) return values.status();
    condition.none_of = *std::move(values);
  }
  for (auto [key, limit] :
       {std::pair{"at_least", &condition.at_least}, {"at_most", &condition.at_most}}) {
    const toml::node* number = limits->get(key);
    if (number == nullptr) continue;
    if (!number->is_number()) return Invalid(number->source(), absl::StrCat(key, " is a number"));
    *limit = *number->value<double>();
  }
  return condition;
}

absl::StatusOr<std::string> RequiredString(const toml::table& table, const std::string& key) {
  const toml::node* node = table.get(key);
  const auto value = node == nullptr ? std::nullopt : node->value_exact<std::string>();
  if (!value || value->empty()) {
    return Invalid(table.source(), absl::StrCat("'", key, "' is required and is a string"));
  }
  return *value;
}

absl::StatusOr<Rule> ParseRule(const toml::table& table) {
  if (auto status = OnlyKeys(table, {"id", "when", "next", "reasons"}); !status.ok()) return status;
  Rule rule;
  auto id = RequiredString(table, "id");
  if (!id.ok()) return id.status();
  rule.id = *std::move(id);
  auto next = RequiredString(table, "next");
  if (!next.ok()) return next.status();
  if (!inventory::v1::NextProcess_Parse(absl::StrCat("NEXT_PROCESS_", *next), &rule.next) ||
      rule.next == inventory::v1::NEXT_PROCESS_UNSPECIFIED) {
    return Invalid(table.get("next")->source(), absl::StrCat("unknown process '", *next, "'"));
  }
  const toml::node* reasons = table.get("reasons");
  if (reasons == nullptr) return Invalid(table.source(), "'reasons' is required");
  auto texts = Strings(*reasons);
  if (!texts.ok()) return texts.status();
  rule.reasons = *std::move(texts);
  if (const toml::node* when = table.get("when")) {
    if (!when->is_table()) return Invalid(when->source(), "'when' is a table of facts");
    if (when->as_table()->size() > kConditionsMax) {
      return Invalid(when->source(), absl::StrCat("more than ", kConditionsMax, " conditions"));
    }
    for (const auto& [fact, node] : *when->as_table()) {
      auto condition = ParseCondition(std::string(fact.str()), node);
      if (!condition.ok()) return condition.status();
      rule.when.push_back(*std::move(condition));
    }
  }
  return rule;
}

absl::Status CheckRules(const std::vector<Rule>& rules, const toml::source_region& where) {
  std::set<std::string> ids;
  for (const Rule& rule : rules) {
    if (!ids.insert(rule.id).second) {
      return Invalid(where, absl::StrCat("two rules are called '", rule.id, "'"));
    }
    const bool is_last = &rule == &rules.back();
    if (rule.when.empty() && !is_last) {
      return Invalid(where, absl::StrCat("rule '", rule.id,
                                         "' always matches: the rules after it can never apply"));
    }
    if (is_last && !rule.when.empty()) {
      return Invalid(where, "the last rule must have no 'when', so that every asset is decided");
    }
  }
  return absl::OkStatus();
}

}  // namespace

bool Condition::Holds(const Facts& facts) const {
  const auto found = facts.find(fact);
  const std::string value = found == facts.end() ? "unknown" : found->second;
  const auto is_value = [&](const std::string& wanted) { return wanted == value; };
  if (!any_of.empty() && std::none_of(any_of.begin(), any_of.end(), is_value)) return false;
  if (std::any_of(none_of.begin(), none_of.end(), is_value)) return false;
  if (!at_least && !at_most) return true;
  double number = 0;
  if (!absl::SimpleAtod(value, &number)) return false;
  return (!at_least || number >= *at_least) && (!at_most || number <= *at_most);
}

std::string Condition::ToString() const {
  std::vector<std::string> parts;
  if (!any_of.empty()) parts.push_back(absl::StrCat(fact, " is ", absl::StrJoin(any_of, " or ")));
  if (!none_of.empty()) {
    parts.push_back(absl::StrCat(fact, " is not ", absl::StrJoin(none_of, " or ")));
  }
  if (at_least) parts.push_back(absl::StrCat(fact, " is at least ", *at_least));
  if (at_most) parts.push_back(absl::StrCat(fact, " is at most ", *at_most));
  return absl::StrJoin(parts, " and ");
}

absl::StatusOr<Policy> Policy::Parse(std::string_view toml) {
  if (toml.size() > kTextBytesMax) {
    return common::Error(absl::StatusCode::kInvalidArgument, "POLICY_INVALID",
                         "A policy is at most 1 MiB of text.");
  }
  const toml::parse_result parsed = toml::parse(toml);
  if (!parsed) return Invalid(parsed.error().source(), std::string(parsed.error().description()));
  const toml::table& table = parsed.table();
  if (auto s = OnlyKeys(table, {"id", "version", "display_name", "rule"}); !s.ok()) return s;
  Policy policy;
  for (auto [key, field] : {std::pair{"id", &policy.id_},
                            {"version", &policy.version_},
                            {"display_name", &policy.display_name_}}) {
    auto value = RequiredString(table, key);
    if (!value.ok()) return value.status();
    *field = *std::move(value);
  }
  const toml::array* rules = table["rule"].as_array();
  if (rules == nullptr || rules->empty()) return Invalid(table.source(), "there is no [[rule]]");
  if (rules->size() > kRulesMax) {
    return Invalid(rules->source(), absl::StrCat("more than ", kRulesMax, " rules"));
  }
  for (const toml::node& node : *rules) {
    if (!node.is_table()) return Invalid(node.source(), "a rule is a table");
    auto rule = ParseRule(*node.as_table());
    if (!rule.ok()) return rule.status();
    policy.rules_.push_back(*std::move(rule));
  }
  if (auto s = CheckRules(policy.rules_, rules->source()); !s.ok()) return s;
  policy.sha256_ = common::HexEncode(common::Sha256(toml));
  return policy;
}

Outcome Policy::Decide(const Facts& facts) const {
  Outcome outcome;
  for (const Rule& rule : rules_) {
    const auto failed = std::find_if(rule.when.begin(), rule.when.end(),
                                     [&](const Condition& c) { return !c.Holds(facts); });
    if (failed != rule.when.end()) {
      outcome.passed_over.emplace_back(&rule, failed->ToString());
      continue;
    }
    outcome.rule = &rule;
    outcome.next = rule.next;
    outcome.reasons = rule.reasons;
    break;
  }
  if (const auto forbidden = ForbiddenBy(outcome.next, facts)) {
    outcome.next = inventory::v1::NEXT_PROCESS_HOLD;
    outcome.reasons.insert(outcome.reasons.begin(), *forbidden);
  }
  return outcome;
}

}  // namespace loopdock::routing
