// SPDX-License-Identifier: Apache-2.0
#include "tests/accuracy/accuracy.h"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "services/common/toml.h"

namespace loopdock::accuracy {

absl::StatusOr<Budgets> Budgets::Load(const std::string& path) {
  Budgets budgets;
  std::ifstream stream(path);
  if (!stream) return absl::NotFoundError(path + ": cannot be read");
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  const auto file = common::ParseToml(path, text);
  if (!file.ok()) return file.status();
  for (const auto& [section, table] : *file) {
    if (!table.is_table()) {
      return absl::InvalidArgumentError(path + ": every budget stands in a section");
    }
    for (const auto& [key, value] : *table.as_table()) {
      const auto number = value.value<double>();
      if (!number.has_value()) return absl::InvalidArgumentError(path + ": a budget is a number");
      budgets.values_[std::string(section.str()) + "." + std::string(key.str())] = *number;
    }
  }
  return budgets;
}

bool Budgets::Hold(const std::string& section, const std::string& key, double measured) const {
  const std::string name = section + "." + key;
  const auto budget = values_.find(name);
  if (budget == values_.end()) {
    std::printf("budget  %-32s measured %10.4g  NO BUDGET\n", name.c_str(), measured);
    return false;
  }
  const bool is_min = name.ends_with("_min");
  const auto reaches = [&](double limit) { return is_min ? measured >= limit : measured <= limit; };
  const bool held = reaches(budget->second);
  std::printf("budget  %-32s measured %10.4g  allowed %10.4g  %s", name.c_str(), measured,
              budget->second, held ? "held" : "MISSED");
  const auto wanted = values_.find(name.substr(0, name.size() - 3) + "wanted");
  if (wanted != values_.end() && !reaches(wanted->second)) {
    std::printf(", wanted %.4g", wanted->second);
  }
  std::printf("\n");
  return held;
}

}  // namespace loopdock::accuracy
