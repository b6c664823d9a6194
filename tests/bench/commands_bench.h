// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_BENCH_COMMANDS_BENCH_H_
#define LOOPDOCK_TESTS_BENCH_COMMANDS_BENCH_H_

// Commands beside the raw limit: a real loopdockd and loopdock-bench-raw by turns, each a process
// of its own on an empty store, the client on the same machine.
// Thread safety: one measurement at a time.
// Ownership: makes its stores in `directory` and removes them.
// Errors: what starting a server or calling it says.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/bench/report.h"
#include "tests/bench/scan_commands.h"

namespace loopdock::bench {

struct BenchOptions {
  std::string directory;  // on the disk that is to be measured
  absl::Duration duration = absl::Seconds(1.5);
  int pairs = 5;
  CommandBytes bytes;
};

// commands/unary/<in_flight>/empty: InventoryService.RecordScan beside RawService.Put.
absl::StatusOr<Measured> UnaryCommands(const BenchOptions& options, int in_flight);
// commands/stream/<stations>/empty: IntakeService.Scan with lines of text, 32 unanswered a station,
// beside RawService.PutStream.
absl::StatusOr<Measured> StreamCommands(const BenchOptions& options, int stations);
// commands/inproc/<in_flight>/empty: Inventory::Submit beside Committer::Submit, without gRPC.
absl::StatusOr<Measured> InprocCommands(const BenchOptions& options, int in_flight);
// raw/unary/<in_flight>: RawService.Put beside plain synced RocksDB writes from as many threads.
absl::StatusOr<Measured> RawCommands(const BenchOptions& options, int in_flight);
// log/append: records a second into the log beside plain SHA-256 of the same bytes.
absl::StatusOr<Measured> LogAppend(const BenchOptions& options);

}  // namespace loopdock::bench

#endif  // LOOPDOCK_TESTS_BENCH_COMMANDS_BENCH_H_
