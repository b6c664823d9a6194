// SPDX-License-Identifier: Apache-2.0
// loopdock-erp: the example connector to an ERP system; docs/using/erp.md.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <thread>

#include "clients/erp/connector.h"
#include "services/common/log.h"
#include "services/common/signals.h"
#include "services/common/status.h"

namespace {

using loopdock::common::ReasonOf;
using loopdock::erp::Connector;
using loopdock::erp::ConnectorOptions;

constexpr const char* kAbout =
    "Keeps a SQLite database in step with Loopdock's inventory, in both directions: tables of\n"
    "items, lots, receipts, deliveries, partners and stock moves are derived from the change "
    "feed;\n"
    "rows of the table outbox are sent, each with one effect.";

constexpr const char* kFooter =
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no answer from the server.\n"
    "docs/using/erp.md explains every table and column.";

struct Arguments {
  ConnectorOptions options;
  std::string site = "main";
  double timeout_s = 30;
  int poll_ms = 250;
  bool verbose = false;
};

void AddOptions(CLI::App& app, Arguments& arguments) {
  ConnectorOptions& options = arguments.options;
  app.add_option("--database", options.database, "SQLite file; made when it is missing")
      ->required();
  app.add_flag("--once", options.once, "End when the outbox is sent and the feed is at its end");
  app.add_flag("--rebuild", options.rebuild, "Derive all tables anew from the first entry");
  app.add_option("--poll-ms", arguments.poll_ms, "How often the outbox is looked at")
      ->capture_default_str()
      ->check(CLI::Range(1, 60000));
  app.add_flag("--verbose", arguments.verbose, "Say on standard output what is done");
  app.add_option("--address", options.connect.address, "Address of the server, host:port")
      ->capture_default_str()
      ->envname("LOOPDOCK_ADDRESS");
  app.add_option("--token-file", options.connect.token_file,
                 "File that holds the token; else LOOPDOCK_TOKEN_FILE, else "
                 "<data-dir>/admin.token. Its principal needs the role erp");
  app.add_option("--data-dir", options.connect.data_dir, "Data folder of the server")
      ->capture_default_str();
  app.add_option("--site", arguments.site, "Site to follow")
      ->capture_default_str()
      ->envname("LOOPDOCK_SITE");
  app.add_option("--tls-ca", options.connect.tls_ca,
                 "PEM file of the authority that signed the server's certificate; none: no TLS");
  app.add_option("--timeout", arguments.timeout_s,
                 "Seconds to wait for an answer, retries included")
      ->capture_default_str()
      ->check(CLI::Range(0.01, 86400.0));
}

int ExitCode(const absl::Status& status) {
  if (status.ok()) return 0;
  std::fprintf(stderr, "loopdock-erp: [%s] %s\n", ReasonOf(status).c_str(),
               std::string(status.message()).c_str());
  const bool database = ReasonOf(status).rfind("DATABASE_", 0) == 0;
  const bool silent = absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
  return silent && !database ? 3 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (auto status = loopdock::common::SetLogLevel("error"); !status.ok()) return ExitCode(status);
  CLI::App app(kAbout, "loopdock-erp");
  app.set_version_flag("--version", "loopdock-erp " LOOPDOCK_VERSION);
  app.footer(kFooter);
  Arguments arguments;
  AddOptions(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  arguments.options.site = "sites/" + arguments.site;
  arguments.options.connect.station = "erp";
  arguments.options.connect.timeout = absl::Seconds(arguments.timeout_s);
  arguments.options.poll = absl::Milliseconds(arguments.poll_ms);
  arguments.options.report = [verbose = arguments.verbose](const std::string& line) {
    const bool problem = line.rfind("waiting: ", 0) == 0;
    if (problem) std::fprintf(stderr, "loopdock-erp: %s\n", line.c_str());
    if (problem || !verbose) return;
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
  };
  loopdock::common::CatchSignals();
  // The thread that waits for a signal may outlive Run, so it owns the connector too.
  const auto connector = std::make_shared<Connector>(std::move(arguments.options));
  std::thread([connector] {
    loopdock::common::BlockUntilSignal();
    connector->Stop();
  }).detach();
  return ExitCode(connector->Run());
}
