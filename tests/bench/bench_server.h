// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_BENCH_BENCH_SERVER_H_
#define LOOPDOCK_TESTS_BENCH_BENCH_SERVER_H_

// A server process of a bench, a connection to it, and bookings sent to it or into this process.
// Thread safety: one thread.
// Ownership: a server removes its folder at its end; the store that it began with stays.
// Errors: what starting a server or calling it says.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/cpp/connection.h"
#include "tests/bench/load.h"
#include "tests/bench/scan_commands.h"
#include "tests/integration/server_process.h"

namespace loopdock::bench {

// gRPC 1.51 ends the threads of its callbacks with the last channel that uses them and may crash
// when the next one comes at that moment: channels are kept to the end of the process.
void Keep(std::unique_ptr<client::Connection> connection);

class BenchServer {
 public:
  // In a folder of its own below `directory`, with a copy of the inventory at `store` ("": empty),
  // and a connection to it as admin.
  static absl::StatusOr<std::unique_ptr<BenchServer>> Start(const std::string& directory,
                                                            const std::string& store,
                                                            const std::string& program,
                                                            std::vector<std::string> flags);
  ~BenchServer();

  const client::Connection& connection() const { return *connection_; }
  pid_t pid() const { return process_->pid(); }

 private:
  BenchServer() = default;
  std::string folder_;
  std::unique_ptr<testing::ServerProcess> process_;
  std::unique_ptr<client::Connection> connection_;
};

// The name of a new session at a new load.
absl::StatusOr<std::string> OpenBenchSession(const client::Connection& connection);

// InventoryService.RecordScan, and Inventory::Submit.
absl::StatusOr<LoadResult> BookUnary(const client::Connection& connection, const LoadOptions& load);
absl::StatusOr<LoadResult> BookInProcess(LocalRecord& record, const LoadOptions& load);

}  // namespace loopdock::bench

#endif  // LOOPDOCK_TESTS_BENCH_BENCH_SERVER_H_
