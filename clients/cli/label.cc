// SPDX-License-Identifier: Apache-2.0
// loopdock label parse: what scanned texts mean; docs/reference/label-parse.md. loopdock label
// print: the label of a container to a printer or into a file.

#include "services/intake/core/label.h"

#include <iostream>

#include "absl/time/clock.h"
#include "clients/cli/cli.h"
#include "clients/cli/console.h"
#include "clients/cli/line_reader.h"
#include "clients/cpp/device_line.h"
#include "loopdock/intake/v1/intake.grpc.pb.h"
#include "services/common/fileio.h"
#include "services/common/json.h"
#include "services/common/status.h"
#include "services/intake/core/label_json.h"

namespace loopdock::cli {
namespace {

struct Options {
  bool json = false;
  std::string fnc1;
  std::vector<std::string> tag_patterns, serial_patterns;
};

intake::Parsed ParseLine(const std::string& line, const intake::ParseOptions& options) {
  auto text = intake::Unescape(line);
  if (text.ok()) return intake::ParseLabel({.text = *std::move(text)}, options);
  intake::Parsed parsed;
  parsed.elements.push_back({"raw", line});
  parsed.error = text.status();
  return parsed;
}

std::string Readable(const intake::Parsed& parsed) {
  std::string line(intake::ToString(parsed.kind));
  for (const intake::Element& element : parsed.elements) {
    line += "  " + Visible(element.id) + "=" + Visible(element.value);
  }
  for (const std::string& warning : parsed.warnings) line += "  (" + Visible(warning) + ")";
  if (!parsed.error.ok()) {
    line += "  ! " + common::ReasonOf(parsed.error) + ": " +
            Visible({parsed.error.message().data(), parsed.error.message().size()});
  }
  return line;
}

absl::Status Run(const Options& options) {
  intake::ParseOptions parse;
  if (!options.fnc1.empty()) parse.fnc1_alias = options.fnc1.front();
  parse.tag_patterns = options.tag_patterns;
  parse.serial_patterns = options.serial_patterns;
  while (const auto line = NextLine(std::cin)) {
    const intake::Parsed parsed = ParseLine(*line, parse);
    PrintLine(options.json ? intake::ParseToJson(parsed) : Readable(parsed));
  }
  return absl::OkStatus();
}

constexpr int kPrinterPort = 9100;

struct PrintOptions {
  std::string container;
  std::string printer;
  std::string out;
  int copies = 1;
  int dots_per_mm = 8;
  double patience_s = 10;
  bool json = false;
};

absl::Status SendToPrinter(const PrintOptions& options, const std::string& zpl) {
  const absl::Time deadline = absl::Now() + absl::Seconds(options.patience_s);
  auto line = client::DeviceLine::OpenTcp(options.printer, kPrinterPort, deadline);
  if (!line.ok()) return line.status();
  if (auto status = line->Write(zpl, deadline); !status.ok()) return status;
  return line->Finish(deadline);
}

absl::Status RunPrint(const Settings& settings, const PrintOptions& options) {
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto stub = intake::v1::IntakeService::NewStub((*connection)->channel());
  intake::v1::RenderContainerLabelRequest request;
  request.set_container(settings.FullName("containers", options.container));
  request.set_copies(options.copies);
  request.set_dots_per_mm(options.dots_per_mm);
  const auto label =
      (*connection)->Ask(*stub, &intake::v1::IntakeService::Stub::RenderContainerLabel, request);
  if (!label.ok()) return label.status();
  if (!options.printer.empty()) {
    if (auto status = SendToPrinter(options, label->zpl()); !status.ok()) return status;
  }
  if (!options.out.empty()) {
    if (auto status = common::WriteFileAtomically(options.out, label->zpl()); !status.ok())
      return status;
  }
  if (options.json) {
    const auto json = common::ProtoToJson(*label, true);
    if (!json.ok()) return json.status();
    PrintLine(*json);
  } else if (options.printer.empty() && options.out.empty()) {
    PrintLine(std::string_view(label->zpl()).substr(0, label->zpl().size() - 1));
  } else {
    for (const std::string& content : label->contents()) PrintLine(Visible(content));
  }
  return absl::OkStatus();
}

void AddPrint(CLI::App& label, Settings& settings) {
  auto options = std::make_shared<PrintOptions>();
  CLI::App* command = label.add_subcommand("print", "Print the label of a container");
  command->add_option("CONTAINER", options->container, "The container")->required();
  command->add_option("--printer", options->printer,
                      "HOST or HOST:PORT of a ZPL printer; port 9100 if left out");
  command->add_option("--out", options->out, "File to write the ZPL to");
  command->add_option("--copies", options->copies, "Labels")
      ->capture_default_str()
      ->check(CLI::Range(1, 99));
  command->add_option("--dots-per-mm", options->dots_per_mm, "Of the printer")
      ->capture_default_str()
      ->check(CLI::IsMember({6, 8, 12, 24}));
  command->add_option("--patience", options->patience_s, "Seconds for the printer to take it")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 600.0));
  command->add_flag("--json", options->json, "The RenderContainerLabelResponse of the API as JSON");
  command->footer("Without --printer and --out the ZPL goes to standard output.");
  command->callback([options, &settings] {
    settings.run = [options, &settings] { return RunPrint(settings, *options); };
  });
}

}  // namespace

void AddLabel(CLI::App& app, Settings& settings) {
  auto options = std::make_shared<Options>();
  CLI::App* label = app.add_subcommand("label", "Say what labels mean; print those of containers");
  label->require_subcommand(1);
  AddPrint(*label, settings);
  CLI::App* command =
      label->add_subcommand("parse", "Say what each line of standard input is: one scan a line");
  command->add_flag("--json", options->json,
                    "One line of JSON a scan (docs/reference/label-parse.md)");
  command->add_option("--fnc1", options->fnc1, "A character that stands for FNC1, such as ^")
      ->check([](const std::string& text) {
        return text.size() == 1 ? std::string() : std::string("must be one character");
      });
  command->add_option("--tag-pattern", options->tag_patterns,
                      "Shape of the site's asset tags: # a digit, @ a letter, ? either, * any run");
  command->add_option("--serial-pattern", options->serial_patterns,
                      "Shape that is a serial number at this site, written so");
  command->footer(
      "Escapes in a line: \\uXXXX \\xHH \\n \\r \\t \\0 \\\\. Every line gives a line.\n"
      "Example: echo ']C1010950600013435221A1' | loopdock label parse --json");
  command->callback([options, &settings] { settings.run = [options] { return Run(*options); }; });
}

}  // namespace loopdock::cli
