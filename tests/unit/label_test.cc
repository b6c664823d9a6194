// SPDX-License-Identifier: Apache-2.0
#include "services/intake/core/label.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "services/common/reasons.h"
#include "services/common/status.h"
#include "services/intake/core/device_ids.h"
#include "services/intake/core/iso15434.h"
#include "services/intake/core/label_json.h"

namespace loopdock::intake {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Parsed Typed(std::string text) { return ParseLabel({std::move(text), "", ""}); }

struct Shape {
  std::string text;
  LabelKind kind;
  std::string normalized;
};

TEST(Label, ValuesWithoutSyntaxByTheirForm) {
  const Shape shapes[] = {
      {"490154203237518", LabelKind::kImei, "490154203237518"},
      {"26-053179-311383-7", LabelKind::kImei, "260531793113837"},
      {"4901542032375112", LabelKind::kImeisv, "4901542032375112"},
      {"AF0123450ABCDE", LabelKind::kMeid, "AF0123450ABCDE"},
      {"AF0123450ABCDEC", LabelKind::kMeid, "AF0123450ABCDE"},
      {"293608736500703710", LabelKind::kMeid, "AF0123450ABCDE"},
      {"00:1B:63:84:45:E6", LabelKind::kMac, "001b638445e6"},
      {"001b.6384.45e6", LabelKind::kMac, "001b638445e6"},
      {"001B638445E6", LabelKind::kMac, "001b638445e6"},
      {"00-1B-63-FF-FE-84-45-E6", LabelKind::kMac, "001b63fffe8445e6"},
      {"8901260862291477114", LabelKind::kIccid, "8901260862291477114"},
      {"89049032000001000000128255843730", LabelKind::kEid, "89049032000001000000128255843730"},
      {"009520120000000175", LabelKind::kSscc, "009520120000000175"},
      {"00009520120000000175", LabelKind::kSscc, "009520120000000175"},
      {"C02L13ABF5V7", LabelKind::kSerial, "C02L13ABF5V7"},
      {"5RFDP01", LabelKind::kSerial, "5RFDP01"},
      {"cnu-1234 abc", LabelKind::kPlain, "cnu-1234 abc"},
      {"hello dock", LabelKind::kPlain, "hello dock"},
      {"490154203237519", LabelKind::kSerial, "490154203237519"},
      {"000000000000000", LabelKind::kSerial, "000000000000000"},
  };
  for (const Shape& shape : shapes) {
    const Parsed parsed = Typed(shape.text);
    EXPECT_EQ(ToString(parsed.kind), ToString(shape.kind)) << shape.text;
    EXPECT_EQ(parsed.normalized, shape.normalized) << shape.text;
    EXPECT_TRUE(parsed.error.ok()) << shape.text;
    ASSERT_EQ(parsed.elements.size(), 1u) << shape.text;
    EXPECT_EQ(parsed.elements[0].value, shape.text);
  }
}

TEST(Label, DoubtsAreWarnings) {
  EXPECT_THAT(Typed("490154203237519").warnings, ElementsAre(HasSubstr("NOT_AN_IMEI")));
  EXPECT_THAT(Typed("02:00:5e:10:20:30").warnings, ElementsAre(HasSubstr("LOCALLY_ADMINISTERED")));
  EXPECT_THAT(Typed("89049032000001000000128255843731").warnings,
              ElementsAre(HasSubstr("CHECK_DIGITS")));
}

TEST(Label, NamedTexts) {
  const Parsed phone = Typed("IMEI1: 490154203237518\nIMEI2: 356938035643809\nS/N: R58N123ABCD");
  EXPECT_EQ(phone.kind, LabelKind::kSerial);
  EXPECT_THAT(phone.elements,
              ElementsAre(Element{"imei", "490154203237518"}, Element{"imei", "356938035643809"},
                          Element{"serial", "R58N123ABCD"}));
  EXPECT_TRUE(phone.error.ok());
  const Parsed wrong = Typed("IMEI: 490154203237519");
  EXPECT_EQ(common::ReasonOf(wrong.error), "IDENTIFIER_INVALID");
  EXPECT_EQ(wrong.elements[0].value, "490154203237519");
  for (const std::string words : {"MAC mini 2018", "Serial cable 5 m", "model railway", "S/N:"}) {
    EXPECT_EQ(Typed(words).elements, (std::vector<Element>{{"text", words}})) << words;
  }
  EXPECT_EQ(Typed("SN 5RFDP01").elements[0], (Element{"serial", "5RFDP01"}));
  // The beginning of a serial is no name.
  EXPECT_EQ(Typed("SN12345678").elements[0], (Element{"serial", "SN12345678"}));
}

TEST(Label, MakersByTheShapeOfTheSerial) {
  EXPECT_EQ(MakerOfSerial("5RFDP01"), "Dell");
  EXPECT_EQ(MakerOfSerial("JAE2445044T"), "Cisco");
  EXPECT_EQ(MakerOfSerial("C02L13ABF5V7"), "Apple");
  EXPECT_EQ(MakerOfSerial("CNU1234ABC"), "HP");
  EXPECT_EQ(MakerOfSerial("PF01ABCD"), "Lenovo");
  EXPECT_EQ(MakerOfSerial("R58N123ABCD"), "Samsung");
  EXPECT_EQ(MakerOfSerial("hello"), "");
}

TEST(Label, SitePatterns) {
  ParseOptions options;
  options.tag_patterns = {"R2-#####", "@@*-X"};
  options.serial_patterns = {"########"};
  EXPECT_EQ(ParseLabel({"r2-00017", "", ""}, options).kind, LabelKind::kTag);
  EXPECT_EQ(ParseLabel({"ab123-x", "", ""}, options).kind, LabelKind::kTag);
  EXPECT_EQ(ParseLabel({"12345678", "", ""}, options).confidence, 0.95);
  EXPECT_EQ(ParseLabel({"R2-0017", "", ""}, options).kind, LabelKind::kSerial);
  EXPECT_TRUE(MatchesPattern("*a*a*b", std::string(200, 'a') + "b"));
  EXPECT_FALSE(MatchesPattern("*a*a*c", std::string(200, 'a') + "b"));
  EXPECT_FALSE(MatchesPattern("", ""));
}

// An IMEISV that begins with 01 was taken for what it is not: nine of ten fail the check digit.
TEST(Label, AnAi01WithoutFnc1IsNoImeisv) {
  const Parsed gtin = Typed("0109506000134352");
  EXPECT_EQ(gtin.kind, LabelKind::kGs1);
  EXPECT_EQ(gtin.elements, (std::vector<Element>{{"01", "09506000134352"}}));
  EXPECT_THAT(gtin.warnings, ElementsAre(HasSubstr("AMBIGUOUS")));
  EXPECT_LT(gtin.confidence, 0.7);
  const Parsed imeisv = Typed("0109506000134353");
  EXPECT_EQ(imeisv.kind, LabelKind::kImeisv);
  EXPECT_EQ(Typed("4901542032375112").kind, LabelKind::kImeisv);
  // What the scanner says itself decides.
  EXPECT_EQ(Typed("]C10109506000134352").confidence, 0.99);
}

TEST(Label, RetailNumbersAsAWedgeTypesThem) {
  for (const std::string digits : {"4006381333931", "036000291452", "09506000134352"}) {
    const Parsed parsed = Typed(digits);
    EXPECT_EQ(parsed.kind, LabelKind::kGs1) << digits;
    ASSERT_EQ(parsed.elements.size(), 1u);
    EXPECT_EQ(parsed.elements[0].id, "01");
    EXPECT_EQ(parsed.elements[0].value.size(), 14u);
  }
  // A wrong check digit, a number of the shop's own, and a symbol that says it is none.
  for (const std::string digits : {"4006381333932", "2012345678900", "]C04006381333931"}) {
    EXPECT_EQ(Typed(digits).kind, LabelKind::kSerial) << digits;
  }
}

TEST(Label, DataIdentifiersInBrackets) {
  const Parsed box = Typed("(1P) MGYN3D/A (S)C02L13ABF5V7");
  EXPECT_EQ(box.kind, LabelKind::kIso15434);
  EXPECT_THAT(box.elements, ElementsAre(Element{"1P", "MGYN3D/A"}, Element{"S", "C02L13ABF5V7"}));
  EXPECT_EQ(box.normalized, "C02L13ABF5V7");
  EXPECT_THAT(Typed("(S)A(B)C1").elements, ElementsAre(Element{"S", "A"}, Element{"B", "C1"}));
  EXPECT_THAT(Typed("(S)A(b)1").elements, ElementsAre(Element{"S", "A(b)1"}));
  EXPECT_EQ(Typed("(01)09506000134352").kind, LabelKind::kGs1);
  EXPECT_EQ(Typed("(S").kind, LabelKind::kPlain);
}

TEST(Label, ExpressServiceCodes) {
  EXPECT_EQ(TagOfExpressCode("12542331601"), "5RFDP01");
  EXPECT_EQ(TagOfExpressCode("125-423-316-01"), "5RFDP01");
  for (const std::string_view none : {"1", "99999999999999", "1254233160A", "2176782335"}) {
    EXPECT_EQ(TagOfExpressCode(none), "") << none;
  }
  const Parsed named = Typed("Express Service Code: 125-423-316-01");
  EXPECT_EQ(named.kind, LabelKind::kSerial);
  EXPECT_EQ(named.normalized, "5RFDP01");
  EXPECT_EQ(named.maker_hint, "Dell");
  EXPECT_EQ(common::ReasonOf(Typed("Express service code: 12").error), "IDENTIFIER_INVALID");
}

TEST(Label, NamedQuantitiesAndOrders) {
  EXPECT_EQ(Typed("QTY: 10").elements[0], (Element{"quantity", "10"}));
  EXPECT_EQ(Typed("PO 4500012345").elements[0], (Element{"purchase_order", "4500012345"}));
  EXPECT_EQ(Typed("POLAND 1").elements[0].id, "text");
}

TEST(Label, MoreSpellingsOfControlCharacters) {
  for (const std::string text : {"[)>[RS]06[GS]1PABC[GS]S55X[RS][EOT]",
                                 "[)>\xE2\x90\x9E"
                                 "06\xE2\x90\x9D"
                                 "1PABC\xE2\x90\x9DS55X\xE2\x90\x9E\xE2\x90\x84"}) {
    const Parsed parsed = Typed(text);
    EXPECT_THAT(parsed.elements, ElementsAre(Element{"1P", "ABC"}, Element{"S", "55X"})) << text;
    EXPECT_THAT(parsed.warnings, ElementsAre(HasSubstr("CONTROLS_SPELLED"))) << text;
  }
}

TEST(Iso15434, AWholeMessage) {
  const Parsed parsed = Typed(
      "[)>\x1e"
      "06\x1dP123-4\x1d"
      "1PABC\x1dS55X\x1dQ10\x1dK4500\x1e\x04");
  ASSERT_TRUE(parsed.error.ok()) << parsed.error;
  EXPECT_EQ(parsed.kind, LabelKind::kIso15434);
  EXPECT_THAT(parsed.elements,
              ElementsAre(Element{"P", "123-4"}, Element{"1P", "ABC"}, Element{"S", "55X"},
                          Element{"Q", "10"}, Element{"K", "4500"}));
  EXPECT_EQ(parsed.normalized, "55X");
  EXPECT_THAT(parsed.warnings, IsEmpty());
}

TEST(Iso15434, MalformedMessagesSurvive) {
  const auto fields = ElementsAre(Element{"1P", "ABC"}, Element{"S", "55X"});
  const std::pair<std::string, std::string> variants[] = {
      {">[)>\x1e"
       "06\x1d"
       "1PABC\x1dS55X\x1e\x04",
       "STRAY_CHARACTER"},
      {"[)>\x1e"
       "06\x1d"
       "1PABC\x1dS55X",
       "TRAILER_MISSING"},
      {"[)>06\x1d"
       "1PABC\x1dS55X\x1e\x04",
       "SEPARATOR_MISSING"},
      {"1PABC\x1dS55X", "ENVELOPE_MISSING"},
      {"\x1d"
       "1PABC\x1dS55X",
       "ENVELOPE_MISSING"},
      {"[)><RS>06<GS>1PABC<GS>S55X<RS><EOT>", "CONTROLS_SPELLED"},
      {"[)>~03006~0291PABC~029S55X~030~004", "CONTROLS_SPELLED"},
      {"[)>^^06^]1PABC^]S55X^^^D", "CONTROLS_SPELLED"},
  };
  for (const auto& [text, warning] : variants) {
    const Parsed parsed = Typed(text);
    EXPECT_EQ(parsed.kind, LabelKind::kIso15434) << text;
    EXPECT_THAT(parsed.elements, fields) << text;
    EXPECT_THAT(parsed.warnings, Contains(HasSubstr(warning))) << text;
    EXPECT_TRUE(parsed.error.ok()) << text;
  }
}

TEST(Iso15434, RepeatedIdentifiersAndSeparatorsInValues) {
  const Parsed lots = Typed(
      "[)>\x1e"
      "06\x1d"
      "1TA\x1d"
      "1TB\x1e\x04");
  EXPECT_THAT(lots.elements, ElementsAre(Element{"1T", "A"}, Element{"1T", "B"}));
  EXPECT_THAT(lots.warnings, ElementsAre(HasSubstr("IDENTIFIER_REPEATED")));
  const Parsed glued = Typed(
      "[)>\x1e"
      "06\x1d"
      "1PAB\x1d"
      "77-x\x1dQ5\x1e\x04");
  EXPECT_THAT(glued.elements, ElementsAre(Element{"1P",
                                                  "AB\x1d"
                                                  "77-x"},
                                          Element{"Q", "5"}));
}

TEST(Iso15434, OtherFormats) {
  EXPECT_THAT(Typed("[)>\x1e"
                    "05\x1d"
                    "0109506000134352\x1d\x1e\x04")
                  .elements,
              ElementsAre(Element{"01", "09506000134352"}));
  EXPECT_THAT(Typed("[)>\x1e"
                    "12\x1dMFR 12345\x1dSER 9\x1e\x04")
                  .elements,
              ElementsAre(Element{"MFR", "12345"}, Element{"SER", "9"}));
  EXPECT_THAT(Typed("[)>\x1e"
                    "99\x1d???\x1e\x04")
                  .elements[0]
                  .id,
              "raw");
  EXPECT_FALSE(Typed("[)>\x1e\x04").error.ok());
}

TEST(Iso15434, LongestIdentifierFirst) {
  EXPECT_EQ(DataIdentifierLength("30PX"), 3u);
  EXPECT_EQ(DataIdentifierLength("1P"), 2u);
  EXPECT_EQ(DataIdentifierLength("P1"), 1u);
  for (const std::string_view none : {"", "12", "999P", "01P", "p1", "X1", "-"}) {
    EXPECT_EQ(DataIdentifierLength(none), 0u) << none;
  }
}

TEST(Label, OneIdentifierOnASymbolOfItsOwn) {
  const Parsed part = ParseLabel({"1P900-1234", "]C0", "Code128"});
  EXPECT_EQ(part.kind, LabelKind::kIso15434);
  EXPECT_EQ(part.elements[0], (Element{"1P", "900-1234"}));
  EXPECT_EQ(Typed("1PXQ4Y2").kind, LabelKind::kSerial);  // the shape of a Dell service tag
  EXPECT_LT(Typed("1PXQ4Y2").confidence, 0.5);           // so it is asked about
  EXPECT_GE(Typed("2PXQ4Y2").confidence, 0.5);
  const Parsed apple = ParseLabel({"SC02L13ABF5V7", "]C0", "Code128"});
  EXPECT_EQ(apple.normalized, "C02L13ABF5V7");
  EXPECT_EQ(apple.elements[0].value, "SC02L13ABF5V7");
}

TEST(Label, SymbologyIdentifiers) {
  EXPECT_EQ(ParseLabel({"]C0"
                        "5RFDP01",
                        "", ""})
                .elements[0]
                .value,
            "5RFDP01");
  EXPECT_EQ(ParseLabel({"0109506000134352", "]d2", "DataMatrix"}).kind, LabelKind::kGs1);
  EXPECT_EQ(common::ReasonOf(Typed("]").error), "SYMBOLOGY_IDENTIFIER_INVALID");
  EXPECT_EQ(Typed("]!!x").elements[0], (Element{"raw", "]!!x"}));
}

TEST(Label, HostileInput) {
  const Parsed long_text = Typed(std::string(1'000'000, 'A'));
  EXPECT_EQ(common::ReasonOf(long_text.error), "TEXT_TOO_LONG");
  EXPECT_THAT(long_text.elements, IsEmpty());
  EXPECT_TRUE(Typed(std::string(kLabelTextMax, 'A')).error.ok());
  EXPECT_EQ(common::ReasonOf(Typed("").error), "SCAN_EMPTY");
  EXPECT_EQ(common::ReasonOf(Typed(" \r\n").error), "SCAN_EMPTY");
  const Parsed bytes = Typed(std::string("\xff\xfe\x00 1", 5));
  EXPECT_THAT(bytes.warnings, Contains(HasSubstr("NOT_UTF8")));
  EXPECT_EQ(bytes.elements[0].value, std::string("\xff\xfe\x00 1", 5));
  const Parsed many = Typed(
      "[)>\x1e"
      "06" +
      [] {
        std::string fields;
        for (int i = 0; i < 3'000; ++i) fields += "\x1dQ1";
        return fields;
      }());
  EXPECT_EQ(common::ReasonOf(many.error), "ISO15434_INVALID");
  EXPECT_EQ(many.elements.back().id, "raw");
}

TEST(Label, RandomTextsNeverFailUnexpectedlyAndLoseNothing) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const std::string pieces[] = {"]C1",
                                "[)>\x1e",
                                "06",
                                "\x1d",
                                "^",
                                "(01)",
                                "09506000134352",
                                "21",
                                "https://a/01/",
                                "1P",
                                "S",
                                "IMEI:",
                                "490154203237518",
                                "%41",
                                "]",
                                "\x1e\x04",
                                "(",
                                ")",
                                "\\",
                                "\xff",
                                "<GS>",
                                "10",
                                "AB",
                                " ",
                                "?99=1"};
  for (int round = 0; round < 5'000; ++round) {
    std::string text;
    for (unsigned n = random() % 8; n > 0; --n) text += pieces[random() % std::size(pieces)];
    ParseOptions options;
    options.fnc1_alias = random() % 2 == 0 ? '^' : '\0';
    const Parsed parsed = ParseLabel({text, "", ""}, options);
    EXPECT_TRUE(text.empty() || text == "]C1" || !parsed.elements.empty())
        << testing::PrintToString(text);
    EXPECT_TRUE(parsed.error.ok() || common::FindReason(common::ReasonOf(parsed.error)) != nullptr)
        << parsed.error;
    EXPECT_TRUE(nlohmann::json::accept(ParseToJson(parsed))) << testing::PrintToString(text);
  }
}

TEST(Unescape, TheEscapesOfTheCommandLine) {
  EXPECT_EQ(*Unescape("a\\u001db"),
            "a\x1d"
            "b");
  EXPECT_EQ(*Unescape("\\x1d\\n\\t\\\\u"), "\x1d\n\t\\u");
  EXPECT_EQ(*Unescape("\\u00e9\\u20ac\\ud83d\\ude00"), "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  EXPECT_EQ(*Unescape("(10)A\\(B\\"), "(10)A\\(B\\");
  EXPECT_EQ(*Unescape("\\0"), std::string(1, '\0'));
  for (const std::string_view bad : {"\\u12", "\\uzzzz", "\\x1", "\\ud800", "\\udc00x"}) {
    EXPECT_EQ(common::ReasonOf(Unescape(bad).status()), "ESCAPE_INVALID") << bad;
  }
}

TEST(LabelJson, TheContract) {
  EXPECT_EQ(ParseToJson(Typed("(01)09506000134352")),
            R"({"kind":"gs1","elements":[{"id":"01","value":"09506000134352"}],"warnings":[],)"
            R"("error":null})");
  const auto bad = nlohmann::json::parse(ParseToJson(Typed("(01)09506000134353")));
  EXPECT_EQ(bad["error"]["reason"], "GS1_CHECK_DIGIT");
  EXPECT_EQ(bad["error"].size(), 2u);
  EXPECT_EQ(bad["elements"][0]["value"], "09506000134353");
  const auto bytes = nlohmann::json::parse(ParseToJson(Typed("\xe9 t\xe9")));
  EXPECT_EQ(bytes["elements"][0]["value"], "\xc3\xa9 t\xc3\xa9");
}

}  // namespace
}  // namespace loopdock::intake
