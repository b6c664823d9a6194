// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_BENCH_LOAD_H_
#define LOOPDOCK_TESTS_BENCH_LOAD_H_

// A closed loop of calls: so many in flight, each answer sends the next, counted after a warm-up.
// Thread safety: RunLoad and RunStreams are for one thread; a call's answer may come on any.
// Blocking: for warm-up and duration, and until the last answer.
// Errors: the first error of a call ends the load; a load with an error has no figures.

#include <atomic>
#include <cstdint>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/storage/committer.h"

namespace loopdock::bench {

struct LoadResult {
  std::uint64_t calls = 0;
  double per_second = 0;
  absl::Duration p50;
  absl::Duration p99;
  std::string note;  // what else the load showed
};

struct LoadOptions {
  int in_flight = 1;
  absl::Duration warm_up = absl::Milliseconds(300);
  absl::Duration duration = absl::Seconds(1.5);
};

// Counts answers of a load; every line of calls has one Lane, used by one call at a time.
class LoadMeter {
 public:
  LoadMeter(const LoadOptions& options, int lanes);

  // Whether the next call may begin.
  bool GoesOn() const;
  void Answered(int lane, absl::Time begun, const absl::Status& status);
  // This lane sends no more and has no call in flight.
  void LaneEnded();
  // Waits for all lanes; the first error of a call.
  absl::Status Wait();
  // The same, and the figures.
  absl::StatusOr<LoadResult> Finish();

 private:
  const absl::Time count_from_;
  const absl::Time end_;
  std::vector<std::vector<absl::Duration>> taken_;  // by lane
  std::atomic<bool> failed_{false};
  absl::Mutex mutex_;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  int lanes_open_ ABSL_GUARDED_BY(mutex_);
};

// Processor time of this process, all threads: less at the mercy of a busy machine than a rate.
class CpuMeter {
 public:
  CpuMeter() : begun_(std::clock()) {}
  // Microseconds a command, for commands that began after the meter.
  double PerCommand(const storage::Committer& committer) const;

 private:
  const std::clock_t begun_;
};

// Begins one call and says its outcome, from any thread, once.
using Answer = std::function<void(const absl::Status&)>;
using BeginCall = std::function<void(int lane, const Answer& answer)>;

absl::StatusOr<LoadResult> RunLoad(const LoadOptions& options, const BeginCall& begin);

}  // namespace loopdock::bench

#endif  // LOOPDOCK_TESTS_BENCH_LOAD_H_
