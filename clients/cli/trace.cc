// SPDX-License-Identifier: Apache-2.0
// loopdock trace: export of the record, and its verification without trust in the server.

#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/cli/cli.h"
#include "clients/cli/console.h"
#include "clients/cli/trace_log.h"
#include "services/common/fileio.h"
#include "services/common/json.h"
#include "services/common/status.h"
#include "services/traceability/core/epcis.h"
#include "services/traceability/core/verify.h"

namespace loopdock::cli {
namespace {

struct Options {
  std::string format = "epcis";
  std::string output;
  std::string subject;
  std::string file;
  std::string checkpoint;
  std::string key;
  bool only_key = false;
  bool json = false;
};

absl::Status RunExport(const Settings& settings, const Options& options) {
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  auto output = OutputFile::Open(options.output);
  if (!output.ok()) return output.status();
  if (options.format == "epcis") {
    auto status = ExportEpcis(**connection, settings.site_name(), options.subject, **output);
    return status.ok() ? (*output)->Close() : status;
  }
  if (!options.subject.empty()) return UsageError("--subject is for --format epcis only.");
  const auto checkpoint = ExportLog(**connection, settings.site_name(), **output);
  if (!checkpoint.ok()) return checkpoint.status();
  if (auto status = (*output)->Close(); !status.ok()) return status;
  if (options.checkpoint.empty()) return absl::OkStatus();
  return common::WriteFileAtomically(options.checkpoint, checkpoint->note());
}

absl::Status RunCheckpoint(const Settings& settings, const Options& options) {
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto checkpoint = GetCheckpoint(**connection, settings.site_name());
  if (!checkpoint.ok()) return checkpoint.status();
  if (options.json) {
    const auto json = common::ProtoToJson(*checkpoint, true);
    if (!json.ok()) return json.status();
    PrintLine(*json);
    return absl::OkStatus();
  }
  auto output = OutputFile::Open(options.output);
  if (!output.ok()) return output.status();
  // A note ends in its own line end.
  auto status =
      (*output)->Write(options.only_key ? checkpoint->verifier_key() + "\n" : checkpoint->note());
  return status.ok() ? (*output)->Close() : status;
}

// A key on the command line, or in a file.
absl::StatusOr<std::string> ReadKey(const std::string& key) {
  if (!key.starts_with('@')) return key;
  auto text = common::ReadFile(key.substr(1), 4096);
  if (!text.ok()) return text.status();
  return std::string(absl::StripAsciiWhitespace(*text));
}

absl::Status PrintReport(const absl::StatusOr<traceability::VerifyReport>& report) {
  if (!report.ok()) return report.status();
  PrintLine("verified: " + report->Sentence());
  PrintLine(absl::StrCat("log ", Visible(report->checkpoint.origin), ", size ",
                         report->checkpoint.size, ", root ",
                         traceability::HashToHex(report->checkpoint.root)));
  if (report->erased_count > 0) {
    PrintLine(absl::StrCat(report->erased_count, " records were erased; their leaves are proven"));
  }
  if (report->beyond_count > 0) {
    PrintLine(absl::StrCat(report->beyond_count, " later entries are beyond this checkpoint"));
  }
  return absl::OkStatus();
}

absl::Status RunVerify(const Settings& settings, const Options& options) {
  const auto key = ReadKey(options.key);
  if (!key.ok()) return key.status();
  std::string note;
  if (!options.checkpoint.empty()) {
    auto text = common::ReadFile(options.checkpoint, traceability::kNoteBytesMax);
    if (!text.ok()) return text.status();
    note = *std::move(text);
  }
  if (!options.file.empty()) {
    if (note.empty()) return UsageError("A file is verified against --checkpoint FILE.");
    return PrintReport(VerifyFile(options.file, note, *key));
  }
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  return PrintReport(VerifyServer(**connection, settings.site_name(), note, *key));
}

void Bind(CLI::App* command, const std::shared_ptr<Options>& options, Settings& settings,
          absl::Status (*runner)(const Settings&, const Options&)) {
  command->callback([options, runner, &settings] {
    settings.run = [options, runner, &settings] { return runner(settings, *options); };
  });
}

}  // namespace

void AddTrace(CLI::App& app, Settings& settings) {
  auto options = std::make_shared<Options>();
  CLI::App* trace = app.add_subcommand("trace", "Export and verify the traceability record");
  trace->require_subcommand(1);

  CLI::App* out = trace->add_subcommand("export", "Write all events or the whole log");
  out->add_option("--format", options->format,
                  "epcis: one EPCIS 2.0 document; log: the entries of the log, to be verified")
      ->capture_default_str()
      ->check(CLI::IsMember({"epcis", "log"}));
  out->add_option("-o,--output", options->output, "File to write; standard output if left out");
  out->add_option("--subject", options->subject, "epcis: only events about this resource");
  out->add_option("--checkpoint", options->checkpoint, "log: write its checkpoint to this file");
  Bind(out, options, settings, RunExport);

  CLI::App* checkpoint =
      trace->add_subcommand("checkpoint", "Print the log's latest signed checkpoint");
  checkpoint->add_option("-o,--output", options->output, "File to write");
  checkpoint->add_flag("--key", options->only_key, "Print the log's public key instead");
  checkpoint->add_flag("--json", options->json, "The message of the API as JSON");
  checkpoint->footer("Keep both somewhere else: they later prove that nothing was changed.");
  Bind(checkpoint, options, settings, RunCheckpoint);

  CLI::App* verify = trace->add_subcommand(
      "verify", "Prove a log against a signed checkpoint, trusting nothing but a public key");
  verify->add_option("FILE", options->file,
                     "A log written by 'trace export --format log'; left out: the server's log");
  verify->add_option("--checkpoint", options->checkpoint,
                     "A checkpoint kept elsewhere; left out: the server's own, checked by the key");
  verify->add_option("--key", options->key, "Public key of the log, or @FILE that holds it")
      ->required()
      ->envname("LOOPDOCK_LOG_KEY");
  verify->footer(
      "Exit code 0 only when every record of the checkpoint is there and the root is right; 4 "
      "when\n"
      "something is not proven. A file needs no server. With a server and an old checkpoint the\n"
      "server's present log is proven too, and thereby that it only grew.");
  Bind(verify, options, settings, RunVerify);
}

}  // namespace loopdock::cli
