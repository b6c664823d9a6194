// SPDX-License-Identifier: Apache-2.0
// loopdock inspect show, list, queue, checklist, confirm, override, edit: what a grader does later.

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "clients/cli/console.h"
#include "clients/cli/inspection.h"
#include "clients/cli/words.h"
#include "services/common/ids.h"
#include "services/common/json.h"

namespace loopdock::cli {
namespace {

using grading::v1::GradingService;
using grading::v1::Inspection;

struct Options {
  std::string name;
  std::int32_t version = 0;
  std::string asset;
  std::string category;
  std::string state;
  std::string grade;
  std::string reason;
  std::string drawings;
  std::vector<std::string> confirm;
  std::vector<std::string> remove;
  std::vector<std::string> felt;
  std::vector<std::string> not_felt;
  std::vector<std::string> type;
  std::vector<std::string> zone;
  std::vector<std::string> outline;
  std::vector<std::string> add;
  std::vector<std::string> answers;
  bool json = false;
};

using Ask =
    std::function<absl::StatusOr<Inspection>(const client::Connection&, GradingService::Stub&,
                                             const std::string& name, std::int32_t version)>;

// What changes the latest version asks which that is, unless one was given.
absl::Status Change(const Settings& settings, const Options& options, const Ask& ask) {
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto stub = GradingService::NewStub((*connection)->channel());
  const std::string name = settings.FullName("inspections", options.name);
  std::int32_t version = options.version;
  if (version == 0) {
    grading::v1::GetInspectionRequest get;
    get.set_name(name);
    const auto latest = (*connection)->Ask(*stub, &GradingService::Stub::GetInspection, get);
    if (!latest.ok()) return latest.status();
    version = latest->version();
  }
  const auto changed = ask(**connection, *stub, name, version);
  if (!changed.ok()) return changed.status();
  return PrintInspection(*changed, options.json);
}

absl::Status Show(const Settings& settings, const Options& options) {
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto stub = GradingService::NewStub((*connection)->channel());
  grading::v1::GetInspectionRequest get;
  get.set_name(settings.FullName("inspections", options.name));
  get.set_version(options.version);
  const auto inspection = (*connection)->Ask(*stub, &GradingService::Stub::GetInspection, get);
  if (!inspection.ok()) return inspection.status();
  if (auto status = PrintInspection(*inspection, options.json); !status.ok()) return status;
  if (options.drawings.empty()) return absl::OkStatus();
  return WriteDrawings(**connection, *inspection, options.drawings);
}

absl::Status List(const Settings& settings, const Options& options, bool queue) {
  grading::v1::ListInspectionsRequest request;
  request.set_site(settings.site_name());
  request.set_needs_review(queue);
  if (!options.asset.empty()) request.set_asset(settings.FullName("assets", options.asset));
  if (!options.state.empty()) {
    grading::v1::InspectionState state = grading::v1::INSPECTION_STATE_UNSPECIFIED;
    if (!InspectionState_Parse("INSPECTION_STATE_" + absl::AsciiStrToUpper(options.state),
                               &state)) {
      return UsageError("--state is proposed, confirmed or overridden");
    }
    request.set_state(state);
  }
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto stub = GradingService::NewStub((*connection)->channel());
  Table table({"INSPECTION", "ASSET", "STATE", "GRADE", "MARGIN", queue ? "REVIEW" : "WHY"});
  do {
    const auto page = (*connection)->Ask(*stub, &GradingService::Stub::ListInspections, request);
    if (!page.ok()) return page.status();
    for (const Inspection& one : page->inspections()) {
      if (options.json) {
        const auto json = common::ProtoToJson(one, false);
        if (!json.ok()) return json.status();
        PrintLine(*json);
        continue;
      }
      const auto& why = queue ? one.review_reasons() : one.explanations();
      table.Add({one.name().substr(one.name().rfind('/') + 1),
                 one.asset().substr(one.asset().rfind('/') + 1),
                 Word(InspectionState_Name(one.state()), "INSPECTION_STATE_"),
                 Word(Cosmetic_Name(one.cosmetic()), "COSMETIC_"),
                 absl::StrFormat("%.0f %%", 100 * one.margin()),
                 why.empty() ? "-" : Visible(why.at(0), 80)});
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  if (!options.json) PrintLine(table.ToString());
  return absl::OkStatus();
}

// What graders are asked, and what the answers are called.
absl::Status ShowChecklist(const Settings& settings, const Options& options) {
  grading::v1::ListChecklistsRequest request;
  request.set_category(options.category);
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto stub = GradingService::NewStub((*connection)->channel());
  const auto lists = (*connection)->Ask(*stub, &GradingService::Stub::ListChecklists, request);
  if (!lists.ok()) return lists.status();
  if (options.json) {
    const auto json = common::ProtoToJson(*lists, true);
    if (!json.ok()) return json.status();
    PrintLine(*json);
    return absl::OkStatus();
  }
  Table table({"CATEGORY", "QUESTION", "REQUIRED", "ANSWERS", "TEXT"});
  for (const auto& list : lists->checklists()) {
    for (const auto& question : list.questions()) {
      table.Add(
          {Visible(list.category()), Visible(question.id()), question.required() ? "yes" : "-",
           question.answers().empty() ? "a count" : Visible(absl::StrJoin(question.answers(), " ")),
           Visible(question.text())});
    }
  }
  PrintLine(table.ToString());
  return absl::OkStatus();
}

absl::Status Confirm(const Settings& settings, const Options& options) {
  return Change(settings, options,
                [](const auto& connection, auto& stub, const auto& name, std::int32_t version) {
                  grading::v1::ConfirmInspectionRequest request;
                  request.set_name(name);
                  request.set_version(version);
                  request.set_request_id(common::NewUuidV7());
                  return connection.Ask(stub, &GradingService::Stub::ConfirmInspection, request);
                });
}

absl::Status Override(const Settings& settings, const Options& options) {
  inventory::v1::Cosmetic cosmetic = inventory::v1::COSMETIC_UNSPECIFIED;
  if (!inventory::v1::Cosmetic_Parse("COSMETIC_" + absl::AsciiStrToUpper(options.grade),
                                     &cosmetic)) {
    return UsageError("--grade is one of C0 to C9");
  }
  return Change(settings, options,
                [&](const auto& connection, auto& stub, const auto& name, std::int32_t version) {
                  grading::v1::OverrideInspectionRequest request;
                  request.set_name(name);
                  request.set_version(version);
                  request.set_cosmetic(cosmetic);
                  request.set_reason(options.reason);
                  request.set_request_id(common::NewUuidV7());
                  return connection.Ask(stub, &GradingService::Stub::OverrideInspection, request);
                });
}

absl::StatusOr<vision::v1::DefectType> TypeOf(const std::string& word) {
  vision::v1::DefectType type = vision::v1::DEFECT_TYPE_UNSPECIFIED;
  if (vision::v1::DefectType_Parse("DEFECT_TYPE_" + absl::AsciiStrToUpper(word), &type) &&
      type != vision::v1::DEFECT_TYPE_UNSPECIFIED) {
    return type;
  }
  return UsageError(absl::StrCat("'", Visible(word, 40),
                                 "' is no kind of defect: scratch, crack, chip, dent, stain, "
                                 "discolouration, wear or missing_part"));
}

absl::StatusOr<vision::v1::Zone> ZoneOf(const std::string& word) {
  vision::v1::Zone zone = vision::v1::ZONE_UNSPECIFIED;
  if (vision::v1::Zone_Parse("ZONE_" + absl::AsciiStrToUpper(word), &zone) &&
      zone != vision::v1::ZONE_UNSPECIFIED) {
    return zone;
  }
  return UsageError(absl::StrCat("'", Visible(word, 40), "' is no zone: Z1 to Z6"));
}

// "10,20 30,40"
absl::Status AddPoints(const std::string& text,
                       google::protobuf::RepeatedPtrField<vision::v1::Point>* points) {
  for (const absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> at = absl::StrSplit(word, ',');
    double x = 0;
    double y = 0;
    if (!absl::SimpleAtod(at.first, &x) || !absl::SimpleAtod(at.second, &y)) {
      return UsageError("points are written X,Y and parted by blanks");
    }
    vision::v1::Point& point = *points->Add();
    point.set_x(x);
    point.set_y(y);
  }
  return absl::OkStatus();
}

// Options of the form ID=VALUE become a change each.
absl::Status AddChanges(
    const std::vector<std::string>& words, const char* form,
    const std::function<absl::Status(const std::string&, grading::v1::DefectChange&)>& set,
    grading::v1::EditInspectionRequest& request) {
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) return UsageError(absl::StrCat("write ", form));
    grading::v1::DefectChange& change = *request.add_edits()->mutable_change();
    change.set_id(word.substr(0, equals));
    if (auto status = set(word.substr(equals + 1), change); !status.ok()) return status;
  }
  return absl::OkStatus();
}

// "0 scratch Z1 10,20 30,40"
absl::Status AddAddition(const std::string& text, grading::v1::EditInspectionRequest& request) {
  const std::vector<std::string> words = absl::StrSplit(text, absl::MaxSplits(' ', 3));
  std::int32_t picture = 0;
  if (words.size() != 4 || !absl::SimpleAtoi(words[0], &picture)) {
    return UsageError("--add is \"PICTURE TYPE ZONE X,Y X,Y ...\"");
  }
  grading::v1::DefectAddition& addition = *request.add_edits()->mutable_add();
  addition.set_picture(picture);
  const auto type = TypeOf(words[1]);
  if (!type.ok()) return type.status();
  addition.set_type(*type);
  const auto zone = ZoneOf(words[2]);
  if (!zone.ok()) return zone.status();
  addition.set_zone(*zone);
  return AddPoints(words[3], addition.mutable_polygon());
}

absl::Status FillEdits(const Options& options, grading::v1::EditInspectionRequest& request) {
  for (const std::string& id : options.confirm) request.add_edits()->set_confirm(id);
  for (const bool felt : {true, false}) {
    for (const std::string& id : felt ? options.felt : options.not_felt) {
      request.add_edits()->mutable_change()->set_id(id);
      request.mutable_edits(request.edits_size() - 1)->mutable_change()->set_felt(felt);
    }
  }
  auto status = AddChanges(
      options.type, "--type ID=TYPE",
      [](const std::string& word, auto& change) -> absl::Status {
        const auto type = TypeOf(word);
        if (type.ok()) change.set_type(*type);
        return type.status();
      },
      request);
  if (!status.ok()) return status;
  status = AddChanges(
      options.zone, "--zone ID=ZONE",
      [](const std::string& word, auto& change) -> absl::Status {
        const auto zone = ZoneOf(word);
        if (zone.ok()) change.set_zone(*zone);
        return zone.status();
      },
      request);
  if (!status.ok()) return status;
  status = AddChanges(
      options.outline, "--outline \"ID=X,Y X,Y ...\"",
      [](const std::string& word, auto& change) {
        return AddPoints(word, change.mutable_polygon());
      },
      request);
  if (!status.ok()) return status;
  for (const std::string& addition : options.add) {
    if (status = AddAddition(addition, request); !status.ok()) return status;
  }
  for (const std::string& id : options.remove) request.add_edits()->set_delete_(id);
  request.set_reason(options.reason);
  return AddAnswers(options.answers, request.mutable_answers());
}

absl::Status Edit(const Settings& settings, const Options& options) {
  grading::v1::EditInspectionRequest request;
  if (auto status = FillEdits(options, request); !status.ok()) return status;
  return Change(settings, options,
                [&](const auto& connection, auto& stub, const auto& name, std::int32_t version) {
                  request.set_name(name);
                  request.set_version(version);
                  request.set_request_id(common::NewUuidV7());
                  return connection.Ask(stub, &GradingService::Stub::EditInspection, request);
                });
}

CLI::App* AddCommand(CLI::App& inspect, Settings& settings, const char* name, const char* about,
                     const std::shared_ptr<Options>& options,
                     absl::Status (*run)(const Settings&, const Options&)) {
  CLI::App* command = inspect.add_subcommand(name, about);
  command->add_flag("--json", options->json, "The messages of the API as JSON");
  command->callback([options, run, &settings] {
    settings.run = [options, run, &settings] { return run(settings, *options); };
  });
  return command;
}

void AddName(CLI::App& command, Options& options, const char* version) {
  command.add_option("NAME", options.name, "The inspection, or the last part of its name")
      ->required();
  command.add_option("--version", options.version, version)->check(CLI::PositiveNumber);
}

void AddEdit(CLI::App& inspect, Settings& settings) {
  const auto options = std::make_shared<Options>();
  CLI::App* edit = AddCommand(inspect, settings, "edit",
                              "Change what was found: a new version, graded anew", options, Edit);
  AddName(*edit, *options, "The version that was looked at; else the latest");
  const auto add = [&](const char* name, std::vector<std::string>& words, const char* about) {
    edit->add_option(name, words, about)->allow_extra_args(false);
  };
  add("--keep", options->confirm, "ID of a defect that is there indeed");
  add("--delete", options->remove, "ID of a defect that is not there");
  add("--felt", options->felt, "ID of a defect that a fingernail feels");
  add("--not-felt", options->not_felt, "ID of one that it does not feel");
  add("--type", options->type, "ID=TYPE: it is something else");
  add("--zone", options->zone, "ID=ZONE: it is on another surface");
  add("--outline", options->outline, "\"ID=X,Y X,Y ...\": it lies elsewhere, in pixels");
  add("--add", options->add, "\"PICTURE TYPE ZONE X,Y X,Y ...\": one that was not found");
  add("--check", options->answers, "QUESTION=ANSWER of the checklist");
  edit->add_option("--reason", options->reason, "Why");
}

}  // namespace

void AddReview(CLI::App& inspect, Settings& settings) {
  auto options = std::make_shared<Options>();
  CLI::App* show =
      AddCommand(inspect, settings, "show", "One inspection with what was found", options, Show);
  AddName(*show, *options, "A version; else the latest");
  show->add_option("--picture-out", options->drawings, "Folder for the drawn pictures");
  options = std::make_shared<Options>();
  CLI::App* list =
      AddCommand(inspect, settings, "list", "Inspections, one a line", options,
                 [](const Settings& s, const Options& o) { return List(s, o, false); });
  list->add_option("--asset", options->asset, "Only of this asset");
  list->add_option("--state", options->state, "Only proposed, confirmed or overridden ones");
  options = std::make_shared<Options>();
  AddCommand(inspect, settings, "queue", "Inspections that wait for a person, with the reason",
             options, [](const Settings& s, const Options& o) { return List(s, o, true); });
  options = std::make_shared<Options>();
  CLI::App* checklist =
      AddCommand(inspect, settings, "checklist",
                 "What graders are asked, with the answers to choose from", options, ShowChecklist);
  checklist->add_option("--category", options->category, "Only of this category, such as phone");
  options = std::make_shared<Options>();
  CLI::App* confirm =
      AddCommand(inspect, settings, "confirm", "Confirm the proposed grade", options, Confirm);
  AddName(*confirm, *options, "The version that was looked at; else the latest");
  options = std::make_shared<Options>();
  CLI::App* give =
      AddCommand(inspect, settings, "override", "Give another grade", options, Override);
  AddName(*give, *options, "The version that was looked at; else the latest");
  give->add_option("--grade", options->grade, "C0 to C9")->required();
  give->add_option("--reason", options->reason, "Why")->required();
  AddEdit(inspect, settings);
}

}  // namespace loopdock::cli
