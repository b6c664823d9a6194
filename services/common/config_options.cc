// SPDX-License-Identifier: Apache-2.0
#include "services/common/config_options.h"

#include <algorithm>
#include <numeric>
#include <type_traits>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "services/common/json.h"
#include "services/common/status.h"

namespace loopdock::common {
namespace {

constexpr std::int64_t kKiB = 1024;
constexpr std::int64_t kMiB = 1024 * kKiB;
constexpr std::int64_t kGiB = 1024 * kMiB;

// A JSON string is a TOML basic string.
std::string Quote(const std::string& text) { return DumpJson(nlohmann::json(text)); }

absl::Status Wrong(const Option& option, const std::string& expected, std::string_view text) {
  return Error(absl::StatusCode::kInvalidArgument, "CONFIG_INVALID",
               absl::StrCat(option.key, " must be ", expected, ", not '",
                            std::string(text.substr(0, 100)), "'"),
               {{"key", option.key}});
}

std::vector<Option> ServerOptions(Config* c) {
  return {
      {"listen", "Address of gRPC, host:port; port 0 takes a free one.", &c->listen},
      {"metrics", "Address of /metrics, /livez and /readyz; empty for none.", &c->metrics},
      {"data_dir", "Folder of all data.", &c->data_dir},
      {"site", "The site that the first start makes.", &c->site},
      {"principals", "Principals file; empty for <data_dir>/principals.toml.", &c->principals},
      {"service_token", "File of the token of role service; empty for <data_dir>/service.token.",
       &c->service_token},
      {"ready_file",
       "Written once the server serves: {\"address\",\"metrics\"} with the bound ports; empty for "
       "none.",
       &c->ready_file},
      {"log_level", "debug, info, warning, error or off.", &c->log_level},
      {"reflection", "Serve gRPC reflection, which shows the whole API.", &c->reflection},
      {"services.run",
       "Services of this process: all, or some of inventory, grading, traceability, intake, "
       "routing.",
       &c->services.run},
      {"tls.certificate", "PEM chain of the server; needed to listen beyond loopback.",
       &c->tls.certificate},
      {"tls.key", "PEM key of the server.", &c->tls.key},
      {"tls.ca", "PEM roots to trust when calling other services; empty calls without TLS.",
       &c->tls.ca},
      {"limits.message_bytes", "Largest request of a method without pictures.",
       &c->limits.message_bytes, kKiB, 64 * kMiB},
      {"limits.picture_message_bytes", "Largest request of intake and grading.",
       &c->limits.picture_message_bytes, kMiB, 64 * kMiB},
      {"limits.deadline_ms", "Longest deadline of a call; streams are exempt.",
       &c->limits.deadline_ms, 1, 3'600'000},
      {"limits.memory_bytes", "Memory that gRPC may use.", &c->limits.memory_bytes, 16 * kMiB,
       1024 * kGiB},
      {"limits.calls_in_flight", "Unary calls at once; more are refused.",
       &c->limits.calls_in_flight, 1, 1'000'000},
      {"limits.streams",
       "Streams at once of each service that take a thread each; more are refused.",
       &c->limits.streams, 1, 4096},
      {"limits.item_streams",
       "Streams of scans and of commands at once of each service; they share `limits.streams` "
       "threads.",
       &c->limits.item_streams, 1, 100'000},
      {"limits.streams_per_connection", "Calls and streams at once of one connection.",
       &c->limits.streams_per_connection, 1, 100'000},
      {"limits.blocking_threads", "Threads of each service for work that blocks.",
       &c->limits.blocking_threads, 1, 1024},
      {"limits.blocking_queue", "Calls that may wait for such a thread; more are refused.",
       &c->limits.blocking_queue, 0, 100'000},
      {"shutdown.drain_ms", "Time between NOT_SERVING and the refusal of new calls.",
       &c->shutdown.drain_ms, 0, 600'000},
      {"shutdown.deadline_ms", "Time that running calls get to end.", &c->shutdown.deadline_ms, 0,
       600'000},
  };
}

std::vector<Option> ServiceOptions(Config* c) {
  return {
      {"storage.driver", "rocksdb or memory.", &c->storage.driver},
      {"storage.queue", "Commands that may wait for the committer; more are refused.",
       &c->storage.queue, 1, 1'000'000},
      {"storage.batch", "Commands in one commit.", &c->storage.batch, 1, 65'536},
      {"storage.cache_bytes", "Block cache of each store.", &c->storage.cache_bytes, kMiB,
       1024 * kGiB},
      {"storage.disk_reserve_bytes",
       "Changes are refused while less space is free on the disk of data_dir; 0 for no reserve.",
       &c->storage.disk_reserve_bytes, 0, 1024 * 1024 * kGiB},
      {"storage.backup_dir",
       "Folder of backups, best on another disk; empty for <data_dir>/backups.",
       &c->storage.backup_dir},
      {"inventory.sweep_ms", "Time between two sweeps for facts that time drives.",
       &c->inventory.sweep_ms, 100, 86'400'000},
      {"intake.catalog", "Folder of device facts; empty for the one that comes with the program.",
       &c->intake.catalog},
      {"intake.tag_patterns",
       "Shapes of the site's asset tags: # a digit, @ a letter, ? either, * any run.",
       &c->intake.tag_patterns},
      {"intake.serial_patterns", "Shapes that are serial numbers at this site, written so.",
       &c->intake.serial_patterns},
      {"intake.choice_below_percent",
       "A person chooses where a device's identity is less certain than this; 0 for never.",
       &c->intake.choice_below_percent, 0, 100},
      {"vision.workers", "Picture workers; 0 for one a processor.", &c->vision.workers, 0, 256},
      {"vision.queue", "Pictures that may wait for a worker; more are refused.", &c->vision.queue,
       0, 10'000},
      {"vision.deadline_ms", "Time that one picture may take.", &c->vision.deadline_ms, 10,
       600'000},
      {"vision.program", "The worker; empty for loopdock-vision beside this program.",
       &c->vision.program},
      {"vision.models", "Folder of models; empty for the one that comes with the program.",
       &c->vision.models},
      {"grading.scale",
       "File of the scale that grades where none is named, or folder of the site's own scales, "
       "checklists, key functions and rules of stations; empty for those that come with the "
       "program.",
       &c->grading.scale},
      {"grading.um_per_px",
       "Micrometres a pixel of pictures without a calibration; absent: lengths stay in pixels.",
       &c->grading.um_per_px},
      {"routing.policy", "Policy file; empty for the one that comes with the program.",
       &c->routing.policy},
      {"traceability.origin", "Name of the log in its checkpoints.", &c->traceability.origin},
      {"traceability.signing_key",
       "Key file of the checkpoints; empty for one made in the data folder.",
       &c->traceability.signing_key},
      {"traceability.checkpoint_ms", "Longest time from a record to its checkpoint.",
       &c->traceability.checkpoint_ms, 1, 3'600'000},
  };
}

size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string Option::flag() const {
  if (key == "services.run") return "--services";
  return absl::StrCat("--", absl::StrReplaceAll(key, {{".", "-"}, {"_", "-"}}));
}

std::string Option::environment() const {
  if (key == "services.run") return "LOOPDOCK_SERVICES";
  return absl::StrCat("LOOPDOCK_", absl::AsciiStrToUpper(absl::StrReplaceAll(key, {{".", "_"}})));
}

std::string Option::Print() const {
  return std::visit(
      [](const auto* target) -> std::string {
        using T = std::decay_t<decltype(*target)>;
        if constexpr (std::is_same_v<T, std::string>) {
          return Quote(*target);
        } else if constexpr (std::is_same_v<T, bool>) {
          return *target ? "true" : "false";
        } else if constexpr (std::is_same_v<T, std::int64_t>) {
          return absl::StrCat(*target);
        } else if constexpr (std::is_same_v<T, std::optional<double>>) {
          if (!*target) return "";
          const std::string digits = absl::StrCat(**target);
          return digits.find_first_of(".en") == std::string::npos ? digits + ".0" : digits;
        } else {
          return absl::StrCat("[",
                              absl::StrJoin(*target, ", ",
                                            [](std::string* out, const std::string& item) {
                                              out->append(Quote(item));
                                            }),
                              "]");
        }
      },
      value);
}

absl::Status Option::Set(std::string_view text) const {
  const std::string copy(text);
  if (auto* target = std::get_if<std::string*>(&value)) {
    **target = copy;
  } else if (auto* flag_target = std::get_if<bool*>(&value)) {
    if (copy != "true" && copy != "false") return Wrong(*this, "true or false", text);
    **flag_target = copy == "true";
  } else if (auto* number = std::get_if<std::int64_t*>(&value)) {
    std::int64_t parsed = 0;
    if (!absl::SimpleAtoi(copy, &parsed)) return Wrong(*this, "a whole number", text);
    **number = parsed;
  } else if (auto* real = std::get_if<std::optional<double>*>(&value)) {
    double parsed = 0;
    if (!absl::SimpleAtod(copy, &parsed)) return Wrong(*this, "a number", text);
    **real = parsed;
  } else if (auto* list = std::get_if<std::vector<std::string>*>(&value)) {
    **list = absl::StrSplit(copy, ',', absl::SkipWhitespace());
  }
  return absl::OkStatus();
}

std::vector<Option> OptionsOf(Config* config) {
  std::vector<Option> options = ServerOptions(config);
  for (const std::string& name : ServiceNames()) {
    options.push_back({absl::StrCat("services.", name, ".address"),
                       absl::StrCat("Where ", name, " is, when it is not in this process."),
                       &config->services.address[name]});
  }
  for (Option& option : ServiceOptions(config)) options.push_back(std::move(option));
  return options;
}

std::string NearestKey(std::string_view key, const std::vector<Option>& options) {
  const auto nearest =
      std::min_element(options.begin(), options.end(), [&](const Option& a, const Option& b) {
        return Distance(key, a.key) < Distance(key, b.key);
      });
  return nearest == options.end() ? "" : nearest->key;
}

}  // namespace loopdock::common
