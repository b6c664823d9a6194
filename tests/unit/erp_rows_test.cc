// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "clients/erp/rows.h"

namespace loopdock::erp {
namespace {

using testing::ElementsAre;

Value Column(const Row& row, const std::string& name) {
  const auto found = std::find_if(row.columns.begin(), row.columns.end(),
                                  [&](const auto& column) { return column.first == name; });
  return found == row.columns.end() ? Value("no such column") : found->second;
}

TEST(ErpRowsTest, AnAssetIsAnItemWithItsIdentifiers) {
  v1::Asset asset;
  asset.set_name("sites/main/assets/a");
  asset.set_state(v1::ASSET_STATE_IN_STOCK);
  asset.set_cosmetic(v1::COSMETIC_C4);
  asset.mutable_decision()->set_next(v1::NEXT_PROCESS_REUSE);
  v1::Identifier* imei = asset.add_identifiers();
  imei->set_kind(v1::IDENTIFIER_KIND_IMEI);
  imei->set_value("001010123456780");
  v1::Identifier* serial = asset.add_identifiers();
  serial->set_kind(v1::IDENTIFIER_KIND_SERIAL);
  serial->set_value("S1");
  const auto rows = RowsOf(asset);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(Column(rows[0], "serial_no"), Value("S1"));
  EXPECT_EQ(Column(rows[0], "state"), Value("IN_STOCK"));
  EXPECT_EQ(Column(rows[0], "cosmetic_grade"), Value("C4"));
  EXPECT_EQ(Column(rows[0], "functional_grade"), Value("")) << "unspecified";
  EXPECT_EQ(Column(rows[0], "decision"), Value("REUSE"));
  EXPECT_EQ(Column(rows[1], "kind"), Value("IMEI"));
  asset.set_state(static_cast<v1::AssetState>(99));
  EXPECT_EQ(Column(RowsOf(asset)[0], "state"), Value("99")) << "a value of a newer API";
}

TEST(ErpRowsTest, OnlyFactsThatMoveSomethingAreMoves) {
  v1::FeedEntry entry;
  entry.set_sequence(7);
  entry.add_facts()->mutable_test_recorded()->set_asset("sites/main/assets/a");
  v1::AssetMoved* moved = entry.add_facts()->mutable_asset_moved();
  moved->set_asset("sites/main/assets/a");
  moved->set_from_location("sites/main/locations/dock");
  moved->set_to_location("sites/main/locations/cage");
  moved->set_to_container("sites/main/containers/c");
  entry.add_facts();
  const auto moves = MovesOf(entry);
  ASSERT_EQ(moves.size(), 1u);
  EXPECT_EQ(Column(moves[0], "sequence"), Value(std::int64_t{7}));
  EXPECT_EQ(Column(moves[0], "fact"), Value(std::int64_t{1}));
  EXPECT_EQ(Column(moves[0], "kind"), Value("TRANSFER"));
  EXPECT_EQ(Column(moves[0], "from_place"), Value("sites/main/locations/dock"));
  EXPECT_EQ(Column(moves[0], "to_place"), Value("sites/main/containers/c"));
}

std::set<std::string> NamesIn(const v1::Fact& fact) {
  std::set<std::string> names;
  CollectNames(fact, &names);
  return names;
}

TEST(ErpRowsTest, NamesAreFoundInFieldsListsAndMaps) {
  v1::Fact fact;
  v1::Shipment* shipment = fact.mutable_shipment_shipped();
  shipment->set_name("sites/main/shipments/s");
  shipment->set_receiver("parties/p");
  shipment->set_bill_of_lading("sites and more");
  shipment->add_assets("sites/main/assets/a");
  shipment->add_assets("sites/main/assets/b");
  shipment->add_lots()->set_lot("sites/main/lots/l");
  EXPECT_THAT(NamesIn(fact), ElementsAre("parties/p", "sites/main/assets/a", "sites/main/assets/b",
                                         "sites/main/lots/l", "sites/main/shipments/s"));
  (*fact.mutable_decision_recorded()->mutable_facts_seen())["load"] = "sites/main/loads/l";
  EXPECT_THAT(NamesIn(fact), ElementsAre("sites/main/loads/l"));
}

// A fact as a newer server may send it: kind 9999, a message in a message that names an asset.
TEST(ErpRowsTest, NamesAreFoundInFactsOfANewerServer) {
  v1::Fact inner;
  inner.mutable_component_removed()->set_asset("sites/main/assets/c");
  inner.mutable_component_removed()->set_host("sites/main/assets/h");
  v1::Fact fact;
  fact.GetReflection()->MutableUnknownFields(&fact)->AddLengthDelimited(9999,
                                                                        inner.SerializeAsString());
  v1::Fact read;
  ASSERT_TRUE(read.ParseFromString(fact.SerializeAsString()));
  EXPECT_EQ(read.kind_case(), v1::Fact::KIND_NOT_SET);
  EXPECT_THAT(NamesIn(read), ElementsAre("sites/main/assets/c", "sites/main/assets/h"));
}

}  // namespace
}  // namespace loopdock::erp
