// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_WORKER_LIMITS_H_
#define LOOPDOCK_SERVICES_VISION_WORKER_LIMITS_H_

// What the worker takes from itself before it looks at the first picture, for good.
// Thread safety: for the only thread of the worker.
// Errors: UNAVAILABLE with the call that failed; the worker must not go on then.
// Limits: address space 1.5 GiB, four open files (the socket, standard output and error, one
// picture), no core file, no file size; system calls only for memory, time, signals and the open
// socket: no open, socket, connect, exec, fork, clone, ptrace; no executable memory.

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace loopdock::vision {

absl::Status CloseIn();

// The kernel ends the worker when it has used so much more processor time, in whole seconds.
void AllowCpuTime(absl::Duration more);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_WORKER_LIMITS_H_
