// SPDX-License-Identifier: Apache-2.0
// The guards at work: the facility's rules, caps, ages, the life of a data device, sampling, terms,
// and what ExplainBlocks says of them.
#include <algorithm>
#include <set>

#include "services/inventory/core/facility.h"
#include "services/inventory/core/sampling.h"
#include "services/inventory/core/stock.h"
#include "services/inventory/core/sweep.h"
#include "tests/unit/inventory_fixture.h"

namespace loopdock::inventory {
namespace {

constexpr absl::Duration kDay = absl::Hours(24);

class RulesTest : public InventoryTest {
 protected:
  RulesTest() : session_(OpenSession(MakeLoad())) {}

  static v1::SetFacilityRulesRequest Rules() {
    v1::SetFacilityRulesRequest request;
    request.set_site("sites/main");
    request.mutable_rules()->set_reason("as the plan says");
    return request;
  }

  v1::FacilityRules SetCap(v1::FocusMaterial material, const std::string& category,
                           std::int64_t pieces, std::int64_t mass_g = 0) {
    v1::SetFacilityRulesRequest request = Rules();
    v1::InventoryCap* cap = request.mutable_rules()->add_caps();
    cap->set_focus_material(material);
    cap->set_category(category);
    cap->set_pieces(pieces);
    cap->set_mass_g(mass_g);
    return Do(request);
  }

  v1::GetStockSumsResponse Sums() {
    v1::GetStockSumsRequest request;
    request.set_site("sites/main");
    v1::GetStockSumsResponse answer;
    EXPECT_TRUE(Ask(request, &answer).ok());
    return answer;
  }

  // All facts of one kind in the feed, oldest first.
  std::vector<v1::Fact> Facts(v1::Fact::KindCase kind) {
    std::vector<v1::Fact> found;
    const auto entries = inventory_->ReadFeed(1, 100'000, size_t{1} << 30);
    EXPECT_TRUE(entries.ok());
    for (const v1::FeedEntry& entry : *entries) {
      for (const v1::Fact& fact : entry.facts()) {
        if (fact.kind_case() == kind) found.push_back(fact);
      }
    }
    return found;
  }

  v1::SweepResponse Sweep() {
    v1::SweepRequest request;
    request.set_site("sites/main");
    return Do(request);
  }

  std::string SafeAsset(const std::string& serial) {
    const std::string name = Book(session_, serial).name();
    Do(Sanitization(name, v1::SANITIZATION_METHOD_NO_STORAGE));
    return name;
  }

  absl::Status Except(const std::string& rule, const std::string& subject,
                      absl::Duration lasts = kDay) {
    v1::RecordExceptionRequest request;
    request.set_site("sites/main");
    v1::ExceptionRecord* exception = request.mutable_exception();
    exception->set_rule(rule);
    exception->set_subject(subject);
    exception->set_reason("export permit applied for on 2026-01-02");
    exception->set_approver("eve");
    exception->add_evidence()->set_sha256(Sha('e'));
    *exception->mutable_expire_time() = ToTimestamp(clock_.Now() + lasts);
    return Send(request).status();
  }

  v1::BeginProcessRequest Beginning(const std::string& asset, v1::NextProcess process) {
    v1::BeginProcessRequest request;
    request.set_name(asset);
    request.set_process(process);
    return request;
  }

  v1::RecordVerificationRequest Verification(const std::string& asset, const std::string& verifier,
                                             bool passed = true) {
    v1::RecordVerificationRequest request;
    request.set_name(asset);
    request.set_verifier(verifier);
    request.set_passed(passed);
    request.set_method("recovery with commercial software");
    return request;
  }

  v1::ReconcileSanitizationRequest Reconciliation(const std::vector<std::string>& assets,
                                                  std::int64_t received) {
    v1::ReconcileSanitizationRequest request;
    request.set_site("sites/main");
    for (const std::string& asset : assets) request.add_assets(asset);
    request.set_received_count(received);
    return request;
  }

  std::vector<v1::Block> Blocks(const std::string& asset, const std::string& receiver = "") {
    v1::ExplainBlocksRequest request;
    request.set_name(asset);
    request.set_receiver(receiver);
    v1::ExplainBlocksResponse answer;
    const absl::Status asked = Ask(request, &answer);
    EXPECT_TRUE(asked.ok()) << asked;
    return {answer.blocks().begin(), answer.blocks().end()};
  }

  static std::set<std::string> Rules(const std::vector<v1::Block>& blocks,
                                     v1::BlockedAction action) {
    std::set<std::string> rules;
    for (const v1::Block& block : blocks) {
      if (block.action() == action) rules.insert(block.rule());
    }
    return rules;
  }

  const std::string session_;
};

TEST_F(RulesTest, VersionsHaveDefaultsHistoryAndStandInTheFeed) {
  v1::GetFacilityRulesRequest get;
  get.set_site("sites/main");
  v1::FacilityRules rules;
  ASSERT_TRUE(Ask(get, &rules).ok());
  EXPECT_EQ(rules.version(), 0);
  EXPECT_EQ(rules.storage_days(), 365);
  v1::SetFacilityRulesRequest change = Rules();
  change.mutable_rules()->set_storage_days(100);
  EXPECT_EQ(Do(change).name(), "sites/main/rules/1");
  change.clear_request_id();
  change.mutable_rules()->set_storage_days(200);
  EXPECT_EQ(Do(change).version(), 2);
  ASSERT_TRUE(Ask(get, &rules).ok());
  EXPECT_EQ(rules.storage_days(), 200);
  EXPECT_EQ(rules.test_days(), 365) << "what was left open takes its default";
  EXPECT_EQ(rules.sampling().steps_ppm(0), 50'000);
  get.set_version(1);
  ASSERT_TRUE(Ask(get, &rules).ok());
  EXPECT_EQ(rules.storage_days(), 100);
  get.set_version(3);
  EXPECT_EQ(common::ReasonOf(Ask(get, &rules)), "RESOURCE_NOT_FOUND");
  v1::ListFacilityRulesRequest list;
  list.set_site("sites/main");
  v1::ListFacilityRulesResponse all;
  ASSERT_TRUE(Ask(list, &all).ok());
  EXPECT_EQ(all.rules_size(), 2);
  Book(session_, "S-1");
  Open();  // also after a restart
  Book(session_, "S-2");
  const auto entries = inventory_->ReadFeed(1, 1000, size_t{1} << 30);
  EXPECT_EQ(entries->front().rule_versions(1), "facility/0");
  EXPECT_EQ(entries->at(entries->size() - 2).rule_versions(1), "facility/2");
  EXPECT_EQ(entries->back().rule_versions(1), "facility/2");
  ExpectSound();
}

TEST_F(RulesTest, TheLimitsOfTheStandardAreNeverLooser) {
  const auto refused = [&](auto&& change, const char* field) {
    v1::SetFacilityRulesRequest request = Rules();
    change(*request.mutable_rules());
    const absl::Status status = Send(request).status();
    EXPECT_EQ(common::ReasonOf(status), "INVALID_FIELDS") << field;
    EXPECT_NE(status.message().find(field), absl::string_view::npos) << status;
  };
  refused([](v1::FacilityRules& r) { r.set_storage_days(366); }, "storage_days");
  refused([](v1::FacilityRules& r) { r.set_test_days(366); }, "test_days");
  refused([](v1::FacilityRules& r) { r.set_assessment_days(366); }, "assessment_days");
  refused([](v1::FacilityRules& r) { r.set_certificate_check_days(366); },
          "certificate_check_days");
  refused([](v1::FacilityRules& r) { r.set_specialty_ppm(10'001); }, "specialty_ppm");
  refused([](v1::FacilityRules& r) { r.set_retention_years(2); }, "retention_years");
  refused([](v1::FacilityRules& r) { r.mutable_sampling()->add_steps_ppm(49'999); }, "steps_ppm");
  refused(
      [](v1::FacilityRules& r) {
        r.mutable_sampling()->add_steps_ppm(50'000);
        r.mutable_sampling()->add_steps_ppm(9'999);
      },
      "steps_ppm[1]");
  refused([](v1::FacilityRules& r) { r.mutable_sampling()->set_failure_ppm(49'999); },
          "failure_ppm");
  refused([](v1::FacilityRules& r) { r.clear_reason(); }, "reason");
  refused(
      [](v1::FacilityRules& r) {
        for (int i = 0; i < 2; ++i) r.add_caps()->set_pieces(5);
      },
      "caps[1]");
  v1::SetFacilityRulesRequest edge = Rules();
  edge.mutable_rules()->set_storage_days(365);
  edge.mutable_rules()->set_retention_years(3);
  edge.mutable_rules()->set_specialty_ppm(10'000);
  Do(edge);
}

TEST_F(RulesTest, SumsFollowWhatIsHere) {
  SetCap(v1::FOCUS_MATERIAL_BATTERIES, "", 10);
  v1::RecordScanRequest scan = SerialScan(session_, "S-1");
  scan.set_mass_g(200);
  scan.set_category("phone");
  const std::string phone = Do(scan).asset().name();
  EXPECT_EQ(Sums().sums(0).pieces(), 1);
  EXPECT_EQ(Sums().sums(0).mass_g(), 200);
  EXPECT_EQ(Sums().sums(1).pieces(), 0);
  v1::DescribeAssetRequest describe;
  describe.set_name(phone);
  describe.set_mass_g(250);
  describe.set_category("battery");
  describe.add_focus_materials(v1::FOCUS_MATERIAL_BATTERIES);
  Do(describe);
  EXPECT_EQ(Sums().sums(0).mass_g(), 250);
  EXPECT_EQ(Sums().sums(1).pieces(), 1);
  SetCap(v1::FOCUS_MATERIAL_UNSPECIFIED, "battery", 10);
  EXPECT_EQ(Sums().sums(1).mass_g(), 250) << "sums are there before a cap asks for them";
  v1::WithdrawAssetRequest withdraw;
  withdraw.set_name(phone);
  withdraw.set_reason("booked twice");
  Do(withdraw);
  EXPECT_EQ(Sums().sums(0).pieces(), 0);
  EXPECT_EQ(Sums().sums(1).mass_g(), 0);
  ExpectSound();
}

TEST_F(RulesTest, R17KeepsALotFromStorageWhileItsCategoryIsOver) {
  SetCap(v1::FOCUS_MATERIAL_UNSPECIFIED, "cables", 10);
  v1::CreateLotRequest create;
  create.set_site("sites/main");
  create.mutable_lot()->set_description("cables");
  create.mutable_lot()->set_category("cables");
  create.mutable_lot()->set_piece_count(11);
  v1::UpdateLotRequest update;
  *update.mutable_lot() = Do(create);  // what is there is recorded
  update.mutable_lot()->set_location("sites/main/locations/storage");
  EXPECT_EQ(Reason(update), "INVENTORY_CAP");
  update.mutable_lot()->set_piece_count(10);
  update.mutable_lot()->clear_location();
  update.set_reason("one was shipped unrecorded");
  *update.mutable_lot() = Do(update);
  update.mutable_lot()->set_location("sites/main/locations/storage");
  Do(update);
  ExpectSound();
}

TEST_F(RulesTest, R17RefusesSessionsAndPutawayButRecordsWhatIsThere) {
  SetCap(v1::FOCUS_MATERIAL_UNSPECIFIED, "", 10);
  for (int i = 0; i < 8; ++i) SafeAsset("S-" + std::to_string(i));
  EXPECT_TRUE(Facts(v1::Fact::kCapReached).empty());
  SafeAsset("S-8");
  ASSERT_EQ(Facts(v1::Fact::kCapReached).size(), 1u) << "nine of ten are the alert";
  EXPECT_FALSE(Facts(v1::Fact::kCapReached).front().cap_reached().over());
  OpenSession(MakeLoad());
  const std::string tenth = SafeAsset("S-9");
  v1::OpenSessionRequest open;
  open.set_site("sites/main");
  open.set_load(MakeLoad());
  EXPECT_EQ(Reason(open), "INVENTORY_CAP") << "nothing more fits";
  EXPECT_TRUE(Move(tenth, "storage").ok()) << "the cap is reached, not exceeded";
  const std::string eleventh = SafeAsset("S-10");
  EXPECT_TRUE(Facts(v1::Fact::kCapReached).back().cap_reached().over());
  EXPECT_EQ(Facts(v1::Fact::kCapReached).back().cap_reached().sum().pieces(), 11);
  EXPECT_EQ(common::ReasonOf(Move(eleventh, "storage").status()), "INVENTORY_CAP");
  EXPECT_TRUE(Move(tenth, "finished-goods").ok()) << "what is stored may be stored elsewhere";
  EXPECT_TRUE(Move(eleventh, "outbound").ok()) << "nothing keeps it from leaving";
  EXPECT_EQ(Facts(v1::Fact::kCapReached).size(), 2u) << "each crossing is reported once";
  SetCap(v1::FOCUS_MATERIAL_UNSPECIFIED, "", 12);
  EXPECT_EQ(Facts(v1::Fact::kCapReached).size(), 2u);
  Do(open);
  SetCap(v1::FOCUS_MATERIAL_UNSPECIFIED, "", 5);
  EXPECT_EQ(Facts(v1::Fact::kCapReached).size(), 3u) << "a lower cap is exceeded at once";
  ExpectSound();
}

TEST_F(RulesTest, R08AndR18CountWholeDaysFromReceipt) {
  const std::string asset = SafeAsset("S-1");
  clock_.Advance(365 * kDay + absl::Hours(23));
  EXPECT_TRUE(Move(asset, "storage").ok()) << "day 365";
  EXPECT_TRUE(Move(asset, "test").ok());
  EXPECT_TRUE(Move(asset, "dock").ok());
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(common::ReasonOf(Move(asset, "storage").status()), "STORED_TOO_LONG") << "day 366";
  EXPECT_EQ(common::ReasonOf(Move(asset, "finished-goods").status()), "STORED_TOO_LONG");
  EXPECT_EQ(common::ReasonOf(Move(asset, "test").status()), "TEST_TOO_LATE");
  EXPECT_EQ(Reason(Beginning(asset, v1::NEXT_PROCESS_TEST_REPAIR)), "TEST_TOO_LATE");
  EXPECT_TRUE(Move(asset, "cage").ok());
  EXPECT_TRUE(Move(asset, "outbound").ok()) << "it may leave";
  Do(Beginning(asset, v1::NEXT_PROCESS_MATERIALS_RECOVERY));
  EXPECT_TRUE(Except("R-08", asset).ok());
  EXPECT_TRUE(Move(asset, "storage").ok());
  EXPECT_EQ(common::ReasonOf(Move(asset, "test").status()), "TEST_TOO_LATE")
      << "an exception is from one rule";
  EXPECT_TRUE(Except("R-18", GetAsset(asset).load()).ok());
  EXPECT_TRUE(Move(asset, "test").ok()) << "that of its load counts";
  clock_.Advance(2 * kDay);
  EXPECT_EQ(common::ReasonOf(Move(asset, "storage").status()), "STORED_TOO_LONG") << "it has ended";
  ExpectSound();
}

TEST_F(RulesTest, R08SeesThroughContainers) {
  v1::CreateContainerRequest create;
  create.set_site("sites/main");
  const std::string outer = Do(create).name();
  create.clear_request_id();
  create.mutable_container()->set_parent(outer);
  const std::string inner = Do(create).name();
  const auto put = [&](const std::string& asset, const std::string& container) {
    v1::MoveAssetRequest move;
    move.set_name(asset);
    move.set_container(container);
    Do(move);
  };
  const std::string old = SafeAsset("S-1");
  put(old, inner);
  clock_.Advance(300 * kDay);
  put(SafeAsset("S-2"), inner);
  v1::MoveContainerRequest move;
  move.set_name(outer);
  move.set_location("sites/main/locations/storage");
  Do(move);
  clock_.Advance(67 * kDay);
  const auto moved_to = [&](const std::string& container, const std::string& place) {
    v1::MoveContainerRequest request;
    request.set_name(container);
    request.set_location("sites/main/locations/" + place);
    return Reason(request);
  };
  EXPECT_EQ(moved_to(outer, "finished-goods"), "STORED_TOO_LONG");
  EXPECT_EQ(moved_to(inner, "test"), "TEST_TOO_LATE");
  EXPECT_EQ(moved_to(inner, "outbound"), "");
  EXPECT_EQ(moved_to(outer, "finished-goods"), "") << "the old one has left with the inner one";
  v1::MoveContainerRequest back;
  back.set_name(inner);
  back.set_container(outer);
  EXPECT_EQ(Reason(back), "STORED_TOO_LONG");
  EXPECT_TRUE(Move(old, "outbound").ok());
  Do(back);
  ExpectSound();
}

TEST_F(RulesTest, ATestThatBeganInTimeMayTakeItsTime) {
  const std::string begun = SafeAsset("S-1");
  const std::string late = SafeAsset("S-2");
  Do(Beginning(begun, v1::NEXT_PROCESS_TEST_REPAIR));
  clock_.Advance(400 * kDay);
  Test(begun);
  v1::RecordTestRequest test;
  test.mutable_test()->set_asset(late);
  test.mutable_test()->set_plan("phone/1");
  test.mutable_test()->add_results()->set_function("display");
  EXPECT_EQ(Reason(test), "TEST_TOO_LATE") << "a first test is a beginning";
}

TEST_F(RulesTest, ExceptionsAreOnlyFromRulesThatHaveThem) {
  const std::string asset = SafeAsset("S-1");
  EXPECT_TRUE(Except("R-04", asset).ok());
  for (const char* rule : {"R-05", "R-12", "R-13", "R-14", "R-17"}) {
    EXPECT_EQ(common::ReasonOf(Except(rule, asset)), "RULE_WITHOUT_EXCEPTION") << rule;
  }
}

TEST_F(RulesTest, ADataDeviceGoesItsWayStepByStep) {
  v1::CreateLocationRequest place;
  place.set_site("sites/main");
  place.mutable_location()->set_display_name("Ramp");
  place.mutable_location()->set_kind(v1::LOCATION_KIND_DOCK);
  const std::string ramp = Do(place).name();
  const std::string name = Book(OpenSession(MakeLoad(), ramp), "S-1").name();
  EXPECT_EQ(GetAsset(name).data_device_state(), v1::DATA_DEVICE_STATE_DISCOVERED);
  const auto begin = Beginning(name, v1::NEXT_PROCESS_DATA_SANITIZATION);
  const absl::Status unsecured = Send(begin).status();
  EXPECT_EQ(common::ReasonOf(unsecured), "NO_SUCH_STEP");
  EXPECT_NE(unsecured.message().find("secured place"), absl::string_view::npos) << unsecured;
  ASSERT_TRUE(Move(name, "cage").ok());
  EXPECT_EQ(Reason(Sanitization(name, v1::SANITIZATION_METHOD_CLEAR)), "NO_SUCH_STEP");
  EXPECT_EQ(Reason(Verification(name, "eve")), "NO_SUCH_STEP");
  EXPECT_EQ(Do(begin).data_device_state(), v1::DATA_DEVICE_STATE_IN_SANITIZATION);
  v1::BeginProcessRequest again = begin;
  again.clear_request_id();
  EXPECT_EQ(Reason(again), "NO_SUCH_STEP");
  v1::Asset asset = Do(Sanitization(name, v1::SANITIZATION_METHOD_CLEAR));
  EXPECT_EQ(asset.data_device_state(), v1::DATA_DEVICE_STATE_SANITIZED_LOGICAL);
  EXPECT_EQ(asset.sanitized_by(), "bob");
  EXPECT_EQ(asset.process(), v1::NEXT_PROCESS_UNSPECIFIED);
  EXPECT_EQ(Reason(Verification(name, "bob")), "VERIFIER_IS_OPERATOR");
  EXPECT_EQ(Do(Verification(name, "eve")).data_device_state(), v1::DATA_DEVICE_STATE_VERIFIED);
  v1::ReleaseSanitizationRequest release;
  release.set_name(name);
  EXPECT_EQ(Reason(release), "NOT_RELEASABLE");
  EXPECT_EQ(Reason(Reconciliation({name}, 2)), "NOT_RELEASABLE") << "one of two";
  v1::ReconcileSanitizationRequest told = Reconciliation({name}, 2);
  told.set_supplier_notice("mail of today to the supplier");
  EXPECT_EQ(Do(told).assets(0).data_device_state(), v1::DATA_DEVICE_STATE_QC_RECONCILED);
  EXPECT_EQ(common::ReasonOf(Move(name, "storage").status()), "DATA_NOT_SECURED");
  EXPECT_EQ(Do(release).data_device_state(), v1::DATA_DEVICE_STATE_RELEASED);
  EXPECT_TRUE(Move(name, "storage").ok());
  EXPECT_EQ(Reason(Reconciliation({name}, 1)), "NO_SUCH_STEP");
  ExpectSound();
}

TEST_F(RulesTest, AFailedVerificationLeavesOnlyDestruction) {
  const std::string name = Book(session_, "S-1").name();
  Wipe(name, v1::SANITIZATION_METHOD_PURGE);
  const v1::Asset failed = Do(Verification(name, "eve", false));
  EXPECT_EQ(failed.data_device_state(), v1::DATA_DEVICE_STATE_VERIFY_FAILED);
  EXPECT_EQ(Reason(Reconciliation({name}, 1)), "NO_SUCH_STEP");
  EXPECT_EQ(Reason(Beginning(name, v1::NEXT_PROCESS_DATA_SANITIZATION)), "ONLY_DESTRUCTION");
  EXPECT_EQ(Reason(Sanitization(name, v1::SANITIZATION_METHOD_PURGE)), "ONLY_DESTRUCTION");
  EXPECT_EQ(Reason(Sanitization(name, v1::SANITIZATION_METHOD_NO_STORAGE)), "ONLY_DESTRUCTION");
  v1::RecordSanitizationRequest destroy = Sanitization(name, v1::SANITIZATION_METHOD_DESTROY);
  destroy.mutable_sanitization()->add_evidence()->set_sha256(Sha('b'));
  destroy.mutable_sanitization()->mutable_evidence(0)->set_media_type("video/mp4");
  EXPECT_EQ(Do(destroy).data_device_state(), v1::DATA_DEVICE_STATE_DESTROYED);
  Release(name);
  ExpectSound();
}

TEST_F(RulesTest, ChosenSamplesMustBeVerifiedBeforeTheyAreReconciled) {
  // With a share of a whole every medium is chosen.
  v1::SetFacilityRulesRequest all = Rules();
  all.mutable_rules()->mutable_sampling()->add_steps_ppm(1'000'000);
  Do(all);
  const std::string name = Book(session_, "S-1").name();
  Begin(name, v1::NEXT_PROCESS_DATA_SANITIZATION);
  v1::RecordSanitizationRequest wipe = Sanitization(name, v1::SANITIZATION_METHOD_CLEAR);
  wipe.set_validate_only(true);
  EXPECT_FALSE(Do(wipe).verification_required()) << "who asks beforehand is not told";
  wipe.set_validate_only(false);
  EXPECT_TRUE(Do(wipe).verification_required());
  EXPECT_EQ(Reason(Reconciliation({name}, 1)), "NOT_RELEASABLE");
  Do(Verification(name, "eve"));
  Do(Reconciliation({name}, 1));
  const v1::Fact fact = Facts(v1::Fact::kSanitizationRecorded).back();
  EXPECT_TRUE(fact.sanitization_recorded().chosen());
  EXPECT_EQ(fact.sanitization_recorded().rate_ppm(), 1'000'000);
  EXPECT_EQ(fact.sanitization_recorded().secret_sha256().size(), 64u);
  v1::ListSamplingStatesRequest list;
  list.set_site("sites/main");
  v1::ListSamplingStatesResponse states;
  ASSERT_TRUE(Ask(list, &states).ok());
  ASSERT_EQ(states.states_size(), 1);
  EXPECT_EQ(states.states(0).tool(), "wiper 4.2");
  EXPECT_EQ(states.states(0).population(), 1);
  EXPECT_EQ(states.states(0).chosen(), 1);
  EXPECT_EQ(states.states(0).verified(), 1);
  ExpectSound();
}

TEST_F(RulesTest, SharesFallWhenCleanAndRiseOnFailure) {
  v1::SetFacilityRulesRequest rules = Rules();
  v1::SamplingRules* sampling = rules.mutable_rules()->mutable_sampling();
  for (const int ppm : {500'000, 250'000}) sampling->add_steps_ppm(ppm);
  sampling->set_clean_to_lower(2);
  sampling->set_failure_ppm(600'000);
  sampling->set_clean_to_recover(3);
  Do(rules);
  int made = 0;
  // Sanitizes until one is chosen, verifies that one, and tells the share that holds then.
  const auto verify_one = [&](bool passed) {
    for (int tries = 0; tries < 100; ++tries) {
      const std::string name = Book(session_, "S-" + std::to_string(++made)).name();
      if (!Wipe(name, v1::SANITIZATION_METHOD_CLEAR).verification_required()) continue;
      Do(Verification(name, "eve", passed));
      v1::ListSamplingStatesRequest list;
      list.set_site("sites/main");
      v1::ListSamplingStatesResponse states;
      EXPECT_TRUE(Ask(list, &states).ok());
      return states.states(0).rate_ppm();
    }
    ADD_FAILURE() << "nothing was chosen";
    return 0;
  };
  EXPECT_EQ(verify_one(true), 500'000);
  EXPECT_EQ(verify_one(true), 250'000);
  EXPECT_EQ(verify_one(false), 1'000'000) << "four times the share, at least 600,000";
  EXPECT_EQ(verify_one(true), 1'000'000);
  EXPECT_EQ(verify_one(true), 1'000'000);
  EXPECT_EQ(verify_one(true), 500'000) << "three clean ones end it";
  ExpectSound();
}

TEST(Sampling, ChoosesEnoughOfEveryRunAndOnlyByTheSecret) {
  for (const std::int32_t rate : {10'000, 30'000, 50'000, 200'000, 1'000'000}) {
    SamplingPlace place;
    place.tool = "wiper";
    place.rate_ppm = rate;
    const std::int64_t run = 1'000'000 / rate;
    std::vector<bool> chosen;
    std::vector<bool> by_other;
    for (int i = 0; i < 4000; ++i) {
      place.medium = "uid-" + std::to_string(i);
      place.population = i;
      by_other.push_back(IsChosen(place, "another secret"));
      chosen.push_back(IsChosen(place, "secret"));
      EXPECT_EQ(chosen.back(), IsChosen(place, "secret")) << "it can be repeated";
      if (chosen.back()) place.last_pick = i + 1;
    }
    for (std::int64_t first = 0; first + run <= 4000; first += run) {
      EXPECT_TRUE(std::any_of(chosen.begin() + first, chosen.begin() + first + run,
                              [](bool one) { return one; }))
          << rate << " " << first;
    }
    const auto count = std::count(chosen.begin(), chosen.end(), true);
    EXPECT_LT(static_cast<double>(count), 4000.0 * rate / 1e6 * 1.6 + 5) << rate;
    EXPECT_EQ(chosen == by_other, rate == 1'000'000) << rate;
  }
}

TEST_F(RulesTest, OnlyAuthorizedPersonsWhereTheFacilityAsksForIt) {
  const std::string safe = SafeAsset("S-2");
  v1::SetFacilityRulesRequest rules = Rules();
  rules.mutable_rules()->set_require_authorization(true);
  Do(rules);
  const std::string name = Book(session_, "S-1").name();
  EXPECT_EQ(common::ReasonOf(Move(name, "cage").status()), "PERSON_NOT_AUTHORIZED");
  v1::GrantAuthorizationRequest grant;
  grant.set_site("sites/main");
  v1::Authorization* authorization = grant.mutable_authorization();
  authorization->set_person("ann");
  authorization->add_levels(v1::ACCESS_LEVEL_HANDLE_DATA);
  authorization->set_training_date("2025-12-01");
  authorization->set_confidentiality_date("2025-12-01");
  authorization->set_expire_date("2026-01-02");
  const std::string granted = Do(grant).name();
  EXPECT_TRUE(Move(name, "cage").ok()) << "it holds through its last day";
  EXPECT_EQ(Reason(Beginning(name, v1::NEXT_PROCESS_DATA_SANITIZATION)), "PERSON_NOT_AUTHORIZED")
      << "handling is not sanitizing";
  clock_.Advance(kDay);
  EXPECT_EQ(common::ReasonOf(Move(name, "dock").status()), "PERSON_NOT_AUTHORIZED") << "ended";
  EXPECT_EQ(Reason(Sanitization(name, v1::SANITIZATION_METHOD_NO_STORAGE)), "PERSON_NOT_AUTHORIZED")
      << "nor may just anybody say that it holds no data";
  EXPECT_TRUE(Move(safe, "storage").ok()) << "what cannot hold data needs nobody special";
  ExpectSound();
}

TEST_F(RulesTest, SweepReportsEachTermOnceAndGoesOnWhereItEnded) {
  const std::string first = Book(session_, "S-1").name();
  const std::string safe = SafeAsset("S-2");
  clock_.Advance(kDay);
  const std::string later = Book(session_, "S-3").name();
  clock_.Advance(29 * kDay);
  EXPECT_EQ(Sweep().terms_reached_count(), 1) << "day 30 of the first: its sanitization is due";
  v1::TermReached term = Facts(v1::Fact::kTermReached).back().term_reached();
  EXPECT_EQ(term.subject(), first);
  EXPECT_EQ(term.rule(), kSanitizeRule);
  EXPECT_EQ(Sweep().terms_reached_count(), 0);
  clock_.Advance(240 * kDay);
  EXPECT_EQ(Sweep().terms_reached_count(), 3) << "day 270 of two, and the last's sanitization";
  EXPECT_EQ(GetAsset(first).reported_days(), 270);
  EXPECT_EQ(GetAsset(safe).reported_days(), 270);
  EXPECT_EQ(GetAsset(later).reported_days(), 0);
  clock_.Advance(200 * kDay);
  // 330 and 365 for the first two, 270, 330 and 365 for the last; 365 is the storage term, too.
  EXPECT_EQ(Sweep().terms_reached_count(), 7);
  EXPECT_EQ(GetAsset(later).reported_days(), 365);
  v1::SetFacilityRulesRequest rules = Rules();
  for (const int days : {100, 200, 300}) rules.mutable_rules()->add_alert_days(days);
  Do(rules);
  EXPECT_EQ(Sweep().terms_reached_count(), 0) << "changed rules report nothing twice";
  ExpectSound();
}

TEST_F(RulesTest, SweepIsBoundedAndSaysThatMoreIsLeft) {
  for (int i = 0; i < 150; ++i) Book(session_, "S-" + std::to_string(i));
  clock_.Advance(30 * kDay);
  const v1::SweepResponse swept = Sweep();
  EXPECT_TRUE(swept.more());
  EXPECT_LT(swept.terms_reached_count(), 150);
  ASSERT_TRUE(inventory_->SweepAll().ok());
  EXPECT_EQ(Facts(v1::Fact::kTermReached).size(), 150u);
  EXPECT_FALSE(Sweep().more());
  ExpectSound();
}

TEST_F(RulesTest, ExplainBlocksNamesEveryObstacle) {
  const std::string name = Book(session_, "S-1").name();
  v1::PlaceHoldRequest hold;
  hold.set_name(name);
  hold.set_kind(v1::HOLD_KIND_RECALLED);
  hold.set_reason("battery recall");
  Do(hold);
  clock_.Advance(366 * kDay);
  const std::string lapsed = MakeVendor(false, "2025-01-01");
  const std::vector<v1::Block> blocks = Blocks(name, lapsed);
  EXPECT_EQ(Rules(blocks, v1::BLOCKED_ACTION_SELL),
            (std::set<std::string>{"", "R-03", "R-05", "R-07"}));
  EXPECT_EQ(Rules(blocks, v1::BLOCKED_ACTION_SHIP), (std::set<std::string>{"R-05", "R-10"}));
  EXPECT_EQ(Rules(blocks, v1::BLOCKED_ACTION_STORE), (std::set<std::string>{"R-05", "R-08"}));
  EXPECT_EQ(Rules(blocks, v1::BLOCKED_ACTION_TEST), (std::set<std::string>{"R-18"}));
  EXPECT_EQ(Rules(blocks, v1::BLOCKED_ACTION_RELEASE), (std::set<std::string>{"", "R-14"}));
  for (const v1::Block& block : blocks) {
    EXPECT_FALSE(block.reason().empty());
    EXPECT_FALSE(block.message().empty());
    EXPECT_EQ(block.rule().empty(), block.clause().empty());
  }
}

TEST_F(RulesTest, ExplainBlocksSeesWhatIsBuiltIn) {
  const std::string host = SafeAsset("S-1");
  const std::string drive = SafeAsset("S-2");
  v1::PlaceHoldRequest hold;
  hold.set_name(drive);
  hold.set_kind(v1::HOLD_KIND_COUNTERFEIT);
  hold.set_reason("not the maker's label");
  Do(hold);
  EXPECT_FALSE(Rules(Blocks(host), v1::BLOCKED_ACTION_SELL).contains("R-03"));
  v1::InstallComponentRequest install;
  install.set_name(drive);
  install.set_host(host);
  Do(install);
  EXPECT_TRUE(Rules(Blocks(host), v1::BLOCKED_ACTION_SELL).contains("R-03"));
  const std::vector<v1::Block> blocks = Blocks(drive);
  ASSERT_FALSE(blocks.empty());
  EXPECT_EQ(blocks.front().reason(), "COMPONENT_INSTALLED");
}

TEST_F(RulesTest, NothingBlocksWhatIsReady) {
  const std::string name = Book(session_, "S-1").name();
  MakeReadyForSale(name);
  EXPECT_TRUE(Blocks(name).empty());
  Do(Shipment(v1::SHIPMENT_KIND_SALE, "parties/unknown", name));
  const std::vector<v1::Block> blocks = Blocks(name);
  ASSERT_FALSE(blocks.empty());
  EXPECT_EQ(blocks.front().reason(), "ASSET_NOT_OPEN");
}

TEST_F(RulesTest, ControlEndsOnlyAsTheStandardSays) {
  const std::string name = Book(session_, "S-1").name();
  v1::SetApplicabilityRequest request;
  request.set_name(name);
  request.set_applicability(v1::R2_APPLICABILITY_UNRESTRICTED);
  request.set_reason("evaluated");
  request.set_control_exit(v1::CONTROL_EXIT_NOT_CONTROLLED);
  EXPECT_EQ(Reason(request), "STILL_CONTROLLED");
  request.set_control_exit(v1::CONTROL_EXIT_R2_CATEGORIZED);
  EXPECT_EQ(Reason(request), "CATEGORIES_NOT_ACCEPTED") << "nobody categorized it";
  request.set_control_exit(v1::CONTROL_EXIT_NON_R2_SAMPLED);
  EXPECT_EQ(Reason(request), "CATEGORIES_NOT_ACCEPTED");
  for (const char* purpose : {"evaluation", "sampling"}) {
    request.add_evidence()->set_sha256(Sha('c'));
    request.mutable_evidence()->rbegin()->set_purpose(purpose);
  }
  EXPECT_EQ(Do(request).control_exit(), v1::CONTROL_EXIT_NON_R2_SAMPLED);
  ExpectSound();
}

}  // namespace
}  // namespace loopdock::inventory
