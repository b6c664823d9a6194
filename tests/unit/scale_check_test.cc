// SPDX-License-Identifier: Apache-2.0
// `loopdock scale check`: everything that is wrong with a scale, with its line.
#include "services/grading/core/scale_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/scale_fixture.h"

namespace loopdock::grading {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Changed(std::vector<std::pair<std::string, std::string>> changes) {
  std::string text = DefaultScaleText();
  for (const auto& [from, to] : changes) {
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    if (at != std::string::npos) text.replace(at, from.size(), to);
  }
  return text;
}

int LineOf(const std::string& text, const std::string& part) {
  const auto at = static_cast<std::ptrdiff_t>(text.find(part));
  return 1 + static_cast<int>(std::count(text.begin(), text.begin() + at, '\n'));
}

std::vector<std::string> Wrong(const std::string& text) {
  std::vector<std::string> wrong;
  for (const ScaleProblem& problem : CheckScale(text)) {
    if (!problem.note) wrong.push_back(problem.what);
  }
  return wrong;
}

class ScalesOfTheProgram : public ::testing::TestWithParam<const char*> {};

TEST_P(ScalesOfTheProgram, HaveNothingWrong) {
  const std::string text = ScaleText(GetParam());
  EXPECT_THAT(Wrong(text), IsEmpty());
  const auto scale = Scale::Parse(text);
  ASSERT_TRUE(scale.ok()) << scale.status();
  EXPECT_EQ(scale->id(), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Files, ScalesOfTheProgram,
                         ::testing::Values("itad-1", "ctia-style-1", "trade-1"));

TEST(ScaleCheck, NamesEveryRowThatIsStricterThanABetterOne) {
  const std::string text = Changed({{"display = [4, 1, 0, 0]", "display = [1, 0, 0, 0]"},
                                    {"dead_pixels_max = 8", "dead_pixels_max = 2"}});
  const auto problems = CheckScale(text);
  std::vector<std::string> wrong = Wrong(text);
  EXPECT_THAT(wrong, Contains("C5 is stricter than the better C6 in counts of S1 for display"));
  EXPECT_THAT(wrong, Contains("C3 is stricter than the better C4 in dead_pixels_max"));
  ASSERT_FALSE(problems.empty());
  EXPECT_EQ(problems[0].line, LineOf(text, "display = [1, 0, 0, 0]"));
}

TEST(ScaleCheck, FindsARowThatCanNeverApply) {
  const std::string text = Changed({{"attestation = \"unused\"\n", ""}});
  const auto problems = CheckScale(text);
  const auto never =
      std::find_if(problems.begin(), problems.end(), [](const auto& p) { return !p.note; });
  ASSERT_NE(never, problems.end());
  EXPECT_EQ(never->what, "C7 can never apply: C8 takes every device that it would take");
  EXPECT_EQ(never->line, LineOf(text, "code = \"C7\"") - 1) << "the row begins with [[grade]]";
}

TEST(ScaleCheck, FindsLimitsThatCanNeverDecide) {
  EXPECT_THAT(Wrong(Changed({{"cracks_elsewhere_max = 2", "cracks_elsewhere_max = 0"}})),
              Contains(HasSubstr("crack_length_max_mm of C3 can never decide")));
  EXPECT_THAT(Wrong(Changed({{"display = [8, 4, 0, 0], front = [16, 8, 2, 0]",
                              "display = [8, 4, 0, 0], front = [16, 8, 12, 0]"}})),
              Contains("C4 allows more of S3 than of the milder S2 for front"));
  EXPECT_THAT(Wrong(Changed({{"outer = [6, 2, 0, 0] }\ndead_pixels_max = 0\ncracks_display_max = "
                              "0\ncracks_elsewhere_max = 0\nmissing_parts = \"none\"\nlatch_damage "
                              "= \"none\"\ndiscolouration = \"S1\"",
                              "outer = [6, 2, 0, 0] }\ndead_pixels_max = 0\ncracks_display_max = "
                              "0\ncracks_elsewhere_max = 0\nmissing_parts = \"none\"\nlatch_damage "
                              "= \"none\"\ndiscolouration = \"S3\""}})),
              Contains(HasSubstr("discolouration = \"S3\" of C6 can never decide")));
}

TEST(ScaleCheck, FindsGapsAndOverlapsOfCorrelations) {
  const std::string text = DefaultScaleText() +
                           "\n[[correlation]]\ngrade = \"late\"\ncosmetic = [\"C3\"]\nfunctional = "
                           "[\"F5\"]\n";
  EXPECT_THAT(Wrong(text), Contains(HasSubstr("correlation 'late' can never apply")));
  const auto problems = CheckScale(DefaultScaleText());
  EXPECT_TRUE(std::any_of(problems.begin(), problems.end(), [](const ScaleProblem& problem) {
    return problem.note && problem.what.find("no correlation takes C1") != std::string::npos;
  }));
}

TEST(ScaleCheck, SaysWhereATextBreaks) {
  const auto problems = CheckScale("id = \"x\"\nversion = [\n");
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_GT(problems[0].line, 0);
}

TEST(ScaleCheck, LettersStandTogether) {
  std::string text = ScaleText("trade-1");
  const size_t at = text.find("letter = \"B\"");
  text.replace(at, 12, "letter = \"D\"");
  EXPECT_THAT(Wrong(text), Contains(HasSubstr("letter D comes back")));
}

TEST(Correlation, TheFirstRowThatTakesBoth) {
  const auto trade = Scale::Parse(ScaleText("trade-1"));
  ASSERT_TRUE(trade.ok());
  EXPECT_EQ(trade->Correlate("C6", "F5"), "A");
  EXPECT_EQ(trade->Correlate("C6", "F3"), "B");
  EXPECT_EQ(trade->Correlate("C3", "F6"), "C");
  EXPECT_EQ(trade->Correlate("C6", "F_NONE"), "D");
  EXPECT_EQ(trade->Correlate("C1", "F6"), "D");
  const auto ctia = Scale::Parse(ScaleText("ctia-style-1"));
  ASSERT_TRUE(ctia.ok());
  EXPECT_EQ(ctia->Correlate("C7", "F6"), "0 A");
  EXPECT_EQ(ctia->Correlate("C6", "F5"), "1 A-B");
  EXPECT_EQ(ctia->Correlate("C4", "F3"), "2 A-D");
  EXPECT_EQ(ctia->Correlate("C6", "F_NONE"), "3-9");
  EXPECT_EQ(ctia->Correlate("C6", "F1"), "");
}

TEST(Letters, AreTheGradesName) {
  const auto ctia = Scale::Parse(ScaleText("ctia-style-1"));
  ASSERT_TRUE(ctia.ok());
  vision::v1::Measurement cracked = GoodPicture();
  AddDefect(cracked, vision::v1::DEFECT_TYPE_CRACK, 12, 0.1);
  EXPECT_EQ(ctia->Evaluate(cracked, {}).letter, "D");
  EXPECT_EQ(ctia->Evaluate(GoodPicture(), {}).letter, "A");
  EXPECT_EQ(DefaultScale().Evaluate(GoodPicture(), {}).letter, "");
}

}  // namespace
}  // namespace loopdock::grading
