// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_UNIT_GRADING_FIXTURE_H_
#define LOOPDOCK_TESTS_UNIT_GRADING_FIXTURE_H_

// Grading's store on the memory driver, and its commands in one line each.
// Thread safety: the test's thread.

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "services/common/clock.h"
#include "services/common/hash.h"
#include "services/common/ids.h"
#include "services/grading/core/inspections.h"
#include "services/grading/core/tables.h"
#include "services/storage/committer.h"
#include "services/storage/memory_driver.h"

namespace loopdock::grading {

class GradingTest : public ::testing::Test {
 protected:
  void SetUp() override { Open(); }

  // Again as after a restart.
  void Open() {
    committer_.reset();
    store_.reset();
    auto store = driver_->Open("/grading", StoreOptions());
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    committer_ = std::make_unique<storage::Committer>(store_.get(),
                                                      storage::CommitterOptions{.clock = &clock_});
  }

  static v1::Inspection Proposed(const std::string& asset = "sites/main/assets/000001") {
    v1::Inspection inspection;
    inspection.set_asset(asset);
    inspection.set_cosmetic(inventory::v1::COSMETIC_C4);
    inspection.set_reason("LIMIT");
    inspection.add_explanations("One scratch of S3 on the display.");
    inspection.set_margin(0.25);
    inspection.set_scale("itad-1@1");
    inspection.mutable_versions()->set_measure("measure/1");
    inspection.add_pictures()->mutable_measurement()->add_defects();
    return inspection;
  }

  static ChangeContext Change(const std::string& request_id, const std::string& content = "a") {
    return {.site = "main",
            .actor = "demo",
            .station = "bench-1",
            .request_id = request_id,
            .request_hash = common::Sha256(content)};
  }

  absl::StatusOr<v1::Inspection> Propose(const std::string& request_id, v1::Inspection proposed,
                                         const std::string& content = "a") {
    v1::Inspection made;
    ProposeCommand command(
        Change(request_id, content), std::move(proposed),
        [&](const absl::Status&, const v1::Inspection& result) { made = result; });
    const absl::Status status = committer_->Run(command);
    if (!status.ok()) return status;
    return made;
  }

  absl::StatusOr<v1::Inspection> Settle(const std::string& request_id,
                                        SettleCommand::Settlement settlement,
                                        const std::string& content = "a") {
    v1::Inspection made;
    SettleCommand command(
        Change(request_id, content), std::move(settlement),
        [&](const absl::Status&, const v1::Inspection& result) { made = result; });
    const absl::Status status = committer_->Run(command);
    if (!status.ok()) return status;
    return made;
  }

  absl::StatusOr<v1::Inspection> Confirm(const std::string& id, int version) {
    return Settle(common::NewUuidV7(), {.inspection_id = id, .version = version});
  }

  std::string Row(storage::TableId table, const std::string& key) {
    auto row = store_->Get(table, key);
    EXPECT_TRUE(row.ok()) << row.status();
    return row->value_or("");
  }

  std::vector<storage::Row> Rows(storage::TableId table) {
    auto rows = store_->Scan({.table = table});
    EXPECT_TRUE(rows.ok()) << rows.status();
    return rows->rows;
  }

  void Overwrite(storage::TableId table, const std::string& key, const std::string& value) {
    storage::WriteBatch batch;
    batch.Put(table, key, value);
    ASSERT_TRUE(store_->Write(batch).ok());
  }

  common::ManualClock clock_;
  std::shared_ptr<storage::MemoryDisk> disk_ = std::make_shared<storage::MemoryDisk>();
  std::unique_ptr<storage::Driver> driver_ = storage::MakeMemoryDriver(disk_);
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<storage::Committer> committer_;
};

}  // namespace loopdock::grading

#endif  // LOOPDOCK_TESTS_UNIT_GRADING_FIXTURE_H_
