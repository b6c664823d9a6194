// SPDX-License-Identifier: Apache-2.0
// loopdock results: tests and sanitizations of other tools into the record;
// docs/reference/result-files.md and docs/using/results.md.

#include <filesystem>
#include <map>

#include "absl/strings/str_cat.h"
#include "clients/cli/cli.h"
#include "clients/cli/console.h"
#include "loopdock/grading/v1/results.grpc.pb.h"
#include "services/common/fileio.h"
#include "services/common/ids.h"
#include "services/common/json.h"
#include "services/common/utf8.h"
#include "services/grading/core/results/reading.h"

namespace loopdock::cli {
namespace {

namespace v1 = grading::v1;
using Stub = v1::ResultService::Stub;

const std::map<std::string, v1::ResultFormat> kFormats = {
    {"auto", v1::RESULT_FORMAT_UNSPECIFIED},    {"nwipe", v1::RESULT_FORMAT_NWIPE},
    {"blancco", v1::RESULT_FORMAT_BLANCCO},     {"csv", v1::RESULT_FORMAT_CSV},
    {"workbench", v1::RESULT_FORMAT_WORKBENCH}, {"json", v1::RESULT_FORMAT_JSON}};

struct Options {
  std::vector<std::string> files;
  v1::ResultFormat format = v1::RESULT_FORMAT_UNSPECIFIED;
  std::string person;
  std::string name;
  std::string asset;
  std::string host;
  std::string reason;
  bool dry_run = false;
  bool json = false;
};

absl::Status PrintJson(const google::protobuf::Message& message) {
  const auto text = common::ProtoToJson(message, true);
  if (!text.ok()) return text.status();
  PrintLine(*text);
  return absl::OkStatus();
}

// "file:line: where: what", as compilers do, so that editors jump to it.
std::string ProblemLine(const std::string& file, const v1::ResultProblem& problem) {
  std::string line = Visible(file);
  if (problem.line() > 0) absl::StrAppend(&line, ":", problem.line());
  if (!problem.path().empty()) absl::StrAppend(&line, ": ", Visible(problem.path(), 80));
  absl::StrAppend(&line, ": ", Visible(problem.problem()));
  if (!problem.value().empty()) absl::StrAppend(&line, " (", Visible(problem.value(), 100), ")");
  return line;
}

std::string What(const v1::ResultRecord& record) {
  if (record.has_test()) return "test";
  if (!record.has_wipe()) return "drive found";
  switch (record.wipe().outcome()) {
    case v1::WIPE_OUTCOME_SUCCEEDED:
      return "wiped";
    case v1::WIPE_OUTCOME_FAILED:
      return "wipe failed";
    default:
      return "wipe broken off";
  }
}

std::string IdOf(const std::string& name) { return name.substr(name.rfind('/') + 1); }

void PrintResults(const google::protobuf::RepeatedPtrField<v1::Result>& results) {
  Table table({"RESULT", "FILE", "SERIAL", "WHAT", "STATE", "ASSET", "WHY IT WAITS"});
  for (const v1::Result& result : results) {
    const v1::DeviceClaim& device = result.record().device();
    const std::string& asset = result.asset().empty() ? result.host() : result.asset();
    table.Add({IdOf(result.name()), Visible(result.file_name(), 30),
               Visible(device.serials_size() > 0 ? device.serials(0) : "", 30),
               What(result.record()), v1::ResultState_Name(result.state()).substr(13),
               asset.empty() ? "-" : IdOf(asset), Visible(result.explanation(), 120)});
  }
  PrintLine(table.ToString());
}

void PrintImport(const std::string& file, bool dry_run, const v1::ImportResultsResponse& response) {
  for (const auto& problem : response.problems()) PrintLine(ProblemLine(file, problem));
  if (response.problem_count() > response.problems_size()) {
    PrintLine(absl::StrCat("... and ", response.problem_count() - response.problems_size(),
                           " problems more"));
  }
  if (response.problem_count() > 0) return;
  PrintLine(absl::StrCat(Visible(file), ": ", response.record_count(),
                         response.record_count() == 1 ? " record, " : " records, ",
                         response.matched_count(), " matched, ", response.waiting_count(),
                         " waiting",
                         response.existing_count() > 0
                             ? absl::StrCat(", ", response.existing_count(), " were here already")
                             : "",
                         dry_run ? "; nothing was booked" : ""));
}

absl::Status Import(const Settings& settings, const Options& options) {
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto stub = v1::ResultService::NewStub((*connection)->channel());
  std::int64_t refused = 0;
  for (const std::string& file : options.files) {
    auto bytes = common::ReadFile(file, grading::kResultBytesMax);
    if (!bytes.ok()) return bytes.status();
    v1::ImportResultsRequest request;
    request.set_site(settings.site_name());
    request.set_data(*std::move(bytes));
    request.set_format(options.format);
    request.set_operator_(options.person);
    request.set_validate_only(options.dry_run);
    request.set_file_name(
        common::CleanUtf8Prefix(std::filesystem::path(file).filename().string(), 200));
    request.set_request_id(common::NewUuidV7());
    const auto response = (*connection)->Ask(*stub, &Stub::ImportResults, request);
    if (!response.ok()) return response.status();
    if (response->problem_count() > 0) ++refused;
    if (!options.json) {
      PrintImport(file, options.dry_run, *response);
    } else if (auto status = PrintJson(*response); !status.ok()) {
      return status;
    }
  }
  if (refused == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(refused, " of ", options.files.size(),
                                                    " files refused; nothing of them was booked."));
}

absl::Status Queue(const Settings& settings, const Options& options) {
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto stub = v1::ResultService::NewStub((*connection)->channel());
  v1::ListUnmatchedResultsRequest request;
  request.set_site(settings.site_name());
  request.set_page_size(500);
  v1::ListUnmatchedResultsResponse all;
  do {
    auto page = (*connection)->Ask(*stub, &Stub::ListUnmatchedResults, request);
    if (!page.ok()) return page.status();
    all.mutable_results()->MergeFrom(page->results());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  if (options.json) return PrintJson(all);
  if (all.results().empty()) {
    PrintLine("Nothing waits.");
  } else {
    PrintResults(all.results());
  }
  return absl::OkStatus();
}

// The result as it is now, then the change of it.
template <typename Request>
absl::Status Settle(const Settings& settings, const Options& options,
                    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, v1::Result*),
                    Request request) {
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto stub = v1::ResultService::NewStub((*connection)->channel());
  v1::GetResultRequest get;
  get.set_name(settings.FullName("results", options.name));
  const auto seen = (*connection)->Ask(*stub, &Stub::GetResult, get);
  if (!seen.ok()) return seen.status();
  request.set_name(get.name());
  request.set_etag(seen->etag());
  request.set_request_id(common::NewUuidV7());
  const auto settled = (*connection)->Ask(*stub, method, request);
  if (!settled.ok()) return settled.status();
  if (options.json) return PrintJson(*settled);
  google::protobuf::RepeatedPtrField<v1::Result> one;
  *one.Add() = *settled;
  PrintResults(one);
  return absl::OkStatus();
}

absl::Status Match(const Settings& settings, const Options& options) {
  if (!options.asset.empty() && !options.host.empty()) {
    return UsageError("Give --asset or --host, not both.");
  }
  v1::MatchResultRequest request;
  const std::string& asset = options.host.empty() ? options.asset : options.host;
  if (!asset.empty()) request.set_asset(settings.FullName("assets", asset));
  request.set_is_host(!options.host.empty());
  return Settle(settings, options, &Stub::MatchResult, request);
}

absl::Status Dismiss(const Settings& settings, const Options& options) {
  v1::DismissResultRequest request;
  request.set_reason(options.reason);
  return Settle(settings, options, &Stub::DismissResult, request);
}

CLI::App* AddOne(CLI::App* group, Settings& settings, const std::shared_ptr<Options>& options,
                 const char* name, const char* about,
                 absl::Status (*run)(const Settings&, const Options&)) {
  CLI::App* command = group->add_subcommand(name, about);
  command->add_flag("--json", options->json, "The answer of the API as JSON");
  command->callback([options, &settings, run] {
    settings.run = [options, &settings, run] { return run(settings, *options); };
  });
  return command;
}

}  // namespace

void AddResults(CLI::App& app, Settings& settings) {
  CLI::App* group = GroupOf(app, "results");
  group->description("Tests and data sanitizations that other tools made");
  const auto options = std::make_shared<Options>();
  CLI::App* taken = AddOne(group, settings, options, "import", "Book result files", Import);
  taken->add_option("FILE", options->files, "nwipe log, Blancco XML, CSV, workbench or own JSON")
      ->required();
  taken
      ->add_option("--format", options->format,
                   "auto, nwipe, blancco, csv, workbench or json; auto tells it itself")
      ->transform(CLI::CheckedTransformer(kFormats))
      ->option_text("FORMAT [auto]");
  taken->add_option("--operator", options->person,
                    "Who did the work, where a file does not say; else you");
  taken->add_flag("--dry-run", options->dry_run, "Check only; book nothing");
  taken->footer(
      "A file with a problem is refused whole: every problem is a line `file:line: where: what`,\n"
      "and the exit code is 1. The same file again changes nothing. See\n"
      "docs/reference/result-files.md.");
  AddOne(group, settings, options, "queue", "What waits for a person, and why", Queue);
  CLI::App* match =
      AddOne(group, settings, options, "match", "Say which asset a result is of", Match);
  match->add_option("NAME", options->name, "The result")->required();
  match->add_option("--asset", options->asset,
                    "The asset; without it and --host the numbers are looked up again");
  match->add_option("--host", options->host, "The device that a new drive is in");
  CLI::App* dismiss =
      AddOne(group, settings, options, "dismiss", "End a result without effect", Dismiss);
  dismiss->add_option("NAME", options->name, "The result")->required();
  dismiss->add_option("--reason", options->reason, "Why; required")->required();
}

}  // namespace loopdock::cli
