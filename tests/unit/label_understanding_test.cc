// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "services/intake/core/label.h"
#include "services/intake/core/understanding.h"

namespace loopdock::intake {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Understanding Label(const std::vector<ScanText>& scans) {
  std::vector<Parsed> parsed;
  for (const ScanText& scan : scans) parsed.push_back(ParseLabel(scan));
  return Understand(parsed);
}

TEST(Understanding, IdentifiersGoBeforeShapes) {
  const Understanding label = Label({{"5RFDP01", "]C0", "Code128"},
                                     {"[)>\x1e"
                                      "06\x1d"
                                      "1PLAT-7400\x1dS55X77\x1dQ1\x1dK4500\x1e\x04",
                                      "]d1", "DataMatrix"}});
  EXPECT_EQ(label.serial.value, "55X77");
  EXPECT_EQ(label.serial.id, "S");
  EXPECT_EQ(label.serial.text, 1u);
  EXPECT_EQ(label.part_number.value, "LAT-7400");
  EXPECT_EQ(label.quantity.value, "1");
  EXPECT_EQ(label.purchase_order.value, "4500");
  ASSERT_FALSE(label.other.empty());
  EXPECT_EQ(label.other[0].value, "5RFDP01");  // the runner-up
}

TEST(Understanding, APhoneBox) {
  const Understanding label = Label({{"490154203237518", "]C0", "Code128"},
                                     {"356938035643809", "]C0", "Code128"},
                                     {"4901542032375112", "]C0", "Code128"},
                                     {"R58N123ABCD", "]C0", "Code128"},
                                     {"4006381333931", "]E0", "EAN-13"},
                                     {"00:1B:63:84:45:E6", "", ""}});
  ASSERT_EQ(label.imeis.size(), 2u);  // the IMEISV is that of the first
  EXPECT_EQ(label.imeis[0].value, "490154203237518");
  EXPECT_EQ(label.imeis[1].value, "356938035643809");
  EXPECT_EQ(label.serial.value, "R58N123ABCD");
  EXPECT_EQ(label.manufacturer.value, "Samsung");
  EXPECT_LT(label.manufacturer.confidence, 0.5);
  EXPECT_EQ(label.gtin.value, "04006381333931");
  ASSERT_EQ(label.macs.size(), 1u);
  EXPECT_EQ(label.macs[0].value, "001b638445e6");
}

TEST(Understanding, AContainer) {
  const Understanding label = Label({{"00009520120000000175", "]C1", "Code128"}});
  EXPECT_EQ(label.sscc.value, "009520120000000175");
  EXPECT_TRUE(label.container());
}

TEST(Understanding, MachineTypeAndSerialInOne) {
  const Understanding label = Label({{"1S20AQ0069MSPF01ABCD", "]C0", "Code128"}});
  EXPECT_EQ(label.part_number.value, "20AQ0069MS");
  EXPECT_EQ(label.serial.value, "PF01ABCD");
  EXPECT_EQ(label.serial.written, "20AQ0069MSPF01ABCD");
}

TEST(Understanding, TwoSerialsAreSaid) {
  const Understanding label = Label({{"S/N: ABC1234", "", ""}, {"S/N: XYZ9876", "", ""}});
  EXPECT_EQ(label.serial.value, "ABC1234");
  EXPECT_THAT(label.warnings, Contains(HasSubstr("AMBIGUOUS")));
  ASSERT_EQ(label.other.size(), 1u);
  EXPECT_EQ(label.other[0].value, "XYZ9876");
}

Understanding Bare(const std::vector<std::string>& values, const LabelContext& context = {}) {
  std::vector<Parsed> parsed;
  for (const std::string& value : values) parsed.push_back(ParseLabel({value, "]C0", "Code128"}));
  return Understand(parsed, context);
}

// Labels as makers print them, bars without identifiers.
TEST(Understanding, ShapesOfMakers) {
  const Understanding dell = Bare({"12542331601", "5RFDP01"});
  EXPECT_EQ(dell.serial.value, "5RFDP01");
  EXPECT_THAT(dell.rivalries, IsEmpty()) << "the express service code says the same";
  const Understanding hp = Bare({"L3M61UT#ABA", "CNU1234ABC"});
  EXPECT_EQ(hp.serial.value, "CNU1234ABC");
  EXPECT_EQ(hp.part_number.value, "L3M61UT#ABA");
  EXPECT_EQ(hp.manufacturer.value, "HP");
  const Understanding lenovo = Bare({"20AQ0069MS", "1S20AQ0069MSPF01ABCD", "PF01ABCD"});
  EXPECT_EQ(lenovo.serial.value, "PF01ABCD");
  EXPECT_EQ(lenovo.part_number.value, "20AQ0069MS");
  const Understanding cisco = Bare({"WS-C2960X-24TS-L", "JAE2445044T"});
  EXPECT_EQ(cisco.serial.value, "JAE2445044T");
  EXPECT_EQ(cisco.part_number.value, "WS-C2960X-24TS-L");
  const Understanding apple = Bare({"SX7K2P9QWLM", "MGYN3D/A", "3"});
  EXPECT_EQ(apple.serial.value, "X7K2P9QWLM");
  EXPECT_EQ(apple.part_number.value, "MGYN3D/A");
  EXPECT_EQ(apple.quantity.value, "3");
  const Understanding samsung = Bare({"SM-G991BZAD", "R58N123ABCD", "4500012345"});
  EXPECT_EQ(samsung.serial.value, "R58N123ABCD");
  EXPECT_EQ(samsung.part_number.value, "SM-G991BZAD");
  EXPECT_EQ(samsung.purchase_order.value, "4500012345");
}

TEST(Understanding, EqualsCompete) {
  const Understanding label = Bare({"AB12345678", "CD87654321"});
  ASSERT_EQ(label.rivalries.size(), 1u);
  EXPECT_EQ(label.rivalries[0].field, "serial");
  EXPECT_EQ(label.rivalries[0].taken.value, "AB12345678");
  EXPECT_EQ(label.rivalries[0].runner_up.value, "CD87654321");
  EXPECT_LT(label.rivalries[0].confidence, 0.6);
  EXPECT_NEAR(label.rivalries[0].confidence + label.rivalries[0].runner_up_confidence, 0.9, 0.01);
  // A name decides.
  const Understanding named =
      Label({{"AB12345678", "]C0", "Code128"}, {"S/N: CD87654321", "", ""}});
  EXPECT_EQ(named.serial.value, "CD87654321");
  ASSERT_EQ(named.rivalries.size(), 1u);
  EXPECT_GT(named.rivalries[0].confidence, 0.8);
}

TEST(Understanding, PlaceTipsTheBalanceAndCatalogDecides) {
  const Understanding placed = Bare({"AB12345678", "CD87654321"}, {.reading_order = {1, 0}});
  EXPECT_EQ(placed.serial.value, "CD87654321");
  EXPECT_EQ(placed.serial.basis, Basis::kPosition);
  EXPECT_LT(placed.rivalries[0].confidence, 0.6) << "its place alone proves nothing";
  int asked = 0;
  const LabelContext context{.known_part = [&](std::string_view value) {
    ++asked;
    return value == "AB12345678";
  }};
  const Understanding known = Bare({"AB12345678", "CD87654321"}, context);
  EXPECT_EQ(known.serial.value, "CD87654321");
  EXPECT_EQ(known.part_number.value, "AB12345678");
  EXPECT_EQ(known.part_number.basis, Basis::kCatalog);
  EXPECT_THAT(known.rivalries, IsEmpty());
  EXPECT_EQ(asked, 2);
  Bare({"AB12345678", "490154203237518"}, context);
  Bare({"AB12345678"}, context);
  EXPECT_EQ(asked, 2) << "nobody is asked where nothing competes";
}

TEST(Understanding, IdentityGoesBeforeAPartNumber) {
  const Understanding label = Bare({"AB-12345", "4006381333931"});
  EXPECT_EQ(label.serial.value, "AB12345");
  EXPECT_EQ(label.part_number.value, "");
}

// A carton: ITF-14 above the serial, and the same digits as a plain Code 128.
TEST(Understanding, ANumberOfTradeItemsIsNoRivalOfASerial) {
  const Understanding carton =
      Label({{"19529999123470", "]I1", "ITF"}, {"T5M9930112", "]C0", "Code128"}});
  EXPECT_EQ(carton.gtin.value, "19529999123470");
  EXPECT_EQ(carton.serial.value, "T5M9930112");
  EXPECT_THAT(carton.rivalries, IsEmpty());
  const Understanding plain = Bare({"19529999123470", "T5M9930112"});
  EXPECT_EQ(plain.gtin.value, "19529999123470");
  EXPECT_EQ(plain.serial.value, "T5M9930112");
  ASSERT_EQ(plain.rivalries.size(), 1u);
  EXPECT_GT(plain.rivalries[0].confidence, 0.7);
}

TEST(Understanding, AGiaiBesideATagIsNoDoubt) {
  const Understanding label =
      Label({{"(8004)9501101530003A1", "", ""}, {"Asset tag: R2-00017", "", ""}});
  EXPECT_THAT(label.rivalries, IsEmpty());
  EXPECT_EQ(
      Label({{"Asset tag: R2-00018", "", ""}, {"Asset tag: R2-00017", "", ""}}).rivalries.size(),
      1u);
}

TEST(Understanding, TwoAddressesThatDifferAtTheEndAreTwo) {
  EXPECT_EQ(
      Label({{"00:1B:63:FF:FE:84:45:E6", "", ""}, {"00:1B:63:FF:FE:84:45:E7", "", ""}}).macs.size(),
      2u);
}

TEST(Understanding, NothingIsDropped) {
  const std::vector<ScanText> scans = {{"hello dock", "", ""},
                                       {"(01)09506000134353", "", ""},
                                       {"\xff\xfe", "", ""},
                                       {"(7020)LOT9", "", ""}};
  const Understanding label = Label(scans);
  std::vector<std::string> values = {label.gtin.value};
  for (const Understood& value : label.other) values.push_back(value.value);
  for (const std::string expected : {"hello dock", "09506000134353", "\xff\xfe", "LOT9"}) {
    EXPECT_THAT(values, Contains(expected));
  }
  EXPECT_LT(label.gtin.confidence, 0.5);  // its check digit is wrong
  EXPECT_THAT(label.warnings, Contains(HasSubstr("NOT_RIGHT")));
  EXPECT_THAT(Understand({}).other, IsEmpty());
}

}  // namespace
}  // namespace loopdock::intake
