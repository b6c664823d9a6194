// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_TRACEABILITY_CORE_EPCIS_H_
#define LOOPDOCK_SERVICES_TRACEABILITY_CORE_EPCIS_H_

// EPCIS 2.0 events and documents in JSON-LD, the check that GS1's schema does not make, and the
// event's name: the hash of CBV 2.0 section 8.9.
//
// Thread safety: values and free functions.
// Errors: INVALID_ARGUMENT EPCIS_INVALID, naming the field.
// Limits: an event of 1,000 identifiers in one list, nested eight deep.

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace loopdock::traceability {

using Json = nlohmann::ordered_json;

// Our own terms: what CBV has no word for. They are never in a namespace of GS1.
inline constexpr std::string_view kVocabulary = "https://vocabulary.loopdock.example/1/";
inline constexpr std::string_view kVocabularyPrefix = "loopdock";

// Prefixes that extension keys may use, as the document's context declares them.
using Prefixes = std::map<std::string, std::string, std::less<>>;
const Prefixes& OwnPrefixes();

// The URI of a term of ours: OwnTerm("bizstep", "sanitizing").
std::string OwnTerm(std::string_view kind, std::string_view term);

bool IsCbvBizStep(std::string_view word);
bool IsCbvDisposition(std::string_view word);

// "2026-03-02T09:15:00.000-06:00" and "-06:00".
std::string FormatEventTime(absl::Time time, int utc_offset_minutes);
std::string FormatUtcOffset(int utc_offset_minutes);
// Accepts what EPCIS accepts: +hh:mm or -hh:mm, at most 14 hours.
absl::StatusOr<int> ParseUtcOffset(std::string_view text);

enum class EventType { kObject, kAggregation, kTransformation };
std::string_view EventTypeName(EventType type);

struct Quantity {
  std::string epc_class;
  std::int64_t value_milli = 0;  // thousandths of the unit
  std::string uom;               // UN/CEFACT code; empty for pieces
};

// What an event is made of; empty parts are left out.
struct EventSpec {
  EventType type = EventType::kObject;
  absl::Time time;
  int utc_offset_minutes = 0;
  std::string action;                      // ADD, OBSERVE, DELETE; none for a transformation
  std::vector<std::string> epcs;           // children of an aggregation, inputs of a transformation
  std::vector<std::string> outputs;        // of a transformation
  std::vector<Quantity> quantities;        // outputs of a transformation
  std::vector<Quantity> input_quantities;  // of a transformation
  std::string parent;                      // of an aggregation
  std::string transformation_id;
  std::string biz_step;
  std::string disposition;
  std::vector<std::string> persistent_set;
  std::string read_point;
  std::string biz_location;
  std::vector<std::pair<std::string, std::string>> transactions;  // type, URI
  std::vector<std::pair<std::string, std::string>> sources;       // type, URI
  std::vector<std::pair<std::string, std::string>> destinations;  // type, URI
  std::vector<std::pair<std::string, std::string>> ilmd;          // our term, text
  std::vector<std::pair<std::string, std::string>> extensions;    // our term, text
};

// The event, checked, with its eventID.
absl::StatusOr<Json> MakeEvent(const EventSpec& spec);

// Required fields, types, terms exactly from the lists of CBV, URIs, offsets, check digits.
absl::Status ValidateEvent(const Json& event, const Prefixes& prefixes = OwnPrefixes());

// The string that is hashed, and "ni:///sha-256;<hex>?ver=CBV2.0". The order of fields is that of
// the published vectors; texts that look like numbers keep their zeros.
absl::StatusOr<std::string> EventPreHash(const Json& event,
                                         const Prefixes& prefixes = OwnPrefixes());
absl::StatusOr<std::string> EventId(const Json& event, const Prefixes& prefixes = OwnPrefixes());

// A document in three parts, so that it can be streamed: head, events with commas, tail.
std::string DocumentHead(absl::Time creation);
std::string DocumentTail();

}  // namespace loopdock::traceability

#endif  // LOOPDOCK_SERVICES_TRACEABILITY_CORE_EPCIS_H_
