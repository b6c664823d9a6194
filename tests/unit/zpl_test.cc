// SPDX-License-Identifier: Apache-2.0
#include "services/intake/core/zpl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/common/status.h"

namespace loopdock::intake {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const ContainerLabel kLabel = {.name = "sites/main/containers/000042",
                               .sscc = "106141412345678908",
                               .number = "P-7",
                               .supplier = "M\xC3\xBCller ^FS~HS \\ _ Co",
                               .load = "000007",
                               .gross_g = 123'456,
                               .net_g = 100'000,
                               .date = "2026-03-02"};

TEST(Zpl, EscapesWhatCommandsPrinters) {
  EXPECT_EQ(ZplText("a^b~c_d\\e\n\xC3\xBC"), "a_5eb_7ec_5fd_5ce_0a_c3_bc");
  const auto zpl = ContainerLabelZpl(kLabel, {});
  ASSERT_TRUE(zpl.ok()) << zpl.status();
  EXPECT_THAT(*zpl, HasSubstr("M_c3_bcller _5eFS_7eHS _5c _5f Co"));
  EXPECT_THAT(*zpl, Not(HasSubstr("~")));
}

TEST(Zpl, HasTheSsccAsGs1AndTheNameAsQr) {
  const auto zpl = ContainerLabelZpl(kLabel, {.copies = 3});
  ASSERT_TRUE(zpl.ok());
  EXPECT_THAT(*zpl, HasSubstr("^BY4,2,256\n"));
  EXPECT_THAT(*zpl, HasSubstr("^FD>;>800106141412345678908^FS"));
  EXPECT_THAT(*zpl, HasSubstr("(00) 106141412345678908"));
  EXPECT_THAT(*zpl, HasSubstr("^FDMA,sites/main/containers/000042^FS"));
  EXPECT_THAT(*zpl, HasSubstr("^PW800\n^LL1200\n"));
  EXPECT_THAT(*zpl, HasSubstr("^PQ3\n"));
  EXPECT_THAT(*zpl, HasSubstr("Gross 123.5 kg"));
  EXPECT_EQ(SsccElementString(kLabel.sscc), "(00)106141412345678908");
}

TEST(Zpl, LeavesOutWhatIsNotKnownAndFitsEveryPrinter) {
  for (const int dots : {6, 8, 12, 24}) {
    const auto zpl =
        ContainerLabelZpl({.name = "sites/main/containers/000042"}, {.dots_per_mm = dots});
    ASSERT_TRUE(zpl.ok());
    EXPECT_THAT(*zpl, Not(HasSubstr("^BC")));
    EXPECT_THAT(*zpl, Not(HasSubstr(" kg")));
    EXPECT_THAT(*zpl, HasSubstr("^PW" + std::to_string(100 * dots)));
  }
}

TEST(Zpl, RefusesWhatIsNoLabel) {
  ContainerLabel wrong = kLabel;
  wrong.sscc.back() = '7';
  EXPECT_EQ(common::ReasonOf(ContainerLabelZpl(wrong, {}).status()), "INVALID_FIELDS");
  EXPECT_EQ(common::ReasonOf(ContainerLabelZpl(kLabel, {.dots_per_mm = 7}).status()),
            "INVALID_FIELDS");
  EXPECT_EQ(common::ReasonOf(ContainerLabelZpl(kLabel, {.copies = 100}).status()),
            "INVALID_FIELDS");
}

}  // namespace
}  // namespace loopdock::intake
