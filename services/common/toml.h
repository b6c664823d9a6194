// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_TOML_H_
#define LOOPDOCK_SERVICES_COMMON_TOML_H_

// TOML texts without exceptions.
// Thread safety: every function is safe from any thread.
// Errors: INVALID_ARGUMENT CONFIG_INVALID with file and line.

#define TOML_EXCEPTIONS 0
// Its assertions do not hold for every text ("[ .7]" fails one), and what they guard is reported as
// an error behind them: a wrong file must be refused, not end the program.
#define TOML_ASSERT(expr) static_cast<void>(0)
#include <toml++/toml.h>

#include <set>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace loopdock::common {

// `path` is only named in errors.
absl::StatusOr<toml::table> ParseToml(const std::string& path, const std::string& text);

// INVALID_ARGUMENT with a reason of the caller's, "line N: what".
absl::Status TomlError(std::string_view reason, const toml::source_region& where,
                       const std::string& what);

// TomlError for the first key that is not known: a misspelt one must not go unnoticed.
absl::Status OnlyTomlKeys(std::string_view reason, const toml::table& table,
                          const std::set<std::string>& known);

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_TOML_H_
