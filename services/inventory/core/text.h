// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_TEXT_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_TEXT_H_

// Small helpers for texts and times.
// Thread safety: free functions, safe from any thread.

#include <google/protobuf/timestamp.pb.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/time/time.h"

// Ends the function with the status of `expression` unless it is OK.
#define LOOPDOCK_RETURN_IF_ERROR(expression)   \
  do {                                         \
    const absl::Status status_ = (expression); \
    if (!status_.ok()) return status_;         \
  } while (false)

namespace loopdock::inventory {

// The parts in a row; numbers in decimal.
template <typename... Parts>
std::string Cat(const Parts&... parts) {
  std::string text;
  const auto append = [&text](const auto& part) {
    if constexpr (std::is_integral_v<std::decay_t<decltype(part)>>) {
      text += std::to_string(part);
    } else {
      text += std::string_view(part);
    }
  };
  (append(parts), ...);
  return text;
}

inline std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

inline google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  google::protobuf::Timestamp timestamp;
  const std::int64_t micros = absl::ToUnixMicros(time);
  std::int64_t seconds = micros / 1'000'000;
  std::int64_t rest = micros % 1'000'000;
  if (rest < 0) {
    rest += 1'000'000;
    --seconds;
  }
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(static_cast<std::int32_t>(rest * 1000));
  return timestamp;
}

inline absl::Time FromTimestamp(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_TEXT_H_
