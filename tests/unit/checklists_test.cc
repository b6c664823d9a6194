// SPDX-License-Identifier: Apache-2.0
#include "services/grading/core/checklists.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/common/hash.h"
#include "services/common/status.h"
#include "tests/unit/scale_fixture.h"

namespace loopdock::grading {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Checklists& OfTheProgram() {
  static const auto* const kLists = new auto(Checklists::Parse(ScaleText("checklists")));
  EXPECT_TRUE(kLists->ok()) << kLists->status();
  return **kLists;
}

absl::StatusOr<Answered> Read(const std::string& category,
                              const std::vector<std::pair<std::string, std::string>>& given) {
  google::protobuf::RepeatedPtrField<v1::ChecklistAnswer> answers;
  for (const auto& [question, answer] : given) {
    auto* added = answers.Add();
    added->set_question(question);
    added->set_answer(answer);
  }
  return OfTheProgram().Read(category, answers);
}

TEST(Checklists, EachCategoryHasItsQuestions) {
  std::vector<std::string> phone;
  for (const auto* question : OfTheProgram().For("phone")) phone.push_back(question->id);
  EXPECT_THAT(phone, Contains("swollen_battery"));
  EXPECT_THAT(phone, Contains("liquid"));
  EXPECT_THAT(phone, ::testing::Not(Contains("missing_keys")));
  std::vector<std::string> unknown;
  for (const auto* question : OfTheProgram().For("")) unknown.push_back(question->id);
  EXPECT_THAT(unknown, Contains("smell"));
  EXPECT_THAT(unknown, ::testing::Not(Contains("hinge")));
}

TEST(Checklists, AHazardIsSaidInWords) {
  const auto answered = Read("phone", {{"swollen_battery", "yes"}});
  ASSERT_TRUE(answered.ok()) << answered.status();
  EXPECT_TRUE(answered->checklist.hazard);
  EXPECT_THAT(answered->hazard, HasSubstr("battery swollen"));
  EXPECT_FALSE(Read("phone", {{"swollen_battery", "no"}})->checklist.hazard);
  EXPECT_TRUE(Read("crt_monitor", {{"broken_tube", "yes"}})->checklist.hazard);
}

TEST(Checklists, AnswersReachTheScale) {
  const auto answered = Read("laptop", {{"hinge", "worn"},
                                        {"missing_keys", "keys"},
                                        {"missing_parts", "cosmetic"},
                                        {"dead_pixels", "3"},
                                        {"stains", "yes"},
                                        {"condition", "unused"},
                                        {"bent", "yes"}});
  ASSERT_TRUE(answered.ok()) << answered.status();
  const Checklist& checklist = answered->checklist;
  EXPECT_EQ(checklist.latch_damage, Condition::kCosmetic);
  EXPECT_EQ(checklist.missing_parts, Condition::kCritical) << "the worst holds";
  EXPECT_EQ(checklist.dead_pixels, 3);
  EXPECT_TRUE(checklist.stains_permanent);
  EXPECT_TRUE(checklist.damaged);
  EXPECT_THAT(checklist.attestations, ElementsAre("unused"));
  EXPECT_THAT(answered->open, ElementsAre(HasSubstr("battery swollen")));
}

TEST(Checklists, SayWhichFacesShouldBeSeen) {
  EXPECT_THAT(OfTheProgram().FacesOf("phone"),
              ElementsAre(vision::v1::FACE_DISPLAY, vision::v1::FACE_BACK, vision::v1::FACE_SIDE));
  EXPECT_THAT(OfTheProgram().FacesOf("spoon"), IsEmpty());
}

TEST(Checklists, RefusesWhatIsNoAnswer) {
  const auto refused = [](const std::string& question, const std::string& answer) {
    const auto status = Read("laptop", {{question, answer}}).status();
    EXPECT_EQ(common::ReasonOf(status), "ANSWER_INVALID");
    return std::string(status.message());
  };
  EXPECT_THAT(refused("colour", "red"), HasSubstr("no question 'colour'"));
  EXPECT_THAT(refused("hinge", "maybe"), HasSubstr("intact, worn, broken"));
  EXPECT_THAT(refused("dead_pixels", "-1"), HasSubstr("count"));
  EXPECT_THAT(refused("dead_pixels", "few"), HasSubstr("count"));
  EXPECT_EQ(common::ReasonOf(Read("", {{"bent", "no"}, {"bent", "yes"}}).status()),
            "ANSWER_INVALID");
}

TEST(Checklists, AreShownToGraders) {
  const auto lists = OfTheProgram().Lists("laptop");
  ASSERT_EQ(lists.size(), 1u);
  EXPECT_EQ(lists[0].category(), "laptop");
  const auto& first = lists[0].questions(0);
  EXPECT_EQ(first.id(), "swollen_battery");
  EXPECT_THAT(first.answers(), ElementsAre("no", "yes"));
  EXPECT_THAT(first.hazard_answers(), ElementsAre("yes"));
  EXPECT_TRUE(first.required());
  EXPECT_GT(OfTheProgram().Lists("").size(), 5u);
  EXPECT_EQ(OfTheProgram().sha256(), common::Sha256Hex(ScaleText("checklists")));
}

struct Case {
  const char* text;
  const char* message;
};

class ChecklistsRefuse : public ::testing::TestWithParam<Case> {};

TEST_P(ChecklistsRefuse, WithALineAndAReason) {
  const auto parsed = Checklists::Parse(GetParam().text);
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(common::ReasonOf(parsed.status()), "CHECKLIST_INVALID");
  EXPECT_THAT(std::string(parsed.status().message()), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Files, ChecklistsRefuse,
    ::testing::Values(
        Case{"[faces]\nphone = [\"inside\"]\n[[question]]\nid = \"a\"\ntext = \"b\"\ncounts = "
             "\"dead_pixels\"",
             "a face is one of"},
        Case{"", "there must be 1 to 200"}, Case{"question = 3", "there must be 1 to 200"},
        Case{"[[question]]\ntext = \"a\"", "'id' is missing"},
        Case{"[[question]]\nid = \"a\"\ntext = \"b\"", "'answers' or 'counts'"},
        Case{"[[question]]\nid = \"a\"\ntext = \"b\"\ncounts = \"keys\"", "dead_pixels"},
        Case{"[[question]]\nid = \"a\"\ntext = \"b\"\nanswers = [[\"no\"]]", "pair"},
        Case{"[[question]]\nid = \"a\"\ntext = \"b\"\nanswers = [[\"no\", \"maybe\"]]",
             "an answer means one of"},
        Case{"[[question]]\nid = \"a\"\ntext = \"b\"\nanswers = [[\"no\", \"none\"], [\"no\", "
             "\"hazard\"]]",
             "a word of its own"},
        Case{"[[question]]\nid = \"a\"\ntext = \"b\"\nhue = 1", "unknown key"},
        Case{"[[question]]\nid = \"a\"\ntext = \"b\"\ncounts = "
             "\"dead_pixels\"\n[[question]]\nid = \"a\"\ntext = \"c\"\ncounts = \"dead_pixels\"",
             "stands there twice"}));

}  // namespace
}  // namespace loopdock::grading
