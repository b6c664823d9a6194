// SPDX-License-Identifier: Apache-2.0
#include "services/grading/outbox_loop.h"

#include <algorithm>
#include <optional>

#include "services/common/grpc_status.h"
#include "services/common/log.h"

namespace loopdock::grading {
namespace {

constexpr size_t kRowsPerPage = 100;

}  // namespace

bool OutboxLoop::IsNoAnswer(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsResourceExhausted(status) || absl::IsCancelled(status);
}

void OutboxLoop::Notify() {
  absl::MutexLock lock(&mutex_);
  notified_ = true;
}

void OutboxLoop::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    if (call_ != nullptr) call_->TryCancel();
  }
  if (thread_.joinable()) thread_.join();
}

void OutboxLoop::Start() {
  thread_ = std::thread([this] { Run(); });
}

std::int64_t OutboxLoop::waiting() const {
  absl::MutexLock lock(&mutex_);
  return waiting_;
}

void OutboxLoop::Run() {
  absl::Duration pause = absl::InfiniteDuration();
  while (true) {
    bool paused = false;
    {
      absl::MutexLock lock(&mutex_);
      const auto has_work = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return stopping_ || notified_;
      };
      paused = !mutex_.AwaitWithTimeout(absl::Condition(&has_work), pause);
      if (stopping_) return;
      notified_ = false;
    }
    if (SendAll()) {
      pause = absl::InfiniteDuration();
    } else if (pause == absl::InfiniteDuration()) {
      pause = pauses_.min;
    } else if (paused) {
      // New rows do not make the old ones wait longer.
      pause = std::min(pause * 2, pauses_.max);
    }
  }
}

bool OutboxLoop::SendAll() {
  BeginPass();
  std::int64_t left = 0;
  bool answers = true;
  std::optional<std::string> after;
  while (true) {
    storage::ScanOptions scan{.table = table_, .limit = kRowsPerPage};
    if (after) scan.after = *after;
    auto page = store_->Scan(scan);
    if (!page.ok()) {
      common::LogError("outbox_unreadable", {{"error", page.status().ToString()}});
      return false;
    }
    for (const storage::Row& row : page->rows) {
      {
        absl::MutexLock lock(&mutex_);
        if (stopping_) return false;
      }
      // Once inventory is silent the rest is only counted.
      const Sent sent = answers ? Send(row) : Sent::kNoAnswer;
      if (sent != Sent::kAnswered) ++left;
      if (sent == Sent::kNoAnswer) answers = false;
      after = row.key;
    }
    if (!page->more) break;
  }
  absl::MutexLock lock(&mutex_);
  waiting_ = left;
  return left == 0;
}

absl::Status OutboxLoop::Call(const std::function<grpc::Status(grpc::ClientContext&)>& call) {
  grpc::ClientContext context;
  authorize_(context);
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return absl::CancelledError("stopping");
    call_ = &context;
  }
  const absl::Status sent = common::FromGrpc(call(context));
  absl::MutexLock lock(&mutex_);
  call_ = nullptr;
  return sent;
}

}  // namespace loopdock::grading
