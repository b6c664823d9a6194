// SPDX-License-Identifier: Apache-2.0
// Random histories against the model of tests/unit/model: the same outcome after each command, the
// same state at intervals and at the end, each rule met on both sides of its edge. What fails is
// made as short as it can be and printed. The same histories end in the same state on both drivers
// and when the feed is replayed.
//   LOOPDOCK_SEED=n repeats a run, LOOPDOCK_STEPS=n makes it longer.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/common/fileio.h"
#include "services/inventory/core/replay.h"
#include "services/storage/memory_driver.h"
#include "services/storage/rocksdb_driver.h"
#include "tests/unit/model/command.h"
#include "tests/unit/model/model.h"
#include "tests/unit/model/subject.h"

namespace loopdock::inventory::model {
namespace {

constexpr size_t kHistorySteps = 250;
constexpr size_t kComparedEvery = 50;
constexpr int kStepsDefault = 20'000;

absl::Time Start() { return absl::FromUnixSeconds(1'767'323'045); }

unsigned Seed() {
  const char* given = std::getenv("LOOPDOCK_SEED");
  const unsigned seed = given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10))
                                         : std::random_device()();
  std::cout << "LOOPDOCK_SEED=" << seed << "\n";
  return seed;
}

int StepsWanted() {
  const char* given = std::getenv("LOOPDOCK_STEPS");
  return given != nullptr ? std::atoi(given) : kStepsDefault;
}

std::unique_ptr<storage::Store> MemoryStore() {
  auto store = storage::MakeMemoryDriver(std::make_shared<storage::MemoryDisk>())
                   ->Open("inventory", Inventory::StoreOptions());
  EXPECT_TRUE(store.ok()) << store.status();
  return *std::move(store);
}

// The words of one text that the other does not have at that place.
std::string Otherwise(const std::string& words, const std::string& other) {
  const std::vector<std::string> all = absl::StrSplit(words, ' ');
  const std::vector<std::string> others = absl::StrSplit(other, ' ');
  std::string found;
  for (size_t i = 0; i < all.size(); ++i) {
    if (i >= others.size() || all[i] != others[i]) absl::StrAppend(&found, " ", all[i]);
  }
  return found;
}

std::string Differences(const State& expected, const State& actual) {
  std::string words;
  for (const auto& [subject, state] : expected) {
    const auto at = actual.find(subject);
    const std::string is = at == actual.end() ? "(is not there)" : at->second;
    if (is == state) continue;
    absl::StrAppend(&words, subject, " model:", Otherwise(state, is),
                    ", record:", Otherwise(is, state), "\n");
  }
  for (const auto& [subject, state] : actual) {
    if (!expected.contains(subject)) absl::StrAppend(&words, subject, " is only in the record\n");
  }
  return words;
}

std::string Join(const std::set<std::string>& reasons) {
  std::string words;
  for (const std::string& reason : reasons)
    absl::StrAppend(&words, words.empty() ? "" : " or ", reason);
  return words.empty() ? "OK" : words;
}

// What went wrong, and after how many commands.
struct Failure {
  size_t steps = 0;
  std::string kind;  // shrinking keeps to it
  std::string what;
};

// Runs model and record side by side.
std::optional<Failure> RunBoth(const History& history, Subject& subject, Model& model,
                               size_t compared_every) {
  for (size_t i = 0; i < history.size(); ++i) {
    const std::set<std::string> reasons = model.Do(history[i]);
    const std::string outcome = subject.Do(history[i]);
    const bool agree = reasons.empty() ? outcome == "OK" : reasons.contains(outcome);
    if (!agree) {
      std::string what = absl::StrCat("model: ", Join(reasons), ", record: ", outcome, "\n");
      return Failure{i + 1, what, what + subject.message() + "\n"};
    }
    model.Settle(outcome);
    std::string wrong = model.NewlyExposed(history[i]);
    if (!subject.choices().empty()) wrong += model.LearnChoices(history[i], subject.choices());
    if (!wrong.empty()) return Failure{i + 1, "invariant", std::move(wrong)};
    if ((i + 1) % compared_every == 0 || i + 1 == history.size()) {
      std::string differences = Differences(model.Words(), subject.Words());
      if (!differences.empty()) return Failure{i + 1, "state", std::move(differences)};
    }
  }
  return std::nullopt;
}

std::optional<Failure> RunAnew(const History& history, size_t compared_every) {
  Subject subject(MemoryStore(), Start());
  Model model(Start());
  return RunBoth(history, subject, model, compared_every);
}

// The shortest history that it finds to fail by leaving out parts, halving their size.
History Shrink(History history, const std::string& kind) {
  if (const auto failed = RunAnew(history, 1); failed.has_value() && failed->kind == kind) {
    history.resize(failed->steps);
  }
  for (size_t part = std::max<size_t>(history.size() / 2, 1);; part = part / 2) {
    for (size_t at = 0; at < history.size();) {
      History shorter(history.begin(), history.begin() + static_cast<std::ptrdiff_t>(at));
      const size_t end = std::min(at + part, history.size());
      shorter.insert(shorter.end(), history.begin() + static_cast<std::ptrdiff_t>(end),
                     history.end());
      if (const auto failure = RunAnew(shorter, 1); failure.has_value() && failure->kind == kind) {
        shorter.resize(failure->steps);
        history = std::move(shorter);
      } else {
        at += part;
      }
    }
    if (part <= 1) return history;
  }
}

void Report(const History& history, const Failure& failure) {
  const History shortest = Shrink(history, failure.kind);
  std::string words;
  for (const Command& command : shortest) absl::StrAppend(&words, "  ", Words(command), "\n");
  const auto again = RunAnew(shortest, 1);
  ADD_FAILURE() << "after " << failure.steps << " commands: " << failure.what << "The shortest of "
                << "that kind has " << shortest.size() << " commands:\n"
                << words << (again.has_value() ? again->what : "(passes when run again)\n");
}

std::string StateHash(const storage::Reader& reader) {
  const auto hash = HashState(reader, "main");
  EXPECT_TRUE(hash.ok()) << hash.status();
  return hash.ok() ? hash->sha256() : "";
}

void ExpectReplayed(const storage::Reader& store) {
  const auto replayed = MemoryStore();
  const absl::Status status = Replay(store, "main", replayed.get());
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(StateHash(*replayed), StateHash(store));
}

TEST(InventoryModel, RandomHistories) {
  std::mt19937 random(Seed());
  std::map<std::string, RuleCount> rules;
  int steps = 0;
  while (steps < StepsWanted()) {
    const unsigned seed = static_cast<unsigned>(random());
    const History history = RandomHistory(seed, kHistorySteps);
    Subject subject(MemoryStore(), Start());
    Model model(Start());
    if (const auto failure = RunBoth(history, subject, model, kComparedEvery);
        failure.has_value()) {
      return Report(history, *failure);
    }
    ExpectReplayed(subject.inventory().store());
    if (testing::Test::HasFailure()) return;
    steps += static_cast<int>(history.size());
    for (const auto& [rule, count] : model.rules()) {
      rules[rule].allowed += count.allowed;
      rules[rule].refused += count.refused;
    }
  }
  std::cout << steps << " commands; rule: allowed at its edge, refused\n";
  for (const char* rule : kRules) {
    std::cout << "  " << rule << ": " << rules[rule].allowed << ", " << rules[rule].refused << "\n";
    EXPECT_GT(rules[rule].allowed, 0) << rule << " never allowed what is near its edge";
    EXPECT_GT(rules[rule].refused, 0) << rule << " never refused";
  }
}

TEST(InventoryModel, SameHistoriesOnBothDrivers) {
  const unsigned seed = Seed();
  const auto folder = common::MakeTemporaryDirectory("inventory-model");
  ASSERT_TRUE(folder.ok()) << folder.status();
  for (unsigned i = 0; i < 4; ++i) {
    const History history = RandomHistory(seed + i, kHistorySteps);
    Subject in_memory(MemoryStore(), Start());
    auto store = storage::MakeRocksDbDriver()->Open(absl::StrCat(*folder, "/", i),
                                                    Inventory::StoreOptions());
    ASSERT_TRUE(store.ok()) << store.status();
    Subject on_disk(*std::move(store), Start());
    for (const Command& command : history) {
      ASSERT_EQ(in_memory.Do(command), on_disk.Do(command)) << Words(command);
    }
    EXPECT_EQ(StateHash(in_memory.inventory().store()), StateHash(on_disk.inventory().store()));
    EXPECT_EQ(on_disk.inventory().Fsck().problem_count, 0u);
    ExpectReplayed(on_disk.inventory().store());
  }
  std::filesystem::remove_all(*folder);
}

}  // namespace
}  // namespace loopdock::inventory::model
