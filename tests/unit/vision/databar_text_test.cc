// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/databar_text.h"

#include <gtest/gtest.h>

namespace loopdock::vision {
namespace {

TEST(DataBarText, SeparatesValuesWithoutFixedLength) {
  EXPECT_EQ(ElementStringOf("(01)09501101530003(10)AB12(21)7"),
            "010950110153000310AB12\x1D"
            "217");
  EXPECT_EQ(ElementStringOf("(01)90012345678908(3103)001750"), "01900123456789083103001750");
  EXPECT_EQ(ElementStringOf("(8110)106141416543213150110120000"),
            "8110106141416543213150110120000");
}

TEST(DataBarText, KeepsBracketsThatAreNoIdentifier) {
  EXPECT_EQ(ElementStringOf("(10)A(5)B"), "10A(5)B") << "one digit";
  EXPECT_EQ(ElementStringOf("(10)LOT(05)X"), "10LOT(05)X") << "no such identifier";
  EXPECT_EQ(ElementStringOf("(21)A(01)B"), "21A(01)B") << "not followed by fourteen digits";
  EXPECT_EQ(ElementStringOf("(21)A(10)"), "21A(10)") << "followed by nothing";
  EXPECT_EQ(ElementStringOf("(21)(10)B"), "21(10)B") << "a value has a character";
  EXPECT_EQ(ElementStringOf("(21)A(10"), "21A(10");
}

TEST(DataBarText, LeavesWhatHasNoIdentifiers) {
  EXPECT_EQ(ElementStringOf(""), "");
  EXPECT_EQ(ElementStringOf("4711"), "4711");
  EXPECT_EQ(ElementStringOf("(01)123"), "(01)123");
}

}  // namespace
}  // namespace loopdock::vision
