// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "clients/cli/discrepancies.h"

namespace loopdock::cli {
namespace {

using ::testing::StartsWith;

TEST(Discrepancies, ARowHasAsManyCellsAsTheHeading) {
  inventory::v1::Discrepancy one;
  one.set_kind(inventory::v1::DISCREPANCY_KIND_MISSING);
  one.mutable_line()->set_number(7);
  one.mutable_line()->set_serial("=cmd()");
  one.mutable_line()->set_quantity(1);
  one.set_quantity(1);
  one.set_mass_difference_g(-5);
  const std::string row = DiscrepancyRow(one);
  EXPECT_THAT(row, StartsWith("missing,7,'=cmd(),,,,,1,0,1,,-5,"));
  const std::string heading = DiscrepancyHeading();
  EXPECT_EQ(std::count(row.begin(), row.end(), ','),
            std::count(heading.begin(), heading.end(), ','));
}

TEST(Discrepancies, QuotesAndGuardsCells) {
  EXPECT_EQ(CsvCell("a,\"b\"", true), "\"a,\"\"b\"\"\"");
  EXPECT_EQ(CsvCell("-1", false), "-1");
  EXPECT_EQ(CsvCell("-1", true), "'-1");
  EXPECT_EQ(CsvCell("@x", true), "'@x");
  EXPECT_EQ(CsvCell("", true), "");
}

}  // namespace
}  // namespace loopdock::cli
