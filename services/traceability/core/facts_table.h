// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_TRACEABILITY_CORE_FACTS_TABLE_H_
#define LOOPDOCK_SERVICES_TRACEABILITY_CORE_FACTS_TABLE_H_

// The one table that says what becomes of a fact: its R2 record and its EPCIS event, or why there
// is none. docs/reference/facts.md is made from it, and a test fails for a fact without a row.
//
// Thread safety: constant.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "loopdock/inventory/v1/feed.pb.h"
#include "services/traceability/core/epcis.h"

namespace loopdock::traceability {

// What a fact says beyond its row. Names are resource names; the derivation makes URIs of them.
struct FactDetails {
  std::vector<std::string> subjects;  // the first is what the record is about
  std::string location;
  std::vector<std::string> evidence_sha256;
  std::vector<std::pair<std::string, std::string>> attributes;  // key, text

  // The row's event, changed where the fact's content decides. Its quantities have names, too.
  EventSpec event;
  std::vector<std::string> epcs;     // names; the first subject when empty
  std::string parent;                // name, of an aggregation
  std::vector<std::string> outputs;  // names, of a transformation
  std::string transformation;        // name
  std::string bill_of_lading;
  std::string receiver;  // `parties/{party}`
};

struct FactRow {
  inventory::v1::Fact::KindCase fact;
  std::string_view kind;    // of the record; empty when there is none
  std::string_view clause;  // of R2v3 that asks for it
  // The event; nothing when `why` tells why there is none.
  std::optional<EventType> event;
  std::string_view action;
  std::string biz_step;
  std::string disposition;
  std::string_view why;  // no event or no record; or what changes the event
  void (*fill)(const inventory::v1::Fact& fact, FactDetails& details);
};

const std::vector<FactRow>& FactsTable();
// Null for a fact that this version does not know.
const FactRow* FindFactRow(inventory::v1::Fact::KindCase fact);

// "asset_registered".
std::string FactName(inventory::v1::Fact::KindCase fact);

// The text of docs/reference/facts.md.
std::string FactsMarkdown();

}  // namespace loopdock::traceability

#endif  // LOOPDOCK_SERVICES_TRACEABILITY_CORE_FACTS_TABLE_H_
