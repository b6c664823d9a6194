// SPDX-License-Identifier: Apache-2.0
#include "services/daemon/fsck.h"

#include <cstdio>
#include <filesystem>
#include <functional>

#include "services/common/status.h"
#include "services/grading/core/tables.h"
#include "services/grading/grading_fsck.h"
#include "services/inventory/core/inventory.h"
#include "services/inventory/core/replay.h"
#include "services/inventory/query/query_index.h"
#include "services/storage/fsck.h"
#include "services/storage/rocksdb_driver.h"
#include "services/traceability/log_fsck.h"
#include "services/traceability/log_rows.h"

namespace loopdock::daemon {
namespace {

using Check = std::function<absl::StatusOr<storage::FsckReport>(const storage::Store&)>;

// A key as people can read it: bytes that are not printable as \xHH.
std::string Readable(const std::string& key) {
  std::string text;
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    char escaped[5] = {c, 0};
    if (byte < 0x20 || byte > 0x7e) std::snprintf(escaped, sizeof escaped, "\\x%02x", byte);
    text += escaped;
  }
  return text;
}

bool Print(const std::string& name, const storage::FsckReport& report) {
  for (const storage::FsckTable& table : report.tables) {
    std::printf("%-14s %-28s %12llu rows %14llu bytes\n", name.c_str(), table.name.c_str(),
                static_cast<unsigned long long>(table.rows),
                static_cast<unsigned long long>(table.bytes));
  }
  for (const storage::FsckProblem& problem : report.problems) {
    std::printf("%-14s PROBLEM %s %s: %s\n", name.c_str(), problem.table.c_str(),
                Readable(problem.key).c_str(), problem.what.c_str());
  }
  std::printf("%-14s %s, %llu problems\n", name.c_str(), report.ok() ? "whole" : "DAMAGED",
              static_cast<unsigned long long>(report.problem_count));
  return report.ok();
}

bool FsckOne(const common::Config& config, const storage::StoreOptions& options,
             const Check& check) {
  const std::string path = config.data_dir + "/" + options.name;
  if (!std::filesystem::exists(path)) {
    std::printf("%-14s not there\n", options.name.c_str());
    return true;
  }
  const auto store = storage::MakeRocksDbDriver()->Open(path, options);
  if (!store.ok()) {
    const bool is_open = common::ReasonOf(store.status()) == "STORE_LOCKED";
    std::printf("%-14s %s: %s\n", options.name.c_str(), is_open ? "not checked" : "DAMAGED",
                std::string(store.status().message()).c_str());
    return false;
  }
  const auto report = check(**store);
  if (!report.ok()) {
    std::printf("%-14s cannot be checked: %s\n", options.name.c_str(),
                std::string(report.status().message()).c_str());
    return false;
  }
  return Print(options.name, *report);
}

// The query index is derived: one that is damaged or does not agree with the record is removed, and
// made anew at the next start. That is no damage of the record.
void FsckIndexOf(const common::Config& config) {
  const std::string name = inventory::IndexStoreOptions().name;
  const std::string path = config.data_dir + "/" + name;
  if (!std::filesystem::exists(path) || !std::filesystem::exists(config.data_dir + "/inventory")) {
    return;
  }
  std::string problem;
  {
    const auto driver = storage::MakeRocksDbDriver();
    const auto record =
        driver->Open(config.data_dir + "/inventory", inventory::Inventory::StoreOptions());
    if (!record.ok()) return;  // said already
    const auto index = driver->Open(path, inventory::IndexStoreOptions());
    if (!index.ok() && common::ReasonOf(index.status()) == "STORE_LOCKED") return;
    absl::Status checked = index.status();
    if (checked.ok()) {
      checked = inventory::CatchUpIndex(**record, config.site,
                                        std::to_string((*record)->incarnation()), index->get());
    }
    if (!checked.ok()) {
      problem = std::string(checked.message());
    } else if (!Print(name, inventory::FsckIndex(**index, **record, config.site))) {
      problem = "it does not agree with the record";
    }
  }
  if (problem.empty()) return;
  std::error_code error;
  std::filesystem::remove_all(path, error);
  std::printf("%-14s removed, since %s; the next start makes it anew\n", name.c_str(),
              problem.c_str());
}

}  // namespace

bool FsckStores(const common::Config& config) {
  if (!std::filesystem::exists(config.data_dir + "/inventory") &&
      !std::filesystem::exists(config.data_dir + "/grading") &&
      !std::filesystem::exists(config.data_dir + "/traceability")) {
    std::printf("There is no store in %s. Give --data-dir.\n", config.data_dir.c_str());
    return false;
  }
  // Each is checked even when another is damaged.
  const bool inventory = FsckOne(
      config, inventory::Inventory::StoreOptions(),
      [&](const storage::Store& store) { return inventory::FsckInventory(store, config.site); });
  FsckIndexOf(config);
  const bool grading = FsckOne(config, grading::StoreOptions(), [](const storage::Store& store) {
    return grading::FsckGrading(store);
  });
  const bool log =
      FsckOne(config, traceability::LogStoreOptions(), [&](const storage::Store& store) {
        return traceability::FsckLog(store, config.site, nullptr);
      });
  return inventory && grading && log;
}

}  // namespace loopdock::daemon
