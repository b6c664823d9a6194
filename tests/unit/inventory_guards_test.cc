// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "absl/time/civil_time.h"
#include "services/common/reasons.h"
#include "services/common/status.h"
#include "services/inventory/core/facility.h"
#include "services/inventory/core/guards.h"
#include "services/inventory/core/processing.h"
#include "services/inventory/core/text.h"

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
  vendor.add_streams()->set_stream(v1::STREAM_KIND_DATA_DEVICES);
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

TEST(Guards, S1KeepsWhatIsWantedBackForItsSupplier) {
  v1::Asset asset = CleanAsset();
  asset.set_supplier("parties/acme");
  v1::Party buyer;
  buyer.set_name("parties/buyer");
  EXPECT_TRUE(S1GoesToSupplier(asset, buyer).ok());
  asset.set_instruction(v1::SUPPLIER_INSTRUCTION_RETURN);
  EXPECT_EQ(ReasonOf(S1GoesToSupplier(asset, buyer)), "SUPPLIER_INSTRUCTION");
  buyer.set_name("parties/acme");
  EXPECT_TRUE(S1GoesToSupplier(asset, buyer).ok());
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

absl::Time Day(int year, int month, int day) {
  return absl::FromCivil(absl::CivilDay(year, month, day), absl::UTCTimeZone());
}

v1::Asset ReceivedAt(absl::Time received) {
  v1::Asset asset = DataAsset();
  *asset.mutable_received_time() = ToTimestamp(received);
  return asset;
}

TEST(Guards, R08RefusesStoringOnFromDay366) {
  const v1::FacilityRules& rules = DefaultRules();
  const absl::Time received = Day(2025, 1, 1);
  v1::Location storage;
  storage.set_kind(v1::LOCATION_KIND_STORAGE);
  const v1::Asset asset = ReceivedAt(received);
  const absl::Time day_365 = received + 365 * absl::Hours(24);
  const absl::Time day_366 = received + 366 * absl::Hours(24);
  EXPECT_TRUE(R08NotStoredOn(asset, storage, rules, day_365, false).ok());
  EXPECT_TRUE(R08NotStoredOn(asset, storage, rules, day_366 - absl::Seconds(1), false).ok());
  EXPECT_EQ(ReasonOf(R08NotStoredOn(asset, storage, rules, day_366, false)), "STORED_TOO_LONG");
  EXPECT_TRUE(R08NotStoredOn(asset, storage, rules, day_366, true).ok());
  for (const v1::LocationKind kind :
       {v1::LOCATION_KIND_OUTBOUND, v1::LOCATION_KIND_SECURED_CAGE, v1::LOCATION_KIND_HAZARD}) {
    v1::Location elsewhere;
    elsewhere.set_kind(kind);
    EXPECT_TRUE(R08NotStoredOn(asset, elsewhere, rules, day_366, false).ok()) << kind;
  }
  v1::Asset unrestricted = asset;
  unrestricted.set_applicability(v1::R2_APPLICABILITY_UNRESTRICTED);
  EXPECT_TRUE(R08NotStoredOn(unrestricted, storage, rules, day_366, false).ok());
  v1::Lot lot;
  lot.set_applicability(v1::R2_APPLICABILITY_CONTROLLED);
  *lot.mutable_received_time() = ToTimestamp(received);
  EXPECT_TRUE(R08NotStoredOn(lot, storage, rules, day_365, false).ok());
  EXPECT_EQ(ReasonOf(R08NotStoredOn(lot, storage, rules, day_366, false)), "STORED_TOO_LONG");
  v1::FacilityRules stricter = rules;
  stricter.set_storage_days(100);
  EXPECT_FALSE(R08NotStoredOn(asset, storage, stricter, day_365, false).ok());
}

TEST(Guards, R09AllowsOneInAHundred) {
  const v1::FacilityRules& rules = DefaultRules();
  EXPECT_TRUE(R09SpecialtyShare("s", {10'000, 99}, 1, rules).ok()) << "0.99 %";
  EXPECT_TRUE(R09SpecialtyShare("s", {10'000, 100}, 1, rules).ok()) << "1.00 %";
  EXPECT_EQ(ReasonOf(R09SpecialtyShare("s", {10'000, 101}, 1, rules)), "SPECIALTY_SHARE")
      << "1.01 %";
  EXPECT_TRUE(R09SpecialtyShare("s", {10'000, 101}, 0, rules).ok())
      << "other sales are never held up";
  EXPECT_EQ(ReasonOf(R09SpecialtyShare("s", {1, 1}, 1, rules)), "SPECIALTY_SHARE");
}

void Assess(v1::Party& vendor, const std::string& date) {
  vendor.clear_assessments();
  vendor.add_assessments()->set_date(date);
  vendor.mutable_assessments(0)->set_passed(true);
}

absl::Status Qualified(const v1::Party& vendor, absl::Time now,
                       v1::StreamKind stream = v1::STREAM_KIND_UNSPECIFIED) {
  return R10VendorIsQualified("a", v1::R2_APPLICABILITY_CONTROLLED, stream, vendor, DefaultRules(),
                              now);
}

TEST(Guards, R10QualificationHolds365Days) {
  const absl::Time now = Day(2026, 3, 1);
  v1::Party vendor;
  vendor.add_roles(v1::PARTY_ROLE_DOWNSTREAM_VENDOR);
  Assess(vendor, "2025-03-01");
  EXPECT_TRUE(Qualified(vendor, now).ok()) << "day 365";
  Assess(vendor, "2025-02-28");
  EXPECT_EQ(ReasonOf(Qualified(vendor, now)), "VENDOR_NOT_QUALIFIED") << "day 366";
  Assess(vendor, "2026-03-02");
  EXPECT_EQ(ReasonOf(Qualified(vendor, now)), "VENDOR_NOT_QUALIFIED") << "tomorrow";
  Assess(vendor, "2026-01-01");
  vendor.mutable_assessments(0)->set_passed(false);
  EXPECT_EQ(ReasonOf(Qualified(vendor, now)), "VENDOR_NOT_QUALIFIED");
  vendor.clear_assessments();
  auto* certificate = vendor.add_certificates();
  certificate->set_standard(v1::CERTIFICATE_STANDARD_R2V3);
  certificate->set_checked_date("2026-01-01");
  certificate->set_expire_date("2026-03-01");
  EXPECT_TRUE(Qualified(vendor, now).ok()) << "it expires today";
  certificate->set_expire_date("2026-02-28");
  EXPECT_EQ(ReasonOf(Qualified(vendor, now)), "VENDOR_NOT_QUALIFIED") << "it expired yesterday";
  certificate->set_expire_date("2026-03-01");
  certificate->set_checked_date("2025-02-28");
  EXPECT_EQ(ReasonOf(Qualified(vendor, now)), "VENDOR_NOT_QUALIFIED") << "looked at on day 366";
  certificate->set_checked_date("2025-03-01");
  EXPECT_TRUE(Qualified(vendor, now).ok());
  certificate->set_standard(v1::CERTIFICATE_STANDARD_QUALITY);
  EXPECT_EQ(ReasonOf(Qualified(vendor, now)), "VENDOR_NOT_QUALIFIED");
  certificate->set_standard(v1::CERTIFICATE_STANDARD_R2V3);
  vendor.clear_roles();
  EXPECT_EQ(ReasonOf(Qualified(vendor, now)), "VENDOR_NOT_QUALIFIED");
  EXPECT_TRUE(R10VendorIsQualified("a", v1::R2_APPLICABILITY_UNRESTRICTED,
                                   v1::STREAM_KIND_BATTERIES, vendor, DefaultRules(), now)
                  .ok());
}

TEST(Guards, R10AsksForTheStreamItsScopeAndItsChain) {
  const absl::Time now = Day(2026, 3, 1);
  v1::Party vendor;
  vendor.add_roles(v1::PARTY_ROLE_DOWNSTREAM_VENDOR);
  Assess(vendor, "2026-01-01");
  EXPECT_EQ(ReasonOf(Qualified(vendor, now, v1::STREAM_KIND_BATTERIES)), "VENDOR_NOT_QUALIFIED");
  vendor.add_streams()->set_stream(v1::STREAM_KIND_BATTERIES);
  EXPECT_EQ(ReasonOf(Qualified(vendor, now, v1::STREAM_KIND_BATTERIES)), "VENDOR_NOT_QUALIFIED")
      << "nobody knows where it ends";
  vendor.mutable_streams(0)->set_reaches_final_disposition(true);
  EXPECT_TRUE(Qualified(vendor, now, v1::STREAM_KIND_BATTERIES).ok());
  vendor.add_streams()->set_stream(v1::STREAM_KIND_DATA_DEVICES);
  vendor.mutable_streams(1)->set_reaches_final_disposition(true);
  EXPECT_EQ(ReasonOf(Qualified(vendor, now, v1::STREAM_KIND_DATA_DEVICES)), "VENDOR_NOT_QUALIFIED")
      << "data security was not assessed";
  vendor.mutable_assessments(0)->set_data_security(true);
  EXPECT_TRUE(Qualified(vendor, now, v1::STREAM_KIND_DATA_DEVICES).ok());
  vendor.clear_assessments();
  auto* certificate = vendor.add_certificates();
  certificate->set_standard(v1::CERTIFICATE_STANDARD_R2V3);
  certificate->set_checked_date("2026-03-01");
  certificate->set_expire_date("2027-01-01");
  EXPECT_EQ(ReasonOf(Qualified(vendor, now, v1::STREAM_KIND_DATA_DEVICES)), "VENDOR_NOT_QUALIFIED")
      << "Appendix B is not in its scope";
  certificate->add_appendices("B");
  EXPECT_TRUE(Qualified(vendor, now, v1::STREAM_KIND_DATA_DEVICES).ok());
}

TEST(Guards, R11WantsTheCountriesTheBasisAndEvidence) {
  v1::Site site;
  site.set_country("US");
  v1::Shipment shipment;
  EXPECT_TRUE(R11ExportIsLegal(shipment, site).ok());
  shipment.set_destination_country("US");
  EXPECT_TRUE(R11ExportIsLegal(shipment, site).ok());
  shipment.set_destination_country("CA");
  EXPECT_EQ(ReasonOf(R11ExportIsLegal(shipment, site)), "EXPORT_NOT_LEGAL");
  v1::ExportLegality* legality = shipment.mutable_legality();
  legality->set_export_country("US");
  legality->set_import_country("CA");
  legality->set_basis("both are in the OECD");
  EXPECT_EQ(ReasonOf(R11ExportIsLegal(shipment, site)), "EXPORT_NOT_LEGAL") << "no evidence";
  legality->add_evidence();
  EXPECT_TRUE(R11ExportIsLegal(shipment, site).ok());
  legality->set_import_country("MX");
  EXPECT_EQ(ReasonOf(R11ExportIsLegal(shipment, site)), "EXPORT_NOT_LEGAL") << "another country";
}

TEST(Guards, R14R15R16) {
  EXPECT_TRUE(R14Reconciles("a", 3, 3, "").ok());
  EXPECT_EQ(ReasonOf(R14Reconciles("a", 4, 3, " ")), "NOT_RELEASABLE");
  EXPECT_TRUE(R14Reconciles("a", 4, 3, "mail of today").ok());
  v1::Asset asset = DataAsset();
  asset.set_data_device_state(v1::DATA_DEVICE_STATE_SANITIZED_LOGICAL);
  EXPECT_TRUE(R14SampleIsVerified(asset).ok());
  asset.set_verification_required(true);
  EXPECT_EQ(ReasonOf(R14SampleIsVerified(asset)), "NOT_RELEASABLE");
  asset.set_data_device_state(v1::DATA_DEVICE_STATE_VERIFIED);
  EXPECT_TRUE(R14SampleIsVerified(asset).ok());

  EXPECT_TRUE(R15NamesWhatItCorrects("a", 0, 5).ok()) << "none is named";
  EXPECT_TRUE(R15NamesWhatItCorrects("a", 5, 5).ok());
  EXPECT_EQ(ReasonOf(R15NamesWhatItCorrects("a", 6, 5)), "CORRECTION_UNKNOWN");
  EXPECT_EQ(ReasonOf(R15NamesWhatItCorrects("a", -1, 5)), "CORRECTION_UNKNOWN");

  EXPECT_TRUE(R16ChangeSaysWhy("a", "ann", "tested").ok());
  EXPECT_EQ(ReasonOf(R16ChangeSaysWhy("a", "ann", " ")), "CHANGE_UNEXPLAINED");
  EXPECT_EQ(ReasonOf(R16ChangeSaysWhy("a", "", "tested")), "CHANGE_UNEXPLAINED");
}

TEST(Guards, R17RoomAndPutaway) {
  v1::InventoryCap cap;
  cap.set_pieces(10);
  EXPECT_TRUE(R17HasRoom("load", {9, 0, 0, 0, 0}, cap).ok());
  EXPECT_EQ(ReasonOf(R17HasRoom("load", {10, 0, 0, 0, 0}, cap)), "INVENTORY_CAP");
  EXPECT_TRUE(R17MayBePutAway("a", {10, 0, 0, 0, 0}, cap).ok());
  EXPECT_EQ(ReasonOf(R17MayBePutAway("a", {11, 0, 0, 0, 0}, cap)), "INVENTORY_CAP");
  cap.set_pieces(0);
  cap.set_mass_g(1000);
  EXPECT_TRUE(R17HasRoom("load", {500, 999, 0, 0, 0}, cap).ok());
  EXPECT_EQ(ReasonOf(R17HasRoom("load", {1, 1000, 0, 0, 0}, cap)), "INVENTORY_CAP");
}

TEST(Guards, R18BeginsUntilDay365) {
  const v1::FacilityRules& rules = DefaultRules();
  const absl::Time received = Day(2025, 1, 1);
  v1::Asset asset = ReceivedAt(received);
  EXPECT_TRUE(R18BeginsInTime(asset, rules, received + 365 * absl::Hours(24), false).ok());
  const absl::Time late = received + 366 * absl::Hours(24);
  EXPECT_EQ(ReasonOf(R18BeginsInTime(asset, rules, late, false)), "TEST_TOO_LATE");
  EXPECT_TRUE(R18BeginsInTime(asset, rules, late, true).ok());
  asset.set_process(v1::NEXT_PROCESS_TEST_REPAIR);
  EXPECT_TRUE(R18BeginsInTime(asset, rules, late, false).ok()) << "it has begun";
}

TEST(Guards, R20WantsACertificateOrOurOwnWork) {
  const absl::Time now = Day(2026, 3, 1);
  v1::Party facility;
  facility.set_name("parties/f");
  EvidenceRefs evidence;
  const auto accepted = [&](v1::ControlExit exit) {
    return R20CategoriesAreBacked("a", exit, facility, evidence, DefaultRules(), now);
  };
  EXPECT_TRUE(accepted(v1::CONTROL_EXIT_SANITIZED_FUNCTIONAL).ok());
  EXPECT_EQ(ReasonOf(accepted(v1::CONTROL_EXIT_R2_CATEGORIZED)), "CATEGORIES_NOT_ACCEPTED");
  auto* certificate = facility.add_certificates();
  certificate->set_standard(v1::CERTIFICATE_STANDARD_R2V3);
  certificate->set_expire_date("2026-03-01");
  EXPECT_EQ(ReasonOf(accepted(v1::CONTROL_EXIT_R2_CATEGORIZED)), "CATEGORIES_NOT_ACCEPTED")
      << "nobody looked at it";
  certificate->set_checked_date("2026-02-01");
  EXPECT_TRUE(accepted(v1::CONTROL_EXIT_R2_CATEGORIZED).ok()) << "it expires today";
  certificate->set_expire_date("2026-02-28");
  EXPECT_EQ(ReasonOf(accepted(v1::CONTROL_EXIT_R2_CATEGORIZED)), "CATEGORIES_NOT_ACCEPTED");
  EXPECT_EQ(ReasonOf(accepted(v1::CONTROL_EXIT_NON_R2_SAMPLED)), "CATEGORIES_NOT_ACCEPTED");
  evidence.Add()->set_purpose("evaluation");
  EXPECT_EQ(ReasonOf(accepted(v1::CONTROL_EXIT_NON_R2_SAMPLED)), "CATEGORIES_NOT_ACCEPTED");
  evidence.Add()->set_purpose("sampling");
  EXPECT_TRUE(accepted(v1::CONTROL_EXIT_NON_R2_SAMPLED).ok());
}

TEST(Guards, P1WantsAnAuthorizationThatHolds) {
  const absl::Time now = Day(2026, 3, 1);
  constexpr auto kLevel = v1::ACCESS_LEVEL_SANITIZE;
  EXPECT_EQ(ReasonOf(PersonIsAuthorized("bob", kLevel, nullptr, now)), "PERSON_NOT_AUTHORIZED");
  v1::Authorization authorization;
  authorization.set_person("bob");
  EXPECT_FALSE(PersonIsAuthorized("bob", kLevel, &authorization, now).ok());
  authorization.add_levels(kLevel);
  EXPECT_TRUE(PersonIsAuthorized("bob", kLevel, &authorization, now).ok());
  EXPECT_FALSE(PersonIsAuthorized("bob", v1::ACCESS_LEVEL_VERIFY, &authorization, now).ok());
  authorization.set_expire_date("2026-03-01");
  EXPECT_TRUE(PersonIsAuthorized("bob", kLevel, &authorization, now).ok()) << "its last day";
  authorization.set_expire_date("2026-02-28");
  EXPECT_FALSE(PersonIsAuthorized("bob", kLevel, &authorization, now).ok());
  authorization.clear_expire_date();
  authorization.set_revoked(true);
  EXPECT_FALSE(PersonIsAuthorized("bob", kLevel, &authorization, now).ok());
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
  EXPECT_EQ(ReasonOf(R14MayBeReleased(asset)), "NOT_RELEASABLE") << "not yet reconciled";
  asset.set_data_device_state(v1::DATA_DEVICE_STATE_QC_RECONCILED);
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

TEST(Guards, ExitAsNotControlledNeedsAReasonOrNothingThatControls) {
  constexpr auto kExit = v1::CONTROL_EXIT_NOT_CONTROLLED;
  constexpr auto kNone = v1::UNRESTRICTED_REASON_UNSPECIFIED;
  EXPECT_TRUE(ExitIsJustified(CleanAsset(), kExit, kNone).ok());
  EXPECT_EQ(ReasonOf(ExitIsJustified(DataAsset(), kExit, kNone)), "STILL_CONTROLLED");
  EXPECT_TRUE(ExitIsJustified(DataAsset(), kExit, v1::UNRESTRICTED_REASON_NEW_UNOPENED).ok());
  EXPECT_EQ(ReasonOf(ExitIsJustified(DataAsset(), v1::CONTROL_EXIT_UNSPECIFIED,
                                     v1::UNRESTRICTED_REASON_NON_ELECTRONIC)),
            "STILL_CONTROLLED");
  EXPECT_TRUE(ExitIsJustified(CleanAsset(), v1::CONTROL_EXIT_UNSPECIFIED,
                              v1::UNRESTRICTED_REASON_NON_ELECTRONIC)
                  .ok());
  v1::Asset board = CleanAsset();
  board.add_focus_materials(v1::FOCUS_MATERIAL_CIRCUIT_BOARDS);
  EXPECT_EQ(ReasonOf(ExitIsJustified(board, kExit, kNone)), "STILL_CONTROLLED");
}

TEST(Guards, R10NothingLeavesByAMove) {
  v1::Location place;
  place.set_name("sites/main/locations/gate");
  place.set_kind(v1::LOCATION_KIND_OUTBOUND);
  EXPECT_TRUE(R10LeavesByShipment("x", place).ok());
  place.set_kind(v1::LOCATION_KIND_OUTSIDE);
  EXPECT_EQ(ReasonOf(R10LeavesByShipment("x", place)), "VENDOR_NOT_QUALIFIED");
}

TEST(Guards, AllTwentyRulesStandInTheTable) {
  std::set<std::string> ids;
  for (const Rule& rule : Rules()) ids.insert(std::string(rule.id));
  for (int number = 1; number <= 20; ++number) {
    EXPECT_TRUE(ids.contains((number < 10 ? "R-0" : "R-") + std::to_string(number))) << number;
  }
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
  EXPECT_EQ(DeriveFunctional(Results({{"display", true, kNone}, {"complete", false, kPass}})).gap,
            v1::FUNCTIONAL_GAP_UNTESTED)
      << "a list of what is to be tested is no test";
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
