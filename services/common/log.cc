// SPDX-License-Identifier: Apache-2.0
#include "services/common/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <type_traits>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "services/common/json.h"
#include "services/common/status.h"

namespace loopdock::common {
namespace {

constexpr size_t kTextBytesMax = 2000;

spdlog::logger& Logger() {
  static const auto* logger = [] {
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    auto made = std::make_shared<spdlog::logger>("loopdock", sink);
    made->set_pattern("%v");
    made->set_level(spdlog::level::info);
    made->flush_on(spdlog::level::trace);
    return new std::shared_ptr<spdlog::logger>(std::move(made));
  }();
  return **logger;
}

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string_view NameOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

bool IsSecret(std::string_view key) {
  for (const char* word : {"token", "authorization", "password", "serial", "imei"}) {
    if (key.find(word) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

absl::Status SetLogLevel(std::string_view level) {
  constexpr std::pair<std::string_view, spdlog::level::level_enum> kLevels[] = {
      {"debug", spdlog::level::debug},  {"info", spdlog::level::info},
      {"warning", spdlog::level::warn}, {"error", spdlog::level::err},
      {"off", spdlog::level::off},
  };
  for (const auto& [name, value] : kLevels) {
    if (name != level) continue;
    Logger().set_level(value);
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kInvalidArgument, "CONFIG_INVALID",
               "the log level must be debug, info, warning, error or off",
               {{"level", std::string(level)}});
}

std::string FormatLogLine(LogLevel level, std::string_view time, std::string_view event,
                          LogFields fields) {
  nlohmann::ordered_json line = {{"time", std::string(time)},
                                 {"level", std::string(NameOf(level))},
                                 {"event", std::string(event)}};
  for (const auto& [key, field] : fields) {
    auto& slot = line[std::string(key)];
    if (IsSecret(key)) {
      slot = "***";
      continue;
    }
    std::visit(
        [&](const auto& value) {
          if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>) {
            slot = value.substr(0, kTextBytesMax);
          } else {
            slot = value;
          }
        },
        field.value());
  }
  return DumpJson(line);
}

void Log(LogLevel level, std::string_view event, LogFields fields) {
  const auto spdlog_level = ToSpdlog(level);
  if (!Logger().should_log(spdlog_level)) return;
  const std::string time =
      absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::Now(), absl::UTCTimeZone());
  const std::string line = FormatLogLine(level, time, event, fields);
  Logger().log(spdlog_level, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace loopdock::common
