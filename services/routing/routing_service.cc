// SPDX-License-Identifier: Apache-2.0
#include "services/routing/routing_service.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/common/credentials.h"
#include "services/common/fileio.h"
#include "services/common/grpc_status.h"
#include "services/common/status.h"
#include "services/routing/core/facts.h"

namespace loopdock::routing {
namespace {

constexpr size_t kPolicyBytesMax = 1 << 20;

void FillPolicy(const Policy& policy, bool with_rules, v1::Policy* out) {
  out->set_id(policy.id());
  out->set_version(policy.version());
  out->set_sha256(policy.sha256());
  out->set_display_name(policy.display_name());
  out->set_in_force(true);
  if (!with_rules) return;
  for (const Rule& rule : policy.rules()) {
    v1::PolicyRule* filled = out->add_rules();
    filled->set_id(rule.id);
    std::vector<std::string> conditions;
    for (const Condition& condition : rule.when) conditions.push_back(condition.ToString());
    filled->set_condition(conditions.empty() ? "always" : absl::StrJoin(conditions, " and "));
    filled->mutable_outcome()->set_next(rule.next);
    for (const std::string& reason : rule.reasons) filled->mutable_outcome()->add_reasons(reason);
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<RoutingService>> RoutingService::Create(Options options) {
  auto text = common::ReadFile(options.policy_path, kPolicyBytesMax);
  if (!text.ok()) return text.status();
  auto policy = Policy::Parse(*text);
  if (!policy.ok()) {
    return common::Error(
        absl::StatusCode::kInvalidArgument, "POLICY_INVALID",
        absl::StrCat(options.policy_path, ": ", std::string(policy.status().message())));
  }
  return std::unique_ptr<RoutingService>(
      new RoutingService(std::move(options), *std::move(policy)));
}

RoutingService::RoutingService(Options options, Policy policy)
    : options_(std::move(options)), policy_(std::move(policy)) {}

RoutingService::~RoutingService() { Stop(); }

void RoutingService::Start(std::shared_ptr<grpc::Channel> inventory,
                           client::FeedFollower::Authorize as_service) {
  inventory_ = inventory::v1::InventoryService::NewStub(inventory);
  decider_ = std::make_unique<Decider>(Decider::Options{.site = options_.site,
                                                        .inventory = std::move(inventory),
                                                        .authorize = std::move(as_service),
                                                        .policy = &policy_});
  decider_->Start();
}

void RoutingService::Stop() {
  if (decider_ != nullptr) decider_->Stop();
}

absl::Status RoutingService::CheckPolicyId(const std::string& id) const {
  if (id.empty() || id == policy_.id()) return absl::OkStatus();
  return common::Error(
      absl::StatusCode::kNotFound, "POLICY_NOT_FOUND",
      absl::StrCat("There is no policy '", id, "'; in force is '", policy_.id(), "'."),
      {{"policy", id}});
}

grpc::ServerUnaryReactor* RoutingService::ListPolicies(grpc::CallbackServerContext* context,
                                                       const v1::ListPoliciesRequest* request,
                                                       v1::ListPoliciesResponse* response) {
  return shell_->Unary(context, "ListPolicies", *request, [&](const common::Caller&) {
    FillPolicy(policy_, false, response->add_policies());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* RoutingService::GetPolicy(grpc::CallbackServerContext* context,
                                                    const v1::GetPolicyRequest* request,
                                                    v1::Policy* response) {
  return shell_->Unary(context, "GetPolicy", *request, [&](const common::Caller&) {
    if (auto status = CheckPolicyId(request->id()); !status.ok()) return status;
    FillPolicy(policy_, true, response);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* RoutingService::WhatIf(grpc::CallbackServerContext* context,
                                                 const v1::WhatIfRequest* request,
                                                 v1::WhatIfResponse* response) {
  return shell_->UnaryBlocking(context, "WhatIf", *request,
                               [this, request, response](const common::Caller& caller) {
                                 return WhatIf(caller, *request, response);
                               });
}

absl::Status RoutingService::WhatIf(const common::Caller& caller, const v1::WhatIfRequest& request,
                                    v1::WhatIfResponse* response) {
  if (auto status = CheckPolicyId(request.policy()); !status.ok()) return status;
  common::FieldViolations violations;
  for (const auto& [fact, value] : request.overrides()) {
    if (!IsKnownFact(fact)) {
      violations.Add(absl::StrCat("overrides[", fact, "]"),
                     absl::StrCat("is no fact; known are ", absl::StrJoin(KnownFacts(), ", ")));
    }
  }
  if (!violations.empty()) return violations.ToStatus();
  grpc::ClientContext context;
  common::Authorize(context, caller);
  inventory::v1::GetAssetRequest get;
  get.set_name(request.asset());
  inventory::v1::Asset asset;
  if (auto s = common::FromGrpc(inventory_->GetAsset(&context, get, &asset)); !s.ok()) return s;
  Facts facts = FactsOf(asset);
  for (const auto& [fact, value] : request.overrides()) facts[fact] = value;
  *response->mutable_decision() = DecisionFor(policy_, asset, facts);
  const Outcome outcome = policy_.Decide(facts);
  for (const auto& [rule, failed] : outcome.passed_over) {
    v1::RuleTrace* trace = response->add_trace();
    trace->set_rule(rule->id);
    trace->set_failed_condition(failed);
  }
  v1::RuleTrace* deciding = response->add_trace();
  deciding->set_rule(outcome.rule->id);
  deciding->set_matched(true);
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* RoutingService::GetStatus(grpc::CallbackServerContext* context,
                                                    const v1::GetStatusRequest* request,
                                                    v1::RoutingStatus* response) {
  return shell_->Unary(context, "GetStatus", *request, [&](const common::Caller&) {
    response->set_through_sequence(decider_->through_sequence());
    response->set_feed_sequence(decider_->feed_sequence());
    response->set_policy(absl::StrCat(policy_.id(), "@", policy_.version()));
    return absl::OkStatus();
  });
}

}  // namespace loopdock::routing
