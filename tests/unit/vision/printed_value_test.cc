// SPDX-License-Identifier: Apache-2.0
#include "services/vision/text/printed_value.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace loopdock::vision {
namespace {

// Words of one line, ten pixels a character, from `x` on.
std::vector<PrintedWord> Line(int y, const std::vector<std::string>& texts, int x = 0) {
  std::vector<PrintedWord> words;
  for (const std::string& text : texts) {
    const int width = 10 * static_cast<int>(text.size());
    words.push_back({text, {x, y, width, 20}, 0.9});
    x += width + 10;
  }
  return words;
}

std::vector<PrintedWord> Lines(const std::vector<std::vector<std::string>>& lines) {
  std::vector<PrintedWord> words;
  for (size_t i = 0; i < lines.size(); ++i) {
    const auto line = Line(30 * static_cast<int>(i), lines[i]);
    words.insert(words.end(), line.begin(), line.end());
  }
  return words;
}

std::string Found(const std::vector<PrintedWord>& words) {
  std::string found;
  for (const PrintedValue& value : FindPrintedValues(words)) {
    found += (found.empty() ? "" : "; ") + value.label + "=" + value.value;
  }
  return found;
}

TEST(PrintedValue, StandsBehindItsLabel) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> rows = {
      {{"S/N:", "5CG1234XYZ"}, "S/N=5CG1234XYZ"},
      {{"S/N:5CG1234XYZ"}, "S/N=5CG1234XYZ"},
      {{"SN", "R58LD0A9KXW"}, "SN=R58LD0A9KXW"},
      {{"Serial", "No.", ":", "PF-1A2B3C"}, "Serial No=PF-1A2B3C"},
      {{"Serial", "Number", "C02XL0GTJGH5"}, "Serial Number=C02XL0GTJGH5"},
      {{"Service", "Tag:", "7XK9F12"}, "Service Tag=7XK9F12"},
      {{"P/N", "L12345-001"}, "P/N=L12345-001"},
      {{"Model", "THX-ULTRA"}, "Model=THX-ULTRA"},
      {{"IMEI", "35", "209900", "176148", "1"}, "IMEI=352099001761481"},
      {{"IMEI1:", "352099001761481"}, "IMEI1=352099001761481"},
      {{"P/N", "A1234-5", "S/N", "ZX98765"}, "S/N=ZX98765; P/N=A1234-5"}};
  for (const auto& [words, expected] : rows) EXPECT_EQ(Found(Line(0, words)), expected);
}

TEST(PrintedValue, StandsBelowItsLabel) {
  EXPECT_EQ(Found(Lines({{"Serial", "Number"}, {"C02XL0GTJGH5"}})), "Serial Number=C02XL0GTJGH5");
  // Not below the label of another value.
  EXPECT_EQ(Found(Lines({{"Serial", "Number"}, {"Model", "THX1138"}})), "Model=THX1138");
}

TEST(PrintedValue, MayStandAlone) {
  EXPECT_EQ(Found(Line(0, {"R58LD0A9KXW"})), "=R58LD0A9KXW");
  EXPECT_EQ(Found(Line(0, {"Made", "in", "2019", "FRAGILE", "A1234"})), "");
}

TEST(PrintedValue, SerialNumbersComeFirstThenTheMoreCertain) {
  std::vector<PrintedWord> words =
      Lines({{"R58LD0A9KXW"}, {"Model", "THX1138"}, {"S/N", "5CG1234XYZ"}, {"R58LD0A9KXV"}});
  words.back().confidence = 0.95;
  EXPECT_EQ(Found(words), "S/N=5CG1234XYZ; Model=THX1138; =R58LD0A9KXV; =R58LD0A9KXW");
}

TEST(PrintedValue, IsLeftOutWhenItCannotBeRight) {
  // The check digit of this IMEI is 1.
  EXPECT_EQ(Found(Line(0, {"IMEI:", "352099001761482"})), "");
  // Guessed by the recogniser.
  std::vector<PrintedWord> words = Line(0, {"S/N:", "5CG1234XYZ"});
  words.back().confidence = 0.1;
  EXPECT_EQ(Found(words), "");
  EXPECT_EQ(Found({}), "");
  EXPECT_EQ(Found(Line(0, {"S/N:"})), "");
  EXPECT_EQ(Found(Line(0, {"S/N:", "NONE"})), "");
}

// Whatever a recogniser makes of noise: values keep to their limits.
TEST(PrintedValue, KeepsItsLimitsOnAnyWords) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const std::vector<std::string> pieces = {"S/N", ":", "#", "IMEI", "5CG", "12", "-", ".", "model"};
  for (int round = 0; round < 300; ++round) {
    std::vector<PrintedWord> words;
    for (unsigned i = 0; i < random() % 30; ++i) {
      std::string text;
      for (unsigned j = 0; j < random() % 20; ++j) text += pieces[random() % pieces.size()];
      words.push_back({text,
                       {static_cast<int>(random() % 400), static_cast<int>(random() % 400),
                        static_cast<int>(random() % 100), static_cast<int>(random() % 40)},
                       0.5});
    }
    for (const PrintedValue& value : FindPrintedValues(words)) {
      EXPECT_GE(value.value.size(), 4U);
      EXPECT_LE(value.value.size(), 40U);
    }
  }
}

}  // namespace
}  // namespace loopdock::vision
