// SPDX-License-Identifier: Apache-2.0
// loopdock load discrepancies: where claim and reality differ, as a file for the supplier;
// docs/reference/discrepancies.md.
#include "clients/cli/discrepancies.h"

#include "absl/strings/str_cat.h"
#include "clients/cli/cli.h"
#include "clients/cli/console.h"
#include "clients/cli/loads.h"
#include "clients/cli/words.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"
#include "services/common/fileio.h"
#include "services/common/json.h"

namespace loopdock::cli {
namespace {

using inventory::v1::Discrepancy;
using inventory::v1::InventoryService;

constexpr int kPageSize = 1000;

struct Options {
  std::string load;
  std::string supplier;
  std::string format = "csv";
  std::string out;
};

std::string Number(std::int64_t value) { return value == 0 ? "" : absl::StrCat(value); }

struct Column {
  const char* name;
  bool is_text;
  std::string (*get)(const Discrepancy&);
};

// In the order of the file; docs/reference/discrepancies.md says what they are.
constexpr Column kColumns[] = {
    {"kind", true,
     [](const Discrepancy& one) {
       return Word(inventory::v1::DiscrepancyKind_Name(one.kind()), "DISCREPANCY_KIND_");
     }},
    {"line", false, [](const Discrepancy& one) { return Number(one.line().number()); }},
    {"claimed_serial", true, [](const Discrepancy& one) { return one.line().serial(); }},
    {"claimed_imei", true, [](const Discrepancy& one) { return one.line().imei(); }},
    {"claimed_asset_tag", true, [](const Discrepancy& one) { return one.line().asset_tag(); }},
    {"claimed_maker", true, [](const Discrepancy& one) { return one.line().maker(); }},
    {"claimed_model", true, [](const Discrepancy& one) { return one.line().model(); }},
    {"claimed_quantity", false,
     [](const Discrepancy& one) { return Number(one.line().quantity()); }},
    {"received_quantity", false,
     [](const Discrepancy& one) {
       return one.has_line() ? absl::StrCat(one.line().received_quantity()) : std::string();
     }},
    {"quantity", false, [](const Discrepancy& one) { return Number(one.quantity()); }},
    {"claimed_mass_g", false, [](const Discrepancy& one) { return Number(one.line().mass_g()); }},
    {"mass_difference_g", false,
     [](const Discrepancy& one) { return Number(one.mass_difference_g()); }},
    {"received_identifiers", true, [](const Discrepancy& one) { return one.identifiers(); }},
    {"received_maker", true, [](const Discrepancy& one) { return one.maker(); }},
    {"received_model", true, [](const Discrepancy& one) { return one.model(); }},
    {"asset", true, [](const Discrepancy& one) { return one.asset(); }},
    {"lot", true, [](const Discrepancy& one) { return one.lot(); }},
    {"scan", true, [](const Discrepancy& one) { return one.scan(); }},
    {"purchase_order", true, [](const Discrepancy& one) { return one.line().purchase_order(); }},
    {"container", true, [](const Discrepancy& one) { return one.line().container(); }},
};

absl::Status Run(const Settings& settings, const Options& options) {
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto stub = InventoryService::NewStub((*connection)->channel());
  inventory::v1::ListDiscrepanciesRequest request;
  const auto load = FindLoad(**connection, settings, options.load, options.supplier);
  if (!load.ok()) return load.status();
  request.set_load(load->name());
  request.set_page_size(kPageSize);
  const bool csv = options.format == "csv";
  std::string file = csv ? DiscrepancyHeading() : "";
  std::int64_t count = 0;
  do {
    const auto page =
        (*connection)->Ask(*stub, &InventoryService::Stub::ListDiscrepancies, request);
    if (!page.ok()) return page.status();
    for (const Discrepancy& one : page->discrepancies()) {
      ++count;
      if (csv) {
        file += DiscrepancyRow(one);
        continue;
      }
      const auto json = common::ProtoToJson(one);
      if (!json.ok()) return json.status();
      absl::StrAppend(&file, *json, "\n");
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  if (options.out.empty()) {
    if (!file.empty()) PrintLine(file.substr(0, file.size() - 1));
    return absl::OkStatus();
  }
  if (auto status = common::WriteFileAtomically(options.out, file); !status.ok()) return status;
  PrintLine(absl::StrCat(count, " discrepancies in ", Visible(options.out)));
  return absl::OkStatus();
}

}  // namespace

std::string CsvCell(std::string_view text, bool is_text) {
  std::string cell(text);
  // What a spreadsheet would take for a formula is made a text.
  constexpr std::string_view kFormula = "=+-@\t\r";
  if (is_text && !cell.empty() && kFormula.find(cell.front()) != std::string_view::npos) {
    cell.insert(cell.begin(), '\'');
  }
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + "\"";
}

std::string DiscrepancyHeading() {
  std::string row;
  for (const Column& column : kColumns) absl::StrAppend(&row, row.empty() ? "" : ",", column.name);
  return row + "\n";
}

std::string DiscrepancyRow(const Discrepancy& one) {
  std::string row;
  bool first = true;
  for (const Column& column : kColumns) {
    absl::StrAppend(&row, first ? "" : ",", CsvCell(column.get(one), column.is_text));
    first = false;
  }
  return row + "\n";
}

void AddDiscrepancies(CLI::App& app, Settings& settings) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      GroupOf(app, "load")
          ->add_subcommand("discrepancies",
                           "What is missing, unexpected or wrong, as a file for the supplier");
  command->add_option("LOAD", options->load, "Its name, the last part of it, or its reference")
      ->required();
  command->add_option("--supplier", options->supplier,
                      "LOAD is the external_ref of a load of this supplier");
  command->add_option("--format", options->format, "csv, or json: one message of the API a line")
      ->capture_default_str()
      ->check(CLI::IsMember({"csv", "json"}));
  command->add_option("--out", options->out, "File to write; else standard output");
  command->add_flag_callback(
      "--json", [options] { options->format = "json"; }, "The same as --format json");
  command->footer("docs/reference/discrepancies.md says what the columns are.");
  command->callback([options, &settings] {
    settings.run = [options, &settings] { return Run(settings, *options); };
  });
}

}  // namespace loopdock::cli
