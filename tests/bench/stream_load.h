// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_BENCH_STREAM_LOAD_H_
#define LOOPDOCK_TESTS_BENCH_STREAM_LOAD_H_

// One station's stream in a closed loop: up to `window` items unanswered, answers in order.
// Thread safety: made and waited for by one thread; gRPC's threads do the rest.
// Ownership: context, reactor and meter live until the meter has finished.

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "services/common/grpc_status.h"
#include "tests/bench/load.h"

namespace loopdock::bench {

template <typename Request, typename Response>
class StreamLane : public grpc::ClientBidiReactor<Request, Response> {
 public:
  using Make = std::function<Request()>;
  // The outcomes in a message, in order.
  using Judge = std::function<std::vector<absl::Status>(const Response&)>;

  StreamLane(LoadMeter* meter, int lane, size_t window, Make make, Judge judge)
      : meter_(meter),
        lane_(lane),
        window_(window),
        make_(std::move(make)),
        judge_(std::move(judge)) {}

  // After the stub's call has been made with this reactor.
  void Begin() {
    this->StartRead(&response_);
    WriteNext();
    this->StartCall();
  }

  void OnWriteDone(bool ok) override {
    {
      absl::MutexLock lock(&mutex_);
      writing_ = false;
    }
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
    WriteNext();
  }

  void OnDone(const grpc::Status& status) override {
    const absl::Status ended = common::FromGrpc(status);
    if (!ended.ok()) meter_->Answered(lane_, absl::Now(), ended);
    meter_->LaneEnded();
  }

 private:
  void WriteNext() {
    const bool goes_on = meter_->GoesOn();
    absl::MutexLock lock(&mutex_);
    if (writing_ || closed_) return;
    if (!goes_on) {
      closed_ = true;
      this->StartWritesDone();
      return;
    }
    if (begun_.size() >= window_) return;
    writing_ = true;
    request_ = make_();
    begun_.push_back(absl::Now());
    this->StartWrite(&request_);
  }

  LoadMeter* const meter_;
  const int lane_;
  const size_t window_;
  const Make make_;
  const Judge judge_;
  Response response_;
  absl::Mutex mutex_;
  Request request_ ABSL_GUARDED_BY(mutex_);  // one at a time is on its way
  std::deque<absl::Time> begun_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace loopdock::bench

#endif  // LOOPDOCK_TESTS_BENCH_STREAM_LOAD_H_
