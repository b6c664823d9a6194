// SPDX-License-Identifier: Apache-2.0
// The service of results on a host, with an inventory of the test's own that keeps what is
// idempotent: every record reaches it once or waits for a person.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/common/hash.h"
#include "services/common/status.h"
#include "services/grading/grading_fsck.h"
#include "services/grading/result_service.h"
#include "tests/unit/fake_inventory.h"
#include "tests/unit/grading_host_fixture.h"
#include "tests/unit/results_fixture.h"
#include "tests/unit/results_inventory.h"

namespace loopdock::grading {
namespace {

using common::ReasonOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::Eventually;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ResultServiceTest : public GradingHostTest<v1::ResultService> {
 protected:
  void SetUp() override {
    GradingHostTest::SetUp();
    service_ = std::make_unique<ResultService>(
        ResultService::Parts{.store = store_.get(),
                             .committer = committer_.get(),
                             .evidence = evidence_.get(),
                             .clock = &clock_},
        *FunctionPlan::Parse(ResultSourceFile("models/grading/functions.toml")));
    Serve(*service_, [this] {
      service_->Start(inventory_.Channel(), [](grpc::ClientContext&) {},
                      {.min = absl::Milliseconds(1), .max = absl::Milliseconds(4)});
    });
  }

  void TearDown() override {
    if (host_ != nullptr) host_->Stop();
    if (service_ != nullptr) service_->Stop();
    EXPECT_THAT(FsckGrading(*store_).problems, IsEmpty());
    GradingHostTest::TearDown();
  }

  static v1::ImportResultsRequest ImportOf(const std::string& bytes) {
    v1::ImportResultsRequest request;
    request.set_site("sites/main");
    request.set_data(bytes);
    request.set_file_name("file");
    request.set_request_id(common::NewUuidV7());
    return request;
  }
  absl::StatusOr<v1::ImportResultsResponse> Import(const std::string& bytes) {
    return Call(&Stub::ImportResults, ImportOf(bytes));
  }

  std::vector<v1::Result> Queue() {
    v1::ListUnmatchedResultsRequest list;
    list.set_site("sites/main");
    const auto page = Call(&Stub::ListUnmatchedResults, list);
    EXPECT_TRUE(page.ok()) << page.status();
    return {page->results().begin(), page->results().end()};
  }
  v1::Result Now(const v1::Result& result) {
    v1::GetResultRequest get;
    get.set_name(result.name());
    const auto now = Call(&Stub::GetResult, get);
    EXPECT_TRUE(now.ok()) << now.status();
    return *now;
  }
  bool Settles(const v1::Result& result, v1::ResultState state) {
    return Eventually([&] { return Now(result).state() == state; });
  }
  absl::StatusOr<v1::Result> Match(const v1::Result& result, const std::string& asset,
                                   bool is_host = false) {
    v1::MatchResultRequest request;
    request.set_name(result.name());
    request.set_asset(asset);
    request.set_is_host(is_host);
    request.set_etag(result.etag());
    request.set_request_id(common::NewUuidV7());
    return Call(&Stub::MatchResult, request);
  }
  static v1::DismissResultRequest Dismissal(const v1::Result& result, const std::string& reason) {
    v1::DismissResultRequest request;
    request.set_name(result.name());
    request.set_etag(result.etag());
    request.set_reason(reason);
    request.set_request_id(common::NewUuidV7());
    return request;
  }

  testing::ResultsInventory inventory_;
  std::unique_ptr<ResultService> service_;
};

constexpr char kWipe[] = "drive serial,result,tool\nD1,erased,wiper\n";
constexpr char kTest[] = "serial,category,test:power,test:image\nM1,monitor,pass,pass\n";

TEST_F(ResultServiceTest, AWipeOfAKnownDriveReachesInventoryOnce) {
  const std::string drive = inventory_.Have("D1");
  const auto imported = Import(kWipe);
  ASSERT_TRUE(imported.ok()) << imported.status();
  EXPECT_EQ(imported->record_count(), 1);
  EXPECT_EQ(imported->matched_count(), 1);
  EXPECT_EQ(imported->evidence().sha256(), common::Sha256Hex(kWipe));
  ASSERT_TRUE(Settles(imported->results(0), v1::RESULT_STATE_RECORDED));
  EXPECT_THAT(inventory_.Effects(),
              ElementsAre("BeginProcess " + drive, "RecordSanitization " + drive));
  ASSERT_THAT(inventory_.sanitizations, SizeIs(1));
  const auto& done = inventory_.sanitizations[0];
  EXPECT_EQ(done.operator_(), "admin") << "the file names nobody";
  EXPECT_EQ(done.media_serial(), "D1");
  EXPECT_TRUE(done.succeeded());
  EXPECT_EQ(done.evidence(0).sha256(), common::Sha256Hex(kWipe));
  const auto again = Import(kWipe);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->existing_count(), 1);
  EXPECT_EQ(again->matched_count(), 1);
  EXPECT_THAT(inventory_.Effects(), SizeIs(2));
  EXPECT_THAT(Queue(), IsEmpty());
}

TEST_F(ResultServiceTest, AnswersThatGetLostHaveOneEffect) {
  inventory_.Have("D1");
  inventory_.LoseAnswers(true);
  const auto imported = Import(kWipe);
  ASSERT_TRUE(imported.ok()) << imported.status();
  ASSERT_TRUE(Eventually([&] { return !inventory_.Effects().empty(); }));
  EXPECT_EQ(Now(imported->results(0)).state(), v1::RESULT_STATE_MATCHED);
  inventory_.LoseAnswers(false);
  ASSERT_TRUE(Settles(imported->results(0), v1::RESULT_STATE_RECORDED));
  EXPECT_THAT(inventory_.Effects(), SizeIs(2));
}

TEST_F(ResultServiceTest, ATestNamesEveryKeyFunction) {
  inventory_.Have("M1");
  const auto imported = Import(kTest);
  ASSERT_TRUE(imported.ok()) << imported.status();
  ASSERT_TRUE(Settles(imported->results(0), v1::RESULT_STATE_RECORDED));
  EXPECT_EQ(Now(imported->results(0)).functional(), inventory::v1::FUNCTIONAL_F3);
  ASSERT_THAT(inventory_.tests, SizeIs(1));
  const auto& test = inventory_.tests[0];
  EXPECT_EQ(test.plan(), "functions@1");
  ASSERT_EQ(test.results_size(), 3);
  EXPECT_EQ(test.results(2).function(), "inputs");
  EXPECT_TRUE(test.results(2).key());
  EXPECT_EQ(test.results(2).outcome(), inventory::v1::TEST_OUTCOME_UNSPECIFIED);
}

TEST_F(ResultServiceTest, ANewDriveOfAKnownDeviceIsMadeInIt) {
  const std::string laptop = inventory_.Have("W14-77033", "laptop");
  inventory_.Change(laptop, [](auto& asset) {
    asset.set_supplier("parties/acme");
    asset.set_no_resale(true);
  });
  const auto imported = Import(ResultSample("workbench-laptop.json"));
  ASSERT_TRUE(imported.ok()) << imported.status();
  ASSERT_EQ(imported->results_size(), 4);
  for (const auto& result : imported->results()) {
    ASSERT_TRUE(Settles(result, v1::RESULT_STATE_RECORDED)) << Now(result).DebugString();
  }
  EXPECT_THAT(
      inventory_.Effects(),
      ElementsAre(
          "CreateAsset sites/main/assets/000002", "InstallComponent sites/main/assets/000002",
          "BeginProcess sites/main/assets/000002", "RecordSanitization sites/main/assets/000002",
          "RecordTest sites/main/assets/000002", "CreateAsset sites/main/assets/000003",
          "InstallComponent sites/main/assets/000003", "RecordTest " + laptop))
      << "the second result of a drive finds it made";
  const auto drive = inventory_.At("sites/main/assets/000002");
  EXPECT_EQ(drive.installed_in(), laptop);
  EXPECT_EQ(drive.supplier(), "parties/acme");
  EXPECT_TRUE(drive.no_resale());
  EXPECT_EQ(drive.category(), "drive");
  EXPECT_EQ(drive.load(), "");
  EXPECT_EQ(Now(imported->results(0)).asset(), drive.name());
}

TEST_F(ResultServiceTest, WhatDoesNotMatchWaitsUntilAPersonMatchesIt) {
  const auto imported = Import(kTest);
  ASSERT_TRUE(imported.ok()) << imported.status();
  EXPECT_EQ(imported->waiting_count(), 1);
  auto queue = Queue();
  ASSERT_THAT(queue, SizeIs(1));
  EXPECT_THAT(queue[0].explanation(), HasSubstr("No asset has the number 'M1'"));
  EXPECT_EQ(ReasonOf(Match(queue[0], "").status()), "RESULT_UNMATCHED");
  EXPECT_EQ(ReasonOf(Match(queue[0], "sites/main/assets/000009").status()), "RESOURCE_NOT_FOUND");
  EXPECT_EQ(ReasonOf(Match(queue[0], "sites/other/assets/000001").status()), "INVALID_FIELDS");
  const std::string monitor = inventory_.Have("M2", "monitor");
  EXPECT_EQ(ReasonOf(Match(queue[0], monitor, true).status()), "INVALID_FIELDS") << "is no drive";
  auto stale = queue[0];
  stale.set_etag("0");
  EXPECT_EQ(ReasonOf(Match(stale, monitor).status()), "RESULT_CHANGED");
  const auto matched = Match(queue[0], monitor);
  ASSERT_TRUE(matched.ok()) << matched.status();
  EXPECT_EQ(matched->state(), v1::RESULT_STATE_MATCHED);
  ASSERT_TRUE(Settles(queue[0], v1::RESULT_STATE_RECORDED));
  EXPECT_THAT(inventory_.Effects(), ElementsAre("RecordTest " + monitor));
  EXPECT_THAT(Queue(), IsEmpty());
  EXPECT_EQ(ReasonOf(Match(Now(queue[0]), monitor).status()), "RESULT_SETTLED");
}

TEST_F(ResultServiceTest, ADeviceThatComesLaterIsFoundBySerialAgain) {
  ASSERT_TRUE(Import(kTest).ok());
  const auto queue = Queue();
  ASSERT_THAT(queue, SizeIs(1));
  const std::string monitor = inventory_.Have("M1", "monitor");
  const auto matched = Match(queue[0], "");
  ASSERT_TRUE(matched.ok()) << matched.status();
  EXPECT_EQ(matched->asset(), monitor);
}

TEST_F(ResultServiceTest, ADismissalNeedsAReasonAndIsRemembered) {
  ASSERT_TRUE(Import(kTest).ok());
  const auto queue = Queue();
  EXPECT_EQ(ReasonOf(Call(&Stub::DismissResult, Dismissal(queue[0], "")).status()),
            "INVALID_FIELDS");
  EXPECT_EQ(ReasonOf(Call(&Stub::DismissResult, Dismissal(queue[0], " ")).status()),
            "INVALID_FIELDS");
  const auto request = Dismissal(queue[0], "A device of the bench itself.");
  const auto dismissed = Call(&Stub::DismissResult, request);
  ASSERT_TRUE(dismissed.ok()) << dismissed.status();
  EXPECT_EQ(dismissed->state(), v1::RESULT_STATE_DISMISSED);
  EXPECT_EQ(dismissed->dismiss_reason(), "A device of the bench itself.");
  EXPECT_EQ(Call(&Stub::DismissResult, request)->SerializeAsString(),
            dismissed->SerializeAsString());
  auto other = request;
  other.set_reason("Another.");
  EXPECT_EQ(ReasonOf(Call(&Stub::DismissResult, other).status()), "REQUEST_ID_REUSED");
  EXPECT_THAT(Queue(), IsEmpty());
  const auto again = Import(kTest);
  EXPECT_EQ(again->waiting_count(), 0) << "a dismissed result does not come back";
}

TEST_F(ResultServiceTest, WhatInventoryRefusesWaitsWithTheReasonAndGoesOn) {
  const std::string drive = inventory_.Have("D1");
  inventory_.Judge([](const std::string& method) {
    if (method != "RecordSanitization") return absl::OkStatus();
    return common::Error(absl::StatusCode::kFailedPrecondition, "NO_SUCH_STEP", "not secured");
  });
  const auto imported = Import(kWipe);
  ASSERT_TRUE(Settles(imported->results(0), v1::RESULT_STATE_REFUSED));
  const auto queue = Queue();
  ASSERT_THAT(queue, SizeIs(1));
  EXPECT_EQ(queue[0].explanation(), "[NO_SUCH_STEP] not secured");
  // A later result of the same drive does not overtake it.
  const auto later = Import("drive serial,result,tool,errors\nD1,erased,wiper,0\n");
  EXPECT_EQ(later->matched_count(), 1);
  inventory_.Judge(nullptr);
  ASSERT_TRUE(Settles(later->results(0), v1::RESULT_STATE_RECORDED));
  EXPECT_EQ(Now(imported->results(0)).state(), v1::RESULT_STATE_RECORDED);
  ASSERT_THAT(inventory_.sanitizations, SizeIs(2));
  EXPECT_EQ(inventory_.sanitizations[0].evidence(0).sha256(), common::Sha256Hex(kWipe));
}

TEST_F(ResultServiceTest, ARefusedResultCanBeDismissed) {
  inventory_.Have("D1");
  inventory_.Judge([](const std::string&) {
    return common::Error(absl::StatusCode::kFailedPrecondition, "ONLY_DESTRUCTION", "failed once");
  });
  const auto imported = Import(kWipe);
  ASSERT_TRUE(Settles(imported->results(0), v1::RESULT_STATE_REFUSED));
  const auto dismissed =
      Call(&Stub::DismissResult, Dismissal(Now(imported->results(0)), "Wiped by mistake."));
  ASSERT_TRUE(dismissed.ok()) << dismissed.status();
  inventory_.Judge(nullptr);
  inventory_.Have("M1");
  const auto other = Import(kTest);
  ASSERT_TRUE(Settles(other->results(0), v1::RESULT_STATE_RECORDED)) << "the outbox went through";
  EXPECT_THAT(inventory_.sanitizations, IsEmpty());
}

TEST_F(ResultServiceTest, ABrokenOffWipeIsBookedAsFailedOnlyByAPerson) {
  const std::string phone = inventory_.Have("PH-55014", "phone");
  inventory_.Have("PH-55013", "phone");
  inventory_.Have("OFB20004", "drive");
  const auto imported = Import(ResultSample("results.json"));
  ASSERT_TRUE(imported.ok()) << imported.status();
  EXPECT_EQ(imported->waiting_count(), 1);
  const auto queue = Queue();
  ASSERT_THAT(queue, SizeIs(1));
  EXPECT_EQ(queue[0].asset(), phone);
  EXPECT_THAT(queue[0].explanation(), HasSubstr("broken off"));
  ASSERT_TRUE(Match(queue[0], phone).ok());
  ASSERT_TRUE(Settles(queue[0], v1::RESULT_STATE_RECORDED));
  ASSERT_THAT(inventory_.sanitizations, SizeIs(2));
  EXPECT_FALSE(inventory_.sanitizations[1].succeeded());
}

TEST_F(ResultServiceTest, ADriveOfAnUnknownDeviceIsPutWhereAPersonSays) {
  const auto imported = Import("serial,drive serial,result,tool\nH1,D1,erased,wiper\n");
  ASSERT_TRUE(imported.ok()) << imported.status();
  const auto queue = Queue();
  ASSERT_THAT(queue, SizeIs(1));
  EXPECT_THAT(queue[0].explanation(), AllOf(HasSubstr("'D1'"), HasSubstr("'H1'")));
  const std::string host = inventory_.Have("X", "laptop");
  ASSERT_TRUE(Match(queue[0], host, true).ok());
  ASSERT_TRUE(Settles(queue[0], v1::RESULT_STATE_RECORDED));
  EXPECT_EQ(inventory_.At(Now(queue[0]).asset()).installed_in(), host);
}

TEST_F(ResultServiceTest, AmbiguousNumbersAndDepartedDevicesWait) {
  inventory_.Have("D1", "", "Norddisk");
  const std::string ost = inventory_.Have("D1", "", "Ostflash");
  const auto two = Import(kWipe);
  EXPECT_THAT(two->results(0).explanation(), HasSubstr("two have it"));
  const auto of_maker = Import("drive serial,drive maker,result,tool\nD1,Ostflash,erased,wiper\n");
  EXPECT_EQ(of_maker->results(0).asset(), ost) << "the maker decides";
  const std::string sold = inventory_.Have("M1");
  inventory_.Change(sold, [](auto& a) { a.set_state(inventory::v1::ASSET_STATE_SOLD); });
  EXPECT_THAT(Import(kTest)->results(0).explanation(), HasSubstr("no longer here"));
}

TEST_F(ResultServiceTest, ARefusedFileBooksNothing) {
  const auto refused = Import("serial,result,tool\nM1,erased,t\nM2,perhaps,t\n");
  ASSERT_TRUE(refused.ok()) << refused.status();
  EXPECT_EQ(refused->problem_count(), 1);
  EXPECT_FALSE(refused->has_evidence());
  auto trial = ImportOf(kTest);
  trial.set_validate_only(true);
  EXPECT_EQ(Call(&Stub::ImportResults, trial)->waiting_count(), 1);
  EXPECT_THAT(Queue(), IsEmpty());
  EXPECT_THAT(Rows(kEvidenceRefTable), IsEmpty());
}

TEST_F(ResultServiceTest, RequestsThatAreWrong) {
  v1::ImportResultsRequest nothing;
  nothing.set_request_id(common::NewUuidV7());
  EXPECT_EQ(ReasonOf(Call(&Stub::ImportResults, nothing).status()), "INVALID_FIELDS");
  auto unknown = ImportOf("");
  unknown.set_sha256(std::string(64, 'a'));
  EXPECT_EQ(ReasonOf(Call(&Stub::ImportResults, unknown).status()), "EVIDENCE_NOT_FOUND");
  auto request = ImportOf(kTest);
  ASSERT_TRUE(Call(&Stub::ImportResults, request).ok());
  request.set_data(kWipe);
  EXPECT_EQ(ReasonOf(Call(&Stub::ImportResults, request).status()), "REQUEST_ID_REUSED");
  v1::GetResultRequest get;
  get.set_name("sites/main/results/none");
  EXPECT_EQ(ReasonOf(Call(&Stub::GetResult, get).status()), "RESULT_NOT_FOUND");
}

TEST_F(ResultServiceTest, FilesInTheEvidenceStoreAndLongQueuesInPages) {
  std::string csv = "serial,test:power\n";
  for (int i = 0; i < 700; ++i) csv += "Q" + std::to_string(i) + ",pass\n";
  ASSERT_TRUE(evidence_->Put("main", csv, {}).ok());
  v1::ImportResultsRequest request = ImportOf("");
  request.set_sha256(common::Sha256Hex(csv));
  const auto imported = Call(&Stub::ImportResults, request);
  ASSERT_TRUE(imported.ok()) << imported.status();
  EXPECT_EQ(imported->waiting_count(), 700) << "more than one command may keep";
  EXPECT_EQ(imported->results_size(), 100);
  v1::ListUnmatchedResultsRequest list;
  list.set_site("sites/main");
  list.set_page_size(300);
  int seen = 0;
  do {
    const auto page = Call(&Stub::ListUnmatchedResults, list);
    ASSERT_TRUE(page.ok()) << page.status();
    seen += page->results_size();
    list.set_page_token(page->next_page_token());
  } while (!list.page_token().empty());
  EXPECT_EQ(seen, 700);
}

}  // namespace
}  // namespace loopdock::grading
