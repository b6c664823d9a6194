// SPDX-License-Identifier: Apache-2.0
#include "clients/cpp/feed_follower.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/common/grpc_status.h"
#include "services/common/status.h"

namespace loopdock::client {

using inventory::v1::InventoryService;
using inventory::v1::TailFeedRequest;
using inventory::v1::TailFeedResponse;

FeedFollower::FeedFollower(std::shared_ptr<grpc::Channel> channel, Authorize authorize,
                           Options options, Consume consume)
    : stub_(InventoryService::NewStub(std::move(channel))),
      authorize_(std::move(authorize)),
      consume_(std::move(consume)),
      options_(std::move(options)),
      next_sequence_(std::max<std::int64_t>(1, options_.from_sequence)),
      epoch_(options_.epoch),
      thread_([this] { Run(); }) {}

FeedFollower::~FeedFollower() { Stop(); }

void FeedFollower::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    if (call_ != nullptr) call_->TryCancel();
  }
  if (thread_.joinable()) thread_.join();
}

absl::Status FeedFollower::status() const {
  absl::MutexLock lock(&mutex_);
  return status_;
}

std::int64_t FeedFollower::feed_sequence() const {
  absl::MutexLock lock(&mutex_);
  return feed_sequence_;
}

void FeedFollower::SetStatus(absl::Status status) {
  absl::MutexLock lock(&mutex_);
  status_ = std::move(status);
}

void FeedFollower::Run() {
  absl::Duration pause = options_.pause_min;
  while (true) {
    const std::int64_t before = next_sequence_;
    const absl::Status status = FollowOnce();
    const bool is_final = common::ReasonOf(status) == "FEED_EPOCH_CHANGED";
    SetStatus(status);
    if (is_final) {
      if (options_.on_final) options_.on_final(status);
      return;
    }
    pause = next_sequence_ > before ? options_.pause_min : std::min(pause * 2, options_.pause_max);
    absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), pause)) return;
  }
}

absl::Status FeedFollower::FollowOnce() {
  grpc::ClientContext context;
  authorize_(context);
  // A stream that waits for its server finds it as soon as it is back; Stop ends the waiting.
  context.set_wait_for_ready(true);
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return absl::CancelledError("stopping");
    call_ = &context;
  }
  TailFeedRequest request;
  request.set_site(options_.site);
  request.set_from_sequence(next_sequence_);
  request.set_epoch(epoch_);
  request.set_follow(true);
  const auto reader = stub_->TailFeed(&context, request);
  TailFeedResponse response;
  absl::Status consumed;
  while (consumed.ok() && reader->Read(&response)) {
    {
      absl::MutexLock lock(&mutex_);
      status_ = absl::OkStatus();
      feed_sequence_ = response.last_sequence();
    }
    if (!response.entries().empty() && response.entries(0).sequence() != next_sequence_) {
      consumed =
          common::Error(absl::StatusCode::kDataLoss, "FEED_GAP",
                        absl::StrCat("The feed skipped from ", next_sequence_, " to ",
                                     response.entries(0).sequence(), ". Run fsck on inventory."));
      break;
    }
    consumed = consume_(response);
    if (!consumed.ok()) break;
    epoch_ = response.epoch();
    next_sequence_ += response.entries_size();
  }
  if (!consumed.ok()) context.TryCancel();
  const grpc::Status finished = reader->Finish();
  {
    absl::MutexLock lock(&mutex_);
    call_ = nullptr;
  }
  return consumed.ok() ? common::FromGrpc(finished) : consumed;
}

}  // namespace loopdock::client
