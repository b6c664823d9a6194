// SPDX-License-Identifier: Apache-2.0
// The grader's day: pictures, a checklist, an edit, a word, a hazard, a station.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "loopdock/grading/v1/stations.grpc.pb.h"
#include "services/common/ids.h"
#include "services/common/status.h"
#include "tests/e2e/floor.h"

namespace loopdock::e2e {
namespace {

using common::ReasonOf;
using ::testing::HasSubstr;
namespace inv = inventory::v1;
namespace gr = grading::v1;

class GradingTest : public ::testing::Test {
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

  // A phone that the dock has just scanned.
  static std::string NewAsset(const std::string& serial) {
    const auto session = shop->OpenSession();
    if (!session.ok()) return session.status().ToString();
    const auto booked = shop->Scan(shop->TextScan(*session, "S/N: " + serial));
    return booked.ok() ? booked->asset() : booked.status().ToString();
  }

  static gr::InspectRequest Inspection(const std::string& asset) {
    gr::InspectRequest request;
    request.set_asset(asset);
    request.set_category("phone");
    request.set_request_id(common::NewUuidV7());
    auto* picture = request.add_pictures();
    picture->set_inline_(DemoPicture("screens/scratched.jpg"));
    picture->set_um_per_px(80);
    picture->set_face(vision::v1::FACE_DISPLAY);
    return request;
  }
  static void Answer(gr::InspectRequest& request, const std::string& question,
                     const std::string& answer) {
    auto* added = request.add_answers();
    added->set_question(question);
    added->set_answer(answer);
  }
  static absl::StatusOr<gr::Inspection> Confirm(const gr::Inspection& inspection) {
    gr::ConfirmInspectionRequest request;
    request.set_name(inspection.name());
    request.set_version(inspection.version());
    request.set_request_id(common::NewUuidV7());
    return shop->Do(&GradingStub::ConfirmInspection, request);
  }

  static Cluster* cluster;
  static Floor* shop;
};

Cluster* GradingTest::cluster = nullptr;
Floor* GradingTest::shop = nullptr;

TEST_F(GradingTest, FromPicturesThroughAnEditToInventory) {
  const std::string asset = NewAsset("GRD0001");
  gr::InspectRequest request = Inspection(asset);
  Answer(request, "swollen_battery", "no");
  const auto proposed = shop->Do(&GradingStub::Inspect, request);
  ASSERT_TRUE(proposed.ok()) << proposed.status();
  EXPECT_TRUE(proposed->needs_review()) << "no picture shows back and sides";
  ASSERT_GT(proposed->pictures(0).notes_size(), 0);
  EXPECT_THAT(proposed->explanations(0), ::testing::StartsWith("C")) << "the limit that decided";

  gr::EditInspectionRequest edit;
  edit.set_name(proposed->name());
  edit.set_version(1);
  edit.set_request_id(common::NewUuidV7());
  edit.add_edits()->set_confirm(proposed->pictures(0).notes(0).id());
  edit.add_answers()->set_question("bent");
  edit.mutable_answers(0)->set_answer("yes");
  const auto edited = shop->Do(&GradingStub::EditInspection, edit);
  ASSERT_TRUE(edited.ok()) << edited.status();
  EXPECT_EQ(edited->cosmetic(), inv::COSMETIC_C1);
  EXPECT_EQ(edited->version(), 2);

  gr::DrawInspectionRequest draw;
  draw.set_name(proposed->name());
  const auto drawn = shop->Do(&GradingStub::DrawInspection, draw);
  ASSERT_TRUE(drawn.ok()) << drawn.status();
  EXPECT_EQ(drawn->jpeg().substr(0, 2), "\xff\xd8");
  draw.set_picture(1);
  EXPECT_EQ(ReasonOf(shop->Do(&GradingStub::DrawInspection, draw).status()), "INVALID_FIELDS");

  const auto confirmed = Confirm(*edited);
  ASSERT_TRUE(confirmed.ok()) << confirmed.status();
  const auto heard = shop->Await([&](const inv::Fact& fact) {
    return fact.has_inspection_recorded() && fact.inspection_recorded().asset() == asset;
  });
  ASSERT_TRUE(heard.ok()) << heard.status();
  EXPECT_EQ(shop->Asset(asset)->cosmetic(), inv::COSMETIC_C1);

  gr::ReportAgreementRequest report;
  report.set_site("sites/main");
  const auto agreement = shop->Do(&GradingStub::ReportAgreement, report);
  ASSERT_TRUE(agreement.ok()) << agreement.status();
  EXPECT_GE(agreement->camera_and_graders().pair_count(), 1);
}

TEST_F(GradingTest, AHazardStopsTheLineUntilItIsReleased) {
  const std::string asset = NewAsset("GRD0002");
  gr::InspectRequest request = Inspection(asset);
  Answer(request, "swollen_battery", "yes");
  const auto found = shop->Do(&GradingStub::Inspect, request);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->reason(), "HAZARD_HOLD");
  const auto held = shop->Await([&](const inv::Fact& fact) {
    return fact.has_hold_placed() && fact.hold_placed().asset() == asset;
  });
  ASSERT_TRUE(held.ok()) << held.status();
  const auto asset_held = shop->Asset(asset);
  ASSERT_TRUE(asset_held.ok()) << asset_held.status();
  ASSERT_EQ(asset_held->holds_size(), 1);
  EXPECT_EQ(asset_held->holds(0).kind(), inv::HOLD_KIND_HAZARD);
  EXPECT_EQ(ReasonOf(shop->Do(&GradingStub::Inspect, Inspection(asset)).status()), "HAZARD_HOLD");
  EXPECT_EQ(ReasonOf(Confirm(*found).status()), "HAZARD_HOLD");
  inv::ReleaseHoldRequest release;
  release.set_name(asset);
  release.set_hold_id(asset_held->holds(0).id());
  release.set_reason("The battery was taken out.");
  release.set_request_id(common::NewUuidV7());
  ASSERT_TRUE(shop->Do(&InventoryStub::ReleaseHold, release).ok());
  const auto again = shop->Do(&GradingStub::Inspect, Inspection(asset));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(Confirm(*again).ok());
}

TEST_F(GradingTest, ABoardThatIsNotSeenCalibratesNothing) {
  const auto stub = gr::StationService::NewStub(cluster->to("grading").channel());
  gr::CalibrateStationRequest request;
  request.set_site("sites/main");
  request.set_station("bench-1");
  request.set_request_id(common::NewUuidV7());
  auto& board = *request.mutable_board();
  board.set_kind(vision::v1::BOARD_KIND_CHARUCO);
  board.set_columns(12);
  board.set_rows(8);
  board.set_pitch_um(20'000);
  board.set_mark_um(14'000);
  board.set_first_id(120);
  for (int i = 0; i < 4; ++i) {
    request.add_pictures()->set_inline_(DemoPicture("screens/scratched.jpg"));
  }
  const auto refused =
      cluster->to("grading").Ask(*stub, &gr::StationService::Stub::CalibrateStation, request);
  EXPECT_EQ(ReasonOf(refused.status()), "CALIBRATION_POOR");
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("0 pictures"));
  gr::ListCalibrationsRequest list;
  list.set_site("sites/main");
  const auto none =
      cluster->to("grading").Ask(*stub, &gr::StationService::Stub::ListCalibrations, list);
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_EQ(none->calibrations_size(), 0);
}

}  // namespace
}  // namespace loopdock::e2e
