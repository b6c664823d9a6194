// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_CRASH_CRASH_LOAD_H_
#define LOOPDOCK_TESTS_CRASH_CRASH_LOAD_H_

// Clients that change things until the server is gone, the record of what was acknowledged to them,
// and its comparison with what the server says after its next start.
//
// Thread safety: Run and Check from one thread; the clients are threads of its own.
// Ownership: cluster and floor outlive it.
// Blocking: Run until the server was gone or the time is over, Check until all is compared.

#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "tests/e2e/floor.h"

namespace loopdock::e2e {

// Keeps evidence; what was kept, as text.
absl::StatusOr<std::string> PutEvidence(const Cluster& cluster, const std::string& request_id,
                                        const std::string& bytes);

struct CrashCounts {
  std::int64_t acknowledged = 0;
  std::int64_t unanswered = 0;  // sent, and no answer when the server died
  std::int64_t repeated = 0;    // acknowledged requests sent again
  std::int64_t lost = 0;        // acknowledged and not there
  std::int64_t different = 0;   // acknowledged, and now answered otherwise
  std::int64_t doubled = 0;     // more than one entry for a request, or a gap in the feed
};

class CrashLoad {
 public:
  CrashLoad(const Cluster& cluster, const Floor& floor, std::uint64_t seed);

  // What the load needs: a session, and places to work with.
  absl::Status Prepare();

  // Lets the clients work. Once `acknowledged` changes are, calls `kill` unless the server is gone
  // by then; ends when the clients have noticed. True when the server went by itself.
  bool Run(std::int64_t acknowledged, absl::Duration time_max, const std::function<void()>& kill);

  // How many changes Check will send again, at most.
  size_t to_check();

  // After the next start. Every change of the last run and some of those before are sent again.
  absl::Status Check(CrashCounts* counts);

 private:
  // A change that was sent: how to send it again, and what was answered ("": nothing).
  struct Change {
    std::string request_id;
    // Once, or with the client's retries.
    std::function<absl::StatusOr<std::string>(bool retries)> send;
    std::string answer;
    bool in_feed = true;  // evidence is not
  };

  void Client(int number, std::uint64_t seed);
  Change Next(std::mt19937_64& random, int client);
  Change NextScan(int client);
  Change NextContainer();
  Change NextParty();
  Change NextHold(const std::string& asset);
  Change NextEvidence(std::mt19937_64& random);
  absl::Status ReadNewFeed(CrashCounts* counts);
  void Compare(Change& change, CrashCounts* counts);

  const Cluster& cluster_;
  const Floor& floor_;
  std::mt19937_64 random_;
  std::string session_;
  std::string location_;
  std::map<std::string, int> feed_;  // entries by request
  std::int64_t feed_end_ = 0;
  std::vector<Change> checked_;
  std::int64_t evidence_count_ = 0;

  absl::Mutex mutex_;
  std::vector<Change> sent_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> assets_ ABSL_GUARDED_BY(mutex_);
  std::int64_t acknowledged_ ABSL_GUARDED_BY(mutex_) = 0;
  std::int64_t serial_ ABSL_GUARDED_BY(mutex_) = 0;
  bool gone_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace loopdock::e2e

#endif  // LOOPDOCK_TESTS_CRASH_CRASH_LOAD_H_
