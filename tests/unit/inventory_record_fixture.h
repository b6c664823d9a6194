// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_UNIT_INVENTORY_RECORD_FIXTURE_H_
#define LOOPDOCK_TESTS_UNIT_INVENTORY_RECORD_FIXTURE_H_

// An inventory in memory on a clock that stands still: commands in, answers and reasons out.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "services/common/clock.h"
#include "services/common/ids.h"
#include "services/common/status.h"
#include "services/inventory/core/inventory.h"
#include "services/inventory/core/queries.h"
#include "services/inventory/core/replay.h"
#include "services/storage/memory_driver.h"

namespace loopdock::inventory {

inline std::string Sha(char digit) { return std::string(64, digit); }

class InventoryRecordTest : public testing::Test {
 protected:
  InventoryRecordTest() : disk_(std::make_shared<storage::MemoryDisk>()) { Open(); }

  void Open() {
    inventory_.reset();
    auto store = storage::MakeMemoryDriver(disk_)->Open("inventory", Inventory::StoreOptions());
    ASSERT_TRUE(store.ok()) << store.status();
    Inventory::Options options;
    options.clock = &clock_;
    auto inventory = Inventory::Open(*std::move(store), options);
    ASSERT_TRUE(inventory.ok()) << inventory.status();
    inventory_ = *std::move(inventory);
    queries_ = std::make_unique<Queries>(*inventory_);
  }

  static std::string NewId() { return common::NewUuidV7(); }

  template <typename Request>
  absl::StatusOr<typename ResponseOf<Request>::Type> Send(Request request) {
    if (request.request_id().empty()) request.set_request_id(NewId());
    return inventory_->Run(Sender{"ann", "dock-1"}, request);
  }

  // The same, for what must succeed.
  template <typename Request>
  typename ResponseOf<Request>::Type Do(Request request) {
    auto response = Send(std::move(request));
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *std::move(response) : typename ResponseOf<Request>::Type();
  }

  template <typename Request>
  std::string Reason(Request request) {
    return common::ReasonOf(Send(std::move(request)).status());
  }

  template <typename Request, typename Response>
  absl::Status Ask(const Request& request, Response* response) {
    return queries_->Answer(request, response);
  }

  // Replaying the feed makes the same state, and fsck finds nothing.
  void ExpectSound() {
    const storage::FsckReport report = inventory_->Fsck();
    EXPECT_TRUE(report.ok());
    for (const auto& problem : report.problems) {
      ADD_FAILURE() << problem.table << " " << testing::PrintToString(problem.key) << ": "
                    << problem.what;
    }
  }

  std::string StateHash() {
    const auto hash = HashState(inventory_->store(), "main");
    EXPECT_TRUE(hash.ok()) << hash.status();
    return hash.ok() ? hash->sha256() : "";
  }

  common::ManualClock clock_;
  std::shared_ptr<storage::MemoryDisk> disk_;
  std::unique_ptr<Inventory> inventory_;
  std::unique_ptr<Queries> queries_;
};

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_TESTS_UNIT_INVENTORY_RECORD_FIXTURE_H_
