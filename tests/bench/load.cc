// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/load.h"

#include <algorithm>

#include "absl/time/clock.h"

namespace loopdock::bench {

LoadMeter::LoadMeter(const LoadOptions& options, int lanes)
    : count_from_(absl::Now() + options.warm_up),
      end_(count_from_ + options.duration),
      taken_(static_cast<size_t>(lanes)),
      lanes_open_(lanes) {}

bool LoadMeter::GoesOn() const { return !failed_ && absl::Now() < end_; }

void LoadMeter::Answered(int lane, absl::Time begun, const absl::Status& status) {
  const absl::Time now = absl::Now();
  if (status.ok()) {
    if (now >= count_from_ && now < end_) taken_[static_cast<size_t>(lane)].push_back(now - begun);
    return;
  }
  absl::MutexLock lock(&mutex_);
  if (failure_.ok()) failure_ = status;
  failed_ = true;
}

void LoadMeter::LaneEnded() {
  absl::MutexLock lock(&mutex_);
  --lanes_open_;
}

absl::Status LoadMeter::Wait() {
  const auto ended = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return lanes_open_ == 0; };
  absl::MutexLock lock(&mutex_, absl::Condition(&ended));
  return failure_;
}

absl::StatusOr<LoadResult> LoadMeter::Finish() {
  if (absl::Status status = Wait(); !status.ok()) return status;
  std::vector<absl::Duration> all;
  for (const auto& lane : taken_) all.insert(all.end(), lane.begin(), lane.end());
  if (all.empty()) return absl::DeadlineExceededError("nothing was answered in time");
  std::sort(all.begin(), all.end());
  return LoadResult{all.size(),
                    static_cast<double>(all.size()) / absl::ToDoubleSeconds(end_ - count_from_),
                    all[all.size() / 2], all[all.size() * 99 / 100], ""};
}

double CpuMeter::PerCommand(const storage::Committer& committer) const {
  return static_cast<double>(std::clock() - begun_) * 1e6 / CLOCKS_PER_SEC /
         static_cast<double>(std::max<std::uint64_t>(committer.stats().commands, 1));
}

namespace {

void BeginNext(LoadMeter& meter, const BeginCall& begin, int lane) {
  if (!meter.GoesOn()) return meter.LaneEnded();
  const absl::Time begun = absl::Now();
  begin(lane, [&meter, &begin, lane, begun](const absl::Status& status) {
    meter.Answered(lane, begun, status);
    BeginNext(meter, begin, lane);
  });
}

}  // namespace

absl::StatusOr<LoadResult> RunLoad(const LoadOptions& options, const BeginCall& begin) {
  LoadMeter meter(options, options.in_flight);
  for (int lane = 0; lane < options.in_flight; ++lane) BeginNext(meter, begin, lane);
  return meter.Finish();
}

}  // namespace loopdock::bench
