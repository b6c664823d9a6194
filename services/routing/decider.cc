// SPDX-License-Identifier: Apache-2.0
#include "services/routing/decider.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "absl/strings/str_cat.h"
#include "services/common/grpc_status.h"
#include "services/common/ids.h"
#include "services/common/status.h"
#include "services/routing/core/facts.h"

namespace loopdock::routing {
namespace {

using inventory::v1::Asset;
using inventory::v1::Decision;
using inventory::v1::Fact;

constexpr char kConsumer[] = "routing";
constexpr int kDecisionsMax = 500;
// Entries without a decision after which the position is recorded all the same.
constexpr std::int64_t kPositionEvery = 5'000;
constexpr std::chrono::seconds kCallTimeout{10};

// The asset whose facts a decision depends on, or "" for a fact that decides nothing.
const std::string& AssetToDecide(const Fact& fact) {
  static const std::string none;
  switch (fact.kind_case()) {
    case Fact::kAssetRegistered:
      return fact.asset_registered().name();
    case Fact::kAssetIdentified:
      return fact.asset_identified().asset();
    case Fact::kHoldPlaced:
      return fact.hold_placed().asset();
    case Fact::kHoldReleased:
      return fact.hold_released().asset();
    case Fact::kInspectionRecorded:
      return fact.inspection_recorded().asset();
    case Fact::kTestRecorded:
      return fact.test_recorded().asset();
    case Fact::kSanitizationRecorded:
      return fact.sanitization_recorded().sanitization().asset();
    case Fact::kSanitizationReleased:
      return fact.sanitization_released().asset();
    case Fact::kApplicabilityChanged:
      return fact.applicability_changed().asset();
    default:
      return none;
  }
}

bool SaysTheSame(const Decision& a, const Decision& b) {
  return a.next() == b.next() && a.rule() == b.rule() && a.policy_sha256() == b.policy_sha256() &&
         std::equal(a.reasons().begin(), a.reasons().end(), b.reasons().begin(), b.reasons().end());
}

}  // namespace

Decision DecisionFor(const Policy& policy, const Asset& asset, const Facts& facts) {
  const Outcome outcome = policy.Decide(facts);
  Decision decision;
  decision.set_asset(asset.name());
  decision.set_next(outcome.next);
  for (const std::string& reason : outcome.reasons) decision.add_reasons(reason);
  decision.set_policy(absl::StrCat(policy.id(), "@", policy.version()));
  decision.set_policy_sha256(policy.sha256());
  decision.set_rule(outcome.rule->id);
  decision.mutable_facts_seen()->insert(facts.begin(), facts.end());
  decision.set_asset_etag(asset.etag());
  return decision;
}

Decider::Decider(Options options)
    : options_(std::move(options)),
      inventory_(inventory::v1::InventoryService::NewStub(options_.inventory)) {}

Decider::~Decider() { Stop(); }

void Decider::Start() {
  thread_ = std::thread([this] { Follow(); });
}

void Decider::Stop() {
  std::unique_ptr<client::FeedFollower> follower;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
  {
    absl::MutexLock lock(&mutex_);
    follower = std::move(follower_);
  }
  follower.reset();
}

void Decider::Follow() {
  while (true) {
    auto position = RecordedPosition();
    absl::MutexLock lock(&mutex_);
    if (stopping_) return;
    start_status_ = position.status();
    if (position.ok()) {
      recorded_sequence_ = through_sequence_ = *position;
      client::FeedFollower::Options follow{.site = options_.site, .from_sequence = *position + 1};
      follower_ = std::make_unique<client::FeedFollower>(
          options_.inventory, options_.authorize, follow,
          [this](const inventory::v1::TailFeedResponse& part) { return Consume(part); });
      return;
    }
    if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), absl::Milliseconds(200))) return;
  }
}

absl::StatusOr<std::int64_t> Decider::RecordedPosition() {
  grpc::ClientContext context;
  options_.authorize(context);
  context.set_deadline(std::chrono::system_clock::now() + kCallTimeout);
  inventory::v1::GetConsumerPositionRequest request;
  request.set_site(options_.site);
  request.set_consumer(kConsumer);
  inventory::v1::ConsumerPosition position;
  const auto status =
      common::FromGrpc(inventory_->GetConsumerPosition(&context, request, &position));
  if (absl::IsNotFound(status)) return 0;
  if (!status.ok()) return status;
  return position.through_sequence();
}

absl::Status Decider::status() const {
  absl::MutexLock lock(&mutex_);
  return follower_ == nullptr ? start_status_ : follower_->status();
}

std::int64_t Decider::through_sequence() const {
  absl::MutexLock lock(&mutex_);
  return through_sequence_;
}

std::int64_t Decider::feed_sequence() const {
  absl::MutexLock lock(&mutex_);
  return follower_ == nullptr ? 0 : follower_->feed_sequence();
}

absl::Status Decider::Consume(const inventory::v1::TailFeedResponse& part) {
  if (part.entries().empty()) return absl::OkStatus();
  std::set<std::string> assets;
  for (const auto& entry : part.entries()) {
    for (const Fact& fact : entry.facts()) {
      if (const std::string& asset = AssetToDecide(fact); !asset.empty()) assets.insert(asset);
    }
  }
  const std::int64_t through = part.entries(part.entries_size() - 1).sequence();
  if (auto status = Decide({assets.begin(), assets.end()}, through); !status.ok()) return status;
  absl::MutexLock lock(&mutex_);
  through_sequence_ = through;
  return absl::OkStatus();
}

absl::Status Decider::Decide(const std::vector<std::string>& assets,
                             std::int64_t through_sequence) {
  std::vector<Decision> decisions;
  for (const std::string& name : assets) {
    grpc::ClientContext context;
    options_.authorize(context);
    context.set_deadline(std::chrono::system_clock::now() + kCallTimeout);
    inventory::v1::GetAssetRequest request;
    request.set_name(name);
    Asset asset;
    const auto status = common::FromGrpc(inventory_->GetAsset(&context, request, &asset));
    if (!status.ok()) return status;
    if (asset.state() != inventory::v1::ASSET_STATE_IN_STOCK) continue;
    Decision decision = DecisionFor(*options_.policy, asset, FactsOf(asset));
    if (!SaysTheSame(decision, asset.decision())) decisions.push_back(std::move(decision));
  }
  // The position moves only with the last part, so that a failure in between repeats all.
  while (decisions.size() > kDecisionsMax) {
    std::vector<Decision> part(decisions.begin(), decisions.begin() + kDecisionsMax);
    decisions.erase(decisions.begin(), decisions.begin() + kDecisionsMax);
    if (auto status = Record(std::move(part), recorded_sequence_); !status.ok()) return status;
  }
  if (decisions.empty() && through_sequence - recorded_sequence_ < kPositionEvery) {
    return absl::OkStatus();
  }
  return Record(std::move(decisions), through_sequence);
}

// A decision that inventory calls stale needs nothing here: the facts that outdated it are in the
// feed behind it and are decided when they come.
absl::Status Decider::Record(std::vector<Decision> decisions, std::int64_t through_sequence) {
  grpc::ClientContext context;
  options_.authorize(context);
  context.set_deadline(std::chrono::system_clock::now() + kCallTimeout);
  inventory::v1::RecordDecisionsRequest request;
  request.set_site(options_.site);
  request.set_consumer(kConsumer);
  request.set_through_sequence(through_sequence);
  request.set_request_id(common::NewUuidV7());
  for (Decision& decision : decisions) *request.add_decisions() = std::move(decision);
  inventory::v1::RecordDecisionsResponse response;
  auto status = common::FromGrpc(inventory_->RecordDecisions(&context, request, &response));
  if (status.ok()) recorded_sequence_ = through_sequence;
  return status;
}

}  // namespace loopdock::routing
