// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "services/common/reasons.h"
#include "services/common/status.h"
#include "services/inventory/core/guards.h"
#include "services/inventory/core/processing.h"

namespace loopdock::inventory {
namespace {

std::string ReasonOf(const absl::Status& status) { return common::ReasonOf(status); }

v1::Asset DataAsset() {
  v1::Asset asset;
  asset.set_name("sites/main/assets/000001");
  asset.set_state(v1::ASSET_STATE_IN_STOCK);
  asset.set_applicability(v1::R2_APPLICABILITY_CONTROLLED);
  asset.set_controlled_reason(v1::CONTROLLED_REASON_UNEVALUATED);
  asset.set_data_status(v1::DATA_STATUS_UNEVALUATED);
  return asset;
}

v1::Asset CleanAsset() {
  v1::Asset asset = DataAsset();
  asset.set_data_status(v1::DATA_STATUS_SANITIZED_PURGE);
  asset.set_data_device_state(v1::DATA_DEVICE_STATE_RELEASED);
  asset.set_functional(v1::FUNCTIONAL_F3);
  asset.set_cosmetic(v1::COSMETIC_C3);
  asset.add_identifiers()->set_value("S1");
  return asset;
}

TEST(Guards, R01OnlyControlledAndUnevaluatedStarts) {
  EXPECT_TRUE(
      R01StartsControlled("x", v1::R2_APPLICABILITY_CONTROLLED, v1::CONTROLLED_REASON_UNEVALUATED)
          .ok());
  EXPECT_EQ(ReasonOf(R01StartsControlled("x", v1::R2_APPLICABILITY_UNRESTRICTED,
                                         v1::CONTROLLED_REASON_UNSPECIFIED)),
            "MUST_START_CONTROLLED");
  EXPECT_EQ(
      ReasonOf(R01StartsControlled("x", v1::R2_APPLICABILITY_CONTROLLED, v1::CONTROLLED_REASON_PV)),
      "MUST_START_CONTROLLED");
}

TEST(Guards, R02WantsSupplierReceiptsAndDocument) {
  v1::Load load;
  load.set_supplier("parties/p");
  load.set_asset_count(1);
  load.set_bill_of_lading("B");
  EXPECT_TRUE(R02LoadIsComplete(load).ok());
  v1::Load lots = load;
  lots.set_asset_count(0);
  EXPECT_EQ(ReasonOf(R02LoadIsComplete(lots)), "LOAD_INCOMPLETE");
  lots.set_lot_count(1);
  EXPECT_TRUE(R02LoadIsComplete(lots).ok());
  v1::Load papers = load;
  papers.clear_bill_of_lading();
  EXPECT_EQ(ReasonOf(R02LoadIsComplete(papers)), "LOAD_INCOMPLETE");
  papers.add_documents();
  EXPECT_TRUE(R02LoadIsComplete(papers).ok());
  load.clear_supplier();
  EXPECT_EQ(ReasonOf(R02LoadIsComplete(load)), "LOAD_INCOMPLETE");
}

TEST(Guards, R03KeepsLostCounterfeitAndRecalledFromReuse) {
  for (const v1::HoldKind kind :
       {v1::HOLD_KIND_LOST_OR_STOLEN, v1::HOLD_KIND_COUNTERFEIT, v1::HOLD_KIND_RECALLED}) {
    v1::Asset asset = CleanAsset();
    EXPECT_TRUE(R03NeverReused(asset).ok());
    asset.add_holds()->set_kind(kind);
    const absl::Status refused = R03NeverReused(asset);
    EXPECT_EQ(ReasonOf(refused), "NEVER_REUSED");
    EXPECT_EQ(common::MetadataOf(refused, "rule"), "R-03");
    EXPECT_EQ(common::MetadataOf(refused, "clause"), "CR2");
  }
  v1::Asset other = CleanAsset();
  other.add_holds()->set_kind(v1::HOLD_KIND_OTHER);
  EXPECT_TRUE(R03NeverReused(other).ok());
}

TEST(Guards, R04LetsFocusMaterialsGoOnlyWithAnException) {
  v1::Asset asset = CleanAsset();
  EXPECT_TRUE(R04NoDisposal(asset, v1::NEXT_PROCESS_DISPOSAL, false).ok());
  asset.add_focus_materials(v1::FOCUS_MATERIAL_BATTERIES);
  for (const v1::NextProcess next : {v1::NEXT_PROCESS_DISPOSAL, v1::NEXT_PROCESS_ENERGY_RECOVERY}) {
    EXPECT_EQ(ReasonOf(R04NoDisposal(asset, next, false)), "FOCUS_MATERIAL_DISPOSAL");
    EXPECT_TRUE(R04NoDisposal(asset, next, true).ok());
  }
  EXPECT_TRUE(R04NoDisposal(asset, v1::NEXT_PROCESS_MATERIALS_RECOVERY, false).ok());
}

TEST(Guards, R05SafeOnlyWithoutStorageOrAfterRelease) {
  v1::Location open;
  v1::Location cage;
  cage.set_secured(true);
  v1::Asset asset = DataAsset();
  EXPECT_TRUE(R05StandsSecured(asset, cage).ok());
  EXPECT_EQ(ReasonOf(R05StandsSecured(asset, open)), "DATA_NOT_SECURED");
  asset.set_data_status(v1::DATA_STATUS_SANITIZED_CLEAR);
  asset.set_data_device_state(v1::DATA_DEVICE_STATE_VERIFIED);
  EXPECT_EQ(ReasonOf(R05StandsSecured(asset, open)), "DATA_NOT_SECURED") << "not yet released";
  asset.set_data_device_state(v1::DATA_DEVICE_STATE_RELEASED);
  EXPECT_TRUE(R05StandsSecured(asset, open).ok());
  for (const v1::DataStatus status :
       {v1::DATA_STATUS_UNEVALUATED, v1::DATA_STATUS_DATA_PRESENT, v1::DATA_STATUS_LOCKED_ACCOUNT,
        v1::DATA_STATUS_SANITIZATION_FAILED, v1::DATA_STATUS_SANITIZATION_IN_PROGRESS}) {
    asset.set_data_status(status);
    EXPECT_FALSE(R05StandsSecured(asset, open).ok()) << status;
  }
  asset.set_data_device_state(v1::DATA_DEVICE_STATE_UNSPECIFIED);
  for (const v1::DataStatus status :
       {v1::DATA_STATUS_NO_STORAGE, v1::DATA_STATUS_EVALUATED_NO_DATA}) {
    asset.set_data_status(status);
    EXPECT_TRUE(R05StandsSecured(asset, open).ok()) << status;
  }
  v1::Container container;
  EXPECT_TRUE(R05StandsSecured(container, open).ok());
  container.set_unsanitized_count(1);
  EXPECT_EQ(ReasonOf(R05StandsSecured(container, open)), "DATA_NOT_SECURED");
  EXPECT_TRUE(R05StandsSecured(container, cage).ok());
}

TEST(Guards, R05LeavesOnlyToVendorsQualifiedForData) {
  v1::Party vendor;
  EXPECT_EQ(ReasonOf(R05LeavesSafely(DataAsset(), v1::SHIPMENT_KIND_DOWNSTREAM, vendor)),
            "DATA_NOT_SECURED");
  vendor.set_data_qualified(true);
  EXPECT_TRUE(R05LeavesSafely(DataAsset(), v1::SHIPMENT_KIND_DOWNSTREAM, vendor).ok());
  EXPECT_EQ(ReasonOf(R05LeavesSafely(DataAsset(), v1::SHIPMENT_KIND_SALE, vendor)),
            "DATA_NOT_SECURED");
  EXPECT_TRUE(R05LeavesSafely(CleanAsset(), v1::SHIPMENT_KIND_SALE, v1::Party()).ok());
}

TEST(Guards, R06KeepsNoResaleFromReuse) {
  v1::Asset asset = CleanAsset();
  EXPECT_TRUE(R06NoResale(asset).ok());
  asset.set_no_resale(true);
  EXPECT_EQ(ReasonOf(R06NoResale(asset)), "NO_RESALE");
}

TEST(Guards, R07NamesWhatASaleLacks) {
  EXPECT_TRUE(R07MayBeSold(CleanAsset()).ok());
  v1::Asset asset = CleanAsset();
  asset.set_functional(v1::FUNCTIONAL_F_NONE);
  EXPECT_EQ(ReasonOf(R07MayBeSold(asset)), "NOT_READY_FOR_SALE");
  asset.set_functional(v1::FUNCTIONAL_F1);
  EXPECT_TRUE(R07MayBeSold(asset).ok());
  asset.set_cosmetic(v1::COSMETIC_C0);
  EXPECT_EQ(ReasonOf(R07MayBeSold(asset)), "NOT_READY_FOR_SALE");
  asset.set_cosmetic(v1::COSMETIC_C1);
  EXPECT_TRUE(R07MayBeSold(asset).ok());
  asset.set_data_status(v1::DATA_STATUS_LOCKED_ACCOUNT);
  EXPECT_EQ(ReasonOf(R07MayBeSold(asset)), "NOT_READY_FOR_SALE");
  asset = CleanAsset();
  asset.clear_identifiers();
  const absl::Status refused = R07MayBeSold(asset);
  EXPECT_EQ(ReasonOf(refused), "NOT_READY_FOR_SALE");
  EXPECT_NE(refused.message().find("identifier"), absl::string_view::npos);
}

TEST(Guards, R10QualificationHolds365Days) {
  const absl::Time now = absl::FromCivil(absl::CivilDay(2026, 3, 1), absl::UTCTimeZone());
  v1::Party vendor;
  vendor.add_roles(v1::PARTY_ROLE_DOWNSTREAM_VENDOR);
  vendor.set_qualified_date("2025-03-01");
  EXPECT_TRUE(R10VendorIsQualified(DataAsset(), vendor, now).ok()) << "day 365";
  vendor.set_qualified_date("2025-02-28");
  EXPECT_EQ(ReasonOf(R10VendorIsQualified(DataAsset(), vendor, now)), "VENDOR_NOT_QUALIFIED")
      << "day 366";
  vendor.set_qualified_date("2026-03-02");
  EXPECT_EQ(ReasonOf(R10VendorIsQualified(DataAsset(), vendor, now)), "VENDOR_NOT_QUALIFIED")
      << "tomorrow";
  vendor.set_r2_certificate("C-1");
  EXPECT_TRUE(R10VendorIsQualified(DataAsset(), vendor, now).ok());
  vendor.clear_roles();
  EXPECT_EQ(ReasonOf(R10VendorIsQualified(DataAsset(), vendor, now)), "VENDOR_NOT_QUALIFIED");
  v1::Asset unrestricted = DataAsset();
  unrestricted.set_applicability(v1::R2_APPLICABILITY_UNRESTRICTED);
  EXPECT_TRUE(R10VendorIsQualified(unrestricted, vendor, now).ok());
}

TEST(Guards, SanitizationRules) {
  v1::Asset asset = DataAsset();
  EXPECT_TRUE(R12OnlyDestruction(asset, v1::SANITIZATION_METHOD_CLEAR).ok());
  asset.set_data_status(v1::DATA_STATUS_SANITIZATION_FAILED);
  EXPECT_EQ(ReasonOf(R12OnlyDestruction(asset, v1::SANITIZATION_METHOD_PURGE)), "ONLY_DESTRUCTION");
  EXPECT_TRUE(R12OnlyDestruction(asset, v1::SANITIZATION_METHOD_DESTROY).ok());

  v1::Sanitization done;
  done.set_operator_("bob");
  EXPECT_TRUE(R13VerifierIsAnother(done).ok());
  done.set_verifier("eve");
  EXPECT_TRUE(R13VerifierIsAnother(done).ok());
  done.set_verifier("bob");
  EXPECT_EQ(ReasonOf(R13VerifierIsAnother(done)), "VERIFIER_IS_OPERATOR");

  EXPECT_TRUE(R19DestructionIsFilmed(done).ok());
  done.set_method(v1::SANITIZATION_METHOD_DESTROY);
  done.add_evidence()->set_media_type("image/jpeg");
  EXPECT_EQ(ReasonOf(R19DestructionIsFilmed(done)), "DESTRUCTION_NOT_FILMED");
  done.add_evidence()->set_media_type("video/mp4");
  EXPECT_TRUE(R19DestructionIsFilmed(done).ok());

  asset.set_data_device_state(v1::DATA_DEVICE_STATE_SECURED);
  EXPECT_EQ(ReasonOf(R14MayBeReleased(asset)), "NOT_RELEASABLE");
  asset.set_data_device_state(v1::DATA_DEVICE_STATE_VERIFIED);
  EXPECT_TRUE(R14MayBeReleased(asset).ok());
}

TEST(Guards, ExitByOwnRecordsNeedsThem) {
  EXPECT_TRUE(ExitIsProven(CleanAsset(), v1::CONTROL_EXIT_SANITIZED_FUNCTIONAL).ok());
  v1::Asset asset = CleanAsset();
  asset.set_functional(v1::FUNCTIONAL_F2);
  EXPECT_EQ(ReasonOf(ExitIsProven(asset, v1::CONTROL_EXIT_SANITIZED_FUNCTIONAL)),
            "EXIT_NOT_PROVEN");
  EXPECT_TRUE(ExitIsProven(asset, v1::CONTROL_EXIT_NOT_CONTROLLED).ok());
}

TEST(Guards, EveryReasonIsListedAndDifferent) {
  std::set<std::string> reasons;
  for (const Rule& rule : Rules()) {
    const common::Reason* reason = common::FindReason(rule.reason);
    ASSERT_NE(reason, nullptr) << rule.reason;
    EXPECT_EQ(reason->code, absl::StatusCode::kFailedPrecondition);
    EXPECT_TRUE(reasons.insert(std::string(rule.reason)).second) << rule.reason;
  }
}

TEST(Guards, RulesPageIsUpToDate) {
  const char* source = std::getenv("LOOPDOCK_SOURCE_DIR");
  ASSERT_NE(source, nullptr) << "set LOOPDOCK_SOURCE_DIR, as ctest does";
  const std::string path = std::string(source) + "/docs/reference/rules.md";
  if (std::getenv("LOOPDOCK_UPDATE") != nullptr) std::ofstream(path) << RulesMarkdown();
  std::ifstream file(path);
  std::stringstream page;
  page << file.rdbuf();
  EXPECT_EQ(page.str(), RulesMarkdown()) << "run this test with LOOPDOCK_UPDATE=1";
}

google::protobuf::RepeatedPtrField<v1::FunctionResult> Results(
    std::initializer_list<std::tuple<const char*, bool, v1::TestOutcome>> list) {
  google::protobuf::RepeatedPtrField<v1::FunctionResult> results;
  for (const auto& [function, key, outcome] : list) {
    v1::FunctionResult* result = results.Add();
    result->set_function(function);
    result->set_key(key);
    result->set_outcome(outcome);
  }
  return results;
}

TEST(Functional, NothingIsInferred) {
  constexpr auto kPass = v1::TEST_OUTCOME_PASS;
  constexpr auto kFail = v1::TEST_OUTCOME_FAIL;
  constexpr auto kNone = v1::TEST_OUTCOME_UNSPECIFIED;
  EXPECT_EQ(DeriveFunctional(Results({})).gap, v1::FUNCTIONAL_GAP_UNTESTED);
  EXPECT_EQ(DeriveFunctional(Results({{"display", true, kFail}})).gap, v1::FUNCTIONAL_GAP_FAILED);
  EXPECT_EQ(DeriveFunctional(Results({{"display", true, kPass}, {"charge", true, kNone}})).gap,
            v1::FUNCTIONAL_GAP_PARTIAL_UNTESTED);
  EXPECT_EQ(DeriveFunctional(Results({{"display", false, kPass}})).gap,
            v1::FUNCTIONAL_GAP_PARTIAL_UNTESTED)
      << "no key function was tested";
  EXPECT_EQ(DeriveFunctional(Results({{"display", true, kPass}, {"nfc", false, kFail}})).functional,
            v1::FUNCTIONAL_F3);
  EXPECT_EQ(DeriveFunctional(Results({{"display", true, kPass}})).functional, v1::FUNCTIONAL_F3)
      << "nobody said that nothing is missing";
  EXPECT_EQ(
      DeriveFunctional(Results({{"display", true, kPass}, {"complete", false, kPass}})).functional,
      v1::FUNCTIONAL_F4);
  EXPECT_EQ(DeriveFunctional(Results({{"display", true, kPass},
                                      {"complete", false, kPass},
                                      {"licensed_os", false, kPass},
                                      {"diagnostics", false, kPass}}))
                .functional,
            v1::FUNCTIONAL_F5);
  EXPECT_EQ(DeriveFunctional(Results({{"display", true, kPass},
                                      {"complete", false, kPass},
                                      {"licensed_os", false, kPass},
                                      {"diagnostics", false, kPass},
                                      {"oem_parts", false, kPass},
                                      {"original_software", false, kPass},
                                      {"oem_specs", false, kPass}}))
                .functional,
            v1::FUNCTIONAL_F6);
}

}  // namespace
}  // namespace loopdock::inventory
