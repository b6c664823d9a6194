// SPDX-License-Identifier: Apache-2.0
// The promises of committer.h, held over every driver.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <random>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/synchronization/notification.h"
#include "services/common/status.h"
#include "services/storage/committer.h"
#include "tests/contract/failing_store.h"
#include "tests/contract/store_harness.h"

namespace loopdock::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

int64_t ToNumber(const std::optional<std::string_view>& value) {
  int64_t number = 0;
  if (value.has_value()) {
    EXPECT_TRUE(absl::SimpleAtoi(absl::string_view(value->data(), value->size()), &number));
  }
  return number;
}

// A command made of two functions; tells its outcome to a third.
class TestCommand : public Command {
 public:
  using ApplyFn = std::function<absl::Status(View&, Changes&)>;
  using DoneFn = std::function<void(const absl::Status&)>;
  TestCommand(std::vector<std::string> reads, ApplyFn apply, DoneFn done = nullptr)
      : reads_(std::move(reads)), apply_(std::move(apply)), done_(std::move(done)) {}
  ~TestCommand() override { EXPECT_LE(done_calls_, 1); }

  void DeclareReads(ReadSet& reads) override {
    for (const std::string& key : reads_) reads.Add(kAssets, key);
  }
  absl::Status Apply(View& view, Changes& changes) override { return apply_(view, changes); }
  void Done(const absl::Status& outcome) override {
    ++done_calls_;
    if (done_) done_(outcome);
  }

 private:
  const std::vector<std::string> reads_;
  const ApplyFn apply_;
  const DoneFn done_;
  int done_calls_ = 0;
};

TestCommand::ApplyFn PutRow(std::string key, std::string value) {
  return [key = std::move(key), value = std::move(value)](View&, Changes& changes) {
    changes.Put(kAssets, key, value);
    return absl::OkStatus();
  };
}

class CommitterTest : public ::testing::TestWithParam<const char*> {
 protected:
  void Start(CommitterOptions options = {}) {
    committer_ = std::make_unique<Committer>(&store_, std::move(options));
  }
  absl::Status Submit(std::vector<std::string> reads, TestCommand::ApplyFn apply,
                      TestCommand::DoneFn done = nullptr) {
    return committer_->Submit(
        std::make_unique<TestCommand>(std::move(reads), std::move(apply), std::move(done)));
  }
  absl::Status Run(std::vector<std::string> reads, TestCommand::ApplyFn apply) {
    TestCommand command(std::move(reads), std::move(apply));
    return committer_->Run(command);
  }
  std::optional<std::string> Stored(std::string_view key) {
    return real_->Get(kAssets, key).value();
  }

  StoreHarness harness_{GetParam()};
  std::unique_ptr<Store> real_ = harness_.Open(harness_.Path("store"));
  FailingStore store_{real_.get()};
  std::unique_ptr<Committer> committer_;
};

TEST_P(CommitterTest, AppliesInOrderAndEveryCommandSeesThoseBefore) {
  Start();
  constexpr int kThreads = 4;
  constexpr int kEach = 500;
  std::vector<int64_t> applied;  // the applier's thread only
  std::vector<int64_t> done;     // the answerer's thread only
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        auto number = std::make_shared<int64_t>(0);
        const absl::Status status = Submit(
            {"n"},
            [&applied, number](View& view, Changes& changes) {
              *number = ToNumber(view.Get(kAssets, "n").value()) + 1;
              changes.Put(kAssets, "n", absl::StrCat(*number));
              changes.Put(kFeed, absl::StrCat(100'000 + *number), "entry");
              EXPECT_EQ(ToNumber(view.Get(kAssets, "n").value()), *number);
              applied.push_back(*number);
              return absl::OkStatus();
            },
            [&done, number](const absl::Status& outcome) {
              EXPECT_TRUE(outcome.ok()) << outcome;
              done.push_back(*number);
            });
        ASSERT_TRUE(status.ok()) << status;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  committer_->Stop();
  ASSERT_EQ(done.size(), static_cast<size_t>(kThreads * kEach));
  EXPECT_EQ(applied, done);
  for (size_t i = 0; i < done.size(); ++i) ASSERT_EQ(done[i], static_cast<int64_t>(i) + 1);
  EXPECT_THAT(Stored("n"), Optional(absl::StrCat(kThreads * kEach)));
  const CommitterStats stats = committer_->stats();
  EXPECT_EQ(stats.commands, done.size());
  EXPECT_EQ(stats.reads_single, 0u);
  EXPECT_EQ(stats.queued, 0u);
}

TEST_P(CommitterTest, ARefusalLeavesNothingAndDisturbsNobody) {
  Start();
  ASSERT_TRUE(Run({}, PutRow("kept", "1")).ok());
  store_.CloseGate();
  ASSERT_TRUE(Submit({}, PutRow("first", "1")).ok());  // holds the writer: the rest is one batch
  store_.AwaitWrites(2);
  absl::Status refusal;
  ASSERT_TRUE(Submit({}, PutRow("earlier", "1")).ok());
  ASSERT_TRUE(Submit(
                  {"kept"},
                  [](View& view, Changes& changes) {
                    changes.Put(kAssets, "kept", "2");
                    changes.Delete(kAssets, "kept");
                    changes.Put(kAssets, "earlier", "2");
                    changes.Put(kAssets, "own", "2");
                    EXPECT_EQ(view.Get(kAssets, "kept").value(), std::nullopt);
                    return absl::FailedPreconditionError("no");
                  },
                  [&](const absl::Status& outcome) { refusal = outcome; })
                  .ok());
  std::vector<std::string> seen;
  ASSERT_TRUE(Submit({"kept", "earlier", "own"}, [&](View& view, Changes& changes) {
                for (const char* key : {"kept", "earlier", "own"}) {
                  seen.emplace_back(view.Get(kAssets, key).value().value_or("none"));
                }
                changes.Put(kAssets, "later", "1");
                return absl::OkStatus();
              }).ok());
  store_.OpenGate();
  committer_->Stop();
  EXPECT_EQ(refusal, absl::FailedPreconditionError("no"));
  EXPECT_THAT(seen, ElementsAre("1", "1", "none"));
  EXPECT_THAT(Stored("kept"), Optional(std::string("1")));
  EXPECT_THAT(Stored("earlier"), Optional(std::string("1")));
  EXPECT_THAT(Stored("later"), Optional(std::string("1")));
  EXPECT_EQ(Stored("own"), std::nullopt);
}

TEST_P(CommitterTest, PreparesTheNextBatchDuringAWriteAndHoldsItsAnswers) {
  Start();
  ASSERT_TRUE(Run({}, PutRow("gone", "x")).ok());
  store_.CloseGate();
  std::atomic<int> answered{0};
  const auto count = [&](const absl::Status&) { ++answered; };
  ASSERT_TRUE(Submit(
                  {},
                  [](View&, Changes& changes) {
                    changes.Put(kAssets, "x", "1");
                    changes.Delete(kAssets, "gone");
                    return absl::OkStatus();
                  },
                  count)
                  .ok());
  store_.AwaitWrites(2);
  // The write of x hangs; a refusal that saw it is applied, but must not be heard before.
  absl::Notification applied;
  ASSERT_TRUE(Submit(
                  {"x", "gone"},
                  [&](View& view, Changes&) {
                    EXPECT_EQ(ToNumber(view.Get(kAssets, "x").value()), 1);
                    EXPECT_EQ(view.Get(kAssets, "gone").value(), std::nullopt);
                    applied.Notify();
                    return absl::AlreadyExistsError("x is there");
                  },
                  count)
                  .ok());
  applied.WaitForNotification();
  EXPECT_EQ(answered, 0);
  EXPECT_EQ(Stored("x"), std::nullopt);
  store_.OpenGate();
  committer_->Stop();
  EXPECT_EQ(answered, 2);
  EXPECT_THAT(Stored("x"), Optional(std::string("1")));
}

TEST_P(CommitterTest, RefusesWhatTheQueueCannotHold) {
  CommitterOptions options;
  options.queue_commands_max = 8;
  Start(options);
  store_.CloseGate();
  int accepted = 0;
  std::atomic<int> answered{0};
  absl::Status refused;
  // At most one batch in the write, one prepared, and the queue: the bound must show soon.
  for (int i = 0; i < 100 && refused.ok(); ++i) {
    refused = Submit({}, PutRow(absl::StrCat("k", i), "v"), [&](const absl::Status& outcome) {
      EXPECT_TRUE(outcome.ok());
      ++answered;
    });
    if (refused.ok()) ++accepted;
  }
  EXPECT_EQ(common::ReasonOf(refused), "OVERLOADED");
  EXPECT_TRUE(common::RetryAfterOf(refused).ok());
  EXPECT_GE(accepted, 8);
  store_.OpenGate();
  committer_->Stop();
  EXPECT_EQ(answered, accepted);
  EXPECT_EQ(common::ReasonOf(Submit({}, PutRow("late", "v"))), "SHUTTING_DOWN");
}

TEST_P(CommitterTest, AFailedWriteEndsEverythingAfterIt) {
  std::atomic<int> fatal{0};
  absl::Notification told;
  CommitterOptions options;
  options.on_fatal = [&](const absl::Status& cause) {
    EXPECT_TRUE(absl::IsResourceExhausted(cause));
    ++fatal;
    told.Notify();
  };
  Start(options);
  ASSERT_TRUE(Run({}, PutRow("good", "1")).ok());
  store_.CloseGate();
  store_.FailFrom(2, absl::ResourceExhaustedError("disk full"));
  std::vector<std::string> outcomes;  // the answerer's thread only
  const auto note = [&](const absl::Status& outcome) {
    outcomes.push_back(outcome.ok() ? "OK" : common::ReasonOf(outcome));
  };
  ASSERT_TRUE(Submit({}, PutRow("last good", "1"), note).ok());
  store_.AwaitWrites(2);
  // These two share the failing batch; the refusal saw what never became durable.
  ASSERT_TRUE(Submit({}, PutRow("lost", "1"), note).ok());
  ASSERT_TRUE(Submit(
                  {}, [](View&, Changes&) { return absl::NotFoundError("refused"); }, note)
                  .ok());
  store_.OpenGate();
  told.WaitForNotification();
  EXPECT_EQ(common::ReasonOf(Submit({}, PutRow("late", "1"), note)), "STORE_FAILED");
  committer_->Stop();
  EXPECT_EQ(fatal, 1);
  EXPECT_THAT(outcomes, ElementsAre("OK", "STORE_FAILED", "STORE_FAILED"));
  EXPECT_THAT(Stored("last good"), Optional(std::string("1")));
  EXPECT_EQ(Stored("lost"), std::nullopt);
}

TEST_P(CommitterTest, DiscardsWhatWasPreparedDuringAFailingWrite) {
  absl::Notification told;
  CommitterOptions options;
  options.on_fatal = [&](const absl::Status&) { told.Notify(); };
  Start(options);
  store_.CloseGate();
  store_.FailFrom(1, absl::UnavailableError("disk"));
  std::vector<std::string> outcomes;
  const auto note = [&](const absl::Status& outcome) {
    outcomes.push_back(common::ReasonOf(outcome));
  };
  ASSERT_TRUE(Submit({}, PutRow("x", "1"), note).ok());
  store_.AwaitWrites(1);
  absl::Notification applied;
  ASSERT_TRUE(Submit(
                  {"x"},
                  [&](View& view, Changes& changes) {
                    EXPECT_EQ(ToNumber(view.Get(kAssets, "x").value()), 1);
                    changes.Put(kAssets, "y", "1");
                    applied.Notify();
                    return absl::OkStatus();
                  },
                  note)
                  .ok());
  applied.WaitForNotification();
  store_.OpenGate();
  told.WaitForNotification();
  committer_->Stop();
  EXPECT_THAT(outcomes, ElementsAre("STORE_FAILED", "STORE_FAILED"));
  EXPECT_EQ(Stored("x"), std::nullopt);
  EXPECT_EQ(Stored("y"), std::nullopt);
}

TEST_P(CommitterTest, RefusesBelowTheDiskReserveAndGoesOnAbove) {
  std::atomic<uint64_t> free{1000};
  DiskReserve reserve([&]() -> absl::StatusOr<uint64_t> { return free.load(); }, 1000,
                      absl::ZeroDuration());
  CommitterOptions options;
  options.disk_reserve = &reserve;
  Start(options);
  ASSERT_TRUE(Run({}, PutRow("before", "1")).ok());
  free = 999;
  int applied = 0;
  const absl::Status refused = Run({}, [&](View&, Changes& changes) {
    ++applied;
    changes.Put(kAssets, "during", "1");
    return absl::OkStatus();
  });
  EXPECT_TRUE(absl::IsResourceExhausted(refused));
  EXPECT_EQ(common::ReasonOf(refused), "DISK_RESERVE");
  EXPECT_THAT(std::string(refused.message()), ::testing::HasSubstr("999 bytes are free"));
  // Without a time to wait: clients do not try again by themselves.
  EXPECT_FALSE(common::RetryAfterOf(refused).ok());
  EXPECT_EQ(applied, 0);
  EXPECT_EQ(store_.writes(), 1);
  EXPECT_THAT(Stored("before"), Optional(std::string("1")));
  free = 1000;
  ASSERT_TRUE(Run({}, PutRow("after", "1")).ok());
  EXPECT_EQ(Stored("during"), std::nullopt);
  EXPECT_THAT(Stored("after"), Optional(std::string("1")));
  EXPECT_EQ(committer_->stats().refused, 1u);
}

TEST_P(CommitterTest, AFailedReadIsFatalToo) {
  absl::Notification told;
  CommitterOptions options;
  options.on_fatal = [&](const absl::Status& cause) {
    EXPECT_TRUE(absl::IsDataLoss(cause));
    told.Notify();
  };
  Start(options);
  ASSERT_TRUE(Run({}, PutRow("x", "1")).ok());
  store_.FailReads(absl::DataLossError("checksum"));
  // Not declared, and the error is swallowed: the committer notices all the same.
  const absl::Status outcome = Run({}, [](View& view, Changes& changes) {
    EXPECT_TRUE(view.Get(kAssets, "x").ok());  // still known from the batch before
    EXPECT_FALSE(view.Get(kAssets, "z").ok());
    changes.Put(kAssets, "y", "1");
    return absl::OkStatus();
  });
  ASSERT_EQ(common::ReasonOf(outcome), "STORE_FAILED");
  told.WaitForNotification();
  EXPECT_EQ(Stored("y"), std::nullopt);
}

TEST_P(CommitterTest, CountsReadsThatWereNotDeclared) {
  Start();
  ASSERT_TRUE(Run({}, PutRow("x", "7")).ok());
  ASSERT_TRUE(Run({}, PutRow("other", "1")).ok());  // the batch before is known without a read
  ASSERT_TRUE(Run({"y"}, [](View& view, Changes&) {
                EXPECT_EQ(ToNumber(view.Get(kAssets, "x").value()), 7);
                EXPECT_EQ(ToNumber(view.Get(kAssets, "x").value()), 7);
                EXPECT_EQ(view.Get(kAssets, "y").value(), std::nullopt);
                EXPECT_EQ(common::ReasonOf(view.Get(99, "y").status()), "UNKNOWN_TABLE");
                return absl::OkStatus();
              }).ok());
  EXPECT_EQ(committer_->stats().reads_single, 1u);
  EXPECT_EQ(committer_->stats().reads_fetched, 1u);
}

TEST_P(CommitterTest, ARowThatACommandChangesAgainIsOneRowOfIt) {
  CommitterOptions options;
  options.command_rows_max = 2;
  Start(options);
  EXPECT_TRUE(Run({}, [](View& view, Changes& changes) {
                changes.Put(kAssets, "a", "first");
                const std::string_view kept = **view.Get(kAssets, "a");
                for (int i = 0; i < 10; ++i) changes.Put(kAssets, "a", "longer than the first");
                changes.Delete(kAssets, "b");
                EXPECT_EQ(kept, "first") << "a view outlives the change of its row";
                EXPECT_EQ(changes.rows(), 2u);
                return absl::OkStatus();
              }).ok());
  EXPECT_THAT(Stored("a"), Optional(std::string("longer than the first")));
  const CommitterStats stats = committer_->stats();
  EXPECT_EQ(stats.rows, 2u);
  EXPECT_EQ(stats.row_bytes, std::string("alonger than the firstb").size());
}

TEST_P(CommitterTest, ACommandMayTakeItsChangesBackAndGoOn) {
  Start({});
  ASSERT_TRUE(Run({}, PutRow("a", "1")).ok());
  EXPECT_TRUE(Run({"a"}, [](View& view, Changes& changes) {
                changes.Put(kAssets, "a", "2");
                changes.Put(kAssets, "b", "2");
                changes.Discard();
                EXPECT_EQ(changes.rows(), 0u);
                EXPECT_THAT(view.Get(kAssets, "a").value(), Optional(std::string_view("1")));
                EXPECT_EQ(view.Get(kAssets, "b").value(), std::nullopt);
                changes.Put(kAssets, "c", "3");
                return absl::OkStatus();
              }).ok());
  EXPECT_THAT(Stored("a"), Optional(std::string("1")));
  EXPECT_EQ(Stored("b"), std::nullopt);
  EXPECT_THAT(Stored("c"), Optional(std::string("3")));
}

TEST_P(CommitterTest, TakesSeveralCommandsInOrderOrNone) {
  CommitterOptions options;
  options.queue_commands_max = 4;
  Start(options);
  std::vector<int> order;  // the applier's
  const auto commands = [&](int count) {
    std::vector<std::unique_ptr<Command>> all;
    for (int i = 0; i < count; ++i) {
      const auto apply = [&order, i](View&, Changes& changes) {
        order.push_back(i);
        changes.Put(kAssets, absl::StrCat(i), "v");
        return absl::OkStatus();
      };
      all.push_back(std::make_unique<TestCommand>(std::vector<std::string>(), apply));
    }
    return all;
  };
  EXPECT_EQ(common::ReasonOf(committer_->SubmitAll(commands(5))), "OVERLOADED");
  EXPECT_TRUE(committer_->SubmitAll(commands(4)).ok());
  EXPECT_TRUE(committer_->SubmitAll({}).ok());
  committer_->Stop();
  EXPECT_THAT(order, ElementsAre(0, 1, 2, 3));
}

TEST_P(CommitterTest, RefusesACommandBeyondTheLimitsOfItsRows) {
  CommitterOptions options;
  options.command_rows_max = 3;
  Start(options);
  const auto rows = [](int count) {
    return [count](View&, Changes& changes) {
      for (int i = 0; i < count; ++i) changes.Put(kAssets, absl::StrCat(count, "/", i), "v");
      return absl::OkStatus();
    };
  };
  EXPECT_TRUE(Run({}, rows(3)).ok());
  EXPECT_EQ(common::ReasonOf(Run({}, rows(4))), "COMMAND_TOO_LARGE");
  EXPECT_EQ(Stored("4/0"), std::nullopt);
  EXPECT_EQ(common::ReasonOf(Run({}, PutRow(std::string(kKeyBytesMax + 1, 'k'), "v"))),
            "ROW_TOO_LARGE");
  EXPECT_EQ(common::ReasonOf(Run({},
                                 [](View&, Changes& changes) {
                                   changes.Put(99, "k", "v");
                                   return absl::OkStatus();
                                 })),
            "UNKNOWN_TABLE");
  EXPECT_TRUE(Run({}, rows(1)).ok());
}

TEST_P(CommitterTest, CutsABatchThatGrowsTooLarge) {
  CommitterOptions options;
  options.batch_bytes_max = 1000;
  Start(options);
  store_.CloseGate();
  ASSERT_TRUE(Submit({}, PutRow("first", "1")).ok());
  store_.AwaitWrites(1);
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(Submit({"n"}, [](View& view, Changes& changes) {
                  const int64_t n = ToNumber(view.Get(kAssets, "n").value()) + 1;
                  changes.Put(kAssets, "n", absl::StrCat(n));
                  changes.Put(kAssets, absl::StrCat("row", n), std::string(400, 'v'));
                  return absl::OkStatus();
                }).ok());
  }
  store_.OpenGate();
  committer_->Stop();
  EXPECT_THAT(Stored("n"), Optional(std::string("10")));
  EXPECT_GE(committer_->stats().batches, 5u);
}

class RecordingHook : public BatchHook {
 public:
  void Begin(absl::Time server_time) override { times.push_back(server_time); }
  HistoryMark End() override { return {sequence, std::string(32, 'd')}; }
  void Committed(const HistoryMark& mark) override { committed = mark.sequence; }

  uint64_t sequence = 0;                // the applier's thread
  std::vector<absl::Time> times;        // the applier's thread
  std::atomic<uint64_t> committed = 0;  // the writer's thread
};

TEST_P(CommitterTest, TellsTheOwnerOfBatchesUnderATimeThatNeverDecreases) {
  common::ManualClock clock(absl::FromUnixSeconds(1000));
  RecordingHook hook;
  HighWater high_water(real_.get(), absl::InfiniteDuration());
  CommitterOptions options;
  options.clock = &clock;
  options.hook = &hook;
  options.high_water = &high_water;
  options.server_time_floor = absl::FromUnixSeconds(2000);
  Start(options);
  const auto entry = [&] {
    return Run({}, [&](View& view, Changes& changes) {
      ++hook.sequence;
      EXPECT_EQ(view.server_time(), hook.times.back());
      changes.Put(kFeed, absl::StrCat(hook.sequence), "entry");
      return absl::OkStatus();
    });
  };
  ASSERT_TRUE(entry().ok());
  EXPECT_EQ(hook.committed, 1u);  // before the answer
  clock.Set(absl::FromUnixSeconds(3000));
  ASSERT_TRUE(entry().ok());
  clock.Set(absl::FromUnixSeconds(2500));
  ASSERT_TRUE(entry().ok());
  EXPECT_FALSE(Run({}, [](View&, Changes&) { return absl::NotFoundError("x"); }).ok());
  committer_->Stop();
  EXPECT_EQ(hook.committed, 3u);
  EXPECT_THAT(hook.times, ElementsAre(absl::FromUnixSeconds(2000), absl::FromUnixSeconds(3000),
                                      absl::FromUnixSeconds(3000), absl::FromUnixSeconds(3000)));
  ASSERT_TRUE(high_water.Flush().ok());
  EXPECT_EQ(DecodeHighWater(real_->GetFile("HIGH_WATER").value().value()).value().sequence, 3u);
}

// Random moves between accounts, some refused: the store must end where a replay in the order of
// Apply ends, and each command must have seen exactly what the replay has at its turn.
TEST_P(CommitterTest, IsSequentialUnderLoad) {
  const uint32_t seed = std::random_device{}();
  std::cout << "seed " << seed << std::endl;
  SCOPED_TRACE(seed);
  CommitterOptions options;
  options.batch_commands_max = 16;  // many batches, so that the pipeline is always full
  Start(options);
  std::map<std::string, int64_t> model;  // the applier's thread until Stop
  std::atomic<int> ok{0};
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  for (uint32_t t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937 random(seed + t);
      for (int i = 0; i < 700; ++i) {
        const std::string from = absl::StrCat("account", random() % 8);
        const std::string to = absl::StrCat("account", random() % 8);
        const int64_t amount = static_cast<int64_t>(random() % 200) - 50;
        const bool declared = random() % 4 != 0;
        const auto apply = [&model, from, to, amount](View& view, Changes& changes) {
          const int64_t a = ToNumber(view.Get(kAssets, from).value());
          EXPECT_EQ(a, model[from]);
          changes.Put(kAssets, from, absl::StrCat(a - amount));
          const int64_t b = ToNumber(view.Get(kAssets, to).value());
          changes.Put(kAssets, to, absl::StrCat(b + amount));
          if (a - amount < -500) return absl::FailedPreconditionError("not enough");
          model[from] -= amount;
          model[to] += amount;
          return absl::OkStatus();
        };
        const auto done = [&](const absl::Status& outcome) { ++(outcome.ok() ? ok : refused); };
        std::vector<std::string> reads;
        if (declared) reads = {from, to};
        ASSERT_TRUE(Submit(reads, apply, done).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  committer_->Stop();
  EXPECT_EQ(ok + refused, 2100);
  EXPECT_GT(ok, 0);
  EXPECT_GT(refused, 0);
  for (const auto& [account, amount] : model) {
    EXPECT_THAT(Stored(account), Optional(absl::StrCat(amount))) << account;
  }
}

INSTANTIATE_TEST_SUITE_P(Drivers, CommitterTest,
                         ::testing::Values("memory", "rocksdb", "rocksdb_hash"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace loopdock::storage
