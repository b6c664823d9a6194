// SPDX-License-Identifier: Apache-2.0
#include "services/vision/pool.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <future>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/common/reasons.h"
#include "services/common/status.h"

namespace loopdock::vision {
namespace {

using common::Error;

constexpr int kWorkersMax = 64;
// How often an idle slot looks whether its worker still lives.
constexpr std::chrono::seconds kIdleCheck{1};

absl::StatusOr<std::string> WorkerBesideUs() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) {
    return Error(absl::StatusCode::kUnavailable, "WORKER_UNAVAILABLE",
                 "The folder of the running program is unknown: " + error.message() + ".");
  }
  return (self.parent_path() / "loopdock-vision").string();
}

// The worker's finding about a picture as a status of ours.
absl::Status PictureError(const v1::Response& response) {
  const v1::WorkerError& error = response.error();
  const common::Reason* reason = common::FindReason(error.reason());
  const std::string ms = absl::StrCat(response.worker_ms());
  if (reason == nullptr) {
    return Error(absl::StatusCode::kInternal, "WORKER_FAILED",
                 "The worker failed: " + error.message(), {{"worker_ms", ms}});
  }
  return Error(reason->code, error.reason(), error.message(), {{"worker_ms", ms}});
}

}  // namespace

absl::StatusOr<std::unique_ptr<VisionPool>> VisionPool::Create(PoolOptions options) {
  if (options.workers < 1 || options.workers > kWorkersMax || options.queue_max < 1) {
    return Error(absl::StatusCode::kInvalidArgument, "INVALID_FIELDS",
                 absl::StrCat("workers must be 1 to ", kWorkersMax, ", queue_max at least 1."));
  }
  if (options.worker_path.empty()) {
    auto path = WorkerBesideUs();
    if (!path.ok()) return path.status();
    options.worker_path = *path;
  }
  std::unique_ptr<VisionPool> pool(new VisionPool(std::move(options)));
  for (Slot& slot : pool->slots_) {
    slot.thread = std::thread([&slot, raw = pool.get()] { raw->Serve(slot); });
  }
  std::unique_lock lock(pool->mutex_);
  for (Slot& slot : pool->slots_) {
    pool->changed_.wait(lock, [&slot] { return slot.started; });
    if (!slot.start.ok()) {
      absl::Status failed = slot.start;
      lock.unlock();
      return failed;
    }
  }
  return pool;
}

VisionPool::VisionPool(PoolOptions options)
    : options_(std::move(options)), slots_(static_cast<size_t>(options_.workers)) {}

VisionPool::~VisionPool() {
  std::deque<Job> abandoned;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    abandoned.swap(queue_);
    waiting_bytes_ = 0;
  }
  changed_.notify_all();
  for (Job& job : abandoned) {
    job.done(Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN",
                   "The server is stopping; send the picture again."));
  }
  for (Slot& slot : slots_) {
    if (slot.thread.joinable()) slot.thread.join();
  }
}

void VisionPool::Submit(std::string picture, v1::Request request, Callback done) {
  Job job{std::move(picture), std::move(request), std::move(done)};
  if (absl::Status refused = Enqueue(job); !refused.ok()) {
    job.done(std::move(refused));
    return;
  }
  changed_.notify_all();
}

absl::Status VisionPool::Enqueue(Job& job) {
  const std::lock_guard lock(mutex_);
  if (stopping_) {
    return Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN",
                 "The server is stopping; send the picture again.");
  }
  if (queue_.size() >= options_.queue_max ||
      job.picture.size() > options_.queue_bytes_max - waiting_bytes_) {
    ++counts_.refused;
    return common::Overloaded("Too many pictures wait; send this one again.");
  }
  job.request.set_id(next_id_++);
  waiting_bytes_ += job.picture.size();
  queue_.push_back(std::move(job));
  return absl::OkStatus();
}

absl::StatusOr<v1::Response> VisionPool::Run(std::string picture, v1::Request request) {
  std::promise<absl::StatusOr<v1::Response>> promise;
  auto answer = promise.get_future();
  Submit(std::move(picture), std::move(request), [&promise](absl::StatusOr<v1::Response> response) {
    promise.set_value(std::move(response));
  });
  return answer.get();
}

PoolStats VisionPool::stats() const {
  const std::lock_guard lock(mutex_);
  PoolStats stats = counts_;
  stats.waiting = queue_.size();
  for (const Slot& slot : slots_) {
    if (slot.pid > 0) stats.workers.push_back(slot.pid);
  }
  return stats;
}

void VisionPool::Serve(Slot& slot) {
  while (true) {
    absl::Status ready = EnsureWorker(slot);
    std::unique_lock lock(mutex_);
    if (!slot.started) {
      slot.started = true;
      slot.start = std::move(ready);
      changed_.notify_all();
    }
    changed_.wait_for(lock, kIdleCheck, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) break;
    if (queue_.empty()) continue;
    const Job job = std::move(queue_.front());
    queue_.pop_front();
    waiting_bytes_ -= job.picture.size();
    ++counts_.working;
    lock.unlock();
    auto response = Work(slot, job);
    lock.lock();
    --counts_.working;
    ++counts_.answered;
    lock.unlock();
    job.done(std::move(response));
  }
  DropWorker(slot);
}

absl::Status VisionPool::EnsureWorker(Slot& slot) {
  if (slot.worker != nullptr && slot.worker->Alive()) return absl::OkStatus();
  DropWorker(slot);
  auto worker = WorkerProcess::Start(options_.worker_path, options_.start_timeout);
  if (!worker.ok()) return worker.status();
  slot.worker = *std::move(worker);
  const std::lock_guard lock(mutex_);
  slot.pid = slot.worker->pid();
  if (counts_.starts++ == 0) versions_ = slot.worker->versions();
  return absl::OkStatus();
}

void VisionPool::DropWorker(Slot& slot) {
  {
    const std::lock_guard lock(mutex_);
    slot.pid = -1;
  }
  slot.worker.reset();
}

absl::StatusOr<v1::Response> VisionPool::Work(Slot& slot, const Job& job) {
  auto picture = SealedPicture(job.picture);
  if (!picture.ok()) return picture.status();
  v1::Request request = job.request;
  absl::Duration allowed = absl::Milliseconds(request.deadline_ms());
  if (allowed <= absl::ZeroDuration()) allowed = options_.deadline_default;
  allowed = std::min(allowed, options_.deadline_max);
  request.set_deadline_ms(static_cast<int32_t>(absl::ToInt64Milliseconds(allowed)));

  for (int attempt = 0; attempt < 2; ++attempt) {
    if (attempt > 0) request.set_safest_mode(true);
    if (absl::Status ready = EnsureWorker(slot); !ready.ok()) return ready;
    auto response =
        slot.worker->Exchange(request, picture->get(), absl::Now() + allowed + options_.grace);
    if (response.ok()) {
      if (response->has_error()) return PictureError(*response);
      return response;
    }
    DropWorker(slot);
    const std::lock_guard lock(mutex_);
    if (absl::IsDeadlineExceeded(response.status())) {
      ++counts_.timeouts;
      return Error(absl::StatusCode::kDeadlineExceeded, "PICTURE_TIMEOUT",
                   "The picture was not worked through in " + absl::FormatDuration(allowed) +
                       "; allow more time or send a smaller one.");
    }
    ++counts_.crashes;
    counts_.retries += attempt == 0 ? 1 : 0;
  }
  return Error(absl::StatusCode::kInvalidArgument, "DECODER_CRASHED",
               "The picture ended the worker twice; take it again or type in what it shows.");
}

}  // namespace loopdock::vision
