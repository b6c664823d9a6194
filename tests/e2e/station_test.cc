// SPDX-License-Identifier: Apache-2.0
// A station from its calibration to the folder that its camera drops pictures into, with the
// program that people use.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "loopdock/grading/v1/stations.grpc.pb.h"
#include "services/common/fileio.h"
#include "services/common/json.h"
#include "services/vision/sheet/board_layout.h"
#include "tests/e2e/floor.h"
#include "tests/integration/receive_process.h"
#include "tests/tools/render/plans.h"

namespace loopdock::e2e {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;
namespace gr = grading::v1;
using testing::ReceiveProcess;

const cv::Size kCamera(1600, 1200);

struct Ended {
  int status = -1;
  std::string said;
};

class StationTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto started = Cluster::Start();
    ASSERT_TRUE(started.ok()) << started.status();
    cluster = started->release();
    shop = new Floor(*cluster);
    folder = cluster->folder() + "/pictures";
    fs::create_directories(folder);
  }
  static void TearDownTestSuite() {
    delete shop;
    delete cluster;
  }

  static std::string NewAsset(const std::string& serial) {
    const auto session = shop->OpenSession();
    if (!session.ok()) return session.status().ToString();
    const auto booked = shop->Scan(shop->TextScan(*session, "S/N: " + serial));
    return booked.ok() ? booked->asset() : booked.status().ToString();
  }
  static std::string LastPart(const std::string& name) { return name.substr(name.rfind('/') + 1); }

  // A device with three scratches on the station's mat, whose lengths come with it.
  static std::string Device(uint64_t seed, std::vector<double>* lengths_mm = nullptr) {
    const std::string mat = vision::BoardName(vision::PhoneMat());
    for (const render::Shot& shot :
         render::PlanScratches({.count = 9, .seed = seed, .width_px = kCamera.width})) {
      if (vision::BoardName(shot.mat) != mat || !shot.model->shows_display) continue;
      for (const auto& defect : shot.defects) {
        if (lengths_mm != nullptr) lengths_mm->push_back(render::LengthMm(defect));
      }
      return render::Jpeg(render::Render(shot).picture);
    }
    return "";
  }
  static std::string Write(const std::string& name, const std::string& bytes) {
    const std::string path = folder + "/" + name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

  static std::vector<std::string> Words(std::vector<std::string> words,
                                        const std::string& service = "grading") {
    for (const char* option : {"--token-file", "--address"}) words.emplace_back(option);
    words.insert(words.end() - 1, cluster->folder() + "/admin.token");
    words.push_back(cluster->to(service).options().address);
    return words;
  }
  static std::unique_ptr<ReceiveProcess> Start(const std::string& command,
                                               std::vector<std::string> words,
                                               const std::string& service = "grading") {
    auto process = ReceiveProcess::Start(Words(std::move(words), service),
                                         ReceiveProcess::Ends::kPipes, command);
    EXPECT_TRUE(process.ok()) << process.status();
    return process.ok() ? *std::move(process) : nullptr;
  }
  static Ended Run(const std::string& command, std::vector<std::string> words,
                   const std::string& service = "grading") {
    const auto process = Start(command, std::move(words), service);
    if (process == nullptr) return {};
    process->CloseInput();
    const int status = process->Wait();
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, process->shown()};
  }

  // What a command that must fail says on its standard error.
  static std::string Refused(const std::string& command, std::vector<std::string> words,
                             const std::string& service = "grading") {
    ::testing::internal::CaptureStderr();
    const Ended ended = Run(command, std::move(words), service);
    std::string said = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(ended.status, 1) << said;
    return said;
  }

  static gr::ListInspectionsRequest AllOf(const std::string& asset) {
    gr::ListInspectionsRequest request;
    request.set_site("sites/main");
    request.set_asset(asset);
    return request;
  }
  static int InspectionsOf(const std::string& asset) {
    const auto list = shop->Do(&GradingStub::ListInspections, AllOf(asset));
    return list.ok() ? list->inspections_size() : -1;
  }

  static Cluster* cluster;
  static Floor* shop;
  static std::string folder;
};

Cluster* StationTest::cluster = nullptr;
Floor* StationTest::shop = nullptr;
std::string StationTest::folder;

TEST_F(StationTest, ACalibratedStationMeasuresByItsMat) {
  const std::string sheet = folder + "/board.pdf";
  Ended ended = Run("station", {"calibrate", "--sheet", sheet});
  ASSERT_EQ(ended.status, 0) << ended.said;
  EXPECT_EQ(common::ReadFile(sheet).value_or("").substr(0, 5), "%PDF-");
  // The sheet's marks as the station's camera sees them from eight sides.
  std::vector<std::string> words = {"calibrate", "--station", "bench-7", "--mat", "phone"};
  for (const cv::Mat& picture : render::RenderCalibration(vision::ChessBoard(), 8, kCamera)) {
    words.push_back(Write(absl::StrCat("board", words.size(), ".jpg"), render::Jpeg(picture)));
  }
  words.emplace_back("--json");
  ended = Run("station", words);
  ASSERT_EQ(ended.status, 0) << ended.said;
  gr::Calibration calibration;
  ASSERT_TRUE(common::JsonToProto(ended.said, &calibration).ok()) << ended.said;
  EXPECT_GT(calibration.reprojection_px(), 0);
  EXPECT_LT(calibration.reprojection_px(), 0.5);
  EXPECT_EQ(calibration.view_reprojection_px_size(), 8);
  EXPECT_GT(calibration.expire_time().seconds(), calibration.create_time().seconds());
  ended = Run("station", {"list"});
  EXPECT_THAT(ended.said, HasSubstr("bench-7"));

  std::vector<double> lengths_mm;
  const std::string picture = Write("device.jpg", Device(50, &lengths_mm));
  const std::string asset = NewAsset("STA0001");
  const std::string refused =
      Refused("inspect", {picture, "--asset", LastPart(asset), "--station", "bench-8"});
  EXPECT_THAT(refused, HasSubstr("[STATION_NOT_CALIBRATED]"));
  EXPECT_THAT(refused, HasSubstr("Calibrated are bench-7."));
  EXPECT_THAT(Refused("station", {"reference", picture, "--model", "X1", "--face", "display",
                                  "--station", "bench-8"}),
              HasSubstr("[STATION_NOT_CALIBRATED]"));
  EXPECT_EQ(InspectionsOf(asset), 0);
  // The desk that this is done at is no camera: measured, and said.
  ASSERT_EQ(setenv("LOOPDOCK_STATION", "desk-1", 1), 0);
  ended = Run("inspect", {picture, "--asset", LastPart(asset), "--face", "display"});
  EXPECT_EQ(ended.status, 0) << ended.said;
  EXPECT_THAT(ended.said, HasSubstr("station desk-1 has no calibration"));
  EXPECT_THAT(ended.said, HasSubstr("phone mat")) << "which mat it was";
  ASSERT_EQ(unsetenv("LOOPDOCK_STATION"), 0);
  ended = Run("inspect", {picture, "--asset", LastPart(asset), "--face", "display", "--station",
                          "bench-7", "--json"});
  ASSERT_EQ(ended.status, 0) << ended.said;
  gr::Inspection inspection;
  ASSERT_TRUE(common::JsonToProto(ended.said, &inspection).ok()) << ended.said;
  EXPECT_EQ(inspection.calibration(), calibration.name());
  const auto& measurement = inspection.pictures(0).measurement();
  EXPECT_EQ(measurement.scale_source(), vision::v1::SCALE_SOURCE_MAT);
  ASSERT_GT(measurement.defects_size(), 0);
  const double measured_mm = measurement.defects(0).length_um() / 1000;
  double nearest = 1e9;
  for (const double length : lengths_mm) {
    nearest = std::min(nearest, std::abs(measured_mm / length - 1));
  }
  EXPECT_LT(nearest, 0.08) << measured_mm << " mm is none of what was drawn";
}

TEST_F(StationTest, AHoldThatTheServerRefusesIsSaid) {
  const std::string asset = LastPart(NewAsset("STA0007"));
  const auto refused = [](std::vector<std::string> words) {
    return Refused("asset", std::move(words), "inventory");
  };
  EXPECT_THAT(refused({"hold", "no-such", "--kind", "hazard", "--reason", "swollen"}),
              HasSubstr("loopdock: [RESOURCE_NOT_FOUND]"));
  EXPECT_THAT(refused({"hold", asset, "--kind", "hazard", "--reason", std::string(5000, 'x')}),
              HasSubstr("loopdock: [INVALID_FIELDS]"));
  EXPECT_THAT(refused({"release-hold", asset, "00000f", "--reason", "taken out"}),
              HasSubstr("loopdock: [HOLD_NOT_FOUND]"));
  const Ended ended =
      Run("asset", {"hold", asset, "--kind", "hazard", "--reason", "swollen"}, "inventory");
  EXPECT_EQ(ended.status, 0) << ended.said;
}

TEST_F(StationTest, AMatIsRecognisedWithoutAStation) {
  const std::string picture = Write("on-the-mat.jpg", Device(50));
  Ended ended = Run("grade", {picture, "--json", "--face", "display"});
  ASSERT_EQ(ended.status, 0) << ended.said;
  EXPECT_THAT(ended.said, HasSubstr("\"scale_source\":\"mat\""));
  EXPECT_THAT(ended.said, HasSubstr("\"reason\":\"LIMIT\""));
  ended = Run("grade", {picture});
  EXPECT_THAT(ended.said, HasSubstr("um a pixel by mat (42 marks)"));
  EXPECT_THAT(ended.said, HasSubstr("--thickness-mm"));
  ended = Run("grade", {picture, "--mat", "tablet"});
  EXPECT_THAT(ended.said, HasSubstr("MAT_NOT_SEEN")) << "whoever names a mat wants that one";
  const std::string asset = LastPart(NewAsset("STA0002"));
  ended = Run("inspect", {picture, "--asset", asset, "--face", "display"});
  EXPECT_THAT(ended.said, HasSubstr("um a pixel by mat (42 marks)"));
  EXPECT_THAT(ended.said, ::testing::Not(HasSubstr("SCALE_UNKNOWN")));
}

TEST_F(StationTest, AHazardIsAskedForHeldAndReleased) {
  Ended ended = Run("inspect", {"checklist", "--category", "phone"});
  ASSERT_EQ(ended.status, 0) << ended.said;
  EXPECT_THAT(ended.said, HasSubstr("swollen_battery"));
  EXPECT_THAT(ended.said, HasSubstr("no yes"));
  const std::string asset = NewAsset("STA0003");
  const std::string picture = Write("hazard.jpg", DemoPicture("screens/scratched.jpg"));
  std::vector<std::string> inspect = {picture, "--asset", LastPart(asset), "--um-per-px", "80"};
  inspect.insert(inspect.end(), {"--check", "swollen_battery=yes"});
  ended = Run("inspect", inspect);
  EXPECT_THAT(ended.said, HasSubstr("HAZARD_HOLD"));
  const auto held = shop->Await([&](const inventory::v1::Fact& fact) {
    return fact.has_hold_placed() && fact.hold_placed().asset() == asset;
  });
  ASSERT_TRUE(held.ok()) << held.status();
  inspect.back() = "swollen_battery=no";
  EXPECT_NE(Run("inspect", inspect).status, 0) << "it is held";
  const std::string hold = shop->Asset(asset)->holds(0).id();
  ended = Run("asset", {"release-hold", LastPart(asset), hold, "--reason", "battery taken out"},
              "inventory");
  ASSERT_EQ(ended.status, 0) << ended.said;
  ended = Run("inspect", inspect);
  EXPECT_EQ(ended.status, 0) << ended.said;
  ended = Run("asset", {"hold", LastPart(asset), "--kind", "recalled", "--reason", "by its maker"},
              "inventory");
  ASSERT_EQ(ended.status, 0) << ended.said;
  EXPECT_EQ(shop->Asset(asset)->holds(0).kind(), inventory::v1::HOLD_KIND_RECALLED);
}

TEST_F(StationTest, AWatchedFolderIsInspectedOnceAFile) {
  const std::string watched = folder + "/watched";
  fs::create_directories(watched);
  const auto watch = Start("inspect", {"--watch", watched, "--settle", "0.2", "--timeout", "3",
                                       "--um-per-px", "80", "--category", "phone"});
  ASSERT_NE(watch, nullptr);
  const auto drop = [&](const std::string& name, const std::string& bytes) {
    fs::rename(Write(name, bytes), watched + "/" + name);
  };
  // Until the watch is set a file would be taken by its age.
  const std::string first = NewAsset("STA0010");
  const std::string picture = DemoPicture("screens/scratched.jpg");
  drop(LastPart(first) + "_display_left.jpg", picture);
  ASSERT_TRUE(watch->Await(LastPart(first) + " (display in light left): C")) << watch->shown();

  // Half a picture waits while others go by.
  const std::string slow = NewAsset("STA0011");
  const std::string slow_file = watched + "/" + LastPart(slow) + "_display.jpg";
  std::ofstream half(slow_file, std::ios::binary);
  half << picture.substr(0, picture.size() / 2) << std::flush;
  // What is no picture by its name is left alone, and said to be.
  drop("notes.txt", "Tuesday");
  ASSERT_TRUE(watch->Await("notes.txt: left alone")) << watch->shown();
  // One that is none is told and kept apart, with the reason beside it.
  drop("nobody_display.jpg", picture);
  ASSERT_TRUE(watch->Await("nobody: ")) << watch->shown();
  EXPECT_EQ(InspectionsOf(slow), 0);
  EXPECT_TRUE(fs::exists(slow_file));
  half << picture.substr(picture.size() / 2);
  half.close();
  ASSERT_TRUE(watch->Await(LastPart(slow) + " (display): C")) << watch->shown();

  // A server that is gone is waited for.
  const std::string late = NewAsset("STA0012");
  cluster->Kill();
  drop(LastPart(late) + "_display.jpg", picture);
  ASSERT_TRUE(watch->Await(LastPart(late) + ": waits, ")) << watch->shown();
  ASSERT_TRUE(cluster->Restart().ok());
  ASSERT_TRUE(watch->Await(LastPart(late) + " (display): C")) << watch->shown();

  watch->Signal(SIGTERM);
  watch->Wait();
  for (const std::string& asset : {first, slow, late}) EXPECT_EQ(InspectionsOf(asset), 1) << asset;
  EXPECT_EQ(shop->Do(&GradingStub::ListInspections, AllOf(first))->inspections(0).category(),
            "phone")
      << "what is said of all is said of each";
  EXPECT_TRUE(fs::exists(watched + "/done/" + LastPart(slow) + "_display.jpg"));
  EXPECT_TRUE(fs::exists(watched + "/failed/nobody_display.jpg"));
  EXPECT_THAT(common::ReadFile(watched + "/failed/nobody.txt").value_or(""),
              HasSubstr("NOT_FOUND"));
}

TEST_F(StationTest, AgreementIsOfATime) {
  const std::string picture = Write("again.jpg", DemoPicture("screens/scratched.jpg"));
  const Ended inspected = Run("inspect", {picture, "--asset", LastPart(NewAsset("STA0020")),
                                          "--um-per-px", "80", "--json"});
  ASSERT_EQ(inspected.status, 0) << inspected.said;
  Ended ended = Run("agreement", {"--from", "2026-01-01"});
  ASSERT_EQ(ended.status, 0) << ended.said;
  EXPECT_THAT(ended.said, ::testing::Not(::testing::StartsWith("0 inspections, ")));
  ended = Run("agreement", {"--until", "2026-01-01T00:00:00Z"});
  EXPECT_THAT(ended.said, ::testing::StartsWith("0 inspections, "));
  ended = Run("agreement", {"--from", "yesterday"});
  EXPECT_EQ(ended.status, 2) << "no time";
}

}  // namespace
}  // namespace loopdock::e2e
