// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_CRASH_CHILD_H_
#define LOOPDOCK_TESTS_CRASH_CHILD_H_

// Runs of RocksDB in processes of their own: Debian's build also stops at failed assertions.
// Thread safety: one thread; the parent must not have used RocksDB, whose threads a fork loses.

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>

namespace loopdock::storage {

// Runs a function in a child process, with its words or without; what waitpid says.
inline int InChild(bool quiet, const std::function<int()>& run) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (quiet) ::dup2(::open("/dev/null", O_WRONLY), STDERR_FILENO);
    ::_exit(run());
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

// In memory where there is such a folder: no real disk has to be waited for.
inline std::string FastTemporaryFolder() {
  std::string folder = std::filesystem::exists("/dev/shm") ? "/dev/shm" : "/tmp";
  folder += "/loopdock-fault-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) std::abort();
  return folder;
}

}  // namespace loopdock::storage

#endif  // LOOPDOCK_TESTS_CRASH_CHILD_H_
