// SPDX-License-Identifier: Apache-2.0
#include "services/common/config.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "services/common/config_options.h"
#include "services/common/fileio.h"
#include "services/common/names.h"
#include "services/common/status.h"
#include "services/common/toml.h"

namespace loopdock::common {
namespace {

constexpr std::int64_t kConfigBytesMax = 1024 * 1024;
constexpr char kVersion[] = "loopdockd 0.1.0\n";

absl::Status Invalid(const std::string& key, const std::string& message) {
  return Error(absl::StatusCode::kInvalidArgument, "CONFIG_INVALID",
               absl::StrCat(key, " ", message), {{"key", key}});
}

absl::Status At(const std::string& path, std::int64_t line, const std::string& key,
                const std::string& message) {
  return Error(absl::StatusCode::kInvalidArgument, "CONFIG_INVALID",
               absl::StrCat(path, ":", line, ": ", message),
               {{"path", path}, {"line", absl::StrCat(line)}, {"key", key}});
}

absl::Status SetFromToml(const Option& option, const toml::node& node) {
  if (std::holds_alternative<std::string*>(option.value) && node.is_string()) {
    return option.Set(*node.value<std::string>());
  }
  if (std::holds_alternative<bool*>(option.value) && node.is_boolean()) {
    return option.Set(*node.value<bool>() ? "true" : "false");
  }
  if (std::holds_alternative<std::int64_t*>(option.value) && node.is_integer()) {
    return option.Set(absl::StrCat(*node.value<std::int64_t>()));
  }
  if (auto* real = std::get_if<std::optional<double>*>(&option.value); real && node.is_number()) {
    **real = *node.value<double>();
    return absl::OkStatus();
  }
  if (auto* list = std::get_if<std::vector<std::string>*>(&option.value); list && node.is_array()) {
    (*list)->clear();
    for (const toml::node& item : *node.as_array()) {
      if (!item.is_string()) return Invalid(option.key, "must be a list of strings");
      (*list)->push_back(*item.value<std::string>());
    }
    return absl::OkStatus();
  }
  return Invalid(option.key, absl::StrCat("has the wrong type: its default is ",
                                          option.Print().empty() ? "absent" : option.Print()));
}

absl::Status ApplyTable(const std::string& path, const std::string& prefix,
                        const toml::table& table, const std::vector<Option>& options) {
  for (const auto& [name, node] : table) {
    const std::string key = absl::StrCat(prefix, std::string(name.str()));
    if (node.is_table()) {
      absl::Status inner = ApplyTable(path, key + ".", *node.as_table(), options);
      if (!inner.ok()) return inner;
      continue;
    }
    const std::int64_t line = name.source().begin.line;
    const auto option = std::find_if(options.begin(), options.end(),
                                     [&](const Option& candidate) { return candidate.key == key; });
    if (option == options.end()) {
      return At(path, line, key,
                absl::StrCat("unknown key '", key, "'; the nearest known one is '",
                             NearestKey(key, options), "'"));
    }
    if (absl::Status set = SetFromToml(*option, node); !set.ok()) {
      return At(path, line, key, std::string(set.message()));
    }
  }
  return absl::OkStatus();
}

bool IsAddress(const std::string& address) {
  const size_t colon = address.rfind(':');
  int port = 0;
  return !HostOf(address).empty() && absl::SimpleAtoi(address.substr(colon + 1), &port) &&
         port >= 0 && port <= 65535;
}

absl::Status CheckRanges(const Config& config) {
  Config copy = config;
  for (const Option& option : OptionsOf(&copy)) {
    const auto* number = std::get_if<std::int64_t*>(&option.value);
    if (number != nullptr && (**number < option.min || **number > option.max)) {
      return Invalid(option.key, absl::StrCat("must be between ", option.min, " and ", option.max));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckServices(const Config& config) {
  if (config.services.run.empty()) return Invalid("services.run", "names no service");
  const auto& known = ServiceNames();
  for (const std::string& name : config.services.run) {
    if (name != "all" && std::find(known.begin(), known.end(), name) == known.end()) {
      return Invalid("services.run", absl::StrCat("names the unknown service '", name,
                                                  "': use all or ", absl::StrJoin(known, ", ")));
    }
  }
  for (const auto& [name, address] : config.services.address) {
    if (!address.empty() && !IsAddress(address)) {
      return Invalid(absl::StrCat("services.", name, ".address"), "must be host:port");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckAddresses(const Config& config) {
  if (!IsAddress(config.listen)) return Invalid("listen", "must be host:port");
  if (!config.metrics.empty() && !IsAddress(config.metrics)) {
    return Invalid("metrics", "must be host:port or empty");
  }
  if (config.tls.certificate.empty() != config.tls.key.empty()) {
    return Invalid("tls", "needs both certificate and key");
  }
  if (config.tls.certificate.empty() && !IsLoopback(config.listen)) {
    return Error(
        absl::StatusCode::kFailedPrecondition, "TLS_REQUIRED",
        absl::StrCat("listening on ", config.listen,
                     " needs TLS: set tls.certificate and tls.key, or listen on 127.0.0.1"),
        {{"listen", config.listen}});
  }
  return absl::OkStatus();
}

// The flags as given; which of them were given decides what overrides.
struct Flags {
  std::string config_path;
  std::map<std::string, std::string> values;
  bool print = false;
  bool check = false;
  bool fsck = false;
  std::string restore;
  std::string replay_from;
  std::int64_t replay_through = 0;
  bool version = false;
};

std::optional<absl::Status> ParseFlags(int argc, const char* const* argv,
                                       const std::vector<Option>& options, Flags* flags,
                                       std::string* help) {
  CLI::App app("The Loopdock server.", "loopdockd");
  app.add_option("--config", flags->config_path, "Configuration file (TOML).");
  app.add_flag("--print-config", flags->print, "Print the whole configuration and end.");
  app.add_flag("--check-config", flags->check, "Check the configuration and end.");
  app.add_flag("--fsck", flags->fsck,
               "Check every store in data_dir and end; the server must not be running.");
  app.add_option("--restore", flags->restore,
                 "Restore this backup of storage.backup_dir into data_dir and end; no store may be "
                 "there.");
  CLI::Option* from = app.add_option(
      "--replay-from", flags->replay_from,
      "Make inventory in data_dir anew from the feed in this data folder and end; both without a "
      "server.");
  app.add_option("--replay-through", flags->replay_through,
                 "The last entry of the feed to replay; all if left out.")
      ->needs(from)
      ->check(CLI::PositiveNumber);
  app.add_flag("--version", flags->version, "Print the version and end.");
  for (const Option& option : options) {
    const std::string key = option.key;
    const bool is_switch = std::holds_alternative<bool*>(option.value);
    CLI::callback_t keep = [flags, key, is_switch](const CLI::results_t& results) {
      const bool bare =
          is_switch && (results.empty() || results.back().empty() || results.back() == "{}");
      flags->values[key] = bare ? "true" : results.back();
      return true;
    };
    CLI::Option* added = app.add_option(option.flag(), keep, option.help);
    if (std::holds_alternative<bool*>(option.value)) added->expected(0, 1);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    *help = app.help();
  } catch (const CLI::ParseError& error) {
    return Error(absl::StatusCode::kInvalidArgument, "CONFIG_INVALID",
                 absl::StrCat(error.what(), "; see loopdockd --help"));
  }
  return std::nullopt;
}

}  // namespace

const std::vector<std::string>& ServiceNames() {
  static const auto* names =
      new std::vector<std::string>{"inventory", "grading", "traceability", "intake", "routing"};
  return *names;
}

bool Config::Runs(const std::string& service) const {
  return std::any_of(services.run.begin(), services.run.end(),
                     [&](const std::string& name) { return name == "all" || name == service; });
}

std::string Config::principals_path() const {
  return principals.empty() ? absl::StrCat(data_dir, "/principals.toml") : principals;
}

std::string Config::service_token_path() const {
  return service_token.empty() ? absl::StrCat(data_dir, "/service.token") : service_token;
}

std::string Config::backup_path() const {
  return storage.backup_dir.empty() ? absl::StrCat(data_dir, "/backups") : storage.backup_dir;
}

std::string HostOf(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0) return "";
  std::string host = address.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  return bracketed ? host.substr(1, host.size() - 2) : host;
}

bool IsLoopback(const std::string& address) {
  const std::string host = HostOf(address);
  int octet = 0;
  const bool v4 = absl::StartsWith(host, "127.") &&
                  std::count(host.begin(), host.end(), '.') == 3 &&
                  host.find_first_not_of("0123456789.") == std::string::npos &&
                  absl::SimpleAtoi(host.substr(host.rfind('.') + 1), &octet) && octet <= 255;
  return v4 || host == "::1" || host == "localhost";
}

absl::Status ApplyToml(const std::string& path, const std::string& text, Config* config) {
  auto root = ParseToml(path, text);
  if (!root.ok()) return root.status();
  return ApplyTable(path, "", *root, OptionsOf(config));
}

absl::Status CheckConfig(const Config& config) {
  for (auto check : {CheckRanges, CheckServices, CheckAddresses}) {
    if (absl::Status checked = check(config); !checked.ok()) return checked;
  }
  if (!IsValidSite(config.site)) return Invalid("site", "must be lower-case letters and digits");
  if (config.storage.driver != "rocksdb" && config.storage.driver != "memory") {
    return Invalid("storage.driver", "must be rocksdb or memory");
  }
  const std::set<std::string> levels = {"debug", "info", "warning", "error", "off"};
  if (levels.count(config.log_level) == 0) {
    return Invalid("log_level", "must be debug, info, warning, error or off");
  }
  const auto& scale = config.grading.um_per_px;
  if (scale && !(*scale > 0 && *scale <= 100'000)) {
    return Invalid("grading.um_per_px", "must be above 0 and at most 100,000");
  }
  return absl::OkStatus();
}

std::string PrintConfig(const Config& config) {
  Config copy = config;
  std::string text;
  std::string section;
  std::vector<Option> options = OptionsOf(&copy);
  std::stable_sort(options.begin(), options.end(), [](const Option& a, const Option& b) {
    const auto section_of = [](const Option& option) {
      const size_t dot = option.key.rfind('.');
      return dot == std::string::npos ? std::string() : option.key.substr(0, dot);
    };
    return section_of(a) < section_of(b);
  });
  for (const Option& option : options) {
    const size_t dot = option.key.rfind('.');
    const std::string of = dot == std::string::npos ? "" : option.key.substr(0, dot);
    if (of != section) absl::StrAppend(&text, "\n[", of, "]\n");
    section = of;
    const std::string name = dot == std::string::npos ? option.key : option.key.substr(dot + 1);
    const std::string value = option.Print();
    absl::StrAppend(&text, "# ", option.help, "\n", value.empty() ? "# " : "", name, " = ", value,
                    "\n");
  }
  return text;
}

std::string ConfigMarkdown() {
  Config config;
  std::string text =
      "# Configuration of loopdockd\n\n"
      "Every key may stand in a TOML file (`--config FILE` or `LOOPDOCK_CONFIG`), in the\n"
      "environment, or be a flag; a flag wins over the environment, the environment over the\n"
      "file. The environment variable of `limits.message_bytes` is "
      "`LOOPDOCK_LIMITS_MESSAGE_BYTES`,\n"
      "its flag `--limits-message-bytes`; `services.run` is `LOOPDOCK_SERVICES` and `--services`.\n"
      "Lists are separated by commas there. An unknown key or flag stops the start with its file,\n"
      "line and the nearest known key. `--print-config` prints what is in force, `--check-config`\n"
      "only checks it. A sample is `deploy/loopdock.toml`.\n\n"
      "Made from `services/common/config_options.cc`; do not edit by hand.\n\n"
      "| key | default | what it is |\n|---|---|---|\n";
  for (const Option& option : OptionsOf(&config)) {
    const std::string value = option.Print();
    absl::StrAppend(&text, "| `", option.key, "` | ",
                    value.empty() ? "absent" : absl::StrCat("`", value, "`"), " | ", option.help,
                    " |\n");
  }
  absl::StrAppend(
      &text,
      "\n## The principals file\n\n"
      "Who may call: one table a principal, known by the SHA-256 of its token. It is read again\n"
      "within a second of a change. The first start makes it, with the principal `admin` (token "
      "in\n"
      "`<data_dir>/admin.token`) and the principal `service` (token in "
      "`<data_dir>/service.token`).\n"
      "Processes that work together need the same file and the same service token.\n\n"
      "```toml\n[[principal]]\nname = \"dock-1\"\nroles = [\"dock\"]   # dock grader supervisor "
      "dpr "
      "erp auditor admin service\nsites = [\"main\"]   # or [\"*\"]\ntoken_sha256 = \"<sha256sum "
      "of "
      "the token, without line break>\"\n```\n");
  return text;
}

absl::StatusOr<ConfigRequest> LoadConfig(int argc, const char* const* argv,
                                         const Environment& environment) {
  ConfigRequest request;
  const std::vector<Option> options = OptionsOf(&request.config);
  Flags flags;
  if (auto failed = ParseFlags(argc, argv, options, &flags, &request.text)) return *failed;
  if (!request.text.empty()) request.action = ConfigAction::kHelp;
  if (flags.version) request = {Config(), ConfigAction::kVersion, kVersion};
  if (request.action != ConfigAction::kRun) return request;
  if (const char* path = environment("LOOPDOCK_CONFIG"); path && flags.config_path.empty()) {
    flags.config_path = path;
  }
  if (!flags.config_path.empty()) {
    auto text = ReadFile(flags.config_path, kConfigBytesMax);
    if (!text.ok()) return text.status();
    absl::Status applied = ApplyToml(flags.config_path, *text, &request.config);
    if (!applied.ok()) return applied;
  }
  for (const Option& option : options) {
    if (const char* value = environment(option.environment().c_str())) {
      if (absl::Status set = option.Set(value); !set.ok()) return set;
    }
    const auto given = flags.values.find(option.key);
    if (given == flags.values.end()) continue;
    if (absl::Status set = option.Set(given->second); !set.ok()) return set;
  }
  if (absl::Status checked = CheckConfig(request.config); !checked.ok()) return checked;
  if (flags.check) request.action = ConfigAction::kCheck;
  if (flags.fsck) request.action = ConfigAction::kFsck;
  if (!flags.restore.empty()) request.action = ConfigAction::kRestore;
  if (!flags.replay_from.empty()) request.action = ConfigAction::kReplay;
  request.restore = flags.restore;
  request.replay_from = flags.replay_from;
  request.replay_through = flags.replay_through;
  if (flags.print) {
    request.action = ConfigAction::kPrint;
    request.text = PrintConfig(request.config);
  }
  return request;
}

}  // namespace loopdock::common
