// SPDX-License-Identifier: Apache-2.0
#include "clients/cli/questions.h"

#include <cstdio>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "clients/cli/console.h"
#include "clients/cli/words.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"
#include "services/common/grpc_status.h"
#include "services/common/json.h"
#include "services/common/proto_time.h"
#include "services/common/status.h"

namespace loopdock::cli {
namespace {

using inventory::v1::InventoryService;

constexpr int kPageSize = 1000;

struct Options {
  std::string name;
  std::string filter;
  std::string by;
  std::string at;
  std::string kind = "assets";
  std::string format = "csv";
  std::string out;
  bool json = false;
  bool csv = false;
};

absl::Status PrintJson(const google::protobuf::Message& message, bool pretty) {
  const auto json = common::ProtoToJson(message, pretty);
  if (!json.ok()) return json.status();
  PrintLine(*json);
  return absl::OkStatus();
}

absl::Status CountAssets(const Settings& settings, const Options& options) {
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto stub = InventoryService::NewStub((*connection)->channel());
  inventory::v1::CountAssetsRequest request;
  request.set_site(settings.site_name());
  request.set_filter(options.filter);
  request.set_group_by(options.by);
  const auto counts = (*connection)->Ask(*stub, &InventoryService::Stub::CountAssets, request);
  if (!counts.ok()) return counts.status();
  if (options.json) return PrintJson(*counts, true);
  const std::vector<std::string> headings = {UpperCase(options.by.empty() ? "assets" : options.by),
                                             "COUNT"};
  Table table(headings);
  if (options.csv) PrintCsv(headings);
  for (const auto& count : counts->counts()) {
    const std::string value = options.by.empty() ? "all" : count.value();
    if (options.csv) {
      PrintCsv({value, absl::StrCat(count.count())});
    } else {
      table.Add({value.empty() ? "-" : Visible(value, 60), absl::StrCat(count.count())});
    }
  }
  if (!options.csv) PrintLine(table.ToString());
  return absl::OkStatus();
}

absl::StatusOr<inventory::v1::ExportRequest> ExportRequestOf(const Settings& settings,
                                                             const Options& options) {
  inventory::v1::ExportRequest request;
  request.set_site(settings.site_name());
  request.set_filter(options.filter);
  inventory::v1::ExportKind kind;
  if (!ExportKind_Parse("EXPORT_KIND_" + UpperCase(options.kind), &kind)) {
    return UsageError("There is no export of '" + Visible(options.kind, 40) +
                      "'. Use assets, lots, loads, shipments or facts.");
  }
  request.set_kind(kind);
  if (options.format != "csv" && options.format != "jsonl") {
    return UsageError("There is no format '" + Visible(options.format, 40) +
                      "'. Use csv or jsonl.");
  }
  request.set_format(options.format == "csv" ? inventory::v1::EXPORT_FORMAT_CSV
                                             : inventory::v1::EXPORT_FORMAT_JSON_LINES);
  return request;
}

// Writes the parts as they come; a file appears under its name when it is whole.
absl::Status Export(const Settings& settings, const Options& options) {
  const auto request = ExportRequestOf(settings, options);
  if (!request.ok()) return request.status();
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto stub = InventoryService::NewStub((*connection)->channel());
  const std::string partial = options.out + ".partial";
  const auto close = [](std::FILE* file) {
    if (file != stdout) std::fclose(file);
  };
  std::unique_ptr<std::FILE, decltype(close)> file(
      options.out.empty() ? stdout : std::fopen(partial.c_str(), "wb"), close);
  const auto failed = [&] {
    return common::Error(absl::StatusCode::kUnavailable, "FILE_UNWRITABLE",
                         absl::StrCat("'", options.out.empty() ? "standard output" : options.out,
                                      "' cannot be written; check folder and free space."));
  };
  if (file == nullptr) return failed();
  grpc::ClientContext context;
  (*connection)->Authorize(context);
  const auto reader = stub->Export(&context, *request);
  inventory::v1::ExportResponse part;
  bool written = true;
  while (written && reader->Read(&part)) {
    written =
        std::fwrite(part.data().data(), 1, part.data().size(), file.get()) == part.data().size();
  }
  if (!written) context.TryCancel();
  const absl::Status finished = common::FromGrpc(reader->Finish());
  written = written && std::fflush(file.get()) == 0;
  file.reset();
  const bool good = written && finished.ok();
  if (!options.out.empty()) {
    const int moved =
        good ? std::rename(partial.c_str(), options.out.c_str()) : std::remove(partial.c_str());
    if (good && moved != 0) return failed();
  }
  return written ? finished : failed();
}

absl::Status Contents(const Settings& settings, const Options& options) {
  inventory::v1::ListContainerContentsRequest request;
  if (!options.at.empty()) {
    absl::Time time;
    std::string error;
    if (!absl::ParseTime(absl::RFC3339_full, options.at, &time, &error)) {
      return UsageError("'" + Visible(options.at, 40) +
                        "' is no time. Write 2026-11-21T14:00:00Z.");
    }
    *request.mutable_time() = common::ToProto(time);
  }
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto stub = InventoryService::NewStub((*connection)->channel());
  request.set_name(settings.FullName("containers", options.name));
  request.set_page_size(kPageSize);
  Table table({"WHAT", "ENTERED", "LEFT"});
  do {
    const auto page =
        (*connection)->Ask(*stub, &InventoryService::Stub::ListContainerContents, request);
    if (!page.ok()) return page.status();
    for (const auto& item : page->items()) {
      if (!options.json) {
        table.Add({item.name(), TimeText(item.enter_time()), TimeText(item.leave_time())});
      } else if (auto status = PrintJson(item, false); !status.ok()) {
        return status;
      }
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  if (!options.json) PrintLine(table.ToString());
  return absl::OkStatus();
}

using Runner = absl::Status (*)(const Settings&, const Options&);

CLI::App* AddOne(CLI::App& parent, Settings& settings, const std::shared_ptr<Options>& options,
                 const std::string& name, const std::string& about, Runner runner) {
  CLI::App* command = parent.add_subcommand(name, about);
  command->callback([options, runner, &settings] {
    settings.run = [options, runner, &settings] { return runner(settings, *options); };
  });
  return command;
}

}  // namespace

void PrintCsv(const std::vector<std::string>& row) {
  std::string line;
  for (const std::string& value : row) {
    const bool quoted = value.find_first_of(",\"\r\n") != std::string::npos;
    if (&value != &row.front()) line += ",";
    line += quoted ? absl::StrCat("\"", absl::StrReplaceAll(value, {{"\"", "\"\""}}), "\"") : value;
  }
  PrintLine(line);
}

void AddAssetQuestions(CLI::App& asset, Settings& settings) {
  auto options = std::make_shared<Options>();
  CLI::App* count = AddOne(asset, settings, options, "count", "How many assets", CountAssets);
  count->add_option("--filter", options->filter, "Only what matches");
  count->add_option("--by", options->by, "One count a value of this field, such as location");
  count->add_flag("--json", options->json, "The message of the API as JSON");
  count->add_flag("--csv", options->csv, "Rows of CSV");
  CLI::App* rows = AddOne(asset, settings, options, "export",
                          "All rows with the columns of docs/reference/exports.md", Export);
  rows->add_option("--kind", options->kind, "assets, lots, loads, shipments or facts")
      ->capture_default_str();
  rows->add_option("--format", options->format, "csv or jsonl")->capture_default_str();
  rows->add_option("--filter", options->filter, "Only assets that match");
  rows->add_option("-o,--out", options->out, "File to write; else standard output");
}

void AddContainer(CLI::App& app, Settings& settings) {
  auto options = std::make_shared<Options>();
  CLI::App* container = app.add_subcommand("container", "Look at containers");
  container->require_subcommand(1);
  CLI::App* contents = AddOne(*container, settings, options, "contents",
                              "What is, or was, directly in a container", Contents);
  contents->add_option("NAME", options->name, "Its name, or the last part of it")->required();
  contents->add_option("--at", options->at, "At this time, such as 2026-11-21T14:00:00Z");
  contents->add_flag("--json", options->json, "The messages of the API as JSON");
}

}  // namespace loopdock::cli
