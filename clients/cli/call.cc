// SPDX-License-Identifier: Apache-2.0
// loopdock call and methods: every RPC by name, in JSON.

#include <iostream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "clients/cli/cli.h"
#include "clients/cli/console.h"
#include "clients/cli/line_reader.h"
#include "clients/cli/rpc.h"
#include "clients/cli/words.h"
#include "loopdock/common/v1/access.pb.h"
#include "services/common/json.h"
#include "services/common/status.h"

namespace loopdock::cli {
namespace {

struct CallOptions {
  std::string method;
  std::vector<std::string> requests;
  bool all = false;
};

// Of a client stream one JSON a line, of any other method one JSON.
std::vector<std::string> ReadRequests(bool by_line) {
  std::vector<std::string> requests;
  if (!by_line) {
    requests.emplace_back(std::istreambuf_iterator<char>(std::cin),
                          std::istreambuf_iterator<char>());
    return requests;
  }
  while (auto line = NextLine(std::cin, size_t{32} << 20)) {
    if (!line->empty()) requests.push_back(*std::move(line));
  }
  return requests;
}

absl::StatusOr<std::vector<std::unique_ptr<Message>>> ParseRequests(const MethodDescriptor& method,
                                                                    const CallOptions& options) {
  std::vector<std::string> texts = options.requests;
  if (texts.size() == 1 && texts.front() == "-") texts = ReadRequests(method.client_streaming());
  if (texts.empty()) texts.emplace_back("{}");
  std::vector<std::unique_ptr<Message>> requests;
  for (const std::string& text : texts) {
    auto request = NewMessage(method.input_type());
    if (auto status = common::JsonToProto(text, request.get()); !status.ok()) {
      return UsageError(absl::StrCat("The request is no ", method.input_type()->name(), ": ",
                                     std::string(status.message()), "\n'loopdock methods ",
                                     ShortName(method), "' shows its fields."));
    }
    FillRequestId(*request);
    requests.push_back(std::move(request));
  }
  return requests;
}

std::string Text(const Message& message, const char* name) {
  const auto* field = message.GetDescriptor()->FindFieldByName(name);
  return field == nullptr ? "" : message.GetReflection()->GetString(message, field);
}

void SetText(Message& message, const char* name, const std::string& value) {
  const auto* field = message.GetDescriptor()->FindFieldByName(name);
  if (field != nullptr) message.GetReflection()->SetString(&message, field, value);
}

absl::Status PrintMessage(const Message& message, bool pretty) {
  const auto json = common::ProtoToJson(message, pretty);
  if (!json.ok()) return json.status();
  PrintLine(*json);
  return absl::OkStatus();
}

// Every page, put together in one answer.
absl::Status CallPages(const client::Connection& connection, const MethodDescriptor& method,
                       const std::vector<std::unique_ptr<Message>>& requests) {
  const auto whole = NewMessage(method.output_type());
  std::string next;
  do {
    const auto status =
        CallMethod(connection, method, requests, [&whole, &next](const Message& page) {
          next = Text(page, "next_page_token");
          whole->MergeFrom(page);
          return absl::OkStatus();
        });
    if (!status.ok()) return status;
    SetText(*requests.front(), "page_token", next);
  } while (!next.empty());
  SetText(*whole, "next_page_token", "");
  return PrintMessage(*whole, true);
}

absl::Status RunCall(const Settings& settings, const CallOptions& options) {
  const auto method = FindMethod(options.method);
  if (!method.ok()) return method.status();
  const auto requests = ParseRequests(**method, options);
  if (!requests.ok()) return requests.status();
  if (options.all && (*method)->output_type()->FindFieldByName("next_page_token") == nullptr) {
    return UsageError(absl::StrCat(ShortName(**method), " has no pages. Leave out --all."));
  }
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  if (options.all) return CallPages(**connection, **method, *requests);
  const bool pretty = !(*method)->server_streaming();
  return CallMethod(**connection, **method, *requests,
                    [pretty](const Message& answer) { return PrintMessage(answer, pretty); });
}

std::string Kind(const MethodDescriptor& method) {
  if (method.client_streaming() && method.server_streaming()) return "both stream";
  if (method.client_streaming()) return "client streams";
  return method.server_streaming() ? "server streams" : "unary";
}

std::string Roles(const MethodDescriptor& method) {
  std::string roles;
  const auto& access = method.options().GetExtension(common::v1::access);
  for (int i = 0; i < access.roles_size(); ++i) {
    std::string name = common::v1::Role_Name(access.roles(i));
    for (char& letter : name) letter = static_cast<char>(std::tolower(letter));
    absl::StrAppend(&roles, i > 0 ? " " : "", name.substr(sizeof("role_") - 1));
  }
  return roles;
}

absl::Status RunMethods(const std::string& filter) {
  if (const auto one = FindMethod(filter); !filter.empty() && one.ok()) {
    PrintLine(absl::StrCat(ShortName(**one), " (", Kind(**one), "; ", Roles(**one), ")\n\n",
                           (*one)->input_type()->DebugString(), "\n",
                           (*one)->output_type()->DebugString()));
    return absl::OkStatus();
  }
  Table table({"METHOD", "EFFECT", "KIND", "ROLES"});
  for (const MethodDescriptor* method : AllMethods()) {
    if (!ContainsIgnoringCase(ShortName(*method), filter)) continue;
    const bool writes =
        method->options().GetExtension(common::v1::access).effect() == common::v1::EFFECT_WRITE;
    table.Add({ShortName(*method), writes ? "write" : "read", Kind(*method), Roles(*method)});
  }
  PrintLine(table.ToString());
  return absl::OkStatus();
}

}  // namespace

void AddCall(CLI::App& app, Settings& settings) {
  auto options = std::make_shared<CallOptions>();
  CLI::App* call = app.add_subcommand("call", "Call any RPC with a request in JSON");
  call->add_option("METHOD", options->method, "Such as InventoryService/GetAsset")->required();
  call->add_option("REQUEST", options->requests,
                   "JSON of the request; {} if left out, - reads standard input; of a client "
                   "stream several, or one a line of standard input");
  call->add_flag("--all", options->all, "Of a list all pages in one answer");
  call->footer(
      "A request_id that is left out is made. A unary answer is printed over several lines, of a\n"
      "stream one answer a line.\n"
      "Example: loopdock call InventoryService/ListAssets '{\"site\":\"sites/main\"}' --all");
  call->callback([options, &settings] {
    settings.run = [options, &settings] { return RunCall(settings, *options); };
  });

  auto filter = std::make_shared<std::string>();
  CLI::App* methods = app.add_subcommand("methods", "List the RPCs, or show one with its messages");
  methods->add_option("METHOD", *filter, "Part of a name, or one method");
  methods->callback(
      [filter, &settings] { settings.run = [filter] { return RunMethods(*filter); }; });
}

}  // namespace loopdock::cli
