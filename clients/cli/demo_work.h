// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CLI_DEMO_WORK_H_
#define LOOPDOCK_CLIENTS_CLI_DEMO_WORK_H_

// The steps of the demonstration, each by the calls that a station would make. Every request_id is
// derived from the load and the picture, so that a second run gets the first run's answers.
// Thread safety: main's thread only.
// Blocking: each step until its last answer.
// Errors: the first step's that fails; what GoOn says.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/cli/demo_plan.h"
#include "clients/cpp/connection.h"
#include "loopdock/grading/v1/grading.grpc.pb.h"
#include "loopdock/intake/v1/intake.pb.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"

namespace loopdock::cli {

// What became of the plan; indices are those of the plan.
struct DemoResult {
  inventory::v1::Load load;
  std::string session;
  bool load_known = false;  // from an earlier run
  std::vector<intake::v1::ScanResponse> scans;
  std::vector<grading::v1::Inspection> inspections;
  std::vector<inventory::v1::Asset> assets;  // one a scan; empty where it has none
  absl::Duration scan_time;
  absl::Duration inspect_time;
  std::int64_t through_sequence = 0;  // of the feed, with everything decided
};

// A scan has succeeded when it is booked, duplicates a named asset, or is kept unread.
bool Succeeded(const intake::v1::ScanResponse& answer);

class DemoWork {
 public:
  // Says while the work waits whether it is worth going on; called by the thread that runs it.
  using GoOn = std::function<absl::Status()>;
  // `journal` is the path of the file that keeps scans until acknowledged.
  DemoWork(const client::Connection& connection, std::string site, std::string journal,
           const DemoPlan& plan, GoOn go_on);

  absl::Status Run(DemoResult* result);

 private:
  absl::Status Register(DemoResult* result);
  absl::Status EnsureSupplier(const std::string& name);
  absl::Status Scan(DemoResult* result);
  absl::Status Inspect(DemoResult* result);
  absl::StatusOr<grading::v1::Inspection> InspectOne(const DemoScreen& screen,
                                                     const std::string& asset);
  absl::Status AwaitRecorded(DemoResult* result);
  // Sanitizes and tests the best and the worst graded device, so that one goes to reuse and one to
  // recovery.
  absl::Status Process(const DemoResult& result);
  // From the cage to the release, Appendix B.
  absl::Status Sanitize(const std::string& asset);
  absl::Status ProcessOne(const std::string& asset, bool works);
  absl::Status Settle(DemoResult* result);
  absl::Status ReadAssets(DemoResult* result);

  std::string RequestId(std::string_view what, std::string_view about) const;

  const client::Connection& connection_;
  const std::string site_;
  const std::string journal_;
  const DemoPlan& plan_;
  const GoOn go_on_;
  const std::unique_ptr<inventory::v1::InventoryService::Stub> inventory_;
  const std::unique_ptr<grading::v1::GradingService::Stub> grading_;
  absl::Time load_time_;
  std::string session_;
};

}  // namespace loopdock::cli

#endif  // LOOPDOCK_CLIENTS_CLI_DEMO_WORK_H_
