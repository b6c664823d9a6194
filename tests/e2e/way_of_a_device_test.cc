// SPDX-License-Identifier: Apache-2.0
// The way of one device from the dock to a sale, through real processes: what must be refused is
// refused on the way, and the log proves all of it afterwards.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/common/ids.h"
#include "services/common/status.h"
#include "tests/e2e/floor.h"

namespace loopdock::e2e {
namespace {

using common::ReasonOf;
using inventory::v1::Fact;
namespace inv = inventory::v1;

class WayOfADeviceTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto started = Cluster::Start();
    ASSERT_TRUE(started.ok()) << started.status();
    cluster = started->release();
    shop = new Floor(*cluster);
  }
  static void TearDownTestSuite() {
    delete shop;
    delete cluster;
  }
  void SetUp() override {
    ASSERT_NE(shop, nullptr);
    auto session = shop->OpenSession();
    ASSERT_TRUE(session.ok()) << session.status();
    session_ = *session;
  }

  // What the routing decides for the asset as it is now.
  static void ExpectDecision(const std::string& asset, inv::NextProcess next) {
    const auto decided = shop->Await([&](const Fact& fact) {
      return fact.decision_recorded().asset() == asset && fact.decision_recorded().next() == next;
    });
    ASSERT_TRUE(decided.ok()) << decided.status() << inv::NextProcess_Name(next);
    const auto now = shop->Asset(asset);
    ASSERT_TRUE(now.ok()) << now.status();
    EXPECT_EQ(now->decision().next(), next);
    EXPECT_EQ(now->decision().asset_etag(), now->etag());
    EXPECT_FALSE(now->decision().reasons().empty());
    EXPECT_FALSE(now->decision().policy().empty());
    EXPECT_FALSE(now->decision().facts_seen().empty());
  }

  static absl::Status Move(const std::string& asset, const std::string& location) {
    inv::MoveAssetRequest move;
    move.set_request_id(common::NewUuidV7());
    move.set_name(asset);
    move.set_location("sites/main/locations/" + location);
    return shop->Do(&InventoryStub::MoveAsset, move).status();
  }

  static absl::Status Sell(const std::string& asset) {
    inv::ShipAssetsRequest ship;
    ship.set_request_id(common::NewUuidV7());
    ship.set_site("sites/main");
    ship.mutable_shipment()->set_kind(inv::SHIPMENT_KIND_SALE);
    ship.mutable_shipment()->set_receiver("parties/buyer");
    ship.mutable_shipment()->set_return_policy("30 days");
    ship.mutable_shipment()->add_assets(asset);
    return shop->Do(&InventoryStub::ShipAssets, ship).status();
  }

  static void Sanitize(const std::string& asset) {
    inv::RecordSanitizationRequest sanitize;
    sanitize.set_request_id(common::NewUuidV7());
    inv::Sanitization* done = sanitize.mutable_sanitization();
    done->set_asset(asset);
    done->set_method(inv::SANITIZATION_METHOD_PURGE);
    done->set_tool("wiper 4.2");
    done->set_standard("NIST SP 800-88r1");
    done->set_succeeded(true);
    done->set_operator_("anna");
    done->set_verifier("anna");
    EXPECT_EQ(ReasonOf(shop->Do(&InventoryStub::RecordSanitization, sanitize).status()),
              "VERIFIER_IS_OPERATOR");
    done->set_verifier("bert");
    EXPECT_EQ(ReasonOf(shop->Do(&InventoryStub::RecordSanitization, sanitize).status()),
              "NO_SUCH_STEP");
    inv::BeginProcessRequest begin;
    begin.set_request_id(common::NewUuidV7());
    begin.set_name(asset);
    begin.set_process(inv::NEXT_PROCESS_DATA_SANITIZATION);
    const auto begun = shop->Do(&InventoryStub::BeginProcess, begin);
    ASSERT_TRUE(begun.ok()) << begun.status();
    const auto sanitized = shop->Do(&InventoryStub::RecordSanitization, sanitize);
    ASSERT_TRUE(sanitized.ok()) << sanitized.status();
    EXPECT_EQ(sanitized->data_device_state(), inv::DATA_DEVICE_STATE_VERIFIED);
    EXPECT_EQ(ReasonOf(Move(asset, "storage")), "DATA_NOT_SECURED") << "before the release";
    inv::ReleaseSanitizationRequest release;
    release.set_request_id(common::NewUuidV7());
    release.set_name(asset);
    EXPECT_EQ(ReasonOf(shop->Do(&InventoryStub::ReleaseSanitization, release).status()),
              "NOT_RELEASABLE");
    inv::ReconcileSanitizationRequest reconcile;
    reconcile.set_request_id(common::NewUuidV7());
    reconcile.set_site("sites/main");
    reconcile.add_assets(asset);
    reconcile.set_received_count(1);
    const auto reconciled = shop->Do(&InventoryStub::ReconcileSanitization, reconcile);
    ASSERT_TRUE(reconciled.ok()) << reconciled.status();
    const auto released = shop->Do(&InventoryStub::ReleaseSanitization, release);
    ASSERT_TRUE(released.ok()) << released.status();
    EXPECT_EQ(released->data_device_state(), inv::DATA_DEVICE_STATE_RELEASED);
  }

  static void Test(const std::string& asset) {
    inv::RecordTestRequest test;
    test.set_request_id(common::NewUuidV7());
    test.mutable_test()->set_asset(asset);
    test.mutable_test()->set_plan("phone@3");
    for (const char* function : {"display", "touch", "charging", "microphone"}) {
      inv::FunctionResult* result = test.mutable_test()->add_results();
      result->set_function(function);
      result->set_key(true);
      result->set_outcome(inv::TEST_OUTCOME_PASS);
    }
    const auto tested = shop->Do(&InventoryStub::RecordTest, test);
    ASSERT_TRUE(tested.ok()) << tested.status();
    EXPECT_EQ(tested->functional(), inv::FUNCTIONAL_F3);
  }

  // Inspects the clean screen, confirms, and waits until the outbox has brought it to inventory.
  static void Grade(const std::string& asset) {
    grading::v1::InspectRequest inspect;
    inspect.set_request_id(common::NewUuidV7());
    inspect.set_asset(asset);
    inspect.add_pictures()->set_inline_(DemoPicture("screens/clean.jpg"));
    inspect.mutable_pictures(0)->set_um_per_px(80);
    const auto proposed = shop->Do(&GradingStub::Inspect, inspect);
    ASSERT_TRUE(proposed.ok()) << proposed.status();
    EXPECT_EQ(proposed->state(), grading::v1::INSPECTION_STATE_PROPOSED);
    EXPECT_GT(proposed->cosmetic(), inv::COSMETIC_C1) << proposed->DebugString();
    EXPECT_EQ(shop->Asset(asset)->cosmetic(), inv::COSMETIC_UNSPECIFIED) << "unconfirmed";
    grading::v1::ConfirmInspectionRequest confirm;
    confirm.set_request_id(common::NewUuidV7());
    confirm.set_name(proposed->name());
    confirm.set_version(proposed->version());
    const auto confirmed = shop->Do(&GradingStub::ConfirmInspection, confirm);
    ASSERT_TRUE(confirmed.ok()) << confirmed.status();
    const auto recorded =
        shop->Await([&](const Fact& fact) { return fact.inspection_recorded().asset() == asset; });
    ASSERT_TRUE(recorded.ok()) << recorded.status();
    const auto graded = shop->Asset(asset);
    EXPECT_EQ(graded->cosmetic(), proposed->cosmetic());
    EXPECT_EQ(graded->inspection().inspection(), proposed->name());
    ASSERT_EQ(graded->inspection().evidence_size(), 1);
    EXPECT_EQ(graded->inspection().scale_sha256().size(), 64u);
  }

  static void CreateBuyer() {
    inv::CreatePartyRequest party;
    party.set_request_id(common::NewUuidV7());
    party.mutable_party()->set_name("parties/buyer");
    party.mutable_party()->set_display_name("Buyer");
    party.mutable_party()->add_roles(inv::PARTY_ROLE_CUSTOMER);
    const auto made = shop->Do(&InventoryStub::CreateParty, party);
    ASSERT_TRUE(made.ok()) << made.status();
  }

  static Cluster* cluster;
  static Floor* shop;
  std::string session_;
};

Cluster* WayOfADeviceTest::cluster = nullptr;
Floor* WayOfADeviceTest::shop = nullptr;

TEST_F(WayOfADeviceTest, ScansOfADeviceMakeOneAsset) {
  auto serial = shop->TextScan(session_, "S/N: PXQ7731042");
  serial.set_asset_key("key-of-one-device");
  const auto booked = shop->Scan(serial);
  ASSERT_TRUE(booked.ok()) << booked.status();
  EXPECT_EQ(booked->outcome(), inv::SCAN_OUTCOME_BOOKED) << booked->DebugString();
  auto imei = shop->TextScan(session_, "IMEI: 001010345678906");
  imei.set_asset_key("key-of-one-device");
  const auto added = shop->Scan(imei);
  ASSERT_TRUE(added.ok()) << added.status();
  EXPECT_EQ(added->outcome(), inv::SCAN_OUTCOME_ADDED) << added->DebugString();
  EXPECT_EQ(added->asset(), booked->asset());
  // Without the key it is the same device by its number.
  const auto again = shop->Scan(shop->TextScan(session_, "IMEI: 001010345678906"));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->outcome(), inv::SCAN_OUTCOME_DUPLICATE);
  EXPECT_EQ(again->asset(), booked->asset());
  inv::FindAssetRequest find;
  find.set_site("sites/main");
  find.mutable_identifier()->set_value("PXQ7731042");
  const auto found = shop->Do(&InventoryStub::FindAsset, find);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->name(), booked->asset());
  EXPECT_EQ(found->identifiers_size(), 2) << found->DebugString();
  EXPECT_EQ(found->applicability(), inv::R2_APPLICABILITY_CONTROLLED) << "R-01";
}

TEST_F(WayOfADeviceTest, FromTheDockToASaleAndTheProofOfIt) {
  CreateBuyer();
  const auto booked = shop->Scan(shop->PictureScan(session_, DemoPicture("labels/phone-a9.jpg")));
  ASSERT_TRUE(booked.ok()) << booked.status();
  ASSERT_EQ(booked->outcome(), inv::SCAN_OUTCOME_BOOKED) << booked->DebugString();
  EXPECT_EQ(booked->symbols_size(), 2);
  EXPECT_EQ(booked->scan().picture().sha256().size(), 64u);
  const std::string asset = booked->asset();
  const auto again =
      shop->Scan(shop->PictureScan(session_, DemoPicture("labels/phone-a9-again.jpg")));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->outcome(), inv::SCAN_OUTCOME_DUPLICATE);
  EXPECT_EQ(again->asset(), asset);
  ExpectDecision(asset, inv::NEXT_PROCESS_DATA_SANITIZATION);
  EXPECT_EQ(ReasonOf(Move(asset, "storage")), "DATA_NOT_SECURED");
  EXPECT_TRUE(Move(asset, "cage").ok());
  EXPECT_EQ(ReasonOf(Sell(asset)), "DATA_NOT_SECURED");
  Sanitize(asset);
  EXPECT_EQ(ReasonOf(Sell(asset)), "NOT_READY_FOR_SALE") << "neither tested nor graded";
  ExpectDecision(asset, inv::NEXT_PROCESS_TEST_REPAIR);
  Test(asset);
  ExpectDecision(asset, inv::NEXT_PROCESS_EVALUATE);
  EXPECT_EQ(ReasonOf(Sell(asset)), "NOT_READY_FOR_SALE") << "not graded";
  Grade(asset);
  ExpectDecision(asset, inv::NEXT_PROCESS_REUSE);
  EXPECT_TRUE(Move(asset, "finished-goods").ok());
  ASSERT_TRUE(Sell(asset).ok());
  const auto sold = shop->Asset(asset);
  ASSERT_TRUE(sold.ok()) << sold.status();
  EXPECT_EQ(sold->state(), inv::ASSET_STATE_SOLD);

  const auto checkpoint = shop->Checkpoint(sold->last_sequence());
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  EXPECT_GE(checkpoint->through_sequence(), sold->last_sequence());
  const auto records = shop->VerifyLog(*checkpoint);
  ASSERT_TRUE(records.ok()) << records.status();
  EXPECT_EQ(*records, checkpoint->size());
  const auto kinds = shop->RecordKinds(asset);
  ASSERT_TRUE(kinds.ok()) << kinds.status();
  for (const char* kind :
       {"asset.registered", "asset.moved", "sanitization.recorded", "sanitization.released",
        "test.recorded", "inspection.recorded", "decision.recorded", "asset.departed"}) {
    EXPECT_THAT(*kinds, ::testing::Contains(kind));
  }
  const auto events = shop->VerifyEvents();
  ASSERT_TRUE(events.ok()) << events.status();
  const std::string id = asset.substr(asset.rfind('/') + 1);
  EXPECT_GE(std::count_if(events->begin(), events->end(),
                          [&](const std::string& event) {
                            return event.find("assets/" + id) != std::string::npos;
                          }),
            7);
}

TEST_F(WayOfADeviceTest, AFactOfOneCheckpointStaysInTheNext) {
  const auto first = shop->Scan(shop->TextScan(session_, "S/N: GROWTH0001"));
  ASSERT_TRUE(first.ok()) << first.status();
  const auto older = shop->Checkpoint(first->sequence());
  const auto second = shop->Scan(shop->TextScan(session_, "S/N: GROWTH0002"));
  ASSERT_TRUE(second.ok()) << second.status();
  const auto newer = shop->Checkpoint(second->sequence());
  ASSERT_TRUE(older.ok() && newer.ok()) << older.status() << newer.status();
  ASSERT_LT(older->size(), newer->size());
  EXPECT_TRUE(shop->VerifyGrowth(*older, *newer).ok());
  auto forged = *newer;
  (*forged.mutable_root())[0] = static_cast<char>((*forged.mutable_root())[0] ^ 1);
  EXPECT_EQ(ReasonOf(shop->VerifyGrowth(*older, forged)), "LOG_PROOF_INVALID");
}

}  // namespace
}  // namespace loopdock::e2e
