// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "services/common/status.h"
#include "services/intake/core/code_lists.h"
#include "services/intake/core/gs1.h"
#include "services/intake/core/gs1_rules.h"
#include "services/intake/core/label.h"
#include "services/intake/core/text.h"

namespace loopdock::intake {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Parsed Parse(std::string text, char fnc1 = '^') {
  ParseOptions options;
  options.fnc1_alias = fnc1;
  return ParseLabel({std::move(text), "", ""}, options);
}

std::string RuleOf(const Parsed& parsed) { return common::MetadataOf(parsed.error, "rule"); }
std::string ReasonOf(const Parsed& parsed) { return common::ReasonOf(parsed.error); }

TEST(Gs1Table, EveryRowIsFoundByItsOwnNumbersAndUsesKnownRules) {
  const std::set<std::string> primary = {"00",   "01",   "235",  "253",  "3103", "3925", "410",
                                         "4309", "7030", "8003", "8110", "8200", "90",   "99"};
  for (const std::string& ai : primary) {
    const Gs1Ai* row = FindAi(ai + "1");
    ASSERT_NE(row, nullptr) << ai;
    EXPECT_LE(row->first, ai);
    EXPECT_GE(row->last, ai);
  }
  for (int number = 0; number < 10'000; ++number) {
    std::string ai = std::to_string(number);
    ai.insert(0, 4 - ai.size(), '0');
    const Gs1Ai* row = FindAi(ai);
    if (row == nullptr) continue;
    const absl::Status status =
        CheckElement(*row, ai.substr(0, row->first.size()), std::string(20, '1'));
    EXPECT_NE(common::MetadataOf(status, "rule"), "UNKNOWN_RULE") << ai;
  }
  for (const std::string_view unknown :
       {"", "0", "05", "18", "3106", "3956", "89", "8", "9", "ab"}) {
    EXPECT_EQ(FindAi(unknown), nullptr) << unknown;
  }
}

TEST(Gs1, CheckDigitsOfPublishedExamples) {
  for (const std::string_view good :
       {"04012345111118", "4006381333931", "036000291452", "009520120000000175", "0952012000014"}) {
    EXPECT_TRUE(CheckDigitHolds(good)) << good;
    std::string bad(good);
    bad.back() = bad.back() == '9' ? '0' : static_cast<char>(bad.back() + 1);
    EXPECT_FALSE(CheckDigitHolds(bad)) << bad;
  }
  EXPECT_EQ(CheckRule("pair", "1987654Ad4X4bL5ttr2310c2K"), "");
  EXPECT_EQ(CheckRule("pair", "1987654Ad4X4bL5ttr2310c2L"), "INCORRECT_CHECK_PAIR");
  EXPECT_EQ(CheckRule("iban", "GB82WEST12345698765432"), "");
  EXPECT_EQ(CheckRule("iban", "GB82WEST12345698765433"), "INCORRECT_IBAN_CHECKSUM");
}

TEST(Gs1, ElementStringEndsValuesByLengthOrSeparator) {
  const Parsed parsed = Parse(
      "]C1010950600013435210SHELF7\x1d"
      "21A1\x1d"
      "3103000250");
  ASSERT_TRUE(parsed.error.ok()) << parsed.error;
  EXPECT_EQ(parsed.kind, LabelKind::kGs1);
  EXPECT_THAT(parsed.elements, ElementsAre(Element{"01", "09506000134352"}, Element{"10", "SHELF7"},
                                           Element{"21", "A1"}, Element{"3103", "000250"}));
  EXPECT_EQ(parsed.normalized, "(01)09506000134352(21)A1");
  EXPECT_THAT(parsed.warnings, IsEmpty());
}

TEST(Gs1, RefusesWithThePreciseRule) {
  EXPECT_EQ(RuleOf(Parse("(01)09506000134353")), "INCORRECT_CHECK_DIGIT");
  EXPECT_EQ(ReasonOf(Parse("(01)09506000134353")), "GS1_CHECK_DIGIT");
  EXPECT_EQ(RuleOf(Parse("(17)260231")), "ILLEGAL_DAY");
  EXPECT_EQ(RuleOf(Parse("(17)240229")), "");
  EXPECT_EQ(RuleOf(Parse("(17)250229")), "ILLEGAL_DAY");
  EXPECT_EQ(RuleOf(Parse("(17)250200")), "");
  EXPECT_EQ(RuleOf(Parse("(7006)250200")), "ILLEGAL_DAY");
  EXPECT_EQ(RuleOf(Parse("(7011)2502282460")), "ILLEGAL_HOUR");
  EXPECT_EQ(RuleOf(Parse("(01)095060001343")), "VALUE_TOO_SHORT");
  EXPECT_EQ(RuleOf(Parse("(10)" + std::string(21, 'A'))), "VALUE_TOO_LONG");
  EXPECT_EQ(RuleOf(Parse("(8010)12345abc")), "INVALID_CSET39_CHARACTER");
  EXPECT_EQ(RuleOf(Parse("(7041)QQQ")), "INVALID_PACKAGE_TYPE");
  EXPECT_EQ(RuleOf(Parse("(8006)095060001343520302")), "PIECE_NUMBER_EXCEEDS_TOTAL");
  EXPECT_EQ(RuleOf(Parse("(7258)2/1")), "POSITION_EXCEEDS_END");
  EXPECT_EQ(ReasonOf(Parse("(05)12345")), "GS1_UNKNOWN_AI");
  EXPECT_EQ(ReasonOf(Parse("^")), "GS1_SYNTAX");
  EXPECT_EQ(ReasonOf(Parse("]C1")), "GS1_SYNTAX");
}

TEST(Gs1, RulesBetweenIdentifiers) {
  EXPECT_EQ(ReasonOf(Parse("(01)09506000134352(01)04012345111118")), "GS1_REPEATED");
  EXPECT_TRUE(Parse("(10)A(10)A").error.ok());
  EXPECT_EQ(ReasonOf(Parse("(01)09506000134352(37)5")), "GS1_EXCLUSIVE");
  EXPECT_EQ(ReasonOf(Parse("(01)09506000134352(3920)10(3930)97810(30)1")), "GS1_EXCLUSIVE");
  const Parsed alone = Parse("(21)ABC");
  EXPECT_TRUE(alone.error.ok());
  EXPECT_THAT(alone.warnings, ElementsAre(HasSubstr("01 or 03 or 8006")));
}

TEST(Gs1, HumanFormWithBlanksAndBrackets) {
  const Parsed parsed = Parse("(01) 09506000134352 (21) AB\\(C");
  ASSERT_TRUE(parsed.error.ok()) << parsed.error;
  EXPECT_EQ(parsed.elements[1].value, "AB(C");
  EXPECT_THAT(parsed.warnings, ElementsAre(HasSubstr("BLANKS_DROPPED")));
  EXPECT_FALSE(Parse("(10) ").error.ok());
  EXPECT_EQ(Parse("(555) 123-4567").elements.size(), 1u);
}

TEST(Gs1, WhatFollowsAnErrorIsKept) {
  const Parsed parsed = Parse("^10A^ZZ^11");
  EXPECT_EQ(ReasonOf(parsed), "GS1_UNKNOWN_AI");
  EXPECT_THAT(parsed.elements, ElementsAre(Element{"10", "A"}, Element{"raw", "ZZ^11"}));
  std::string many;
  for (int i = 0; i < 4'000; ++i) many += "^90A";
  const Parsed refused = Parse(many);
  EXPECT_EQ(ReasonOf(refused), "GS1_SYNTAX");
  EXPECT_EQ(refused.elements.size(), kGs1ElementsMax + 1);
}

TEST(Gs1, RetailSymbols) {
  EXPECT_EQ(ParseLabel({"4006381333931", "]E0", "EAN-13"}).elements[0].value, "04006381333931");
  EXPECT_EQ(ParseLabel({"036000291452", "]E0", "UPC-A"}).elements[0].value, "00036000291452");
  const Parsed short_upc = ParseLabel({"04252614", "]E0", "UPC-E"});
  EXPECT_TRUE(short_upc.error.ok()) << short_upc.error;
  EXPECT_EQ(short_upc.elements[0].value, "00042100005264");
  EXPECT_FALSE(ParseLabel({"4006381333932", "]E0", "EAN-13"}).error.ok());
  EXPECT_THAT(ParseLabel({"4006381333931 05", "]E3", "EAN-13"}).elements,
              ElementsAre(Element{"01", "04006381333931"}, Element{"addon", "05"}));
}

TEST(Gs1, UnannouncedDataIsRecognisedByItsForm) {
  const Parsed parsed = Parse("010950600013435221ABC");
  EXPECT_EQ(parsed.kind, LabelKind::kGs1);
  EXPECT_THAT(parsed.warnings, ElementsAre(HasSubstr("FNC1_MISSING")));
  // One digit of the GTIN changed: no longer GS1, and no refusal either.
  const Parsed other = Parse("010950600013435321ABC");
  EXPECT_EQ(other.kind, LabelKind::kSerial);
  EXPECT_TRUE(other.error.ok());
}

TEST(DigitalLink, KeyQualifiersAndAttributes) {
  const Parsed parsed =
      Parse("https://shop.example/p/01/9506000134352/10/L%2F1/21/S1?3103=000500&lang=en#top");
  ASSERT_TRUE(parsed.error.ok()) << parsed.error;
  EXPECT_EQ(parsed.kind, LabelKind::kDigitalLink);
  EXPECT_THAT(parsed.elements, ElementsAre(Element{"01", "09506000134352"}, Element{"10", "L/1"},
                                           Element{"21", "S1"}, Element{"3103", "000500"}));
}

TEST(DigitalLink, Refusals) {
  for (const std::string link :
       {"https://a/01/9506000134352/21/S1/10/L1", "https://a/01/9506000134352?21=S1",
        "https://a/01/9506000134353", "https://a/01/9506000134352/21/%zz",
        "https://a/01/9506000134352?99=A&99=B", "https://a/01/9506000134352?04=1"}) {
    const Parsed parsed = Parse(link);
    EXPECT_EQ(parsed.kind, LabelKind::kDigitalLink) << link;
    EXPECT_FALSE(parsed.error.ok()) << link;
    EXPECT_FALSE(parsed.elements.empty()) << link;
  }
}

TEST(DigitalLink, AnOrdinaryAddressIsPlain) {
  for (const std::string address : {"https://example.com/", "https://example.com/products/42",
                                    "HtTpS://example.com/01/9506000134352", "http://"}) {
    const Parsed parsed = Parse(address);
    EXPECT_EQ(parsed.kind, LabelKind::kPlain) << address;
    EXPECT_TRUE(parsed.error.ok()) << address;
    EXPECT_EQ(parsed.elements[0].value, address);
  }
}

TEST(CodeLists, KnowTheirCodesAndNothingBetween) {
  EXPECT_TRUE(IsCountry("840") && IsCountry("276") && IsCountryAlpha2("DE") && IsCurrency("978"));
  EXPECT_TRUE(IsPackageType("PX") && IsPackageType("200"));
  EXPECT_FALSE(IsCountry("999") || IsCountry("84") || IsCountry("0 0") || IsCountry(""));
  EXPECT_FALSE(IsCountryAlpha2("XX") || IsCountryAlpha2("D") || IsPackageType("201 202"));
}

}  // namespace
}  // namespace loopdock::intake
