// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_CONTRACT_LINEARIZABILITY_H_
#define LOOPDOCK_TESTS_CONTRACT_LINEARIZABILITY_H_

// Judges a history of overlapping operations on one object: is there an order of them, in which
// nothing that had been answered comes after what was asked later, that one object alone could have
// answered so? The search is Wing and Gong's, with Lowe's memory of positions that led nowhere.
// Thread safety: Moments from any thread; the rest from one.
// Limits: 64 operations a history.

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace loopdock::testing_tools {

// Counts moments, so that begin and end of operations of many threads have one order.
class Moments {
 public:
  std::int64_t Next() { return next_.fetch_add(1); }

 private:
  std::atomic<std::int64_t> next_{0};
};

// One operation as its client saw it: asked after `begin`, answered before `end`.
template <typename State>
struct Operation {
  int client = 0;
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::string words;  // for people
  // The state after it, when the object in this state answers as it did; nothing when it would not.
  std::function<std::optional<State>(const State&)> step;
};

// `State` must be copyable and ordered by <.
template <typename State>
class LinearizabilityChecker {
 public:
  using History = std::vector<Operation<State>>;

  LinearizabilityChecker(History history, State initial)
      : history_(std::move(history)), initial_(std::move(initial)) {}

  bool Check() {
    if (history_.size() > 64) return false;
    order_.clear();
    seen_.clear();
    return Search(0, initial_);
  }

  // The order found by Check.
  const std::vector<size_t>& order() const { return order_; }

  // The history in words, in the order of its beginnings.
  std::string Words() const {
    std::string words;
    for (const auto& operation : history_) {
      words += "client " + std::to_string(operation.client) + " [" +
               std::to_string(operation.begin) + ", " + std::to_string(operation.end) + "] " +
               operation.words + "\n";
    }
    return words;
  }

 private:
  // `done` has a bit for each operation that has its place in the order.
  bool Search(std::uint64_t done, const State& state) {
    if (order_.size() == history_.size()) return true;
    if (!seen_.insert({done, state}).second) return false;
    std::int64_t first_end = INT64_MAX;  // what began after this cannot be next
    for (size_t i = 0; i < history_.size(); ++i) {
      if ((done >> i & 1) == 0 && history_[i].end < first_end) first_end = history_[i].end;
    }
    for (size_t i = 0; i < history_.size(); ++i) {
      if ((done >> i & 1) != 0 || history_[i].begin > first_end) continue;
      const std::optional<State> after = history_[i].step(state);
      if (!after.has_value()) continue;
      order_.push_back(i);
      if (Search(done | std::uint64_t{1} << i, *after)) return true;
      order_.pop_back();
    }
    return false;
  }

  const History history_;
  const State initial_;
  std::vector<size_t> order_;
  std::set<std::pair<std::uint64_t, State>> seen_;
};

}  // namespace loopdock::testing_tools

#endif  // LOOPDOCK_TESTS_CONTRACT_LINEARIZABILITY_H_
