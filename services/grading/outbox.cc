// SPDX-License-Identifier: Apache-2.0
#include "services/grading/outbox.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "services/common/grpc_status.h"
#include "services/common/log.h"
#include "services/grading/core/inspections.h"
#include "services/grading/core/tables.h"

namespace loopdock::grading {
namespace {

constexpr size_t kRowsPerPage = 100;
constexpr absl::Duration kPauseMin = absl::Milliseconds(100);
constexpr absl::Duration kPauseMax = absl::Seconds(30);

}  // namespace

Outbox::Outbox(storage::Store* store, storage::Committer* committer,
               std::shared_ptr<grpc::Channel> inventory, Authorize authorize)
    : store_(store),
      committer_(committer),
      inventory_(inventory::v1::InventoryService::NewStub(std::move(inventory))),
      authorize_(std::move(authorize)),
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
    {
      absl::MutexLock lock(&mutex_);
      const auto has_work = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return stopping_ || notified_;
      };
      mutex_.AwaitWithTimeout(absl::Condition(&has_work), pause);
      if (stopping_) return;
      notified_ = false;
    }
    if (SendAll()) {
      pause = absl::InfiniteDuration();
    } else {
      pause = pause == absl::InfiniteDuration() ? kPauseMin : std::min(pause * 2, kPauseMax);
    }
  }
}

bool Outbox::SendAll() {
  std::int64_t left = 0;
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
      if (!Send(row)) ++left;
      after = row.key;
    }
    if (!page->more) break;
  }
  absl::MutexLock lock(&mutex_);
  waiting_ = left;
  return left == 0;
}

bool Outbox::Send(const storage::Row& row) {
  inventory::v1::RecordInspectionRequest request;
  if (!request.ParseFromString(row.value)) {
    common::LogError("outbox_row_corrupt", {{"key", row.key}});
    return false;
  }
  grpc::ClientContext context;
  authorize_(context);
  inventory::v1::Asset asset;
  const auto sent = common::FromGrpc(inventory_->RecordInspection(&context, request, &asset));
  if (!sent.ok()) {
    common::LogWarning("inspection_not_recorded", {{"asset", request.name()},
                                                   {"inspection", request.summary().inspection()},
                                                   {"error", sent.ToString()}});
    return false;
  }
  RecordedCommand recorded(row.key, [](const absl::Status&) {});
  const auto kept = committer_->Run(recorded);
  if (!kept.ok()) common::LogError("outbox_row_kept", {{"error", kept.ToString()}});
  return kept.ok();
}

}  // namespace loopdock::grading
