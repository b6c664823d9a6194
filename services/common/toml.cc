// SPDX-License-Identifier: Apache-2.0
#include "services/common/toml.h"

#include "absl/strings/str_cat.h"
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

}  // namespace loopdock::common
