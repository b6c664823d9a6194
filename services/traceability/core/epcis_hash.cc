// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/time/time.h"
#include "services/common/status.h"
#include "services/traceability/core/epcis.h"
#include "services/traceability/core/merkle.h"
#include "services/traceability/core/text.h"
#include "services/traceability/core/uris.h"

namespace loopdock::traceability {
namespace {

constexpr int kDepthMax = 8;
constexpr std::string_view kCbv = "https://ref.gs1.org/cbv/";

// The order in which fields are hashed, that of the published vectors; `member` is the name that
// each member of a list is given.
struct Step {
  std::string_view key;
  std::string_view member;
};

constexpr std::array<Step, 25> kEventOrder = {{
    {"eventTime", ""},
    {"eventTimeZoneOffset", ""},
    {"certificationInfo", ""},
    {"parentID", ""},
    {"epcList", "epc"},
    {"inputEPCList", "epc"},
    {"childEPCs", "epc"},
    {"quantityList", "quantityElement"},
    {"childQuantityList", "quantityElement"},
    {"inputQuantityList", "quantityElement"},
    {"outputEPCList", "epc"},
    {"outputQuantityList", "quantityElement"},
    {"action", ""},
    {"transformationID", ""},
    {"bizStep", ""},
    {"disposition", ""},
    {"persistentDisposition", ""},
    {"readPoint", ""},
    {"bizLocation", ""},
    {"sensorElementList", "sensorElement"},
    {"bizTransactionList", ""},
    {"destinationList", ""},
    {"sourceList", ""},
    {"ilmd", ""},
    {"", ""},
}};

// The order within the objects that an event holds; one list serves them all.
constexpr std::array<std::string_view, 48> kInnerOrder = {"set",
                                                          "unset",
                                                          "id",
                                                          "epcClass",
                                                          "quantity",
                                                          "sensorMetadata",
                                                          "sensorReport",
                                                          "type",
                                                          "bizTransaction",
                                                          "source",
                                                          "destination",
                                                          "exception",
                                                          "time",
                                                          "startTime",
                                                          "endTime",
                                                          "deviceID",
                                                          "deviceMetadata",
                                                          "rawData",
                                                          "dataProcessingMethod",
                                                          "bizRules",
                                                          "microorganism",
                                                          "chemicalSubstance",
                                                          "value",
                                                          "component",
                                                          "stringValue",
                                                          "booleanValue",
                                                          "hexBinaryValue",
                                                          "uriValue",
                                                          "minValue",
                                                          "maxValue",
                                                          "meanValue",
                                                          "sDev",
                                                          "percRank",
                                                          "percValue",
                                                          "uom",
                                                          "coordinateReferenceSystem"};

bool IsIgnored(std::string_view key) {
  return key == "recordTime" || key == "eventID" || key == "errorDeclaration" ||
         key == "@context" || key == "type";
}

class Writer {
 public:
  explicit Writer(const Prefixes& prefixes) : prefixes_(prefixes) {}

  absl::StatusOr<std::string> Event(const Json& event) {
    std::string out = Cat("eventType=", event["type"].get<std::string>());
    for (const Step& step : kEventOrder) {
      const auto found = event.find(std::string(step.key));
      if (step.key.empty() || found == event.end() || found->empty()) continue;
      out += step.key == "ilmd" ? Cat("ilmd", Extensions(*found, 1))
                                : Field(step.key, *found, step.member, "", 0);
    }
    out += Extensions(event, 0);
    if (too_deep_) return TooDeep();
    return out;
  }

 private:
  static absl::Status TooDeep() {
    return common::Error(absl::StatusCode::kInvalidArgument, "EPCIS_INVALID",
                         "the event is nested more than eight deep.");
  }

  bool IsExtension(std::string_view key) const {
    return key.find(':') != std::string_view::npos && !IsIgnored(key);
  }

  // `list` is the field that a `type` stands in: it decides which vocabulary a bare word is from.
  std::string Field(std::string_view key, const Json& value, std::string_view member,
                    std::string_view list, int depth) {
    if (depth > kDepthMax) {
      too_deep_ = true;
      return "";
    }
    if (value.is_array()) {
      std::vector<std::string> parts;
      for (const Json& element : value) {
        // certificationInfo, set and unset repeat their own name; lists of objects may have none.
        const std::string_view name =
            !member.empty() ? member : (element.is_object() ? std::string_view() : key);
        parts.push_back(element.is_object() ? Cat(name, Object(element, key, depth + 1))
                                            : Cat(name, "=", Scalar(key, element, list)));
      }
      std::sort(parts.begin(), parts.end());
      std::string out(member.empty() && !value.empty() && !value.front().is_object() ? "" : key);
      for (const std::string& part : parts) out += part;
      return out;
    }
    if (value.is_object()) return Cat(key, Object(value, key, depth + 1));
    return Cat(key, "=", Scalar(key, value, list));
  }

  std::string Object(const Json& object, std::string_view list, int depth) {
    std::string out;
    for (const std::string_view key : kInnerOrder) {
      const auto found = object.find(std::string(key));
      if (key.empty() || found == object.end()) continue;
      if (key == "sensorReport") {
        out += SensorReports(*found, depth);
      } else {
        out += Field(key, *found, "", list, depth);
      }
    }
    return out + Extensions(object, depth);
  }

  // Each report of an element carries the name again.
  std::string SensorReports(const Json& reports, int depth) {
    std::vector<std::string> parts;
    if (!reports.is_array() || depth > kDepthMax) return "";
    for (const Json& report : reports) {
      if (report.is_object()) {
        parts.push_back(Cat("sensorReport", Object(report, "sensorReport", depth + 1)));
      }
    }
    std::sort(parts.begin(), parts.end());
    std::string out;
    for (const std::string& part : parts) out += part;
    return out;
  }

  std::string Extensions(const Json& object, int depth) {
    std::vector<std::string> parts;
    if (!object.is_object()) return "";
    if (depth > kDepthMax) {
      too_deep_ = true;
      return "";
    }
    for (const auto& item : object.items()) {
      if (IsExtension(item.key())) parts.push_back(Extension(item.key(), item.value(), depth + 1));
    }
    std::sort(parts.begin(), parts.end());
    std::string out;
    for (const std::string& part : parts) out += part;
    return out;
  }

  std::string Extension(const std::string& key, const Json& value, int depth) {
    const std::string name = Braced(key);
    if (value.is_object()) return Cat(name, Extensions(value, depth));
    if (!value.is_array()) return Cat(name, "=", Text(value));
    std::vector<std::string> parts;
    for (const Json& element : value) {
      parts.push_back(element.is_object() ? Cat(name, Extensions(element, depth))
                                          : Cat(name, "=", Text(element)));
    }
    std::sort(parts.begin(), parts.end());
    std::string out;
    for (const std::string& part : parts) out += part;
    return out;
  }

  // "{namespace}local" of a prefixed key or of a whole URI.
  std::string Braced(const std::string& key) const {
    const std::size_t colon = key.find(':');
    const auto found = prefixes_.find(key.substr(0, colon));
    if (found != prefixes_.end()) {
      return Cat("{", found->second, "}", key.substr(colon + 1));
    }
    const std::size_t cut = key.find_last_of("/#:");
    return Cat("{", key.substr(0, cut + 1), "}", key.substr(cut + 1));
  }

  static std::string Text(const Json& value) {
    if (value.is_string()) {
      return std::string(Trimmed(value.get_ref<const std::string&>()));
    }
    if (value.is_number_float()) {
      const double number = value.get<double>();
      if (std::floor(number) == number && std::fabs(number) < 1e15) {
        return Cat(static_cast<std::int64_t>(number));
      }
    }
    return value.dump();
  }

  std::string Scalar(std::string_view key, const Json& value, std::string_view list) const {
    std::string text = Text(value);
    if (!value.is_string()) return text;
    if (key == "time" || key.ends_with("Time")) return Utc(text);
    if (key == "bizStep") return Term(text, "BizStep-", "urn:epcglobal:cbv:bizstep:");
    if (key == "disposition" || key == "set" || key == "unset") {
      return Term(text, "Disp-", "urn:epcglobal:cbv:disp:");
    }
    if (key == "component") return Term(text, "Comp-", "urn:epcglobal:cbv:comp:");
    if (key == "type" && list == "bizTransactionList") {
      return Term(text, "BTT-", "urn:epcglobal:cbv:btt:");
    }
    if (key == "type" && (list == "sourceList" || list == "destinationList")) {
      return Term(text, "SDT-", "urn:epcglobal:cbv:sdt:");
    }
    if (key == "type" || key == "exception") {
      return text.find(':') != std::string::npos ? Expanded(text)
                                                 : Cat("https://gs1.org/voc/", text);
    }
    if (key == "stringValue" || key == "uom" || key == "hexBinaryValue") return text;
    return CanonicalUri(text);
  }

  std::string Term(std::string_view text, std::string_view name, std::string_view urn) const {
    if (ConsumeStart(text, urn) || text.find(':') == std::string_view::npos) {
      return Cat(kCbv, name, text);
    }
    return Expanded(text);
  }

  std::string Expanded(std::string_view text) const {
    const std::size_t colon = text.find(':');
    const auto found = prefixes_.find(text.substr(0, colon));
    if (found == prefixes_.end()) return std::string(text);
    return Cat(found->second, text.substr(colon + 1));
  }

  // UTC with milliseconds, half rounded up.
  static std::string Utc(const std::string& text) {
    absl::Time time;
    if (!absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) return text;
    const absl::Time rounded =
        absl::FromUnixMillis(absl::ToUnixMillis(time + absl::Microseconds(500)));
    return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", rounded, absl::UTCTimeZone());
  }

  const Prefixes& prefixes_;
  bool too_deep_ = false;
};

}  // namespace

absl::StatusOr<std::string> EventPreHash(const Json& event, const Prefixes& prefixes) {
  if (!event.is_object() || !event.contains("type") || !event["type"].is_string()) {
    return common::Error(absl::StatusCode::kInvalidArgument, "EPCIS_INVALID",
                         "field type of the event is missing.");
  }
  return Writer(prefixes).Event(event);
}

absl::StatusOr<std::string> EventId(const Json& event, const Prefixes& prefixes) {
  auto text = EventPreHash(event, prefixes);
  if (!text.ok()) return text.status();
  return Cat("ni:///sha-256;", HashToHex(Sha256(*text)), "?ver=CBV2.0");
}

}  // namespace loopdock::traceability
