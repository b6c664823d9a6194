// SPDX-License-Identifier: Apache-2.0
// loopdock manifest import: a supplier's file into the record; docs/reference/manifest-files.md.

#include <unistd.h>

#include <filesystem>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "clients/cli/cli.h"
#include "clients/cli/console.h"
#include "clients/cli/line_reader.h"
#include "clients/cli/loads.h"
#include "clients/cli/progress.h"
#include "clients/cli/receive_words.h"
#include "clients/cpp/manifest_client.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"
#include "services/common/ids.h"
#include "services/common/json.h"
#include "services/common/proto_time.h"
#include "services/common/status.h"
#include "services/common/utf8.h"
#include "services/intake/core/manifest_file.h"

namespace loopdock::cli {
namespace {

using intake::v1::ImportManifestResponse;
using intake::v1::ManifestHeader;

const std::map<std::string, intake::v1::ManifestFormat> kFormats = {
    {"auto", intake::v1::MANIFEST_FORMAT_UNSPECIFIED},
    {"csv", intake::v1::MANIFEST_FORMAT_CSV},
    {"x12", intake::v1::MANIFEST_FORMAT_X12_856},
    {"json", intake::v1::MANIFEST_FORMAT_JSON}};
const std::map<std::string, double> kMassUnits = {
    {"heading", 0}, {"g", 1}, {"kg", 1000}, {"lb", 453.59237}, {"oz", 28.349523125}};

struct Options {
  std::string file;
  std::string load;
  std::string supplier;
  std::string intake;
  std::string request_id;
  intake::v1::ManifestFormat format = intake::v1::MANIFEST_FORMAT_UNSPECIFIED;
  double mass_unit_g = 0;
  std::vector<std::string> columns;
  bool dry_run = false;
  bool replace = false;
  bool json = false;
};

absl::StatusOr<ManifestHeader> HeaderOf(const Options& options, const std::string& request_id) {
  ManifestHeader header;
  header.set_format(options.format);
  header.set_mass_unit_g(options.mass_unit_g);
  header.set_validate_only(options.dry_run);
  header.set_display_name(
      common::CleanUtf8Prefix(std::filesystem::path(options.file).filename().string(), 200));
  // The same when it is sent again.
  *header.mutable_station_time() = common::ToProto(common::TimeOfUuidV7(request_id));
  for (const std::string& column : options.columns) {
    const size_t equals = column.find('=');
    const std::string field = column.substr(0, equals);
    if (equals == std::string::npos || !intake::IsManifestField(field)) {
      return UsageError(absl::StrCat("--column takes FIELD=HEADING, such as serial=Ident, not '",
                                     Visible(column, 60), "'. The fields stand in ",
                                     "docs/reference/manifest-files.md."));
    }
    (*header.mutable_columns())[field] = column.substr(equals + 1);
  }
  return header;
}

void PrintPeople(const Options& options, const ImportManifestResponse& response) {
  for (const auto& problem : response.problems()) PrintLine(ProblemLine(options.file, problem));
  if (response.problem_count() > response.problems_size()) {
    PrintLine(
        absl::StrCat("... and ", response.problem_count() - response.problems_size(), " more"));
  }
  for (const auto& [field, heading] :
       std::map<std::string, std::string>(response.columns().begin(), response.columns().end())) {
    PrintLine(absl::StrCat("column ", field, ": ", Visible(heading, 60)));
  }
  for (const std::string& heading : response.unused_columns()) {
    PrintLine(absl::StrCat("not used: ", Visible(heading, 60)));
  }
  if (response.problem_count() > 0) return;
  const std::string counts = absl::StrCat(Counted(response.line_count(), "line"), ", ",
                                          Counted(response.piece_count(), "piece"));
  PrintLine(options.dry_run ? absl::StrCat("Nothing was booked. The file is good: ", counts)
                            : absl::StrCat(response.manifest().name(), " is active: ", counts));
}

// Whether the manifest that a load has may be replaced: as the options say, or a person.
absl::Status AskToReplace(const client::Connection& connection, const Options& options,
                          const inventory::v1::Load& load) {
  if (load.manifest().empty()) return absl::OkStatus();
  using inventory::v1::InventoryService;
  const auto stub = InventoryService::NewStub(connection.channel());
  inventory::v1::GetReconciliationRequest request;
  request.set_load(load.name());
  const auto now = connection.Ask(*stub, &InventoryService::Stub::GetReconciliation, request);
  if (!now.ok()) return now.status();
  const std::string what = absl::StrCat(
      load.name(), " has a manifest of ", Counted(now->manifest().line_count(), "line"),
      " in force, ", load.manifest(), "; this file would replace it.");
  std::cerr << "loopdock: " << what << "\n";
  if (options.dry_run || options.replace) return absl::OkStatus();
  if (isatty(STDIN_FILENO) == 0 || isatty(STDERR_FILENO) == 0) {
    return absl::FailedPreconditionError("Nothing was booked. --replace replaces it.");
  }
  std::cerr << "Replace it? y or n: ";
  const std::string answer = NextLine(std::cin).value_or("n");
  if (answer == "y" || answer == "yes") return absl::OkStatus();
  return absl::FailedPreconditionError("Nothing was booked.");
}

absl::Status Run(const Settings& settings, const Options& options) {
  const std::string id = options.request_id.empty() ? common::NewUuidV7() : options.request_id;
  if (!common::IsUuidV7(id)) return UsageError("--request-id takes the id that was printed.");
  auto header = HeaderOf(options, id);
  if (!header.ok()) return header.status();
  const auto bytes = ReadManifest(options.file);
  if (!bytes.ok()) return bytes.status();
  const auto inventory = settings.Connect();
  if (!inventory.ok()) return inventory.status();
  const auto load = FindLoad(**inventory, settings, options.load, options.supplier);
  if (!load.ok()) return load.status();
  header->set_load(load->name());
  // What goes on was asked when it began.
  if (options.request_id.empty()) {
    if (auto asked = AskToReplace(**inventory, options, *load); !asked.ok()) return asked;
  }
  const auto connection = ConnectTo(settings, options.intake);
  if (!connection.ok()) return connection.status();
  std::size_t gone = 0;
  const bool terminal = isatty(STDERR_FILENO) != 0;
  const auto response =
      client::ImportManifest(**connection, id, *header, *bytes, [&](std::size_t part) {
        gone += part;
        if (terminal)
          std::cerr << "\rsent " << gone / 1024 << " of " << bytes->size() / 1024 << " KiB";
      });
  if (terminal) std::cerr << "\n";
  if (!response.ok()) {
    // What broke off goes on where it was, under the same id.
    if (absl::IsUnavailable(response.status()) || absl::IsDeadlineExceeded(response.status())) {
      std::cerr << "loopdock: send it again with --request-id " << id << " to go on with it\n";
    }
    return response.status();
  }
  if (options.json) {
    const auto text = common::ProtoToJson(*response, true);
    if (!text.ok()) return text.status();
    PrintLine(*text);
  } else {
    PrintPeople(options, *response);
  }
  if (response->problem_count() == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(Counted(response->problem_count(), "problem"),
                                                    " in ", Visible(options.file),
                                                    "; nothing was booked."));
}

}  // namespace

void AddManifest(CLI::App& app, Settings& settings) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      GroupOf(app, "manifest")->add_subcommand("import", "Book a supplier's manifest file");
  command->add_option("FILE", options->file, "CSV, ASC X12 856 or JSON")->required();
  command->add_option("--load", options->load, "The load that it speaks of, by name or reference")
      ->required();
  command->add_option("--supplier", options->supplier,
                      "The load is given by the reference of this supplier");
  command->add_flag("--replace", options->replace, "Replace the manifest that the load has");
  command->add_option("--intake", options->intake,
                      "Address of intake, when it is not at --address with inventory");
  command->add_option("--format", options->format, "auto, csv, x12 or json; auto tells it itself")
      ->transform(CLI::CheckedTransformer(kFormats))
      ->option_text("FORMAT [auto]");
  command
      ->add_option(
          "--column", options->columns,
          "FIELD=HEADING of a CSV file; may come again, and is remembered for the supplier")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      ->add_option("--mass-unit", options->mass_unit_g,
                   "g, kg, lb or oz of a CSV file's mass column; else its heading says it")
      ->transform(CLI::CheckedTransformer(kMassUnits))
      ->option_text("UNIT");
  command->add_option("--request-id", options->request_id,
                      "The id of an import that broke off, to go on with it");
  command->add_flag("--dry-run", options->dry_run, "Check only; book nothing");
  command->add_flag("--json", options->json, "The ImportManifestResponse of the API as JSON");
  command->footer(
      "A file with a problem is refused whole: every problem is a line `file:line: column: what`,\n"
      "and the exit code is 1. See docs/reference/manifest-files.md.");
  command->callback([options, &settings] {
    settings.run = [options, &settings] { return Run(settings, *options); };
  });
}

}  // namespace loopdock::cli
