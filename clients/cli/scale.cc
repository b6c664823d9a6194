// SPDX-License-Identifier: Apache-2.0
// loopdock scale and loopdock agreement: the scales that grade, and how far grades agree.

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/cli/console.h"
#include "clients/cli/inspection.h"
#include "clients/cli/words.h"
#include "loopdock/grading/v1/grading.grpc.pb.h"
#include "services/common/fileio.h"
#include "services/common/json.h"
#include "services/common/proto_time.h"
#include "services/common/status.h"
#include "services/grading/core/scale_check.h"

namespace loopdock::cli {
namespace {

using grading::v1::GradingService;

constexpr std::int64_t kScaleBytesMax = 1 << 20;

struct ScaleOptions {
  std::string file;
  std::string id;
  bool json = false;
};

struct AgreementOptions {
  std::string scale;
  std::string from;
  std::string until;
  int days = 0;
  bool json = false;
};

absl::Status Check(const ScaleOptions& options) {
  const auto text = common::ReadFile(options.file, kScaleBytesMax);
  if (!text.ok()) return text.status();
  int wrong = 0;
  int notes = 0;
  for (const grading::ScaleProblem& problem : grading::CheckScale(*text)) {
    ++(problem.note ? notes : wrong);
    PrintLine(absl::StrCat(Visible(options.file), ":", problem.line, ": ",
                           problem.note ? "note: " : "wrong: ", Visible(problem.what)));
  }
  if (wrong == 0) {
    PrintLine(
        absl::StrCat(Visible(options.file), ": nothing wrong",
                     notes == 0 ? "" : absl::StrCat("; ", notes, notes == 1 ? " note" : " notes")));
    return absl::OkStatus();
  }
  return common::Error(absl::StatusCode::kInvalidArgument, "SCALE_INVALID",
                       absl::StrCat("The scale has ", wrong, wrong == 1 ? " fault." : " faults."));
}

absl::Status List(const Settings& settings, const ScaleOptions& options) {
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto stub = GradingService::NewStub((*connection)->channel());
  const auto scales =
      (*connection)
          ->Ask(*stub, &GradingService::Stub::ListScales, grading::v1::ListScalesRequest());
  if (!scales.ok()) return scales.status();
  if (options.json) {
    const auto json = common::ProtoToJson(*scales, true);
    if (!json.ok()) return json.status();
    PrintLine(*json);
    return absl::OkStatus();
  }
  Table table({"SCALE", "VERSION", "DEFAULT", "GRADES", "NAME", "SHA256"});
  for (const auto& scale : scales->scales()) {
    std::string grades;
    for (const auto& grade : scale.grades()) {
      absl::StrAppend(&grades, grades.empty() ? "" : " ",
                      grade.letter().empty() ? Word(Cosmetic_Name(grade.cosmetic()), "COSMETIC_")
                                             : grade.letter());
    }
    table.Add({scale.id(), scale.version(), scale.is_default() ? "yes" : "-", grades,
               Visible(scale.display_name()), scale.sha256().substr(0, 12)});
  }
  PrintLine(table.ToString());
  return absl::OkStatus();
}

// The text of its file: what it says, with its comments.
absl::Status Show(const Settings& settings, const ScaleOptions& options) {
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto stub = GradingService::NewStub((*connection)->channel());
  grading::v1::GetScaleRequest request;
  request.set_id(options.id);
  const auto scale = (*connection)->Ask(*stub, &GradingService::Stub::GetScale, request);
  if (!scale.ok()) return scale.status();
  if (options.json) {
    const auto json = common::ProtoToJson(*scale, true);
    if (!json.ok()) return json.status();
    PrintLine(*json);
    return absl::OkStatus();
  }
  PrintLine(absl::StrCat("# ", scale->id(), "@", scale->version(), " ", scale->sha256()));
  PrintLine(scale->text());
  return absl::OkStatus();
}

std::string Share(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? "-"
                    : absl::StrFormat("%.1f %%",
                                      100 * static_cast<double>(part) / static_cast<double>(whole));
}

// Nothing is said of agreement beyond chance by a few pairs, nor where all have one grade.
std::string Unknown(const grading::v1::Agreement& agreement) {
  return agreement.pair_count() > 0 && agreement.pair_count() < agreement.pair_count_min()
             ? "too few pairs"
             : "-";
}

void AddRow(Table& table, const char* what, const grading::v1::Agreement& agreement) {
  table.Add({what, absl::StrCat(agreement.pair_count()),
             Share(agreement.same_count(), agreement.pair_count()),
             Share(agreement.adjacent_count(), agreement.pair_count()),
             agreement.has_kappa()
                 ? absl::StrFormat("%.3f +- %.3f", agreement.kappa(), agreement.kappa_half_width())
                 : Unknown(agreement),
             agreement.has_weighted_kappa() ? absl::StrFormat("%.3f", agreement.weighted_kappa())
                                            : Unknown(agreement)});
}

// A day begins at midnight UTC.
absl::Status SetTime(const std::string& text, google::protobuf::Timestamp* time) {
  absl::Time parsed;
  if (!absl::ParseTime("%Y-%m-%d", text, &parsed, nullptr) &&
      !absl::ParseTime(absl::RFC3339_full, text, &parsed, nullptr)) {
    return UsageError(absl::StrCat("'", Visible(text, 40),
                                   "' is no time. Write 2026-11-21 or 2026-11-21T14:00:00Z."));
  }
  *time = common::ToProto(parsed);
  return absl::OkStatus();
}

absl::Status Agreement(const Settings& settings, const AgreementOptions& options) {
  grading::v1::ReportAgreementRequest request;
  request.set_site(settings.site_name());
  request.set_scale(options.scale);
  request.set_days_between_max(options.days);
  absl::Status set;
  if (!options.from.empty()) set = SetTime(options.from, request.mutable_start_time());
  if (set.ok() && !options.until.empty()) set = SetTime(options.until, request.mutable_end_time());
  if (!set.ok()) return set;
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto stub = GradingService::NewStub((*connection)->channel());
  const auto report = (*connection)->Ask(*stub, &GradingService::Stub::ReportAgreement, request);
  if (!report.ok()) return report.status();
  if (options.json) {
    const auto json = common::ProtoToJson(*report, true);
    if (!json.ok()) return json.status();
    PrintLine(*json);
    return absl::OkStatus();
  }
  PrintLine(absl::StrCat(report->inspection_count(), " inspections, ", report->graded_count(),
                         " graded by the camera, ", report->settled_count(),
                         " settled by a person"));
  Table table({"PAIRS OF", "PAIRS", "SAME", "ADJACENT", "KAPPA", "WEIGHTED"});
  AddRow(table, "camera and graders", report->camera_and_graders());
  AddRow(table, "graders", report->graders());
  AddRow(table, "camera, repeated", report->camera_repeated());
  PrintLine(table.ToString());
  return absl::OkStatus();
}

}  // namespace

void AddScale(CLI::App& app, Settings& settings) {
  CLI::App* group = app.add_subcommand("scale", "Scales that devices are graded by");
  group->require_subcommand(1);
  const auto options = std::make_shared<ScaleOptions>();
  CLI::App* check = group->add_subcommand(
      "check", "Find gaps, contradictions and rows that can never apply; no server needed");
  check->add_option("FILE", options->file, "File of a scale")->required();
  check->callback([options, &settings] { settings.run = [options] { return Check(*options); }; });
  CLI::App* list = group->add_subcommand("list", "The scales of the server, one a line");
  list->add_flag("--json", options->json, "The message of the API as JSON");
  list->callback([options, &settings] {
    settings.run = [options, &settings] { return List(settings, *options); };
  });
  CLI::App* show = group->add_subcommand("show", "A scale of the server, as its file");
  show->add_option("ID", options->id, "Its id; else the default");
  show->add_flag("--json", options->json, "The message of the API as JSON");
  show->callback([options, &settings] {
    settings.run = [options, &settings] { return Show(settings, *options); };
  });
}

void AddAgreement(CLI::App& app, Settings& settings) {
  const auto options = std::make_shared<AgreementOptions>();
  CLI::App* command =
      app.add_subcommand("agreement", "How far camera and graders, and graders, agree");
  command->add_option("--scale", options->scale, "Only inspections by this scale");
  command->add_option("--from", options->from,
                      "Only inspections from this time on, such as 2026-11-01");
  command->add_option("--until", options->until, "Only inspections before this time");
  command
      ->add_option("--days", options->days,
                   "Inspections of one asset are compared when no more days lie between; 7")
      ->check(CLI::Range(1, 3650));
  command->add_flag("--json", options->json, "The message of the API as JSON");
  command->callback([options, &settings] {
    settings.run = [options, &settings] { return Agreement(settings, *options); };
  });
}

}  // namespace loopdock::cli
