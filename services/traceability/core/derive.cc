// SPDX-License-Identifier: Apache-2.0
#include "services/traceability/core/derive.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <array>
#include <utility>

#include "services/common/hash.h"
#include "services/common/json.h"
#include "services/common/names.h"
#include "services/common/status.h"
#include "services/traceability/core/facts_table.h"
#include "services/traceability/core/text.h"

namespace loopdock::traceability {
namespace {

using inventory::v1::Fact;
using inventory::v1::FeedEntry;

constexpr std::size_t kSubjectsMax = 900;
constexpr std::size_t kSubjectBytesMax = 30000;
constexpr std::size_t kAttributesMax = 100;
constexpr std::size_t kTextBytesMax = 500;
constexpr std::size_t kAttributeBytesMax = 20000;
constexpr std::int64_t kStationClockTrustedUs = std::int64_t{24} * 3600 * 1000000;

// Names of people stay in the record and do not go to partners with the events.
constexpr std::array<std::string_view, 5> kPrivate = {"operator", "verifier", "representative",
                                                      "approver", "confirmed_by"};

std::int64_t Micros(const google::protobuf::Timestamp& time) {
  return time.seconds() * 1000000 + time.nanos() / 1000;
}

// Cuts on a character's boundary.
std::string Cut(const std::string& text) {
  std::size_t size = std::min(text.size(), kTextBytesMax);
  while (size < text.size() && size > 0 &&
         (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) {
    --size;
  }
  return text.substr(0, size);
}

std::string DeterministicBytes(const Fact& fact) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  fact.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

// "maxTerm" style is what JSON-LD readers expect of terms: from_location becomes fromLocation.
std::string TermOf(std::string_view key) {
  std::string term;
  bool upper = false;
  for (const char c : key) {
    if (c == '_') {
      upper = true;
    } else {
      term.push_back(upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
      upper = false;
    }
  }
  return term;
}

// A name's characters that a URI does not take are percent-encoded; the slashes stay.
std::string UriOf(const SiteContext& context, std::string_view name) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  std::string uri = context.base_uri;
  for (const char c : name) {
    if (kPlain.find(c) != std::string_view::npos) {
      uri.push_back(c);
    } else {
      uri += "%" + common::HexEncode(std::string_view(&c, 1));
    }
  }
  return uri;
}

void PutTimes(const FeedEntry& entry, const SiteContext& context, Record& record) {
  record.server_time_us = Micros(entry.server_time());
  record.event_time_us = record.server_time_us;
  record.utc_offset_minutes = context.utc_offset_minutes;
  if (!entry.has_station_time()) return;
  const std::int64_t station = Micros(entry.station_time());
  const std::int64_t apart = station - record.server_time_us;
  if (apart < -kStationClockTrustedUs || apart > kStationClockTrustedUs) return;
  record.event_time_us = station;
  record.event_time_source = EventTimeSource::kStation;
}

void PutDetails(const FactDetails& details, Record& record) {
  std::size_t bytes = 0;
  for (const std::string& subject : details.subjects) {
    bytes += subject.size();
    if (record.subjects.size() == kSubjectsMax || bytes > kSubjectBytesMax) break;
    record.subjects.push_back(subject);
  }
  record.location = Cut(details.location);
  record.evidence_sha256.assign(
      details.evidence_sha256.begin(),
      details.evidence_sha256.begin() +
          static_cast<std::ptrdiff_t>(std::min(details.evidence_sha256.size(), kAttributesMax)));
  bytes = 0;
  for (const auto& [key, text] : details.attributes) {
    std::string attribute = Cat(key, "=", Cut(text));
    bytes += attribute.size();
    if (record.attributes.size() == kAttributesMax || bytes > kAttributeBytesMax) break;
    record.attributes.push_back(std::move(attribute));
  }
}

// The event of a row, completed with what all events have in common.
absl::StatusOr<Json> EventOf(const FeedEntry& entry, const SiteContext& context,
                             const FactDetails& details, const Record& record) {
  EventSpec spec = details.event;
  spec.time = absl::FromUnixMicros(record.event_time_us);
  spec.utc_offset_minutes = context.utc_offset_minutes;
  std::vector<std::string> names = details.epcs;
  if (names.empty() && spec.quantities.empty() && spec.type != EventType::kTransformation &&
      !details.subjects.empty()) {
    names = {details.subjects.front()};
  }
  for (auto* quantities : {&spec.quantities, &spec.input_quantities}) {
    for (Quantity& quantity : *quantities) quantity.epc_class = UriOf(context, quantity.epc_class);
  }
  for (const std::string& name : details.outputs) spec.outputs.push_back(UriOf(context, name));
  if (!details.transformation.empty()) {
    spec.transformation_id = UriOf(context, details.transformation);
  }
  for (const std::string& name : names) spec.epcs.push_back(UriOf(context, name));
  if (!details.parent.empty()) spec.parent = UriOf(context, details.parent);
  if (entry.station().find('/') != std::string::npos) {
    spec.read_point = UriOf(context, entry.station());
  } else if (!entry.station().empty()) {
    spec.read_point = UriOf(context, common::FormatName(entry.site(), "stations", entry.station()));
  }
  if (!details.location.empty()) spec.biz_location = UriOf(context, details.location);
  if (!details.bill_of_lading.empty()) {
    spec.transactions.emplace_back("bol", UriOf(context, "bol/" + details.bill_of_lading));
  }
  if (!details.receiver.empty()) {
    spec.destinations.emplace_back("owning_party", UriOf(context, details.receiver));
  }
  for (const auto& [key, text] : details.attributes) {
    if (std::find(kPrivate.begin(), kPrivate.end(), key) != kPrivate.end()) continue;
    spec.extensions.emplace_back(TermOf(key), Cut(text));
  }
  spec.extensions.emplace_back("feedSequence", Cat("s", entry.sequence(), ".", record.fact_index));
  spec.extensions.emplace_back(
      "timeSource", record.event_time_source == EventTimeSource::kStation ? "station" : "server");
  return MakeEvent(spec);
}

void LearnSite(const Fact& fact, SiteContext& context) {
  if (fact.kind_case() != Fact::kSiteSet) return;
  const auto offset = ParseUtcOffset(fact.site_set().utc_offset());
  if (offset.ok()) context.utc_offset_minutes = *offset;
}

Record RecordOf(const FeedEntry& entry, const FactRow& row, const Fact& fact, int index) {
  Record record;
  record.site = entry.site();
  record.epoch = entry.epoch();
  record.sequence = static_cast<std::uint64_t>(entry.sequence());
  record.fact_index = static_cast<std::uint64_t>(index);
  record.fact = FactName(row.fact);
  record.kind = row.kind;
  record.clause = row.clause;
  record.actor = Cut(entry.actor());
  record.station = Cut(entry.station());
  record.request_id = Cut(entry.request_id());
  for (const std::string& version : entry.rule_versions()) {
    if (record.rule_versions.size() < kAttributesMax) record.rule_versions.push_back(Cut(version));
  }
  record.fact_sha256 = common::Sha256(DeterministicBytes(fact));
  return record;
}

}  // namespace

absl::StatusOr<std::vector<Derived>> Derive(const FeedEntry& entry, SiteContext& context) {
  std::vector<Derived> all;
  for (int i = 0; i < entry.facts_size(); ++i) {
    const Fact& fact = entry.facts(i);
    const FactRow* row = FindFactRow(fact.kind_case());
    if (row == nullptr) {
      return common::Error(absl::StatusCode::kFailedPrecondition, "FACT_UNKNOWN",
                           Cat("entry ", entry.sequence(),
                               " of the feed holds a fact that this version does not know: update "
                               "the program."),
                           {{"sequence", Cat(entry.sequence())}});
    }
    LearnSite(fact, context);
    if (row->kind.empty()) continue;
    FactDetails details;
    if (row->event) {
      details.event.type = *row->event;
      details.event.action = row->action;
      details.event.biz_step = row->biz_step;
      details.event.disposition = row->disposition;
    }
    row->fill(fact, details);
    Derived derived{RecordOf(entry, *row, fact, i), ""};
    PutTimes(entry, context, derived.record);
    PutDetails(details, derived.record);
    if (row->event) {
      auto event = EventOf(entry, context, details, derived.record);
      if (event.ok()) {
        derived.record.biz_step = event->value("bizStep", "");
        derived.record.disposition = event->value("disposition", "");
        derived.record.event_id = event->value("eventID", "");
        derived.event_json = common::DumpJson(*event);
      } else {
        derived.record.attributes.push_back(
            Cat("event_problem=", Cut(std::string(event.status().message()))));
      }
    }
    all.push_back(std::move(derived));
  }
  return all;
}

}  // namespace loopdock::traceability
