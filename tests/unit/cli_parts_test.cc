// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "clients/cli/cli.h"
#include "clients/cli/console.h"
#include "clients/cli/demo_plan.h"
#include "clients/cli/demo_server.h"
#include "clients/cli/demo_work.h"
#include "clients/cli/line_reader.h"
#include "clients/cli/rpc.h"
#include "clients/cli/words.h"
#include "loopdock/inventory/v1/inventory_service.pb.h"
#include "services/common/clock.h"
#include "services/common/fileio.h"
#include "services/common/ids.h"
#include "services/common/principals.h"
#include "services/common/status.h"

namespace loopdock::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ConsoleTest, ForeignTextCannotCommandTheTerminal) {
  EXPECT_EQ(Visible("a\x1b[2J\x1d\x7f"), "a\\u001b[2J\\u001d\\u007f");
  EXPECT_EQ(Visible("\xc2\x9b"
                    "2J"),
            "\\u009b2J");
  EXPECT_EQ(Visible("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f");
  EXPECT_EQ(Visible("\xff\xc3"), "\\xff\\xc3");
  EXPECT_EQ(Visible("\xe2\x82"), "\\xe2\\x82");
  EXPECT_EQ(Visible("abcdef", 3), "abc...");
  EXPECT_EQ(Visible("abc", 3), "abc");
}

TEST(ConsoleTest, ATableLinesUpByCharacters) {
  Table table({"A", "B"});
  table.Add({"gr\xc3\xbcn", "x"});
  table.Add({"", "y"});
  EXPECT_EQ(table.ToString(), "A     B\ngr\xc3\xbcn  x\n      y");
}

TEST(LineReaderTest, GivesEveryLineOfAnyBytes) {
  std::istringstream stream(std::string("a\r\n\n\0b\n", 7) + "long line\nlast");
  std::vector<std::string> lines;
  while (auto line = NextLine(stream, 6)) lines.push_back(*line);
  EXPECT_THAT(lines, ElementsAre("a", "", std::string("\0b", 2), "long l", "last"));
}

TEST(WordsTest, ReadsLikeWords) {
  EXPECT_EQ(Word("COSMETIC_C4", "COSMETIC_"), "C4");
  EXPECT_EQ(Word("ASSET_STATE_IN_STOCK", "ASSET_STATE_"), "in stock");
  EXPECT_EQ(Word("ASSET_STATE_UNSPECIFIED", "ASSET_STATE_"), "-");
  inventory::v1::Fact fact;
  EXPECT_EQ(FactName(fact), "unknown");
  fact.mutable_asset_registered();
  EXPECT_EQ(FactName(fact), "asset registered");
  google::protobuf::Timestamp time;
  EXPECT_EQ(TimeText(time), "-");
  time.set_seconds(1772442900);
  EXPECT_EQ(TimeText(time), "2026-03-02 09:15:00Z");
}

TEST(RpcTest, KnowsEveryMethodOfEveryService) {
  const auto methods = AllMethods();
  std::set<std::string> services;
  for (const MethodDescriptor* method : methods) {
    services.insert(method->service()->name());
    const auto by_short = FindMethod(ShortName(*method));
    ASSERT_TRUE(by_short.ok()) << by_short.status();
    EXPECT_EQ(*by_short, method);
    const auto by_full = FindMethod("/" + method->service()->full_name() + "/" + method->name());
    ASSERT_TRUE(by_full.ok()) << by_full.status();
    EXPECT_EQ(*by_full, method);
  }
  EXPECT_THAT(services, ElementsAre("AdminService", "EvidenceService", "GradingService",
                                    "IntakeService", "InventoryService", "ResultService",
                                    "RoutingService", "StationService", "TraceabilityService"));
  EXPECT_TRUE(FindMethod("GetAsset").ok());
  const auto wrong = FindMethod("GetAss");
  EXPECT_EQ(ExitCode(wrong.status()), kExitUsage);
  EXPECT_THAT(std::string(wrong.status().message()), HasSubstr("InventoryService/GetAsset"));
}

TEST(RpcTest, MakesARequestIdOnlyWhereOneIsMissing) {
  inventory::v1::CloseLoadRequest close;
  FillRequestId(close);
  EXPECT_TRUE(common::IsUuidV7(close.request_id()));
  close.set_request_id("mine");
  FillRequestId(close);
  EXPECT_EQ(close.request_id(), "mine");
  inventory::v1::GetLoadRequest get;
  FillRequestId(get);
  EXPECT_EQ(get.ByteSizeLong(), 0U);
}

TEST(SettingsTest, ExitCodesSayWhatHappened) {
  EXPECT_EQ(ExitCode(absl::OkStatus()), kExitDone);
  EXPECT_EQ(ExitCode(absl::NotFoundError("")), kExitFailed);
  EXPECT_EQ(ExitCode(UsageError("")), kExitUsage);
  EXPECT_EQ(ExitCode(absl::UnavailableError("")), kExitUnreachable);
  EXPECT_EQ(ExitCode(absl::DeadlineExceededError("")), kExitUnreachable);
  EXPECT_EQ(ExitCode(absl::DataLossError("")), kExitNotProven);
}

TEST(SettingsTest, NamesAreFullOrOfTheSite) {
  Settings settings;
  settings.site = "north";
  EXPECT_EQ(settings.FullName("assets", "0001"), "sites/north/assets/0001");
  EXPECT_EQ(settings.FullName("assets", "sites/main/assets/1"), "sites/main/assets/1");
}

class DemoPlanTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto folder = common::MakeTemporaryDirectory("demo-test");
    ASSERT_TRUE(folder.ok()) << folder.status();
    folder_ = *folder;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void Write(const std::string& name, const std::string& bytes) const {
    std::filesystem::create_directories(std::filesystem::path(folder_ + "/" + name).parent_path());
    std::ofstream(folder_ + "/" + name, std::ios::binary) << bytes;
  }
  std::string folder_;
};

TEST_F(DemoPlanTest, TheOwnPalletIsFoundAndWhole) {
  const auto plan = OwnPallet("");
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_GE(plan->scans.size(), 8U);
  EXPECT_GE(plan->screens.size(), 5U);
  EXPECT_EQ(plan->um_per_px, 80);
  for (const DemoScan& scan : plan->scans) EXPECT_TRUE(std::filesystem::exists(scan.path));
  for (const DemoScreen& screen : plan->screens) {
    EXPECT_TRUE(std::filesystem::exists(screen.path));
    EXPECT_LT(screen.scan, plan->scans.size());
  }
  EXPECT_EQ(OwnPallet("")->external_ref, plan->external_ref);
}

TEST_F(DemoPlanTest, RealPicturesAreThoseOfSixSetsAndEveryScreen) {
  Write("barcodes/manifest.tsv",
        "source\tset\tformat\tpath\tgt_kind\n"
        "a\tcode128-1\tCode128\ta/1.png\ttxt\n"
        "a\tcode128-2\tCode128\ta/2.png\ttxt\n"
        "b\titf-1\tITF\tb/1.png\ttxt\n");
  Write("screens/good/0002.jpg", "x");
  Write("screens/defect/Oil_1.jpg", "x");
  Write("screens/notes.txt", "x");
  const auto plan = RealPictures(folder_);
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_EQ(plan->scans.size(), 4U);
  EXPECT_EQ(plan->scans[0].path, folder_ + "/barcodes/a/1.png");
  EXPECT_EQ(plan->scans[1].path, folder_ + "/barcodes/b/1.png");
  ASSERT_EQ(plan->screens.size(), 2U);
  for (const DemoScreen& screen : plan->screens) {
    const std::string name = std::filesystem::path(screen.path).filename().string();
    EXPECT_EQ(plan->scans[screen.scan].text, "Asset tag: " + name);
  }
  const std::string before = plan->external_ref;
  Write("screens/good/0003.jpg", "x");
  EXPECT_NE(RealPictures(folder_)->external_ref, before);
}

TEST_F(DemoPlanTest, SaysWhatAFolderLacks) {
  EXPECT_EQ(common::ReasonOf(RealPictures(folder_).status()), "FILE_NOT_FOUND");
  EXPECT_EQ(common::ReasonOf(OwnPallet(folder_).status()), "FILE_NOT_FOUND");
  for (const char* text : {"{", "[]", "{}", R"({"um_per_px":"x","labels":[{}]})",
                           R"({"um_per_px":80,"labels":[{"file":1}]})"}) {
    Write("pallet.json", text);
    EXPECT_EQ(common::ReasonOf(OwnPallet(folder_).status()), "JSON_INVALID") << text;
  }
}

TEST_F(DemoPlanTest, ThePrincipalIsMadeOnceAndItsTokenIsGood) {
  std::string token_path;
  ASSERT_TRUE(PrepareDemoPrincipal(folder_, &token_path).ok());
  const auto first = common::ReadFile(folder_ + "/principals.toml");
  ASSERT_TRUE(PrepareDemoPrincipal(folder_, &token_path).ok());
  EXPECT_EQ(*common::ReadFile(folder_ + "/principals.toml"), *first);
  auto principals = common::Principals::Load(folder_ + "/principals.toml", common::SystemClock());
  ASSERT_TRUE(principals.ok()) << principals.status();
  const auto found = (*principals)->Find(*common::ReadToken(token_path));
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ((*found)->name, "demo");
  EXPECT_EQ(std::filesystem::status(token_path).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST(DemoWorkTest, AScanSucceedsWhenItIsBookedADuplicateOrKept) {
  intake::v1::ScanResponse answer;
  EXPECT_FALSE(Succeeded(answer));
  answer.set_outcome(inventory::v1::SCAN_OUTCOME_UNREAD);
  EXPECT_TRUE(Succeeded(answer));
  answer.set_outcome(inventory::v1::SCAN_OUTCOME_DUPLICATE);
  EXPECT_FALSE(Succeeded(answer));
  answer.set_asset("sites/main/assets/1");
  EXPECT_TRUE(Succeeded(answer));
}

}  // namespace
}  // namespace loopdock::cli
