// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/time/time.h"
#include "services/common/status.h"
#include "services/traceability/core/epcis.h"
#include "services/traceability/core/text.h"
#include "services/traceability/core/uris.h"

namespace loopdock::traceability {
namespace {

constexpr std::size_t kListMax = 1000;

constexpr std::array<std::string_view, 13> kTransactionTypes = {
    "bol",       "cert",   "desadv", "inv",     "pedigree", "po",   "poc",
    "prodorder", "recadv", "rma",    "testprd", "testres",  "upevt"};
constexpr std::array<std::string_view, 3> kPartyTypes = {"owning_party", "possessing_party",
                                                         "location"};
constexpr std::array<std::string_view, 2> kErrorReasons = {"did_not_occur", "incorrect_data"};

absl::Status Bad(std::string_view field, std::string_view what) {
  return common::Error(absl::StatusCode::kInvalidArgument, "EPCIS_INVALID",
                       Cat("field ", field, " of the event ", what, "."),
                       {{"field", std::string(field)}});
}

template <typename List>
bool Contains(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

#define LOOPDOCK_RETURN_IF_ERROR(expression) \
  if (absl::Status status_ = (expression); !status_.ok()) return status_

absl::Status CheckUri(const Json& value, std::string_view field) {
  if (!value.is_string()) return Bad(field, "is not a text");
  const auto& text = value.get_ref<const std::string&>();
  if (!IsUri(text)) return Bad(field, "is not a URI");
  const absl::Status link = CheckDigitalLink(text);
  if (link.ok()) return link;
  return Bad(field, Cat("is wrong: ", link.message().substr(0, link.message().size() - 1)));
}

// A word of CBV exactly as it is listed, or a URI outside GS1's namespaces: GS1's schema lets
// misspelt URIs of its own vocabulary pass.
absl::Status CheckTerm(const Json& value, std::string_view field, bool listed) {
  if (!value.is_string()) return Bad(field, "is not a text");
  if (listed) return absl::OkStatus();
  const auto& text = value.get_ref<const std::string&>();
  if (!IsUri(text)) return Bad(field, "is neither a CBV term nor a URI");
  const std::size_t scheme = text.find("://");
  const std::string_view host =
      scheme == std::string::npos ? std::string_view() : std::string_view(text).substr(scheme + 3);
  if (text.starts_with("urn:epcglobal:") || text.starts_with("cbv:") || text.starts_with("gs1:") ||
      host.starts_with("gs1.org/") || host.substr(0, host.find('/')).ends_with(".gs1.org")) {
    return Bad(field, "names a term in a namespace of GS1 that CBV does not list");
  }
  return absl::OkStatus();
}

template <typename List>
absl::Status CheckListed(const Json& value, std::string_view field, const List& list) {
  return CheckTerm(value, field,
                   value.is_string() && Contains(list, value.get_ref<const std::string&>()));
}

absl::Status CheckTime(const Json& value, std::string_view field) {
  if (!value.is_string()) return Bad(field, "is not a text");
  const auto& text = value.get_ref<const std::string&>();
  absl::Time time;
  // ParseTime takes more than ISO 8601 does; the shape is held first.
  const bool shape = text.size() >= 20 && text[4] == '-' && text[10] == 'T' && text[13] == ':' &&
                     text.find(' ') == std::string::npos;
  if (!shape || !absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) {
    return Bad(field, "is no date and time with a zone");
  }
  return absl::OkStatus();
}

absl::Status CheckUriList(const Json& value, std::string_view field, std::size_t at_least) {
  if (!value.is_array()) return Bad(field, "is not a list");
  if (value.size() < at_least) return Bad(field, "is empty");
  if (value.size() > kListMax) return Bad(field, "has more than 1,000 members");
  for (const Json& uri : value) LOOPDOCK_RETURN_IF_ERROR(CheckUri(uri, field));
  return absl::OkStatus();
}

absl::Status CheckKeys(const Json& object, std::string_view field,
                       std::initializer_list<std::string_view> allowed, bool extensible = false) {
  if (!object.is_object()) return Bad(field, "is not an object");
  for (const auto& item : object.items()) {
    const bool extension = extensible && item.key().find(':') != std::string::npos;
    if (!extension && !Contains(allowed, item.key())) {
      return Bad(Cat(field, ".", item.key()), "is not known there");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckQuantities(const Json& value, std::string_view field) {
  if (!value.is_array() || value.empty() || value.size() > kListMax) {
    return Bad(field, "is not a list of 1 to 1,000 members");
  }
  for (const Json& element : value) {
    LOOPDOCK_RETURN_IF_ERROR(CheckKeys(element, field, {"epcClass", "quantity", "uom"}));
    if (!element.contains("epcClass")) return Bad(field, "has a member without epcClass");
    LOOPDOCK_RETURN_IF_ERROR(CheckUri(element["epcClass"], field));
    if (element.contains("quantity") && !element["quantity"].is_number()) {
      return Bad(field, "has a quantity that is not a number");
    }
    if (!element.contains("uom")) continue;
    const Json& uom = element["uom"];
    const std::string code = uom.is_string() ? uom.get<std::string>() : "";
    if (code.size() < 2 || code.size() > 3 ||
        !std::all_of(code.begin(), code.end(), [](unsigned char c) {
          return absl::ascii_isdigit(c) || absl::ascii_isupper(c);
        })) {
      return Bad(field, "has a unit that is no UN/CEFACT code of 2 or 3 characters");
    }
  }
  return absl::OkStatus();
}

template <typename List>
absl::Status CheckTyped(const Json& value, std::string_view field, const char* key,
                        const List& types, bool type_needed) {
  if (!value.is_array() || value.empty() || value.size() > kListMax) {
    return Bad(field, "is not a list of 1 to 1,000 members");
  }
  for (const Json& element : value) {
    LOOPDOCK_RETURN_IF_ERROR(CheckKeys(element, field, {"type", key}));
    if (!element.contains(key)) return Bad(field, Cat("has a member without ", key));
    LOOPDOCK_RETURN_IF_ERROR(CheckUri(element[key], field));
    if (element.contains("type")) {
      LOOPDOCK_RETURN_IF_ERROR(CheckListed(element["type"], field, types));
    } else if (type_needed) {
      return Bad(field, "has a member without type");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckPlace(const Json& value, std::string_view field) {
  LOOPDOCK_RETURN_IF_ERROR(CheckKeys(value, field, {"id"}));
  if (!value.contains("id")) return Bad(field, "has no id");
  return CheckUri(value["id"], field);
}

absl::Status CheckPersistent(const Json& value) {
  constexpr std::string_view kField = "persistentDisposition";
  LOOPDOCK_RETURN_IF_ERROR(CheckKeys(value, kField, {"set", "unset"}));
  if (value.empty()) return Bad(kField, "is empty");
  for (const Json& list : value) {
    if (!list.is_array() || list.empty()) return Bad(kField, "has no list or an empty one");
    for (const Json& term : list) {
      const bool listed = term.is_string() && IsCbvDisposition(term.get_ref<const std::string&>());
      LOOPDOCK_RETURN_IF_ERROR(CheckTerm(term, kField, listed));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckError(const Json& value) {
  constexpr std::string_view kField = "errorDeclaration";
  LOOPDOCK_RETURN_IF_ERROR(
      CheckKeys(value, kField, {"declarationTime", "reason", "correctiveEventIDs"}, true));
  if (!value.contains("declarationTime")) return Bad(kField, "has no declarationTime");
  LOOPDOCK_RETURN_IF_ERROR(CheckTime(value["declarationTime"], kField));
  if (value.contains("reason")) {
    LOOPDOCK_RETURN_IF_ERROR(CheckListed(value["reason"], kField, kErrorReasons));
  }
  if (value.contains("correctiveEventIDs")) {
    return CheckUriList(value["correctiveEventIDs"], kField, 1);
  }
  return absl::OkStatus();
}

// A key of our own or of a partner: a declared prefix or a whole URI, never a bare word.
absl::Status CheckExtensionKey(std::string_view key, const Prefixes& prefixes) {
  const std::size_t colon = key.find(':');
  if (colon == std::string_view::npos || !IsUri(key)) {
    return Bad(key, "is unknown; an extension needs a prefix or a URI as its key");
  }
  const bool url = key.find("://") != std::string_view::npos || key.starts_with("urn:");
  if (!url && prefixes.find(key.substr(0, colon)) == prefixes.end()) {
    return Bad(key, "has a prefix that the context does not declare");
  }
  return absl::OkStatus();
}

absl::Status CheckIlmd(const Json& value, const Prefixes& prefixes) {
  if (!value.is_object() || value.empty()) return Bad("ilmd", "is not an object with content");
  for (const auto& item : value.items()) {
    LOOPDOCK_RETURN_IF_ERROR(CheckExtensionKey(item.key(), prefixes));
  }
  return absl::OkStatus();
}

absl::Status CheckSensors(const Json& value) {
  constexpr std::string_view kField = "sensorElementList";
  if (!value.is_array() || value.empty()) return Bad(kField, "is not a list with content");
  for (const Json& element : value) {
    if (!element.is_object() || !element.contains("sensorReport") ||
        !element["sensorReport"].is_array() || element["sensorReport"].empty()) {
      return Bad(kField, "has a member without sensorReport");
    }
    for (const Json& report : element["sensorReport"]) {
      if (!report.is_object() || !report.contains("type") || !report["type"].is_string()) {
        return Bad(kField, "has a report without type");
      }
    }
  }
  return absl::OkStatus();
}

// One field that EPCIS knows; NOT_FOUND for one that it does not.
absl::Status CheckField(const std::string& key, const Json& value) {
  if (key == "eventTime" || key == "recordTime") return CheckTime(value, key);
  if (key == "eventTimeZoneOffset") {
    if (value.is_string() && ParseUtcOffset(value.get_ref<const std::string&>()).ok()) {
      return absl::OkStatus();
    }
    return Bad(key, "is not of the form +hh:mm or -hh:mm, at most 14 hours");
  }
  if (key == "eventID" || key == "parentID" || key == "transformationID") {
    return CheckUri(value, key);
  }
  if (key == "certificationInfo") {
    return value.is_array() ? CheckUriList(value, key, 1) : CheckUri(value, key);
  }
  if (key == "epcList" || key == "childEPCs" || key == "inputEPCList" || key == "outputEPCList") {
    return CheckUriList(value, key, 0);
  }
  if (key.ends_with("uantityList")) return CheckQuantities(value, key);
  if (key == "action") {
    if (value == "ADD" || value == "OBSERVE" || value == "DELETE") return absl::OkStatus();
    return Bad(key, "is not ADD, OBSERVE or DELETE");
  }
  if (key == "bizStep") {
    return CheckTerm(value, key,
                     value.is_string() && IsCbvBizStep(value.get_ref<const std::string&>()));
  }
  if (key == "disposition") {
    return CheckTerm(value, key,
                     value.is_string() && IsCbvDisposition(value.get_ref<const std::string&>()));
  }
  if (key == "readPoint" || key == "bizLocation") return CheckPlace(value, key);
  if (key == "bizTransactionList") {
    return CheckTyped(value, key, "bizTransaction", kTransactionTypes, false);
  }
  if (key == "sourceList") return CheckTyped(value, key, "source", kPartyTypes, true);
  if (key == "destinationList") return CheckTyped(value, key, "destination", kPartyTypes, true);
  if (key == "persistentDisposition") return CheckPersistent(value);
  if (key == "errorDeclaration") return CheckError(value);
  if (key == "sensorElementList") return CheckSensors(value);
  return absl::NotFoundError(key);
}

struct TypeRule {
  std::string_view type;
  bool needs_action;
  std::vector<std::string_view> fields;  // beyond those of all events
};

const TypeRule* FindType(std::string_view type) {
  static const auto* const kRules = new std::vector<TypeRule>{
      {"ObjectEvent", true, {"epcList", "quantityList", "ilmd", "persistentDisposition"}},
      {"AggregationEvent", true, {"parentID", "childEPCs", "childQuantityList"}},
      {"AssociationEvent", true, {"parentID", "childEPCs", "childQuantityList"}},
      {"TransactionEvent", true, {"parentID", "epcList", "quantityList"}},
      {"TransformationEvent",
       false,
       {"inputEPCList", "outputEPCList", "inputQuantityList", "outputQuantityList",
        "transformationID", "ilmd", "persistentDisposition"}},
  };
  for (const TypeRule& rule : *kRules) {
    if (rule.type == type) return &rule;
  }
  return nullptr;
}

bool HasAny(const Json& event, std::initializer_list<const char*> keys) {
  return std::any_of(keys.begin(), keys.end(),
                     [&](const char* key) { return event.contains(key) && !event[key].empty(); });
}

// What an event of its type cannot be without.
absl::Status CheckComplete(const Json& event, const TypeRule& rule) {
  for (const char* key : {"eventTime", "eventTimeZoneOffset"}) {
    if (!event.contains(key)) return Bad(key, "is missing");
  }
  if (rule.needs_action != event.contains("action")) {
    return Bad("action", rule.needs_action ? "is missing" : "has no place in this type");
  }
  const std::string action = rule.needs_action ? event["action"].get<std::string>() : "";
  const bool removes_all = action == "DELETE";
  if (rule.type == "ObjectEvent") {
    const bool sensed = event.contains("sensorElementList") && event.contains("readPoint");
    if (!HasAny(event, {"epcList", "quantityList"}) && !sensed) {
      return Bad("epcList", "is missing, and there is no quantityList");
    }
    if (event.contains("ilmd") && action != "ADD") {
      return Bad("ilmd", "is allowed with action ADD only");
    }
  } else if (rule.type == "AggregationEvent" || rule.type == "AssociationEvent") {
    if (action != "OBSERVE" && !event.contains("parentID")) return Bad("parentID", "is missing");
    if (!removes_all && !HasAny(event, {"childEPCs", "childQuantityList"})) {
      return Bad("childEPCs", "is missing, and there is no childQuantityList");
    }
  } else if (rule.type == "TransactionEvent") {
    if (!event.contains("bizTransactionList")) return Bad("bizTransactionList", "is missing");
    if (!removes_all && !HasAny(event, {"epcList", "quantityList"})) {
      return Bad("epcList", "is missing, and there is no quantityList");
    }
  } else {
    const bool inputs = HasAny(event, {"inputEPCList", "inputQuantityList"});
    const bool outputs = HasAny(event, {"outputEPCList", "outputQuantityList"});
    const bool linked = event.contains("transformationID") && (inputs || outputs);
    if (!(inputs && outputs) && !linked) {
      return Bad("transformationID", "is missing, and there are not both inputs and outputs");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateEvent(const Json& event, const Prefixes& prefixes) {
  if (!event.is_object() || !event.contains("type") || !event["type"].is_string()) {
    return Bad("type", "is missing");
  }
  const TypeRule* rule = FindType(event["type"].get_ref<const std::string&>());
  if (rule == nullptr) return Bad("type", "is no event type of EPCIS");
  constexpr std::array<std::string_view, 15> kCommon = {"eventTime",
                                                        "recordTime",
                                                        "eventTimeZoneOffset",
                                                        "eventID",
                                                        "certificationInfo",
                                                        "action",
                                                        "bizStep",
                                                        "disposition",
                                                        "readPoint",
                                                        "bizLocation",
                                                        "sourceList",
                                                        "destinationList",
                                                        "bizTransactionList",
                                                        "sensorElementList",
                                                        "errorDeclaration"};
  for (const auto& item : event.items()) {
    const std::string& key = item.key();
    if (key == "type" || key == "@context") continue;
    const bool known = Contains(kCommon, key) || Contains(rule->fields, key);
    if (!known) {
      LOOPDOCK_RETURN_IF_ERROR(CheckExtensionKey(key, prefixes));
    } else if (key == "ilmd") {
      LOOPDOCK_RETURN_IF_ERROR(CheckIlmd(item.value(), prefixes));
    } else {
      LOOPDOCK_RETURN_IF_ERROR(CheckField(key, item.value()));
    }
  }
  return CheckComplete(event, *rule);
}

#undef LOOPDOCK_RETURN_IF_ERROR

}  // namespace loopdock::traceability
