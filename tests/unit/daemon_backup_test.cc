// SPDX-License-Identifier: Apache-2.0
// The folder of backups: bytes of a manifest, names, series, and one backup a request.
#include <gtest/gtest.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "services/common/fileio.h"
#include "services/common/ids.h"
#include "services/common/status.h"
#include "services/daemon/backup.h"
#include "services/storage/memory_driver.h"

namespace loopdock::daemon {
namespace {

using common::ReasonOf;
using common::v1::Backup;
using common::v1::CreateBackupRequest;
using common::v1::CreateBackupResponse;

Backup Golden() {
  Backup backup;
  backup.set_name("20260302T091500Z-2");
  backup.mutable_create_time()->set_seconds(1772442900);
  common::v1::StoreBackup* store = backup.add_stores();
  store->set_store("inventory");
  store->set_size_bytes(4096);
  store->set_epoch("1767323045000000");
  store->set_sequence(42);
  store->set_number(2);
  store->set_request_id("019cad05-6a20-7000-8000-000000000001");
  return backup;
}

TEST(BackupManifestTest, HasItsGoldenBytes) {
  EXPECT_EQ(EncodeManifest(Golden()).value(),
            R"(loopdock.backup/1 f4e66c5e57924fbbfa6032a13e98ecbd8df4b7017014c2586492bad99ebaf159
{
 "name": "20260302T091500Z-2",
 "create_time": "2026-03-02T09:15:00Z",
 "stores": [
  {
   "store": "inventory",
   "size_bytes": "4096",
   "epoch": "1767323045000000",
   "sequence": "42",
   "number": "2",
   "request_id": "019cad05-6a20-7000-8000-000000000001"
  }
 ]
}
)");
}

TEST(BackupManifestTest, EveryChangedByteIsNoticed) {
  const std::string text = EncodeManifest(Golden()).value();
  EXPECT_TRUE(DecodeManifest(text).ok());
  for (size_t i = 0; i < text.size(); ++i) {
    std::string bad = text;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    EXPECT_EQ(ReasonOf(DecodeManifest(bad).status()), "BACKUP_CORRUPT") << i;
    EXPECT_FALSE(DecodeManifest(text.substr(0, i)).ok()) << i;
  }
}

class BackupsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = common::MakeTemporaryDirectory("loopdock-backups").value();
    storage::StoreOptions options;
    options.name = "inventory";
    options.tables = {{1, "rows", false, 0, false}};
    store_ = storage::MakeMemoryDriver(std::make_shared<storage::MemoryDisk>())
                 ->Open("store", options)
                 .value();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Backups Make() {
    return Backups(folder_, {{.name = "inventory", .store = store_.get(), .position = [] {
                                return FeedPosition{"7", 42};
                              }}});
  }
  static CreateBackupRequest Request(bool full = false) {
    CreateBackupRequest request;
    request.set_request_id(common::NewUuidV7());
    request.set_full(full);
    return request;
  }
  static absl::StatusOr<std::string> Create(Backups& backups, const CreateBackupRequest& request) {
    std::string name;
    const absl::Status status =
        backups.Create(request, [&](const CreateBackupResponse& step) { name = step.backup(); });
    if (!status.ok()) return status;
    return name;
  }

  std::string folder_;
  std::unique_ptr<storage::Store> store_;
};

TEST_F(BackupsTest, TheFirstIsFullAndTheNextContinuesItsSeries) {
  Backups backups = Make();
  const std::string first = Create(backups, Request()).value();
  const std::string second = Create(backups, Request()).value();
  EXPECT_EQ(second, first.substr(0, first.find('-')) + "-2");
  const auto listed = ReadBackups(folder_).value();
  ASSERT_EQ(listed.size(), 2u);
  EXPECT_TRUE(listed[0].full());
  EXPECT_FALSE(listed[1].full());
  EXPECT_EQ(listed[1].stores(0).epoch(), "7");
  EXPECT_EQ(listed[1].stores(0).sequence(), 42);
  EXPECT_EQ(listed[1].stores(0).number(), 2);
  // At once, in the same second: a series of its own all the same.
  const std::string other = Create(backups, Request(true)).value();
  EXPECT_GT(other, second);
  EXPECT_EQ(Create(backups, Request()).value(), other.substr(0, other.find('-')) + "-2");
}

TEST_F(BackupsTest, OneRequestMakesOneBackup) {
  Backups backups = Make();
  const CreateBackupRequest request = Request();
  const auto first = Create(backups, request);
  EXPECT_EQ(Create(backups, request).value(), first.value());
  EXPECT_EQ(ReadBackups(folder_).value().size(), 1u);
}

TEST_F(BackupsTest, ADamagedManifestIsNotListedAndRefused) {
  Backups backups = Make();
  const std::string name = Create(backups, Request()).value();
  const std::string path = absl::StrCat(SeriesFolder(folder_, name), "/", name, ".json");
  std::string text = common::ReadFile(path).value();
  text.back() = 'x';
  ASSERT_TRUE(common::WriteFileAtomically(path, text).ok());
  EXPECT_TRUE(ReadBackups(folder_).value().empty());
  EXPECT_EQ(ReasonOf(ReadBackup(folder_, name).status()), "BACKUP_CORRUPT");
}

TEST_F(BackupsTest, OnlyNamesOfBackupsReachTheDisk) {
  for (const char* name : {"", "x", "../../etc/passwd", "20260302T091500Z", "20260302T091500Z-",
                           "20260302T091500Z-0", "20260302T091500Z-01", "20260302T091500Z-1/..",
                           "2026030XT091500Z-1", "20260302T091500Z-1000000"}) {
    EXPECT_EQ(ReasonOf(ReadBackup(folder_, name).status()), "BACKUP_NOT_FOUND") << name;
  }
  Backups backups = Make();
  CreateBackupRequest request = Request();
  request.set_backup("../../x-1");
  EXPECT_EQ(ReasonOf(Create(backups, request).status()), "BACKUP_NOT_FOUND");
}

}  // namespace
}  // namespace loopdock::daemon
