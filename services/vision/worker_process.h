// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_WORKER_PROCESS_H_
#define LOOPDOCK_SERVICES_VISION_WORKER_PROCESS_H_

// One child process that decodes and measures pictures, with the socket to it.
// Thread safety: for one thread, except pid(). Starting is safe while other threads run.
// Ownership: the destructor ends the child and waits for it: no zombie and no descriptor stays.
// Blocking: Start until the child is ready, Exchange until it answers or the deadline has passed.
// Errors: UNAVAILABLE WORKER_UNAVAILABLE from Start; Exchange returns the errors of frame.h.
// Limits: the child inherits nothing but its socket, standard error and a fixed environment.

#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "loopdock/vision/v1/vision.pb.h"
#include "services/vision/frame.h"

namespace loopdock::vision {

// A sealed, unnamed file in memory that holds the picture.
absl::StatusOr<OwnedFd> SealedPicture(std::string_view bytes);

class WorkerProcess {
 public:
  static absl::StatusOr<std::unique_ptr<WorkerProcess>> Start(const std::string& path,
                                                              absl::Duration timeout);
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  pid_t pid() const { return pid_; }
  const v1::ModuleVersions& versions() const { return versions_; }

  // False once the child has ended; it has then been waited for.
  bool Alive();

  absl::StatusOr<v1::Response> Exchange(const v1::Request& request, int picture,
                                        absl::Time deadline);

 private:
  WorkerProcess(pid_t pid, OwnedFd socket) : pid_(pid), socket_(std::move(socket)) {}

  const pid_t pid_;
  OwnedFd socket_;
  bool ended_ = false;
  v1::ModuleVersions versions_;
};

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_WORKER_PROCESS_H_
