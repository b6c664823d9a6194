// SPDX-License-Identifier: Apache-2.0
// Key functions as data: what inventory is told of a test. The derivation itself is inventory's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/common/status.h"
#include "services/grading/core/results/function_plan.h"
#include "tests/unit/results_fixture.h"

namespace loopdock::grading {
namespace {

using ::testing::HasSubstr;

constexpr auto kPass = inventory::v1::TEST_OUTCOME_PASS;
constexpr auto kFail = inventory::v1::TEST_OUTCOME_FAIL;
constexpr auto kOpen = inventory::v1::TEST_OUTCOME_UNSPECIFIED;

FunctionPlan Plan() {
  auto plan = FunctionPlan::Parse(ResultSourceFile("models/grading/functions.toml"));
  EXPECT_TRUE(plan.ok()) << plan.status();
  return *plan;
}

v1::TestClaim Claim(
    const std::vector<std::pair<std::string, inventory::v1::TestOutcome>>& functions) {
  v1::TestClaim claim;
  for (const auto& [name, outcome] : functions) {
    claim.add_functions()->set_function(name);
    claim.mutable_functions()->rbegin()->set_outcome(outcome);
  }
  return claim;
}

// "*display=1": a key function with the number of its outcome.
std::string Words(const inventory::v1::Test& test) {
  std::string words;
  for (const auto& result : test.results()) {
    words += (words.empty() ? "" : " ") + std::string(result.key() ? "*" : "") + result.function() +
             "=" + std::to_string(result.outcome());
  }
  return words;
}

TEST(FunctionPlan, AKeyFunctionThatNobodyTestedStandsWithoutOutcome) {
  const auto test = Plan().Complete("monitor", Claim({{"Power", kPass}, {"osd", kPass}}));
  EXPECT_EQ(test.plan(), "functions@1");
  EXPECT_EQ(Words(test), "*power=1 *image=0 *inputs=0 osd=1");
}

TEST(FunctionPlan, OtherNamesAreOneFunctionAndTheWorstCounts) {
  EXPECT_EQ(Words(Plan().Complete("monitor",
                                  Claim({{"power", kPass}, {"image", kPass}, {"inputs", kPass}}))),
            "*power=1 *image=1 *inputs=1");
  const auto phone = Plan().Complete("phone", Claim({{"Front-Camera", kPass},
                                                     {"rear_camera", kFail},
                                                     {"LCD", kPass},
                                                     {"speaker", kPass},
                                                     {"microphone", kOpen}}));
  EXPECT_THAT(Words(phone), HasSubstr("*cameras=2"));
  EXPECT_THAT(Words(phone), HasSubstr("*display=1"));
  EXPECT_THAT(Words(phone), HasSubstr("*audio=0")) << "half of it is untested";
}

TEST(FunctionPlan, ABatteryIsJudgedByThePlan) {
  v1::TestClaim claim;
  claim.add_functions()->set_function("battery");
  claim.mutable_functions(0)->set_value("87 %");
  EXPECT_THAT(Words(Plan().Complete("laptop", claim)), HasSubstr(" battery=1"));
  claim.mutable_functions(0)->set_value("79.9 %");
  EXPECT_THAT(Words(Plan().Complete("laptop", claim)), HasSubstr(" battery=2"));
  claim.mutable_functions(0)->set_value("unknown");
  EXPECT_THAT(Words(Plan().Complete("laptop", claim)), HasSubstr(" battery=0"));
}

TEST(FunctionPlan, WithoutAClassNothingIsKey) {
  EXPECT_EQ(Words(Plan().Complete("", Claim({{"display", kPass}}))), "display=1");
  EXPECT_EQ(Words(Plan().Complete("toaster", Claim({{"oem_parts", kPass}}))), "oem_parts=1");
}

TEST(FunctionPlan, AWrongFileSaysWhere) {
  const std::string good = "id = \"a\"\nversion = \"1\"\nbattery_min_percent = 80\n";
  EXPECT_TRUE(
      FunctionPlan::Parse(good + "[[class]]\ncategories = [\"tv\"]\nkey = [\"image\"]\n").ok());
  for (const std::string& bad :
       {std::string("x ="), good, good + "extra = 1\n", good + "[[class]]\ncategories = [\"tv\"]\n",
        good + "[[class]]\ncategories = []\nkey = [\"a\"]\n",
        good + "[[class]]\ncategories = [\"a\"]\nkey = [\"a\"]\n[[class]]\ncategories = [\"a\"]\n"
               "key = [\"b\"]\n",
        std::string("id = \"a\"\nversion = \"1\"\nbattery_min_percent = 180\n")}) {
    const auto parsed = FunctionPlan::Parse(bad);
    EXPECT_FALSE(parsed.ok()) << bad;
  }
  const auto wrong = FunctionPlan::Parse(good + "[[class]]\ncategories = 3\nkey = [\"a\"]\n");
  EXPECT_EQ(common::ReasonOf(wrong.status()), "FUNCTIONS_INVALID");
  EXPECT_THAT(std::string(wrong.status().message()), HasSubstr("line 4"));
}

}  // namespace
}  // namespace loopdock::grading
