// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_CLOCK_H_
#define LOOPDOCK_SERVICES_COMMON_CLOCK_H_

// Where the time comes from: injected everywhere, so that tests decide what time it is.
// Thread safety: every function is safe from any thread.
// Ownership: SystemClock() lives as long as the process; others keep a reference to a clock that
// must outlive them.

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace loopdock::common {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

// The wall clock of the machine; it may step.
Clock& SystemClock();

// A clock that moves only when told.
class ManualClock : public Clock {
 public:
  // Starts at 2026-01-02 03:04:05 UTC unless told otherwise.
  ManualClock();
  explicit ManualClock(absl::Time now) : now_(now) {}

  absl::Time Now() const override;
  void Set(absl::Time now);
  void Advance(absl::Duration by);

 private:
  mutable absl::Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_CLOCK_H_
