// SPDX-License-Identifier: Apache-2.0
#include "services/traceability/core/facts_table.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "services/common/status.h"
#include "services/traceability/core/derive.h"
#include "services/traceability/core/uris.h"

namespace loopdock::traceability {
namespace {

using inventory::v1::Fact;
using inventory::v1::FeedEntry;

TEST(FactsTable, EveryFactHasExactlyOneRow) {
  const auto* kinds = Fact::descriptor()->FindOneofByName("kind");
  ASSERT_NE(kinds, nullptr);
  std::set<int> rows;
  for (const FactRow& row : FactsTable()) {
    EXPECT_TRUE(rows.insert(static_cast<int>(row.fact)).second) << FactName(row.fact);
  }
  for (int i = 0; i < kinds->field_count(); ++i) {
    EXPECT_EQ(rows.count(kinds->field(i)->number()), 1u)
        << kinds->field(i)->name() << " has no row in facts_table.cc";
  }
  EXPECT_EQ(static_cast<int>(rows.size()), kinds->field_count());
}

TEST(FactsTable, RowsUseKnownTermsOrSayWhyNot) {
  std::set<std::string_view> record_kinds;
  for (const FactRow& row : FactsTable()) {
    SCOPED_TRACE(FactName(row.fact));
    if (!row.event) {
      EXPECT_FALSE(row.why.empty());
    }
    if (row.kind.empty()) continue;
    EXPECT_TRUE(record_kinds.insert(row.kind).second);
    EXPECT_FALSE(row.clause.empty());
    EXPECT_NE(row.fill, nullptr);
    if (!row.event) continue;
    EXPECT_TRUE(IsCbvBizStep(row.biz_step) || IsUri(row.biz_step)) << row.biz_step;
    EXPECT_TRUE(IsCbvDisposition(row.disposition) || IsUri(row.disposition)) << row.disposition;
  }
}

TEST(FactsTable, DocumentIsMadeFromIt) {
  const char* source = std::getenv("LOOPDOCK_SOURCE_DIR");
  ASSERT_NE(source, nullptr) << "run through ctest";
  const std::string path = std::string(source) + "/docs/reference/facts.md";
  if (std::getenv("LOOPDOCK_UPDATE") != nullptr) std::ofstream(path) << FactsMarkdown();
  std::stringstream committed;
  committed << std::ifstream(path).rdbuf();
  EXPECT_EQ(committed.str(), FactsMarkdown())
      << "run this test with LOOPDOCK_UPDATE=1 and commit docs/reference/facts.md";
}

// A message with every text field set to a name, every number to one, one member in each list.
void FillAll(google::protobuf::Message* message, int depth) {
  const auto* reflection = message->GetReflection();
  const auto* descriptor = message->GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    if (field->is_map()) continue;
    using F = google::protobuf::FieldDescriptor;
    const bool many = field->is_repeated();
    switch (field->cpp_type()) {
      case F::CPPTYPE_MESSAGE:
        if (depth < 4) {
          FillAll(many ? reflection->AddMessage(message, field)
                       : reflection->MutableMessage(message, field),
                  depth + 1);
        }
        break;
      case F::CPPTYPE_STRING: {
        const std::string text = "sites/main/things/" + std::string(field->name()) + " \xc3\xa9\"";
        many ? reflection->AddString(message, field, text)
             : reflection->SetString(message, field, text);
        break;
      }
      case F::CPPTYPE_INT64:
        if (!many) reflection->SetInt64(message, field, 1);
        break;
      case F::CPPTYPE_INT32:
        if (!many) reflection->SetInt32(message, field, 1);
        break;
      case F::CPPTYPE_BOOL:
        if (!many) reflection->SetBool(message, field, true);
        break;
      case F::CPPTYPE_ENUM:
        many ? reflection->AddEnumValue(message, field, 1)
             : reflection->SetEnumValue(message, field, 1);
        break;
      default:
        break;
    }
  }
}

FeedEntry EntryOf(int field_number, bool full) {
  FeedEntry entry;
  entry.set_site("main");
  entry.set_epoch("e1");
  entry.set_sequence(9);
  entry.mutable_server_time()->set_seconds(1767323045);
  entry.mutable_station_time()->set_seconds(1767323000);
  entry.set_actor("demo");
  entry.set_station("sites/main/stations/dock-1");
  Fact* fact = entry.add_facts();
  const auto* field = Fact::descriptor()->FindFieldByNumber(field_number);
  auto* message = fact->GetReflection()->MutableMessage(fact, field);
  if (full) FillAll(message, 0);
  return entry;
}

// Whatever a fact holds, its record is made, and its event, if its row has one, is valid.
TEST(Derive, EveryFactGivesWhatItsRowSays) {
  for (const FactRow& row : FactsTable()) {
    for (const bool full : {true, false}) {
      SCOPED_TRACE(FactName(row.fact) + (full ? " full" : " empty"));
      SiteContext context{"https://loopdock.example/", 60};
      auto derived = Derive(EntryOf(static_cast<int>(row.fact), full), context);
      ASSERT_TRUE(derived.ok()) << derived.status();
      ASSERT_EQ(derived->size(), row.kind.empty() ? 0u : 1u);
      if (row.kind.empty()) continue;
      const Record& record = derived->front().record;
      EXPECT_EQ(record.kind, row.kind);
      EXPECT_EQ(record.fact_sha256.size(), 32u);
      ASSERT_TRUE(EncodeRecord(record).ok());
      if (!full) continue;
      EXPECT_FALSE(record.subjects.empty());
      for (const std::string& attribute : record.attributes) {
        EXPECT_FALSE(attribute.starts_with("event_problem")) << attribute;
      }
      EXPECT_EQ(derived->front().event_json.empty(), !row.event.has_value());
      if (!row.event) continue;
      const Json event = Json::parse(derived->front().event_json);
      EXPECT_TRUE(ValidateEvent(event).ok()) << ValidateEvent(event);
      EXPECT_EQ(event["eventID"], record.event_id);
      EXPECT_EQ(*EventId(event), record.event_id);
      EXPECT_EQ(derived->front().event_json.find("demo"), std::string::npos) << "no actors";
    }
  }
}

TEST(Derive, EventTimeIsTheStationsWithinADay) {
  FeedEntry entry = EntryOf(Fact::kAssetRegisteredFieldNumber, true);
  SiteContext context{"https://loopdock.example/", -300};
  const std::int64_t server = 1767323045;
  struct Case {
    std::int64_t station;
    bool trusted;
  };
  for (const Case& c : {Case{server - 86400, true}, Case{server - 86401, false},
                        Case{server + 86400, true}, Case{server + 86401, false}}) {
    entry.mutable_station_time()->set_seconds(c.station);
    const Record record = Derive(entry, context)->front().record;
    EXPECT_EQ(record.event_time_source,
              c.trusted ? EventTimeSource::kStation : EventTimeSource::kServer);
    EXPECT_EQ(record.event_time_us, (c.trusted ? c.station : server) * 1000000);
    EXPECT_EQ(record.utc_offset_minutes, -300);
  }
  entry.clear_station_time();
  auto derived = Derive(entry, context);
  EXPECT_EQ(derived->front().record.event_time_source, EventTimeSource::kServer);
  EXPECT_NE(derived->front().event_json.find("\"loopdock:timeSource\":\"server\""),
            std::string::npos);
}

TEST(Derive, OffsetIsLearntFromTheSite) {
  FeedEntry entry = EntryOf(Fact::kSiteSetFieldNumber, false);
  entry.mutable_facts(0)->mutable_site_set()->set_utc_offset("-06:00");
  *entry.add_facts() = EntryOf(Fact::kAssetRegisteredFieldNumber, true).facts(0);
  SiteContext context{"https://loopdock.example/", 0};
  auto derived = Derive(entry, context);
  ASSERT_TRUE(derived.ok());
  EXPECT_EQ(context.utc_offset_minutes, -360);
  EXPECT_EQ((*derived)[1].record.utc_offset_minutes, -360);
  EXPECT_NE((*derived)[1].event_json.find("\"eventTimeZoneOffset\":\"-06:00\""), std::string::npos);
}

TEST(Derive, MovesIntoContainersAreAggregations) {
  FeedEntry entry = EntryOf(Fact::kAssetMovedFieldNumber, false);
  auto* moved = entry.mutable_facts(0)->mutable_asset_moved();
  moved->set_asset("sites/main/assets/A1");
  moved->set_to_container("sites/main/containers/C1");
  SiteContext context{"https://loopdock.example/", 0};
  Json event = Json::parse(Derive(entry, context)->front().event_json);
  EXPECT_EQ(event["type"], "AggregationEvent");
  EXPECT_EQ(event["action"], "ADD");
  EXPECT_EQ(event["parentID"], "https://loopdock.example/sites/main/containers/C1");
  EXPECT_EQ(event["childEPCs"][0], "https://loopdock.example/sites/main/assets/A1");
  moved->set_from_container(moved->to_container());
  moved->clear_to_container();
  event = Json::parse(Derive(entry, context)->front().event_json);
  EXPECT_EQ(event["action"], "DELETE");
  EXPECT_EQ(event["bizStep"], "unpacking");
  moved->clear_from_container();
  event = Json::parse(Derive(entry, context)->front().event_json);
  EXPECT_EQ(event["type"], "ObjectEvent");
}

TEST(Derive, AStationsIdBecomesItsName) {
  FeedEntry entry = EntryOf(Fact::kHoldReleasedFieldNumber, true);
  SiteContext context{"https://loopdock.example/", 0};
  const std::string place = "https://loopdock.example/sites/main/stations/dock-1";
  EXPECT_EQ(Json::parse(Derive(entry, context)->front().event_json)["readPoint"]["id"], place);
  entry.set_station("dock-1");
  EXPECT_EQ(Json::parse(Derive(entry, context)->front().event_json)["readPoint"]["id"], place);
}

TEST(Derive, LotsAreQuantities) {
  FeedEntry entry = EntryOf(Fact::kLotSetFieldNumber, false);
  auto* lot = entry.mutable_facts(0)->mutable_lot_set();
  lot->set_name("sites/main/lots/L1");
  lot->set_piece_count(12);
  SiteContext context{"https://loopdock.example/", 0};
  Json event = Json::parse(Derive(entry, context)->front().event_json);
  EXPECT_EQ(event["quantityList"].dump(),
            R"([{"epcClass":"https://loopdock.example/sites/main/lots/L1","quantity":12}])");
  EXPECT_FALSE(event.contains("epcList"));
  lot->set_mass_g(12500);
  event = Json::parse(Derive(entry, context)->front().event_json);
  EXPECT_EQ(event["quantityList"][0]["quantity"], 12.5);
  EXPECT_EQ(event["quantityList"][0]["uom"], "KGM");
}

constexpr char kUri[] = "https://loopdock.example/sites/main/";

TEST(Derive, TransformationsNameBothSides) {
  FeedEntry entry = EntryOf(Fact::kTransformationRecordedFieldNumber, false);
  auto* run = entry.mutable_facts(0)->mutable_transformation_recorded();
  run->set_name("sites/main/transformations/T1");
  run->set_kind(inventory::v1::TRANSFORMATION_KIND_TEARDOWN);
  auto* laptop = run->add_inputs();
  laptop->set_asset("sites/main/assets/A1");
  laptop->set_mass_g(2000);
  auto* drive = run->add_outputs();
  drive->set_serial("WD-1");
  drive->set_made("sites/main/assets/A2");
  drive->set_mass_g(100);
  auto* metal = run->add_outputs();
  metal->set_made("sites/main/lots/L1");
  metal->set_piece_count(3);
  metal->set_mass_g(1850);
  run->set_loss_g(50);
  SiteContext context{"https://loopdock.example/", 0};
  Json event = Json::parse(Derive(entry, context)->front().event_json);
  EXPECT_EQ(event["type"], "TransformationEvent");
  EXPECT_FALSE(event.contains("action"));
  EXPECT_EQ(event["bizStep"], "disassembling");
  EXPECT_EQ(event["transformationID"], std::string(kUri) + "transformations/T1");
  EXPECT_EQ(event["inputEPCList"], Json::array({std::string(kUri) + "assets/A1"}));
  EXPECT_EQ(event["outputEPCList"], Json::array({std::string(kUri) + "assets/A2"}));
  EXPECT_EQ(
      event["outputQuantityList"],
      Json::array(
          {{{"epcClass", std::string(kUri) + "lots/L1"}, {"quantity", 1.85}, {"uom", "KGM"}}}));
  EXPECT_EQ(event["loopdock:lossG"], "50");

  // A part of a lot as the only input, shredded.
  run->set_kind(inventory::v1::TRANSFORMATION_KIND_SHRED);
  laptop = run->mutable_inputs(0);
  laptop->clear_asset();
  laptop->set_lot("sites/main/lots/L0");
  event = Json::parse(Derive(entry, context)->front().event_json);
  EXPECT_EQ(event["bizStep"], "destroying");
  EXPECT_FALSE(event.contains("inputEPCList"));
  EXPECT_EQ(event["inputQuantityList"],
            Json::array(
                {{{"epcClass", std::string(kUri) + "lots/L0"}, {"quantity", 2}, {"uom", "KGM"}}}));
  EXPECT_TRUE(ValidateEvent(event).ok()) << ValidateEvent(event);
}

TEST(Derive, ComponentsAreChildrenOfTheirHost) {
  FeedEntry entry = EntryOf(Fact::kComponentRemovedFieldNumber, false);
  auto* removed = entry.mutable_facts(0)->mutable_component_removed();
  removed->set_asset("sites/main/assets/A2");
  removed->set_host("sites/main/assets/A1");
  SiteContext context{"https://loopdock.example/", 0};
  const Json event = Json::parse(Derive(entry, context)->front().event_json);
  EXPECT_EQ(event["type"], "AggregationEvent");
  EXPECT_EQ(event["action"], "DELETE");
  EXPECT_EQ(event["bizStep"], "removing");
  EXPECT_EQ(event["parentID"], std::string(kUri) + "assets/A1");
  EXPECT_EQ(event["childEPCs"][0], std::string(kUri) + "assets/A2");
}

TEST(Derive, ShipmentsNameUnitsAndPartsOfLots) {
  FeedEntry entry = EntryOf(Fact::kShipmentShippedFieldNumber, false);
  auto* shipment = entry.mutable_facts(0)->mutable_shipment_shipped();
  shipment->set_name("sites/main/shipments/S1");
  shipment->add_assets("sites/main/assets/A1");
  auto* part = shipment->add_lots();
  part->set_lot("sites/main/lots/L1");
  part->set_piece_count(4);
  SiteContext context{"https://loopdock.example/", 0};
  const auto derived = Derive(entry, context);
  const Json event = Json::parse(derived->front().event_json);
  EXPECT_EQ(event["epcList"], Json::array({std::string(kUri) + "assets/A1"}));
  EXPECT_EQ(event["quantityList"],
            Json::array({{{"epcClass", std::string(kUri) + "lots/L1"}, {"quantity", 4}}}));
  EXPECT_EQ(derived->front().record.subjects,
            (std::vector<std::string>{shipment->name(), shipment->assets(0), part->lot()}));
}

TEST(Derive, AnUnknownFactStops) {
  FeedEntry entry = EntryOf(Fact::kSiteSetFieldNumber, true);
  entry.add_facts();
  SiteContext context{"https://loopdock.example/", 0};
  EXPECT_EQ(common::ReasonOf(Derive(entry, context).status()), "FACT_UNKNOWN");
}

TEST(Derive, LargeFactsAreBounded) {
  FeedEntry entry = EntryOf(Fact::kShipmentShippedFieldNumber, true);
  auto* shipment = entry.mutable_facts(0)->mutable_shipment_shipped();
  for (int i = 0; i < 5000; ++i) shipment->add_assets("sites/main/assets/" + std::to_string(i));
  shipment->set_bill_of_lading(std::string(100000, 'x'));
  SiteContext context{"https://loopdock.example/", 0};
  auto derived = Derive(entry, context);
  ASSERT_TRUE(derived.ok());
  const auto bytes = EncodeRecord(derived->front().record);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_TRUE(derived->front().event_json.empty());
  EXPECT_TRUE(derived->front().record.attributes.back().starts_with("event_problem="));
}

}  // namespace
}  // namespace loopdock::traceability
