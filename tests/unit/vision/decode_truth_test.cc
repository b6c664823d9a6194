// SPDX-License-Identifier: Apache-2.0
#include "tests/accuracy/decode_truth.h"

#include <gtest/gtest.h>

#include <string>

namespace loopdock::accuracy {
namespace {

TEST(IsTruth, TakesEqualWritings) {
  EXPECT_TRUE(IsTruth("Code128", "ABC 123", "ABC 123"));
  EXPECT_TRUE(IsTruth("QRCode", "a\\r\\nb", "a\r\nb"));
  EXPECT_TRUE(IsTruth("QRCode", "http\\\\://x", "http\\://x"));
  EXPECT_TRUE(IsTruth("DataMatrix", "[)>06<GS>P1",
                      "[)>\x1E"
                      "06\x1DP1"));
  EXPECT_TRUE(IsTruth("EAN-13", "0049000006582", "049000006582"));
  EXPECT_TRUE(IsTruth("UPC-E", "04965802", "049000006582"));
  EXPECT_TRUE(IsTruth("UPC-E", "0049000006582", "04965802"));
  EXPECT_TRUE(IsTruth("EAN-13", "9780345460950", "9780345460950 50795"));
  EXPECT_TRUE(IsTruth("Codabar", "A1234B", "1234"));
  EXPECT_TRUE(IsTruth("DataBar", "0102001234567893", "02001234567893"));
  EXPECT_TRUE(IsTruth("DataBarExpanded", "(01)90012(39)7", "0190012397"));
  EXPECT_TRUE(IsTruth("Code39", "+A+BC", "abc"));
  EXPECT_TRUE(IsTruth("Aztec", std::string(3, '\0'), std::string(3, '\0')));
}

TEST(IsTruth, RefusesOthers) {
  EXPECT_FALSE(IsTruth("Code128", "ABC", "ABD"));
  EXPECT_FALSE(IsTruth("Code128", "ABC", ""));
  EXPECT_FALSE(IsTruth("Code128", "", ""));
  EXPECT_FALSE(IsTruth("Aztec", std::string(3, '\0'), std::string(2, '\0')));
  EXPECT_FALSE(IsTruth("Code128", "ABC", "abc"));
  EXPECT_FALSE(IsTruth("EAN-13", "9780345460950 50795", "9780345460967"));
  EXPECT_FALSE(IsTruth("EAN-13", "978039305867352595", "9780393058673"));
  EXPECT_FALSE(IsTruth("QRCode", "A1234B", "1234"));
}

TEST(TruthRow, KnowsWhatIsCounted) {
  EXPECT_TRUE((TruthRow{"s", "f", "NONE", "p", "none", "", false}).negative());
  EXPECT_TRUE((TruthRow{"s", "f", "unsupported", "p", "txt", "x", false}).negative());
  EXPECT_TRUE((TruthRow{"s", "f", "QRCode", "p", "txt", "x", false}).has_text());
  EXPECT_FALSE((TruthRow{"s", "f", "QRCode", "p", "bin", "x", false}).has_text());
}

}  // namespace
}  // namespace loopdock::accuracy
