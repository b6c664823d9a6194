// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_BENCH_SCAN_COMMANDS_H_
#define LOOPDOCK_TESTS_BENCH_SCAN_COMMANDS_H_

// The command that the bench measures: RecordScan booking a new asset with one serial number, as
// intake sends it for one Code 128 label.
// Thread safety: ScanMaker may be used from any thread; the rest is plain.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "loopdock/intake/v1/intake.pb.h"
#include "loopdock/inventory/v1/inventory_service.pb.h"
#include "services/inventory/core/inventory.h"

namespace loopdock::bench {

class ScanMaker {
 public:
  explicit ScanMaker(std::string session) : session_(std::move(session)) {}

  inventory::v1::RecordScanRequest Command();
  // The same device as a station sends it to intake: a line of text.
  intake::v1::ScanRequest Line();

 private:
  // 16 characters, never twice in a process, in no order.
  std::string NextSerial();

  const std::string session_;
  static std::atomic<std::uint64_t> next_number;
};

absl::Status IsBooked(inventory::v1::ScanOutcome outcome);

// Requests that open a load and a session on it; the session's name is in the second's answer.
inventory::v1::CreateLoadRequest NewLoad();
inventory::v1::OpenSessionRequest NewSession(const std::string& load);

// An inventory in this process over a RocksDB in `directory`, with an open session.
struct LocalRecord {
  std::unique_ptr<inventory::Inventory> inventory;
  std::string session;
};
absl::StatusOr<LocalRecord> OpenLocalRecord(const std::string& directory);

// What one command costs in bytes: the yardstick moves as many.
struct CommandBytes {
  std::int64_t request = 0;
  std::int64_t response = 0;
  std::int64_t row = 0;  // keys and values of all rows, as the committer counts them
  std::int64_t rows = 0;
};
absl::StatusOr<CommandBytes> MeasureCommandBytes(const std::string& directory);

// Entries of the feed that `count` such commands make, with what comes before them.
absl::StatusOr<std::vector<inventory::v1::FeedEntry>> MakeFeed(const std::string& directory,
                                                               int count);

}  // namespace loopdock::bench

#endif  // LOOPDOCK_TESTS_BENCH_SCAN_COMMANDS_H_
