// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_CONFIG_OPTIONS_H_
#define LOOPDOCK_SERVICES_COMMON_CONFIG_OPTIONS_H_

// The one table of configuration keys, from which file, environment, flags, print-out and
// documentation are made.
// Thread safety: an Option points into its Config and is for one thread.

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "services/common/config.h"

namespace loopdock::common {

struct Option {
  std::string key;   // "limits.message_bytes", as in the file
  std::string help;  // one sentence, with unit
  std::variant<std::string*, std::int64_t*, bool*, std::optional<double>*,
               std::vector<std::string>*>
      value;
  std::int64_t min = 0;  // of whole numbers
  std::int64_t max = std::numeric_limits<std::int64_t>::max();

  std::string flag() const;         // "--limits-message-bytes"
  std::string environment() const;  // "LOOPDOCK_LIMITS_MESSAGE_BYTES"
  std::string Print() const;        // the value as TOML; "" for an absent one
  // From one text, as flags and environment give it; lists are separated by commas.
  absl::Status Set(std::string_view text) const;
};

// Every key, in the order of the documentation; `services.<name>.address` for each service.
std::vector<Option> OptionsOf(Config* config);

// The known key with the fewest changed letters.
std::string NearestKey(std::string_view key, const std::vector<Option>& options);

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_CONFIG_OPTIONS_H_
