// SPDX-License-Identifier: Apache-2.0
#include "services/common/toml.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/common/status.h"

namespace loopdock::common {

absl::StatusOr<toml::table> ParseToml(const std::string& path, const std::string& text) {
  toml::parse_result result = toml::parse(text, path);
  if (result) return std::move(result).table();
  const toml::parse_error& error = result.error();
  const std::int64_t line = error.source().begin.line;
  return Error(absl::StatusCode::kInvalidArgument, "CONFIG_INVALID",
               absl::StrCat(path, ":", line, ": ", std::string(error.description())),
               {{"path", path}, {"line", absl::StrCat(line)}});
}

absl::Status TomlError(std::string_view reason, const toml::source_region& where,
                       const std::string& what) {
  const std::string line = std::to_string(where.begin.line);
  return Error(absl::StatusCode::kInvalidArgument, reason, absl::StrCat("line ", line, ": ", what),
               {{"line", line}});
}

absl::Status OnlyTomlKeys(std::string_view reason, const toml::table& table,
                          const std::set<std::string>& known) {
  for (const auto& [key, value] : table) {
    if (known.contains(std::string(key.str()))) continue;
    return TomlError(reason, value.source(),
                     absl::StrCat("unknown key '", std::string(key.str()), "'; known are ",
                                  absl::StrJoin(known, ", ")));
  }
  return absl::OkStatus();
}

}  // namespace loopdock::common
