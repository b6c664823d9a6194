// SPDX-License-Identifier: Apache-2.0
#include "clients/cpp/scan_client.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "services/common/grpc_status.h"
#include "services/common/log.h"
#include "services/common/sent_again.h"
#include "services/common/status.h"

namespace loopdock::client {
namespace {

using intake::v1::ScanRequest;
using intake::v1::ScanResponse;

constexpr size_t kUnderWayMax = 256;
constexpr absl::Duration kPauseMin = absl::Milliseconds(50);
constexpr absl::Duration kPauseMax = absl::Seconds(2);

}  // namespace

ScanClient::ScanClient(std::unique_ptr<intake::v1::IntakeService::StubInterface> stub,
                       Authorize authorize, ScanJournal* journal, Answered answered,
                       ScanLimits limits)
    : stub_(std::move(stub)),
      authorize_(std::move(authorize)),
      journal_(journal),
      answered_(std::move(answered)),
      limits_(limits) {
  for (ScanRequest& scan : journal_->Unacknowledged()) {
    bytes_ += scan.ByteSizeLong();
    queue_.push_back({std::move(scan), /*was_sent=*/true});
  }
  thread_ = std::thread([this] { Run(); });
}

ScanClient::~ScanClient() { Stop(); }

void ScanClient::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    if (call_ != nullptr) call_->TryCancel();
  }
  if (thread_.joinable()) thread_.join();
}

bool ScanClient::HasRoom() const { return queue_.size() < limits_.scans && bytes_ < limits_.bytes; }

absl::Status ScanClient::Send(const ScanRequest& scan, absl::Duration room_timeout) {
  const auto has_room = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopping_ || HasRoom();
  };
  // The journal and the queue take scans in the same order.
  absl::MutexLock lock(&mutex_);
  if (!mutex_.AwaitWithTimeout(absl::Condition(&has_room), room_timeout)) {
    return common::Error(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED",
                         absl::StrCat("The server has not answered ", queue_.size(),
                                      " scans in time; they are kept in the journal, this one is "
                                      "not."));
  }
  if (stopping_) {
    return common::Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "The client stops.");
  }
  if (auto status = journal_->Add(scan); !status.ok()) return status;
  bytes_ += scan.ByteSizeLong();
  queue_.push_back({scan});
  return absl::OkStatus();
}

absl::StatusOr<bool> ScanClient::TakeBack(const std::string& request_id) {
  absl::MutexLock lock(&mutex_);
  const auto found = std::find_if(
      queue_.rbegin(), queue_.rend(),
      [&request_id](const Waiting& waiting) { return waiting.scan.request_id() == request_id; });
  if (found == queue_.rend() || found->was_sent) return false;
  if (auto status = journal_->TakeBack(request_id); !status.ok()) return status;
  bytes_ -= found->scan.ByteSizeLong();
  queue_.erase(std::next(found).base());
  return true;
}

absl::Status ScanClient::Flush(absl::Duration timeout) {
  const auto is_done = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return queue_.empty(); };
  absl::MutexLock lock(&mutex_);
  if (mutex_.AwaitWithTimeout(absl::Condition(&is_done), timeout)) return absl::OkStatus();
  return common::Error(
      absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED",
      absl::StrCat(
          queue_.size(), " scans are not acknowledged yet; they are kept ",
          "in the journal. Last error: ",
          last_error_.ok() ? "no answer from the server" : std::string(last_error_.message())));
}

void ScanClient::Run() {
  absl::Duration pause = kPauseMin;
  while (true) {
    {
      const auto has_work = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return stopping_ || !queue_.empty();
      };
      absl::MutexLock lock(&mutex_, absl::Condition(&has_work));
      if (stopping_) return;
    }
    const absl::Status status = StreamOnce();
    pause = status.ok() ? kPauseMin : std::min(pause * 2, kPauseMax);
    absl::MutexLock lock(&mutex_);
    last_error_ = status;
    if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), pause)) return;
  }
}

absl::Status ScanClient::StreamOnce() {
  grpc::ClientContext context;
  authorize_(context);
  // A stream that waits for its server finds it as soon as it is back; Stop ends the waiting.
  context.set_wait_for_ready(true);
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return absl::OkStatus();
    call_ = &context;
    written_ = 0;
    broken_ = false;
  }
  const std::unique_ptr<Stream> stream = stub_->Scan(&context);
  std::thread writer([this, &stream] { WriteAll(stream.get()); });
  ScanResponse response;
  absl::Status answered;
  while (answered.ok() && stream->Read(&response)) {
    google::protobuf::RepeatedPtrField<ScanResponse> more;
    more.Swap(response.mutable_more());
    answered = Answer(response);
    for (auto next = more.begin(); answered.ok() && next != more.end(); ++next) {
      answered = Answer(*next);
    }
  }
  {
    absl::MutexLock lock(&mutex_);
    broken_ = true;
  }
  context.TryCancel();
  writer.join();
  const grpc::Status finished = stream->Finish();
  {
    absl::MutexLock lock(&mutex_);
    call_ = nullptr;
  }
  return answered.ok() ? common::FromGrpc(finished) : answered;
}

void ScanClient::WriteAll(Stream* stream) {
  const auto has_next = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopping_ || broken_ || written_ < std::min(queue_.size(), kUnderWayMax);
  };
  while (true) {
    ScanRequest next;
    {
      absl::MutexLock lock(&mutex_, absl::Condition(&has_next));
      if (stopping_ || broken_) return;
      queue_[written_].was_sent = true;
      next = queue_[written_++].scan;
    }
    next.set_takes_more(true);
    if (!stream->Write(next)) return;
  }
}

// Answers come in the order of the requests: the first unanswered scan is the one answered. One
// that is to be sent again breaks the stream, so that the order is kept.
absl::Status ScanClient::Answer(const ScanResponse& response) {
  const absl::Status refusal = common::FromRpcStatus(response.error());
  if (common::IsSentAgain(refusal)) return refusal;
  ScanRequest scan;
  {
    absl::MutexLock lock(&mutex_);
    if (queue_.empty() || queue_.front().scan.request_id() != response.request_id()) {
      return common::Error(absl::StatusCode::kInternal, "INTERNAL",
                           "The server answered a scan that was not the next one.");
    }
    scan = queue_.front().scan;
  }
  answered_(scan, response);
  const absl::Status forgotten = journal_->Acknowledge(scan.request_id());
  if (!forgotten.ok()) {
    common::LogWarning("journal_not_shortened", {{"error", forgotten.ToString()}});
  }
  absl::MutexLock lock(&mutex_);
  bytes_ -= scan.ByteSizeLong();
  queue_.pop_front();
  --written_;
  return absl::OkStatus();
}

}  // namespace loopdock::client
