// SPDX-License-Identifier: Apache-2.0
#include "clients/cli/cli.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "clients/cli/console.h"
#include "clients/cli/inspection.h"
#include "services/common/log.h"
#include "services/common/status.h"

namespace loopdock::cli {
namespace {

constexpr const char* kAbout =
    "Loopdock: takes used devices from the dock to a verified traceability record.\n"
    "decode, grade, label parse and trace verify work without a server.";

constexpr const char* kFooter =
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no answer from the server, 4 not proven.\n"
    "'loopdock COMMAND --help' explains a command. docs/reference/cli.md explains them all.";

void AddGlobalOptions(CLI::App& app, Settings& settings) {
  const std::string group = "Server";
  app.add_option("--address", settings.connect.address, "Address of the server, host:port")
      ->capture_default_str()
      ->envname("LOOPDOCK_ADDRESS")
      ->group(group);
  app.add_option("--token-file", settings.connect.token_file,
                 "File that holds the token; else LOOPDOCK_TOKEN_FILE, else "
                 "<data-dir>/admin.token")
      ->group(group);
  app.add_option("--data-dir", settings.connect.data_dir, "Data folder of the server")
      ->capture_default_str()
      ->group(group);
  // Read here: of an option that the environment filled nobody could tell that it was not given.
  if (const char* station = std::getenv("LOOPDOCK_STATION"); station != nullptr) {
    settings.connect.station = station;
  }
  app.add_option("--station", settings.connect.station,
                 "Name of the station that calls; else LOOPDOCK_STATION")
      ->each([&settings](const std::string&) { settings.station_given = true; })
      ->group(group);
  app.add_option("--site", settings.site, "Site that the command is about")
      ->capture_default_str()
      ->envname("LOOPDOCK_SITE")
      ->group(group);
  app.add_option("--tls-ca", settings.connect.tls_ca,
                 "PEM file of the authority that signed the server's certificate; none: no TLS")
      ->group(group);
  app.add_option("--timeout", settings.timeout_s, "Seconds to wait for an answer, retries included")
      ->capture_default_str()
      ->check(CLI::Range(0.01, 86400.0))
      ->group(group);
}

// A command without an action of its own (such as `trace`) has a required subcommand, so that a
// chosen command always has an action.
void AddCommands(CLI::App& app, Settings& settings) {
  AddDecode(app, settings);
  AddGrade(app, settings);
  AddLabel(app, settings);
  AddTrace(app, settings);
  AddDemo(app, settings);
  AddAdmin(app, settings);
  AddReceive(app, settings);
  AddScan(app, settings);
  AddInspect(app, settings);
  AddStation(app, settings);
  AddScale(app, settings);
  AddAgreement(app, settings);
  AddRecord(app, settings);
  AddCatalog(app, settings);
  AddManifest(app, settings);
  AddResults(app, settings);
  AddDiscrepancies(app, settings);
  AddWeigh(app, settings);
  AddVerbs(app, settings);
  AddCall(app, settings);
  AddHealth(app, settings);
}

void PrintError(const absl::Status& status) {
  const std::string reason = common::ReasonOf(status);
  const bool named = !reason.empty() && reason != "USAGE";
  std::string text = named ? "loopdock: [" + reason + "]" : "loopdock:";
  for (const absl::string_view line : absl::StrSplit(status.message(), '\n')) {
    absl::StrAppend(&text, text.back() == '\n' ? "" : " ",
                    Visible({line.data(), line.size()}, 2000), "\n");
  }
  std::fputs(text.c_str(), stderr);
}

}  // namespace

std::string Settings::FullName(std::string_view collection, std::string_view name) const {
  const std::string text(name);
  if (text.find('/') != std::string::npos) return text;
  return site_name() + "/" + std::string(collection) + "/" + text;
}

absl::StatusOr<std::unique_ptr<client::Connection>> Settings::Connect() const {
  client::ConnectOptions options = connect;
  options.timeout = absl::Seconds(timeout_s);
  return client::Connection::Create(options);
}

int ExitCode(const absl::Status& status) {
  if (status.ok()) return kExitDone;
  if (common::ReasonOf(status) == "USAGE") return kExitUsage;
  if (absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status)) return kExitUnreachable;
  if (absl::IsDataLoss(status)) return kExitNotProven;
  return kExitFailed;
}

absl::Status UsageError(std::string_view message) {
  return common::Error(absl::StatusCode::kInvalidArgument, "USAGE", message);
}

std::string CheckUmPerPx(const std::string& text) {
  double value = 0;
  if (absl::SimpleAtod(text, &value) && value > 0 && std::isfinite(value)) return "";
  return "must be a positive number of micrometres a pixel, not '" + Visible(text, 40) + "'";
}

int Main(int argc, const char* const* argv) {
  // Libraries log on standard error; what people read there is our own.
  if (auto status = common::SetLogLevel("error"); !status.ok()) return kExitFailed;
  CLI::App app(kAbout, "loopdock");
  app.set_version_flag("--version", "loopdock " LOOPDOCK_VERSION);
  app.footer(kFooter);
  app.fallthrough();
  app.require_subcommand(1);
  Settings settings;
  AddGlobalOptions(app, settings);
  AddCommands(app, settings);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitDone : kExitUsage;
  }
  const absl::Status status = settings.run();
  if (!status.ok()) PrintError(status);
  return ExitCode(status);
}

}  // namespace loopdock::cli
