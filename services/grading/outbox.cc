// SPDX-License-Identifier: Apache-2.0
#include "services/grading/outbox.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "services/common/grpc_status.h"
#include "services/common/log.h"
#include "services/common/status.h"
#include "services/grading/core/inspections.h"
#include "services/grading/core/tables.h"

namespace loopdock::grading {
namespace {

constexpr size_t kRowsPerPage = 100;
constexpr size_t kLoggedMax = 1000;

// Inventory did not judge the call: it is down, full, or its answer is lost.
bool IsNoAnswer(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsResourceExhausted(status) || absl::IsCancelled(status);
}

}  // namespace

Outbox::Outbox(storage::Store* store, storage::Committer* committer,
               std::shared_ptr<grpc::Channel> inventory, Authorize authorize, Pauses pauses)
    : store_(store),
      committer_(committer),
      inventory_(inventory::v1::InventoryService::NewStub(std::move(inventory))),
      authorize_(std::move(authorize)),
      pauses_(pauses),
      thread_([this] { Run(); }) {}

Outbox::~Outbox() { Stop(); }

void Outbox::Notify() {
  absl::MutexLock lock(&mutex_);
  notified_ = true;
}

void Outbox::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    if (call_ != nullptr) call_->TryCancel();
  }
  if (thread_.joinable()) thread_.join();
}

std::int64_t Outbox::waiting() const {
  absl::MutexLock lock(&mutex_);
  return waiting_;
}

void Outbox::Run() {
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

bool Outbox::SendAll() {
  std::int64_t left = 0;
  bool answers = true;
  std::optional<std::string> after;
  while (true) {
    storage::ScanOptions scan{.table = kOutboxTable, .limit = kRowsPerPage};
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

Outbox::Sent Outbox::Send(const storage::Row& row) {
  inventory::v1::RecordInspectionRequest request;
  if (!request.ParseFromString(row.value)) {
    LogOnce(row.key, request, absl::DataLossError("The row cannot be read. Run fsck."));
    return Sent::kRefused;
  }
  const absl::Status sent = Call(request);
  const bool overtaken = common::ReasonOf(sent) == "INSPECTION_SUPERSEDED";
  if (!sent.ok() && !overtaken) {
    LogOnce(row.key, request, sent);
    return IsNoAnswer(sent) ? Sent::kNoAnswer : Sent::kRefused;
  }
  RecordedCommand recorded(row.key, sent.ok(), [](const absl::Status&) {});
  const auto kept = committer_->Run(recorded);
  if (!kept.ok()) {
    LogOnce(row.key, request, kept);
    return Sent::kRefused;
  }
  logged_.erase(row.key);
  return Sent::kAnswered;
}

absl::Status Outbox::Call(const inventory::v1::RecordInspectionRequest& request) {
  grpc::ClientContext context;
  authorize_(context);
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return absl::CancelledError("stopping");
    call_ = &context;
  }
  inventory::v1::Asset asset;
  const auto sent = common::FromGrpc(inventory_->RecordInspection(&context, request, &asset));
  absl::MutexLock lock(&mutex_);
  call_ = nullptr;
  return sent;
}

void Outbox::LogOnce(const std::string& key, const inventory::v1::RecordInspectionRequest& request,
                     const absl::Status& status) {
  if (logged_.size() >= kLoggedMax) logged_.clear();
  if (std::exchange(logged_[key], status.ToString()) == status.ToString()) return;
  common::LogWarning("inspection_not_recorded", {{"asset", request.name()},
                                                 {"inspection", request.summary().inspection()},
                                                 {"error", status.ToString()}});
}

}  // namespace loopdock::grading
