// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_LOG_H_
#define LOOPDOCK_SERVICES_COMMON_LOG_H_

// The log: one JSON object a line on stderr, with `time`, `level`, one `event` name and fields.
// docs/operating/observability.md lists the events of the house.
// Thread safety: every function is safe from any thread.
// Limits: a text field is cut at 2,000 bytes; fields whose key names a secret or a person's data
// (token, authorization, password, serial, imei) are written as "***".

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/status/status.h"

namespace loopdock::common {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

class LogValue {
 public:
  LogValue(std::string value) : value_(std::move(value)) {}                    // NOLINT
  LogValue(std::string_view value) : value_(std::string(value)) {}             // NOLINT
  LogValue(const char* value) : value_(std::string(value)) {}                  // NOLINT
  LogValue(bool value) : value_(value) {}                                      // NOLINT
  LogValue(double value) : value_(value) {}                                    // NOLINT
  LogValue(int value) : value_(static_cast<std::int64_t>(value)) {}            // NOLINT
  LogValue(std::int64_t value) : value_(value) {}                              // NOLINT
  LogValue(std::uint64_t value) : value_(static_cast<std::int64_t>(value)) {}  // NOLINT

  const auto& value() const { return value_; }

 private:
  std::variant<std::string, bool, double, std::int64_t> value_;
};

using LogFields = std::initializer_list<std::pair<std::string_view, LogValue>>;

// `level` is debug, info, warning, error or off. May be called again at run time.
absl::Status SetLogLevel(std::string_view level);

void Log(LogLevel level, std::string_view event, LogFields fields = {});
inline void LogDebug(std::string_view event, LogFields fields = {}) {
  Log(LogLevel::kDebug, event, fields);
}
inline void LogInfo(std::string_view event, LogFields fields = {}) {
  Log(LogLevel::kInfo, event, fields);
}
inline void LogWarning(std::string_view event, LogFields fields = {}) {
  Log(LogLevel::kWarning, event, fields);
}
inline void LogError(std::string_view event, LogFields fields = {}) {
  Log(LogLevel::kError, event, fields);
}

// The line that Log writes, without the line break.
std::string FormatLogLine(LogLevel level, std::string_view time, std::string_view event,
                          LogFields fields);

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_LOG_H_
