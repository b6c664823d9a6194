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

namespace loopdock::storage {

std::unique_ptr<Driver> MakeRocksDbDriver();

}  // namespace loopdock::storage

#endif  // LOOPDOCK_SERVICES_STORAGE_ROCKSDB_DRIVER_H_
