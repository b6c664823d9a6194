// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_POOL_H_
#define LOOPDOCK_SERVICES_VISION_POOL_H_

// Warm worker processes that decode and measure pictures for a service or the command line. What a
// picture does to a worker it cannot do to the process that holds the pool.
// Thread safety: safe from any thread, also in a process that runs gRPC.
// Ownership: the destructor refuses what waits, lets what runs finish, ends all workers.
// Blocking: Create until the workers are ready, Run until the answer is there, Submit never.
// Errors: what header_check.h and worker/ say of the picture; PICTURE_TIMEOUT; DECODER_CRASHED when
// the worker died on the picture and a fresh one, in the safest mode, died on it again;
// RESOURCE_EXHAUSTED OVERLOADED with RetryInfo when the queue is full; WORKER_UNAVAILABLE;
// SHUTTING_DOWN. An error about the picture carries the worker's time as metadata `worker_ms`.
// Limits: PoolOptions.

#include <sys/types.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "loopdock/vision/v1/vision.pb.h"
#include "services/vision/worker_process.h"

namespace loopdock::vision {

struct PoolOptions {
  // The worker program; empty means `loopdock-vision` beside the running program.
  std::string worker_path;
  // Processes, 1 to 64.
  int workers = 2;
  // Pictures that wait for a worker, and their bytes.
  size_t queue_max = 64;
  size_t queue_bytes_max = size_t{256} << 20;
  // For the work on one picture, once a worker has it: when the request names none, and at most.
  absl::Duration deadline_default = absl::Seconds(10);
  absl::Duration deadline_max = absl::Seconds(60);
  // Beyond the deadline, before the worker is ended.
  absl::Duration grace = absl::Milliseconds(250);
  // Until a worker must be ready: its libraries come from a disk that others may keep busy.
  absl::Duration start_timeout = absl::Seconds(30);
};

// Counts since the pool was made, and what is so now.
struct PoolStats {
  int64_t answered = 0;
  int64_t refused = 0;
  int64_t starts = 0;
  int64_t crashes = 0;
  int64_t retries = 0;
  int64_t timeouts = 0;
  size_t waiting = 0;
  size_t working = 0;
  std::vector<pid_t> workers;
};

class VisionPool {
 public:
  using Callback = std::function<void(absl::StatusOr<v1::Response>)>;

  static absl::StatusOr<std::unique_ptr<VisionPool>> Create(PoolOptions options = {});
  ~VisionPool();
  VisionPool(const VisionPool&) = delete;
  VisionPool& operator=(const VisionPool&) = delete;

  // Calls `done` exactly once, on a thread of the pool or, when refused, on the caller's. `done`
  // must not block for long: it holds a worker. `request.id` is chosen here.
  void Submit(std::string picture, v1::Request request, Callback done);

  absl::StatusOr<v1::Response> Run(std::string picture, v1::Request request);

  PoolStats stats() const;

  // Of the workers as they were at the start.
  const v1::ModuleVersions& versions() const { return versions_; }

 private:
  struct Job {
    std::string picture;
    v1::Request request;
    Callback done;
  };
  struct Slot {
    std::unique_ptr<WorkerProcess> worker;  // used by its thread only
    pid_t pid = -1;                         // guarded by mutex_
    bool started = false;                   // guarded by mutex_
    absl::Status start;                     // guarded by mutex_
    std::thread thread;
  };

  explicit VisionPool(PoolOptions options);

  // Moves from the job only when it is taken.
  absl::Status Enqueue(Job& job);
  void Serve(Slot& slot);
  absl::Status EnsureWorker(Slot& slot);
  void DropWorker(Slot& slot);
  absl::StatusOr<v1::Response> Work(Slot& slot, const Job& job);

  PoolOptions options_;
  v1::ModuleVersions versions_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  int64_t next_id_ = 1;
  size_t waiting_bytes_ = 0;
  PoolStats counts_;
  std::deque<Job> queue_;
  std::vector<Slot> slots_;
};

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_POOL_H_
