// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CLI_CLI_H_
#define LOOPDOCK_CLIENTS_CLI_CLI_H_

// The command line: what its commands share, and how each is put into the parser.
// Thread safety: main's thread only.
// Ownership: Settings outlives the parser and everything that a command binds to it.
// Errors: a command answers a status; ExitCode says what the process ends with.

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "clients/cpp/connection.h"

namespace loopdock::cli {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitUnreachable = 3;
inline constexpr int kExitNotProven = 4;

struct Settings {
  client::ConnectOptions connect;
  double timeout_s = 30;
  std::string site = "main";
  // True when --station was given: a word of this command, not of everything at this place.
  bool station_given = false;
  // What the parser has chosen.
  std::function<absl::Status()> run;

  // The station that this command names; empty when it only calls from one.
  std::string named_station() const { return station_given ? connect.station : ""; }
  // "sites/main".
  std::string site_name() const { return "sites/" + site; }
  // "assets" and "0001" give "sites/main/assets/0001"; a full name stays.
  std::string FullName(std::string_view collection, std::string_view name) const;
  absl::StatusOr<std::unique_ptr<client::Connection>> Connect() const;
};

// Each adds one command with its options to the parser.
void AddDecode(CLI::App& app, Settings& settings);
void AddGrade(CLI::App& app, Settings& settings);
void AddLabel(CLI::App& app, Settings& settings);
void AddCatalog(CLI::App& app, Settings& settings);
void AddTrace(CLI::App& app, Settings& settings);
void AddCall(CLI::App& app, Settings& settings);
void AddRecord(CLI::App& app, Settings& settings);
void AddManifest(CLI::App& app, Settings& settings);
void AddResults(CLI::App& app, Settings& settings);
void AddDiscrepancies(CLI::App& app, Settings& settings);
void AddWeigh(CLI::App& app, Settings& settings);
void AddVerbs(CLI::App& app, Settings& settings);
void AddScan(CLI::App& app, Settings& settings);
void AddReceive(CLI::App& app, Settings& settings);
void AddInspect(CLI::App& app, Settings& settings);
void AddHealth(CLI::App& app, Settings& settings);
void AddAdmin(CLI::App& app, Settings& settings);
void AddDemo(CLI::App& app, Settings& settings);

// The command that has the subcommands of a thing, such as "lot"; made when it is not there.
CLI::App* GroupOf(CLI::App& app, const std::string& name);

// The exit code that a command's status means.
int ExitCode(const absl::Status& status);

// Something that the command line itself was given wrongly; exit code 2.
absl::Status UsageError(std::string_view message);

// The check of every --um-per-px: "" when it is a positive number, else what is wrong.
std::string CheckUmPerPx(const std::string& text);

// Parses and runs; what main returns.
int Main(int argc, const char* const* argv);

}  // namespace loopdock::cli

#endif  // LOOPDOCK_CLIENTS_CLI_CLI_H_
