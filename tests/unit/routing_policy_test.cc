// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "services/common/fileio.h"
#include "services/common/status.h"
#include "services/routing/core/facts.h"
#include "services/routing/core/guards.h"
#include "services/routing/core/policy.h"

namespace loopdock::routing {
namespace {

using inventory::v1::Asset;
using ::testing::HasSubstr;

std::string SourceDir() {
  const char* dir = std::getenv("LOOPDOCK_SOURCE_DIR");
  return dir == nullptr ? "." : dir;
}

Policy DefaultPolicy() {
  auto text = common::ReadFile(SourceDir() + "/models/policies/r2-default.toml", 1 << 20);
  EXPECT_TRUE(text.ok()) << text.status();
  auto policy = Policy::Parse(*text);
  EXPECT_TRUE(policy.ok()) << policy.status();
  return *std::move(policy);
}

Asset Sellable() {
  Asset asset;
  asset.set_data_status(inventory::v1::DATA_STATUS_NO_STORAGE);
  asset.set_functional(inventory::v1::FUNCTIONAL_F5);
  asset.set_cosmetic(inventory::v1::COSMETIC_C5);
  return asset;
}

std::string RuleFor(const Policy& policy, const Asset& asset) {
  return policy.Decide(FactsOf(asset)).rule->id;
}

// The rows of the routing table of R2's categories, one asset each.
TEST(DefaultPolicy, DecidesEachRowOfTheRoutingTable) {
  const Policy policy = DefaultPolicy();
  Asset asset = Sellable();
  EXPECT_EQ(RuleFor(policy, asset), "reuse");
  asset.set_cosmetic(inventory::v1::COSMETIC_C1);
  EXPECT_EQ(RuleFor(policy, asset), "damaged");
  asset.set_cosmetic(inventory::v1::COSMETIC_C0);
  EXPECT_EQ(RuleFor(policy, asset), "ungraded");
  asset.set_functional(inventory::v1::FUNCTIONAL_F_NONE);
  EXPECT_EQ(RuleFor(policy, asset), "untested");
  asset.set_functional_gap(inventory::v1::FUNCTIONAL_GAP_FAILED);
  EXPECT_EQ(RuleFor(policy, asset), "failed");
  asset.set_functional(inventory::v1::FUNCTIONAL_F2);
  asset.clear_functional_gap();
  EXPECT_EQ(RuleFor(policy, asset), "specialty");
  asset.set_category("pv_module");
  EXPECT_EQ(RuleFor(policy, asset), "photovoltaic");
  asset.set_data_status(inventory::v1::DATA_STATUS_UNEVALUATED);
  EXPECT_EQ(RuleFor(policy, asset), "data");
  asset.set_no_resale(true);
  EXPECT_EQ(RuleFor(policy, asset), "no-resale-with-data");
  asset.add_holds()->set_kind(inventory::v1::HOLD_KIND_RECALLED);
  EXPECT_EQ(RuleFor(policy, asset), "excluded-with-data");
  asset.add_holds()->set_kind(inventory::v1::HOLD_KIND_HAZARD);
  EXPECT_EQ(RuleFor(policy, asset), "hazard");
}

TEST(DefaultPolicy, FollowsTheSuppliersInstruction) {
  const Policy policy = DefaultPolicy();
  Asset asset = Sellable();
  asset.set_instruction(inventory::v1::SUPPLIER_INSTRUCTION_RETURN);
  EXPECT_EQ(RuleFor(policy, asset), "return");
  asset.set_instruction(inventory::v1::SUPPLIER_INSTRUCTION_DESTROY);
  EXPECT_EQ(RuleFor(policy, asset), "destroy");
  asset.set_data_status(inventory::v1::DATA_STATUS_DATA_PRESENT);
  EXPECT_EQ(RuleFor(policy, asset), "destroy-with-data");
}

TEST(DefaultPolicy, TreatsSanitizedAsDataUntilReleased) {
  const Policy policy = DefaultPolicy();
  Asset asset = Sellable();
  asset.set_data_status(inventory::v1::DATA_STATUS_SANITIZED_PURGE);
  asset.set_data_device_state(inventory::v1::DATA_DEVICE_STATE_VERIFIED);
  EXPECT_EQ(RuleFor(policy, asset), "data");
  asset.set_data_device_state(inventory::v1::DATA_DEVICE_STATE_RELEASED);
  EXPECT_EQ(RuleFor(policy, asset), "reuse");
}

TEST(Policy, TellsWhatDidNotHold) {
  const Policy policy = DefaultPolicy();
  const Outcome outcome = policy.Decide(FactsOf(Sellable()));
  ASSERT_FALSE(outcome.passed_over.empty());
  EXPECT_EQ(outcome.passed_over.front().first->id, "hazard");
  EXPECT_EQ(outcome.passed_over.front().second, "hazard is yes");
}

// A policy that would sell everything is stopped by each guard, and passes without the cause.
TEST(Guards, HoldWhateverThePolicySays) {
  const auto policy = Policy::Parse(
      "id='x'\nversion='1'\ndisplay_name='x'\n[[rule]]\nid='all'\nnext='REUSE'\nreasons=['r']\n");
  ASSERT_TRUE(policy.ok()) << policy.status();
  Asset asset = Sellable();
  EXPECT_EQ(policy->Decide(FactsOf(asset)).next, inventory::v1::NEXT_PROCESS_REUSE);
  Asset stolen = asset;
  stolen.add_holds()->set_kind(inventory::v1::HOLD_KIND_LOST_OR_STOLEN);
  Asset unwiped = asset;
  unwiped.set_data_status(inventory::v1::DATA_STATUS_DATA_PRESENT);
  Asset bound = asset;
  bound.set_no_resale(true);
  Asset to_destroy = asset;
  to_destroy.set_instruction(inventory::v1::SUPPLIER_INSTRUCTION_DESTROY);
  Asset to_return = asset;
  to_return.set_instruction(inventory::v1::SUPPLIER_INSTRUCTION_RETURN);
  for (const auto& [refused, rule] : {std::pair{stolen, "R-03"},
                                      {unwiped, "R-07"},
                                      {bound, "R-06"},
                                      {to_destroy, "R-06"},
                                      {to_return, "S-1"}}) {
    const Outcome outcome = policy->Decide(FactsOf(refused));
    EXPECT_EQ(outcome.next, inventory::v1::NEXT_PROCESS_HOLD) << rule;
    EXPECT_THAT(outcome.reasons.front(), HasSubstr(rule));
  }
  Asset battery = asset;
  battery.add_focus_materials(inventory::v1::FOCUS_MATERIAL_BATTERIES);
  EXPECT_TRUE(ForbiddenBy(inventory::v1::NEXT_PROCESS_DISPOSAL, FactsOf(battery)).has_value());
  EXPECT_FALSE(ForbiddenBy(inventory::v1::NEXT_PROCESS_DISPOSAL, FactsOf(asset)).has_value());
}

TEST(Policy, ComparesNumbersAndExclusions) {
  const auto policy = Policy::Parse(
      "id='x'\nversion='1'\ndisplay_name='x'\n"
      "[[rule]]\nid='light'\nwhen={mass_g={at_least=10,at_most=500},category={not=['lamp']}}\n"
      "next='EVALUATE'\nreasons=['r']\n[[rule]]\nid='rest'\nnext='HOLD'\nreasons=['r']\n");
  ASSERT_TRUE(policy.ok()) << policy.status();
  const auto rule = [&](std::string mass, std::string category) {
    return policy->Decide({{"mass_g", mass}, {"category", category}}).rule->id;
  };
  EXPECT_EQ(rule("10", "phone"), "light");
  EXPECT_EQ(rule("500", "phone"), "light");
  EXPECT_EQ(rule("9", "phone"), "rest");
  EXPECT_EQ(rule("501", "phone"), "rest");
  EXPECT_EQ(rule("unknown", "phone"), "rest");
  EXPECT_EQ(rule("100", "lamp"), "rest");
}

TEST(Policy, RefusesWhatItCannotMean) {
  const std::string head = "id='x'\nversion='1'\ndisplay_name='x'\n";
  const std::string last = "[[rule]]\nid='z'\nnext='HOLD'\nreasons=['r']\n";
  for (const auto& [text, part] : {
           std::pair<std::string, std::string>{"[[rule", "line 1"},
           {head, "no [[rule]]"},
           {head + "colour='red'\n" + last, "unknown key 'colour'"},
           {head + "[[rule]]\nid='a'\nwhen={smell='bad'}\nnext='HOLD'\nreasons=['r']\n" + last,
            "unknown fact 'smell'"},
           {head + "[[rule]]\nid='a'\nnext='SELL'\nreasons=['r']\n" + last, "'SELL'"},
           {head + last + last, "always matches"},
           {head + "[[rule]]\nid='a'\nwhen={hazard='yes'}\nnext='HOLD'\nreasons=['r']\n",
            "no 'when'"},
           {head + "[[rule]]\nid='z'\nwhen={hazard='yes'}\nnext='HOLD'\nreasons=['r']\n" + last,
            "two rules"},
           {head + "[[rule]]\nid='a'\nwhen={mass_g={at_least='x'}}\nnext='HOLD'\nreasons=['r']\n",
            "is a number"},
       }) {
    const auto policy = Policy::Parse(text);
    ASSERT_FALSE(policy.ok()) << text;
    EXPECT_EQ(common::ReasonOf(policy.status()), "POLICY_INVALID");
    EXPECT_THAT(policy.status().message(), HasSubstr(part)) << text;
  }
}

// LOOPDOCK_UPDATE=1 writes docs/reference/routing-facts.md anew.
TEST(Facts, DocumentationIsUpToDate) {
  const std::string path = SourceDir() + "/docs/reference/routing-facts.md";
  if (std::getenv("LOOPDOCK_UPDATE") != nullptr) {
    ASSERT_TRUE(common::WriteFileAtomically(path, FactsMarkdown()).ok());
  }
  const auto text = common::ReadFile(path, 1 << 20);
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_TRUE(*text == FactsMarkdown()) << path << " is old: run this test with LOOPDOCK_UPDATE=1";
}

// The table is read in full: each fact has a value for an asset of which nothing is known.
TEST(Facts, AnUnknownAssetHasEveryFact) {
  const Facts facts = FactsOf(Asset());
  EXPECT_EQ(facts.size(), KnownFacts().size());
  EXPECT_EQ(facts.at("category"), "unknown");
  EXPECT_EQ(facts.at("cosmetic"), "unknown");
  EXPECT_EQ(facts.at("mass_g"), "unknown");
  EXPECT_EQ(facts.at("data"), "pre_sanitization") << "what is not known to be gone may be there";
}

TEST(Facts, EachIsDescribed) {
  for (const std::string& fact : KnownFacts()) EXPECT_FALSE(DescribeFact(fact).empty()) << fact;
  EXPECT_FALSE(IsKnownFact("smell"));
}

}  // namespace
}  // namespace loopdock::routing
