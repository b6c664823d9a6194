// SPDX-License-Identifier: Apache-2.0
// Stations on a host: calibrations and references, with a worker of the test's own.
#include "services/grading/station_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "services/common/proto_time.h"
#include "services/common/status.h"
#include "services/grading/grading_fsck.h"
#include "tests/contract/failing_store.h"
#include "tests/unit/grading_host_fixture.h"
#include "tests/unit/scale_fixture.h"

namespace loopdock::grading {
namespace {

using common::ReasonOf;
using ::testing::HasSubstr;

class StationServiceTest : public GradingHostTest<v1::StationService> {
 protected:
  void SetUp() override {
    GradingHostTest::SetUp();
    disk_store_ = std::make_unique<storage::FailingStore>(store_.get());
    disk_committer_ = std::make_unique<storage::Committer>(
        disk_store_.get(), storage::CommitterOptions{.clock = &clock_});
    evidence_ = std::make_unique<EvidenceStore>(disk_store_.get(), &clock_);
    const VisionWork work = [this](std::string picture, vision::v1::Request request) {
      return Work(picture, request);
    };
    inspector_ = std::make_unique<Inspector>(Inspector::Parts{.store = disk_store_.get(),
                                                              .evidence = evidence_.get(),
                                                              .clock = &clock_,
                                                              .vision = work,
                                                              .body_sizes = nullptr,
                                                              .um_per_px = std::nullopt});
    service_ = std::make_unique<StationService>(
        StationService::Parts{.store = disk_store_.get(),
                              .committer = disk_committer_.get(),
                              .inspector = inspector_.get(),
                              .grader = &grader_,
                              .vision = work,
                              .calibration_holds = absl::Hours(24 * 90),
                              .reprojection_px_max = 1});
    Serve(*service_);
  }

  void TearDown() override {
    GradingHostTest::TearDown();
    disk_committer_->Stop();
  }

  // A worker to whom "board..." shows a board and "phone..." a device.
  absl::StatusOr<vision::v1::Response> Work(const std::string& picture,
                                            const vision::v1::Request& request) {
    if (!worker_fails_.ok()) return worker_fails_;
    vision::v1::Response response;
    response.mutable_versions()->set_pictures("test 1");
    if (request.has_find_board()) {
      if (!picture.starts_with("board")) {
        return common::Error(absl::StatusCode::kInvalidArgument, "IMAGE_TRUNCATED", "no board");
      }
      vision::v1::BoardView& view = *response.mutable_board_view();
      view.set_width_px(picture.ends_with("small") ? 100 : 4000);
      view.set_height_px(3000);
      for (int i = 0; i < 20; ++i) {
        view.add_indices(i);
        view.add_points()->set_x(i);
      }
    } else if (request.has_solve_lens()) {
      EXPECT_EQ(picture, "");
      solved_views_ = request.solve_lens().views_size();
      if (solve_fails_) {
        return common::Error(absl::StatusCode::kInvalidArgument, "VIEWS_TOO_ALIKE", "too alike");
      }
      response.mutable_solved_lens()->set_reprojection_px(reprojection_px_);
      response.mutable_solved_lens()->mutable_lens()->set_fx(3000);
    } else {
      measured_.push_back(request.measure());
      vision::v1::Measurement& measurement = *response.mutable_measurement();
      measurement.mutable_quality()->set_passed(!picture.ends_with("blurred"));
      measurement.mutable_quality()->set_reason("FOCUS");
      measurement.mutable_quality()->set_advice("Wipe the lens.");
      if (picture.ends_with("scratched")) {
        vision::v1::Defect& defect = *measurement.add_defects();
        defect.set_type(vision::v1::DEFECT_TYPE_SCRATCH);
        defect.set_confidence(0.5);
      }
    }
    return response;
  }

  static v1::CalibrateStationRequest Calibration(const std::vector<std::string>& pictures) {
    v1::CalibrateStationRequest request;
    request.set_site("sites/main");
    request.set_request_id(common::NewUuidV7());
    vision::v1::Board& board = *request.mutable_board();
    board.set_kind(vision::v1::BOARD_KIND_CHARUCO);
    board.set_columns(9);
    board.set_rows(6);
    board.set_pitch_um(25'000);
    board.set_mark_um(18'000);
    *request.mutable_mat() = board;
    request.mutable_mat()->set_kind(vision::v1::BOARD_KIND_FRAME);
    for (const std::string& picture : pictures) request.add_pictures()->set_inline_(picture);
    return request;
  }
  static v1::CalibrateStationRequest Good() {
    return Calibration({"board1", "board2", "board3", "board4", "wall"});
  }

  // What an inspection at the station sends to the worker.
  absl::StatusOr<vision::v1::MeasureRequest> Measured(const std::string& model = "",
                                                      vision::v1::Face face = {},
                                                      const std::string& station = "") {
    v1::InspectRequest request;
    request.set_station(station);
    request.set_asset("sites/main/assets/000001");
    request.set_model(model);
    request.add_pictures()->set_inline_("phone");
    request.mutable_pictures(0)->set_face(face);
    common::Caller caller;
    caller.station = "bench-1";
    inspection_.Clear();
    measured_.clear();
    auto status = inspector_->Measure(caller, request, {}, &inspection_);
    if (!status.ok()) return status;
    return measured_.at(0);
  }

  double reprojection_px_ = 0.4;
  bool solve_fails_ = false;
  int solved_views_ = 0;
  std::vector<vision::v1::MeasureRequest> measured_;
  v1::Inspection inspection_;
  // Between the service and the memory driver: a disk that may fail.
  std::unique_ptr<storage::FailingStore> disk_store_;
  std::unique_ptr<storage::Committer> disk_committer_;
  // What the worker answers in place of its work, when set.
  absl::Status worker_fails_;
  const Grader grader_{{*Scale::Parse(ScaleText("itad-1"))},
                       *Checklists::Parse(ScaleText("checklists"))};
  std::unique_ptr<Inspector> inspector_;
  std::unique_ptr<StationService> service_;
};

// The smallest PNG whose chunks are whole; the worker that would check their sums is a fake.
std::string SmallestPng() {
  return {
      "\x89PNG\r\n\x1a\n"
      "\0\0\0\x0dIHDR\0\0\1\0\0\0\1\0\x08\2\0\0\0crc0"
      "\0\0\0\0IDATcrc1"
      "\0\0\0\0IENDcrc2",
      8 + 25 + 12 + 12};
}

TEST_F(StationServiceTest, ACalibrationIsUsedUntilItExpires) {
  EXPECT_FALSE(Measured()->has_lens()) << "none yet";
  const auto made = Call(&Stub::CalibrateStation, Good());
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->name(), "sites/main/calibrations/000001");
  EXPECT_EQ(made->station(), "bench-1") << "the one that calls";
  EXPECT_EQ(made->actor(), "admin");
  EXPECT_EQ(made->reprojection_px(), 0.4);
  EXPECT_EQ(solved_views_, 4) << "the picture of the wall is left out";
  EXPECT_EQ(made->pictures_size(), 4);
  EXPECT_EQ(common::FromProto(made->expire_time()) - common::FromProto(made->create_time()),
            absl::Hours(24 * 90));
  const auto measured = Measured();
  ASSERT_TRUE(measured.ok()) << measured.status();
  EXPECT_EQ(measured->lens().fx(), 3000);
  EXPECT_EQ(measured->mat().kind(), vision::v1::BOARD_KIND_FRAME);
  EXPECT_EQ(inspection_.calibration(), made->name());
  clock_.Advance(absl::Hours(24 * 90));
  const auto expired = Measured().status();
  EXPECT_EQ(ReasonOf(expired), "CALIBRATION_EXPIRED");
  EXPECT_THAT(std::string(expired.message()), HasSubstr("loopdock station calibrate"));
  const auto again = Call(&Stub::CalibrateStation, Good());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(Measured().ok());
  v1::ListCalibrationsRequest list;
  list.set_site("sites/main");
  const auto all = Call(&Stub::ListCalibrations, list);
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_EQ(all->calibrations_size(), 2) << "none is removed";
  EXPECT_FALSE(all->calibrations(0).in_force());
  EXPECT_TRUE(all->calibrations(1).in_force());
  list.set_station("other");
  EXPECT_EQ(Call(&Stub::ListCalibrations, list)->calibrations_size(), 0);
  EXPECT_EQ(FsckGrading(*store_).problem_count, 0u);
}

// A mistyped name was taken for none: millimetres by the catalog, where a calibrated camera was
// meant.
TEST_F(StationServiceTest, AStationThatIsNamedMustBeCalibrated) {
  ASSERT_TRUE(Measured().ok());
  EXPECT_EQ(inspection_.uncalibrated_station(), "bench-1") << "it only calls: measured, and said";
  auto status = Measured("", {}, "bench-l").status();
  EXPECT_EQ(ReasonOf(status), "STATION_NOT_CALIBRATED");
  EXPECT_THAT(std::string(status.message()), HasSubstr("No station has one here"));
  ASSERT_TRUE(Call(&Stub::CalibrateStation, Good()).ok());
  status = Measured("", {}, "bench-l").status();
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("Calibrated are bench-1."));
  EXPECT_TRUE(Measured("", {}, "bench-1")->has_lens());
  EXPECT_EQ(inspection_.uncalibrated_station(), "");
  v1::RegisterReferenceRequest reference;
  reference.set_site("sites/main");
  reference.set_model("A2111");
  reference.set_request_id(common::NewUuidV7());
  reference.mutable_picture()->set_inline_(SmallestPng());
  reference.mutable_picture()->set_face(vision::v1::FACE_BACK);
  reference.set_station("bench-l");
  EXPECT_EQ(ReasonOf(Call(&Stub::RegisterReference, reference).status()), "STATION_NOT_CALIBRATED");
  reference.set_station("two words");
  EXPECT_EQ(ReasonOf(Call(&Stub::RegisterReference, reference).status()), "INVALID_FIELDS");
  reference.set_station("bench-1");
  measured_.clear();
  ASSERT_TRUE(Call(&Stub::RegisterReference, reference).ok());
  EXPECT_TRUE(measured_.at(0).has_lens());
  clock_.Advance(absl::Hours(24 * 90));
  EXPECT_EQ(ReasonOf(Measured("", {}, "bench-1").status()), "CALIBRATION_EXPIRED");
}

TEST_F(StationServiceTest, AStoreThatFailsIsNoStationWithoutCalibration) {
  ASSERT_TRUE(Call(&Stub::CalibrateStation, Good()).ok());
  const std::string row = Row(kCalibrationTable, SiteKey("main", "000001"));
  Overwrite(kCalibrationTable, SiteKey("main", "000001"), "not a calibration\xff");
  const auto corrupt = Measured().status();
  EXPECT_EQ(ReasonOf(corrupt), "RECORD_CORRUPT");
  EXPECT_THAT(std::string(corrupt.message()), HasSubstr("calibration 000001"));
  storage::WriteBatch gone;
  gone.Delete(kCalibrationTable, SiteKey("main", "000001"));
  ASSERT_TRUE(store_->Write(gone).ok());
  EXPECT_EQ(ReasonOf(Measured().status()), "RECORD_CORRUPT") << "its name is there, it is not";
  Overwrite(kCalibrationTable, SiteKey("main", "000001"), row);
  disk_store_->FailReads(common::Error(absl::StatusCode::kUnavailable, "STORE_FAILED", "dead"));
  for (const char* station : {"", "bench-1", "bench-l"}) {
    EXPECT_EQ(ReasonOf(Measured("", {}, station).status()), "STORE_FAILED") << station;
  }
  disk_store_->FailReads(absl::OkStatus());
  EXPECT_TRUE(Measured().ok());
}

TEST_F(StationServiceTest, PicturesOfWhatIsRefusedAreNoEvidence) {
  reprojection_px_ = 1.2;
  EXPECT_EQ(ReasonOf(Call(&Stub::CalibrateStation, Good()).status()), "CALIBRATION_POOR");
  EXPECT_TRUE(Rows(kEvidenceTable).empty());
  v1::RegisterReferenceRequest reference;
  reference.set_site("sites/main");
  reference.set_model("A2111");
  reference.set_request_id(common::NewUuidV7());
  const std::string picture = SmallestPng();
  reference.mutable_picture()->set_inline_(picture + "blurred");
  reference.mutable_picture()->set_face(vision::v1::FACE_BACK);
  EXPECT_EQ(ReasonOf(Call(&Stub::RegisterReference, reference).status()), "REFERENCE_UNFIT");
  EXPECT_TRUE(Rows(kEvidenceTable).empty());
  reprojection_px_ = 0.4;
  const auto made = Call(&Stub::CalibrateStation, Good());
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(Rows(kEvidenceTable).size(), 4u) << "not the picture of the wall";
  for (const auto& kept : made->pictures()) EXPECT_EQ(kept.purpose(), "calibration");
}

TEST_F(StationServiceTest, APoorCalibrationIsRefusedAndNotKept) {
  const auto refused = [&](const v1::CalibrateStationRequest& request) {
    const auto status = Call(&Stub::CalibrateStation, request).status();
    EXPECT_EQ(ReasonOf(status), "CALIBRATION_POOR");
    return std::string(status.message());
  };
  EXPECT_THAT(refused(Calibration({"board1", "board2", "board3", "wall"})),
              HasSubstr("picture 4 (IMAGE_TRUNCATED)"));
  EXPECT_THAT(refused(Calibration({"board1", "board2", "board3", "board4small"})),
              HasSubstr("another size"));
  reprojection_px_ = 1.2;
  EXPECT_THAT(refused(Good()), HasSubstr("1.20 pixels"));
  reprojection_px_ = std::nan("");
  refused(Good());
  solve_fails_ = true;
  EXPECT_THAT(refused(Good()), HasSubstr("too alike"));
  EXPECT_TRUE(Rows(kCalibrationTable).empty());
  EXPECT_FALSE(Measured()->has_lens());
}

TEST_F(StationServiceTest, TheSameRequestCalibratesOnce) {
  const v1::CalibrateStationRequest request = Good();
  const auto first = Call(&Stub::CalibrateStation, request);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(Call(&Stub::CalibrateStation, request)->name(), first->name());
  v1::CalibrateStationRequest other = request;
  other.set_station("bench-2");
  EXPECT_EQ(ReasonOf(Call(&Stub::CalibrateStation, other).status()), "REQUEST_ID_REUSED");
  EXPECT_EQ(Rows(kCalibrationTable).size(), 1u);
}

TEST_F(StationServiceTest, RefusesWhatIsNoBoardOrNoStation) {
  const auto invalid = [&](auto spoil) {
    v1::CalibrateStationRequest request = Good();
    spoil(request);
    EXPECT_EQ(ReasonOf(Call(&Stub::CalibrateStation, request).status()), "INVALID_FIELDS");
  };
  invalid([](auto& request) { request.set_station("two words"); });
  invalid([](auto& request) { request.mutable_board()->clear_kind(); });
  invalid([](auto& request) { request.mutable_board()->set_columns(1); });
  invalid([](auto& request) { request.mutable_board()->set_rows(1000); });
  invalid([](auto& request) { request.mutable_board()->set_mark_um(30'000); });
  invalid([](auto& request) { request.mutable_board()->set_pitch_um(std::nan("")); });
  invalid([](auto& request) { request.mutable_mat()->set_first_id(-1); });
  invalid([](auto& request) { request.mutable_pictures()->DeleteSubrange(0, 2); });
  invalid([](auto& request) { request.mutable_pictures(0)->clear_source(); });
}

TEST_F(StationServiceTest, AReferenceIsUsedForItsModelAndFace) {
  v1::RegisterReferenceRequest request;
  request.set_site("sites/main");
  request.set_model("A2111");
  request.set_request_id(common::NewUuidV7());
  const std::string picture = SmallestPng();
  request.mutable_picture()->set_inline_(picture);
  EXPECT_EQ(ReasonOf(Call(&Stub::RegisterReference, request).status()), "INVALID_FIELDS")
      << "which face?";
  request.mutable_picture()->set_face(vision::v1::FACE_BACK);
  const auto kept = Call(&Stub::RegisterReference, request);
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(kept->name(), "sites/main/references/000001");
  EXPECT_EQ(Measured("A2111", vision::v1::FACE_BACK)->reference(), picture);
  EXPECT_EQ(inspection_.pictures(0).reference(), kept->name());
  EXPECT_EQ(Measured("A2111", vision::v1::FACE_DISPLAY)->reference(), "");
  EXPECT_EQ(Measured("A1633", vision::v1::FACE_BACK)->reference(), "");
  EXPECT_EQ(Measured("A2111")->reference(), "") << "a face that nobody named";
  v1::ListReferencesRequest list;
  list.set_site("sites/main");
  list.set_model("A2111");
  ASSERT_EQ(Call(&Stub::ListReferences, list)->references_size(), 1);
  EXPECT_TRUE(Call(&Stub::ListReferences, list)->references(0).in_force());
  // A picture that the gate refuses, and one that is no picture.
  request.set_request_id(common::NewUuidV7());
  request.mutable_picture()->set_inline_(picture + "blurred");
  EXPECT_EQ(ReasonOf(Call(&Stub::RegisterReference, request).status()), "REFERENCE_UNFIT");
  // What a reference shows is never called damage.
  request.mutable_picture()->set_inline_(picture + "scratched");
  const absl::Status damaged = Call(&Stub::RegisterReference, request).status();
  EXPECT_EQ(ReasonOf(damaged), "REFERENCE_UNFIT");
  EXPECT_THAT(std::string(damaged.message()), HasSubstr("a scratch"));
  request.mutable_picture()->set_inline_("text");
  EXPECT_EQ(ReasonOf(Call(&Stub::RegisterReference, request).status()), "REFERENCE_UNFIT");
  request.mutable_picture()->set_inline_(picture.substr(0, picture.size() / 2));
  const absl::Status half = Call(&Stub::RegisterReference, request).status();
  EXPECT_EQ(ReasonOf(half), "REFERENCE_UNFIT");
  EXPECT_NE(std::string(half.message()).find("IMAGE_TRUNCATED"), std::string::npos) << half;
  EXPECT_EQ(FsckGrading(*store_).problem_count, 0u);
}

// What says nothing of the pictures is the call's error, to be tried again, and keeps nothing.
TEST_F(StationServiceTest, AWorkerThatDiesKeepsNothing) {
  const auto died = [](absl::StatusCode code, const char* reason) {
    return common::Error(code, reason, "as the pool says it");
  };
  v1::RegisterReferenceRequest reference;
  reference.set_site("sites/main");
  reference.set_model("A9");
  reference.mutable_picture()->set_inline_(SmallestPng());
  reference.mutable_picture()->set_face(vision::v1::FACE_BACK);
  for (const absl::Status& status : {died(absl::StatusCode::kUnavailable, "WORKER_UNAVAILABLE"),
                                     died(absl::StatusCode::kResourceExhausted, "OVERLOADED"),
                                     died(absl::StatusCode::kInternal, "WORKER_FAILED")}) {
    worker_fails_ = status;
    EXPECT_EQ(ReasonOf(Call(&Stub::CalibrateStation, Good()).status()), ReasonOf(status));
    reference.set_request_id(common::NewUuidV7());
    EXPECT_EQ(ReasonOf(Call(&Stub::RegisterReference, reference).status()), ReasonOf(status));
  }
  // Twice on the same picture: then it is the picture's fault.
  worker_fails_ = died(absl::StatusCode::kInvalidArgument, "DECODER_CRASHED");
  const auto poor = Call(&Stub::CalibrateStation, Good()).status();
  EXPECT_EQ(ReasonOf(poor), "CALIBRATION_POOR");
  EXPECT_THAT(std::string(poor.message()), HasSubstr("DECODER_CRASHED"));
  EXPECT_TRUE(Rows(kCalibrationTable).empty());
  EXPECT_TRUE(Rows(kReferenceTable).empty());
  worker_fails_ = absl::OkStatus();
  EXPECT_TRUE(Call(&Stub::CalibrateStation, Good()).ok()) << "and the next one is as ever";
}

TEST_F(StationServiceTest, AFullDiskKeepsNothingAndSaysSo) {
  const absl::Status full =
      common::Error(absl::StatusCode::kUnavailable, "STORE_IO", "no space is left");
  // At each write: the pictures one after the other, and the record.
  for (int write = 1; write <= 6; ++write) {
    // New ones each time: what is kept already is not written again.
    std::vector<std::string> pictures;
    for (int i = 0; i < 5; ++i) pictures.push_back(absl::StrCat("board", write, "-", i));
    disk_store_->FailFrom(write, full);
    EXPECT_EQ(ReasonOf(Call(&Stub::CalibrateStation, Calibration(pictures)).status()),
              write < 6 ? "STORE_IO" : "STORE_FAILED")
        << write;
    EXPECT_TRUE(Rows(kCalibrationTable).empty()) << write;
    EXPECT_TRUE(Rows(kStationTable).empty()) << write;
  }
}

}  // namespace
}  // namespace loopdock::grading
