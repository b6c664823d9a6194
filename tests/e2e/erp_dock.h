// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_E2E_ERP_DOCK_H_
#define LOOPDOCK_TESTS_E2E_ERP_DOCK_H_

// A dock at work, by chance: books, moves, corrects, grades, sells, merges and takes apart, over
// kills of the server.
// Thread safety: for one thread. Ownership: the floor outlives it.

#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/e2e/floor.h"

namespace loopdock::e2e {

class ErpDock {
 public:
  ErpDock(const Floor& floor, unsigned seed) : floor_(floor), random_(seed) {}

  // A load with a session, places and parties to work with.
  absl::Status Open();
  // One act of a kind drawn by chance. A refusal by a rule is no error.
  absl::Status Step();
  // Closes the session, so that the load learns its counts.
  absl::Status Close();
  // How often each kind of act succeeded.
  const std::map<std::string, int>& done() const { return done_; }

 private:
  using Act = absl::Status (ErpDock::*)();
  struct Kind {
    const char* name;
    int share;
    Act act;
  };
  static const std::vector<Kind>& Kinds();

  absl::Status Book();
  absl::Status Describe();
  absl::Status AddTag();
  absl::Status Move();
  absl::Status MakeContainer();
  absl::Status MoveContainer();
  absl::Status Hold();
  absl::Status Grade();
  absl::Status BookLot();
  absl::Status ChangeLot();
  absl::Status Withdraw();
  absl::Status Sell();
  absl::Status Install();
  absl::Status Remove();
  absl::Status Merge();
  absl::Status TearDown();
  absl::Status ChangeParty();

  // Sends a command under a new request_id.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Tell(grpc::Status (InventoryStub::*method)(grpc::ClientContext*,
                                                                      const Request&, Response*),
                                Request request);
  int Draw(int below) {
    return static_cast<int>(random_() % static_cast<unsigned>(std::max(1, below)));
  }
  // One of them, or "" when there are none.
  std::string Any(const std::vector<std::string>& names);
  absl::Status SellReady(const std::string& asset);

  const Floor& floor_;
  std::mt19937 random_;
  std::string session_;
  std::string load_;
  int next_ = 0;
  std::vector<std::string> assets_;
  std::vector<std::string> containers_;
  std::vector<std::string> lots_;
  std::vector<std::string> installed_;
  std::map<std::string, int> done_;
};

}  // namespace loopdock::e2e

#endif  // LOOPDOCK_TESTS_E2E_ERP_DOCK_H_
