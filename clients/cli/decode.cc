// SPDX-License-Identifier: Apache-2.0
// loopdock decode: every symbol of picture files; docs/reference/decode.md.

#include "absl/strings/str_format.h"
#include "clients/cli/cli.h"
#include "clients/cli/console.h"
#include "clients/cli/pictures.h"
#include "services/common/status.h"
#include "services/vision/decode_line.h"

namespace loopdock::cli {
namespace {

struct Options {
  std::vector<std::string> files;
  bool json = false;
  bool print = false;
  int workers = 2;
};

void AddRows(Table& table, const std::string& file,
             const absl::StatusOr<vision::v1::Response>& answer) {
  if (!answer.ok()) {
    table.Add({Visible(file), "-", "-", common::ReasonOf(answer.status())});
    return;
  }
  const std::string ms = absl::StrFormat("%.1f", answer->worker_ms());
  if (answer->decode().symbols().empty()) table.Add({Visible(file), ms, "-", "no symbol"});
  for (const vision::v1::Symbol& symbol : answer->decode().symbols()) {
    table.Add({Visible(file), ms, symbol.format(), Visible(symbol.content())});
  }
  for (const vision::v1::TextProposal& proposal : answer->decode().proposals()) {
    table.Add({Visible(file), ms, "print",
               Visible(absl::StrFormat("%s%s%s (%.2f)", proposal.label(),
                                       proposal.label().empty() ? "" : " ", proposal.value(),
                                       proposal.confidence()))});
  }
}

absl::Status Run(const Options& options) {
  vision::v1::Request request;
  request.mutable_decode()->set_propose_text(options.print);
  Table table({"FILE", "MS", "FORMAT", "TEXT"});
  const absl::Status status = WorkPictures(options.files, options.workers, request,
                                           [&options, &table](const auto& file, auto& answer) {
                                             if (options.json) {
                                               PrintLine(vision::DecodeLine(file, answer));
                                             } else {
                                               AddRows(table, file, answer);
                                             }
                                           });
  if (!options.json) PrintLine(table.ToString());
  return status;
}

}  // namespace

void AddDecode(CLI::App& app, Settings& settings) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("decode", "Read every symbol of pictures; no server needed");
  command->add_option("FILE", options->files, "Pictures: JPEG, PNG or WebP")->required();
  command->add_flag("--json", options->json, "One line of JSON a file (docs/reference/decode.md)");
  command->add_flag("--print", options->print,
                    "Where a symbol cannot be read, propose what the print beside it says");
  command->add_option("--workers", options->workers, "Worker processes")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  command->footer("A file that cannot be read has its error in its line; the exit code is 0.");
  command->callback([options, &settings] { settings.run = [options] { return Run(*options); }; });
}

}  // namespace loopdock::cli
