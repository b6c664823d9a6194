// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/manifest_fixture.h"

namespace loopdock::intake {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

ManifestReading Read(std::string_view json) { return ReadManifest(json, {}); }

TEST(ManifestJson, TakesAnArrayOrAnObjectWithBothSpellings) {
  for (const std::string json :
       {R"([{"serial":"A1","mass_g":5,"asset_tag":"T1"},{"model":"M","quantity":"7"}])",
        R"(  {"lines":[{"serial":"A1","massG":"5","assetTag":"T1","number":1},)"
        R"({"model":"M","quantity":7,"maker":null}]})"}) {
    const ManifestReading read = Read(json);
    EXPECT_THAT(Problems(read), IsEmpty()) << json;
    EXPECT_EQ(read.format, v1::MANIFEST_FORMAT_JSON);
    EXPECT_THAT(Lines(read), ElementsAre("A1,,,1,5", ",,M,7,0")) << json;
    EXPECT_EQ(read.lines[0].asset_tag(), "T1");
  }
}

TEST(ManifestJson, ReportsWhatIsWrongByEntryAndField) {
  const ManifestReading read = Read(
      R"({"extra":{"lines":[]},"lines":[{"serial":"A","colour":"red"},7,[{"serial":"x"}],)"
      R"({"model":3},{"model":"M","quantity":1.5},{"serial":{"a":[1]}},{"asset":"sites/a"},)"
      R"({"serial":"A2","serial":"A3"},{"serial":"A4","number":3},{"model":"M","mass_g":"2 kg"},)"
      R"({"model":true},{"serial":"A5"}]})");
  EXPECT_THAT(
      Problems(read),
      ElementsAre("0|extra|Is no field of the file;|", "1|colour|Is no field of a line.|red",
                  "2||Is no object with the fi|", "3||Is no object with the fi|",
                  "4|model|Takes a text.|3", "5|quantity|Is no whole number of pi|1.5",
                  "6|serial|Takes a text or a number|", "7|asset|Is told by the record, n|sites/a",
                  "8|serial|Stands twice.|", "9|number|Is not the place of the |3",
                  "10|mass_g|Is no whole number of gr|2 kg", "11|model|Takes a text.|true"));
  EXPECT_THAT(Lines(read), ElementsAre("A5,,,1,0"));
}

TEST(ManifestJson, SaysWhereItIsNoJson) {
  const ManifestReading read = Read("[{\"serial\":\"A1\"},\n {\"serial\":");
  ASSERT_EQ(read.problems.size(), 1U);
  EXPECT_EQ(read.problems[0].problem(), "Is no JSON at line 2, column 12.");
  EXPECT_EQ(read.problems[0].value(), "") << "no words of the library";
  EXPECT_EQ(Problems(Read(R"({"lines":5})")).front(), "0|lines|Is no array.|");
  EXPECT_EQ(Problems(Read(R"({})")).front(), "0||Has no lines: an array o|");
  EXPECT_EQ(Read(std::string(100'000, '[')).problem_count > 0, true);
}

}  // namespace
}  // namespace loopdock::intake
