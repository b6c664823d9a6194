// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/common/hash.h"
#include "services/common/status.h"
#include "services/grading/core/scale.h"
#include "tests/unit/scale_fixture.h"

namespace loopdock::grading {
namespace {

using ::testing::HasSubstr;

std::string Replaced(const std::string& from, const std::string& to) {
  std::string text = DefaultScaleText();
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) text.replace(at, from.size(), to);
  return text;
}

TEST(ScaleParse, DefaultHasItsIdentity) {
  const Scale scale = DefaultScale();
  EXPECT_EQ(scale.name(), "itad-1@1");
  EXPECT_EQ(scale.sha256(), common::Sha256Hex(DefaultScaleText()));
  EXPECT_FALSE(scale.display_name().empty());
}

struct Case {
  const char* from;
  const char* to;
  const char* message;
};

class ScaleParseRefuses : public ::testing::TestWithParam<Case> {};

TEST_P(ScaleParseRefuses, WithALineAndAReason) {
  const absl::StatusOr<Scale> scale = Scale::Parse(Replaced(GetParam().from, GetParam().to));
  ASSERT_FALSE(scale.ok());
  EXPECT_EQ(common::ReasonOf(scale.status()), "SCALE_INVALID");
  EXPECT_THAT(std::string(scale.status().message()), HasSubstr(GetParam().message));
  EXPECT_THAT(std::string(scale.status().message()), HasSubstr("line "));
}

INSTANTIATE_TEST_SUITE_P(
    Files, ScaleParseRefuses,
    ::testing::Values(
        Case{"id = \"itad-1\"", "", "'id' is missing"},
        Case{"id = \"itad-1\"", "id = \"itad-1\"\ncolour = 3", "unknown key 'colour'"},
        Case{"width_min_px = 3", "width_min_px = -3", "'width_min_px' must be a number above 0"},
        Case{"width_min_px = 3", "width_min_px = nan", "'width_min_px' must be a number above 0"},
        Case{"front = [\"Z2\", \"Z3\"]", "front = [\"Z2\"]", "zone Z3 stands in no group"},
        Case{"front = [\"Z2\", \"Z3\"]", "front = [\"Z1\", \"Z2\", \"Z3\"]",
             "zone Z1 stands in two groups"},
        Case{"front = [\"Z2\", \"Z3\"]", "front = [\"Z2\", \"Z9\"]", "one of Z1 to Z6"},
        Case{"display = [\"Z1\"]", "face = [\"Z1\"]", "there must be a group 'display'"},
        Case{"dent = { diameter_mm = [1, 3, 8] }", "", "'dent' has no severity rule"},
        Case{"dent = {", "bump = {", "'bump' is no kind of defect"},
        Case{"[1, 3, 8]", "[1, 8, 3]", "must be above 0 and rise"},
        Case{"[1, 3, 8]", "[1, 3]", "three numbers"},
        Case{"dent = { diameter_mm", "dent = { depth_mm", "unknown attribute 'depth_mm'"},
        Case{"crack = { always = \"S4\" }", "crack = { always = \"S5\" }", "'always' must be one"},
        Case{"crack = { always = \"S4\" }", "crack = { }", "needs bands or 'always'"},
        Case{"display = [2, 0, 0, 0]", "display = [2, 0, 0]", "four limits"},
        Case{"display = [2, 0, 0, 0]", "display = [2, 0, 0, -1]", "whole number from 0"},
        Case{"display = [2, 0, 0, 0], ", "", "says nothing of 'display'"},
        Case{"display = [4, 1, 0, 0]", "display = [1, 1, 0, 0]",
             "C5 is stricter than the better C6 in counts of S1 for display"},
        Case{"dead_pixels_max = 8", "dead_pixels_max = 2", "C3 is stricter than the better C4"},
        Case{"code = \"C5\"", "code = \"C6\"", "from the best to the worst"},
        Case{"code = \"C5\"", "code = \"B5\"", "one of C1 to C9"},
        Case{"discolouration = \"S3\"", "discolouration = \"S9\"", "must be one of none, S1"},
        Case{"code = \"C1\"\ndamaged = true", "code = \"C1\"", "must take every device"},
        Case{"[groups]", "[groups", "line"}));

TEST(ScaleParse, LimitsTheText) {
  EXPECT_EQ(common::ReasonOf(Scale::Parse(std::string(2 << 20, '#')).status()), "SCALE_INVALID");
  EXPECT_FALSE(Scale::Parse("").ok());
  EXPECT_FALSE(Scale::Parse(std::string("\xff\xfe\0x", 4)).ok());
}

TEST(ScaleParse, NamesOfKindsAndZones) {
  EXPECT_EQ(DefectTypeName(vision::v1::DEFECT_TYPE_MISSING_PART), "missing_part");
  EXPECT_EQ(DefectTypeName(vision::v1::DEFECT_TYPE_DISCOLOURATION), "discolouration");
  EXPECT_EQ(DefectTypeName(static_cast<vision::v1::DefectType>(99)), "");
  EXPECT_EQ(ZoneName(vision::v1::ZONE_Z6), "Z6");
}

}  // namespace
}  // namespace loopdock::grading
