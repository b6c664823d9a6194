// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_INVENTORY_SERVER_H_
#define LOOPDOCK_SERVICES_INVENTORY_INVENTORY_SERVER_H_

// Inventory as a daemon hosts it: the store of a driver, the record over it, the gRPC service, and
// the daily sweep.
// Thread safety: the accessors from any thread; Open and Stop from one.
// Ownership: owns store, record and service; the shell and the clock must outlive it.
// Blocking: Open recovers the store, Stop commits and answers what is queued.
// Errors: at Open those of the driver and of core/inventory.h; INVALID_ARGUMENT CONFIG_INVALID for
// an unknown driver.

#include <grpcpp/impl/service_type.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "services/common/clock.h"
#include "services/common/shell.h"
#include "services/inventory/core/inventory.h"
#include "services/inventory/inventory_service.h"

namespace loopdock::inventory {

class InventoryServer {
 public:
  struct Options {
    // Folder of the store, such as <data_dir>/inventory; the query index is beside it, in `_index`.
    std::string path;
    std::string site = "main";
    std::string driver = "rocksdb";  // or "memory", which forgets at the end
    const common::Clock* clock = nullptr;
    size_t queue_commands_max = 4096;
    absl::Duration sweep_interval = absl::Hours(24);
    storage::DiskReserve* disk_reserve = nullptr;  // may be null; must outlive the server
    // Called once when the store can no longer be written; the process should stop.
    std::function<void(const absl::Status&)> on_fatal;
  };

  // Opens the store of the options' driver, made if missing.
  static absl::StatusOr<std::unique_ptr<storage::Store>> OpenStore(const Options& options);
  // Opens the store of the query index; with `fresh`, after what was there is removed.
  static absl::StatusOr<std::unique_ptr<storage::Store>> OpenIndexStore(const Options& options,
                                                                        bool fresh);

  // Register service() at the host before its Start and set the shell ready after it.
  static absl::StatusOr<std::unique_ptr<InventoryServer>> Open(common::Shell& shell,
                                                               Options options);
  ~InventoryServer();

  InventoryService* service() { return service_.get(); }
  Inventory& inventory() { return *inventory_; }
  QueryIndex& index() { return *index_; }

  // After the host's Stop.
  void Stop();

 private:
  InventoryServer() = default;
  void SweepDaily(absl::Duration interval);

  absl::Status OpenIndex(const Options& options, common::Metrics& metrics);

  std::unique_ptr<Inventory> inventory_;
  std::unique_ptr<QueryIndex> index_;  // after the inventory, which it follows
  std::unique_ptr<InventoryService> service_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread sweeper_;
};

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_INVENTORY_SERVER_H_
