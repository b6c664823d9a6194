// SPDX-License-Identifier: Apache-2.0
// loopdock demo: one pallet from the dock to a verified record; what `make run` shows.

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "clients/cli/cli.h"
#include "clients/cli/console.h"
#include "clients/cli/demo_report.h"
#include "clients/cli/demo_server.h"
#include "clients/cli/demo_work.h"
#include "clients/cli/trace_log.h"
#include "services/common/fileio.h"
#include "services/common/status.h"

namespace loopdock::cli {
namespace {

struct Options {
  bool once = false;
  std::string data;
  std::string pallet;
  std::string keep;
  std::string listen = "127.0.0.1:7400";
  std::string metrics = "127.0.0.1:7409";
};

// A folder that is removed at the end unless the person wants to keep it.
class Scratch {
 public:
  static absl::StatusOr<std::unique_ptr<Scratch>> Make(const std::string& keep) {
    if (!keep.empty()) {
      if (auto status = common::MakeDirectories(keep); !status.ok()) return status;
      return std::unique_ptr<Scratch>(new Scratch(keep, true));
    }
    auto made = common::MakeTemporaryDirectory("loopdock-demo");
    if (!made.ok()) return made.status();
    return std::unique_ptr<Scratch>(new Scratch(*made, false));
  }
  ~Scratch() {
    std::error_code ignored;
    if (!kept_) std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const { return path_; }

 private:
  Scratch(std::string path, bool kept) : path_(std::move(path)), kept_(kept) {}
  const std::string path_;
  const bool kept_;
};

// Waits until traceability has logged everything, then proves the whole log as an auditor would.
absl::Status Verify(const client::Connection& connection, const std::string& site,
                    std::int64_t sequence, std::string* key) {
  const auto checkpoint = GetCheckpoint(connection, site, sequence);
  if (!checkpoint.ok()) return checkpoint.status();
  *key = checkpoint->verifier_key();
  PrintLine("\nCheckpoint of the log: size " + absl::StrCat(checkpoint->size()) + ", root " +
            HexOf(checkpoint->root()) + "\n  key " + Visible(*key));
  const auto report = VerifyServer(connection, site, checkpoint->note(), *key);
  if (!report.ok()) return report.status();
  PrintLine("verified: " + report->Sentence());
  return absl::OkStatus();
}

// What an auditor would take along.
absl::Status KeepExports(const client::Connection& connection, const std::string& site,
                         const std::string& folder) {
  auto events = OutputFile::Open(folder + "/export.epcis.json");
  if (!events.ok()) return events.status();
  auto status = ExportEpcis(connection, site, "", **events);
  if (status.ok()) status = (*events)->Close();
  if (!status.ok()) return status;
  auto log = OutputFile::Open(folder + "/export.log");
  if (!log.ok()) return log.status();
  const auto checkpoint = ExportLog(connection, site, **log);
  if (!checkpoint.ok()) return checkpoint.status();
  status = (*log)->Close();
  if (status.ok()) {
    status = common::WriteFileAtomically(folder + "/checkpoint.txt", checkpoint->note());
  }
  if (!status.ok()) return status;
  return common::WriteFileAtomically(folder + "/log.key", checkpoint->verifier_key() + "\n");
}

absl::Status GoOn(DemoServer& server) {
  if (!server.Runs()) return server.Ended();
  if (!StopAsked()) return absl::OkStatus();
  return common::Error(absl::StatusCode::kCancelled, "CANCELLED", "Stopped before the end.");
}

absl::Status WaitForEnd(DemoServer& server) {
  PrintLine("\nServing until Ctrl-C.");
  while (!StopAsked()) {
    if (!server.Runs()) return server.Ended();
    absl::SleepFor(absl::Milliseconds(100));
  }
  PrintLine("Stopping.");
  return absl::OkStatus();
}

absl::Status Show(const Settings& settings, const Options& options, const DemoPlan& plan,
                  DemoServer& server, const std::string& data_dir) {
  client::ConnectOptions connect;
  connect.address = server.address();
  connect.token_file = server.token_path();
  connect.station = "demo";
  const auto connection = client::Connection::Create(connect);
  if (!connection.ok()) return connection.status();
  PrintLine(absl::StrCat("loopdockd serves on ", server.address(), ", metrics on ",
                         server.metrics(), ", data in ", data_dir));
  PrintLine(
      absl::StrFormat("Pictures of devices are taken at %g micrometres a pixel.", plan.um_per_px));
  DemoResult result;
  DemoWork work(**connection, settings.site_name(), data_dir + "/demo-scans.journal", plan,
                [&server] { return GoOn(server); });
  if (auto status = work.Run(&result); !status.ok()) return status;
  PrintLine(DemoTable(plan, result));
  PrintLine(DemoCounts(plan, result));
  std::string key;
  auto status = Verify(**connection, settings.site_name(), result.through_sequence, &key);
  if (status.ok() && !options.keep.empty()) {
    status = KeepExports(**connection, settings.site_name(), options.keep);
  }
  if (!status.ok() || options.once) return status;
  PrintLine(LookFurther(result, server, key));
  return WaitForEnd(server);
}

absl::Status Run(const Settings& settings, const Options& options) {
  StopAsked();  // From here on Ctrl-C ends in order.
  if (!options.keep.empty() && !options.once) return UsageError("--keep goes with --once.");
  const auto plan = options.data.empty() ? OwnPallet(options.pallet) : RealPictures(options.data);
  if (!plan.ok()) return plan.status();
  std::unique_ptr<Scratch> scratch;
  DemoServerOptions server_options{settings.connect.data_dir, options.listen, options.metrics};
  if (options.once) {
    auto made = Scratch::Make(options.keep);
    if (!made.ok()) return made.status();
    scratch = *std::move(made);
    server_options = {scratch->path() + "/data", "127.0.0.1:0", "127.0.0.1:0"};
  }
  PrintLine("Starting loopdockd with all services");
  auto server = DemoServer::Start(server_options);
  if (!server.ok()) return server.status();
  const absl::Status shown = Show(settings, options, *plan, **server, server_options.data_dir);
  const absl::Status stopped = (*server)->Stop();
  return shown.ok() ? stopped : shown;
}

}  // namespace

void AddDemo(CLI::App& app, Settings& settings) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "demo",
      "Take a pallet of pictures from the dock to a verified record, with a server of its own");
  command->add_flag("--once", options->once,
                    "In a fresh temporary store on free ports; stop at the end. Exit code 0 only "
                    "when every step succeeded");
  auto* data = command->add_option(
      "--data", options->data,
      "Real pictures: a folder with barcodes/manifest.tsv and screens/; else the project's pallet");
  command->add_option("--pallet", options->pallet, "Folder of another pallet.json")->excludes(data);
  command->add_option("--keep", options->keep,
                      "With --once: keep store and exports in this folder (export.epcis.json, "
                      "export.log, checkpoint.txt, log.key)");
  command->add_option("--listen", options->listen, "Address to serve on, without --once")
      ->capture_default_str();
  command->add_option("--metrics", options->metrics, "Address of the metrics, without --once")
      ->capture_default_str();
  command->footer(
      "Without --once the store is --data-dir, a second run recognises its load and goes on, and\n"
      "the server stays up until Ctrl-C. A principal `demo` with every role is added to the "
      "store.");
  command->callback([options, &settings] {
    settings.run = [options, &settings] { return Run(settings, *options); };
  });
}

}  // namespace loopdock::cli
