// SPDX-License-Identifier: Apache-2.0
#include "services/common/guard.h"

#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/common/ids.h"
#include "services/common/names.h"
#include "services/common/status.h"

namespace loopdock::common {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr int kDepthMax = 8;
constexpr size_t kStationCharsMax = 63;
constexpr std::string_view kBearer = "Bearer ";
// A client's clock and ours may differ by this much before its deadline counts as too long.
constexpr absl::Duration kDeadlineSlack = absl::Seconds(2);

const FieldDescriptor* StringField(const Descriptor& message, const char* name) {
  const FieldDescriptor* field = message.FindFieldByName(name);
  const bool fits =
      field != nullptr && !field->is_repeated() && field->type() == FieldDescriptor::TYPE_STRING;
  return fits ? field : nullptr;
}

// A field `command` that is one of several requests, each with its own request id, which the
// service judges by the request's own method.
bool CarriesCommand(const Descriptor& message) {
  const FieldDescriptor* field = message.FindFieldByName("command");
  if (field == nullptr || field->is_repeated() || field->message_type() == nullptr) return false;
  const Descriptor& command = *field->message_type();
  bool all = command.real_oneof_decl_count() == 1 &&
             command.oneof_decl(0)->field_count() == command.field_count();
  for (int i = 0; all && i < command.field_count(); ++i) {
    const Descriptor* request = command.field(i)->message_type();
    all = request != nullptr && StringField(*request, "request_id") != nullptr;
  }
  return all;
}

absl::Status Unguarded(const google::protobuf::MethodDescriptor& method, const char* why) {
  return Error(absl::StatusCode::kFailedPrecondition, "METHOD_UNGUARDED",
               absl::StrCat(method.full_name(), " ", why), {{"method", method.full_name()}});
}

// Text that people typed or that a label carries may look like a name and names nothing.
bool MayNameSomething(const FieldDescriptor& field) {
  static const auto* const kFreeText = new absl::flat_hash_set<std::string>{
      "text",        "raw",          "value",     "comment",  "note",    "reason",
      "description", "display_name", "asset_key", "warnings", "symbols", "understanding"};
  return !kFreeText->contains(field.name());
}

absl::Status CheckSite(const Caller& caller, std::string_view site) {
  if (site.empty() || caller.MayUseSite(site)) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, "SITE_DENIED",
               absl::StrCat(caller.principal, " may not work on this site: ask an admin to add it"),
               {{"principal", caller.principal}, {"site", std::string(site.substr(0, 63))}});
}

absl::Status CheckText(const Caller& caller, const FieldDescriptor& field,
                       const std::string& value) {
  absl::Status checked = CheckSite(caller, SiteOf(value));
  const bool bare = field.name() == "site" && SiteOf(value).empty();
  return checked.ok() && bare ? CheckSite(caller, value) : checked;
}

// Every string of the message that names something of a site.
absl::Status CheckSites(const Caller& caller, const Message& message, int depth) {
  const auto* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool text = field->type() == FieldDescriptor::TYPE_STRING;
    if ((!text && field->message_type() == nullptr) || !MayNameSomething(*field)) continue;
    if (depth >= kDepthMax) return CheckSite(caller, "(nested too deep)");
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      absl::Status checked;
      if (text) {
        checked = CheckText(caller, *field,
                            field->is_repeated() ? reflection->GetRepeatedString(message, field, i)
                                                 : reflection->GetString(message, field));
      } else {
        checked =
            CheckSites(caller,
                       field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                            : reflection->GetMessage(message, field),
                       depth + 1);
      }
      if (!checked.ok()) return checked;
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<MethodRule> RuleOf(const google::protobuf::MethodDescriptor& method) {
  if (!method.options().HasExtension(v1::access)) {
    return Unguarded(method, "has no option (loopdock.common.v1.access)");
  }
  const v1::Access& access = method.options().GetExtension(v1::access);
  MethodRule rule;
  rule.service = method.service()->full_name();
  rule.method = method.name();
  rule.client_streaming = method.client_streaming();
  rule.server_streaming = method.server_streaming();
  rule.write = access.effect() == v1::EFFECT_WRITE;
  for (const int role : access.roles()) {
    if (role != v1::ROLE_UNSPECIFIED && v1::Role_IsValid(role)) {
      rule.roles.Add(static_cast<v1::Role>(role));
    }
  }
  if (rule.roles.empty()) return Unguarded(method, "names no role in its access option");
  if (access.effect() == v1::EFFECT_UNSPECIFIED) return Unguarded(method, "names no effect");
  if (rule.write) {
    rule.request_id = StringField(*method.input_type(), "request_id");
    if (rule.request_id == nullptr && !CarriesCommand(*method.input_type())) {
      return Unguarded(method, "changes things without a request_id");
    }
  }
  return rule;
}

std::string RequestIdOf(const MethodRule& rule, const Message& message) {
  if (rule.request_id == nullptr) return "";
  return message.GetReflection()->GetString(message, rule.request_id);
}

absl::StatusOr<Caller> Guard::Admit(const MethodRule& rule, const CallFacts& facts) const {
  if (!absl::StartsWith(absl::string_view(facts.authorization.data(), facts.authorization.size()),
                        absl::string_view(kBearer.data(), kBearer.size()))) {
    return Error(absl::StatusCode::kUnauthenticated, "UNAUTHENTICATED",
                 "the call carries no token: send the metadata `authorization: Bearer <token>`");
  }
  Caller caller;
  caller.token = std::string(facts.authorization.substr(kBearer.size()));
  auto principal = principals_.Find(caller.token);
  if (!principal.ok()) return principal.status();
  caller.principal = (*principal)->name;
  caller.roles = (*principal)->roles;
  caller.sites = (*principal)->sites;
  if (absl::Status roles = CheckRoles(rule, caller); !roles.ok()) return roles;
  caller.station = std::string(facts.station.substr(0, kStationCharsMax));
  caller.traceparent = std::string(facts.traceparent.substr(0, kStationCharsMax));
  caller.deadline = facts.deadline;
  if (rule.streaming()) return caller;
  const absl::Time latest = clock_.Now() + deadline_max_;
  if (facts.deadline == absl::InfiniteFuture()) caller.deadline = latest;
  if (caller.deadline > latest + kDeadlineSlack) {
    return Error(absl::StatusCode::kInvalidArgument, "DEADLINE_TOO_LONG",
                 absl::StrCat("set a deadline of at most ", absl::FormatDuration(deadline_max_)),
                 {{"deadline_max_ms", absl::StrCat(absl::ToInt64Milliseconds(deadline_max_))}});
  }
  return caller;
}

absl::Status Guard::CheckRoles(const MethodRule& rule, const Caller& caller) {
  if (caller.roles.Intersects(rule.roles)) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, "PERMISSION_DENIED",
               absl::StrCat(caller.principal, " has none of the roles of ", rule.method),
               {{"principal", caller.principal}, {"method", rule.method}});
}

absl::Status Guard::CheckMessage(const MethodRule& rule, const Caller& caller,
                                 const Message& message, bool first) const {
  const std::string id = RequestIdOf(rule, message);
  const bool later_part = rule.client_streaming && !rule.server_streaming && !first && id.empty();
  if (rule.request_id != nullptr && !later_part && !IsUuidV7(id)) {
    return Error(absl::StatusCode::kInvalidArgument, "REQUEST_ID_INVALID",
                 "request_id must be a UUIDv7 in lower case: make one for each change and keep it "
                 "over retries",
                 {{"method", rule.method}});
  }
  for (const std::string& site : caller.sites) {
    if (site == "*") return absl::OkStatus();
  }
  return CheckSites(caller, message, 0);
}

}  // namespace loopdock::common
