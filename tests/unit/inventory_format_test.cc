// SPDX-License-Identifier: Apache-2.0
// The bytes of keys and records, as docs/internals/formats/inventory.md has them.
#include "services/common/hash.h"
#include "services/inventory/core/ages.h"
#include "services/inventory/core/facility.h"
#include "services/inventory/core/manifest.h"
#include "services/inventory/core/receipts.h"
#include "services/inventory/core/stock.h"
#include "tests/unit/inventory_fixture.h"

namespace loopdock::inventory {
namespace {

using common::HexEncode;

TEST(InventoryFormat, Keys) {
  EXPECT_EQ(HexEncode(FeedKey("main", 258)), "6d61696e000000000000000102");
  EXPECT_EQ(FeedSequence(FeedKey("main", 258)), 258);
  EXPECT_EQ(HexEncode(ResponseKey("main", "0190163d-8694-739b-aea5-966c26f8ad91")),
            "6d61696e000190163d8694739baea5966c26f8ad91");
  EXPECT_EQ(ResourceKey("main", "loads", "00000a"), std::string("main\0loads\0", 11) + "00000a");
  EXPECT_EQ(AssetKey("main", "00000a"), std::string("main\0", 5) + "00000a");
  EXPECT_EQ(IdentifierKey("main", v1::IDENTIFIER_KIND_SERIAL, " ab-1 "),
            std::string("main\0\x01", 6) + "AB1");
  EXPECT_EQ(IdentifierKey("main", v1::IDENTIFIER_KIND_MAC, "00:1B:44:11:3a:b7"),
            std::string("main\0\x04", 6) + "001b44113ab7");
  EXPECT_EQ(LookupKey("main", Lookup::kAssetKey, "k"), std::string("main\0ak", 7));
  EXPECT_EQ(LookupKey("main", Lookup::kExternalRef, ReferenceWords("loads", "acme", "ERP-1")),
            std::string("main\0eloads\0acme\0ERP-1", 22));
  EXPECT_EQ(LookupKey(kNoSite, Lookup::kExternalRef, ReferenceWords("parties", "", "ERP-1")),
            std::string("\0eparties\0\0ERP-1", 16));
  EXPECT_EQ(LookupKey("main", Lookup::kComponents, "00000a"), std::string("main\0i00000a", 12));
  EXPECT_EQ(LookupKey("main", Lookup::kHeight, "00000a"), std::string("main\0h00000a", 12));
  EXPECT_EQ(LookupKey("main", Lookup::kStockSum, StockWords(v1::FOCUS_MATERIAL_BATTERIES, "")),
            std::string("main\0cf4", 8));
  EXPECT_EQ(
      LookupKey("main", Lookup::kStockSum, StockWords(v1::FOCUS_MATERIAL_UNSPECIFIED, "phone")),
      std::string("main\0ccphone", 12));
  EXPECT_EQ(LookupKey("main", Lookup::kStockSum, StockWords(v1::FOCUS_MATERIAL_UNSPECIFIED, "")),
            std::string("main\0c", 6));
  EXPECT_EQ(LookupKey("main", Lookup::kSales, SalesWords(absl::FromUnixSeconds(1767323045), 1)),
            std::string("main\0t2025-12", 13));
  EXPECT_EQ(LookupKey("main", Lookup::kFacilityRules, ""), std::string("main\0f", 6));
  EXPECT_EQ(LookupKey("main", Lookup::kAuthorization, "bob"), std::string("main\0pbob", 9));
  EXPECT_EQ(LookupKey("main", Lookup::kSamplingPick, "wiper"), std::string("main\0ywiper", 11));
  EXPECT_EQ(LookupKey("main", Lookup::kAges, "00000a"), std::string("main\0d00000a", 12));
  EXPECT_EQ(ResourceKey("main", "rules", FacilityRowId(12)),
            std::string("main\0rules\0", 11) + "0000000012");
  EXPECT_EQ(LookupKey("main", Lookup::kOpenStockTake, "locations/cage"),
            std::string("main\0olocations/cage", 20));
  EXPECT_EQ(LoadMemberKey("main", "00000a", "00000b"),
            std::string("main\0loads/00000a\0", 18) + "00000b");
  EXPECT_EQ(LoadLotKey("main", "00000a", "00000b"),
            std::string("main\0lots-of/00000a\0", 20) + "00000b");
  EXPECT_EQ(LoadSessionKey("main", "00000a", "00000b"),
            std::string("main\0sessions-of/00000a\0", 24) + "00000b");
  EXPECT_EQ(LoadDuplicateKey("main", "00000a", "00000b"),
            std::string("main\0duplicates-of/00000a\0", 26) + "00000b");
  EXPECT_EQ(LookupKey("main", Lookup::kManifestValue, ValueWords("m", " s-1 ")),
            std::string("main\0mm\0S1", 10));
  EXPECT_EQ(HexEncode(LookupKey("main", Lookup::kManifestNumber, NumberWords("m", 901))),
            "6d61696e006e6d000000000000000385");
  EXPECT_EQ(LookupKey("main", Lookup::kManifestModel, ModelWords("m", "Lat. 5440")),
            std::string("main\0gm\0mLAT5440", 16));
  EXPECT_EQ(LookupKey("main", Lookup::kManifestModel, GtinWords("m", "04012345678901")),
            std::string("main\0gm\0g4012345678901", 22));
  EXPECT_EQ(LookupKey("main", Lookup::kScanWithdrawn, "00000a"), std::string("main\0w00000a", 12));
  EXPECT_EQ(LookupKey("main", Lookup::kSsccSerial, ""), std::string("main\0b", 6));
  EXPECT_EQ(LookupKey("main", Lookup::kLoadData, "00000a"), std::string("main\0r00000a", 12));
  EXPECT_EQ(PlaceMemberKey("main", "locations/dock", "assets/00000b"),
            std::string("main\0locations/dock\0", 20) + "assets/00000b");
  EXPECT_EQ(HexEncode(ManifestLinesKey("main", "m", 901)), "6d61696e006d000000000000000385");
  EXPECT_EQ(HexEncode(HistoryKey("main", "a", 7)), "6d61696e0061000000000000000007");
}

TEST(InventoryFormat, NamesLeadToRows) {
  EXPECT_EQ(RowOf("sites/main").key, std::string("main\0sites\0main", 15));
  EXPECT_EQ(RowOf("sites/main/assets/x").table, kAssets);
  EXPECT_EQ(RowOf("sites/main/assets/x").key, AssetKey("main", "x"));
  EXPECT_EQ(RowOf("sites/main/loads/x").key, ResourceKey("main", "loads", "x"));
  EXPECT_EQ(RowOf("parties/p").key, std::string("\0parties\0p", 10));
  EXPECT_EQ(RowOf("nonsense").table, 0u);
  EXPECT_EQ(RowOf("sites/main/loads").table, 0u);
}

TEST(InventoryFormat, Values) {
  const std::vector<Holder> holders = {{"acme", "assets/00000b"}, {"", "assets/00000c"}};
  const std::string bytes = EncodeHolders(holders);
  EXPECT_EQ(bytes, std::string("acme\0assets/00000b\0\0assets/00000c\0", 34));
  EXPECT_EQ(DecodeHolders(bytes), holders);
  EXPECT_TRUE(DecodeHolders("").empty());
  EXPECT_TRUE(DecodeHolders("cut off").empty());
  EXPECT_EQ(HexEncode(EncodeStock({3, 500, 0, 0, 0})), "000000000000000300000000000001f4");
  const StockRow capped = {3, 500, 10, 0, 900'000};
  EXPECT_EQ(HexEncode(EncodeStock(capped)),
            "000000000000000300000000000001f4000000000000000a000000000000000000000000000dbba0");
  EXPECT_EQ(DecodeStock(EncodeStock(capped)), capped);
  EXPECT_EQ(DecodeStock("cut"), StockRow());
  EXPECT_EQ(HexEncode(EncodeSales({200, 2})), "00000000000000c80000000000000002");
  EXPECT_EQ(HexEncode(EncodeAges({{20'455, 2}})), "00004fe70000000000000002");
  EXPECT_EQ(DecodeAges(EncodeAges({{20'455, 2}, {20'456, 1}})), (Ages{{20'455, 2}, {20'456, 1}}));
  EXPECT_TRUE(DecodeAges("cut").empty());
  EXPECT_EQ(EncodeIds({"00000a", "00000b-2"}), std::string("00000a\0"
                                                           "00000b-2\0",
                                                           16));
  EXPECT_EQ(DecodeIds(EncodeIds({"00000a", "00000b-2"})),
            std::vector<std::string>({"00000a", "00000b-2"}));
  EXPECT_TRUE(DecodeIds("cut off").empty());
  EXPECT_EQ(DecodeHeight("12"), 12);
  EXPECT_EQ(DecodeHeight(""), 0);
  LineRow line;
  line.first = 900;
  line.next = 903;
  line.weighed = 2;
  line.line.set_number(901);
  line.line.set_serial("S-1");
  const std::string bytes_of_line = EncodeLine(line);
  EXPECT_EQ(HexEncode(bytes_of_line),
            "000000000000038400000000000003870000000000000002088507"
            "1203532d31");
  ASSERT_TRUE(DecodeLine(bytes_of_line).ok());
  EXPECT_EQ(DecodeLine(bytes_of_line)->next, 903);
  EXPECT_EQ(DecodeLine(bytes_of_line)->line.number(), 901);
  EXPECT_FALSE(DecodeLine("short").ok());
  EXPECT_EQ(EncodeAlias("S-1"), std::string("\0\0\0\0\0\0\0\0S-1", 11));
  EXPECT_EQ(HexEncode(EncodeModel({3, 7})), "00000000000000030000000000000007");
  EXPECT_EQ(DecodeModel("cut").open, 0);
  EXPECT_EQ(HexEncode(EncodeLoadData({2, 1})), "00000000000000020000000000000001");
  EXPECT_EQ(DecodeLoadData("cut"), LoadData());
  EXPECT_EQ(EncodeMark({v1::MANIFEST_MATCH_UNEXPECTED, "00000a"}),
            "\x02"
            "00000a");
  EXPECT_EQ(EncodeMark({}), "");
  EXPECT_EQ(DecodeMark("\x02"
                       "00000a")
                .manifest,
            "00000a");
}

TEST(InventoryFormat, RequestHashLeavesTheIdOut) {
  v1::MoveAssetRequest request;
  request.set_name("sites/main/assets/000001");
  request.set_location("sites/main/locations/cage");
  const std::string hash = HashRequest(request);
  EXPECT_EQ(HexEncode(hash), "8d544fc410f26c6ba1b30ed45198220a916e0233fbbc1f6bce61d242056304ba");
  request.set_request_id("0190163d-8694-739b-aea5-966c26f8ad91");
  EXPECT_EQ(HashRequest(request), hash);
  request.set_etag("x");
  EXPECT_NE(HashRequest(request), hash);
}

// The whole state after a fixed history: a change of any row's bytes changes this hash, and then
// the store needs a new record version.
TEST_F(InventoryTest, StateOfAFixedHistory) {
  const std::string session = OpenSession(MakeLoad());
  v1::RecordScanRequest scan = SerialScan(session, "S-1", "Acme", "k1");
  scan.set_request_id("0190163d-8694-739b-aea5-966c26f8ad91");
  const v1::Asset asset = Do(scan).asset();
  EXPECT_EQ(asset.name(), "sites/main/assets/000004");
  ASSERT_TRUE(Move(asset.name(), "cage").ok());
  EXPECT_EQ(StateHash(), "a3548c5a33778b58aeefbde80fbe206dad3a14bfe4caa2d998efa93e4e1d2645");
}

}  // namespace
}  // namespace loopdock::inventory
