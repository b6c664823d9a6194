// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/inventory_server.h"

#include <prometheus/gauge.h>

#include <filesystem>
#include <system_error>

#include "services/common/fileio.h"
#include "services/common/hash.h"
#include "services/common/log.h"
#include "services/common/status.h"
#include "services/storage/memory_driver.h"
#include "services/storage/rocksdb_driver.h"

namespace loopdock::inventory {

namespace {

absl::StatusOr<std::unique_ptr<storage::Store>> OpenWith(const std::string& driver,
                                                         const std::string& path,
                                                         const storage::StoreOptions& store) {
  if (driver == "rocksdb") return storage::MakeRocksDbDriver()->Open(path, store);
  if (driver == "memory") {
    return storage::MakeMemoryDriver(std::make_shared<storage::MemoryDisk>())->Open(path, store);
  }
  return common::Error(absl::StatusCode::kInvalidArgument, "CONFIG_INVALID",
                       Cat("There is no storage driver '", driver, "'; use rocksdb or memory."),
                       {{"driver", driver}});
}

// The secret behind the choice of samples lies beside the store and not in it, so that nobody who
// reads the feed knows it; it is made at the first start. A store that forgets has one of its own.
absl::StatusOr<std::string> SamplingSecret(const InventoryServer::Options& options) {
  constexpr size_t kSecretBytes = 32;
  constexpr std::int64_t kFileMax = 256;
  if (options.driver == "memory") return common::RandomBytes(kSecretBytes);
  const std::string path = options.path + "-sampling.key";
  const auto text = common::ReadFile(path, kFileMax);
  if (text.ok()) {
    auto secret = common::HexDecode(Trim(*text));
    if (secret.ok() && secret->size() == kSecretBytes) return secret;
    return common::Error(absl::StatusCode::kDataLoss, "STORE_CORRUPT",
                         Cat(path,
                             " is no secret of 64 hexadecimal digits; restore the file from "
                             "a backup, or remove it to have a new one made."),
                         {{"path", path}});
  }
  if (!absl::IsNotFound(text.status())) return text.status();
  const std::string secret = common::RandomBytes(kSecretBytes);
  LOOPDOCK_RETURN_IF_ERROR(
      common::WriteFileAtomically(path, common::HexEncode(secret) + "\n", 0600));
  return secret;
}

}  // namespace

absl::StatusOr<std::unique_ptr<storage::Store>> InventoryServer::OpenStore(const Options& options) {
  storage::StoreOptions store = Inventory::StoreOptions();
  store.on_background_error = options.on_fatal;
  return OpenWith(options.driver, options.path, store);
}

absl::StatusOr<std::unique_ptr<storage::Store>> InventoryServer::OpenIndexStore(
    const Options& options, bool fresh) {
  const std::string path = options.path + "_index";
  if (fresh && options.driver == "rocksdb") {
    std::error_code error;
    std::filesystem::remove_all(path, error);
    if (error) {
      return common::Error(
          absl::StatusCode::kUnavailable, "STORE_IO",
          Cat("The old query index at ", path, " cannot be removed: ", error.message(), "."),
          {{"path", path}});
    }
  }
  return OpenWith(options.driver, path, IndexStoreOptions());
}

absl::Status InventoryServer::OpenIndex(const Options& options, common::Metrics& metrics) {
  prometheus::Gauge& position =
      metrics.Gauge("loopdock_inventory_index_sequence", "Feed entry that the query index has.");
  prometheus::Gauge& lag = metrics.Gauge("loopdock_inventory_index_lag_entries",
                                         "Feed entries that the query index has not taken yet.");
  prometheus::Gauge& failed =
      metrics.Gauge("loopdock_inventory_index_failed", "1 when the query index has failed.");
  QueryIndex::Options index;
  index.open = [options](bool fresh) { return OpenIndexStore(options, fresh); };
  index.on_progress = [&position, &lag](std::int64_t at, std::int64_t last) {
    position.Set(static_cast<double>(at));
    lag.Set(static_cast<double>(last - at));
  };
  index.on_rebuild = [](std::string_view why) {
    common::LogInfo("inventory_index_begun_anew", {{"why", std::string(why)}});
  };
  index.on_failure = [&failed](const absl::Status& why) {
    failed.Set(1);
    common::LogError("inventory_index_failed", {{"error", why.ToString()}});
  };
  auto opened = QueryIndex::Open(*inventory_, std::move(index));
  LOOPDOCK_RETURN_IF_ERROR(opened.status());
  index_ = *std::move(opened);
  index_->Start();
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<InventoryServer>> InventoryServer::Open(common::Shell& shell,
                                                                       Options options) {
  auto store = OpenStore(options);
  LOOPDOCK_RETURN_IF_ERROR(store.status());
  Inventory::Options record;
  record.site = options.site;
  record.clock = options.clock;
  record.queue_commands_max = options.queue_commands_max;
  record.disk_reserve = options.disk_reserve;
  record.on_fatal = options.on_fatal;
  auto secret = SamplingSecret(options);
  LOOPDOCK_RETURN_IF_ERROR(secret.status());
  record.sampling_secret = *std::move(secret);
  auto inventory = Inventory::Open(*std::move(store), std::move(record));
  LOOPDOCK_RETURN_IF_ERROR(inventory.status());
  std::unique_ptr<InventoryServer> server(new InventoryServer());
  server->inventory_ = *std::move(inventory);
  LOOPDOCK_RETURN_IF_ERROR(server->OpenIndex(options, shell.metrics()));
  server->service_ =
      std::make_unique<InventoryService>(shell, *server->inventory_, server->index_.get());
  server->sweeper_ = std::thread(
      [raw = server.get(), interval = options.sweep_interval] { raw->SweepDaily(interval); });
  return server;
}

InventoryServer::~InventoryServer() { Stop(); }

void InventoryServer::SweepDaily(absl::Duration interval) {
  for (;;) {
    const auto swept = inventory_->SweepAll();
    if (swept.ok() && *swept > 0) {
      common::LogInfo("inventory_swept", {{"expired_or_reached", *swept}});
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
  if (index_ != nullptr) index_->Stop();
  if (inventory_ != nullptr) inventory_->Stop();
}

}  // namespace loopdock::inventory
