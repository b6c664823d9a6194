// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_CONTRACT_STORE_HARNESS_H_
#define LOOPDOCK_TESTS_CONTRACT_STORE_HARNESS_H_

// What the contract suite needs beside a driver: a place for stores, and a crash.
// Thread safety: one thread.
// Ownership: removes its temporary directory.

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/common/fileio.h"
#include "services/storage/memory_driver.h"
#include "services/storage/rocksdb_driver.h"
#include "services/storage/store.h"

namespace loopdock::storage {

inline constexpr TableId kAssets = 1;
inline constexpr TableId kFeed = 2;
inline constexpr TableId kEvidence = 3;

inline StoreOptions TestOptions() {
  StoreOptions options;
  options.name = "contract";
  options.tables = {{kAssets, "assets", true, 0, false},
                    {kFeed, "feed", false, 0, false},
                    {kEvidence, "evidence", false, 0, true}};
  options.cache_bytes = 1 << 20;
  options.memtable_bytes = 1 << 20;
  return options;
}

class StoreHarness {
 public:
  // "memory", "rocksdb", or "rocksdb_hash" for hashed memtables where a table allows them.
  explicit StoreHarness(const std::string& kind) : on_disk_(kind != "memory") {
    options_ = TestOptions();
    options_.hash_memtables = kind == "rocksdb_hash";
    if (on_disk_) {
      root_ = common::MakeTemporaryDirectory("loopdock-store").value();
      driver_ = MakeRocksDbDriver();
    } else {
      root_ = "/memory";
      disk_ = std::make_shared<MemoryDisk>();
      driver_ = MakeMemoryDriver(disk_);
    }
  }
  ~StoreHarness() {
    std::error_code error;
    if (on_disk_) std::filesystem::remove_all(root_, error);
  }

  Driver& driver() { return *driver_; }
  StoreOptions& options() { return options_; }
  bool on_disk() const { return on_disk_; }
  std::string Path(const std::string& name) const { return root_ + "/" + name; }

  std::unique_ptr<Store> Open(const std::string& path) {
    absl::StatusOr<std::unique_ptr<Store>> store = driver_->Open(path, options_);
    if (!store.ok()) throw std::runtime_error(store.status().ToString());
    return *std::move(store);
  }

  // The path of what a kill at this moment leaves of the store, which may be open.
  std::string Crash(const std::string& path) {
    const std::string copy = absl::StrCat(path, "-crash", ++crashes_);
    if (on_disk_) {
      CopyFolder(path, copy);
    } else if (!disk_->Clone(path, copy).ok()) {
      throw std::runtime_error("no store to crash at " + path);
    }
    return copy;
  }

 private:
  // The driver removes files that it no longer needs while they are copied: such a copy is begun
  // again, as a kill at that moment would find them gone.
  static void CopyFolder(const std::string& from, const std::string& to) {
    std::error_code error;
    for (int attempt = 0; attempt < 20; ++attempt) {
      std::filesystem::remove_all(to);
      std::filesystem::copy(from, to, std::filesystem::copy_options::recursive, error);
      if (!error) return;
    }
    throw std::runtime_error(absl::StrCat("cannot copy ", from, ": ", error.message()));
  }

  const bool on_disk_;
  std::string root_;
  StoreOptions options_;
  std::shared_ptr<MemoryDisk> disk_;
  std::unique_ptr<Driver> driver_;
  int crashes_ = 0;
};

}  // namespace loopdock::storage

#endif  // LOOPDOCK_TESTS_CONTRACT_STORE_HARNESS_H_
