// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_E2E_CLUSTER_H_
#define LOOPDOCK_TESTS_E2E_CLUSTER_H_

// A whole Loopdock in real processes: one loopdockd with all services, or, with
// LOOPDOCK_E2E_MODE=split, one a service, each with a configuration file of its own.
// Thread safety: for one thread; connections may be used from any.
// Ownership: the destructor kills the processes; the data folder is removed with it.
// Blocking: Start waits until every service serves.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/cpp/connection.h"
#include "tests/integration/server_process.h"

namespace loopdock::e2e {

bool IsSplit();

class Cluster {
 public:
  // `flags` go to every process, such as "--vision-queue=1".
  static absl::StatusOr<std::unique_ptr<Cluster>> Start(std::vector<std::string> flags = {});
  ~Cluster();

  // The way to a service by its short name; stays good over a restart.
  const client::Connection& to(const std::string& service) const {
    return *connections_.at(service);
  }
  const std::string& folder() const { return folder_; }

  // SIGKILL to every process, at once.
  void Kill();
  // SIGTERM to one after the other; an error unless each exits with 0.
  absl::Status Stop();
  // Starts what Kill or Stop ended, at the same addresses on the same data.
  absl::Status Restart();

  // SIGKILL to every picture worker; how many there were.
  int KillWorkers();
  // Memory that all processes have in use.
  std::int64_t ResidentBytes() const;
  // What the processes logged.
  std::string Log() const;

 private:
  Cluster(std::string folder, std::vector<std::string> flags)
      : folder_(std::move(folder)), flags_(std::move(flags)) {}
  absl::Status StartAll();
  absl::Status StartProcess(const std::string& name);
  absl::Status Connect();

  const std::string folder_;
  const std::vector<std::string> flags_;
  // By name, in the order in which they start: "all" alone, or the services.
  std::vector<std::pair<std::string, std::unique_ptr<testing::ServerProcess>>> processes_;
  std::map<std::string, std::string> addresses_;                            // by process
  std::map<std::string, std::unique_ptr<client::Connection>> connections_;  // by service
};

}  // namespace loopdock::e2e

#endif  // LOOPDOCK_TESTS_E2E_CLUSTER_H_
