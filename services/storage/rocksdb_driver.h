// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_STORAGE_ROCKSDB_DRIVER_H_
#define LOOPDOCK_SERVICES_STORAGE_ROCKSDB_DRIVER_H_

// The driver `rocksdb`: one plain RocksDB a store, one column family a table, one write-ahead log
// that is synced by every write. Options keep away from the known faults of RocksDB 7.8.3.
//
// Thread safety, Blocking, Durability, Errors: as the contract in store.h.
// Limits: the first background error ends writing until the store is opened again.

#include <memory>

#include "services/storage/store.h"

namespace rocksdb {
class Env;
}

namespace loopdock::storage {

struct RocksDbDriverOptions {
  // Through which RocksDB reaches its files, backups included; the system's if null. It must
  // outlive the driver's stores. Side files (Store::PutFile) do not pass through it.
  rocksdb::Env* env = nullptr;
};

std::unique_ptr<Driver> MakeRocksDbDriver(RocksDbDriverOptions options = {});

}  // namespace loopdock::storage

#endif  // LOOPDOCK_SERVICES_STORAGE_ROCKSDB_DRIVER_H_
