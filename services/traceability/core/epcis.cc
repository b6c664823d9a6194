// SPDX-License-Identifier: Apache-2.0
#include "services/traceability/core/epcis.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "services/common/status.h"
#include "services/traceability/core/text.h"
#include "services/traceability/core/uris.h"

namespace loopdock::traceability {
namespace {

constexpr std::string_view kEpcisContext =
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld";

constexpr std::array<std::string_view, 41> kBizSteps = {"accepting",
                                                        "arriving",
                                                        "assembling",
                                                        "collecting",
                                                        "commissioning",
                                                        "consigning",
                                                        "creating_class_instance",
                                                        "cycle_counting",
                                                        "decommissioning",
                                                        "departing",
                                                        "destroying",
                                                        "disassembling",
                                                        "dispensing",
                                                        "encoding",
                                                        "entering_exiting",
                                                        "holding",
                                                        "inspecting",
                                                        "installing",
                                                        "killing",
                                                        "loading",
                                                        "other",
                                                        "packing",
                                                        "picking",
                                                        "receiving",
                                                        "removing",
                                                        "repackaging",
                                                        "repairing",
                                                        "replacing",
                                                        "reserving",
                                                        "retail_selling",
                                                        "sampling",
                                                        "sensor_reporting",
                                                        "shipping",
                                                        "staging_outbound",
                                                        "stock_taking",
                                                        "stocking",
                                                        "storing",
                                                        "transporting",
                                                        "unloading",
                                                        "unpacking",
                                                        "void_shipping"};

constexpr std::array<std::string_view, 33> kDispositions = {"active",
                                                            "available",
                                                            "completeness_inferred",
                                                            "completeness_verified",
                                                            "conformant",
                                                            "container_closed",
                                                            "container_open",
                                                            "damaged",
                                                            "destroyed",
                                                            "dispensed",
                                                            "disposed",
                                                            "encoded",
                                                            "expired",
                                                            "in_progress",
                                                            "in_transit",
                                                            "inactive",
                                                            "mismatch_class",
                                                            "mismatch_instance",
                                                            "mismatch_quantity",
                                                            "needs_replacement",
                                                            "no_pedigree_match",
                                                            "non_conformant",
                                                            "non_sellable_other",
                                                            "partially_dispensed",
                                                            "recalled",
                                                            "reserved",
                                                            "retail_sold",
                                                            "returned",
                                                            "sellable_accessible",
                                                            "sellable_not_accessible",
                                                            "stolen",
                                                            "unavailable",
                                                            "unknown"};

constexpr int kOffsetMinutesMax = 14 * 60;

Json Quantities(const std::vector<Quantity>& quantities) {
  Json list = Json::array();
  for (const Quantity& quantity : quantities) {
    Json element{{"epcClass", quantity.epc_class}};
    if (quantity.value_milli % 1000 == 0) {
      element["quantity"] = quantity.value_milli / 1000;
    } else {
      element["quantity"] = static_cast<double>(quantity.value_milli) / 1000.0;
    }
    if (!quantity.uom.empty()) element["uom"] = quantity.uom;
    list.push_back(std::move(element));
  }
  return list;
}

Json Typed(const std::vector<std::pair<std::string, std::string>>& pairs, const char* key) {
  Json list = Json::array();
  for (const auto& [type, uri] : pairs) list.push_back(Json{{"type", type}, {key, uri}});
  return list;
}

void PutText(Json& event, const char* key, const std::string& value) {
  if (!value.empty()) event[key] = value;
}

void PutPlace(Json& event, const char* key, const std::string& uri) {
  if (!uri.empty()) event[key] = Json{{"id", uri}};
}

// A term that comes more than once becomes a list.
void PutOwn(Json& object, const std::vector<std::pair<std::string, std::string>>& pairs) {
  for (const auto& [term, text] : pairs) {
    if (text.empty()) continue;
    Json& place = object[Cat(kVocabularyPrefix, ":", term)];
    if (place.is_null()) {
      place = text;
    } else {
      if (place.is_string()) place = Json::array({place});
      place.push_back(text);
    }
  }
}

// Which equipment: the part in which the three kinds of event differ.
void PutWhat(Json& event, const EventSpec& spec) {
  switch (spec.type) {
    case EventType::kObject:
      if (!spec.epcs.empty() || spec.quantities.empty()) event["epcList"] = spec.epcs;
      if (!spec.quantities.empty()) event["quantityList"] = Quantities(spec.quantities);
      break;
    case EventType::kAggregation:
      PutText(event, "parentID", spec.parent);
      if (!spec.epcs.empty()) event["childEPCs"] = spec.epcs;
      if (!spec.quantities.empty()) event["childQuantityList"] = Quantities(spec.quantities);
      break;
    case EventType::kTransformation:
      if (!spec.epcs.empty()) event["inputEPCList"] = spec.epcs;
      if (!spec.input_quantities.empty()) {
        event["inputQuantityList"] = Quantities(spec.input_quantities);
      }
      if (!spec.outputs.empty()) event["outputEPCList"] = spec.outputs;
      if (!spec.quantities.empty()) event["outputQuantityList"] = Quantities(spec.quantities);
      PutText(event, "transformationID", spec.transformation_id);
      break;
  }
}

}  // namespace

const Prefixes& OwnPrefixes() {
  static const auto* const kPrefixes = new Prefixes{
      {std::string(kVocabularyPrefix), std::string(kVocabulary)},
      {"cbv", "https://ref.gs1.org/cbv/"},
      {"cbvmda", "urn:epcglobal:cbv:mda:"},
      {"gs1", "https://gs1.org/voc/"},
  };
  return *kPrefixes;
}

std::string OwnTerm(std::string_view kind, std::string_view term) {
  return Cat(kVocabulary, kind, "/", term);
}

bool IsCbvBizStep(std::string_view word) {
  return std::find(kBizSteps.begin(), kBizSteps.end(), word) != kBizSteps.end();
}

bool IsCbvDisposition(std::string_view word) {
  return std::find(kDispositions.begin(), kDispositions.end(), word) != kDispositions.end();
}

std::string FormatUtcOffset(int utc_offset_minutes) {
  const int minutes = std::abs(utc_offset_minutes);
  return absl::StrFormat("%c%02d:%02d", utc_offset_minutes < 0 ? '-' : '+', minutes / 60,
                         minutes % 60);
}

std::string FormatEventTime(absl::Time time, int utc_offset_minutes) {
  return Cat(
      absl::FormatTime("%Y-%m-%dT%H:%M:%E3S", time, absl::FixedTimeZone(utc_offset_minutes * 60)),
      FormatUtcOffset(utc_offset_minutes));
}

absl::StatusOr<int> ParseUtcOffset(std::string_view text) {
  int hours = 0;
  int minutes = 0;
  const auto digit = [&](std::size_t i) {
    return absl::ascii_isdigit(static_cast<unsigned char>(text[i]));
  };
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':' || !digit(1) ||
      !digit(2) || !digit(4) || !digit(5) || !absl::SimpleAtoi(Abs(text.substr(1, 2)), &hours) ||
      !absl::SimpleAtoi(Abs(text.substr(4, 2)), &minutes) || minutes > 59 ||
      hours * 60 + minutes > kOffsetMinutesMax) {
    return common::Error(absl::StatusCode::kInvalidArgument, "EPCIS_INVALID",
                         "an offset from UTC has the form +hh:mm or -hh:mm, at most 14 hours.");
  }
  const int offset = hours * 60 + minutes;
  return text[0] == '-' ? -offset : offset;
}

std::string_view EventTypeName(EventType type) {
  switch (type) {
    case EventType::kObject:
      return "ObjectEvent";
    case EventType::kAggregation:
      return "AggregationEvent";
    case EventType::kTransformation:
      return "TransformationEvent";
  }
  return "";
}

absl::StatusOr<Json> MakeEvent(const EventSpec& spec) {
  Json event;
  event["type"] = EventTypeName(spec.type);
  event["eventID"] = "";  // its place; filled in below
  event["eventTime"] = FormatEventTime(spec.time, spec.utc_offset_minutes);
  event["eventTimeZoneOffset"] = FormatUtcOffset(spec.utc_offset_minutes);
  PutWhat(event, spec);
  PutText(event, "action", spec.action);
  PutText(event, "bizStep", spec.biz_step);
  PutText(event, "disposition", spec.disposition);
  if (!spec.persistent_set.empty()) {
    event["persistentDisposition"] = Json{{"set", spec.persistent_set}};
  }
  PutPlace(event, "readPoint", spec.read_point);
  PutPlace(event, "bizLocation", spec.biz_location);
  if (!spec.transactions.empty()) {
    event["bizTransactionList"] = Typed(spec.transactions, "bizTransaction");
  }
  if (!spec.sources.empty()) event["sourceList"] = Typed(spec.sources, "source");
  if (!spec.destinations.empty()) {
    event["destinationList"] = Typed(spec.destinations, "destination");
  }
  Json ilmd = Json::object();
  PutOwn(ilmd, spec.ilmd);
  if (!ilmd.empty()) event["ilmd"] = std::move(ilmd);
  PutOwn(event, spec.extensions);
  auto id = EventId(event);
  if (!id.ok()) return id.status();
  event["eventID"] = *std::move(id);
  if (auto status = ValidateEvent(event); !status.ok()) return status;
  return event;
}

std::string DocumentHead(absl::Time creation) {
  const Json context = Json::array({Json(kEpcisContext), Json{{kVocabularyPrefix, kVocabulary}}});
  return Cat("{\"@context\":", context.dump(),
             ",\"type\":\"EPCISDocument\",\"schemaVersion\":\"2.0\",\"creationDate\":\"",
             absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", creation, absl::UTCTimeZone()),
             "\",\"epcisBody\":{\"eventList\":[\n");
}

std::string DocumentTail() { return "\n]}}\n"; }

}  // namespace loopdock::traceability
