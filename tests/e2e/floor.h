// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_E2E_FLOOR_H_
#define LOOPDOCK_TESTS_E2E_FLOOR_H_

// What people and stations do, as calls to a cluster, and what an auditor checks.
// Thread safety: all methods may be called from any thread.
// Ownership: the cluster outlives the floor.
// Blocking: every method waits for its answer; Await waits at most half a minute for a fact.
// Errors: the server's, unchanged.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "loopdock/grading/v1/grading.grpc.pb.h"
#include "loopdock/intake/v1/intake.grpc.pb.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"
#include "loopdock/traceability/v1/traceability.grpc.pb.h"
#include "tests/e2e/cluster.h"

namespace loopdock::e2e {

using InventoryStub = inventory::v1::InventoryService::Stub;
using GradingStub = grading::v1::GradingService::Stub;

// The bytes of a picture of the demonstration, such as "labels/phone-a9.jpg".
std::string DemoPicture(const std::string& file);

class Floor {
 public:
  explicit Floor(const Cluster& cluster);

  // Any unary method of inventory or grading, with the client's retries.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Do(grpc::Status (InventoryStub::*method)(grpc::ClientContext*,
                                                                    const Request&, Response*),
                              const Request& request) const {
    return Call("inventory", *inventory_, method, request);
  }
  template <typename Request, typename Response>
  absl::StatusOr<Response> Do(grpc::Status (GradingStub::*method)(grpc::ClientContext*,
                                                                  const Request&, Response*),
                              const Request& request) const {
    return Call("grading", *grading_, method, request);
  }

  // A new load of a supplier with an open session.
  absl::StatusOr<std::string> OpenSession() const;
  intake::v1::ScanRequest TextScan(const std::string& session, const std::string& text) const;
  intake::v1::ScanRequest PictureScan(const std::string& session, const std::string& bytes) const;
  absl::StatusOr<intake::v1::ScanResponse> Scan(const intake::v1::ScanRequest& scan) const;
  // Without the client's retries: what the server says at once.
  absl::StatusOr<intake::v1::ScanResponse> ScanOnce(const intake::v1::ScanRequest& scan) const;
  absl::StatusOr<inventory::v1::Asset> Asset(const std::string& name) const;

  // The first feed entry with a fact that fits, those before now included.
  using Fits = std::function<bool(const inventory::v1::Fact&)>;
  absl::StatusOr<inventory::v1::FeedEntry> Await(const Fits& fits) const;
  // All that is committed.
  absl::StatusOr<std::vector<inventory::v1::FeedEntry>> Feed() const;

  // A checkpoint that covers the entry.
  absl::StatusOr<traceability::v1::Checkpoint> Checkpoint(std::int64_t min_sequence) const;
  // Exports the log and proves it against the checkpoint: all of it, and every record by its own
  // inclusion proof. The number of records.
  absl::StatusOr<std::int64_t> VerifyLog(const traceability::v1::Checkpoint& checkpoint) const;
  // That the log of the older checkpoint is the beginning of the newer one's.
  absl::Status VerifyGrowth(const traceability::v1::Checkpoint& older,
                            const traceability::v1::Checkpoint& newer) const;
  // Every EPCIS event, checked with our validator and against its own name.
  absl::StatusOr<std::vector<std::string>> VerifyEvents() const;
  absl::StatusOr<std::vector<std::string>> RecordKinds(const std::string& subject) const;

  traceability::v1::TraceabilityService::Stub& trace() const { return *trace_; }
  intake::v1::IntakeService::Stub& intake() const { return *intake_; }
  const Cluster& cluster() const { return cluster_; }

 private:
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(const std::string& service, Stub& stub,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request) const {
    Response response;
    const absl::Status status = cluster_.to(service).Call(
        [&](grpc::ClientContext& context) { return (stub.*method)(&context, request, &response); });
    if (!status.ok()) return status;
    return response;
  }

  const Cluster& cluster_;
  const std::unique_ptr<InventoryStub> inventory_;
  const std::unique_ptr<GradingStub> grading_;
  const std::unique_ptr<intake::v1::IntakeService::Stub> intake_;
  const std::unique_ptr<traceability::v1::TraceabilityService::Stub> trace_;
};

}  // namespace loopdock::e2e

#endif  // LOOPDOCK_TESTS_E2E_FLOOR_H_
