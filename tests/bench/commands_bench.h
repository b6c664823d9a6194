// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_BENCH_COMMANDS_BENCH_H_
#define LOOPDOCK_TESTS_BENCH_COMMANDS_BENCH_H_

// Commands beside the raw limit: a real loopdockd and loopdock-bench-raw by turns, each a process
// of its own, the client on the same machine. loopdockd's store is empty or a copy of a large one,
// the yardstick's always empty.
// Thread safety: one measurement at a time.
// Ownership: makes its stores in `directory` and removes them.
// Errors: what starting a server or calling it says.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "loopdock/bench/v1/raw.pb.h"
#include "tests/bench/bench_server.h"
#include "tests/bench/load.h"
#include "tests/bench/report.h"
#include "tests/bench/scan_commands.h"

namespace loopdock::bench {

struct BenchOptions {
  std::string directory;  // on the disk that is to be measured
  absl::Duration duration = absl::Seconds(1.5);
  int pairs = 5;
  CommandBytes bytes;
  std::string fill = "empty";  // the last part of the names
  std::string big_store;       // made by MakeBigStore; "" for an empty store
};

// loopdockd on a copy of the options' store, and the yardstick on an empty one.
absl::StatusOr<std::unique_ptr<BenchServer>> StartServer(const BenchOptions& options,
                                                         const std::string& services);
absl::StatusOr<std::unique_ptr<BenchServer>> StartRaw(const BenchOptions& options);
// A row of so many bytes for the yardstick, and whether it has stored it.
v1::PutRequest RawRequest(const CommandBytes& bytes);
absl::Status IsStored(const v1::PutResponse& response);
// The outcomes of a message of IntakeService.Scan, in order.
std::vector<absl::Status> AreScanned(const intake::v1::ScanResponse& response);
// Bookings through Inventory::Submit on a copy of the options' store.
absl::StatusOr<LoadResult> DomainInproc(const BenchOptions& options, const LoadOptions& load);

// commands/unary/<in_flight>/<fill>: InventoryService.RecordScan beside RawService.Put.
absl::StatusOr<Measured> UnaryCommands(const BenchOptions& options, int in_flight);
// commands/stream/<stations>/<fill>: InventoryService.StreamCommands with a scan a command, 32
// unanswered a stream, beside RawService.PutStream.
absl::StatusOr<Measured> StreamCommands(const BenchOptions& options, int stations);
// commands/intake/<stations>/<fill>: IntakeService.Scan with lines of text, beside the same.
absl::StatusOr<Measured> IntakeScans(const BenchOptions& options, int stations);
// commands/bulk/<rows>/<fill>: InventoryService.ExecuteBatch of so many scans, each for itself, two
// calls in flight, beside RawService.PutBatch; in scans a second.
absl::StatusOr<Measured> BulkCommands(const BenchOptions& options, int rows);
// commands/inproc/<in_flight>/<fill>: Inventory::Submit beside Committer::Submit, without gRPC.
absl::StatusOr<Measured> InprocCommands(const BenchOptions& options, int in_flight);
// raw/unary/<in_flight>: RawService.Put beside plain synced RocksDB writes from as many threads.
absl::StatusOr<Measured> RawCommands(const BenchOptions& options, int in_flight);
// log/append: records a second into the log beside plain SHA-256 of the same bytes.
absl::StatusOr<Measured> LogAppend(const BenchOptions& options);

}  // namespace loopdock::bench

#endif  // LOOPDOCK_TESTS_BENCH_COMMANDS_BENCH_H_
