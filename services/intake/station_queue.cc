// SPDX-License-Identifier: Apache-2.0
#include "services/intake/station_queue.h"

#include "services/common/grpc_status.h"

namespace loopdock::intake {
namespace {

constexpr std::size_t kPictureBytesMax = std::size_t{32} << 20;

v1::ScanResponse Refused(const std::string& request_id, const absl::Status& status) {
  v1::ScanResponse response;
  response.set_request_id(request_id);
  *response.mutable_error() = common::ToRpcStatus(status);
  return response;
}

}  // namespace

void StationQueue::Add(const common::Caller& caller, const absl::Status& refusal,
                       v1::ScanRequest request, Answer answer) {
  auto item = std::make_shared<Item>();
  item->caller = &caller;
  item->request = std::move(request);
  item->answer = std::move(answer);
  item->bytes = item->request.picture().size();
  {
    absl::MutexLock lock(&mutex_);
    const auto has_room = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return picture_bytes_ <= kPictureBytesMax;
    };
    mutex_.Await(absl::Condition(&has_room));
    picture_bytes_ += item->bytes;
    items_.push_back(item);
  }
  if (!refusal.ok()) return SetPrepared(item, refusal);
  if (!ScanWork::Waits(item->request)) return Prepare(item);
  const auto self = shared_from_this();
  const auto posted = executor_->Post([self, item] { self->Prepare(item); });
  if (!posted.ok()) SetPrepared(item, posted);
}

void StationQueue::Prepare(const std::shared_ptr<Item>& item) {
  SetPrepared(item, work_->Prepare(*item->caller, item->request));
}

void StationQueue::SetPrepared(const std::shared_ptr<Item>& item,
                               absl::StatusOr<PreparedScan> prepared) {
  {
    absl::MutexLock lock(&mutex_);
    item->prepared = std::move(prepared);
    item->is_prepared = true;
    // A picture is held only until it is read.
    item->request.clear_content();
    picture_bytes_ -= item->bytes;
  }
  Advance();
}

void StationQueue::Advance() {
  absl::MutexLock lock(&mutex_);
  if (sending_) return;
  sending_ = true;
  while (!items_.empty() && items_.front()->is_prepared) {
    const std::shared_ptr<Item> first = std::move(items_.front());
    items_.pop_front();
    mutex_.Unlock();
    Record(first);
    mutex_.Lock();
  }
  sending_ = false;
}

void StationQueue::Record(const std::shared_ptr<Item>& item) {
  const auto answer = [item](absl::StatusOr<v1::ScanResponse> response) {
    item->answer(response.ok() ? *std::move(response)
                               : Refused(item->request.request_id(), response.status()));
  };
  if (!item->prepared.ok()) return answer(item->prepared.status());
  work_->Record(*item->caller, *std::move(item->prepared), commands_.get(), answer);
}

}  // namespace loopdock::intake
