// SPDX-License-Identifier: Apache-2.0
#include "services/grading/core/results/function_plan.h"

#include <algorithm>

#include "services/common/status.h"
#include "services/common/toml.h"
#include "services/grading/core/results/text.h"

namespace loopdock::grading {
namespace {

using inventory::v1::FunctionResult;
using inventory::v1::TestOutcome;

constexpr char kReason[] = "FUNCTIONS_INVALID";
constexpr std::size_t kTextBytesMax = std::size_t{1} << 20;
constexpr std::size_t kClassesMax = 64;
constexpr std::size_t kKeysMax = 32;
constexpr std::size_t kNameMax = 64;

absl::Status Invalid(const toml::source_region& where, const std::string& what) {
  return common::TomlError(kReason, where, what);
}

absl::StatusOr<std::vector<std::string>> ReadNames(const toml::table& table,
                                                   const std::string& key) {
  std::vector<std::string> names;
  const toml::array* list = table[key].as_array();
  if (list == nullptr || list->empty() || list->size() > kKeysMax) {
    return Invalid(table.source(), Cat("'", key, "' must list 1 to 32 names"));
  }
  for (const toml::node& node : *list) {
    const auto name = node.value_exact<std::string>();
    if (!name || name->empty() || name->size() > kNameMax) {
      return Invalid(node.source(), Cat("'", key, "' must list names of 1 to 64 bytes"));
    }
    names.push_back(*name);
  }
  return names;
}

// Of two results for one function: a failure counts, then what was not tested.
TestOutcome Worse(TestOutcome a, TestOutcome b) {
  for (const TestOutcome worst :
       {inventory::v1::TEST_OUTCOME_FAIL, inventory::v1::TEST_OUTCOME_UNSPECIFIED,
        inventory::v1::TEST_OUTCOME_PASS}) {
    if (a == worst || b == worst) return worst;
  }
  return inventory::v1::TEST_OUTCOME_NOT_APPLICABLE;
}

std::string Joined(const std::string& before, const std::string& more) {
  if (before.empty() || more.empty() || before == more) return before.empty() ? more : before;
  const std::string joined = Cat(before, "; ", more);
  return joined.size() <= 256 ? joined : before;  // inventory's limit of a text
}

}  // namespace

absl::StatusOr<FunctionPlan> FunctionPlan::Parse(const std::string& text) {
  if (text.size() > kTextBytesMax) {
    return common::Error(absl::StatusCode::kInvalidArgument, "FUNCTIONS_INVALID",
                         "The file of key functions has more than 1 MiB.");
  }
  const auto table = common::ParseToml("functions.toml", text);
  if (!table.ok()) return table.status();
  if (auto status = common::OnlyTomlKeys(
          kReason, *table, {"id", "version", "battery_min_percent", "aliases", "class"});
      !status.ok()) {
    return status;
  }
  FunctionPlan plan;
  const auto id = (*table)["id"].value_exact<std::string>();
  const auto version = (*table)["version"].value_exact<std::string>();
  if (!id || id->empty() || !version || version->empty() || id->size() + version->size() > 200) {
    return Invalid(table->source(), "'id' and 'version' must be texts");
  }
  plan.name_ = Cat(*id, "@", *version);
  const auto percent = (*table)["battery_min_percent"].value<double>();
  if (!percent || !(*percent >= 0 && *percent <= 100)) {
    return Invalid(table->source(), "'battery_min_percent' must be 0 to 100");
  }
  plan.battery_min_percent_ = *percent;
  if (const toml::table* aliases = (*table)["aliases"].as_table(); aliases != nullptr) {
    for (const auto& [alias, node] : *aliases) {
      const auto name = node.value_exact<std::string>();
      if (!name || name->empty()) return Invalid(node.source(), "an alias must name a function");
      plan.aliases_[std::string(alias.str())] = *name;
    }
  }
  const toml::array* classes = (*table)["class"].as_array();
  if (classes == nullptr || classes->empty() || classes->size() > kClassesMax) {
    return Invalid(table->source(), "must have 1 to 64 tables [[class]]");
  }
  for (const toml::node& node : *classes) {
    const toml::table* entry = node.as_table();
    if (entry == nullptr) return Invalid(node.source(), "'class' must be a table");
    if (auto status = common::OnlyTomlKeys(kReason, *entry, {"categories", "key"}); !status.ok()) {
      return status;
    }
    const auto categories = ReadNames(*entry, "categories");
    if (!categories.ok()) return categories.status();
    const auto keys = ReadNames(*entry, "key");
    if (!keys.ok()) return keys.status();
    for (const std::string& category : *categories) {
      if (!plan.keys_.emplace(category, *keys).second) {
        return Invalid(node.source(), Cat("'", category, "' has a class already"));
      }
    }
  }
  return plan;
}

const std::vector<std::string>& FunctionPlan::KeyFunctions(std::string_view category) const {
  static const auto* const none = new std::vector<std::string>();
  const auto found = keys_.find(category);
  return found == keys_.end() ? *none : found->second;
}

std::string FunctionPlan::Canonical(std::string_view function) const {
  std::string plain = Lower(Strip(function));
  std::replace_if(
      plain.begin(), plain.end(), [](char c) { return c == '-' || c == '_'; }, ' ');
  const auto alias = aliases_.find(plain);
  if (alias != aliases_.end()) return alias->second;
  // What the maker attests keeps the name that inventory knows it by.
  for (const char* attested : {"licensed_os", "oem_parts", "original_software", "oem_specs"}) {
    if (Lower(Strip(function)) == attested) return attested;
  }
  return plain;
}

inventory::v1::Test FunctionPlan::Complete(std::string_view category,
                                           const v1::TestClaim& claim) const {
  inventory::v1::Test test;
  test.set_plan(name_);
  std::map<std::string, FunctionResult*> by_name;
  for (const std::string& key : KeyFunctions(category)) {
    FunctionResult* result = test.add_results();
    result->set_function(key);
    result->set_key(true);
    by_name[key] = result;
  }
  std::map<std::string, bool> stated;
  for (const v1::FunctionClaim& function : claim.functions()) {
    const std::string name = Canonical(function.function());
    TestOutcome outcome = function.outcome();
    const auto percent = ParsePercent(function.value());
    if (name == "battery" && outcome == inventory::v1::TEST_OUTCOME_UNSPECIFIED && percent) {
      outcome = *percent >= battery_min_percent_ ? inventory::v1::TEST_OUTCOME_PASS
                                                 : inventory::v1::TEST_OUTCOME_FAIL;
    }
    FunctionResult*& result = by_name[name];
    if (result == nullptr) {
      result = test.add_results();
      result->set_function(name);
    }
    // Several tests may be of one function, such as two cameras.
    result->set_outcome(stated[name] ? Worse(result->outcome(), outcome) : outcome);
    result->set_method(Joined(result->method(), function.method()));
    result->set_value(Joined(result->value(), function.value()));
    stated[name] = true;
  }
  return test;
}

}  // namespace loopdock::grading
