// SPDX-License-Identifier: Apache-2.0
#include "tests/accuracy/decode_truth.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace loopdock::accuracy {
namespace {

TEST(IsTruth, TakesOtherNotationsOfTheSameSymbol) {
  EXPECT_TRUE(IsTruth("Code128", "ABC 123", "ABC 123"));
  EXPECT_TRUE(IsTruth("QRCode", "a\\r\\nb", "a\r\nb"));
  EXPECT_TRUE(IsTruth("QRCode", "http\\\\://x", "http\\://x"));
  EXPECT_TRUE(IsTruth("DataMatrix", "[)>\x1E<GS>P1", "[)>\x1E\x1DP1"));
  EXPECT_TRUE(IsTruth("UPC-A", "0049000006582", "049000006582"));
  EXPECT_TRUE(IsTruth("UPC-E", "0049000006582", "04965802"));
  EXPECT_TRUE(IsTruth("EAN-13", "978039305867352595", "9780393058673 52595"));
  EXPECT_TRUE(IsTruth("UPC-A", "002454313653800", "024543136538 00"));
  EXPECT_TRUE(IsTruth("Codabar", "A1234B", "1234"));
  EXPECT_TRUE(IsTruth("DataBar", "02001234567893", "0102001234567893"));
  EXPECT_TRUE(IsTruth("DataBarExpanded", "(10)12(39)7",
                      "1012\x1D"
                      "397"));
  EXPECT_TRUE(IsTruth("Code39", "A123456788", "3PRM8N"));
  EXPECT_TRUE(IsTruth("Aztec", std::string(3, '\0'), std::string(3, '\0')));
}

TEST(IsTruth, RefusesOthers) {
  EXPECT_FALSE(IsTruth("Code128", "ABC", "ABD"));
  EXPECT_FALSE(IsTruth("Code128", "ABC", ""));
  EXPECT_FALSE(IsTruth("Code128", "", ""));
  EXPECT_FALSE(IsTruth("Code128", "ABC", "ABC "));
  EXPECT_FALSE(IsTruth("Aztec", std::string(3, '\0'), std::string(2, '\0')));
  EXPECT_FALSE(IsTruth("Code128", "ABC", "abc"));
  EXPECT_FALSE(IsTruth("Code128", "00123", "123"));
  EXPECT_FALSE(IsTruth("ITF", "00123456", "123456"));
  EXPECT_FALSE(IsTruth("Code39", "I123", "123"));
  EXPECT_FALSE(IsTruth("Code39", "+A", "a"));
  EXPECT_FALSE(IsTruth("DataMatrix", "06<GS>P1", "06P1"));
  EXPECT_FALSE(IsTruth("QRCode", "a\\r\\nb", "ab"));
  EXPECT_FALSE(IsTruth("EAN-13", "9780345460950", "9780345460950 50795"));
  EXPECT_FALSE(IsTruth("EAN-13", "978039305867352595", "9780393058673"));
  EXPECT_FALSE(IsTruth("Codabar", "1234", "A1234B"));
  EXPECT_FALSE(IsTruth("QRCode", "A1234B", "1234"));
  EXPECT_FALSE(IsTruth("DataBarExpanded", "10567<GS>1101", "105671101"));
}

TEST(CompleteTruth, PutsTheAddOnBehindTheTextOfItsPicture) {
  std::vector<TruthRow> rows = {{"s", "f", "EAN-13", "a.png", "txt", "9780393058673", false},
                                {"s", "f", "EAN-13", "b.png", "txt", "9780393058673", false}};
  CompleteTruth({{"a.png", "52595"}}, rows);
  EXPECT_EQ(rows[0].text, "978039305867352595");
  EXPECT_EQ(rows[1].text, "9780393058673");
}

TEST(TruthRow, KnowsWhatIsCounted) {
  EXPECT_TRUE((TruthRow{"s", "f", "NONE", "p", "none", "", false}).negative());
  EXPECT_TRUE((TruthRow{"s", "f", "unsupported", "p", "txt", "x", false}).negative());
  EXPECT_TRUE((TruthRow{"s", "f", "QRCode", "p", "txt", "x", false}).has_text());
  EXPECT_FALSE((TruthRow{"s", "f", "QRCode", "p", "bin", "x", false}).has_text());
}

}  // namespace
}  // namespace loopdock::accuracy
