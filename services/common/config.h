// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_CONFIG_H_
#define LOOPDOCK_SERVICES_COMMON_CONFIG_H_

// The configuration of loopdockd: defaults, then a TOML file, then the environment, then flags.
// docs/operating/configuration.md is made from ConfigMarkdown() by `common_config_test`.
// Thread safety: a Config is plain data; functions are safe from any thread.
// Errors: INVALID_ARGUMENT CONFIG_INVALID naming key, file, line and the nearest known key.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace loopdock::common {

struct Config {
  std::string listen = "127.0.0.1:7400";
  std::string metrics = "127.0.0.1:7409";
  std::string data_dir = "./data";
  std::string site = "main";
  std::string principals;     // empty: <data_dir>/principals.toml
  std::string service_token;  // empty: <data_dir>/service.token
  std::string ready_file;
  std::string log_level = "info";
  bool reflection = false;

  struct Services {
    std::vector<std::string> run = {"all"};
    std::map<std::string, std::string> address;  // [services.<name>] address
  } services;

  struct Tls {
    std::string certificate;
    std::string key;
    std::string ca;
  } tls;

  struct Limits {
    std::int64_t message_bytes = 4 * 1024 * 1024;
    std::int64_t picture_message_bytes = 20 * 1024 * 1024;
    std::int64_t deadline_ms = 60'000;
    std::int64_t memory_bytes = 512 * 1024 * 1024;
    std::int64_t calls_in_flight = 1024;
    std::int64_t streams = 64;
    std::int64_t item_streams = 16'384;
    std::int64_t streams_per_connection = 1024;
    std::int64_t blocking_threads = 8;
    std::int64_t blocking_queue = 256;
  } limits;

  struct Shutdown {
    std::int64_t drain_ms = 0;
    std::int64_t deadline_ms = 10'000;
  } shutdown;

  struct Storage {
    std::string driver = "rocksdb";
    std::int64_t queue = 4096;
    std::int64_t batch = 1024;
    std::int64_t cache_bytes = 64 * 1024 * 1024;
    std::int64_t disk_reserve_bytes = 64 * 1024 * 1024;
    std::string backup_dir;  // empty: <data_dir>/backups
  } storage;

  struct Inventory {
    std::int64_t sweep_ms = 60'000;
  } inventory;

  struct Vision {
    std::int64_t workers = 0;
    std::int64_t queue = 32;
    std::int64_t deadline_ms = 20'000;
    std::string program;
    std::string models;
  } vision;

  struct Grading {
    std::string scale;
    std::optional<double> um_per_px;
  } grading;

  struct Routing {
    std::string policy;
  } routing;

  struct Traceability {
    std::string origin = "loopdock.invalid/main";
    std::string signing_key;
    std::int64_t checkpoint_ms = 1000;
  } traceability;

  // Whether this process hosts the service.
  bool Runs(const std::string& service) const;
  std::string principals_path() const;
  std::string service_token_path() const;
  std::string backup_path() const;
};

// The services that a process may host, in the order in which they start.
const std::vector<std::string>& ServiceNames();

// What the command line asked for.
enum class ConfigAction { kRun, kPrint, kCheck, kFsck, kRestore, kReplay, kHelp, kVersion };
struct ConfigRequest {
  Config config;
  ConfigAction action = ConfigAction::kRun;
  std::string text;         // what to print for kPrint, kHelp and kVersion
  std::string restore;      // kRestore: the name of a backup in backup_path()
  std::string replay_from;  // kReplay: the data folder whose feed is replayed
  std::int64_t replay_through = 0;
};

// Gives the value of an environment variable or null; tests give their own.
using Environment = std::function<const char*(const char*)>;

// Reads defaults < file < environment < flags, then checks the whole.
absl::StatusOr<ConfigRequest> LoadConfig(int argc, const char* const* argv,
                                         const Environment& environment);

// Lays a TOML text over a Config; `path` is named in errors.
absl::Status ApplyToml(const std::string& path, const std::string& text, Config* config);

// Ranges, addresses, and that nothing listens beyond loopback without TLS.
absl::Status CheckConfig(const Config& config);

// The whole configuration as a TOML file that gives the same one.
std::string PrintConfig(const Config& config);
std::string ConfigMarkdown();

// The host of "host:port" or "[v6]:port"; empty when there is no port.
std::string HostOf(const std::string& address);
bool IsLoopback(const std::string& address);

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_CONFIG_H_
