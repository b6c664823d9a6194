// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/inventory_server.h"

#include "services/common/log.h"
#include "services/common/status.h"
#include "services/storage/memory_driver.h"
#include "services/storage/rocksdb_driver.h"

namespace loopdock::inventory {

absl::StatusOr<std::unique_ptr<storage::Store>> InventoryServer::OpenStore(const Options& options) {
  storage::StoreOptions store = Inventory::StoreOptions();
  store.on_background_error = options.on_fatal;
  if (options.driver == "rocksdb") return storage::MakeRocksDbDriver()->Open(options.path, store);
  if (options.driver == "memory") {
    return storage::MakeMemoryDriver(std::make_shared<storage::MemoryDisk>())
        ->Open(options.path, store);
  }
  return common::Error(
      absl::StatusCode::kInvalidArgument, "CONFIG_INVALID",
      Cat("There is no storage driver '", options.driver, "'; use rocksdb or memory."),
      {{"driver", options.driver}});
}

absl::StatusOr<std::unique_ptr<InventoryServer>> InventoryServer::Open(common::Shell& shell,
                                                                       Options options) {
  auto store = OpenStore(options);
  LOOPDOCK_RETURN_IF_ERROR(store.status());
  Inventory::Options record;
  record.site = options.site;
  record.clock = options.clock;
  record.queue_commands_max = options.queue_commands_max;
  record.on_fatal = options.on_fatal;
  auto inventory = Inventory::Open(*std::move(store), std::move(record));
  LOOPDOCK_RETURN_IF_ERROR(inventory.status());
  std::unique_ptr<InventoryServer> server(new InventoryServer());
  server->inventory_ = *std::move(inventory);
  server->service_ = std::make_unique<InventoryService>(shell, *server->inventory_);
  server->sweeper_ = std::thread(
      [raw = server.get(), interval = options.sweep_interval] { raw->SweepDaily(interval); });
  return server;
}

InventoryServer::~InventoryServer() { Stop(); }

void InventoryServer::SweepDaily(absl::Duration interval) {
  for (;;) {
    const auto swept = inventory_->SweepAll();
    if (swept.ok() && *swept > 0) {
      common::LogInfo("inventory_swept", {{"responses_expired", *swept}});
    } else if (!swept.ok()) {
      common::LogWarning("inventory_sweep_failed",
                         {{"message", std::string(swept.status().message())}});
    }
    absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), interval)) return;
  }
}

void InventoryServer::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (sweeper_.joinable()) sweeper_.join();
  if (inventory_ != nullptr) inventory_->Stop();
}

}  // namespace loopdock::inventory
