// SPDX-License-Identifier: Apache-2.0
// loopdock label parse: what scanned texts mean; docs/reference/label-parse.md.

#include "services/intake/core/label.h"

#include <iostream>

#include "clients/cli/cli.h"
#include "clients/cli/console.h"
#include "clients/cli/line_reader.h"
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

}  // namespace

void AddLabel(CLI::App& app, Settings& settings) {
  auto options = std::make_shared<Options>();
  CLI::App* label = app.add_subcommand("label", "Understand what labels say; no server needed");
  label->require_subcommand(1);
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
