// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_BENCH_ONE_CORE_H_
#define LOOPDOCK_TESTS_BENCH_ONE_CORE_H_

// What this thread starts from now on, processes too, shares one core until the end of the scope.
// Thread safety: of the thread that made it.

#include <sched.h>

namespace loopdock::bench {

class OneCore {
 public:
  OneCore() {
    sched_getaffinity(0, sizeof before_, &before_);
    int core = 0;
    while (core < CPU_SETSIZE - 1 && !CPU_ISSET(core, &before_)) ++core;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    sched_setaffinity(0, sizeof one, &one);
  }
  ~OneCore() { sched_setaffinity(0, sizeof before_, &before_); }
  OneCore(const OneCore&) = delete;
  OneCore& operator=(const OneCore&) = delete;

 private:
  cpu_set_t before_{};
};

}  // namespace loopdock::bench

#endif  // LOOPDOCK_TESTS_BENCH_ONE_CORE_H_
