// SPDX-License-Identifier: Apache-2.0
// Backups of a running Loopdock by the command line: full and incremental, restored by name into a
// house that goes on, refused when its parts are not of one time, and a point in time by the feed.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "loopdock/common/v1/admin.grpc.pb.h"
#include "services/common/fileio.h"
#include "services/common/hash.h"
#include "services/common/ids.h"
#include "services/common/status.h"
#include "tests/e2e/floor.h"

namespace loopdock::e2e {
namespace {

namespace fs = std::filesystem;
namespace inv = inventory::v1;
using common::v1::Backup;

struct Ended {
  int code = -1;
  std::string output;  // of both kinds
};

Ended RunProgram(const std::string& words) {
  Ended ended;
  FILE* pipe = ::popen(absl::StrCat(testing::ProgramPath(words), " 2>&1").c_str(), "r");
  if (pipe == nullptr) return ended;
  char buffer[4096];
  while (const size_t bytes = std::fread(buffer, 1, sizeof buffer, pipe)) {
    ended.output.append(buffer, bytes);
  }
  const int status = ::pclose(pipe);
  if (WIFEXITED(status)) ended.code = WEXITSTATUS(status);
  return ended;
}

class BackupTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto cluster = Cluster::Start();
    ASSERT_TRUE(cluster.ok()) << cluster.status();
    cluster_ = *std::move(cluster);
    floor_ = std::make_unique<Floor>(*cluster_);
    auto session = floor_->OpenSession();
    ASSERT_TRUE(session.ok()) << session.status();
    session_ = *session;
  }
  void TearDown() override { fs::remove_all(other_); }

  std::string Address(const std::string& service) const {
    return cluster_->to(service).options().address;
  }

  // Books devices and waits until the log has them; the feed's end.
  std::int64_t Book(const std::string& prefix, int count) {
    std::int64_t sequence = 0;
    for (int i = 0; i < count; ++i) {
      const auto scan =
          floor_->Scan(floor_->TextScan(session_, absl::StrCat("S/N: ", prefix, 1000 + i)));
      EXPECT_TRUE(scan.ok()) << scan.status();
      if (scan.ok()) sequence = scan->sequence();
    }
    EXPECT_TRUE(floor_->Checkpoint(sequence).ok());
    return sequence;
  }

  Ended MakeBackup(const std::string& more = "") {
    std::string words = absl::StrCat("loopdock admin backup --address ", Address("traceability"),
                                     " --token-file ", cluster_->folder(), "/admin.token ", more);
    if (IsSplit()) {
      absl::StrAppend(&words, " --also ", Address("inventory"), " ", Address("grading"));
    }
    return RunProgram(words);
  }

  std::vector<Backup> List() {
    const auto stub = common::v1::AdminService::NewStub(cluster_->to("inventory").channel());
    const auto answer = cluster_->to("inventory")
                            .Ask(*stub, &common::v1::AdminService::Stub::ListBackups,
                                 common::v1::ListBackupsRequest());
    EXPECT_TRUE(answer.ok()) << answer.status();
    if (!answer.ok()) return {};
    return {answer->backups().begin(), answer->backups().end()};
  }

  inv::StateHash Hash() {
    inv::GetStateHashRequest request;
    request.set_site("sites/main");
    const auto hash = floor_->Do(&InventoryStub::GetStateHash, request);
    EXPECT_TRUE(hash.ok()) << hash.status();
    return hash.ok() ? *hash : inv::StateHash();
  }

  Ended Restore(const std::string& backup, const std::string& into) {
    return RunProgram(absl::StrCat("loopdock admin restore ", backup, " --from ",
                                   cluster_->folder(), "/backups --data-dir ", into));
  }

  // A new empty folder, with the principals of the cluster.
  std::string OtherFolder() {
    if (other_.empty()) other_ = common::MakeTemporaryDirectory("loopdock-other").value();
    const std::string folder = absl::StrCat(other_, "/", ++folders_);
    fs::create_directories(folder);
    for (const char* file : {"principals.toml", "admin.token", "service.token"}) {
      fs::copy(cluster_->folder() + "/" + file, folder + "/" + file);
    }
    return folder;
  }

  std::unique_ptr<Cluster> cluster_;
  std::unique_ptr<Floor> floor_;
  std::string session_;
  std::string other_;
  int folders_ = 0;
};

TEST_F(BackupTest, FullAndIncrementalAndEachRestoresByName) {
  Book("FIRST", 5);
  const auto first_hash = Hash();
  const Ended first = MakeBackup();
  ASSERT_EQ(first.code, 0) << first.output;
  Book("SECOND", 5);
  const auto second_hash = Hash();
  const Ended second = MakeBackup();
  ASSERT_EQ(second.code, 0) << second.output;
  const auto backups = List();
  ASSERT_EQ(backups.size(), 2u);
  EXPECT_TRUE(backups[0].full());
  EXPECT_FALSE(backups[1].full());
  for (const Backup& backup : backups) {
    ASSERT_EQ(backup.stores_size(), 3) << backup.DebugString();
    EXPECT_EQ(backup.stores(0).store(), "traceability");
    EXPECT_EQ(backup.stores(1).store(), "inventory");
    EXPECT_EQ(backup.stores(2).store(), "grading");
    EXPECT_LE(backup.stores(0).sequence(), backup.stores(1).sequence());
  }
  EXPECT_TRUE(absl::StrContains(second.output, backups[1].name()));

  const std::vector<inv::StateHash> hashes = {first_hash, second_hash};
  ASSERT_NE(hashes[0].sha256(), hashes[1].sha256());
  for (size_t i = 0; i < 2; ++i) {
    const std::string folder = OtherFolder();
    const Ended restored = Restore(backups[i].name(), folder);
    ASSERT_EQ(restored.code, 0) << restored.output;
    const Ended whole = RunProgram(absl::StrCat("loopdock admin fsck --data-dir ", folder));
    EXPECT_EQ(whole.code, 0) << whole.output;
    // Decisions may have come between the hash and the backup: the state then, out of the backup.
    const Ended replayed =
        RunProgram(absl::StrCat("loopdock admin replay ", folder, " --data-dir ", OtherFolder(),
                                " --through ", hashes[i].sequence()));
    EXPECT_EQ(replayed.code, 0) << replayed.output;
    EXPECT_TRUE(absl::StrContains(replayed.output, hashes[i].sha256())) << replayed.output;
    // What is there is not overwritten.
    const Ended again = Restore(backups[i].name(), folder);
    EXPECT_NE(again.code, 0);
    EXPECT_TRUE(absl::StrContains(again.output, "Give a data folder without stores"))
        << again.output;
  }
}

TEST_F(BackupTest, TheRestoredHouseGoesOnWithItsLogUnderANewEpoch) {
  Book("BEFORE", 4);
  const auto checkpoint = floor_->Checkpoint(0);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  ASSERT_EQ(MakeBackup().code, 0);
  const std::string backup = List().front().name();
  Book("AFTER", 3);  // the backup does not have these
  const auto feed = floor_->Feed();
  ASSERT_TRUE(feed.ok());
  ASSERT_TRUE(cluster_->Stop().ok());
  for (const char* store : {"inventory", "traceability", "grading", "inventory-sampling.key"}) {
    fs::rename(cluster_->folder() + "/" + store, cluster_->folder() + "/old-" + store);
  }
  const Ended restored = Restore(backup, cluster_->folder());
  ASSERT_EQ(restored.code, 0) << restored.output;
  const absl::Status restarted = cluster_->Restart();
  ASSERT_TRUE(restarted.ok()) << restarted;

  const std::int64_t sequence = Book("AGAIN", 2);
  EXPECT_GT(sequence, 0);
  const auto later = floor_->Checkpoint(sequence);
  ASSERT_TRUE(later.ok()) << later.status();
  EXPECT_EQ(later->verifier_key(), checkpoint->verifier_key());
  EXPECT_TRUE(floor_->VerifyGrowth(*checkpoint, *later).ok());
  const auto new_feed = floor_->Feed();
  ASSERT_TRUE(new_feed.ok());
  EXPECT_NE(new_feed->back().epoch(), feed->back().epoch());
  EXPECT_EQ(new_feed->front().epoch(), feed->front().epoch());
}

TEST_F(BackupTest, PartsOfTwoTimesAreRefused) {
  Book("ONE", 3);
  ASSERT_EQ(MakeBackup().code, 0);
  Book("TWO", 3);
  ASSERT_EQ(MakeBackup("--full").code, 0);
  const auto backups = List();
  ASSERT_EQ(backups.size(), 2u);
  EXPECT_TRUE(backups[1].full());
  const std::string folder = cluster_->folder() + "/backups/";
  const auto series = [&](size_t i) {
    return folder + backups[i].name().substr(0, backups[i].name().find('-'));
  };
  // Booking changes nothing in grading: its two copies are the same bytes, perhaps of one second.
  for (const char* store : {"inventory", "traceability"}) {
    const std::string mixed = series(1) + "/" + store;
    fs::rename(mixed, series(1) + "/kept");
    fs::copy(series(0) + "/" + store, mixed, fs::copy_options::recursive);
    const std::string into = OtherFolder();
    const Ended refused = Restore(backups[1].name(), into);
    EXPECT_EQ(refused.code, 1) << store;
    EXPECT_TRUE(absl::StrContains(refused.output, "is not of one time")) << refused.output;
    EXPECT_FALSE(fs::exists(into + "/inventory"));
    fs::remove_all(mixed);
    fs::rename(series(1) + "/kept", mixed);
  }
  const Ended good = Restore(backups[1].name(), OtherFolder());
  EXPECT_EQ(good.code, 0) << good.output;
  const Ended absent = Restore("20200101T000000Z-1", OtherFolder());
  EXPECT_TRUE(absl::StrContains(absent.output, "There is no backup")) << absent.output;
  const Ended outside = Restore("../../../etc", OtherFolder());
  EXPECT_TRUE(absl::StrContains(outside.output, "There is no backup")) << outside.output;
}

TEST_F(BackupTest, TheFeedGivesEveryPointInTime) {
  Book("EARLY", 3);
  const auto early = Hash();
  Book("LATE", 3);
  ASSERT_TRUE(cluster_->Stop().ok());
  const std::string into = OtherFolder();
  const std::string words = absl::StrCat("loopdock admin replay ", cluster_->folder(),
                                         " --data-dir ", into, " --through ");
  const Ended beyond = RunProgram(absl::StrCat(words, "999999"));
  EXPECT_EQ(beyond.code, 1) << beyond.output;
  const Ended replayed = RunProgram(absl::StrCat(words, early.sequence()));
  ASSERT_EQ(replayed.code, 0) << replayed.output;
  EXPECT_TRUE(absl::StrContains(
      replayed.output, absl::StrCat("state ", early.sha256(), " at entry ", early.sequence())))
      << replayed.output;
  const Ended whole = RunProgram(absl::StrCat("loopdock admin fsck --data-dir ", into));
  EXPECT_EQ(whole.code, 0) << whole.output;
}

TEST_F(BackupTest, TheSameRequestMakesOneBackup) {
  const auto stub = common::v1::AdminService::NewStub(cluster_->to("grading").channel());
  common::v1::CreateBackupRequest request;
  request.set_request_id(common::NewUuidV7());
  std::vector<std::string> names;
  for (int i = 0; i < 2; ++i) {
    grpc::ClientContext context;
    cluster_->to("grading").Authorize(context);
    const auto stream = stub->CreateBackup(&context, request);
    common::v1::CreateBackupResponse step;
    while (stream->Read(&step)) {
      if (step.store() == "grading" && step.has_info()) names.push_back(step.backup());
    }
    const auto status = stream->Finish();
    EXPECT_TRUE(status.ok()) << status.error_message();
  }
  ASSERT_EQ(names.size(), 2u);
  EXPECT_EQ(names[0], names[1]);
  EXPECT_EQ(List().size(), 1u);
}

}  // namespace
}  // namespace loopdock::e2e
