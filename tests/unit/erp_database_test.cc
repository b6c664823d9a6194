// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>

#include "clients/erp/database.h"
#include "services/common/fileio.h"
#include "services/common/status.h"

namespace loopdock::erp {
namespace {

using common::ReasonOf;

class ErpDatabaseTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto folder = common::MakeTemporaryDirectory("loopdock-erp");
    ASSERT_TRUE(folder.ok()) << folder.status();
    folder_ = *folder;
    path_ = folder_ + "/erp.db";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<Database> Open() {
    auto database = Database::Open(path_);
    EXPECT_TRUE(database.ok()) << database.status();
    return database.ok() ? *std::move(database) : nullptr;
  }

  std::string folder_;
  std::string path_;
};

TEST_F(ErpDatabaseTest, WhatIsCommittedIsThereAndWhatIsNotIsNot) {
  const Row row{"bins", {{"bin", "b"}, {"display_name", "B"}, {"kind", ""}, {"secured", 1}}};
  {
    const auto database = Open();
    auto first = Transaction::Begin(database.get());
    ASSERT_TRUE(first.ok()) << first.status();
    ASSERT_TRUE(database->Put(row).ok());
    first->reset();
    EXPECT_EQ(database->Query("SELECT * FROM bins")->size(), 0u);
    auto second = Transaction::Begin(database.get());
    ASSERT_TRUE(second.ok()) << second.status();
    ASSERT_TRUE(database->Put(row).ok());
    ASSERT_TRUE(database->Put(row).ok()) << "the same row again";
    ASSERT_TRUE((*second)->Commit().ok());
  }
  const auto rows = Open()->Query("SELECT bin, display_name, kind, secured FROM bins");
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(*rows, (std::vector<Cells>{{"b", "B", "", std::int64_t{1}}}));
}

TEST_F(ErpDatabaseTest, TextIsDataWhateverItSays) {
  const auto database = Open();
  const std::string hostile("x'; DROP TABLE bins; --\0y", 25);
  ASSERT_TRUE(
      database
          ->Put({"bins", {{"bin", hostile}, {"display_name", ""}, {"kind", ""}, {"secured", 0}}})
          .ok());
  EXPECT_EQ(Text(database->Query("SELECT bin FROM bins")->at(0)[0]), hostile);
}

TEST_F(ErpDatabaseTest, WhatWasSentCannotChange) {
  const auto database = Open();
  const auto run = [&](const std::string& sql) { return database->Run(sql).ok(); };
  ASSERT_TRUE(
      run("INSERT INTO outbox (kind, external_ref, body) VALUES ('goods_receipt', 'R', '{}')"));
  EXPECT_TRUE(run("UPDATE outbox SET body = '{ }'")) << "not sent yet";
  ASSERT_TRUE(run("UPDATE outbox SET state = 'sending', request_id = 'id'"));
  EXPECT_FALSE(run("UPDATE outbox SET body = '{}'"));
  EXPECT_FALSE(run("UPDATE outbox SET request_id = 'other'"));
  EXPECT_FALSE(run("UPDATE outbox SET state = 'new'"));
  EXPECT_FALSE(run("DELETE FROM outbox"));
  ASSERT_TRUE(run("UPDATE outbox SET state = 'refused', reason = 'NOT_FOUND'"));
  EXPECT_TRUE(run("UPDATE outbox SET state = 'new', body = '{}'")) << "corrected";
  EXPECT_FALSE(
      run("INSERT INTO outbox (kind, external_ref, body) VALUES ('goods_receipt', 'R', '{}')"));
  EXPECT_FALSE(run("INSERT INTO outbox (kind, external_ref, body) VALUES ('invoice', 'S', '{}')"));
}

TEST_F(ErpDatabaseTest, AnotherProgramsFileIsLeftAlone) {
  { ASSERT_TRUE(Open()->Run("PRAGMA application_id = 7").ok()); }
  EXPECT_EQ(ReasonOf(Database::Open(path_).status()), "DATABASE_FOREIGN");
  path_ = folder_ + "/newer.db";
  { ASSERT_TRUE(Open()->Run("PRAGMA user_version = 2").ok()); }
  EXPECT_EQ(ReasonOf(Database::Open(path_).status()), "DATABASE_TOO_NEW");
  EXPECT_EQ(ReasonOf(Database::Open(folder_ + "/no/such.db").status()), "DATABASE_IO");
}

}  // namespace
}  // namespace loopdock::erp
