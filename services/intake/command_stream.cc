// SPDX-License-Identifier: Apache-2.0
#include "services/intake/command_stream.h"

#include <grpcpp/alarm.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <deque>
#include <utility>

#include "absl/time/clock.h"
#include "services/common/credentials.h"
#include "services/common/rpc_status.h"
#include "services/common/status.h"
#include "services/intake/service_call.h"

namespace loopdock::intake {
namespace {

using inventory::v1::RecordScanRequest;
using inventory::v1::RecordScanResponse;
using inventory::v1::StreamCommandsRequest;
using inventory::v1::StreamCommandsResponse;

absl::Status Unanswered(const absl::Status& ended, bool gave_up) {
  if (!ended.ok() && !gave_up) return ended;
  return common::WithRetry(
      common::Error(absl::StatusCode::kUnavailable, "UNAVAILABLE",
                    "A service did not answer in time; send the same scan again."),
      absl::Seconds(1));
}

}  // namespace

// One gRPC stream. It keeps itself until gRPC is done with it.
class CommandStream::Call
    : public grpc::ClientBidiReactor<StreamCommandsRequest, StreamCommandsResponse> {
 public:
  static std::shared_ptr<Call> Open(Stub& stub, const common::Caller& caller) {
    auto call = std::make_shared<Call>();
    call->self_ = call;
    call->Begin(stub, caller);
    return call;
  }

  // False when the stream is over: nothing was taken then.
  bool Send(RecordScanRequest& command, Answer& answer) {
    absl::MutexLock lock(&mutex_);
    if (over_) return false;
    unanswered_.push_back({absl::Now(), std::move(answer)});
    unsent_.push_back(std::move(command));
    if (!writing_) WriteNext();
    return true;
  }

  // Nothing more will be sent.
  void Close() {
    absl::MutexLock lock(&mutex_);
    closing_ = true;
    if (!writing_ && !over_) WriteNext();
  }

  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    if (ok && !over_) WriteNext();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return EndStream();
    for (auto& result : *incoming_.mutable_results()) {
      const absl::Status refusal = common::FromRpcStatus(result.error());
      Answer answer = TakeAnswer();
      if (answer == nullptr) break;
      if (refusal.ok()) {
        answer(std::move(*result.mutable_record_scan()));
      } else {
        answer(refusal);
      }
    }
    StartRead(&incoming_);
  }

  void OnDone(const grpc::Status& status) override {
    const std::shared_ptr<Call> self = std::move(self_);
    bool gave_up = false;
    {
      absl::MutexLock lock(&mutex_);
      gave_up = gave_up_;
      alarm_.reset();  // which keeps this call
    }
    const absl::Status why = Unanswered(FromService(status), gave_up);
    while (Answer answer = TakeAnswer()) answer(why);
  }

 private:
  struct Pending {
    absl::Time since;
    Answer answer;
  };

  void Begin(Stub& stub, const common::Caller& caller) {
    common::Authorize(context_, caller);
    stub.async()->StreamCommands(&context_, this);
    // Sends begin outside of gRPC's callbacks: held until the stream is over.
    AddHold();
    StartRead(&incoming_);
    StartCall();
    absl::MutexLock lock(&mutex_);
    Watch();
  }

  void WriteNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (!unsent_.empty()) {
      writing_ = true;
      *outgoing_.mutable_command()->mutable_record_scan() = std::move(unsent_.front());
      unsent_.pop_front();
      StartWrite(&outgoing_);
    } else if (closing_ && !said_all_) {
      said_all_ = true;
      StartWritesDone();
    }
  }

  Answer TakeAnswer() {
    absl::MutexLock lock(&mutex_);
    if (unanswered_.empty()) return nullptr;
    Answer answer = std::move(unanswered_.front().answer);
    unanswered_.pop_front();
    return answer;
  }

  void EndStream() {
    absl::MutexLock lock(&mutex_);
    over_ = true;
    if (alarm_ != nullptr) alarm_->Cancel();
    RemoveHold();
  }

  // A stream has no deadline, but each of its commands has: a service that hangs must not hold up
  // the station for ever.
  void Watch() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (over_) return;
    // A new one each time: an alarm that rings keeps the function that it is calling.
    alarm_ = std::make_unique<grpc::Alarm>();
    alarm_->Set(absl::ToChronoTime(absl::Now() + kAnswerPatience / 4), [self = self_](bool rang) {
      if (rang) self->GiveUpOrWatch();
    });
  }

  void GiveUpOrWatch() {
    absl::MutexLock lock(&mutex_);
    if (over_) return;
    gave_up_ = !unanswered_.empty() && absl::Now() - unanswered_.front().since > kAnswerPatience;
    if (gave_up_) return context_.TryCancel();
    Watch();
  }

  std::shared_ptr<Call> self_;  // until OnDone
  grpc::ClientContext context_;
  StreamCommandsRequest outgoing_;  // gRPC's while writing_
  StreamCommandsResponse incoming_;
  absl::Mutex mutex_;
  std::unique_ptr<grpc::Alarm> alarm_ ABSL_GUARDED_BY(mutex_);
  std::deque<RecordScanRequest> unsent_ ABSL_GUARDED_BY(mutex_);
  std::deque<Pending> unanswered_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  bool said_all_ ABSL_GUARDED_BY(mutex_) = false;
  bool over_ ABSL_GUARDED_BY(mutex_) = false;
  bool gave_up_ ABSL_GUARDED_BY(mutex_) = false;
};

CommandStream::~CommandStream() {
  absl::MutexLock lock(&mutex_);
  if (call_ != nullptr) call_->Close();
}

void CommandStream::Send(const common::Caller& caller, RecordScanRequest command, Answer answer) {
  absl::MutexLock lock(&mutex_);
  if (call_ != nullptr && call_->Send(command, answer)) return;
  call_ = Call::Open(*stub_, caller);
  call_->Send(command, answer);
}

}  // namespace loopdock::intake
