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
