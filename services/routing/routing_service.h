// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_ROUTING_ROUTING_SERVICE_H_
#define LOOPDOCK_SERVICES_ROUTING_ROUTING_SERVICE_H_

// The gRPC shell of routing: policies, what-if runs, and the decider behind them.
// Thread safety: all methods may be called from any thread.
// Errors: those of loopdock/routing/v1/routing.proto; POLICY_NOT_FOUND, POLICY_INVALID.

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "loopdock/routing/v1/routing.grpc.pb.h"
#include "services/common/shell.h"
#include "services/routing/decider.h"

namespace loopdock::routing {

class RoutingService final : public v1::RoutingService::CallbackService {
 public:
  struct Options {
    std::string site;         // "sites/main"
    std::string policy_path;  // TOML.
  };

  static absl::StatusOr<std::unique_ptr<RoutingService>> Create(Options options);
  ~RoutingService() override;

  // `shell` outlives the service. Call before the server starts.
  void Attach(common::Shell* shell) { shell_ = shell; }
  // Starts to decide; inventory need not be up yet. `as_service` authorizes routing's own work.
  // Before the shell is made ready.
  void Start(std::shared_ptr<grpc::Channel> inventory, client::FeedFollower::Authorize as_service);
  void Stop();
  absl::Status status() const { return decider_->status(); }

  grpc::ServerUnaryReactor* ListPolicies(grpc::CallbackServerContext* context,
                                         const v1::ListPoliciesRequest* request,
                                         v1::ListPoliciesResponse* response) override;
  grpc::ServerUnaryReactor* GetPolicy(grpc::CallbackServerContext* context,
                                      const v1::GetPolicyRequest* request,
                                      v1::Policy* response) override;
  grpc::ServerUnaryReactor* WhatIf(grpc::CallbackServerContext* context,
                                   const v1::WhatIfRequest* request,
                                   v1::WhatIfResponse* response) override;
  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const v1::GetStatusRequest* request,
                                      v1::RoutingStatus* response) override;

 private:
  RoutingService(Options options, Policy policy);
  absl::Status CheckPolicyId(const std::string& id) const;
  absl::Status WhatIf(const common::Caller& caller, const v1::WhatIfRequest& request,
                      v1::WhatIfResponse* response);

  const Options options_;
  const Policy policy_;
  std::unique_ptr<inventory::v1::InventoryService::Stub> inventory_;
  std::unique_ptr<Decider> decider_;
  common::Shell* shell_ = nullptr;
};

}  // namespace loopdock::routing

#endif  // LOOPDOCK_SERVICES_ROUTING_ROUTING_SERVICE_H_
