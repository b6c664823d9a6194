// SPDX-License-Identifier: Apache-2.0
// Labels that leave something in doubt, layouts, choices, and the catalog that comes with the
// program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "services/common/status.h"
#include "services/intake/core/catalog.h"
#include "services/intake/core/choices.h"
#include "services/intake/core/layout.h"

namespace loopdock::intake {
namespace {

using inventory::v1::RawSymbol;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

RawSymbol At(const std::string& content, int x, int y) {
  RawSymbol symbol;
  symbol.set_content(content);
  symbol.set_format("Code128");
  symbol.set_symbology_identifier("]C0");
  for (const int corner : {x, y, x + 200, y, x + 200, y + 40, x, y + 40}) {
    symbol.add_corners(corner);
  }
  return symbol;
}

LabelReading Read(const std::vector<std::string>& values) {
  std::vector<RawSymbol> symbols;
  for (const std::string& value : values) {
    symbols.push_back(At(value, 10, 100 * static_cast<int>(symbols.size())));
  }
  return ReadLabel(std::move(symbols), {});
}

std::vector<std::string> Doubts(const LabelReading& reading) {
  return FieldsInDoubt(reading.understanding, 0.6);
}

TEST(ReadingOrder, RowsFromTheTopThenFromTheLeft) {
  const std::vector<RawSymbol> symbols = {At("c", 10, 200), At("b", 300, 12), At("a", 10, 25),
                                          At("d", 300, 205)};
  EXPECT_THAT(ReadingOrder(symbols), ElementsAre(2, 1, 0, 3));
  RawSymbol typed;
  typed.set_content("t");
  EXPECT_THAT(ReadingOrder({typed, At("a", 0, 0)}), ElementsAre(1, 0));
  EXPECT_THAT(ReadingOrder({}), IsEmpty());
}

TEST(Layout, IsTheShapeAndNotTheValues) {
  const std::string one = Read({"AB12345678", "CD87654321"}).understanding.layout();
  EXPECT_EQ(one.size(), 32u);
  EXPECT_EQ(Read({"XY00000001", "ZZ99999999"}).understanding.layout(), one);
  EXPECT_NE(Read({"XY0000001", "ZZ99999999"}).understanding.layout(), one);
  EXPECT_NE(Read({"1Y00000001", "ZZ99999999"}).understanding.layout(), one);
  EXPECT_NE(Read({"XY00000001", "ZZ99999999", "17"}).understanding.layout(), one);
  EXPECT_EQ(Read({"XY00000001"}).understanding.layout(), "");
  // However the decoder orders them.
  EXPECT_EQ(
      ReadLabel({At("CD87654321", 10, 100), At("AB12345678", 10, 0)}, {}).understanding.layout(),
      one);
}

TEST(Doubt, IsOnlyWhereValuesOfTheIdentityCompete) {
  const LabelReading reading = Read({"AB12345678", "CD87654321"});
  EXPECT_THAT(Doubts(reading), ElementsAre("serial"));
  ASSERT_EQ(reading.understanding.readings_size(), 1);
  const auto& serial = reading.understanding.readings(0);
  EXPECT_EQ(serial.value(), "AB12345678");
  EXPECT_EQ(serial.runner_up(), "CD87654321");
  EXPECT_EQ(serial.runner_up_symbol(), 1);
  EXPECT_EQ(serial.basis(), "position");
  EXPECT_LT(reading.understanding.confidence(), 0.6);
  EXPECT_THAT(Doubts(Read({"AB12345678"})), IsEmpty());
  EXPECT_EQ(Read({"AB12345678"}).understanding.readings(0).runner_up(), "");
  EXPECT_THAT(Doubts(Read({"AB12345678", "490154203237518"})), IsEmpty());
  EXPECT_THAT(FieldsInDoubt(reading.understanding, 0), IsEmpty());
}

// What nothing names and whose shape other values have as well is no device's identity by itself.
TEST(Doubt, IsAlsoWhereALoneTextMayBeAnything) {
  for (const char* text :
       {"https://example.org/support", "MADE IN CHINA", "MGYN3D/A", "SM-G991BZAD",
        "WS-C2960X-24TS-L", "490154203237519", "12.5", "2026-11-27", "A123", "4006381333931",
        "012345678905", "QTY: 5", "4500012345"}) {
    RawSymbol typed;
    typed.set_content(text);
    EXPECT_THAT(Doubts(ReadLabel({typed}, {})), Not(IsEmpty())) << text;
  }
  const auto part = ReadLabel({At("MGYN3D/A", 0, 0)}, {}).understanding;
  EXPECT_EQ(part.part_number(), "MGYN3D/A");
  EXPECT_EQ(part.serial(), "");
  for (const char* text : {"S/N: 12.5", "PF3ABC12", "AB12345678", "5RFDP01", "1234567890",
                           "490154203237518", "P/N: MGYN3D/A", "]E04006381333931",
                           "(01)04006381333931", "1S20AQ0069MSPF01ABCD", "00:1B:63:84:45:E6"}) {
    RawSymbol typed;
    typed.set_content(text);
    EXPECT_THAT(Doubts(ReadLabel({typed}, {})), IsEmpty()) << text;
  }
}

TEST(Doubt, AGtinThatTheCatalogHasIsNone) {
  RawSymbol typed;
  typed.set_content("4006381333931");
  const auto reading =
      ReadLabel({typed}, {}, [](std::string_view value) { return value == "04006381333931"; });
  EXPECT_EQ(reading.understanding.gtin(), "04006381333931");
  EXPECT_THAT(Doubts(reading), IsEmpty());
}

TEST(Doubt, TwoImeisWithoutASerialMayBeOfTwoPhones) {
  LabelReading reading = Read({"490154203237518", "356938035643809"});
  EXPECT_THAT(Doubts(reading), ElementsAre("imei"));
  ApplyChoices({{"imei", "356938035643809"}}, Basis::kPerson, &reading);
  EXPECT_THAT(reading.understanding.imeis(), ElementsAre("356938035643809"));
  EXPECT_THAT(Doubts(reading), IsEmpty());
  LabelReading both = Read({"490154203237518", "356938035643809"});
  ApplyChoices({{"imei", "490154203237518"}, {"imei2", "356938035643809"}}, Basis::kPerson, &both);
  EXPECT_THAT(both.understanding.imeis(), ElementsAre("490154203237518", "356938035643809"));
  EXPECT_THAT(Doubts(Read({"490154203237518", "356938035643809", "R58N123ABCD"})), IsEmpty());
  EXPECT_THAT(Doubts(Read({"IMEI1: 490154203237518", "IMEI2: 356938035643809"})), IsEmpty());
  EXPECT_THAT(Doubts(Read({"00:1B:63:84:45:E6", "00:1B:63:84:45:E7"})), ElementsAre("mac"));
}

TEST(Choices, AValueOfTheLabelIsThePersonsWord) {
  LabelReading reading = Read({"AB12345678", "CD87654321"});
  ApplyChoices({{"serial", "cd 8765-4321"}}, Basis::kPerson, &reading);
  EXPECT_EQ(reading.understanding.serial(), "CD87654321");
  EXPECT_EQ(reading.symbols.size(), 2u);
  ASSERT_EQ(reading.understanding.readings_size(), 1);
  EXPECT_EQ(reading.understanding.readings(0).basis(), "person");
  EXPECT_EQ(reading.understanding.readings(0).symbol(), 1);
  EXPECT_EQ(reading.understanding.readings(0).runner_up(), "AB12345678");
  EXPECT_EQ(reading.understanding.confidence(), 1);
  EXPECT_THAT(Doubts(reading), IsEmpty());
}

TEST(Choices, AnotherValueIsRecordedAsTyped) {
  LabelReading reading = Read({"AB12345678", "CD87654321"});
  ApplyChoices({{"serial", "EF11111111"}, {"imei", "490154203237518"}}, Basis::kPerson, &reading);
  EXPECT_EQ(reading.understanding.serial(), "EF11111111");
  EXPECT_THAT(reading.understanding.imeis(), ElementsAre("490154203237518"));
  ASSERT_EQ(reading.symbols.size(), 4u);
  EXPECT_EQ(reading.symbols[2].content(), "EF11111111");
  EXPECT_EQ(reading.symbols[2].format(), "");
  EXPECT_EQ(reading.symbols[3].elements(0).id(), "imei");
  EXPECT_EQ(reading.understanding.readings(0).basis(), "typed");
  // Of nothing, too: a picture that could not be read.
  LabelReading unread;
  ApplyChoices({{"serial", "EF11111111"}}, Basis::kPerson, &unread);
  EXPECT_TRUE(unread.understood);
  EXPECT_EQ(unread.understanding.serial(), "EF11111111");
}

TEST(Choices, WhatIsOneThingIsNoOther) {
  LabelReading reading = Read({"L3M61UT-ABA1", "490154203237518"});
  ASSERT_EQ(reading.understanding.part_number(), "L3M61UT-ABA1");
  ApplyChoices({{"asset_tag", "L3M61UT-ABA1"}}, Basis::kPerson, &reading);
  EXPECT_EQ(reading.understanding.part_number(), "");
  EXPECT_EQ(reading.understanding.asset_tag(), "L3M61UTABA1");
  LabelReading other = Read({"L3M61UT-ABA1", "490154203237518"});
  ApplyChoices({{"ignore", "L3M61UT-ABA1"}}, Basis::kPerson, &other);
  EXPECT_EQ(other.understanding.part_number(), "");
}

TEST(Choices, AreValidatedLikeAnyOtherOfTheirKind) {
  EXPECT_TRUE(CheckChoices({}).ok());
  EXPECT_TRUE(CheckChoices({{"serial", "x"}, {"quantity", "3"}, {"gtin", "4006381333931"}}).ok());
  const absl::Status wrong = CheckChoices({{"imei", "490154203237519"},
                                           {"colour", "red"},
                                           {"serial", " - "},
                                           {"quantity", "0"},
                                           {"gtin", "1234"},
                                           {"asset_tag", "a\tb"},
                                           {"maker", std::string(129, 'x')}});
  EXPECT_EQ(common::ReasonOf(wrong), "INVALID_FIELDS");
  for (const char* field : {"imei", "colour", "serial", "quantity", "gtin", "asset_tag", "maker"}) {
    EXPECT_THAT(std::string(wrong.message()), HasSubstr("choices[" + std::string(field)));
  }
  Choices many;
  for (int i = 0; i < 17; ++i) many["f" + std::to_string(i)] = "x";
  EXPECT_EQ(common::ReasonOf(CheckChoices(many)), "INVALID_FIELDS");
}

TEST(Choices, AreRememberedByPlace) {
  const LabelReading first = Read({"AB12345678", "CD87654321"});
  const auto places = PlacesOf({{"serial", "CD87654321"}, {"maker", "typed"}}, first.symbols);
  EXPECT_THAT(places, UnorderedElementsAre(Pair("1", "serial")));
  LabelReading next = Read({"ZZ00000001", "YY00000002"});
  ApplyChoices(ChoicesOf(places, next.symbols), Basis::kLayout, &next);
  EXPECT_EQ(next.understanding.serial(), "YY00000002");
  EXPECT_EQ(next.understanding.readings(0).basis(), "layout");
  EXPECT_THAT(Doubts(next), IsEmpty());
  // What no longer fits is not applied.
  EXPECT_THAT(
      ChoicesOf({{"1", "imei"}, {"7", "serial"}, {"x", "serial"}, {"0.4", "serial"}}, next.symbols),
      IsEmpty());
}

TEST(Choices, OfOneOfSeveralElements) {
  RawSymbol matrix =
      At("[)>\x1e"
         "06\x1d"
         "1PABC\x1dS55X777\x1dSAB9999\x1e\x04",
         10, 0);
  matrix.set_format("DataMatrix");
  matrix.set_symbology_identifier("]d1");
  const LabelReading reading = ReadLabel({matrix, At("490154203237518", 10, 200)}, {});
  EXPECT_THAT(Doubts(reading), ElementsAre("serial"));
  const auto places = PlacesOf({{"serial", "AB9999"}}, reading.symbols);
  EXPECT_THAT(places, UnorderedElementsAre(Pair("0.2", "serial")));
  EXPECT_THAT(ChoicesOf(places, reading.symbols), UnorderedElementsAre(Pair("serial", "AB9999")));
}

TEST(Catalog, TheProjectsOwnFilesAreRight) {
  const char* source = std::getenv("LOOPDOCK_SOURCE_DIR");
  ASSERT_NE(source, nullptr) << "set LOOPDOCK_SOURCE_DIR, as ctest does";
  const auto catalog = Catalog::Load(std::string(source) + "/models/catalog");
  ASSERT_TRUE(catalog.ok()) << catalog.status();
  EXPECT_GE(catalog->categories().size(), 15u);
  EXPECT_GE(catalog->device_count(), 10u);
  const auto* phone = catalog->FindDevice("A2172");
  ASSERT_NE(phone, nullptr);
  EXPECT_EQ(phone->maker(), "Apple");
  EXPECT_EQ(phone->mass_g(), 164);
  EXPECT_EQ(phone->unu_key(), "0306") << "as its category";
  EXPECT_TRUE(phone->data_bearing());
  EXPECT_EQ(catalog->FindCategory("laptop")->eu_category(), "2");
  EXPECT_EQ(catalog->FindDevice("no such key"), nullptr);
}

TEST(Catalog, WrongLinesAreNamed) {
  const std::string category =
      "[[category]]\nid = \"phone\"\ndisplay_name = \"Phones\"\nunu_key = \"0306\"\n"
      "eu_category = \"6\"\nmass_g = 90\ndata_bearing = true\n"
      "focus_materials = [\"BATTERIES\"]\nsource = \"s\"\n";
  const std::string device =
      "[[device]]\nmaker = \"M\"\nmodel = \"N\"\nkeys = [\"a 1\"]\ncategory = \"phone\"\n"
      "source = \"s\"\n";
  const auto good = Catalog::Parse(category, device);
  ASSERT_TRUE(good.ok()) << good.status();
  EXPECT_NE(good->FindDevice("A 1"), nullptr);
  const auto expect = [](const absl::StatusOr<Catalog>& parsed, const std::string& what) {
    EXPECT_THAT(std::string(parsed.status().message()), HasSubstr(what));
    EXPECT_TRUE(absl::IsInvalidArgument(parsed.status())) << what;
  };
  expect(Catalog::Parse(category + category, ""), "stands twice");
  expect(Catalog::Parse(category, device + device), "line 10: key 'a 1' stands twice");
  expect(Catalog::Parse("", device), "there is no category 'phone'");
  expect(Catalog::Parse(category, device + "colour = 1\n"), "unknown key 'colour'");
  expect(Catalog::Parse(category, device + "mass_g = -1\n"), "'mass_g' is a whole number");
  expect(Catalog::Parse(category + "screen_um = \"5\"\n", ""), "'screen_um'");
  expect(Catalog::Parse("[[category]]\nid = \"x\"\n", ""), "'display_name' is a string");
  expect(Catalog::Parse("category = [1]\n", ""), "write [[category]]");
  expect(Catalog::Parse("x = 1\n", ""), "unknown key 'x'");
  expect(Catalog::Parse("[[", ""), "categories.toml:1");
}

TEST(CatalogKey, OneSpelling) {
  EXPECT_EQ(CatalogKey("  iPhone   12 "), "IPHONE 12");
  inventory::v1::LabelUnderstanding label;
  label.set_gtin("04006381333931");
  label.set_part_number("ab-1");
  label.add_imeis("490154203237518");
  label.add_imeis("490154203237526");
  label.add_imeis("356938035643809");
  EXPECT_THAT(CatalogKeysOf(label),
              ElementsAre("04006381333931", "AB-1", "ab-1", "49015420", "35693803"));
}

}  // namespace
}  // namespace loopdock::intake
