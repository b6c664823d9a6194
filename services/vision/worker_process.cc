// SPDX-License-Identifier: Apache-2.0
#include "services/vision/worker_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "services/common/status.h"

namespace loopdock::vision {
namespace {

using common::Error;

absl::Status Unavailable(const std::string& path, const std::string& why) {
  return Error(absl::StatusCode::kUnavailable, "WORKER_UNAVAILABLE",
               "The picture worker " + path + " cannot be started: " + why + ".", {{"why", why}});
}

// What the child sees of our environment: what its libraries must be told before they load, and
// where the dynamic linker and the sanitizers look.
std::vector<std::string> ChildEnvironment() {
  std::vector<std::string> environment = {"OPENCV_IO_MAX_IMAGE_PIXELS=50000000",
                                          "OPENCV_FOR_THREADS_NUM=1",
                                          "OPENCV_OPENCL_RUNTIME=disabled",
                                          "OPENCV_LOG_LEVEL=SILENT",
                                          "OMP_THREAD_LIMIT=1",
                                          "MALLOC_ARENA_MAX=1",
                                          "LC_ALL=C"};
  for (const char* name : {"LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"}) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody writes the environment after start.
    if (const char* value = getenv(name)) environment.push_back(std::string(name) + "=" + value);
  }
  return environment;
}

// posix_spawn is vfork-like in glibc: safe while other threads hold locks. The child gets the
// socket as its standard input, nothing beyond standard error, no blocked or ignored signal, and a
// process group of its own so that Ctrl-C in a terminal lets the service drain first.
int Spawn(const std::string& path, int socket, pid_t* pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  if (posix_spawn_file_actions_init(&actions) != 0) return ENOMEM;
  if (posix_spawnattr_init(&attributes) != 0) {
    posix_spawn_file_actions_destroy(&actions);
    return ENOMEM;
  }
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  int error = posix_spawn_file_actions_adddup2(&actions, socket, STDIN_FILENO);
  if (error == 0) error = posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  if (error == 0) error = posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  if (error == 0) error = posix_spawnattr_setsigmask(&attributes, &none);
  if (error == 0) error = posix_spawnattr_setsigdefault(&attributes, &all);
  if (error == 0) error = posix_spawnattr_setpgroup(&attributes, 0);
  if (error == 0) {
    error = posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  if (error == 0) {
    std::vector<std::string> environment = ChildEnvironment();
    std::vector<char*> variables;
    for (std::string& variable : environment) variables.push_back(variable.data());
    variables.push_back(nullptr);
    std::string name = path;
    std::array<char*, 2> arguments = {name.data(), nullptr};
    error =
        posix_spawn(pid, path.c_str(), &actions, &attributes, arguments.data(), variables.data());
  }
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

}  // namespace

absl::StatusOr<OwnedFd> SealedPicture(std::string_view bytes) {
  OwnedFd file(memfd_create("loopdock-picture", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  size_t written = 0;
  while (file.valid() && written < bytes.size()) {
    const ssize_t count = write(file.get(), bytes.data() + written, bytes.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    written += static_cast<size_t>(count);
  }
  constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
  if (!file.valid() || written < bytes.size() || fcntl(file.get(), F_ADD_SEALS, kSeals) != 0) {
    const std::string why = strerror(errno);  // NOLINT(concurrency-mt-unsafe)
    return Error(absl::StatusCode::kResourceExhausted, "OVERLOADED",
                 "There is no memory or descriptor for the picture (" + why + "); send it later.",
                 {{"why", why}});
  }
  return file;
}

absl::StatusOr<std::unique_ptr<WorkerProcess>> WorkerProcess::Start(const std::string& path,
                                                                    absl::Duration timeout) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return Unavailable(path, strerror(errno));  // NOLINT(concurrency-mt-unsafe)
  }
  OwnedFd ours(ends[0]);
  OwnedFd theirs(ends[1]);
  pid_t pid = -1;
  if (const int error = Spawn(path, theirs.get(), &pid); error != 0) {
    return Unavailable(path, strerror(error));  // NOLINT(concurrency-mt-unsafe)
  }
  theirs.Reset();
  std::unique_ptr<WorkerProcess> worker(new WorkerProcess(pid, std::move(ours)));
  v1::Response hello;
  OwnedFd unexpected;
  const absl::Status greeted =
      ReceiveFrame(worker->socket_.get(), hello, unexpected, absl::Now() + timeout);
  if (!greeted.ok()) return Unavailable(path, std::string(greeted.message()));
  if (!hello.has_ready()) {
    return Unavailable(path, hello.has_error() ? hello.error().message() : "it is not ready");
  }
  worker->versions_ = hello.ready().versions();
  return worker;
}

WorkerProcess::~WorkerProcess() {
  if (ended_) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool WorkerProcess::Alive() {
  if (ended_) return false;
  const pid_t waited = waitpid(pid_, nullptr, WNOHANG);
  ended_ = waited == pid_ || (waited < 0 && errno == ECHILD);
  return !ended_;
}

absl::StatusOr<v1::Response> WorkerProcess::Exchange(const v1::Request& request, int picture,
                                                     absl::Time deadline) {
  absl::Status sent = SendFrame(socket_.get(), request, picture, deadline);
  if (!sent.ok()) return sent;
  v1::Response response;
  OwnedFd unexpected;
  absl::Status received = ReceiveFrame(socket_.get(), response, unexpected, deadline);
  if (!received.ok()) return received;
  if (response.id() != request.id()) return absl::InvalidArgumentError("an answer to another id");
  return response;
}

}  // namespace loopdock::vision
