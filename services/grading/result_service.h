// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_RESULT_SERVICE_H_
#define LOOPDOCK_SERVICES_GRADING_RESULT_SERVICE_H_

// The gRPC shell of results: takes files, matches their records, keeps what waits for a person, and
// tells inventory.
// Thread safety: all methods may be called from any thread.
// Durability: the file is durable evidence before the results that name it; an answer means that
// every result of the file is durable.
// Errors: those of loopdock/grading/v1/results.proto, core/results/ledger.h, evidence_store.h and
// inventory's where it does not answer. What is wrong in a file is no error of the call but stands
// in the response. Limits: those of core/results/reading.h.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "loopdock/grading/v1/results.grpc.pb.h"
#include "services/common/shell.h"
#include "services/grading/core/results/function_plan.h"
#include "services/grading/core/results/reading.h"
#include "services/grading/evidence_store.h"
#include "services/grading/result_matcher.h"
#include "services/grading/result_outbox.h"
#include "services/storage/committer.h"

namespace loopdock::grading {

class ResultService final : public v1::ResultService::CallbackService {
 public:
  // All outlive the service.
  struct Parts {
    storage::Store* store = nullptr;
    storage::Committer* committer = nullptr;
    EvidenceStore* evidence = nullptr;
    const common::Clock* clock = nullptr;
  };
  ResultService(Parts parts, FunctionPlan plan) : parts_(parts), plan_(std::move(plan)) {}

  void Attach(common::Shell* shell) { shell_ = shell; }
  // Before the shell is made ready; `as_service` authorizes what the outbox sends.
  void Start(std::shared_ptr<grpc::Channel> inventory, OutboxLoop::Authorize as_service,
             OutboxLoop::Pauses pauses = {.max = absl::Seconds(60)});
  void Stop();

  grpc::ServerUnaryReactor* ImportResults(grpc::CallbackServerContext* context,
                                          const v1::ImportResultsRequest* request,
                                          v1::ImportResultsResponse* response) override;
  grpc::ServerUnaryReactor* GetResult(grpc::CallbackServerContext* context,
                                      const v1::GetResultRequest* request,
                                      v1::Result* response) override;
  grpc::ServerUnaryReactor* ListUnmatchedResults(
      grpc::CallbackServerContext* context, const v1::ListUnmatchedResultsRequest* request,
      v1::ListUnmatchedResultsResponse* response) override;
  grpc::ServerUnaryReactor* MatchResult(grpc::CallbackServerContext* context,
                                        const v1::MatchResultRequest* request,
                                        v1::Result* response) override;
  grpc::ServerUnaryReactor* DismissResult(grpc::CallbackServerContext* context,
                                          const v1::DismissResultRequest* request,
                                          v1::Result* response) override;

 private:
  absl::Status Import(const common::Caller& caller, const v1::ImportResultsRequest& request,
                      v1::ImportResultsResponse* response);
  absl::StatusOr<std::vector<PreparedResult>> MatchAll(const common::Caller& caller,
                                                       std::vector<v1::Result> results);
  absl::Status Keep(const ChangeContext& change, std::vector<PreparedResult> prepared,
                    v1::ImportResultsResponse* response);
  absl::StatusOr<v1::Result> Read(const std::string& name) const;
  absl::Status List(const v1::ListUnmatchedResultsRequest& request,
                    v1::ListUnmatchedResultsResponse* response) const;
  absl::Status Match(const common::Caller& caller, const v1::MatchResultRequest& request,
                     v1::Result* response);
  absl::Status Settle(ChangeContext change, SettleResultCommand::Settlement settlement,
                      v1::Result* response);

  const Parts parts_;
  const FunctionPlan plan_;
  std::unique_ptr<inventory::v1::InventoryService::Stub> inventory_;
  std::unique_ptr<ResultOutbox> outbox_;
  common::Shell* shell_ = nullptr;
};

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_RESULT_SERVICE_H_
