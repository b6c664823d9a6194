// SPDX-License-Identifier: Apache-2.0
// What a dock may be given by mistake or on purpose: each gets a precise answer, and the next good
// scan is booked as if nothing had happened.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "services/common/fileio.h"
#include "services/common/ids.h"
#include "services/common/reasons.h"
#include "services/common/status.h"
#include "tests/e2e/floor.h"
#include "tests/tools/hostile_inputs.h"

namespace loopdock::e2e {
namespace {

using common::ReasonOf;
namespace inv = inventory::v1;

class HostileInputTest : public ::testing::Test {
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

  // A label that can be read, never twice.
  void ExpectGoodScansWork() {
    static int next = 0;
    const auto text = shop->Scan(shop->TextScan(session_, absl::StrCat("S/N: HOST", ++next)));
    ASSERT_TRUE(text.ok()) << text.status();
    EXPECT_EQ(text->outcome(), inv::SCAN_OUTCOME_BOOKED);
  }
  void ExpectGoodPictureWorks() {
    const auto picture =
        shop->Scan(shop->PictureScan(session_, DemoPicture("labels/phone-a9.jpg")));
    ASSERT_TRUE(picture.ok()) << picture.status();
    EXPECT_TRUE(picture->outcome() == inv::SCAN_OUTCOME_BOOKED ||
                picture->outcome() == inv::SCAN_OUTCOME_DUPLICATE)
        << picture->DebugString();
    EXPECT_EQ(picture->symbols_size(), 2);
  }

  // Refused for what it is; or kept unread with the reason, where only the worker saw it.
  void ExpectPreciseAnswer(const std::string& bytes) {
    const auto scanned = shop->Scan(shop->PictureScan(session_, bytes));
    if (scanned.ok()) {
      EXPECT_EQ(scanned->outcome(), inv::SCAN_OUTCOME_UNREAD) << scanned->DebugString();
      return;
    }
    EXPECT_EQ(scanned.status().code(), absl::StatusCode::kInvalidArgument) << scanned.status();
    const std::set<std::string> precise = {"EMPTY_PICTURE",   "NOT_A_PICTURE",
                                           "IMAGE_TRUNCATED", "IMAGE_CORRUPT",
                                           "IMAGE_TOO_LARGE", "IMAGE_FORMAT_UNSUPPORTED"};
    EXPECT_EQ(precise.count(ReasonOf(scanned.status())), 1u) << scanned.status();
  }

  static Cluster* cluster;
  static Floor* shop;
  std::string session_;
};

Cluster* HostileInputTest::cluster = nullptr;
Floor* HostileInputTest::shop = nullptr;

TEST_F(HostileInputTest, PicturesThatAreNone) {
  const std::string good = DemoPicture("labels/phone-b4.jpg");
  ASSERT_FALSE(good.empty());
  for (const auto& input : loopdock::testing::HostilePictures(good, 20260302)) {
    SCOPED_TRACE(input.name);
    ExpectPreciseAnswer(input.bytes);
    ExpectGoodScansWork();
  }
  ExpectGoodPictureWorks();
}

TEST_F(HostileInputTest, ABombIsRefusedUnopened) {
  const std::string bomb = loopdock::testing::PngBomb(20'000, 20'000, 0.002);
  EXPECT_GT(bomb.size(), 900'000u);
  const auto scanned = shop->Scan(shop->PictureScan(session_, bomb));
  EXPECT_EQ(ReasonOf(scanned.status()), "IMAGE_TOO_LARGE") << scanned.status();
  ExpectGoodPictureWorks();
}

TEST_F(HostileInputTest, TextsAreKeptRawOrRefused) {
  for (const auto& input : loopdock::testing::HostileTexts()) {
    SCOPED_TRACE(input.name);
    const auto scanned = shop->Scan(shop->TextScan(session_, input.bytes));
    if (input.bytes.size() > 8192) {
      EXPECT_EQ(ReasonOf(scanned.status()), "TEXT_TOO_LONG") << scanned.status();
    } else {
      ASSERT_TRUE(scanned.ok()) << scanned.status();
      inv::GetScanRequest get;
      get.set_name(scanned->scan().name());
      const auto kept = shop->Do(&InventoryStub::GetScan, get);
      ASSERT_TRUE(kept.ok()) << kept.status();
      ASSERT_EQ(kept->symbols_size(), 1);
      EXPECT_EQ(kept->symbols(0).content(), input.bytes);
    }
    ExpectGoodScansWork();
  }
}

TEST_F(HostileInputTest, AMessageBeyondTheLimitIsRefused) {
  const auto scanned = shop->Scan(shop->PictureScan(session_, std::string(size_t{21} << 20, 'x')));
  EXPECT_EQ(scanned.status().code(), absl::StatusCode::kResourceExhausted) << scanned.status();
  ExpectGoodScansWork();
}

TEST_F(HostileInputTest, BadFieldsAreNamedAllAtOnce) {
  intake::v1::ScanRequest scan;
  scan.set_request_id(common::NewUuidV7());
  scan.set_session("sites/main/loads/not-a-session");
  const auto scanned = shop->Scan(scan);
  EXPECT_EQ(ReasonOf(scanned.status()), "INVALID_FIELDS");
  const std::string message(scanned.status().message());
  EXPECT_NE(message.find("session"), std::string::npos) << message;
  EXPECT_NE(message.find("content"), std::string::npos) << message;
  scan.set_request_id("not a uuid");
  EXPECT_EQ(ReasonOf(shop->Scan(scan).status()), "REQUEST_ID_INVALID");
}

TEST_F(HostileInputTest, TheFrameThatKillsANaiveReader) {
  const std::string path = cluster->folder() + "/killer.png";
  const std::string command = absl::StrCat(
      "'", loopdock::testing::ProgramPath("loopdock-demo-pictures"), "' --killer '", path, "'");
  ASSERT_EQ(std::system(command.c_str()), 0);
  const auto bytes = common::ReadFile(path);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  const auto scanned = shop->Scan(shop->PictureScan(session_, *bytes));
  ASSERT_TRUE(scanned.ok()) << scanned.status();
  EXPECT_GE(scanned->symbols_size(), 1) << scanned->DebugString();
  ExpectGoodPictureWorks();
}

TEST_F(HostileInputTest, AKilledWorkerCostsNoScan) {
  ExpectGoodPictureWorks();
  EXPECT_GE(cluster->KillWorkers(), 1);
  // The pool may notice only by this picture: then it is read again in the safest mode.
  const auto next = shop->Scan(shop->PictureScan(session_, DemoPicture("labels/phone-b4.jpg")));
  ASSERT_TRUE(next.ok()) << next.status();
  EXPECT_GE(next->symbols_size(), 1) << next->DebugString();
  ExpectGoodPictureWorks();
}

TEST(OverloadTest, AFullQueueSaysWhenToComeBack) {
  auto cluster = Cluster::Start({"--vision-queue=1"});
  ASSERT_TRUE(cluster.ok()) << cluster.status();
  const Floor floor(**cluster);
  const auto session = floor.OpenSession();
  ASSERT_TRUE(session.ok()) << session.status();
  const std::string picture = DemoPicture("labels/pallet.jpg");
  constexpr int kStations = 10;
  absl::Mutex mutex;
  int booked = 0, refused = 0;
  std::vector<std::thread> stations;
  for (int i = 0; i < kStations; ++i) {
    stations.emplace_back([&] {
      const auto scan = floor.PictureScan(*session, picture);
      auto answer = floor.ScanOnce(scan);
      if (!answer.ok()) {
        EXPECT_EQ(answer.status().code(), absl::StatusCode::kResourceExhausted) << answer.status();
        EXPECT_EQ(ReasonOf(answer.status()), "OVERLOADED");
        EXPECT_TRUE(common::RetryAfterOf(answer.status()).ok()) << "no RetryInfo";
        {
          absl::MutexLock lock(&mutex);
          ++refused;
        }
        answer = floor.Scan(scan);  // as the client library does: the same id, again
      }
      EXPECT_TRUE(answer.ok()) << answer.status();
      absl::MutexLock lock(&mutex);
      booked += answer.ok() ? 1 : 0;
    });
  }
  for (std::thread& station : stations) station.join();
  EXPECT_GT(refused, 0);
  EXPECT_EQ(booked, kStations);
}

TEST(ConfigurationTest, AnUnknownKeyStopsTheStartAndIsNamed) {
  const auto folder = common::MakeTemporaryDirectory("loopdock-e2e-config");
  ASSERT_TRUE(folder.ok());
  const std::string path = *folder + "/wrong.toml";
  ASSERT_TRUE(common::WriteFileAtomically(path, "[limits]\nmesage_bytes = 1\n").ok());
  const auto server = loopdock::testing::ServerProcess::Start(*folder, {"--config=" + path});
  ASSERT_FALSE(server.ok());
  const std::string said(server.status().message());
  EXPECT_NE(said.find("limits.mesage_bytes"), std::string::npos) << said;
  EXPECT_NE(said.find("limits.message_bytes"), std::string::npos) << said;
  EXPECT_NE(said.find("wrong.toml:2"), std::string::npos) << said;
  std::filesystem::remove_all(*folder);
}

}  // namespace
}  // namespace loopdock::e2e
