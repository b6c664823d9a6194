// SPDX-License-Identifier: Apache-2.0
#include "services/common/clock.h"

#include "absl/time/clock.h"

namespace loopdock::common {
namespace {

class WallClock : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

}  // namespace

Clock& SystemClock() {
  static WallClock* clock = new WallClock;  // never destroyed: threads may outlive main
  return *clock;
}

ManualClock::ManualClock()
    : ManualClock(absl::FromCivil(absl::CivilSecond(2026, 1, 2, 3, 4, 5), absl::UTCTimeZone())) {}

absl::Time ManualClock::Now() const {
  absl::MutexLock lock(&mutex_);
  return now_;
}

void ManualClock::Set(absl::Time now) {
  absl::MutexLock lock(&mutex_);
  now_ = now;
}

void ManualClock::Advance(absl::Duration by) {
  absl::MutexLock lock(&mutex_);
  now_ += by;
}

}  // namespace loopdock::common
