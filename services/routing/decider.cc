// SPDX-License-Identifier: Apache-2.0
#include "services/routing/decider.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "absl/strings/str_cat.h"
#include "services/common/grpc_status.h"
#include "services/common/ids.h"
#include "services/common/log.h"
#include "services/common/status.h"
#include "services/routing/core/facts.h"

namespace loopdock::routing {
namespace {

using inventory::v1::Asset;
using inventory::v1::Decision;
using inventory::v1::Fact;

constexpr char kConsumer[] = "routing";
constexpr size_t kDecisionsMax = 500;
// An asset that changes all the time is left for its next fact after so many tries.
constexpr int kStaleTriesMax = 20;
// Entries without a decision after which the position is recorded all the same.
constexpr std::int64_t kPositionEvery = 5'000;
constexpr std::chrono::seconds kCallTimeout{10};

// The asset whose facts a decision depends on, or "" for a fact that decides nothing.
const std::string& AssetToDecide(const Fact& fact) {
  static const std::string kNone;
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
      return kNone;
  }
}

// Inventory has judged the call and would judge it so again.
bool IsRefusal(const absl::Status& status) {
  return absl::IsFailedPrecondition(status) || absl::IsInvalidArgument(status) ||
         absl::IsNotFound(status);
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
  thread_ = std::thread([this] { Run(); });
}

void Decider::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

bool Decider::stopping() const {
  absl::MutexLock lock(&mutex_);
  return stopping_;
}

void Decider::Run() {
  absl::Duration pause = options_.pause_min;
  while (true) {
    const auto position = RecordedPosition();
    if (position.ok()) {
      pause = options_.pause_min;
      if (!FollowFrom(*position)) return;
      common::LogWarning("feed_changed", {{"site", options_.site}});
    }
    absl::MutexLock lock(&mutex_);
    if (!position.ok()) start_status_ = position.status();
    if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), pause)) return;
    pause = std::min(pause * 2, options_.pause_max);
  }
}

bool Decider::FollowFrom(std::int64_t position) {
  client::FeedFollower::Options follow{.site = options_.site,
                                       .from_sequence = position + 1,
                                       .pause_min = options_.pause_min,
                                       .pause_max = options_.pause_max,
                                       .on_final = [this](const absl::Status&) {
                                         absl::MutexLock lock(&mutex_);
                                         restart_ = true;
                                       }};
  std::unique_ptr<client::FeedFollower> follower;
  absl::MutexLock lock(&mutex_);
  recorded_sequence_ = through_sequence_ = position;
  restart_ = false;
  follower_ = std::make_unique<client::FeedFollower>(
      options_.inventory, options_.authorize, std::move(follow),
      [this](const inventory::v1::TailFeedResponse& part) { return Consume(part); });
  const auto is_over = [this]()
                           ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_ || restart_; };
  mutex_.Await(absl::Condition(&is_over));
  follower = std::move(follower_);
  start_status_ = follower->status();
  const bool again = !stopping_;
  mutex_.Unlock();
  follower.reset();  // Waits for Consume, which takes the lock.
  mutex_.Lock();
  return again;
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
  std::set<std::string> changed;
  for (const auto& entry : part.entries()) {
    for (const Fact& fact : entry.facts()) {
      if (const std::string& asset = AssetToDecide(fact); !asset.empty()) changed.insert(asset);
    }
  }
  std::vector<std::string> assets(changed.begin(), changed.end());
  // What made a decision stale need not be a fact that triggers one, such as a move.
  for (int tries = 0; !assets.empty() && tries < kStaleTriesMax; ++tries) {
    auto stale = DecideOnce(assets);
    if (!stale.ok()) return stale.status();
    assets = *std::move(stale);
  }
  if (!assets.empty()) {
    return absl::AbortedError("an asset changes faster than it is decided");
  }
  const std::int64_t through = part.entries(part.entries_size() - 1).sequence();
  if (through - recorded_sequence_ >= kPositionEvery) {
    if (auto status = Record({}, through).status(); !status.ok()) return status;
  }
  absl::MutexLock lock(&mutex_);
  through_sequence_ = through;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> Decider::DecideOnce(
    const std::vector<std::string>& assets) {
  Decisions decisions;
  std::vector<std::string> stale;
  const auto send = [&]() {
    auto sent = Send(decisions);
    decisions.clear();
    if (sent.ok()) stale.insert(stale.end(), sent->begin(), sent->end());
    return sent.status();
  };
  for (const std::string& name : assets) {
    if (stopping()) return absl::CancelledError("stopping");
    grpc::ClientContext context;
    options_.authorize(context);
    context.set_deadline(std::chrono::system_clock::now() + kCallTimeout);
    inventory::v1::GetAssetRequest request;
    request.set_name(name);
    Asset asset;
    const auto status = common::FromGrpc(inventory_->GetAsset(&context, request, &asset));
    if (absl::IsNotFound(status)) continue;
    if (!status.ok()) return status;
    if (asset.state() != inventory::v1::ASSET_STATE_IN_STOCK) continue;
    Decision decision = DecisionFor(*options_.policy, asset, FactsOf(asset));
    if (SaysTheSame(decision, asset.decision())) continue;
    decisions.push_back(std::move(decision));
    if (decisions.size() < kDecisionsMax) continue;
    if (auto sent = send(); !sent.ok()) return sent;
  }
  if (!decisions.empty()) {
    if (auto sent = send(); !sent.ok()) return sent;
  }
  return stale;
}

// Inventory takes all decisions of a call or none: when it refuses, each is sent alone, so that
// the refused one holds up nobody.
absl::StatusOr<std::vector<std::string>> Decider::Send(const Decisions& decisions) {
  const std::int64_t through = through_sequence();
  auto stale = Record(decisions, through);
  if (!IsRefusal(stale.status())) return stale;
  std::vector<std::string> all_stale;
  for (const Decision& decision : decisions) {
    auto alone = Record({decision}, through);
    if (IsRefusal(alone.status())) {
      common::LogError("decision_refused", {{"asset", decision.asset()},
                                            {"rule", decision.rule()},
                                            {"error", alone.status().ToString()}});
      continue;
    }
    if (!alone.ok()) return alone;
    all_stale.insert(all_stale.end(), alone->begin(), alone->end());
  }
  return all_stale;
}

absl::StatusOr<std::vector<std::string>> Decider::Record(const Decisions& decisions,
                                                         std::int64_t through_sequence) {
  grpc::ClientContext context;
  options_.authorize(context);
  context.set_deadline(std::chrono::system_clock::now() + kCallTimeout);
  inventory::v1::RecordDecisionsRequest request;
  request.set_site(options_.site);
  request.set_consumer(kConsumer);
  request.set_through_sequence(through_sequence);
  request.set_request_id(common::NewUuidV7());
  request.mutable_decisions()->Assign(decisions.begin(), decisions.end());
  inventory::v1::RecordDecisionsResponse response;
  auto status = common::FromGrpc(inventory_->RecordDecisions(&context, request, &response));
  if (!status.ok()) return status;
  recorded_sequence_ = through_sequence;
  return std::vector<std::string>(response.stale().begin(), response.stale().end());
}

}  // namespace loopdock::routing
