// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_BENCH_PACED_LOAD_H_
#define LOOPDOCK_TESTS_BENCH_PACED_LOAD_H_

// Scans at set times over the streams of some stations: an open loop, in which a server that stalls
// is asked no less, and a scan's time begins when it was due.
// Thread safety: made and waited for by one thread; gRPC's threads do the rest.
// Ownership: contexts, lanes and meter live until the meter has finished.

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <deque>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "services/common/grpc_status.h"
#include "tests/bench/load.h"

namespace loopdock::bench {

template <typename Request, typename Response>
class PacedLane : public grpc::ClientBidiReactor<Request, Response> {
 public:
  using Make = std::function<Request()>;
  // The outcomes in a message, in order.
  using Judge = std::function<std::vector<absl::Status>(const Response&)>;

  PacedLane(LoadMeter* meter, int lane, Make make, Judge judge)
      : meter_(meter), lane_(lane), make_(std::move(make)), judge_(std::move(judge)) {}

  // After the stub's call has been made with this reactor.
  void Begin() {
    this->AddHold();  // until Close: scans begin outside of gRPC's callbacks
    this->StartRead(&response_);
    this->StartCall();
  }
  // One scan more, due at that time.
  void Offer(absl::Time due) {
    absl::MutexLock lock(&mutex_);
    due_.push_back(due);
    WriteNext();
  }
  // No more will be offered.
  void Close() {
    {
      absl::MutexLock lock(&mutex_);
      closing_ = true;
      WriteNext();
    }
    this->RemoveHold();
  }

  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    if (ok) WriteNext();
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    for (const absl::Status& outcome : judge_(response_)) {
      absl::Time begun;
      {
        absl::MutexLock lock(&mutex_);
        if (begun_.empty()) return;
        begun = begun_.front();
        begun_.pop_front();
      }
      meter_->Answered(lane_, begun, outcome);
    }
    this->StartRead(&response_);
  }
  void OnDone(const grpc::Status& status) override {
    const absl::Status ended = common::FromGrpc(status);
    if (!ended.ok()) meter_->Answered(lane_, absl::Now(), ended);
    meter_->LaneEnded();
  }

 private:
  void WriteNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (writing_ || closed_) return;
    if (due_.empty()) {
      closed_ = closing_;
      if (closed_) this->StartWritesDone();
      return;
    }
    writing_ = true;
    request_ = make_();
    begun_.push_back(due_.front());
    due_.pop_front();
    this->StartWrite(&request_);
  }

  LoadMeter* const meter_;
  const int lane_;
  const Make make_;
  const Judge judge_;
  Response response_;
  absl::Mutex mutex_;
  Request request_ ABSL_GUARDED_BY(mutex_);  // one at a time is on its way
  std::deque<absl::Time> due_ ABSL_GUARDED_BY(mutex_);
  std::deque<absl::Time> begun_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

// So many a second over all lanes in turn, until the meter's time is over; then closes them.
template <typename Request, typename Response>
void Pace(const LoadMeter& meter, int per_second,
          const std::vector<std::unique_ptr<PacedLane<Request, Response>>>& lanes) {
  const absl::Duration step = absl::Seconds(1) / per_second;
  absl::Time due = absl::Now();
  for (size_t turn = 0; meter.GoesOn(); turn = (turn + 1) % lanes.size(), due += step) {
    absl::SleepFor(due - absl::Now());
    lanes[turn]->Offer(due);
  }
  for (const auto& lane : lanes) lane->Close();
}

}  // namespace loopdock::bench

#endif  // LOOPDOCK_TESTS_BENCH_PACED_LOAD_H_
