// SPDX-License-Identifier: Apache-2.0
// The decider on a feed of a few lines: what it decides, when, and what it leaves alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "services/common/log.h"
#include "services/common/status.h"
#include "services/routing/core/facts.h"
#include "services/routing/decider.h"
#include "tests/unit/fake_inventory.h"

namespace loopdock::routing {
namespace {

using inventory::v1::Asset;
using inventory::v1::Decision;
using inventory::v1::Fact;
using inventory::v1::RecordDecisionsRequest;
using ::testing::ElementsAre;
using testing::Eventually;

constexpr char kAsset[] = "sites/main/assets/a1";

// Holds, inspections and nothing else decide.
constexpr char kPolicy[] = R"(
id = "test"
version = "3"
display_name = "test"
[[rule]]
id = "hazard"
when = { hazard = "yes" }
next = "HAZARD_CONTAINMENT"
reasons = ["a hazard"]
[[rule]]
id = "graded"
when = { cosmetic = { not = ["unknown", "C0"] } }
next = "TEST_REPAIR"
reasons = ["graded"]
[[rule]]
id = "rest"
next = "EVALUATE"
reasons = ["look at it"]
)";

// A record of assets with etags, and its feed.
class Record {
 public:
  explicit Record(testing::FakeInventory* fake) {
    fake->get_asset = [this](const inventory::v1::GetAssetRequest& request, Asset* asset) {
      absl::MutexLock lock(&mutex);
      const auto found = assets_.find(request.name());
      if (found == assets_.end()) return absl::NotFoundError("none");
      *asset = found->second;
      if (before_decision) std::exchange(before_decision, nullptr)();
      return absl::OkStatus();
    };
    fake->get_position = [this](const inventory::v1::GetConsumerPositionRequest& request,
                                inventory::v1::ConsumerPosition* position) {
      absl::MutexLock lock(&mutex);
      EXPECT_EQ(request.consumer(), "routing");
      if (position_ == 0) return absl::NotFoundError("none");
      position->set_through_sequence(position_);
      return absl::OkStatus();
    };
    fake->record_decisions = [this](const RecordDecisionsRequest& request,
                                    inventory::v1::RecordDecisionsResponse* response) {
      absl::MutexLock lock(&mutex);
      ++calls_;
      return Decide(request, response);
    };
    fake->tail_feed = [this](const inventory::v1::TailFeedRequest& request,
                             grpc::ServerContext* context,
                             grpc::ServerWriter<inventory::v1::TailFeedResponse>* writer) {
      return Tail(request, context, writer);
    };
  }

  // Changes the asset and puts the fact into the feed.
  void Change(const std::string& name, const std::function<void(Asset&)>& change, Fact fact) {
    absl::MutexLock lock(&mutex);
    ChangeLocked(name, change, std::move(fact));
  }
  void ChangeLocked(const std::string& name, const std::function<void(Asset&)>& change, Fact fact)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    Asset& asset = assets_[name];
    asset.set_name(name);
    if (asset.state() == inventory::v1::ASSET_STATE_UNSPECIFIED) {
      asset.set_state(inventory::v1::ASSET_STATE_IN_STOCK);
    }
    if (change) change(asset);
    Append(std::move(fact));
    asset.set_etag(std::to_string(feed_.size()));
  }

  void Register(const std::string& name) {
    Fact fact;
    fact.mutable_asset_registered()->set_name(name);
    Change(name, nullptr, fact);
  }
  void Hold(const std::string& name, inventory::v1::HoldKind kind) {
    Fact fact;
    fact.mutable_hold_placed()->set_asset(name);
    Change(
        name, [&](Asset& asset) { asset.add_holds()->set_kind(kind); }, fact);
  }
  static Fact Moved(const std::string& name) {
    Fact fact;
    fact.mutable_asset_moved()->set_asset(name);
    return fact;
  }

  Decision DecisionOf(const std::string& name) {
    absl::MutexLock lock(&mutex);
    return assets_[name].decision();
  }
  std::vector<std::string> Rules() {
    absl::MutexLock lock(&mutex);
    return rules_;
  }
  std::int64_t position() {
    absl::MutexLock lock(&mutex);
    return position_;
  }
  std::int64_t last() {
    absl::MutexLock lock(&mutex);
    return static_cast<std::int64_t>(feed_.size());
  }
  int calls() {
    absl::MutexLock lock(&mutex);
    return calls_;
  }

  absl::Mutex mutex;
  // Runs once, between the reading of an asset and its decision.
  std::function<void()> before_decision ABSL_GUARDED_BY(mutex);
  std::string refuse ABSL_GUARDED_BY(mutex);  // Decisions of this asset are refused.
  int fail ABSL_GUARDED_BY(mutex) = 0;        // So many calls fail.
  std::string epoch ABSL_GUARDED_BY(mutex) = "e1";

 private:
  void Append(Fact fact) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    inventory::v1::FeedEntry& entry = feed_.emplace_back();
    entry.set_sequence(static_cast<std::int64_t>(feed_.size()));
    *entry.add_facts() = std::move(fact);
  }

  absl::Status Decide(const RecordDecisionsRequest& request,
                      inventory::v1::RecordDecisionsResponse* response)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    if (fail > 0 && fail-- > 0) return absl::UnavailableError("down");
    for (const Decision& decision : request.decisions()) {
      if (decision.asset() != refuse) continue;
      return common::PreconditionError("R_03", "refused", "R-03", refuse, "do not");
    }
    EXPECT_LT(request.through_sequence(), static_cast<std::int64_t>(feed_.size()) + 1);
    for (const Decision& decision : request.decisions()) {
      Asset& asset = assets_[decision.asset()];
      if (asset.etag() != decision.asset_etag()) {
        response->add_stale(decision.asset());
        continue;
      }
      *asset.mutable_decision() = decision;
      rules_.push_back(decision.rule());
      Fact fact;
      *fact.mutable_decision_recorded() = decision;
      Append(std::move(fact));
    }
    position_ = std::max(position_, request.through_sequence());
    return absl::OkStatus();
  }

  absl::Status Tail(const inventory::v1::TailFeedRequest& request, grpc::ServerContext* context,
                    grpc::ServerWriter<inventory::v1::TailFeedResponse>* writer) {
    std::int64_t next = request.from_sequence();
    while (!context->IsCancelled()) {
      inventory::v1::TailFeedResponse part;
      {
        absl::MutexLock lock(&mutex);
        if (!request.epoch().empty() && request.epoch() != epoch) {
          return common::Error(absl::StatusCode::kFailedPrecondition, "FEED_EPOCH_CHANGED",
                               "restored");
        }
        const auto has_more = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
          return next <= static_cast<std::int64_t>(feed_.size()) || end_streams;
        };
        mutex.AwaitWithTimeout(absl::Condition(&has_more), absl::Milliseconds(2));
        if (end_streams) {
          end_streams = false;
          return absl::UnavailableError("restarting");
        }
        for (; next <= static_cast<std::int64_t>(feed_.size()); ++next) {
          *part.add_entries() = feed_[static_cast<std::size_t>(next - 1)];
        }
        part.set_epoch(epoch);
        part.set_last_sequence(static_cast<std::int64_t>(feed_.size()));
      }
      if (part.entries_size() > 0 && !writer->Write(part)) break;
    }
    return absl::OkStatus();
  }

 public:
  bool end_streams ABSL_GUARDED_BY(mutex) = false;

 private:
  std::map<std::string, Asset> assets_ ABSL_GUARDED_BY(mutex);
  std::vector<inventory::v1::FeedEntry> feed_ ABSL_GUARDED_BY(mutex);
  std::vector<std::string> rules_ ABSL_GUARDED_BY(mutex);
  std::int64_t position_ ABSL_GUARDED_BY(mutex) = 0;
  int calls_ ABSL_GUARDED_BY(mutex) = 0;
};

class DeciderTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(common::SetLogLevel("off").ok()); }
  void TearDown() override {
    decider_.reset();
    fake_.Stop();
  }

  void Start() {
    decider_ = std::make_unique<Decider>(Decider::Options{.site = "sites/main",
                                                          .inventory = fake_.Channel(),
                                                          .authorize = [](grpc::ClientContext&) {},
                                                          .policy = &policy_,
                                                          .pause_min = absl::Milliseconds(1),
                                                          .pause_max = absl::Milliseconds(5)});
    decider_->Start();
  }

  // Everything that is in the feed now, decisions included, has been dealt with.
  void CatchUp() {
    ASSERT_TRUE(Eventually([&] {
      const std::int64_t last = record_.last();
      return decider_->through_sequence() == last && record_.last() == last;
    })) << decider_->status();
  }

  const Policy policy_ = *Policy::Parse(kPolicy);
  testing::FakeInventory fake_;
  Record record_{&fake_};
  std::unique_ptr<Decider> decider_;
};

TEST_F(DeciderTest, DecidesWhatIsRegisteredAndSaysWhatItSaw) {
  Start();
  record_.Register(kAsset);
  ASSERT_TRUE(Eventually([&] { return record_.DecisionOf(kAsset).rule() == "rest"; }));
  const Decision decision = record_.DecisionOf(kAsset);
  EXPECT_EQ(decision.next(), inventory::v1::NEXT_PROCESS_EVALUATE);
  EXPECT_THAT(decision.reasons(), ElementsAre("look at it"));
  EXPECT_EQ(decision.policy(), "test@3");
  EXPECT_EQ(decision.policy_sha256(), policy_.sha256());
  EXPECT_EQ(decision.facts_seen().at("hazard"), "no");
  EXPECT_EQ(decision.facts_seen().size(), KnownFacts().size());
  EXPECT_EQ(decision.asset_etag(), "1");
}

TEST_F(DeciderTest, FollowsTheFactsThatRulesLookAt) {
  Start();
  record_.Register(kAsset);
  CatchUp();
  record_.Hold(kAsset, inventory::v1::HOLD_KIND_HAZARD);
  CatchUp();
  Fact released;
  released.mutable_hold_released()->set_asset(kAsset);
  record_.Change(
      kAsset, [](Asset& asset) { asset.clear_holds(); }, released);
  CatchUp();
  Fact inspected;
  inspected.mutable_inspection_recorded()->set_asset(kAsset);
  record_.Change(
      kAsset, [](Asset& asset) { asset.set_cosmetic(inventory::v1::COSMETIC_C5); }, inspected);
  CatchUp();
  EXPECT_THAT(record_.Rules(), ElementsAre("rest", "hazard", "rest", "graded"));
}

TEST_F(DeciderTest, DecisionsAndMovesTriggerNothing) {
  Start();
  record_.Register(kAsset);
  CatchUp();
  const int calls = record_.calls();
  record_.Change(kAsset, nullptr, Record::Moved(kAsset));
  CatchUp();
  EXPECT_EQ(record_.calls(), calls);
  EXPECT_THAT(record_.Rules(), ElementsAre("rest"));
}

TEST_F(DeciderTest, AChangeThatChangesNoOutcomeIsNotDecidedAgain) {
  Start();
  record_.Register(kAsset);
  CatchUp();
  record_.Hold(kAsset, inventory::v1::HOLD_KIND_OTHER);
  CatchUp();
  EXPECT_THAT(record_.Rules(), ElementsAre("rest"));
}

TEST_F(DeciderTest, RepeatsNothingAfterARestart) {
  Start();
  for (int i = 0; i < 20; ++i) record_.Register("sites/main/assets/a" + std::to_string(i));
  CatchUp();
  decider_.reset();
  record_.Hold(kAsset, inventory::v1::HOLD_KIND_HAZARD);
  Start();
  ASSERT_TRUE(Eventually([&] { return record_.DecisionOf(kAsset).rule() == "hazard"; }));
  CatchUp();
  EXPECT_EQ(record_.Rules().size(), 21u);
  EXPECT_EQ(record_.Rules().back(), "hazard");
}

// What outdated the decision need not be a fact that triggers one.
TEST_F(DeciderTest, AStaleDecisionIsDecidedAgain) {
  {
    absl::MutexLock lock(&record_.mutex);
    record_.before_decision = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
      record_.ChangeLocked(kAsset, nullptr, Record::Moved(kAsset));
    };
  }
  record_.Register(kAsset);
  Start();
  ASSERT_TRUE(Eventually([&] { return record_.DecisionOf(kAsset).rule() == "rest"; }));
  EXPECT_EQ(record_.DecisionOf(kAsset).asset_etag(), "2");
  EXPECT_GE(record_.calls(), 2);
}

// A position is never ahead of a decision that is still to be made.
TEST_F(DeciderTest, ThePositionMovesOnlyPastWhatIsDecided) {
  record_.Register(kAsset);
  Start();
  ASSERT_TRUE(Eventually([&] { return record_.DecisionOf(kAsset).rule() == "rest"; }));
  EXPECT_EQ(record_.position(), 0);
  CatchUp();
  record_.Hold(kAsset, inventory::v1::HOLD_KIND_HAZARD);
  ASSERT_TRUE(Eventually([&] { return record_.DecisionOf(kAsset).rule() == "hazard"; }));
  EXPECT_EQ(record_.position(), 2) << "registered, decided; the hold is sequence 3";
}

TEST_F(DeciderTest, TriesAgainWhileInventoryFails) {
  {
    absl::MutexLock lock(&record_.mutex);
    record_.fail = 3;
  }
  record_.Register(kAsset);
  Start();
  ASSERT_TRUE(Eventually([&] { return record_.DecisionOf(kAsset).rule() == "rest"; }));
  EXPECT_THAT(record_.Rules(), ElementsAre("rest"));
}

TEST_F(DeciderTest, ARefusedDecisionStopsNobodyElse) {
  {
    absl::MutexLock lock(&record_.mutex);
    record_.refuse = "sites/main/assets/bad";
  }
  record_.Register("sites/main/assets/bad");
  record_.Register(kAsset);
  Start();
  ASSERT_TRUE(Eventually([&] { return record_.DecisionOf(kAsset).rule() == "rest"; }));
  CatchUp();
  EXPECT_EQ(record_.DecisionOf("sites/main/assets/bad").rule(), "");
}

TEST_F(DeciderTest, AssetsThatLeftOrNeverWereAreLeftAlone) {
  Fact fact;
  fact.mutable_asset_registered()->set_name("sites/main/assets/ghost");
  record_.Change(
      kAsset, [](Asset& asset) { asset.set_state(inventory::v1::ASSET_STATE_SOLD); }, fact);
  Start();
  CatchUp();
  EXPECT_EQ(record_.calls(), 0);
}

// A restored inventory has another epoch: the decider begins again where inventory says.
TEST_F(DeciderTest, GoesOnAfterARestoreOfInventory) {
  record_.Register(kAsset);
  Start();
  CatchUp();
  {
    absl::MutexLock lock(&record_.mutex);
    record_.epoch = "e2";
    record_.end_streams = true;
  }
  record_.Hold(kAsset, inventory::v1::HOLD_KIND_HAZARD);
  ASSERT_TRUE(Eventually([&] { return record_.DecisionOf(kAsset).rule() == "hazard"; }));
}

TEST_F(DeciderTest, StartsBeforeInventoryDoes) {
  std::atomic<int> asked{0};
  const auto answer = fake_.get_position;
  fake_.get_position = [&](const inventory::v1::GetConsumerPositionRequest& request,
                           inventory::v1::ConsumerPosition* position) {
    return ++asked < 3 ? absl::UnavailableError("not yet") : answer(request, position);
  };
  record_.Register(kAsset);
  Start();
  ASSERT_TRUE(Eventually([&] { return record_.DecisionOf(kAsset).rule() == "rest"; }));
  EXPECT_TRUE(decider_->status().ok());
}

}  // namespace
}  // namespace loopdock::routing
