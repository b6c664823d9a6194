// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_TOML_H_
#define LOOPDOCK_SERVICES_COMMON_TOML_H_

// TOML texts without exceptions.
// Thread safety: every function is safe from any thread.
// Errors: INVALID_ARGUMENT CONFIG_INVALID with file and line.

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <string>

#include "absl/status/statusor.h"

namespace loopdock::common {

// `path` is only named in errors.
absl::StatusOr<toml::table> ParseToml(const std::string& path, const std::string& text);

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_TOML_H_
