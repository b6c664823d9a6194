// SPDX-License-Identifier: Apache-2.0
// Runs the rows of the table in verb_table.cc.
#include "clients/cli/verbs.h"

#include <google/protobuf/message.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "clients/cli/console.h"
#include "clients/cli/fields.h"
#include "clients/cli/loads.h"
#include "clients/cli/rpc.h"
#include "services/common/json.h"
#include "services/common/status.h"

namespace loopdock::cli {
namespace {

using Field = google::protobuf::FieldDescriptor;

constexpr const char* kPageSize = "1000";

const Field* FieldOf(const Message& message, const char* name) {
  return message.GetDescriptor()->FindFieldByName(name);
}

std::string TextOf(const Message& message, const char* name) {
  const Field* field = FieldOf(message, name);
  return field == nullptr ? "" : message.GetReflection()->GetString(message, field);
}

absl::Status PrintJson(const Message& message, bool pretty) {
  const auto json = common::ProtoToJson(message, pretty);
  if (!json.ok()) return json.status();
  PrintLine(*json);
  return absl::OkStatus();
}

// One call that is answered once.
absl::Status CallOnce(const client::Connection& connection, const MethodDescriptor& method,
                      const Message& request, Message* answer) {
  std::vector<std::unique_ptr<Message>> requests;
  requests.push_back(NewMessage(method.input_type()));
  requests.front()->CopyFrom(request);
  return CallMethod(connection, method, requests, [answer](const Message& message) {
    answer->CopyFrom(message);
    return absl::OkStatus();
  });
}

// What every request of a site has, where it has such a field.
absl::Status FillCommon(const Settings& settings, const VerbInput& input, Message& request) {
  const auto set = [&](const char* name, const std::string& text) {
    if (FieldOf(request, name) == nullptr) return absl::OkStatus();
    return SetField(settings, request, name, "", text);
  };
  const Field* site = FieldOf(request, "site");
  if (site != nullptr && site->cpp_type() == Field::CPPTYPE_STRING) {
    if (auto status = set("site", settings.site_name()); !status.ok()) return status;
  }
  if (!input.reason.empty()) {
    if (auto status = set("reason", input.reason); !status.ok()) return status;
  }
  if (input.dry_run) {
    if (auto status = set("validate_only", "true"); !status.ok()) return status;
  }
  if (*input.verb->list != '\0') {
    if (auto status = set("page_size", kPageSize); !status.ok()) return status;
  }
  FillRequestId(request);
  return absl::OkStatus();
}

// Reads what is to be changed and puts it into the request, with the etag that was read.
absl::Status ReadFirst(const Settings& settings, const client::Connection& connection,
                       const VerbInput& input, Message& request) {
  const auto method = FindMethod(input.verb->read_first);
  if (!method.ok()) return method.status();
  const auto question = NewMessage((*method)->input_type());
  const VerbField& first = input.verb->fields.front();
  if (FieldOf(*question, "name") != nullptr) {
    const auto status =
        SetField(settings, *question, "name", first.collection, input.words.front().front());
    if (!status.ok()) return status;
  }
  if (auto status = FillCommon(settings, input, *question); !status.ok()) return status;
  const Field* resource = FieldOf(request, input.verb->resource);
  return CallOnce(connection, **method, *question,
                  request.GetReflection()->MutableMessage(&request, resource));
}

void Clear(const std::string& path, Message& request) {
  const size_t dot = path.find('.');
  const Field* field = FieldOf(request, path.substr(0, std::min(dot, path.find('{'))).c_str());
  const auto* reflection = request.GetReflection();
  if (dot == std::string::npos) return reflection->ClearField(&request, field);
  Clear(path.substr(dot + 1), *reflection->MutableMessage(&request, field));
}

absl::Status FillWords(const Settings& settings, const VerbInput& input, Message& request) {
  const std::vector<VerbField>& fields = input.verb->fields;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].replaces && !input.words[i].empty()) Clear(fields[i].path, request);
  }
  for (size_t i = 0; i < fields.size(); ++i) {
    for (const std::string& word : input.words[i]) {
      const auto status = SetField(settings, request, fields[i].path, fields[i].collection, word);
      if (!status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

// All pages of a list.
absl::Status PrintPages(const client::Connection& connection, const MethodDescriptor& method,
                        const Settings& settings, const VerbInput& input, Message& request) {
  std::vector<std::string> headings;
  for (const char* column : input.verb->columns) {
    const std::string path = column;
    headings.push_back(absl::AsciiStrToUpper(path.substr(path.rfind('.') + 1)));
  }
  Table table(headings);
  const auto answer = NewMessage(method.output_type());
  std::string next;
  do {
    if (auto status = CallOnce(connection, method, request, answer.get()); !status.ok()) {
      return status;
    }
    const Field* list = FieldOf(*answer, input.verb->list);
    for (int i = 0; i < answer->GetReflection()->FieldSize(*answer, list); ++i) {
      const Message& row = answer->GetReflection()->GetRepeatedMessage(*answer, list, i);
      if (input.only && FieldText(row, input.verb->only_field) != input.verb->only_word) continue;
      if (input.json) {
        if (auto status = PrintJson(row, false); !status.ok()) return status;
        continue;
      }
      std::vector<std::string> cells;
      for (const char* column : input.verb->columns) cells.push_back(FieldText(row, column));
      table.Add(std::move(cells));
    }
    next = TextOf(*answer, "next_page_token");
    if (!next.empty()) {
      const auto status = SetField(settings, request, "page_token", "", next);
      if (!status.ok()) return status;
    }
  } while (!next.empty());
  if (!input.json) PrintLine(table.ToString());
  return absl::OkStatus();
}

// Full names where a load is given by its reference, or a manifest by its load.
absl::Status FindNames(const Settings& settings, const client::Connection& connection,
                       VerbInput& input) {
  for (size_t i = 0; i < input.words.size(); ++i) {
    const std::string_view collection = input.verb->fields[i].collection;
    for (std::string& word : input.words[i]) {
      if (collection == "loads") {
        const auto load = FindLoad(connection, settings, word);
        if (!load.ok()) return load.status();
        word = load->name();
      } else if (collection == "manifests") {
        auto manifest = FindManifest(connection, settings, word);
        if (!manifest.ok()) return manifest.status();
        word = *std::move(manifest);
      }
    }
  }
  return absl::OkStatus();
}

absl::Status RunVerb(const Settings& settings, VerbInput input) {
  if (input.verb->run != nullptr) return input.verb->run(settings, input);
  const auto method = FindMethod(input.verb->method);
  if (!method.ok()) return method.status();
  const auto request = NewMessage((*method)->input_type());
  // The words are looked at before anything is asked, so that wrong ones need no server.
  const auto trial = NewMessage((*method)->input_type());
  if (auto status = FillWords(settings, input, *trial); !status.ok()) return status;
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  if (auto status = FindNames(settings, **connection, input); !status.ok()) return status;
  if (*input.verb->read_first != '\0') {
    const auto status = ReadFirst(settings, **connection, input, *request);
    if (!status.ok()) return status;
  }
  if (auto status = FillWords(settings, input, *request); !status.ok()) return status;
  if (auto status = FillCommon(settings, input, *request); !status.ok()) return status;
  if (*input.verb->list != '\0') {
    return PrintPages(**connection, **method, settings, input, *request);
  }
  const auto answer = NewMessage((*method)->output_type());
  if (auto status = CallOnce(**connection, **method, *request, answer.get()); !status.ok()) {
    return status;
  }
  return PrintAnswer(input, *answer);
}

void AddField(CLI::App& command, const Verb& verb, size_t index,
              const std::shared_ptr<VerbInput>& input, const google::protobuf::Descriptor* type) {
  const VerbField& field = verb.fields[index];
  std::vector<std::string>& words = input->words[index];
  // A change must be able to say no as well.
  if (IsFlag(type, field.path) && *verb.read_first == '\0') {
    command.add_flag_callback(
        field.option, [&words] { words = {"true"}; }, field.about);
    return;
  }
  CLI::Option* option = command.add_option(field.option, words, field.about);
  option->required(field.required);
  const bool many = TakesMany(type, field.path);
  if (field.option[0] == '-') {
    option->expected(1)->multi_option_policy(many ? CLI::MultiOptionPolicy::TakeAll
                                                  : CLI::MultiOptionPolicy::Throw);
  } else {
    option->expected(1, many ? CLI::detail::expected_max_vector_size : 1);
    option->allow_extra_args(many);
  }
}

void AddVerb(CLI::App& app, Settings& settings, const Verb& verb) {
  const auto method = FindMethod(verb.method);
  if (!method.ok()) return;
  const auto* type = (*method)->input_type();
  auto input = std::make_shared<VerbInput>();
  input->verb = &verb;
  input->words.resize(verb.fields.size());
  CLI::App* command = GroupOf(app, verb.group)->add_subcommand(verb.name, verb.about);
  for (size_t i = 0; i < verb.fields.size(); ++i) AddField(*command, verb, i, input, type);
  if (type->FindFieldByName("validate_only") != nullptr) {
    command->add_flag("--dry-run", input->dry_run, "Say what would be, and change nothing");
    const auto is_reason = [](const VerbField& field) {
      return std::string_view(field.option) == "--reason";
    };
    if (std::none_of(verb.fields.begin(), verb.fields.end(), is_reason)) {
      command->add_option("--reason", input->reason, "Why; kept with the facts");
    }
  }
  if (*verb.only_option != '\0') {
    command->add_flag(verb.only_option, input->only,
                      absl::StrCat("Only those that are ", verb.only_word));
  }
  command->add_flag("--json", input->json, "The messages of the API as JSON");
  command->callback([input, &settings] {
    settings.run = [input, &settings] { return RunVerb(settings, *input); };
  });
}

}  // namespace

CLI::App* GroupOf(CLI::App& app, const std::string& name) {
  for (CLI::App* group : app.get_subcommands([](CLI::App*) { return true; })) {
    if (group->get_name() == name) return group;
  }
  CLI::App* group = app.add_subcommand(name);
  group->require_subcommand(1);
  return group;
}

absl::Status PrintAnswer(const VerbInput& input, const Message& answer) {
  if (input.json) return PrintJson(answer, true);
  if (input.dry_run) PrintLine("Nothing was changed. It would be:");
  Table table({"FIELD", "VALUE"});
  for (auto& row : FieldRows(answer)) table.Add(std::move(row));
  PrintLine(table.ToString());
  return absl::OkStatus();
}

void AddVerbs(CLI::App& app, Settings& settings) {
  constexpr std::pair<const char*, const char*> kGroups[] = {
      {"manifest", "What a supplier claims to have sent"},
      {"lot", "Goods by count and mass"},
      {"session", "Receiving sessions"},
      {"shipment", "What leaves: sales, shipments, receipts, certificates"},
      {"stocktake", "Take stock of a place"},
      {"incident", "What went wrong"},
      {"nonconformity", "Departures from a rule, and their corrective action"},
      {"authorization", "Who may handle what may hold data"},
      {"site", "The facility itself"},
      {"rules", "The facility's own rules"},
      {"party", "Suppliers, customers, carriers and downstream vendors"},
  };
  for (const auto& [name, about] : kGroups) GroupOf(app, name)->description(about);
  for (const Verb& verb : Verbs()) AddVerb(app, settings, verb);
}

}  // namespace loopdock::cli
