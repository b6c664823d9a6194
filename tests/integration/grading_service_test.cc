// SPDX-License-Identifier: Apache-2.0
// The grading service on a host, with a real vision worker and an inventory of the test's own.
#include "services/grading/grading_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "services/common/fileio.h"
#include "services/common/hash.h"
#include "services/common/status.h"
#include "services/grading/grading_fsck.h"
#include "services/grading/models.h"
#include "services/vision/pool.h"
#include "tests/tools/hostile_inputs.h"
#include "tests/unit/fake_inventory.h"
#include "tests/unit/grading_host_fixture.h"

namespace loopdock::grading {
namespace {

using common::ReasonOf;
using testing::Eventually;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kAsset[] = "sites/main/assets/000001";

std::string SourceDirectory() {
  const char* directory = std::getenv("LOOPDOCK_SOURCE_DIR");
  return directory == nullptr ? "." : directory;
}

// One pool for all tests: workers take a while to start.
vision::VisionPool& Pool() {
  static const auto kPool = [] {
    auto made = vision::VisionPool::Create({.workers = 1});
    EXPECT_TRUE(made.ok()) << made.status();
    return *std::move(made);
  }();
  return *kPool;
}

class GradingServiceTest : public GradingHostTest<v1::GradingService> {
 protected:
  void SetUp() override {
    GradingHostTest::SetUp();
    inventory_.get_asset = [this](const inventory::v1::GetAssetRequest& request,
                                  inventory::v1::Asset* asset) {
      if (request.name() != kAsset) return absl::NotFoundError("none");
      asset->set_name(kAsset);
      asset->set_state(asset_state_);
      asset->set_category(category_);
      absl::MutexLock lock(&mutex_);
      for (const auto& hold : holds_) {
        auto* added = asset->add_holds();
        added->set_kind(hold.kind());
        added->set_reason(hold.reason());
      }
      return absl::OkStatus();
    };
    inventory_.place_hold = [this](const inventory::v1::PlaceHoldRequest& request,
                                   inventory::v1::Asset*) {
      absl::MutexLock lock(&mutex_);
      holds_.push_back(request);
      return absl::OkStatus();
    };
    inventory_.record_inspection = [this](const inventory::v1::RecordInspectionRequest& request,
                                          inventory::v1::Asset*) {
      absl::MutexLock lock(&mutex_);
      heard_.push_back(request);
      return absl::OkStatus();
    };
    auto models = ReadGradingModels({.folder = SourceDirectory() + "/models/grading", .site = ""});
    ASSERT_TRUE(models.ok()) << models.status();
    grader_ = std::make_unique<Grader>(std::move(models->scales), std::move(models->checklists));
    const VisionWork work = [](std::string picture, vision::v1::Request request) {
      return Pool().Run(std::move(picture), std::move(request));
    };
    inspector_ = std::make_unique<Inspector>(Inspector::Parts{.store = store_.get(),
                                                              .evidence = evidence_.get(),
                                                              .clock = &clock_,
                                                              .vision = work,
                                                              .body_sizes = nullptr,
                                                              .um_per_px = std::nullopt});
    service_ = std::make_unique<GradingService>(
        GradingService::Parts{.store = store_.get(),
                              .committer = committer_.get(),
                              .inspector = inspector_.get(),
                              .grader = grader_.get(),
                              .scale_texts = std::move(models->texts),
                              .vision = work,
                              .evidence = evidence_.get()});
    Serve(*service_,
          [this] { service_->Start(inventory_.Channel(), [](grpc::ClientContext&) {}); });
    const auto picture =
        common::ReadFile(SourceDirectory() + "/tests/data/demo/screens/" + kScreen, 20 << 20);
    ASSERT_TRUE(picture.ok()) << picture.status();
    picture_ = *picture;
  }

  void TearDown() override {
    if (host_ != nullptr) host_->Stop();
    if (service_ != nullptr) service_->Stop();
    GradingHostTest::TearDown();
  }

  static v1::InspectRequest Inspection(const std::vector<std::string>& pictures) {
    v1::InspectRequest request;
    request.set_asset(kAsset);
    request.set_request_id(common::NewUuidV7());
    for (const std::string& picture : pictures) {
      auto* added = request.add_pictures();
      added->set_inline_(picture);
      added->set_um_per_px(80);
    }
    return request;
  }

  absl::StatusOr<v1::Inspection> Inspect(const v1::InspectRequest& request) {
    return Call(&Stub::Inspect, request);
  }

  absl::StatusOr<v1::Inspection> ConfirmLatest(const v1::Inspection& inspection) {
    v1::ConfirmInspectionRequest request;
    request.set_name(inspection.name());
    request.set_version(inspection.version());
    request.set_request_id(common::NewUuidV7());
    return Call(&Stub::ConfirmInspection, request);
  }

  static constexpr char kScreen[] = "scratched.jpg";
  std::string picture_;
  inventory::v1::AssetState asset_state_ = inventory::v1::ASSET_STATE_IN_STOCK;
  absl::Mutex mutex_;
  std::vector<inventory::v1::RecordInspectionRequest> heard_ ABSL_GUARDED_BY(mutex_);
  std::vector<inventory::v1::PlaceHoldRequest> holds_ ABSL_GUARDED_BY(mutex_);
  std::string category_;
  testing::FakeInventory inventory_;
  std::unique_ptr<Grader> grader_;
  std::unique_ptr<Inspector> inspector_;
  std::unique_ptr<GradingService> service_;
};

TEST_F(GradingServiceTest, FromThePictureToInventory) {
  const auto proposed = Inspect(Inspection({picture_}));
  ASSERT_TRUE(proposed.ok()) << proposed.status();
  EXPECT_EQ(proposed->state(), v1::INSPECTION_STATE_PROPOSED);
  EXPECT_EQ(proposed->actor(), "admin");
  EXPECT_EQ(proposed->station(), "bench-1");
  EXPECT_EQ(proposed->scale(), "itad-1@1");
  EXPECT_NE(proposed->cosmetic(), inventory::v1::COSMETIC_UNSPECIFIED);
  EXPECT_THAT(proposed->explanations(), ::testing::Not(IsEmpty()));
  ASSERT_EQ(proposed->pictures_size(), 1);
  const auto& picture = proposed->pictures(0);
  EXPECT_EQ(picture.problem(), "");
  EXPECT_EQ(picture.severities_size(), picture.measurement().defects_size());
  EXPECT_EQ(picture.evidence().media_type(), "image/jpeg");
  EXPECT_EQ(*evidence_->Get("main", picture.evidence().sha256()), picture_);
  EXPECT_FALSE(proposed->versions().measure().empty());
  {
    absl::MutexLock lock(&mutex_);
    EXPECT_THAT(heard_, IsEmpty()) << "unconfirmed grades do not reach inventory";
  }
  const auto confirmed = ConfirmLatest(*proposed);
  ASSERT_TRUE(confirmed.ok()) << confirmed.status();
  EXPECT_EQ(confirmed->version(), 2);
  v1::GetInspectionRequest get;
  get.set_name(proposed->name());
  ASSERT_TRUE(Eventually([&] { return Call(&Stub::GetInspection, get)->recorded(); }));
  get.set_version(1);
  EXPECT_EQ(Call(&Stub::GetInspection, get)->state(), v1::INSPECTION_STATE_PROPOSED);
  get.set_version(9);
  EXPECT_EQ(ReasonOf(Call(&Stub::GetInspection, get).status()), "INSPECTION_NOT_FOUND");
  absl::MutexLock lock(&mutex_);
  ASSERT_THAT(heard_, SizeIs(1));
  EXPECT_EQ(heard_[0].summary().cosmetic(), proposed->cosmetic());
  EXPECT_EQ(heard_[0].summary().confirmed_by(), "admin");
  EXPECT_EQ(heard_[0].summary().evidence(0).sha256(), picture.evidence().sha256());
  EXPECT_EQ(FsckGrading(*store_).problem_count, 0u);
}

TEST_F(GradingServiceTest, TheSameRequestIsMeasuredOnce) {
  const v1::InspectRequest request = Inspection({picture_});
  const auto first = Inspect(request);
  ASSERT_TRUE(first.ok()) << first.status();
  const auto answered = Pool().stats().answered;
  EXPECT_EQ(Inspect(request)->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(Pool().stats().answered, answered);
  v1::InspectRequest altered = request;
  altered.mutable_pictures(0)->set_um_per_px(81);
  EXPECT_EQ(ReasonOf(Inspect(altered).status()), "REQUEST_ID_REUSED");
}

TEST_F(GradingServiceTest, WithoutScaleThereIsNoGrade) {
  v1::InspectRequest request = Inspection({picture_});
  request.mutable_pictures(0)->clear_um_per_px();
  const auto proposed = Inspect(request);
  ASSERT_TRUE(proposed.ok()) << proposed.status();
  EXPECT_EQ(proposed->cosmetic(), inventory::v1::COSMETIC_C0);
  EXPECT_EQ(proposed->reason(), "SCALE_UNKNOWN");
}

TEST_F(GradingServiceTest, BadPicturesAreAProblemOfThePictureOnly) {
  EXPECT_EQ(ReasonOf(Inspect(Inspection({""})).status()), "EVIDENCE_EMPTY");
  for (const std::string& bad :
       {testing::RandomBytes(1000, 7), testing::Truncated(picture_, 0.5),
        testing::PngHeaderOnly(20'000, 20'000), testing::PngHeaderOnly(0, 0)}) {
    const auto proposed = Inspect(Inspection({picture_, bad}));
    ASSERT_TRUE(proposed.ok()) << proposed.status();
    EXPECT_EQ(proposed->cosmetic(), inventory::v1::COSMETIC_C0)
        << "what was not seen is not called clean";
    EXPECT_EQ(proposed->reason(), "IMAGE_QUALITY");
    EXPECT_EQ(proposed->pictures(0).problem(), "");
    EXPECT_NE(proposed->pictures(1).problem(), "");
  }
  EXPECT_EQ(Inspect(Inspection({picture_}))->pictures(0).problem(), "") << "the service lives";
}

TEST_F(GradingServiceTest, RefusesWhatCannotBeInspected) {
  v1::InspectRequest request = Inspection({});
  EXPECT_EQ(ReasonOf(Inspect(request).status()), "INVALID_FIELDS");
  EXPECT_EQ(ReasonOf(Inspect(Inspection(std::vector<std::string>(17, "x"))).status()),
            "INVALID_FIELDS");
  const auto twice = Inspect(Inspection({picture_, picture_}));
  EXPECT_THAT(std::string(twice.status().message()),
              ::testing::HasSubstr("pictures[1]: is the same picture as pictures[0]"));
  request = Inspection({picture_});
  request.mutable_pictures(0)->set_um_per_px(-1);
  EXPECT_EQ(ReasonOf(Inspect(request).status()), "INVALID_FIELDS");
  request = Inspection({picture_});
  request.set_scale("none");
  EXPECT_EQ(ReasonOf(Inspect(request).status()), "SCALE_NOT_FOUND");
  request = Inspection({picture_});
  request.mutable_pictures(0)->set_sha256(std::string(64, 'a'));
  EXPECT_EQ(ReasonOf(Inspect(request).status()), "EVIDENCE_NOT_FOUND");
  request = Inspection({picture_});
  request.set_asset("sites/main/assets/zzz");
  EXPECT_TRUE(absl::IsNotFound(Inspect(request).status()));
  asset_state_ = inventory::v1::ASSET_STATE_SOLD;
  EXPECT_EQ(ReasonOf(Inspect(Inspection({picture_})).status()), "ASSET_NOT_OPEN");
  EXPECT_THAT(Rows(kLatestTable), IsEmpty());
}

TEST_F(GradingServiceTest, AnOverrideNeedsGradeAndReason) {
  ASSERT_TRUE(Propose("r1", Proposed(kAsset)).ok());
  v1::OverrideInspectionRequest request;
  request.set_name("sites/main/inspections/000001");
  request.set_version(1);
  request.set_request_id(common::NewUuidV7());
  const auto refused = Call(&Stub::OverrideInspection, request).status();
  EXPECT_EQ(ReasonOf(refused), "INVALID_FIELDS");
  EXPECT_THAT(std::string(refused.message()), HasSubstr("cosmetic"));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("reason"));
  request.set_cosmetic(inventory::v1::COSMETIC_C6);
  request.set_reason("two\nlines");
  EXPECT_FALSE(Call(&Stub::OverrideInspection, request).ok())
      << "inventory would refuse it for ever";
  request.set_reason("It is dust.");
  EXPECT_EQ(Call(&Stub::OverrideInspection, request)->cosmetic(), inventory::v1::COSMETIC_C6);
  request.set_name("sites/main/assets/000001");
  EXPECT_EQ(ReasonOf(Call(&Stub::OverrideInspection, request).status()), "INVALID_NAME");
}

TEST_F(GradingServiceTest, ListsInPages) {
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(
        Propose("r" + std::to_string(i), Proposed(i % 2 == 0 ? kAsset : "sites/main/assets/other"))
            .ok());
  }
  // A page ends early where it would not fit a message.
  v1::Inspection large = Proposed(kAsset);
  large.add_explanations(std::string(700'000, 'x'));
  ASSERT_TRUE(Propose("l1", large).ok());
  ASSERT_TRUE(Propose("l2", large).ok());
  ASSERT_TRUE(Propose("l3", large).ok());
  for (const auto& [asset, count] : {std::pair{"", 8}, {kAsset, 6}}) {
    for (const int page_size : {0, 2}) {
      v1::ListInspectionsRequest request;
      request.set_site("sites/main");
      request.set_asset(asset);
      request.set_page_size(page_size);
      std::vector<std::string> names;
      do {
        const auto page = Call(&Stub::ListInspections, request);
        ASSERT_TRUE(page.ok()) << page.status();
        EXPECT_LT(page->ByteSizeLong(), std::size_t{2} << 20);
        for (const auto& inspection : page->inspections()) names.push_back(inspection.name());
        request.set_page_token(page->next_page_token());
      } while (!request.page_token().empty());
      EXPECT_THAT(names, SizeIs(count)) << asset << " by " << page_size;
      EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
    }
  }
  v1::ListInspectionsRequest request;
  request.set_site("sites/main");
  request.set_asset("sites/other/assets/1");
  EXPECT_EQ(ReasonOf(Call(&Stub::ListInspections, request).status()), "INVALID_FIELDS");
  request.clear_asset();
  request.set_page_token("nonsense");
  EXPECT_EQ(ReasonOf(Call(&Stub::ListInspections, request).status()), "PAGE_TOKEN_INVALID");
}

TEST_F(GradingServiceTest, AHazardIsHeldOnceAndNotGraded) {
  v1::InspectRequest request = Inspection({picture_});
  auto* answer = request.add_answers();
  answer->set_question("swollen_battery");
  answer->set_answer("yes");
  request.set_category("phone");
  const auto found = Inspect(request);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->cosmetic(), inventory::v1::COSMETIC_C0);
  EXPECT_EQ(found->reason(), "HAZARD_HOLD");
  v1::GetInspectionRequest get;
  get.set_name(found->name());
  ASSERT_TRUE(Eventually([&] { return Call(&Stub::GetInspection, get)->hazard_hold().placed(); }));
  EXPECT_EQ(Inspect(request)->name(), found->name()) << "the same request";
  {
    absl::MutexLock lock(&mutex_);
    ASSERT_THAT(holds_, SizeIs(1));
    EXPECT_EQ(holds_[0].kind(), inventory::v1::HOLD_KIND_HAZARD);
    EXPECT_THAT(holds_[0].reason(), HasSubstr("battery swollen"));
    EXPECT_EQ(holds_[0].evidence_size(), 1);
    EXPECT_THAT(heard_, IsEmpty());
  }
  EXPECT_EQ(ReasonOf(ConfirmLatest(*found).status()), "HAZARD_HOLD");
  EXPECT_EQ(ReasonOf(Inspect(Inspection({picture_})).status()), "HAZARD_HOLD")
      << "until it is released";
  {
    absl::MutexLock lock(&mutex_);
    holds_.clear();
  }
  const auto after = Inspect(Inspection({picture_}));
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_TRUE(ConfirmLatest(*after).ok());
  // The outbox goes on writing for a moment, between two reads of the check.
  EXPECT_TRUE(Eventually([&] { return FsckGrading(*store_).problem_count == 0; }));
}

TEST_F(GradingServiceTest, AGraderEditsAndTheVersionsStay) {
  const auto proposed = Inspect(Inspection({picture_}));
  ASSERT_TRUE(proposed.ok()) << proposed.status();
  ASSERT_GT(proposed->pictures(0).notes_size(), 0);
  v1::EditInspectionRequest edit;
  edit.set_name(proposed->name());
  edit.set_version(1);
  edit.set_request_id(common::NewUuidV7());
  EXPECT_EQ(ReasonOf(Call(&Stub::EditInspection, edit).status()), "INVALID_FIELDS")
      << "nothing to do";
  for (const auto& note : proposed->pictures(0).notes()) {
    edit.add_edits()->set_delete_(note.id());
  }
  edit.set_reason("All of it is dust.");
  const auto edited = Call(&Stub::EditInspection, edit);
  ASSERT_TRUE(edited.ok()) << edited.status();
  EXPECT_EQ(edited->version(), 2);
  EXPECT_EQ(edited->state(), v1::INSPECTION_STATE_PROPOSED);
  EXPECT_EQ(edited->cosmetic(), inventory::v1::COSMETIC_C6);
  EXPECT_EQ(edited->pictures(0).measurement().defects_size(), 0);
  EXPECT_EQ(Call(&Stub::EditInspection, edit)->SerializeAsString(), edited->SerializeAsString());
  v1::GetInspectionRequest get;
  get.set_name(proposed->name());
  get.set_version(1);
  EXPECT_EQ(Call(&Stub::GetInspection, get)->SerializeAsString(), proposed->SerializeAsString());
  edit.set_request_id(common::NewUuidV7());
  EXPECT_EQ(ReasonOf(Call(&Stub::EditInspection, edit).status()), "INSPECTION_CHANGED");
  edit.set_version(2);
  EXPECT_EQ(ReasonOf(Call(&Stub::EditInspection, edit).status()), "DEFECT_NOT_FOUND");
  EXPECT_TRUE(ConfirmLatest(*edited).ok());
}

TEST_F(GradingServiceTest, TheQueueHasWhatAPersonShouldSee) {
  category_ = "phone";
  const auto proposed = Inspect(Inspection({picture_}));
  ASSERT_TRUE(proposed.ok()) << proposed.status();
  EXPECT_TRUE(proposed->needs_review()) << "no answer, no back";
  ASSERT_TRUE(Propose("calm", Proposed(kAsset)).ok());
  v1::ListInspectionsRequest list;
  list.set_site("sites/main");
  list.set_needs_review(true);
  const auto queue = Call(&Stub::ListInspections, list);
  ASSERT_TRUE(queue.ok()) << queue.status();
  ASSERT_EQ(queue->inspections_size(), 1);
  EXPECT_EQ(queue->inspections(0).name(), proposed->name());
  ASSERT_TRUE(ConfirmLatest(*proposed).ok());
  EXPECT_EQ(Call(&Stub::ListInspections, list)->inspections_size(), 0);
  list.set_needs_review(false);
  list.set_state(v1::INSPECTION_STATE_CONFIRMED);
  EXPECT_EQ(Call(&Stub::ListInspections, list)->inspections_size(), 1);
}

TEST_F(GradingServiceTest, TellsItsScalesAndChecklists) {
  const auto scales = Call(&Stub::ListScales, v1::ListScalesRequest());
  ASSERT_TRUE(scales.ok()) << scales.status();
  ASSERT_EQ(scales->scales_size(), 3);
  EXPECT_EQ(scales->scales(0).id(), "itad-1");
  EXPECT_TRUE(scales->scales(0).is_default());
  v1::GetScaleRequest get;
  get.set_id("trade-1");
  const auto trade = Call(&Stub::GetScale, get);
  ASSERT_TRUE(trade.ok()) << trade.status();
  EXPECT_EQ(trade->sha256(), common::Sha256Hex(trade->text()));
  EXPECT_EQ(trade->grades(0).letter(), "A");
  get.set_id("none");
  EXPECT_EQ(ReasonOf(Call(&Stub::GetScale, get).status()), "SCALE_NOT_FOUND");
  v1::ListChecklistsRequest list;
  list.set_category("laptop");
  EXPECT_EQ(Call(&Stub::ListChecklists, list)->checklists_size(), 1);
  v1::InspectRequest wrong = Inspection({picture_});
  wrong.add_answers()->set_question("colour");
  EXPECT_EQ(ReasonOf(Inspect(wrong).status()), "ANSWER_INVALID");
}

TEST_F(GradingServiceTest, ReportsAgreement) {
  const auto first = Inspect(Inspection({picture_}));
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(ConfirmLatest(*first).ok());
  ASSERT_TRUE(Inspect(Inspection({picture_})).ok());
  v1::ReportAgreementRequest request;
  request.set_site("sites/main");
  const auto report = Call(&Stub::ReportAgreement, request);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->inspection_count(), 2);
  EXPECT_EQ(report->camera_and_graders().same_count(), 1);
  EXPECT_EQ(report->camera_repeated().pair_count(), 1);
  EXPECT_EQ(report->camera_repeated().same_count(), 1);
  request.set_scale("other");
  EXPECT_EQ(Call(&Stub::ReportAgreement, request)->inspection_count(), 0);
  request.set_days_between_max(-1);
  EXPECT_EQ(ReasonOf(Call(&Stub::ReportAgreement, request).status()), "INVALID_FIELDS");
}

}  // namespace
}  // namespace loopdock::grading
