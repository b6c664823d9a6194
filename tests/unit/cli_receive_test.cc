// SPDX-License-Identifier: Apache-2.0
// The receiving terminal without terminal and server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cli/receive_core.h"
#include "clients/cli/receive_side.h"
#include "clients/cli/receive_words.h"
#include "services/common/fileio.h"
#include "services/common/grpc_status.h"
#include "services/common/status.h"

namespace loopdock::cli {
namespace {

namespace inv = inventory::v1;
using intake::v1::ScanRequest;
using intake::v1::ScanResponse;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Kind = ReceiveLine::Kind;

constexpr char kSession[] = "sites/main/sessions/1";
constexpr char kSscc[] = "(00)095201234567891235";

std::vector<std::string> Texts(const std::vector<ReceiveLine>& lines) {
  std::vector<std::string> texts;
  for (const ReceiveLine& line : lines) texts.push_back(line.text);
  return texts;
}

TEST(LineSplitterTest, TakesEverySuffixAndKeepsControlCharacters) {
  LineSplitter lines({.keyboard = true});
  EXPECT_THAT(Texts(lines.Add("A1\rB2\nC3\r\nD4\t")), ElementsAre("A1", "B2", "C3", "D4"));
  EXPECT_THAT(Texts(lines.Add("[)>\x1e"
                              "06\x1dS123\x1e\x04\r")),
              ElementsAre("[)>\x1e"
                          "06\x1dS123\x1e\x04"));
  EXPECT_THAT(Texts(lines.Add("CR at the end of a part\r")),
              ElementsAre("CR at the end of a part"));
  EXPECT_THAT(Texts(lines.Add("\nnext\r")), ElementsAre("next"));
  EXPECT_THAT(Texts(lines.Add("\r")), ElementsAre(""));
}

TEST(LineSplitterTest, TakesABurstInPartsOfAnySize) {
  std::string burst;
  std::vector<std::string> codes;
  for (int i = 0; i < 300; ++i) {
    codes.push_back(absl::StrCat("SERIAL", i));
    absl::StrAppend(&burst, codes.back(), "\r");
  }
  for (const size_t part : {1U, 7U, 64U, 4096U}) {
    LineSplitter lines({.keyboard = true});
    std::vector<std::string> taken;
    for (size_t at = 0; at < burst.size(); at += part) {
      for (const auto& line : lines.Add(burst.substr(at, part))) taken.push_back(line.text);
    }
    EXPECT_EQ(taken, codes) << part;
  }
}

TEST(LineSplitterTest, AKeyboardErasesAndItsKeysAreNoText) {
  LineSplitter lines({.keyboard = true});
  EXPECT_THAT(Texts(lines.Add("AX\x7f"
                              "B\x1b[D\x1bOP\x08\xc3\xbc\x7f"
                              "C\r")),
              ElementsAre("AC"));
  EXPECT_THAT(lines.Add("\x04"), ElementsAre(ReceiveLine{Kind::kEnd, ""}));
  LineSplitter pipe({});
  EXPECT_THAT(Texts(pipe.Add("A\tB\x7f\n\x04\n")), ElementsAre("A\tB\x7f", "\x04"));
  EXPECT_THAT(pipe.Add("last"), IsEmpty());
  EXPECT_THAT(pipe.Finish(),
              ElementsAre(ReceiveLine{Kind::kCut, "last"}, ReceiveLine{Kind::kEnd, ""}))
      << "what the end of the input cut off is no scan";
}

TEST(LineSplitterTest, AScannersOwnPrefixAndSuffix) {
  LineSplitter lines({.prefix = "\x02", .suffix = "\x03", .keyboard = true});
  EXPECT_THAT(lines.Add("\x02"
                        "A\r\nB\x03"),
              ElementsAre(ReceiveLine{Kind::kCode, "A\r\nB"}));
  EXPECT_THAT(lines.Add("\x02/close\x03/undo\r"),
              ElementsAre(ReceiveLine{Kind::kCode, "/close"}, ReceiveLine{Kind::kLine, "/undo"}));
  // A second scanner's code in the middle of the first one's.
  EXPECT_THAT(lines.Add("\x02"
                        "ABC\x02"
                        "DEF\x03"),
              ElementsAre(ReceiveLine{Kind::kCut, "ABC"}, ReceiveLine{Kind::kCode, "DEF"}));
}

TEST(LineSplitterTest, ALineOfAnyLengthEndsAndShowsThatItIsTooLong) {
  LineSplitter lines({.suffix = "##"});
  lines.Add(std::string(1 << 20, 'x'));
  const auto ended = lines.Add("##");
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_GT(ended[0].text.size(), kReceiveLineMax);
  EXPECT_LT(ended[0].text.size(), 2 * kReceiveLineMax);
}

TEST(RunTogetherTest, IsSaidOnlyWhereItIsSureEnough) {
  const std::string imei1 = "352099001761481", imei2 = "490154203237518";
  ASSERT_TRUE(RunTogether(imei1 + imei2));
  EXPECT_EQ(RunTogether(imei1 + imei2)->second, imei2);
  EXPECT_TRUE(RunTogether("]C1010950600013435221A]C10109506000134352"));
  EXPECT_TRUE(RunTogether("R58N31ABCDER58N31ABCDE"));
  EXPECT_TRUE(
      RunTogether("00095201234567891235"
                  "00095201234567891235"));
  for (const char* one : {"352099001761481", "R58N31ABCDE", "0000000000000000", "ABABAB", "",
                          "]C1010950600013435221A1]", "123456789012345678901234567890"}) {
    EXPECT_FALSE(RunTogether(one)) << one;
  }
}

TEST(ReceiveWordsTest, ReadsMasses) {
  EXPECT_EQ(*ParseMass("412"), 412);
  EXPECT_EQ(*ParseMass("4.5kg"), 4500);
  EXPECT_EQ(*ParseMass("4,5kg"), 4500);
  EXPECT_EQ(*ParseMass("0,75kg"), 750);
  EXPECT_EQ(*ParseMass("12LB"), 5443);
  EXPECT_EQ(*ParseMass("7g"), 7);
  for (const char* bad :
       {"", "kg", "-1", "nan", "inf", "1e12", "1,500kg", "1.234,5kg", "4,", "4 t"}) {
    EXPECT_FALSE(ParseMass(bad).ok()) << bad;
  }
}

// A server that can be away, and a disk.
class FakePort : public ReceivePort {
 public:
  bool connected() override { return online; }
  absl::Status Keep(const ScanRequest& scan) override {
    if (!disk.ok()) return disk;
    kept.push_back(scan);
    return absl::OkStatus();
  }
  absl::StatusOr<bool> TakeBack(const std::string& id) override {
    if (kept.empty() || kept.back().request_id() != id || sent) return false;
    kept.pop_back();
    return true;
  }
  absl::Status Remember(const ReceiveState& state) override {
    remembered = state;
    return absl::OkStatus();
  }
  absl::StatusOr<std::string> ReadPicture(const std::string& path) override {
    if (path == "label.jpg") return "picture";
    return common::Error(absl::StatusCode::kNotFound, "FILE_NOT_FOUND", "No such file.");
  }
  absl::StatusOr<ReceiveTotals> Totals() override {
    if (!online) return absl::UnavailableError("away");
    return totals;
  }
  absl::StatusOr<inv::Scan> Withdraw(const inv::WithdrawScanRequest& request) override {
    withdrawals.push_back(request);
    if (!call.ok()) return call;
    inv::Scan scan;
    scan.set_asset("sites/main/assets/1");
    return scan;
  }
  absl::StatusOr<inv::Lot> CreateLot(const inv::CreateLotRequest& request) override {
    lots.push_back(request);
    if (!call.ok()) return call;
    inv::Lot lot = request.lot();
    lot.set_name("sites/main/lots/1");
    return lot;
  }
  absl::StatusOr<inv::Lot> UpdateLot(const inv::UpdateLotRequest& request) override {
    lot_updates.push_back(request);
    if (!call.ok()) return call;
    return request.lot();
  }
  absl::StatusOr<bool> KnowsCategory(const std::string& category) override {
    if (!call.ok()) return call;
    return category == "phone";
  }
  absl::StatusOr<inv::Weighing> Weigh(const inv::RecordWeighingRequest& request) override {
    inv::Weighing weighing = request.weighing();
    weighing.set_net_mass_g(weighing.gross_mass_g() - weighing.tare_mass_g());
    weighings.push_back(weighing);
    return weighing;
  }
  absl::StatusOr<inv::ListDiscrepanciesResponse> Discrepancies(
      const inv::ListDiscrepanciesRequest& request) override {
    inv::ListDiscrepanciesResponse page;
    auto* row = page.add_discrepancies();
    row->set_kind(request.kind());
    kinds.push_back(request.kind());
    row->mutable_line()->set_number(7);
    row->mutable_line()->set_serial("MISSING1");
    return page;
  }
  absl::StatusOr<inv::Container> FindContainer(const std::string& words) override {
    if (!call.ok()) return call;
    inv::Container container;
    container.set_name("sites/main/containers/c1");
    if (words == "CAGE-7") container.set_number(words);
    container.set_load(containers_load);
    return container;
  }
  absl::StatusOr<inv::Container> CreateContainer(
      const inv::CreateContainerRequest& request) override {
    inv::Container container = request.container();
    container.set_name(absl::StrCat("sites/main/containers/c", ++containers_made + 1));
    return container;
  }
  absl::StatusOr<inv::ReceivingSession> Close(const inv::CloseSessionRequest& request) override {
    closings.push_back(request);
    if (!call.ok()) return call;
    inv::ReceivingSession session;
    session.mutable_summary()->set_signed_by(request.signed_by());
    session.mutable_summary()->set_sha256(sha256);
    return session;
  }

  bool online = true;
  bool sent = false;
  absl::Status disk, call;
  ReceiveTotals totals;
  std::string sha256 = "no such sum";
  std::vector<ScanRequest> kept;
  ReceiveState remembered;
  std::vector<inv::WithdrawScanRequest> withdrawals;
  std::vector<inv::CreateLotRequest> lots;
  std::vector<inv::UpdateLotRequest> lot_updates;
  int containers_made = 0;
  std::string containers_load;
  std::vector<inv::Weighing> weighings;
  std::vector<inv::CloseSessionRequest> closings;
  std::vector<inv::DiscrepancyKind> kinds;
};

class ReceiveCoreTest : public ::testing::Test {
 protected:
  void SetUp() override { Start(); }
  void Start(const std::string& how = "opened") {
    ReceiveStart start;
    start.how = how;
    start.site = "sites/main";
    start.journal = "j";
    start.state.session = kSession;
    start.state.load = "sites/main/loads/1";
    start.state.supplier = "parties/acme";
    start.scans = scans_;
    start.waiting = waiting_;
    start.totals = port_.totals;
    core_ = std::make_unique<ReceiveCore>(std::move(start), &port_, now_);
    Begin();
  }
  void Begin() { See(core_->Begin()); }
  void See(const std::vector<Report>& reports) {
    shown_.clear();
    events_.clear();
    last_ = {};
    loud_ = false;
    for (const Report& report : reports) {
      if (!report.text.empty()) absl::StrAppend(&shown_, report.text, "\n");
      events_.push_back(report.data.at("event").get<std::string>());
      last_ = report.data;
      loud_ = loud_ || report.tone >= Tone::kCheck;
    }
  }
  void Type(const std::string& text, Kind kind = Kind::kLine) {
    See(core_->Line({kind, text}, now_));
  }
  void Wait(absl::Duration time) {
    now_ += time;
    See(core_->Tick(now_));
  }
  // The server's answer to the oldest scan that has none.
  ScanResponse Booked() {
    ScanResponse answer;
    answer.set_outcome(inv::SCAN_OUTCOME_BOOKED);
    answer.set_message("Booked as 1.");
    return answer;
  }
  void Answer(ScanResponse answer) {
    const ScanRequest scan = port_.kept.at(answered_++);
    answer.set_request_id(scan.request_id());
    if (!answer.has_error()) {
      answer.mutable_scan()->set_name(absl::StrCat("sites/main/scans/", answered_));
    }
    See(core_->Answer(scan, answer, now_));
  }
  void Cut(bool online) {
    port_.online = online;
    See(core_->Tick(now_));
  }

  FakePort port_;
  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  std::vector<inv::Scan> scans_;
  std::vector<ScanRequest> waiting_;
  std::unique_ptr<ReceiveCore> core_;
  size_t answered_ = 0;
  std::string shown_;
  std::vector<std::string> events_;
  nlohmann::ordered_json last_;
  bool loud_ = false;
};

TEST_F(ReceiveCoreTest, AScanIsKeptThenShownWithItsAnswer) {
  Type("R58N1");
  EXPECT_THAT(events_, ElementsAre("kept"));
  EXPECT_EQ(shown_, "");
  ASSERT_EQ(port_.kept.size(), 1U);
  EXPECT_EQ(port_.kept[0].text(), "R58N1");
  EXPECT_EQ(port_.kept[0].session(), kSession);
  EXPECT_EQ(port_.kept[0].asset_key(), "");
  EXPECT_TRUE(port_.kept[0].has_station_time());
  ScanResponse answer = Booked();
  answer.mutable_scan()->set_match(inv::MANIFEST_MATCH_UNEXPECTED);
  answer.mutable_counts()->set_expected(200);
  answer.mutable_counts()->set_unexpected(1);
  Answer(answer);
  EXPECT_THAT(shown_, HasSubstr("R58N1  booked  Booked as 1.  [NOT ON THE MANIFEST]"));
  EXPECT_TRUE(loud_);
  EXPECT_THAT(core_->StatusLine(), HasSubstr("0 of 200 matched, 200 missing, 1 unexpected"));
  Type("R58N2");
  answer.mutable_scan()->set_match(inv::MANIFEST_MATCH_MATCHED);
  answer.mutable_counts()->set_matched(1);
  Answer(answer);
  EXPECT_FALSE(loud_);
  EXPECT_THAT(core_->StatusLine(), HasSubstr("1 of 200 matched, 199 missing"));
}

TEST_F(ReceiveCoreTest, WithoutAManifestItCountsDevices) {
  port_.totals.assets = 4;
  Start("resumed");
  Type("X1");
  Answer(Booked());
  EXPECT_EQ(core_->StatusLine(), "no manifest, 5 devices, 0 duplicate");
}

TEST_F(ReceiveCoreTest, CountsWhatOtherSessionsOfTheLoadReceived) {
  port_.totals.load.set_expected(100);
  port_.totals.load.set_matched(40);
  port_.totals.session.set_matched(10);
  port_.totals.unread = 2;
  Start("resumed");
  EXPECT_THAT(core_->StatusLine(), HasSubstr("40 of 100 matched, 60 missing"));
  EXPECT_THAT(core_->StatusLine(), HasSubstr("2 unread"));
  Type("X1");
  ScanResponse answer = Booked();
  answer.mutable_counts()->set_expected(100);
  answer.mutable_counts()->set_matched(11);
  Answer(answer);
  EXPECT_THAT(core_->StatusLine(), HasSubstr("41 of 100 matched, 59 missing"));
}

TEST_F(ReceiveCoreTest, WithoutTheServerScansAreKeptAndNeverCalledSaved) {
  Type("X1");
  Cut(false);
  EXPECT_THAT(shown_, HasSubstr("does not answer"));
  Type("X2");
  EXPECT_THAT(shown_, HasSubstr("X2  KEPT, not yet sent (2 waiting)"));
  EXPECT_THAT(core_->StatusLine(), HasSubstr("OFFLINE, 2 not sent"));
  Cut(true);
  EXPECT_THAT(shown_, HasSubstr("sending 2 scans"));
  Answer(Booked());
  EXPECT_THAT(core_->StatusLine(), HasSubstr("sending 1"));
  port_.totals.load.set_expected(5);
  Answer(Booked());
  EXPECT_THAT(shown_, HasSubstr("All kept scans are sent."));
  EXPECT_THAT(core_->StatusLine(), AllOf(HasSubstr("0 of 5"), Not(HasSubstr("sending"))));
}

TEST_F(ReceiveCoreTest, SaysWhenAnAnswerTakesLong) {
  Type("X1");
  Wait(absl::Milliseconds(500));
  EXPECT_EQ(shown_, "");
  Wait(absl::Seconds(1));
  EXPECT_THAT(shown_, HasSubstr("X1  KEPT, no answer yet (1 waiting)"));
  Wait(absl::Seconds(1));
  EXPECT_EQ(shown_, "");
}

TEST_F(ReceiveCoreTest, WhatTheDiskDoesNotTakeIsSaidLoudly) {
  port_.disk = absl::UnavailableError("disk full");
  Type("X1");
  EXPECT_THAT(shown_, HasSubstr("X1  NOT TAKEN  disk full"));
  EXPECT_TRUE(loud_);
  EXPECT_EQ(core_->waiting(), 0U);
  Type(std::string(9000, 'x'));
  EXPECT_THAT(shown_, HasSubstr("NOT TAKEN"));
}

TEST_F(ReceiveCoreTest, TwoCodesInOneAreNotTaken) {
  Type("352099001761481490154203237518");
  EXPECT_THAT(events_, ElementsAre("two_codes"));
  EXPECT_TRUE(loud_);
  EXPECT_THAT(port_.kept, IsEmpty());
  Type("/raw 352099001761481490154203237518");
  ASSERT_EQ(port_.kept.size(), 1U);
  EXPECT_EQ(port_.kept[0].text(), "352099001761481490154203237518");
  EXPECT_EQ(core_->not_taken(), 1);
  Type("half a co", Kind::kCut);
  EXPECT_THAT(shown_, HasSubstr("NOT TAKEN"));
}

TEST_F(ReceiveCoreTest, UndoWaitsForTheAnswersBeforeItAndWorksRepeatedly) {
  Type("X1");
  Type("X2");
  Type("/undo wrong pallet");
  EXPECT_THAT(port_.withdrawals, IsEmpty());
  Type("X3");
  EXPECT_EQ(port_.kept.size(), 2U) << "what comes behind a command is not booked before it";
  Answer(Booked());
  Answer(Booked());
  ASSERT_EQ(port_.withdrawals.size(), 1U);
  EXPECT_EQ(port_.withdrawals[0].name(), "sites/main/scans/2");
  EXPECT_EQ(port_.withdrawals[0].reason(), "wrong pallet");
  EXPECT_EQ(port_.kept.size(), 3U);
  Answer(Booked());
  Type("/undo");
  Type("/undo");
  ASSERT_EQ(port_.withdrawals.size(), 3U);
  EXPECT_EQ(port_.withdrawals[1].name(), "sites/main/scans/3");
  EXPECT_EQ(port_.withdrawals[2].name(), "sites/main/scans/1");
  Type("/undo");
  EXPECT_THAT(shown_, HasSubstr("no scan to undo"));
}

TEST_F(ReceiveCoreTest, AnUndoThatGotNoAnswerIsTheSameRequestAgain) {
  Type("X1");
  Answer(Booked());
  port_.call = absl::UnavailableError("gone");
  Type("/undo");
  EXPECT_THAT(shown_, HasSubstr("FAILED"));
  port_.call = absl::OkStatus();
  Type("/undo");
  ASSERT_EQ(port_.withdrawals.size(), 2U);
  EXPECT_EQ(port_.withdrawals[0].request_id(), port_.withdrawals[1].request_id());
}

TEST_F(ReceiveCoreTest, UndoWithoutTheServerTakesBackWhatWasNotSent) {
  Type("X1");
  Answer(Booked());
  Cut(false);
  Type("X2");
  Type("/undo");
  EXPECT_THAT(shown_, HasSubstr("X2  UNDONE  It was not sent."));
  EXPECT_EQ(core_->waiting(), 0U);
  Type("/undo");
  EXPECT_THAT(shown_, HasSubstr("needs the server"));
  Type("X3");
  port_.sent = true;
  Type("/undo");
  EXPECT_THAT(shown_, HasSubstr("may have reached the server"));
  EXPECT_EQ(core_->waiting(), 1U);
}

TEST_F(ReceiveCoreTest, AContainersLabelDecidesWhereTheNextDevicesGo) {
  Type(kSscc);
  Type("X1");
  EXPECT_EQ(port_.kept.size(), 1U) << "X1 waits for the container";
  ScanResponse answer;
  answer.set_outcome(inv::SCAN_OUTCOME_CONTAINER);
  answer.mutable_scan()->set_container("sites/main/containers/c9");
  Answer(answer);
  ASSERT_EQ(port_.kept.size(), 2U);
  EXPECT_EQ(port_.kept[1].container(), "sites/main/containers/c9");
  EXPECT_EQ(port_.remembered.container, "sites/main/containers/c9");
  EXPECT_THAT(core_->StatusLine(), HasSubstr("into c9"));
  Answer(Booked());
  Type("/container none");
  EXPECT_EQ(last_.dump(), R"({"event":"container","container":""})");
  Type("X2");
  EXPECT_EQ(port_.kept[2].container(), "");
  Answer(Booked());
  Cut(false);
  Type(kSscc);  // Known by now.
  Type("X3");
  EXPECT_EQ(port_.kept[4].container(), "sites/main/containers/c9");
  Type("(00)106141411234567897");
  EXPECT_THAT(shown_, HasSubstr("not known until the server is back"));
  EXPECT_EQ(port_.remembered.container, "");
  Type("/container other");
  EXPECT_THAT(shown_, HasSubstr("needs the server"));
}

TEST_F(ReceiveCoreTest, GroupsScansOfOneDevice) {
  Type("/device");
  Type("SERIAL1");
  Type("352099001761481");
  Type("");
  Type("SERIAL2");
  Type("/each");
  Type("SERIAL3");
  ASSERT_EQ(port_.kept.size(), 4U);
  EXPECT_FALSE(port_.kept[0].asset_key().empty());
  EXPECT_EQ(port_.kept[0].asset_key(), port_.kept[1].asset_key());
  EXPECT_NE(port_.kept[1].asset_key(), port_.kept[2].asset_key());
  EXPECT_EQ(port_.kept[3].asset_key(), "");
}

TEST_F(ReceiveCoreTest, CommandsAreNoLabelsAndLabelsNoCommands) {
  Type("/help");
  EXPECT_THAT(shown_, AllOf(HasSubstr("/undo"), HasSubstr("@FILE")));
  Type("/nonsense");
  EXPECT_THAT(shown_, HasSubstr("There is no /nonsense"));
  EXPECT_TRUE(loud_);
  Type("//nonsense");
  Type("/close", Kind::kCode);
  Type("@none.jpg");
  EXPECT_THAT(shown_, HasSubstr("NOT TAKEN"));
  Type("@label.jpg");
  ASSERT_EQ(port_.kept.size(), 3U);
  EXPECT_EQ(port_.kept[0].text(), "/nonsense");
  EXPECT_EQ(port_.kept[1].text(), "/close");
  EXPECT_EQ(port_.kept[2].picture(), "picture");
  EXPECT_EQ(port_.kept[2].display_name(), "label.jpg");
}

// Each label of a picture is an item of its own: shown, undone and answered by itself.
TEST_F(ReceiveCoreTest, SeveralDevicesOfAPicture) {
  Type("@label.jpg");
  ScanResponse answer = Booked();
  answer.set_label("aaaaaaaaaaaaaaaa");
  auto* doubt = answer.add_further();
  doubt->set_label("bbbbbbbbbbbbbbbb");
  doubt->set_outcome(inv::SCAN_OUTCOME_CHOICE);
  doubt->mutable_scan()->set_name("sites/main/scans/91");
  doubt->mutable_scan()->mutable_picture()->set_sha256("abc");
  answer.add_further()->mutable_error()->set_message("sealed");
  Answer(answer);
  EXPECT_THAT(shown_,
              AllOf(HasSubstr("booked"), HasSubstr("CHOOSE"), HasSubstr("REFUSED  sealed")));
  EXPECT_EQ(core_->refused(), 1);
  ASSERT_EQ(core_->state().open.size(), 1U) << "kept for a restart";
  Type("/type S1");
  ASSERT_EQ(port_.kept.size(), 2U);
  EXPECT_EQ(port_.kept[1].label(), "bbbbbbbbbbbbbbbb");
  EXPECT_EQ(port_.kept[1].picture_sha256(), "abc");
  EXPECT_TRUE(core_->state().open.empty());
}

TEST_F(ReceiveCoreTest, AChoiceIsAFurtherScanThatSaysSo) {
  Type("@label.jpg");
  ScanResponse answer;
  answer.set_outcome(inv::SCAN_OUTCOME_CHOICE);
  answer.mutable_scan()->mutable_picture()->set_sha256("abc");
  auto* reading = answer.mutable_scan()->mutable_understanding()->add_readings();
  reading->set_field("serial");
  reading->set_value("S1");
  reading->set_confidence(0.5);
  reading->set_runner_up("S2");
  reading->set_runner_up_confidence(0.4);
  Answer(answer);
  EXPECT_THAT(shown_, AllOf(HasSubstr("1  serial = S1  (50 %)"), HasSubstr("2  serial = S2")));
  Type("/choose 3");
  EXPECT_THAT(shown_, HasSubstr("none of the numbers"));
  Type("/choose 2 remember");
  ASSERT_EQ(port_.kept.size(), 2U);
  EXPECT_EQ(port_.kept[1].picture_sha256(), "abc");
  EXPECT_EQ(port_.kept[1].choices().at("serial"), "S2");
  EXPECT_TRUE(port_.kept[1].remember_layout());
  EXPECT_NE(port_.kept[1].request_id(), port_.kept[0].request_id());
  Type("/choose 1");
  EXPECT_THAT(shown_, IsEmpty()) << "waits for the answer";
  Answer(Booked());
  EXPECT_THAT(shown_, HasSubstr("No scan waits for a choice"));
}

TEST_F(ReceiveCoreTest, AnUnreadPictureCanBeTyped) {
  Type("@label.jpg");
  ScanResponse answer;
  answer.set_outcome(inv::SCAN_OUTCOME_UNREAD);
  answer.mutable_scan()->mutable_picture()->set_sha256("abc");
  auto* proposal = answer.add_proposals();
  proposal->set_value("PRINTED1");
  proposal->set_confidence(0.8);
  Answer(answer);
  EXPECT_TRUE(loud_);
  EXPECT_THAT(shown_, HasSubstr("serial = PRINTED1  (80 %)"));
  EXPECT_THAT(core_->StatusLine(), HasSubstr("1 unread"));
  Type("/type TYPED 1");
  ASSERT_EQ(port_.kept.size(), 2U);
  EXPECT_EQ(port_.kept[1].choices().at("serial"), "TYPED 1");
  EXPECT_FALSE(port_.kept[1].remember_layout());
}

TEST_F(ReceiveCoreTest, OfSeveralQuestionsANumberSaysWhich) {
  const auto unread = [](const char* message) {
    ScanResponse answer;
    answer.set_outcome(inv::SCAN_OUTCOME_CHOICE);
    answer.set_message(message);
    return answer;
  };
  Type("FIRST");
  Answer(unread("It names no device."));
  EXPECT_THAT(shown_, AllOf(HasSubstr("#1  FIRST"), HasSubstr("  /type SERIAL")));
  Type("SECOND");
  Answer(unread("Nor does this."));
  EXPECT_THAT(shown_, AllOf(HasSubstr("#2  SECOND"), HasSubstr("  /type #2 SERIAL")));
  Type("/type S1");
  EXPECT_TRUE(loud_);
  EXPECT_THAT(shown_, AllOf(HasSubstr("#1  FIRST: It names no device."),
                            HasSubstr("#2  SECOND: Nor does this."), HasSubstr("say which")));
  ASSERT_EQ(port_.kept.size(), 2U) << "booked for neither";
  Type("/type #3 S1");
  EXPECT_THAT(shown_, HasSubstr("No question #3 is open"));
  Type("/type #1 S 1");
  ASSERT_EQ(port_.kept.size(), 3U);
  EXPECT_EQ(port_.kept[2].text(), "FIRST");
  EXPECT_EQ(port_.kept[2].choices().at("serial"), "S 1");
  Answer(Booked());
  Type("THIRD");
  Answer(unread("It is a model."));
  EXPECT_THAT(shown_, HasSubstr("#3  THIRD")) << "a number is not given twice";
  Type("/choose #2 serial=S2");
  EXPECT_EQ(port_.kept[4].text(), "SECOND");
  Answer(Booked());
  Type("/type S3");
  EXPECT_EQ(port_.kept[5].text(), "THIRD") << "the only one needs no number";
}

TEST_F(ReceiveCoreTest, AHazardIsTakenBackAndNoneIsNoHazard) {
  Type("/hazard none");
  EXPECT_THAT(shown_, HasSubstr("No hazards noted"));
  EXPECT_THAT(port_.remembered.hazard_findings, IsEmpty());
  Type("/hazard swollen battery");
  Type("/hazard leaking toner");
  Type("/hazard None");
  EXPECT_THAT(shown_, HasSubstr("/hazard undo"));
  Type("/hazard undo");
  EXPECT_THAT(port_.remembered.hazard_findings, ElementsAre("swollen battery"));
  Type("/hazard undo");
  Type("/hazard undo");
  EXPECT_THAT(shown_, HasSubstr("No hazards are noted"));
}

TEST_F(ReceiveCoreTest, AContainerOfTheSitesOwnIsKnownByItsNumber) {
  Type("/container new BOX-1");
  Type("/container none");
  Cut(false);
  Type("/container BOX-1");
  EXPECT_EQ(port_.remembered.container, "sites/main/containers/c2");
}

TEST_F(ReceiveCoreTest, TheNumberOfAContainerOfOursIsItsLabelToo) {
  Type("/container new PALX1");
  Type("CC1");
  Type("/container new PALX2");
  EXPECT_THAT(events_, IsEmpty()) << "waits for the answer";
  Answer(Booked());
  Type("CC2");
  Answer(Booked());
  Type("PALX1");
  EXPECT_EQ(port_.kept.size(), 2U) << "it is no device";
  EXPECT_TRUE(loud_);
  EXPECT_THAT(shown_, AllOf(HasSubstr("Devices go into sites/main/containers/c2"),
                            HasSubstr("/raw PALX1 books it as a device")));
  Type("CC3");
  ASSERT_EQ(port_.kept.size(), 3U);
  EXPECT_EQ(port_.kept[1].container(), "sites/main/containers/c3");
  EXPECT_EQ(port_.kept[2].container(), "sites/main/containers/c2");
  Answer(Booked());
  Cut(false);
  Type("PALX2", Kind::kCode);
  Type("CC4");
  ASSERT_EQ(port_.kept.size(), 4U);
  EXPECT_EQ(port_.kept[3].container(), "sites/main/containers/c3");
  Type("/raw PALX1");
  EXPECT_EQ(port_.kept.back().text(), "PALX1");
}

TEST_F(ReceiveCoreTest, AContainerOfAnotherLoadIsSaid) {
  port_.containers_load = "sites/main/loads/1";
  Type("/container c1");
  EXPECT_FALSE(loud_);
  port_.containers_load = "sites/main/loads/2";
  Type("/container c5");
  EXPECT_TRUE(loud_);
  EXPECT_THAT(shown_, HasSubstr("came with another load, sites/main/loads/2"));
  EXPECT_EQ(port_.remembered.container, "sites/main/containers/c1") << "it is for a person to say";
  Type("sites/main/containers/000042");
  EXPECT_TRUE(loud_);
}

TEST_F(ReceiveCoreTest, TheTotalsLastShownAreThoseOfAStartWithoutTheServer) {
  port_.totals.load.set_expected(3000);
  port_.totals.load.set_matched(2301);
  Type("/totals");
  EXPECT_EQ(port_.remembered.counts.matched(), 2301);
  Type("X1");
  ScanResponse answer = Booked();
  answer.mutable_counts()->set_expected(3000);
  answer.mutable_counts()->set_matched(1);
  Answer(answer);
  See(core_->End());
  EXPECT_EQ(port_.remembered.counts.matched(), 2302);
}

TEST_F(ReceiveCoreTest, ANumberIsOfOneContainer) {
  Type("/container new TWICE1");
  Type("/container none");
  Type("/container new TWICE1");
  EXPECT_THAT(shown_, HasSubstr("TWICE1 is the number of sites/main/containers/c2"));
  EXPECT_TRUE(loud_);
  EXPECT_EQ(port_.remembered.container, "") << "nothing was done";
  Type("/container new CAGE-7");
  EXPECT_THAT(shown_, HasSubstr("CAGE-7 is the number of sites/main/containers/c1"))
      << "made at another terminal";
  EXPECT_EQ(port_.containers_made, 1);
  port_.call = common::Error(absl::StatusCode::kNotFound, "RESOURCE_NOT_FOUND", "No such.");
  Type("/container new CAGE-8");
  EXPECT_EQ(port_.containers_made, 2);
}

TEST_F(ReceiveCoreTest, TheQrCodeOfAContainerOfOursIsItsLabel) {
  const std::string name = "sites/main/containers/000042";
  Type(name);
  EXPECT_THAT(port_.kept, IsEmpty()) << "it is no device";
  Type("X1");
  ASSERT_EQ(port_.kept.size(), 1U);
  EXPECT_EQ(port_.kept[0].container(), name);
  Answer(Booked());
  port_.call = common::Error(absl::StatusCode::kNotFound, "RESOURCE_NOT_FOUND", "No such.");
  Type("sites/main/containers/000043", Kind::kCode);
  EXPECT_TRUE(loud_);
  EXPECT_EQ(port_.remembered.container, "") << "rather in none than in the one before";
  Cut(false);
  Type(name);
  EXPECT_EQ(port_.remembered.container, name) << "without the server the label is believed";
}

// What a program must scan again; a command that it got wrong is no scan.
TEST_F(ReceiveCoreTest, CountsEachScanThatIsNotTaken) {
  Type("/nonsense");
  Type("A0000001");
  EXPECT_EQ(core_->not_taken(), 0);
  Type("NOEOL0003", Kind::kCut);
  EXPECT_EQ(core_->not_taken(), 1);
  Type(std::string(1'000'000, 'x'));
  Type("R58N31ABCDER58N31ABCDE");
  Type("@none.jpg");
  EXPECT_EQ(core_->not_taken(), 4);
  EXPECT_THAT(shown_, HasSubstr("No such file. A label that begins with @"));
  port_.disk = absl::UnavailableError("disk full");
  Type("A0000002");
  EXPECT_EQ(core_->not_taken(), 5);
  Type("/quit");
  Answer(Booked());
  Type("A0000003");
  See(core_->End());
  EXPECT_EQ(core_->not_taken(), 6) << "it came after the end";
  EXPECT_EQ(last_.at("not_taken"), 6);
}

TEST_F(ReceiveCoreTest, WhatIsTooLongIsSaidWithItsLimit) {
  Type(std::string(1'000'000, 'x'));
  EXPECT_THAT(shown_, HasSubstr("longer than the 8192 bytes"));
  EXPECT_THAT(port_.kept, IsEmpty());
}

TEST_F(ReceiveCoreTest, LotsAndWeighingsAreBookedOnce) {
  Type("/lot 40 12.5kg network cables model=CAT5");
  ASSERT_EQ(port_.lots.size(), 1U);
  EXPECT_EQ(port_.lots[0].lot().piece_count(), 40);
  EXPECT_EQ(port_.lots[0].lot().mass_g(), 12500);
  EXPECT_EQ(port_.lots[0].lot().description(), "network cables");
  EXPECT_EQ(port_.lots[0].lot().model(), "CAT5");
  EXPECT_EQ(port_.lots[0].lot().load(), "sites/main/loads/1");
  port_.call = absl::DeadlineExceededError("late");
  Type("/lot 1 1 x");
  port_.call = absl::OkStatus();
  Type("/lot 1 1 x");
  Type("/lot 1 1 x");
  ASSERT_EQ(port_.lots.size(), 4U);
  EXPECT_EQ(port_.lots[1].request_id(), port_.lots[2].request_id());
  EXPECT_NE(port_.lots[2].request_id(), port_.lots[3].request_id());
  for (const char* bad : {"/lot", "/lot x 1 y", "/lot 1 x y", "/lot 0 1kg y", "/lot -1 1kg y",
                          "/lot 1000001 1kg y", "/weigh", "/weigh x", "/weigh 1kg"}) {
    Type(bad);
    EXPECT_TRUE(loud_) << bad;
  }
  EXPECT_EQ(port_.lots.size(), 4U);
  Type("/container c1");
  Type("/weigh 412kg 14.5kg scale=dock-2");
  Type("/weigh 3kg lots/1");
  ASSERT_EQ(port_.weighings.size(), 2U);
  EXPECT_EQ(port_.weighings[0].subject(), "sites/main/containers/c1");
  EXPECT_EQ(port_.weighings[0].net_mass_g(), 397'500);
  EXPECT_TRUE(port_.weighings[0].typed());
  EXPECT_EQ(port_.weighings[1].subject(), "sites/main/lots/1");
  EXPECT_EQ(port_.weighings[1].scale(), "dock-2");
}

TEST_F(ReceiveCoreTest, UndoTakesBackALotAndNotTheScanBeforeIt) {
  Type("CAPX1");
  Answer(Booked());
  Type("/lot 1000000 1kg x");
  ASSERT_EQ(port_.lots.size(), 1U);
  port_.call = absl::UnavailableError("gone");
  Type("/undo");
  port_.call = absl::OkStatus();
  Type("/undo typed wrong");
  ASSERT_EQ(port_.lot_updates.size(), 2U);
  EXPECT_EQ(port_.lot_updates[0].request_id(), port_.lot_updates[1].request_id());
  EXPECT_EQ(port_.lot_updates[1].lot().name(), "sites/main/lots/1");
  EXPECT_EQ(port_.lot_updates[1].lot().description(), "x");
  EXPECT_EQ(port_.lot_updates[1].lot().piece_count(), 0);
  EXPECT_EQ(port_.lot_updates[1].lot().mass_g(), 0);
  EXPECT_EQ(port_.lot_updates[1].reason(), "typed wrong");
  EXPECT_THAT(shown_, HasSubstr("1000000 x  UNDONE  sites/main/lots/1"));
  EXPECT_THAT(port_.withdrawals, IsEmpty());
  Type("/undo");
  ASSERT_EQ(port_.withdrawals.size(), 1U);
  EXPECT_EQ(port_.withdrawals[0].name(), "sites/main/scans/1");
}

TEST_F(ReceiveCoreTest, ACategoryThatNobodyKnowsIsAskedAboutOnce) {
  Type("/lot 1 1kg x category=phone");
  EXPECT_EQ(port_.lots.size(), 1U);
  Type("/lot 1 1kg x category=bogus");
  EXPECT_THAT(shown_, HasSubstr("no category 'bogus'"));
  EXPECT_TRUE(loud_);
  EXPECT_EQ(port_.lots.size(), 1U);
  Type("/lot 1 1kg x category=bogus");
  ASSERT_EQ(port_.lots.size(), 2U);
  EXPECT_EQ(port_.lots[1].lot().category(), "bogus");
}

TEST_F(ReceiveCoreTest, ClosingAsksWhoSignsAndTakesNoScanForAnAnswer) {
  Type("/hazard swollen battery");
  Type("/note two boxes wet");
  Type("X1");
  Type("/close");
  EXPECT_THAT(shown_, IsEmpty());
  Answer(Booked());
  EXPECT_THAT(shown_, HasSubstr("Who signs?"));
  Type("R58N31ABCDE");
  EXPECT_THAT(shown_, HasSubstr("NOT TAKEN"));
  EXPECT_TRUE(loud_);
  Type("Jane Dock");
  Type("R58N31ABCDE");
  EXPECT_THAT(shown_, HasSubstr("NOT TAKEN"));
  EXPECT_EQ(port_.kept.size(), 1U);
  Type("SCAN", Kind::kCode);
  EXPECT_EQ(port_.kept.size(), 2U) << "what is surely a code is a scan";
  Answer(Booked());
  Type("y");
  ASSERT_EQ(port_.closings.size(), 1U);
  EXPECT_EQ(port_.closings[0].signed_by(), "Jane Dock");
  EXPECT_TRUE(port_.closings[0].hazard_inspected());
  EXPECT_THAT(port_.closings[0].hazard_findings(), ElementsAre("swollen battery"));
  EXPECT_EQ(port_.closings[0].remark(), "two boxes wet");
  EXPECT_TRUE(core_->closed());
  EXPECT_THAT(shown_, HasSubstr("NOT what its SHA-256 says"));
  See(core_->End());
  EXPECT_THAT(events_, ElementsAre("end"));
}

TEST_F(ReceiveCoreTest, ClosingWaitsForTheServerAndCanBeCancelled) {
  Cut(false);
  Type("X1");
  Type("/close");
  EXPECT_THAT(shown_, HasSubstr("needs the server"));
  Cut(true);
  Answer(Booked());
  Type("/close");
  Type("/cancel");
  Type("X2");
  EXPECT_EQ(port_.kept.size(), 2U);
  EXPECT_FALSE(core_->done());
}

TEST_F(ReceiveCoreTest, TheEndOfTheInputWaitsForAnswersAndSaysHowToGoOn) {
  Type("X1");
  Type("", Kind::kEnd);
  EXPECT_FALSE(core_->done());
  Answer(Booked());
  EXPECT_TRUE(core_->done());
  See(core_->End());
  EXPECT_THAT(shown_, HasSubstr("To go on: loopdock receive --journal j"));
}

TEST_F(ReceiveCoreTest, TheEndOfTheInputDoesNotWaitForAServerThatIsAway) {
  Cut(false);
  Type("X1");
  Type("", Kind::kEnd);
  EXPECT_TRUE(core_->done());
  See(core_->End());
  EXPECT_THAT(shown_, HasSubstr("1 scan not yet acknowledged: kept in j"));
}

TEST_F(ReceiveCoreTest, GoesOnAfterItWasKilled) {
  inv::Scan before;
  before.set_name("sites/main/scans/7");
  before.add_symbols()->set_content("OLD1");
  scans_ = {before};
  ScanRequest left;
  left.set_request_id("left");
  left.set_session(kSession);
  left.set_text("LEFT1");
  ScanRequest others = left;
  others.set_request_id("others");
  others.set_session("sites/main/sessions/0");
  waiting_ = {others, left};
  port_.kept = waiting_;
  Start("resumed");
  EXPECT_THAT(shown_, HasSubstr("2 scans of before are not yet sent"));
  Answer(Booked());
  EXPECT_THAT(shown_, HasSubstr("(sites/main/sessions/0) LEFT1"));
  Answer(Booked());
  EXPECT_THAT(shown_, HasSubstr("All kept scans are sent."));
  Type("/undo");
  Type("/undo");
  ASSERT_EQ(port_.withdrawals.size(), 2U);
  EXPECT_EQ(port_.withdrawals[0].name(), "sites/main/scans/2");
  EXPECT_EQ(port_.withdrawals[1].name(), "sites/main/scans/7");
}

TEST_F(ReceiveCoreTest, WhatAnEarlierRunSentIsUndoneOnce) {
  inv::Scan recorded;
  recorded.set_name("sites/main/scans/1");
  recorded.add_symbols()->set_content("X1");
  scans_ = {recorded};
  ScanRequest left;
  left.set_request_id("left");
  left.set_session(kSession);
  left.set_text("X1");
  waiting_ = port_.kept = {left};
  Start("resumed");
  Answer(Booked());
  port_.call = common::Error(absl::StatusCode::kFailedPrecondition, "SCAN_WITHDRAWN", "Gone.");
  Type("/undo");
  EXPECT_EQ(port_.withdrawals.size(), 1U);
  Type("/undo");
  EXPECT_THAT(shown_, HasSubstr("no scan to undo"));
}

TEST_F(ReceiveCoreTest, ARefusedScanIsCountedAndCannotBeUndone) {
  Type("X1");
  ScanResponse answer;
  *answer.mutable_error() = common::ToRpcStatus(
      common::Error(absl::StatusCode::kFailedPrecondition, "SESSION_CLOSED", "It is closed."));
  Answer(answer);
  EXPECT_THAT(shown_, HasSubstr("X1  REFUSED  It is closed."));
  EXPECT_EQ(core_->refused(), 1);
  Type("/undo");
  EXPECT_THAT(shown_, HasSubstr("no scan to undo"));
}

TEST_F(ReceiveCoreTest, ListsDifferencesAndTotals) {
  Type("/list");
  EXPECT_THAT(shown_, AllOf(HasSubstr("missing"), HasSubstr("MISSING1")));
  for (const char* kind :
       {"short", "unexpected", "duplicate", "wrong model", "over", "mass", "MISSING1"}) {
    EXPECT_THAT(shown_, HasSubstr(kind)) << "all kinds, where none is named";
  }
  port_.kinds.clear();
  Type("/list missing");
  EXPECT_THAT(port_.kinds, ElementsAre(inv::DISCREPANCY_KIND_MISSING, inv::DISCREPANCY_KIND_SHORT))
      << "pieces of lines by count are missing, too";
  Type("/list wrong-model");
  EXPECT_THAT(shown_, HasSubstr("wrong model"));
  Type("/list lost");
  EXPECT_THAT(shown_, HasSubstr("There is no difference"));
  port_.totals.load.set_expected(9);
  Type("/totals");
  EXPECT_THAT(shown_, HasSubstr("0 of 9 matched"));
}

TEST_F(ReceiveCoreTest, ForeignTextCannotCommandTheTerminal) {
  Type("A\x1b[2J");
  Cut(false);
  Type("B\x1b[2J");
  EXPECT_THAT(shown_, Not(HasSubstr("\x1b")));
  EXPECT_THAT(shown_, HasSubstr("B\\u001b[2J"));
}

TEST(ReceiveSideTest, KeepsWhatATerminalMustKnow) {
  auto folder = common::MakeTemporaryDirectory("side-test");
  ASSERT_TRUE(folder.ok()) << folder.status();
  const std::string path = SidePath(*folder + "/journal");
  EXPECT_FALSE(ReadSide(path).has_value());
  ReceiveSide side;
  side.state.session = kSession;
  side.state.load = "l";
  side.state.supplier = "s";
  side.state.container = "c";
  side.state.grouped = true;
  side.state.asset_key = "k";
  side.state.scale = "dock-2";
  side.state.remark = "r\xff";
  side.state.hazard_findings = {"h"};
  side.state.containers = {{"label", "c"}};
  side.state.counts.set_expected(200);
  side.state.assets = 9;
  side.state.unread = 3;
  OpenQuestion& question = side.state.open.emplace_back();
  question.number = 4;
  side.state.asked = 6;
  question.scan.set_text("AB\xff");
  question.answer.set_label("0123456789abcdef");
  question.answer.mutable_scan()->mutable_understanding()->add_readings()->set_value("AB");
  side.asked = "a";
  side.session_request_id = "i";
  ASSERT_TRUE(WriteSide(path, side).ok());
  const auto read = ReadSide(path);
  ASSERT_TRUE(read && read->ok()) << read->status();
  const ReceiveState& state = (*read)->state;
  EXPECT_EQ(state.session, kSession);
  EXPECT_EQ(state.container, "c");
  EXPECT_TRUE(state.grouped);
  EXPECT_EQ(state.asset_key, "k");
  EXPECT_EQ(state.containers.at("label"), "c");
  EXPECT_EQ(state.counts.expected(), 200);
  EXPECT_EQ(state.assets, 9);
  EXPECT_EQ(state.unread, 3);
  EXPECT_THAT(state.hazard_findings, ElementsAre("h"));
  ASSERT_EQ(state.open.size(), 1U);
  EXPECT_EQ(state.open[0].number, 4);
  EXPECT_EQ(state.asked, 6);
  EXPECT_EQ(state.open[0].scan.text(), "AB\xff");
  EXPECT_EQ(state.open[0].answer.label(), "0123456789abcdef");
  EXPECT_EQ(state.open[0].answer.scan().understanding().readings(0).value(), "AB");
  EXPECT_EQ((*read)->asked, "a");
  EXPECT_EQ((*read)->session_request_id, "i");
  for (const char* bad : {"", "[]", "{}", R"({"format":2})", R"({"format":1,"counts":{"x":1}})",
                          R"({"format":1,"counts":7})", R"({"format":1,"open":7})",
                          R"({"format":1,"open":[{"scan":{},"answer":{"x":1}}]})"}) {
    ASSERT_TRUE(common::WriteFileAtomically(path, bad).ok());
    const auto refused = ReadSide(path);
    ASSERT_TRUE(refused.has_value());
    EXPECT_EQ(common::ReasonOf(refused->status()), "SIDE_FILE_INVALID") << bad;
  }
  std::filesystem::remove_all(*folder);
}

}  // namespace
}  // namespace loopdock::cli
