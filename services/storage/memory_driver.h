// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_STORAGE_MEMORY_DRIVER_H_
#define LOOPDOCK_SERVICES_STORAGE_MEMORY_DRIVER_H_

// The driver `memory`: for tests and trials. Rows live in a MemoryDisk, which outlives every
// handle, so that closing, crashing and opening again behave as on a real disk.
//
// Thread safety: as the contract in store.h; a MemoryDisk may be shared by drivers and threads.
// Ownership: the driver and its stores share the disk.
// Durability: a row is on the MemoryDisk when Write returns; nothing outlives the process.
// Limits: a write after GetSnapshot copies the tables that it touches.

#include <memory>
#include <string>

#include "services/storage/store.h"

namespace loopdock::storage {

class MemoryDisk {
 public:
  MemoryDisk();
  ~MemoryDisk();
  MemoryDisk(const MemoryDisk&) = delete;
  MemoryDisk& operator=(const MemoryDisk&) = delete;

  // Copies what a crash at this moment would leave of the store at `from` to the path `to`.
  absl::Status Clone(const std::string& from, const std::string& to);

  struct State;
  State& state() { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

std::unique_ptr<Driver> MakeMemoryDriver(std::shared_ptr<MemoryDisk> disk);

}  // namespace loopdock::storage

#endif  // LOOPDOCK_SERVICES_STORAGE_MEMORY_DRIVER_H_
