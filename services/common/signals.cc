// SPDX-License-Identifier: Apache-2.0
#include "services/common/signals.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <thread>

namespace loopdock::common {
namespace {

constexpr int kInterruptedStatus = 130;
volatile std::sig_atomic_t signal_event = -1;

extern "C" void WriteSignalEvent(int) {
  const int saved = errno;
  const std::uint64_t one = 1;
  // A full counter means that the event is set already; nothing else can fail.
  [[maybe_unused]] const ssize_t written = ::write(signal_event, &one, sizeof(one));
  errno = saved;
}

void WaitForOne() {
  std::uint64_t one = 0;
  while (::read(signal_event, &one, sizeof(one)) < 0 && errno == EINTR) {
  }
}

}  // namespace

void CatchSignals() {
  if (signal_event >= 0) return;
  // A semaphore: two signals give two reads.
  signal_event = ::eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE);
  if (signal_event < 0) std::abort();
  struct sigaction action = {};
  action.sa_handler = &WriteSignalEvent;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

void BlockUntilSignal() {
  CatchSignals();
  WaitForOne();
  std::thread([] {
    WaitForOne();
    ::_exit(kInterruptedStatus);
  }).detach();
}

}  // namespace loopdock::common
