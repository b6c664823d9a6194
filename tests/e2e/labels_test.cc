// SPDX-License-Identifier: Apache-2.0
// A label that leaves the device in doubt, from the question to the booking; and what is known of
// devices by their numbers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/common/ids.h"
#include "services/common/status.h"
#include "tests/e2e/floor.h"

namespace loopdock::e2e {
namespace {

using common::ReasonOf;
using ::testing::HasSubstr;
namespace inv = inventory::v1;

class LabelsTest : public ::testing::Test {
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

  absl::StatusOr<intake::v1::FindDeviceFactsResponse> Find(const std::vector<std::string>& keys,
                                                           const std::string& category = "") {
    intake::v1::FindDeviceFactsRequest request;
    request.set_site("sites/main");
    for (const std::string& key : keys) request.add_keys(key);
    request.set_category(category);
    intake::v1::FindDeviceFactsResponse response;
    const absl::Status status = cluster->to("intake").Call([&](grpc::ClientContext& context) {
      return shop->intake().FindDeviceFacts(&context, request, &response);
    });
    if (!status.ok()) return status;
    return response;
  }

  static Cluster* cluster;
  static Floor* shop;
  std::string session_;
};

Cluster* LabelsTest::cluster = nullptr;
Floor* LabelsTest::shop = nullptr;

TEST_F(LabelsTest, APersonChoosesAndThenItIsBooked) {
  const std::string two_serials =
      "[)>\x1e"
      "06\x1d"
      "1PLAT-7400\x1dSAB12345\x1dSCD67890\x1e\x04";
  const auto asked = shop->Scan(shop->TextScan(session_, two_serials));
  ASSERT_TRUE(asked.ok()) << asked.status();
  EXPECT_EQ(asked->outcome(), inv::SCAN_OUTCOME_CHOICE);
  EXPECT_EQ(asked->asset(), "");
  EXPECT_THAT(asked->message(), HasSubstr("serial is AB12345 or CD67890"));
  ASSERT_GE(asked->scan().understanding().readings_size(), 1);
  EXPECT_EQ(asked->scan().understanding().readings(0).runner_up(), "CD67890");

  auto answer = shop->TextScan(session_, two_serials);
  (*answer.mutable_choices())["serial"] = "CD67890";
  const auto booked = shop->Scan(answer);
  ASSERT_TRUE(booked.ok()) << booked.status();
  EXPECT_EQ(booked->outcome(), inv::SCAN_OUTCOME_BOOKED);
  const auto asset = shop->Asset(booked->asset());
  ASSERT_TRUE(asset.ok()) << asset.status();
  ASSERT_GE(asset->identifiers_size(), 1);
  EXPECT_EQ(asset->identifiers(0).value(), "CD67890");

  auto wrong = shop->TextScan(session_, two_serials);
  (*wrong.mutable_choices())["imei"] = "1";
  EXPECT_EQ(ReasonOf(shop->ScanOnce(wrong).status()), "INVALID_FIELDS");
}

TEST_F(LabelsTest, FactsOfADevice) {
  const auto project = Find({"no such key", "a2172"});
  ASSERT_TRUE(project.ok()) << project.status();
  EXPECT_EQ(project->origin(), "project");
  EXPECT_EQ(project->key(), "A2172");
  EXPECT_EQ(project->entry().mass_g(), 164);
  EXPECT_EQ(project->entry().name(), "");

  inv::SetCatalogEntryRequest set;
  set.set_site("sites/main");
  set.set_request_id(common::NewUuidV7());
  set.mutable_entry()->set_maker("Acme");
  set.mutable_entry()->set_model("Pad 10");
  set.mutable_entry()->add_keys("04006381333931");
  set.mutable_entry()->set_mass_g(480);
  set.mutable_entry()->set_category("tablet");
  const auto added = shop->Do(&InventoryStub::SetCatalogEntry, set);
  ASSERT_TRUE(added.ok()) << added.status();
  const auto site = Find({"A2172", "4006381333931"});
  ASSERT_TRUE(site.ok()) << site.status();
  EXPECT_EQ(site->origin(), "site") << "the site's own goes before the project's";
  EXPECT_EQ(site->entry().name(), added->name());

  EXPECT_EQ(Find({"no such key"}, "laptop")->origin(), "category");
  EXPECT_EQ(ReasonOf(Find({"no such key"}).status()), "RESOURCE_NOT_FOUND");
  EXPECT_EQ(ReasonOf(Find({}).status()), "INVALID_FIELDS");
  EXPECT_EQ(ReasonOf(Find({std::string(257, 'x')}).status()), "INVALID_FIELDS");
  EXPECT_EQ(ReasonOf(Find(std::vector<std::string>(17, "x")).status()), "INVALID_FIELDS");

  // A carton's bars give category and mass to what is booked.
  const auto scanned = shop->Scan(shop->TextScan(session_,
                                                 "]C10104006381333931"
                                                 "21PAD0001"));
  ASSERT_TRUE(scanned.ok()) << scanned.status();
  const auto asset = shop->Asset(scanned->asset());
  ASSERT_TRUE(asset.ok()) << asset.status();
  EXPECT_EQ(asset->category(), "tablet");
  EXPECT_EQ(asset->mass_g(), 480);
  EXPECT_EQ(asset->maker(), "Acme");
}

// A serial number is its product's: GS1 General Specifications, SGTIN.
TEST_F(LabelsTest, OneSerialOfTwoProductsIsTwoDevicesAndOfOneProductIsOne) {
  const auto first = shop->Scan(shop->TextScan(session_, "]C1010950600013435221SER-77"));
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->outcome(), inv::SCAN_OUTCOME_BOOKED) << first->message();
  const auto other = shop->Scan(shop->TextScan(session_, "]C1010950600013437621SER-77"));
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_EQ(other->outcome(), inv::SCAN_OUTCOME_BOOKED) << other->message();
  EXPECT_NE(other->asset(), first->asset());

  // The same device says the same in another symbol.
  const auto again =
      shop->Scan(shop->TextScan(session_, "https://id.gs1.org/01/09506000134352/21/SER-77"));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->outcome(), inv::SCAN_OUTCOME_DUPLICATE) << again->message();
  EXPECT_EQ(again->asset(), first->asset());

  // Without its product the number fits both: a person says which.
  const auto bare = shop->Scan(shop->TextScan(session_, "S/N: SER-77"));
  ASSERT_TRUE(bare.ok()) << bare.status();
  EXPECT_EQ(bare->outcome(), inv::SCAN_OUTCOME_CHOICE) << bare->message();
  EXPECT_EQ(bare->asset(), "");
}

TEST_F(LabelsTest, WhatNamesNoDeviceIsAsked) {
  // A part number, no IMEI by its check digit, and a model number of the project's catalog.
  for (const char* text : {"1PLAT-7400", "490154203237517", "A2172"}) {
    SCOPED_TRACE(text);
    const auto asked = shop->Scan(shop->TextScan(session_, text));
    ASSERT_TRUE(asked.ok()) << asked.status();
    EXPECT_EQ(asked->outcome(), inv::SCAN_OUTCOME_CHOICE) << asked->message();
    EXPECT_EQ(asked->asset(), "");
  }
  inv::GetSessionRequest get;
  get.set_name(session_);
  const auto session = shop->Do(&InventoryStub::GetSession, get);
  ASSERT_TRUE(session.ok()) << session.status();
  EXPECT_EQ(session->choice_count(), 3);
  EXPECT_EQ(session->asset_count(), 0);
}

}  // namespace
}  // namespace loopdock::e2e
