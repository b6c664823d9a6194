// SPDX-License-Identifier: Apache-2.0
// loopdock scan: lines of a scanner or pictures of labels, kept in a journal until acknowledged.

#include <algorithm>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "clients/cli/cli.h"
#include "clients/cli/console.h"
#include "clients/cli/line_reader.h"
#include "clients/cli/refused_scans.h"
#include "clients/cli/words.h"
#include "clients/cpp/scan_client.h"
#include "clients/cpp/scan_journal.h"
#include "services/common/fileio.h"
#include "services/common/grpc_status.h"
#include "services/common/ids.h"
#include "services/common/json.h"
#include "services/common/log.h"
#include "services/common/proto_time.h"
#include "services/common/status.h"
#include "services/intake/core/label.h"

namespace loopdock::cli {
namespace {

using intake::v1::ScanRequest;
using intake::v1::ScanResponse;

constexpr std::int64_t kPictureBytesMax = 16 << 20;

struct Options {
  std::string session;
  std::vector<std::string> files;
  std::string journal = "loopdock-scans.journal";
  std::string container;
  std::string asset_key;
  bool escapes = false;
  bool json = false;
};

// What became of all scans; `Answered` is called on the client's one thread.
struct Tally {
  int answered = 0;
  int refused = 0;
};

void PrintLabel(const std::string& what, const ScanResponse& answer) {
  if (answer.has_error()) {
    PrintLine(absl::StrCat(what, "  REFUSED  ", Visible(answer.error().message(), 500)));
    return;
  }
  const std::string outcome =
      Word(inventory::v1::ScanOutcome_Name(answer.outcome()), "SCAN_OUTCOME_");
  PrintLine(absl::StrCat(what, "  ", outcome, "  ", answer.asset(), "  ",
                         Visible(answer.message(), 500)));
}

void PrintAnswer(const ScanRequest& scan, const ScanResponse& answer, bool json, Tally& tally) {
  ++tally.answered;
  const auto& labels = answer.further();
  const bool refused =
      answer.has_error() || std::any_of(labels.begin(), labels.end(),
                                        [](const ScanResponse& one) { return one.has_error(); });
  if (refused) ++tally.refused;
  if (json) {
    const auto text = common::ProtoToJson(answer);
    PrintLine(text.ok() ? *text : "{}");
    return;
  }
  const std::string what =
      scan.display_name().empty() ? Visible(scan.text(), 60) : Visible(scan.display_name(), 60);
  PrintLabel(what, answer);
  for (const ScanResponse& label : labels) PrintLabel(what, label);
}

ScanRequest NewScan(const Settings& settings, const Options& options) {
  ScanRequest scan;
  scan.set_request_id(common::NewUuidV7());
  scan.set_session(settings.FullName("sessions", options.session));
  scan.set_asset_key(options.asset_key);
  scan.set_container(
      options.container.empty() ? "" : settings.FullName("containers", options.container));
  *scan.mutable_station_time() = common::ToProto(absl::Now());
  return scan;
}

absl::Status SendPictures(const Settings& settings, const Options& options,
                          client::ScanClient& client) {
  for (const std::string& file : options.files) {
    auto bytes = common::ReadFile(file, kPictureBytesMax);
    if (!bytes.ok()) return bytes.status();
    ScanRequest scan = NewScan(settings, options);
    scan.set_picture(*std::move(bytes));
    scan.set_display_name(file.substr(file.rfind('/') + 1).substr(0, 200));
    if (auto status = client.Send(scan, absl::Seconds(settings.timeout_s)); !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

absl::Status SendLines(const Settings& settings, const Options& options,
                       client::ScanClient& client) {
  while (auto line = NextLine(std::cin)) {
    if (line->empty()) continue;
    ScanRequest scan = NewScan(settings, options);
    scan.set_text(*line);
    if (options.escapes) {
      auto text = intake::Unescape(*line);
      if (!text.ok()) return text.status();
      scan.set_text(*std::move(text));
    }
    if (auto status = client.Send(scan, absl::Seconds(settings.timeout_s)); !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

absl::Status Run(const Settings& settings, const Options& options) {
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto journal = client::ScanJournal::Open(options.journal);
  if (!journal.ok()) return journal.status();
  const size_t left_over = (*journal)->Unacknowledged().size();
  if (left_over > 0) {
    std::cerr << "loopdock: sending " << left_over << " scans that the journal still holds\n";
  }
  Tally tally;
  client::ScanClient client(
      intake::v1::IntakeService::NewStub((*connection)->channel()),
      [&connection](grpc::ClientContext& context) { (*connection)->Authorize(context); },
      journal->get(),
      [&tally, &options](const ScanRequest& scan, const ScanResponse& answer) {
        const auto kept = KeepRefused(options.journal, scan, answer);
        if (!kept.ok()) common::LogError("refused_scan_not_kept", {{"error", kept.ToString()}});
        PrintAnswer(scan, answer, options.json, tally);
      });
  const absl::Status sent = options.files.empty() ? SendLines(settings, options, client)
                                                  : SendPictures(settings, options, client);
  // What was sent before an error is answered all the same.
  const absl::Status flushed = client.Flush(absl::Seconds(settings.timeout_s));
  client.Stop();
  if (!sent.ok()) return sent;
  if (!flushed.ok()) return flushed;
  if (tally.refused == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(tally.refused, " of ", tally.answered,
                                                    " scans were refused; they are kept in ",
                                                    options.journal, ".refused."));
}

}  // namespace

void AddScan(CLI::App& app, Settings& settings) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("scan", "Book scans: lines of standard input, or pictures of labels");
  command->add_option("PICTURE", options->files,
                      "Pictures of labels; without any, each line of standard input is a scan");
  command->add_option("--session", options->session, "The open receiving session")->required();
  command->add_option("--journal", options->journal, "File that keeps scans until acknowledged")
      ->capture_default_str()
      ->envname("LOOPDOCK_JOURNAL");
  command->add_option("--container", options->container, "Put the devices in this container");
  command->add_option("--asset-key", options->asset_key,
                      "All scans of this run are about one device, which you call so");
  command->add_flag("--escapes", options->escapes, "Lines hold escapes such as \\u001d");
  command->add_flag("--json", options->json, "One ScanResponse of the API a line, as JSON");
  command->footer(
      "A scan is in the journal before it is sent; what a lost connection leaves there is sent at\n"
      "the next start, and has its effect once. What was refused stays in JOURNAL.refused. Exit "
      "code\n"
      "0 only when no scan was refused.");
  command->callback([options, &settings] {
    settings.run = [options, &settings] { return Run(settings, *options); };
  });
}

}  // namespace loopdock::cli
