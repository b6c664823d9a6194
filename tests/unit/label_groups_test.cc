// SPDX-License-Identifier: Apache-2.0
// Which symbols of a picture are of one device.
#include "services/intake/core/label_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace loopdock::intake {
namespace {

using inventory::v1::RawSymbol;
using ::testing::ElementsAre;
using ::testing::SizeIs;

RawSymbol At(const std::string& content, int x, int y, const std::string& format = "Code128",
             const std::string& identifier = "]C0") {
  RawSymbol symbol;
  symbol.set_content(content);
  symbol.set_format(format);
  symbol.set_symbology_identifier(identifier);
  for (const int corner : {x, y, x + 200, y, x + 200, y + 40, x, y + 40}) {
    symbol.add_corners(corner);
  }
  return symbol;
}

RawSymbol Unit(const std::string& serial, int x, int y) {
  return At("010950600013435221" + serial, x, y, "DataMatrix", "]d2");
}

LabelGroups Group(const std::vector<RawSymbol>& symbols) { return GroupByLabel(symbols, {}); }

TEST(LabelGroups, OneDeviceStaysOneHoweverFarItsSymbolsLieApart) {
  EXPECT_THAT(Group({At("490154203237518", 0, 0), At("R58N123ABCD", 0, 2000),
                     At("4006381333931", 3000, 0, "EAN-13", "]E0")})
                  .labels,
              SizeIs(1));
  // Two bare numbers of which either may be the serial: a person chooses, as before.
  EXPECT_THAT(Group({At("AB12345678", 0, 0), At("CD8765432", 0, 2000)}).labels, SizeIs(1));
  EXPECT_THAT(Group({At("AB12345678", 0, 0), At("CD87654321", 0, 80)}).labels, SizeIs(1));
  // The serial number under bars and in the matrix, with the machine type before it.
  EXPECT_THAT(Group({At("1S20AQ0069MSPF01ABCD", 0, 0), At("S/N: PF01ABCD", 0, 900)}).labels,
              SizeIs(1));
  EXPECT_THAT(Group({}).labels, SizeIs(1));
}

TEST(LabelGroups, TwoPhonesAreTwo) {
  const auto groups = Group({At("490154203237518", 0, 0), At("R58N123ABCD", 0, 80),
                             At("356938035643809", 0, 600), At("R58N123ABCE", 0, 680)});
  EXPECT_THAT(groups.labels, ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3)));
  EXPECT_TRUE(groups.certain);
  EXPECT_THAT(Group({At("490154203237518", 0, 0), At("356938035643809", 0, 600)}).labels,
              SizeIs(2));
}

TEST(LabelGroups, APhoneWithTwoImeisIsOne) {
  EXPECT_THAT(
      Group({At("490154203237518", 0, 0), At("356938035643809", 0, 80), At("R58N123ABCD", 0, 160)})
          .labels,
      SizeIs(1));
  EXPECT_THAT(
      Group({At("IMEI1: 490154203237518", 0, 0), At("IMEI2: 356938035643809", 0, 600)}).labels,
      SizeIs(1));
  // Two such boxes.
  EXPECT_THAT(Group({At("490154203237518", 0, 0), At("356938035643809", 0, 80),
                     At("R58N123ABCD", 0, 160), At("352099001761481", 0, 800),
                     At("353879234252633", 0, 880), At("R58N123ABCE", 0, 960)})
                  .labels,
              ElementsAre(ElementsAre(0, 1, 2), ElementsAre(3, 4, 5)));
}

TEST(LabelGroups, SerialNumbersThatAreNamedNeverJoin) {
  EXPECT_THAT(Group({Unit("AAA111", 0, 0), Unit("BBB222", 0, 45)}).labels, SizeIs(2));
  EXPECT_THAT(Group({At("00395011015300010010", 0, 0, "Code128", "]C1"),
                     At("00395011015300010027", 0, 45, "Code128", "]C1")})
                  .labels,
              SizeIs(2));
  EXPECT_THAT(Group({At("S/N: AB12345", 0, 0), At("S/N: AB12346", 0, 45)}).labels, SizeIs(2));
}

TEST(LabelGroups, WhatLiesBetweenTwoLabelsIsNotGuessed) {
  const auto groups =
      Group({Unit("AAA111", 0, 0), At("R58N123ABCD", 0, 100), Unit("BBB222", 0, 200)});
  EXPECT_FALSE(groups.certain);
  // What says nothing of a device does no harm there.
  EXPECT_TRUE(
      Group({Unit("AAA111", 0, 0), At("MADE IN CHINA", 0, 100), Unit("BBB222", 0, 200)}).certain);
}

TEST(LabelGroups, APalletOfLabels) {
  std::vector<RawSymbol> symbols;
  for (int i = 0; i < 20; ++i) {
    const int x = i % 5 * 800;
    const int y = i / 5 * 700;
    const std::string number = std::to_string(10 + i);
    symbols.push_back(At("5CG12345" + number, x, y));
    symbols.push_back(At("AB12CD-0" + number, x, y + 60, "Code39", "]A0"));
    symbols.push_back(At("4006381333931", x, y + 120, "EAN-13", "]E0"));
  }
  const auto groups = Group(symbols);
  ASSERT_THAT(groups.labels, SizeIs(20));
  EXPECT_TRUE(groups.certain);
  for (const auto& label : groups.labels) {
    ASSERT_THAT(label, SizeIs(3));
    EXPECT_EQ(label[0] / 3, label[2] / 3);
    EXPECT_EQ(label[0] / 3, label[1] / 3);
  }
}

TEST(LabelGroups, TheSameLabelTwiceIsOneDevice) {
  EXPECT_THAT(
      Group({Unit("AAA111", 0, 0), Unit("AAA111", 0, 2000), Unit("BBB222", 3000, 0)}).labels,
      SizeIs(2));
}

TEST(LabelDigest, IsOfWhatALabelSays) {
  const std::string one = LabelDigest({At("a", 0, 0), At("b", 1, 1)});
  EXPECT_THAT(one, SizeIs(16));
  EXPECT_EQ(LabelDigest({At("b", 0, 0), At("a", 9, 9)}), one);
  EXPECT_NE(LabelDigest({At("ab", 0, 0)}), one);
}

}  // namespace
}  // namespace loopdock::intake
